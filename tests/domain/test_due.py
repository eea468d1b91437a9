"""What has to be shipped by when: by Berlin's days, and only what the seller ships."""

from datetime import UTC, datetime

import pytest

from kaufland_cli.domain.due import Due, due_unit, has_to_be_shipped
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.domain.statuses import OF_KAUFLAND, UNIT_STATUSES
from support.stores import order_unit


def unit_with(**fields: object) -> OrderUnit:
    """Return a unit with these fields."""
    unit = order_unit(1, "M1", **fields)
    assert isinstance(unit, OrderUnit)
    return unit


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-10-23T22:00:00", Due.TOMORROW),  # midnight in Berlin, summer time
        ("2026-10-24T21:59:59", Due.TOMORROW),
        ("2026-10-24T22:00:00", Due.TODAY),  # the day has 25 hours
        ("2026-10-25T22:59:59", Due.TODAY),
        ("2026-10-25T23:00:00", Due.OVERDUE),
        ("2026-10-23T21:59:59", Due.LATER),
    ],
)
def test_due_day_is_berlins(now: str, due: Due) -> None:
    """Also on the day on which the clocks are put back."""
    unit = unit_with(delivery_time_expires_iso="2026-10-25T22:59:59Z")
    assert due_unit(unit, None, datetime.fromisoformat(now).replace(tzinfo=UTC)).due is due


@pytest.mark.parametrize("deadline", [None, "", "soon", 17])
def test_due_without_a_deadline_is_unknown(deadline: object) -> None:
    """A deadline that is missing or cannot be read is not taken for one that has passed."""
    found = due_unit(unit_with(delivery_time_expires_iso=deadline), None, datetime.now(UTC))
    assert (found.due, found.hours_left) == (Due.UNKNOWN, None)


@pytest.mark.parametrize("status", UNIT_STATUSES)
def test_only_units_to_be_sent_by_the_seller_have_to_be_shipped(status: str) -> None:
    """Neither an open unit nor one that Kaufland ships is the seller's to pack."""
    assert has_to_be_shipped(unit_with(status=status)) == (status == "need_to_be_sent")
    assert not has_to_be_shipped(unit_with(status=status, fulfillment_type=OF_KAUFLAND))
