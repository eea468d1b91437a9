"""The status of an order: each mixture of units has a name, and the name says what needs attention."""

from itertools import combinations

import pytest

from kaufland_cli.domain.statuses import order_status

DOCUMENTED = (
    "open",
    "need_to_be_sent",
    "sent",
    "sent_and_autopaid",
    "received",
    "returned",
    "returned_paid",
    "cancelled",
)
NAMES = {*DOCUMENTED, "partially_sent", "partially_cancelled", "partially_returned"}
SENT = {"sent", "sent_and_autopaid", "received"}
WAITING = {"open", "need_to_be_sent"}
RETURNED = {"returned", "returned_paid"}


@pytest.mark.parametrize("status", [*DOCUMENTED, "in_clarification", "Sent", "ganz neu"])
def test_equal_units_give_their_status(status: str) -> None:
    """What all units say, the order says, also a status that nobody knows yet."""
    assert order_status([status]) == order_status([status] * 3) == status


@pytest.mark.parametrize("found", [set(some) for size in (2, 3) for some in combinations(DOCUMENTED, size)])
def test_every_mixture_of_documented_statuses_has_a_name(found: set[str]) -> None:
    """Each combination falls into a named status, by what asks for attention first, however often each occurs."""
    name = order_status(list(found))
    assert name in NAMES
    assert order_status([*found, *found]) == name
    if found & RETURNED:
        expected = "returned" if found <= RETURNED else "partially_returned"
    elif found & SENT and found & WAITING:
        expected = "partially_sent"
    elif "cancelled" in found:
        expected = "partially_cancelled"
    else:
        expected = "sent" if found <= SENT else "open"
    assert name == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"in_clarification", "open"}, "mixed"),
        ({"in_clarification", "sent"}, "mixed"),
        ({"in_clarification", "other"}, "mixed"),
        ({"in_clarification", "cancelled"}, "partially_cancelled"),
        ({"in_clarification", "returned"}, "partially_returned"),
        ({"in_clarification", "sent", "open"}, "partially_sent"),
    ],
)
def test_unknown_statuses_mix(found: set[str], expected: str) -> None:
    """A status that nobody knows hides nothing that is known, and is never called one of the known names."""
    assert order_status(found) == expected
