"""Reads documents of Business Central and compares them with the sales orders that were sent.

The JSON comes from `company`; the differences, as sentences, go into `TargetDocument` and become conflicts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple

from kaufland_cli.business_central.client import Json
from kaufland_cli.business_central.documents import LINE_TYPES, Variants, address_fields
from kaufland_cli.domain.bc_code import bc_code, same_code
from kaufland_cli.domain.known import known_sum
from kaufland_cli.domain.sales_order import SalesOrder, SalesOrderLine, decimal_text
from kaufland_cli.domain.target_values import DocumentKind, LineTax, TargetDocument
from kaufland_cli.domain.text import normalize

COMMENT = "Comment"
LINES: Mapping[DocumentKind | Literal[""], str] = {"order": "salesOrderLines", "invoice": "salesInvoiceLines"}
"""The property that holds the lines with their amounts; those of a shipment have none."""
DISCOUNTS = ("discountPercent", "discountAmount", "invoiceDiscountAllocation")
"""Discounts that a price list, a customer group or an invoice discount may give on a line."""
_SAME_TEXTS = ("lineType", "lineObjectNumber", "itemVariantId", "unitOfMeasureCode")
_SAME_NUMBERS = ("sequence", "unitPrice", "taxPercent")
"""What the parts of a line that was posted in parts have in common."""
_PARTS_OF_A_LINE = ("quantity", "amountIncludingTax", "totalTaxAmount")
# Fields of the type Code, stored in capitals and without surrounding spaces.
CODES = frozenset({"sellToPostCode", "sellToCountry", "shipToPostCode", "shipToCountry"})


class Difference(NamedTuple):
    """A property that differs from what was sent."""

    name: str
    sent: str
    found: str

    def sentence(self) -> str:
        return f"The {label(self.name)} is {self.found!r} in Business Central, not {self.sent!r}."

    def fixed(self) -> str:
        """Return the sentence for a difference that was corrected."""
        return f"Business Central changed the {label(self.name)} to {self.found!r}; it was set back to {self.sent!r}."


def document_of(row: Json, kind: DocumentKind) -> TargetDocument:
    """Read a document; lines, total and VAT only if the response includes the lines.

    The totals of the header are not used: they lack everything after the last item line (BaseApp,
    GraphMgtSalesOrderBuffer: the buffer is refreshed only for lines that allow an invoice discount).
    """
    lines = tuple(
        LineTax(
            number=text_of(line.get("lineObjectNumber")),
            quantity=_whole(line.get("quantity")),
            amount=minor(line.get("amountIncludingTax")),
            vat=_percent(line.get("taxPercent")),
            tax=minor(line.get("totalTaxAmount")),
        )
        for line in lines_of(row, kind)
    )
    has_lines = isinstance(row.get(LINES.get(kind, "")), list)
    return TargetDocument(
        number=text_of(row.get("number")),
        id=text_of(row.get("id")),
        kind=kind,
        customer_no=text_of(row.get("customerNumber")),
        total=known_sum(line.amount for line in lines) if has_lines else None,
        tax=known_sum(line.tax for line in lines) if has_lines else None,
        lines=lines,
    )


def lines_of(row: Json, kind: DocumentKind = "order") -> list[Json]:
    """Return the lines in sequence, without comment lines, which extensions may add."""
    found = row.get(LINES.get(kind, ""))
    lines = [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []
    return sorted(
        (line for line in lines if line.get("lineType") != COMMENT), key=lambda line: _whole(line.get("sequence"))
    )


def together(invoices: Sequence[Json]) -> Json:
    """Return the invoices of an order that was posted in parts as one, with id and number of the first.

    A line of the order has the same number in each invoice, with part of its quantity and amounts (BaseApp, Sales-Post:
    posted lines keep the line number). Values that differ between the invoices are unknown.
    """
    first, *rest = invoices
    if not rest:
        return first
    lines: dict[tuple[object, ...], list[Json]] = {}
    for invoice in invoices:
        for line in lines_of(invoice, "invoice"):
            texts = [bc_code(line.get(name)) for name in _SAME_TEXTS]
            numbers = [_decimal(line.get(name)) for name in _SAME_NUMBERS]
            lines.setdefault((*texts, *numbers), []).append(line)
    alike = {name: value for name, value in first.items() if all(other.get(name) == value for other in rest)}
    named = {name: first.get(name) for name in ("id", "number")}
    whole = [{**parts[0], **_summed(parts), **_first_discounts(parts)} for parts in lines.values()]
    return {**alike, **named, **_first_discounts(invoices), LINES["invoice"]: whole}


def _summed(parts: Sequence[Json]) -> Json:
    """Return the sums over the parts of a line; None if any part has no value."""
    found: Json = {}
    for name in _PARTS_OF_A_LINE:
        amounts = [_decimal(part.get(name)) for part in parts]
        known = [amount for amount in amounts if amount is not None]
        found[name] = sum(known, Decimal()) if len(known) == len(amounts) else None
    return found


def _first_discounts(rows: Sequence[Json]) -> Json:
    """Return, for each kind of discount, the first that is not zero."""
    return {name: next((row[name] for row in rows if _nonzero(row.get(name)) is not None), None) for name in DISCOUNTS}


def address_differences(order: SalesOrder, row: Json) -> list[Difference]:
    """Return the differences in addresses, phone and e-mail, which can be corrected later."""
    return [
        Difference(name, sent, text_of(row.get(name)))
        for name, sent in address_fields(order).items()
        if _comparable(name, sent) != _comparable(name, row.get(name))
    ]


def other_differences(order: SalesOrder, row: Json, variants: Variants) -> Iterator[str]:
    """Yield a sentence for every other difference; these are never corrected in an existing document."""
    found = text_of(row.get("orderDate"))
    if found != order.order_date.isoformat():
        yield Difference("orderDate", order.order_date.isoformat(), found).sentence()
    yield from posted_differences(order, row, variants, "order")


def posted_differences(order: SalesOrder, row: Json, variants: Variants, kind: DocumentKind) -> Iterator[str]:
    """Yield a sentence for each difference in customer, currency, goods, quantities, prices and discounts."""
    expected = {
        "externalDocumentNumber": order.external_no,
        "customerNumber": order.customer_no,
        "currencyCode": order.currency,
    }
    for name, sent in expected.items():
        found = text_of(row.get(name))
        if not same_code(found, sent):
            yield Difference(name, sent, found).sentence()
    if row.get("pricesIncludeTax") is not True:
        yield "Business Central took the gross prices for net prices: the document's prices do not include VAT."
    if (taken_off := _nonzero(row.get("discountAmount"))) is not None:
        yield f"Business Central gave an invoice discount of {taken_off} on the document."
    yield from _line_differences(order, lines_of(row, kind), variants)


def _line_differences(order: SalesOrder, lines: list[Json], variants: Variants) -> Iterator[str]:
    if len(lines) != len(order.lines):
        yield f"There are {len(lines)} lines in Business Central, not {len(order.lines)}."
        return
    for number, (sent, found) in enumerate(zip(order.lines, lines, strict=True), 1):
        variant = variants[sent.number, sent.variant] if sent.variant else ""
        for text in (*_other_goods(sent, found, variant), *_other_amounts(sent, found)):
            yield f"Line {number} {text}"


def _other_goods(sent: SalesOrderLine, found: Json, variant: str) -> Iterator[str]:
    """Yield the differences in item, unit of measure and variant, each ready to follow the line number."""
    kind, item = text_of(found.get("lineType")), text_of(found.get("lineObjectNumber"))
    if kind != LINE_TYPES[sent.kind] or not same_code(item, sent.number):
        is_, not_ = _named(kind, item), _named(LINE_TYPES[sent.kind], sent.number)
        yield f"is {is_} in Business Central, not {not_}."
    unit = text_of(found.get("unitOfMeasureCode"))
    if sent.kind == "item" and not same_code(unit, sent.unit):
        wanted = f"not {sent.unit!r}" if sent.unit else f"and the base unit of item {sent.number} is unknown"
        yield f"has the unit of measure {unit!r} in Business Central, {wanted}."
    if _variant_id(found) != variant.lower() or bool(variant) != bool(sent.variant):
        yield f"has another variant in Business Central, not {sent.variant or 'none'}."


def _other_amounts(sent: SalesOrderLine, found: Json) -> Iterator[str]:
    """Yield the differences in quantity, price and discounts, each ready to follow the line number."""
    quantity = found.get("quantity")
    if _whole(quantity) != sent.quantity:
        yield f"has the quantity {quantity} in Business Central, not {sent.quantity}."
    for what, name, amount in (
        ("has the unit price", "unitPrice", sent.unit_price),
        ("has the amount", "amountIncludingTax", sent.amount),
    ):
        if minor(found.get(name)) != amount:
            yield f"{what} {found.get(name)} in Business Central, not {decimal_text(amount)}."
    for name in DISCOUNTS:
        if (taken_off := _nonzero(found.get(name))) is not None:
            yield f"has the {label(name)} {taken_off} in Business Central; none was sent."


def _named(kind: str, number: str) -> str:
    return f"{kind.lower()} {number!r}" if kind else repr(number)


def _variant_id(line: Json) -> str:
    """Return the id of the line's variant; empty if it has none, which the API writes as an id of zeros."""
    found = text_of(line.get("itemVariantId")).lower()
    return found if found.strip("0-") else ""


def _nonzero(value: Any) -> str | None:
    """Return a discount as text; None if there is none or it is 0."""
    number = _decimal(value)
    return None if value is None or number == 0 else text_of(value)


def minor(value: Any) -> int | None:
    """Return an amount in minor units; None if it is missing or not a whole number of them."""
    number = _decimal(value)
    if number is None or number * 100 != (number * 100).to_integral_value():
        return None
    return int(number * 100)


def text_of(value: object) -> str:
    """Return the value as text; None becomes an empty text."""
    return "" if value is None else str(value)


def label(name: str) -> str:
    """Return the name of a property as words, for example `ship to post code` for `shipToPostCode`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name).lower()


def _comparable(name: str, value: object) -> str:
    return bc_code(value) if name in CODES else normalize(value)


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() < 20 else None  # noqa: PLR2004 - no amount is this large


def _whole(value: Any) -> int:
    """Return a whole number; -1 for anything else, which equals nothing that was sent."""
    number = _decimal(value)
    return int(number) if number is not None and number == number.to_integral_value() else -1


def _percent(value: Any) -> float | None:
    number = _decimal(value)
    return None if number is None else float(number)
