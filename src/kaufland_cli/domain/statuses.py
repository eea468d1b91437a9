"""Statuses of units and orders, the groups they form, and which orders qualify for a sales order.

Kaufland gives statuses to units only (source: page=orders); the status of an order is derived from its units.
"""

from collections.abc import Collection
from typing import Final

OPEN: Final = "open"
NEED_TO_BE_SENT: Final = "need_to_be_sent"
CANCELLED: Final = "cancelled"
UNIT_STATUSES: Final = (
    OPEN,
    NEED_TO_BE_SENT,
    "sent",
    "received",
    "sent_and_autopaid",
    CANCELLED,
    "returned",
    "returned_paid",
)
EMPTY: Final = "empty"
"""The order has no units left."""
DERIVED_STATUSES: Final = ("partially_sent", "partially_cancelled", "partially_returned", "mixed", EMPTY)

WAITING: Final = frozenset({OPEN, NEED_TO_BE_SENT})
SENT: Final = frozenset({"sent", "sent_and_autopaid", "received"})
RETURNED: Final = frozenset({"returned", "returned_paid"})
SOLD: Final = SENT | {NEED_TO_BE_SENT}
"""The statuses of units that are billed: no longer open, and neither cancelled nor returned."""

OF_KAUFLAND: Final = "fulfilled_by_kaufland"
"""The fulfillment type of orders that Kaufland ships and bills itself."""
UNDECIDED: Final = frozenset({OPEN})


def order_status(unit_statuses: Collection[str]) -> str:
    """Return the common status of the units, or how they are mixed.

    `partially_returned` wins over `partially_sent`, and that over `partially_cancelled`: what needs the seller's
    attention most. Units at different steps of one stage (`WAITING`, `SENT`) count as being at its first step.
    """
    found = set(unit_statuses)
    if not found:
        return EMPTY
    if len(found) == 1:
        return found.pop()
    if found & RETURNED:
        return "returned" if found <= RETURNED else "partially_returned"
    if found & SENT and found & WAITING:
        return "partially_sent"
    if CANCELLED in found:
        return "partially_cancelled"
    if found <= SENT:
        return "sent"
    if found <= WAITING:
        return OPEN
    return "mixed"


def qualifies(fulfillment_type: str | None, unit_statuses: Collection[str]) -> bool:
    """Return whether such an order becomes a sales order: the seller ships it, no unit is open, and one can be billed.

    Units marked as sent by other software are billed too. The store asks the same in SQL, built from the same groups.
    """
    found = set(unit_statuses)
    return fulfillment_type != OF_KAUFLAND and not found & UNDECIDED and bool(found & SOLD)
