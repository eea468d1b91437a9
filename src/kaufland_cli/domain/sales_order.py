"""A sales order as it is to be created: values only, the same for every target.

Amounts are integers in minor units of the document's currency (two decimals), gross.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

LineKind = Literal["item", "account"]


@dataclass(frozen=True, slots=True)
class DocumentAddress:
    """A postal address as documents of a merchandise system have it; what there is not is empty."""

    name: str = ""
    """The company, else the person."""
    contact: str = ""
    """The person."""
    line_1: str = ""
    """Street and house number."""
    line_2: str = ""
    """What is added to the address; at a pickup point its number."""
    post_code: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    """Two letters (ISO 3166)."""


@dataclass(frozen=True, slots=True)
class SalesOrderLine:
    """One line: equal units together, or shipping at one rate of VAT."""

    kind: LineKind
    number: str
    """The item's or account's number."""
    description: str
    quantity: int
    unit_price: int
    """Gross, in minor units."""
    vat: float | None
    """Percent that Kaufland names; the target's own is compared with it."""
    variant: str = ""
    shipping: bool = False
    units: tuple[int | str, ...] = ()
    """The ids of the units; none for shipping."""
    id_offer: str = ""
    ean: str = ""
    unit: str = ""
    """Code of the unit of measure; empty: the item's base unit. An account has none."""

    @property
    def amount(self) -> int:
        """What the line comes to, gross, in minor units."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class SalesOrder:
    """One sales order, complete: everything a target needs to create it."""

    external_no: str
    """The Kaufland order id; under it the document is found again."""
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
    """What a bookkeeper should know: for example which text was shortened."""

    @property
    def total(self) -> int:
        """The gross sum of all lines, in minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def tax(self) -> int | None:
        """The VAT within the total, by Kaufland's rates, rounded line by line; None where a rate is unknown."""
        taxes = [None if line.vat is None else tax_within(line.amount, line.vat) for line in self.lines]
        known = [tax for tax in taxes if tax is not None]
        return sum(known) if len(known) == len(taxes) else None

    def record(self) -> dict[str, Any]:
        """Return it as plain values, amounts as decimal text: what `--dry-run` prints and the file target writes."""
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
            "lines": [
                {
                    "type": line.kind,
                    "number": line.number,
                    "variant": line.variant,
                    "description": line.description,
                    "quantity": line.quantity,
                    "unit_of_measure": line.unit,
                    "unit_price": decimal_text(line.unit_price),
                    "amount": decimal_text(line.amount),
                    "vat_percent": line.vat,
                    "shipping": line.shipping,
                    "id_offer": line.id_offer,
                    "ean": line.ean,
                    "units": list(line.units),
                }
                for line in self.lines
            ],
            "total": decimal_text(self.total),
            "vat_amount": None if self.tax is None else decimal_text(self.tax),
            "warnings": list(self.warnings),
        }


def without_buyer(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return such plain values with nothing in them that names the buyer; the country stays."""
    blank = {name: _address_record(DocumentAddress(country=record[name]["country"])) for name in ("bill_to", "ship_to")}
    return {**record, **blank, "phone": "", "email": "", "warnings": []}


def read_record(record: Mapping[str, Any]) -> SalesOrder:
    """Return the sales order that `SalesOrder.record` wrote down."""
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
                unit=line.get("unit_of_measure", ""),  # of a document that was written down without one
                description=line["description"],
                quantity=line["quantity"],
                unit_price=_minor(line["unit_price"]),
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


def _minor(text: str) -> int:
    """Read what `decimal_text` wrote."""
    return int(text.replace(".", ""))


def decimal_text(minor: int) -> str:
    """Write minor units as a decimal number with a point, for example `1299` as `12.99`."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def tax_within(gross: int, vat: float) -> int:
    """Return the VAT that a gross amount contains, in minor units, half rounded away from zero."""
    rate = round(vat * 1000)  # percent in thousandths: exact arithmetic from here on
    numerator, denominator = abs(gross) * rate, 100_000 + rate
    rounded = (2 * numerator + denominator) // (2 * denominator)
    return rounded if gross >= 0 else -rounded


def _address_record(address: DocumentAddress) -> dict[str, str]:
    return dict(_address_pairs(address))


def _address_pairs(address: DocumentAddress) -> Iterator[tuple[str, str]]:
    for name in DocumentAddress.__slots__:
        yield name, getattr(address, name)
