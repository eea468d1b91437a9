"""A sales order to create: values only, the same for every target. Made by `sales_orders.prepare`.

Amounts are integers in minor units of the document's currency (two decimals), gross.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from kaufland_cli.domain.known import known_sum

LineKind = Literal["item", "account"]


@dataclass(frozen=True, slots=True)
class DocumentAddress:
    """A postal address in the form that merchandise systems use; unknown fields are empty."""

    name: str = ""
    """The company, or else the person."""
    contact: str = ""
    """The person."""
    line_1: str = ""
    """Street and house number."""
    line_2: str = ""
    """The additional address line; for a pickup point the post number."""
    post_code: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    """Two letters (ISO 3166)."""


@dataclass(frozen=True, slots=True)
class SalesOrderLine:
    """One line: identical units together, or shipping at one VAT rate."""

    kind: LineKind
    number: str
    """The item's or account's number."""
    description: str
    quantity: int
    unit_price: int
    """Gross, in minor units."""
    vat: float | None
    """Percent, from Kaufland; the target's own rate is compared with it."""
    variant: str = ""
    shipping: bool = False
    units: tuple[int | str, ...] = ()
    """The ids of the units; empty for shipping."""
    id_offer: str = ""
    ean: str = ""
    unit: str = ""
    """Code of the unit of measure; empty: the item's base unit. An account has none."""

    @property
    def amount(self) -> int:
        """Quantity times unit price: gross, in minor units."""
        return self.quantity * self.unit_price

    def record(self) -> dict[str, Any]:
        """Return plain values, with amounts as decimal text."""
        return {
            "type": self.kind,
            "number": self.number,
            "variant": self.variant,
            "description": self.description,
            "quantity": self.quantity,
            "unit_of_measure": self.unit,
            "unit_price": decimal_text(self.unit_price),
            "amount": decimal_text(self.amount),
            "vat_percent": self.vat,
            "shipping": self.shipping,
            "id_offer": self.id_offer,
            "ean": self.ean,
            "units": list(self.units),
        }


@dataclass(frozen=True, slots=True)
class SalesOrder:
    """One sales order, with everything a target needs to create it."""

    external_no: str
    """The Kaufland order id, by which the document is found again."""
    storefront: str
    order_date: date
    """The day of the order in the company's time zone."""
    currency: str
    customer_no: str
    bill_to: DocumentAddress
    ship_to: DocumentAddress
    phone: str
    email: str
    lines: tuple[SalesOrderLine, ...]
    warnings: tuple[str, ...] = ()
    """Sentences for the bookkeeper, for example about a text that was shortened."""

    @property
    def total(self) -> int:
        """The gross sum of all lines, in minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def tax(self) -> int | None:
        """The VAT included in the total: minor units, at Kaufland's rates, rounded per line; None if one is unknown."""
        return known_sum(None if line.vat is None else tax_within(line.amount, line.vat) for line in self.lines)

    def record(self) -> dict[str, Any]:
        """Return plain values, with amounts as decimal text: what `--dry-run` prints and the file target writes."""
        return {
            "external_document_no": self.external_no,
            "storefront": self.storefront,
            "order_date": self.order_date.isoformat(),
            "currency": self.currency,
            "customer_no": self.customer_no,
            "prices_include_vat": True,
            "bill_to": _address_record(self.bill_to),
            "ship_to": _address_record(self.ship_to),
            "phone": self.phone,
            "email": self.email,
            "lines": [line.record() for line in self.lines],
            "total": decimal_text(self.total),
            "vat_amount": None if self.tax is None else decimal_text(self.tax),
            "warnings": list(self.warnings),
        }


def without_buyer(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of `SalesOrder.record` without anything that identifies the buyer; the country stays."""
    blank = {name: _address_record(DocumentAddress(country=record[name]["country"])) for name in ("bill_to", "ship_to")}
    return {**record, **blank, "phone": "", "email": "", "warnings": []}


def read_record(record: Mapping[str, Any]) -> SalesOrder:
    """Return the sales order from a record of `SalesOrder.record`."""
    return SalesOrder(
        external_no=record["external_document_no"],
        storefront=record["storefront"],
        order_date=date.fromisoformat(record["order_date"]),
        currency=record["currency"],
        customer_no=record["customer_no"],
        bill_to=DocumentAddress(**record["bill_to"]),
        ship_to=DocumentAddress(**record["ship_to"]),
        phone=record["phone"],
        email=record["email"],
        lines=tuple(
            SalesOrderLine(
                kind=line["type"],
                number=line["number"],
                variant=line["variant"],
                unit=line.get("unit_of_measure", ""),  # earlier records have none
                description=line["description"],
                quantity=line["quantity"],
                unit_price=minor_units(line["unit_price"]),
                vat=line["vat_percent"],
                shipping=line["shipping"],
                units=tuple(line["units"]),
                id_offer=line["id_offer"],
                ean=line["ean"],
            )
            for line in record["lines"]
        ),
        warnings=tuple(record["warnings"]),
    )


def minor_units(text: str) -> int:
    """Return the minor units of a text from `decimal_text`."""
    return int(text.replace(".", ""))


def decimal_text(minor: int) -> str:
    """Return minor units as a decimal number with a point, for example `12.99` for 1299."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def tax_within(gross: int, vat: float) -> int:
    """Return the VAT included in a gross amount, both in minor units; halves are rounded away from zero.

    `vat` is the rate in percent.
    """
    rate = round(vat * 1000)  # percent in thousandths: exact arithmetic from here on
    numerator, denominator = abs(gross) * rate, 100_000 + rate
    rounded = (2 * numerator + denominator) // (2 * denominator)
    return rounded if gross >= 0 else -rounded


def _address_record(address: DocumentAddress) -> dict[str, str]:
    return dict(_address_pairs(address))


def _address_pairs(address: DocumentAddress) -> Iterator[tuple[str, str]]:
    for name in DocumentAddress.__slots__:
        yield name, getattr(address, name)
