"""What Business Central made of a sales order, and where that differs from what was sent."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from kaufland_cli.business_central.client import Json
from kaufland_cli.business_central.documents import LINE_TYPES, address_fields
from kaufland_cli.domain.bc_code import bc_code, same_code
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
        number=text_of(row.get("number")),
        id=text_of(row.get("id")),
        kind=kind,
        customer_no=text_of(row.get("customerNumber")),
        total=minor(row.get("totalAmountIncludingTax")),
        tax=minor(row.get("totalTaxAmount")),
        lines=tuple(
            LineTax(
                number=text_of(line.get("lineObjectNumber")),
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
        Difference(name, sent, text_of(row.get(name)))
        for name, sent in address_fields(order).items()
        if _comparable(name, sent) != _comparable(name, row.get(name))
    ]


def other_differences(order: SalesOrder, row: Json) -> Iterator[str]:
    """Yield a sentence for everything else that differs: what is never changed in a document that exists."""
    expected = {
        "externalDocumentNumber": bc_code(order.external_no),
        "customerNumber": bc_code(order.customer_no),
        "orderDate": order.order_date.isoformat(),
        "currencyCode": bc_code(order.currency),
    }
    for name, sent in expected.items():
        found = text_of(row.get(name))
        if bc_code(found) != sent:
            yield Difference(name, sent, found).sentence()
    if row.get("pricesIncludeTax") is not True:
        yield "Business Central took the gross prices as net ones: the document's prices do not include VAT."
    yield from _line_differences(order, lines_of(row))


def _line_differences(order: SalesOrder, lines: list[Json]) -> Iterator[str]:
    if len(lines) != len(order.lines):
        yield f"There are {len(lines)} lines in Business Central, not {len(order.lines)}."
        return
    for number, (sent, found) in enumerate(zip(order.lines, lines, strict=True), 1):
        item = text_of(found.get("lineObjectNumber"))
        if not same_code(item, sent.number):
            yield f"Line {number} is {item!r} in Business Central, not {sent.number!r}."
        unit = text_of(found.get("unitOfMeasureCode"))
        if sent.kind == "item" and not same_code(unit, sent.unit):
            wanted = f"not {sent.unit!r}" if sent.unit else f"and the base unit of item {sent.number} is not known"
            yield f"Line {number} has the unit of measure {unit!r} in Business Central, {wanted}."
        quantity, price = found.get("quantity"), found.get("unitPrice")
        if _whole(quantity) != sent.quantity:
            yield f"Line {number} has the quantity {quantity} in Business Central, not {sent.quantity}."
        if minor(price) != sent.unit_price:
            expected = decimal_text(sent.unit_price)
            yield f"Line {number} has the unit price {price} in Business Central, not {expected}."


def minor(value: Any) -> int | None:
    """Return an amount in minor units; None where there is none, or none in whole minor units."""
    number = _decimal(value)
    if number is None or number * 100 != (number * 100).to_integral_value():
        return None
    return int(number * 100)


def text_of(value: object) -> str:
    """Return a text, empty where there is none."""
    return "" if value is None else str(value)


def label(name: str) -> str:
    """Return the name of a property as words, `shipToPostCode` as `ship to post code`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name).lower()


def _comparable(name: str, value: object) -> str:
    text = text_of(value).strip()
    return bc_code(text) if name in CODES else text


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() < 20 else None  # noqa: PLR2004 - no amount is that large


def _whole(value: Any) -> int:
    """Return a whole number; -1 for what is none, so that it equals nothing that was sent."""
    number = _decimal(value)
    return int(number) if number is not None and number == number.to_integral_value() else -1


def _percent(value: Any) -> float | None:
    number = _decimal(value)
    return None if number is None else float(number)
