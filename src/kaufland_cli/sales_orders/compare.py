"""Whether what the target made of a sales order is what was sent."""

from collections.abc import Iterator

from kaufland_cli.errors import command
from kaufland_cli.sales_orders.document import SalesOrder, decimal_text
from kaufland_cli.sales_orders.target import KINDS, TargetDocument
from kaufland_cli.sales_orders.ways_out import setting_of_storefront
from kaufland_cli.store.sales_order_row import Reason

VAT_DIFFERS = "vat_differs"
SMALLEST_DIFFERENCE = 0.001


def conflicts(order: SalesOrder, found: TargetDocument) -> list[Reason]:
    """Return what differs between the two, the VAT first: it stops the storefront."""
    resolved = command("sales-orders", "resolve", order.external_no)
    what = f"{KINDS[found.kind]} {found.number}"
    reasons = []
    if different := list(_vat(order, found)):
        reasons.append(
            Reason(
                VAT_DIFFERS,
                f"The VAT of {what} is not what Kaufland names: {'; '.join(different)}. Nothing more is created for "
                f"storefront {order.storefront} until this is resolved.",
                f"{_shipping_accounts(order, found)}Set right the VAT groups of the customer and the items (or name "
                f"another customer), correct the document, then: {resolved}",
            )
        )
    own = f"{decimal_text(order.total)} {order.currency}"
    if found.total is None:  # unknown is not equal to anything
        text = f"What {what} comes to could not be read; the order at Kaufland comes to {own}."
        reasons.append(Reason("total_unknown", text, f"Compare the document, then: {resolved}"))
    elif found.total != order.total:
        comes_to = f"{decimal_text(found.total)} {order.currency}"
        text = f"{_capital(what)} comes to {comes_to}, the order at Kaufland to {own}."
        reasons.append(Reason("total_differs", text, f"Correct the document, then: {resolved}"))
    reasons += [
        Reason("document_differs", f"{_capital(what)}: {text}", f"Correct the document, then: {resolved}")
        for text in found.differences
    ]
    return reasons


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shipping_accounts(order: SalesOrder, found: TargetDocument) -> str:
    """Say how shipping gets a number of its own for each rate that came out wrong; nothing where shipping is right."""
    rates = [
        line.vat
        for line, answered in zip(order.lines, found.lines, strict=False)
        if line.shipping and line.vat is not None and _another_rate(line.vat, answered.vat)
    ]
    ways = [
        f"For shipping at {rate:g} % name a number of its own: {setting}; "
        for rate in rates
        if (setting := setting_of_storefront(order.storefront, f"shipping_numbers.{rate:g}", "NUMBER"))
    ]
    return "".join(ways)


def _another_rate(wanted: float, found: float | None) -> bool:
    """Tell whether the target's rate is not Kaufland's; an unknown one equals nothing."""
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
    # Both round: the target perhaps over several lines together, so that each may be off by one.
    if found.tax is None:
        yield f"how much VAT it holds could not be read, by Kaufland's rates it is {decimal_text(order.tax)}"
    elif abs(found.tax - order.tax) > len(order.lines):
        yield f"it holds {decimal_text(found.tax)} of VAT, by Kaufland's rates {decimal_text(order.tax)}"
