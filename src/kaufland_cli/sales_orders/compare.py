"""Whether what the target made of a sales order is what was sent."""

from collections.abc import Iterator

from kaufland_cli.sales_orders.document import SalesOrder, decimal_text
from kaufland_cli.sales_orders.target import TargetDocument
from kaufland_cli.store.sales_order_row import Reason

VAT_DIFFERS = "vat_differs"
SMALLEST_DIFFERENCE = 0.001


def conflicts(order: SalesOrder, found: TargetDocument) -> list[Reason]:
    """Return what differs between the two, the VAT first: it stops the storefront."""
    resolved = f"kaufland sales-orders resolve {order.external_no}"
    reasons = []
    if different := list(_vat(order, found)):
        reasons.append(
            Reason(
                VAT_DIFFERS,
                f"The VAT of sales order {found.number} is not what Kaufland names: {'; '.join(different)}. Nothing "
                f"more is created for storefront {order.storefront} until this is resolved.",
                "Set right the VAT groups of the customer and the items (or name another customer), correct the "
                f"document, then: {resolved}",
            )
        )
    if found.total is not None and found.total != order.total:
        reasons.append(
            Reason(
                "total_differs",
                f"Sales order {found.number} comes to {decimal_text(found.total)} {order.currency}, the order at "
                f"Kaufland to {decimal_text(order.total)}.",
                f"Correct the document, then: {resolved}",
            )
        )
    reasons += [
        Reason("document_differs", f"Sales order {found.number}: {text}", f"Correct the document, then: {resolved}")
        for text in found.differences
    ]
    return reasons


def _vat(order: SalesOrder, found: TargetDocument) -> Iterator[str]:
    for number, (line, answered) in enumerate(zip(order.lines, found.lines, strict=False), 1):
        if answered.vat is None:
            continue
        expected = line.vat or 0  # an order without a rate comes this far only where none is expected
        if abs(expected - answered.vat) > SMALLEST_DIFFERENCE:
            yield f"line {number} ({line.number}) has {answered.vat:g} %, Kaufland {expected:g} %"
