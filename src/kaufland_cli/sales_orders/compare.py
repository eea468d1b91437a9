"""Compares what the target made of a sales order with what was sent.

The differences become conflicts in the store. See docs/decisions/0013 and, for accepted totals, 0019.
"""

from collections.abc import Iterator

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.sales_order import SalesOrder, decimal_text
from kaufland_cli.domain.target_values import KINDS, TargetDocument
from kaufland_cli.sales_orders.ways_out import setting_of_storefront
from kaufland_cli.store.sales_order_row import Reason

VAT_DIFFERS, NOT_COMPARED = "vat_differs", "not_compared"
SMALLEST_DIFFERENCE = 0.001


def conflicts(order: SalesOrder, found: TargetDocument) -> list[Reason]:
    """Return the differences, VAT first because it stops the storefront. An unknown value always differs."""
    resolved = command("sales-orders", "resolve", order.external_no)
    what = named(found)
    reasons = []
    if different := list(_vat(order, found)):
        reasons.append(
            Reason(
                VAT_DIFFERS,
                f"The VAT of {what} is not what Kaufland gives: {'; '.join(different)}. No more sales orders for "
                f"storefront {order.storefront} until this is resolved.",
                Hint(
                    _shipping_accounts(order, found),
                    "Correct the VAT groups of the customer and the items (or set another customer), correct the "
                    "document, then: ",
                    resolved,
                ),
            )
        )
    reasons += _total(found, order.total, order.currency, resolved)
    if not found.seen:
        reasons.append(Reason(NOT_COMPARED, f"{_capital(what)}: {' '.join(found.differences)}", _compare_it(resolved)))
        return reasons
    reasons += [
        Reason("document_differs", f"{_capital(what)}: {text}", Hint("Correct the document, then: ", resolved))
        for text in found.differences
    ]
    return reasons


def uncompared(order: Order, found: TargetDocument | None, number: str, why: str) -> list[Reason]:
    """Return the conflict of a document that cannot be compared with a sales order, except for the order's total.

    `why` completes the sentence "… was not compared with the order: why."
    """
    resolved = command("sales-orders", "resolve", order.id_order)
    text = f"{_capital(named(found)) if found else f'Document {number}'} was not compared with the order: {why}."
    reasons = [Reason(NOT_COMPARED, text, _compare_it(resolved))]
    own = order.summary.total_amount
    if found is not None and found.total is not None and own is not None:
        reasons += _total(found, own, order.currency, resolved)
    return reasons


def named(found: TargetDocument) -> str:
    """Return a document's kind and number, for the middle of a sentence."""
    return f"{KINDS[found.kind]} {found.number}"


def _total(found: TargetDocument, own: int, currency: str, resolved: Hint) -> Iterator[Reason]:
    at_kaufland = f"{decimal_text(own)} {currency}"
    if found.total is None:
        text = f"The total of {named(found)} could not be read; the order at Kaufland totals {at_kaufland}."
        yield Reason("total_unknown", text, _compare_it(resolved))
    elif found.total != own:
        comes_to = f"{decimal_text(found.total)} {currency}"
        text = f"{_capital(named(found))} totals {comes_to}, the order at Kaufland {at_kaufland}."
        yield Reason("total_differs", text, Hint("Correct the document, then: ", resolved))


def _compare_it(resolved: Hint) -> Hint:
    return Hint("Compare the document with the order, then: ", resolved)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shipping_accounts(order: SalesOrder, found: TargetDocument) -> Hint:
    """Return how to give shipping its own number per wrong rate; empty if shipping is correct."""
    rates = [
        line.vat
        for line, answered in zip(order.lines, found.lines, strict=False)
        if line.shipping and line.vat is not None and _another_rate(line.vat, answered.vat)
    ]
    ways = [
        Hint(f"For shipping at {rate:g} % set a separate number: ", setting, "; ")
        for rate in rates
        if (setting := setting_of_storefront(order.storefront, f"shipping_numbers.{rate:g}", "NUMBER"))
    ]
    return Hint(*ways)


def _another_rate(wanted: float, found: float | None) -> bool:
    """Return whether the target's rate differs from Kaufland's; an unknown one always does."""
    return found is None or abs(wanted - found) > SMALLEST_DIFFERENCE


def _vat(order: SalesOrder, found: TargetDocument) -> Iterator[str]:
    same = True
    for number, (line, answered) in enumerate(zip(order.lines, found.lines, strict=False), 1):
        if line.vat is not None and _another_rate(line.vat, answered.vat):
            same = False
            has = "a VAT that could not be read" if answered.vat is None else f"{answered.vat:g} %"
            yield f"line {number} ({line.number}) has {has}, Kaufland {line.vat:g} %"
    if not same or not found.lines or order.tax is None or found.total != order.total:
        return
    # Both round, and the target may round several lines together, so each line may be off by one.
    if found.tax is None:
        yield f"its VAT amount could not be read; at Kaufland's rates it is {decimal_text(order.tax)}"
    elif abs(found.tax - order.tax) > len(order.lines):
        yield f"its VAT amount is {decimal_text(found.tax)}; at Kaufland's rates it is {decimal_text(order.tax)}"
