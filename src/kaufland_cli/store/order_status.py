"""The status of an order, derived from its units: Kaufland gives a status to units only."""

from collections.abc import Collection

CANCELLED = "cancelled"
EMPTY = "empty"
"""No unit belongs to the order any more."""
WAITING = frozenset({"open", "need_to_be_sent"})
SENT = frozenset({"sent", "sent_and_autopaid", "received"})
RETURNED = frozenset({"returned", "returned_paid"})
KNOWN_STATUSES = WAITING | SENT | RETURNED | {CANCELLED}


def order_status(unit_statuses: Collection[str]) -> str:
    """Return the units' common status, or in which way the order is mixed.

    `partially_returned` comes before `partially_sent`, and that before `partially_cancelled`: what asks for the
    seller's attention is named first. Units of one stage that differ in detail count as the less advanced one.
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
        return "open"
    return "mixed"
