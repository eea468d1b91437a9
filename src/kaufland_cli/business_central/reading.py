"""What Business Central made of a sales order, and where that differs from what was sent."""

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
"""Where a document has its lines with their amounts; a shipment's have none."""
DISCOUNTS = ("discountPercent", "discountAmount", "invoiceDiscountAllocation")
"""What a price list, a customer's group or an invoice discount may take off a line."""
_SAME_TEXTS = ("lineType", "lineObjectNumber", "itemVariantId", "unitOfMeasureCode")
_SAME_NUMBERS = ("sequence", "unitPrice", "taxPercent")
"""What is alike in the parts of a line that was posted part by part."""
_PARTS_OF_A_LINE = ("quantity", "amountIncludingTax", "totalTaxAmount")
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

    def fixed(self) -> str:
        """Say that it was set right."""
        return f"Business Central had made {self.found!r} of the {label(self.name)}; it was set to {self.sent!r} again."


def document_of(row: Json, kind: DocumentKind) -> TargetDocument:
    """Read a document; its lines and what it comes to only where the lines came with it.

    The header's totals are not read: what stands behind the last item line is missing from them (BaseApp,
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
    told = isinstance(row.get(LINES.get(kind, "")), list)
    return TargetDocument(
        number=text_of(row.get("number")),
        id=text_of(row.get("id")),
        kind=kind,
        customer_no=text_of(row.get("customerNumber")),
        total=known_sum(line.amount for line in lines) if told else None,
        tax=known_sum(line.tax for line in lines) if told else None,
        lines=lines,
    )


def lines_of(row: Json, kind: DocumentKind = "order") -> list[Json]:
    """Return the lines in their order, without the comments that an extension may have put between them."""
    found = row.get(LINES.get(kind, ""))
    lines = [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []
    return sorted(
        (line for line in lines if line.get("lineType") != COMMENT), key=lambda line: _whole(line.get("sequence"))
    )


def together(invoices: Sequence[Json]) -> Json:
    """Return the invoices of one order, which was posted part by part, as one with the name of the first.

    A line of an order keeps its number in each of them, and has a part of its quantity and amounts there (BaseApp,
    Sales-Post: posted lines take over the line number). What they do not say alike is unknown.
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
    whole = [{**parts[0], **_summed(parts), **_taken_off(parts)} for parts in lines.values()]
    return {**alike, **named, **_taken_off(invoices), LINES["invoice"]: whole}


def _summed(parts: Sequence[Json]) -> Json:
    """Return the sums over the parts of a line; None where one of them does not tell."""
    found: Json = {}
    for name in _PARTS_OF_A_LINE:
        amounts = [_decimal(part.get(name)) for part in parts]
        known = [amount for amount in amounts if amount is not None]
        found[name] = sum(known, Decimal()) if len(known) == len(amounts) else None
    return found


def _taken_off(rows: Sequence[Json]) -> Json:
    """Return, for each kind of discount, one that is taken off any of the rows."""
    return {name: next((row[name] for row in rows if _not_zero(row.get(name)) is not None), None) for name in DISCOUNTS}


def address_differences(order: SalesOrder, row: Json) -> list[Difference]:
    """Compare addresses, phone and e-mail: what can be set right later."""
    return [
        Difference(name, sent, text_of(row.get(name)))
        for name, sent in address_fields(order).items()
        if _comparable(name, sent) != _comparable(name, row.get(name))
    ]


def other_differences(order: SalesOrder, row: Json, variants: Variants) -> Iterator[str]:
    """Yield a sentence for everything else that differs: what is never changed in a document that exists."""
    found = text_of(row.get("orderDate"))
    if found != order.order_date.isoformat():
        yield Difference("orderDate", order.order_date.isoformat(), found).sentence()
    yield from posted_differences(order, row, variants, "order")


def posted_differences(order: SalesOrder, row: Json, variants: Variants, kind: DocumentKind) -> Iterator[str]:
    """Yield a sentence for each thing that makes it another sale: for whom, in what money, what at what price."""
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
        yield "Business Central took the gross prices as net ones: the document's prices do not include VAT."
    if (taken_off := _not_zero(row.get("discountAmount"))) is not None:
        yield f"Business Central took an invoice discount of {taken_off} off the document."
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
    """Yield how what is sold differs, ready to follow the line's number; an unknown variant is no match."""
    kind, item = text_of(found.get("lineType")), text_of(found.get("lineObjectNumber"))
    if kind != LINE_TYPES[sent.kind] or not same_code(item, sent.number):
        is_, not_ = _named(kind, item), _named(LINE_TYPES[sent.kind], sent.number)
        yield f"is {is_} in Business Central, not {not_}."
    unit = text_of(found.get("unitOfMeasureCode"))
    if sent.kind == "item" and not same_code(unit, sent.unit):
        wanted = f"not {sent.unit!r}" if sent.unit else f"and the base unit of item {sent.number} is not known"
        yield f"has the unit of measure {unit!r} in Business Central, {wanted}."
    if _variant_id(found) != variant.lower() or bool(variant) != bool(sent.variant):
        yield f"has another variant in Business Central, not {sent.variant or 'none'}."


def _other_amounts(sent: SalesOrderLine, found: Json) -> Iterator[str]:
    """Yield how quantity, price and what is taken off differ, ready to follow the line's number."""
    quantity = found.get("quantity")
    if _whole(quantity) != sent.quantity:
        yield f"has the quantity {quantity} in Business Central, not {sent.quantity}."
    for what, name, amount in (
        ("has the unit price", "unitPrice", sent.unit_price),
        ("comes to", "amountIncludingTax", sent.amount),
    ):
        if minor(found.get(name)) != amount:
            yield f"{what} {found.get(name)} in Business Central, not {decimal_text(amount)}."
    for name in DISCOUNTS:
        if (taken_off := _not_zero(found.get(name))) is not None:
            yield f"has the {label(name)} {taken_off} in Business Central; none was sent."


def _named(kind: str, number: str) -> str:
    return f"{kind.lower()} {number!r}" if kind else repr(number)


def _variant_id(line: Json) -> str:
    """Return the id of the line's variant; empty where it has none, which is written as an id of zeros."""
    found = text_of(line.get("itemVariantId")).lower()
    return found if found.strip("0-") else ""


def _not_zero(value: Any) -> str | None:
    """Return what stands there where it takes something off the price; None for nothing and for 0."""
    number = _decimal(value)
    return None if value is None or number == 0 else text_of(value)


def minor(value: Any) -> int | None:
    """Return an amount in minor units; None if there is none, or none in whole minor units."""
    number = _decimal(value)
    if number is None or number * 100 != (number * 100).to_integral_value():
        return None
    return int(number * 100)


def text_of(value: object) -> str:
    """Return a text, empty if there is none."""
    return "" if value is None else str(value)


def label(name: str) -> str:
    """Return the name of a property as words, `shipToPostCode` as `ship to post code`."""
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
    return number if number.is_finite() and number.adjusted() < 20 else None  # noqa: PLR2004 - no amount is that large


def _whole(value: Any) -> int:
    """Return a whole number; -1 for what is none, so that it equals nothing that was sent."""
    number = _decimal(value)
    return int(number) if number is not None and number == number.to_integral_value() else -1


def _percent(value: Any) -> float | None:
    number = _decimal(value)
    return None if number is None else float(number)
