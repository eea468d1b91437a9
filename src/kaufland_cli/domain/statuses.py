"""Statuses of units and orders, the groups they form, and which orders qualify for a sales order.

Kaufland gives a status to units only (source: page=orders); that of an order is derived from its units.
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
"""No unit belongs to the order any more."""
DERIVED_STATUSES: Final = ("partially_sent", "partially_cancelled", "partially_returned", "mixed", EMPTY)

WAITING: Final = frozenset({OPEN, NEED_TO_BE_SENT})
SENT: Final = frozenset({"sent", "sent_and_autopaid", "received"})
RETURNED: Final = frozenset({"returned", "returned_paid"})
SOLD: Final = SENT | {NEED_TO_BE_SENT}
"""Decided, and neither cancelled nor returned: such units are billed."""

OF_KAUFLAND: Final = "fulfilled_by_kaufland"
"""The fulfilment of orders that Kaufland ships, and bills, itself."""
UNDECIDED: Final = frozenset({OPEN})


def order_status(unit_statuses: Collection[str]) -> str:
    """Return the units' common status, or in which way the order is mixed.

    `partially_returned` comes before `partially_sent`, and that before `partially_cancelled`: what needs the seller's
    attention is named first. Units of one stage that differ in detail count as the less advanced one.
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
    """Tell whether a sales order is made of such an order: the seller's own, nothing undecided, a unit to be billed.

    A unit that was marked as sent elsewhere is billed all the same. The store asks the same of many orders at once, in
    SQL that is made of the same groups.
    """
    found = set(unit_statuses)
    return fulfillment_type != OF_KAUFLAND and not found & UNDECIDED and bool(found & SOLD)
