"""What Business Central made of a sales order, and where that differs from what was sent."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from kaufland_cli.business_central.client import Json
from kaufland_cli.business_central.documents import LINE_TYPES, address_fields
from kaufland_cli.sales_orders.document import SalesOrder, decimal_text
from kaufland_cli.sales_orders.target import DocumentKind, LineTax, TargetDocument

# Texts of the type Code: kept in capitals, without blanks around them.
CODES = frozenset({"sellToPostCode", "sellToCountry", "shipToPostCode", "shipToCountry"})


class Difference(NamedTuple):
    """A property that came out otherwise than it was sent."""

    name: str
    sent: str
    found: str

    def sentence(self) -> str:
        """Say it."""
        return f"The {label(self.name)} is {self.found!r} in Business Central, not {self.sent!r}."

    def mended(self) -> str:
        """Say that it was set right."""
        return f"Business Central had made {self.found!r} of the {label(self.name)}; it was set to {self.sent!r} again."


def document_of(row: Json, kind: DocumentKind) -> TargetDocument:
    """Read a document; its lines only where they came with it."""
    return TargetDocument(
        number=str(row.get("number") or ""),
        id=str(row.get("id") or ""),
        kind=kind,
        customer_no=str(row.get("customerNumber") or ""),
        total=minor(row.get("totalAmountIncludingTax")),
        tax=minor(row.get("totalTaxAmount")),
        lines=tuple(
            LineTax(
                number=str(line.get("lineObjectNumber") or ""),
                quantity=_whole(line.get("quantity")),
                amount=minor(line.get("amountIncludingTax")),
                vat=_percent(line.get("taxPercent")),
            )
            for line in lines_of(row, kind)
        ),
    )


def lines_of(row: Json, kind: DocumentKind = "order") -> list[Json]:
    """Return the lines in their order, without the comments that an extension may have put between them."""
    found = row.get("salesOrderLines" if kind == "order" else "salesInvoiceLines")
    lines = [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []
    real = [line for line in lines if line.get("lineType") in LINE_TYPES.values()]
    return sorted(real, key=lambda line: _whole(line.get("sequence")))


def address_differences(order: SalesOrder, row: Json) -> list[Difference]:
    """Compare addresses, phone and e-mail: what can be set right later."""
    return [
        Difference(name, sent, str(row.get(name) or ""))
        for name, sent in address_fields(order).items()
        if _comparable(name, sent) != _comparable(name, row.get(name))
    ]


def other_differences(order: SalesOrder, row: Json) -> Iterator[str]:
    """Yield a sentence for everything else that differs: what is never changed in a document that exists."""
    if str(row.get("externalDocumentNumber") or "").strip().upper() != order.external_no.strip().upper():
        yield Difference("externalDocumentNumber", order.external_no, str(row.get("externalDocumentNumber"))).sentence()
    if str(row.get("customerNumber") or "").upper() != order.customer_no.strip().upper():
        yield Difference("customerNumber", order.customer_no, str(row.get("customerNumber"))).sentence()
    if row.get("orderDate") != order.order_date.isoformat():
        yield Difference("orderDate", order.order_date.isoformat(), str(row.get("orderDate"))).sentence()
    if str(row.get("currencyCode") or "").upper() != order.currency.upper():
        yield Difference("currencyCode", order.currency, str(row.get("currencyCode") or "")).sentence()
    if row.get("pricesIncludeTax") is not True:
        yield "Business Central took the gross prices as net ones: the document's prices do not include VAT."
    if "salesOrderLines" in row:
        yield from _line_differences(order, lines_of(row))


def _line_differences(order: SalesOrder, lines: list[Json]) -> Iterator[str]:
    if len(lines) != len(order.lines):
        yield f"There are {len(lines)} lines in Business Central, not {len(order.lines)}."
        return
    for number, (sent, found) in enumerate(zip(order.lines, lines, strict=True), 1):
        if str(found.get("lineObjectNumber") or "").upper() != sent.number.strip().upper():
            yield f"Line {number} is {found.get('lineObjectNumber')!r} in Business Central, not {sent.number!r}."
        if _whole(found.get("quantity")) != sent.quantity:
            yield f"Line {number} has the quantity {found.get('quantity')} in Business Central, not {sent.quantity}."
        if minor(found.get("unitPrice")) != sent.unit_price:
            price = decimal_text(sent.unit_price)
            yield f"Line {number} has the unit price {found.get('unitPrice')} in Business Central, not {price}."


def minor(value: Any) -> int | None:
    """Return an amount in minor units; None where there is none, or none in whole minor units."""
    number = _decimal(value)
    if number is None or number * 100 != (number * 100).to_integral_value():
        return None
    return int(number * 100)


def label(name: str) -> str:
    """Return the name of a property as words, `shipToPostCode` as `ship to post code`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name).lower()


def _comparable(name: str, value: object) -> str:
    text = str(value or "").strip()
    return text.upper() if name in CODES else text


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 20 else None  # noqa: PLR2004 - no amount is that large


def _whole(value: Any) -> int:
    """Return a whole number; -1 for what is none, so that it equals nothing that was sent."""
    number = _decimal(value)
    return int(number) if number is not None and number == number.to_integral_value() else -1


def _percent(value: Any) -> float | None:
    number = _decimal(value)
    return None if number is None else float(number)
