"""What has to be shipped by when: units to be sent, grouped by their deadline.

The deadline is the end of a day in Berlin (`delivery_time_expires_iso`; seen live, page=orders), so days are Berlin's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from kaufland_cli.domain.moments import read_moment, zone_named
from kaufland_cli.domain.orders import OrderUnit, PickupLocation
from kaufland_cli.domain.statuses import NEED_TO_BE_SENT, OF_KAUFLAND
from kaufland_cli.domain.text import meaningful

BERLIN: Final = zone_named("Europe/Berlin")


class Due(StrEnum):
    """When a unit is due, the most urgent first."""

    OVERDUE = "overdue"
    TODAY = "today"
    TOMORROW = "tomorrow"
    LATER = "later"
    UNKNOWN = "unknown"
    """Kaufland gave no deadline."""


@dataclass(frozen=True, slots=True)
class DueUnit:
    """A unit that the seller has to ship."""

    unit: OrderUnit
    due: Due
    hours_left: int | None
    """Whole hours until the deadline; negative once it has passed; None if it is unknown."""
    pickup_location: PickupLocation | None

    @property
    def carrier(self) -> str:
        """The carrier that has to deliver it, as far as the pickup point says; else empty."""
        return "" if self.pickup_location is None else meaningful(self.pickup_location.carrier)


@dataclass(frozen=True, slots=True)
class Article:
    """Units of the same article, to be taken from the shelf together; the most urgent first."""

    units: tuple[DueUnit, ...]

    @property
    def orders(self) -> int:
        """In how many orders they are."""
        return len({one.unit.id_order for one in self.units})


def has_to_be_shipped(unit: OrderUnit) -> bool:
    """Return whether the seller has to ship the unit now; what Kaufland ships itself is not the seller's."""
    return unit.status == NEED_TO_BE_SENT and unit.fulfillment_type != OF_KAUFLAND


def due_unit(unit: OrderUnit, pickup_location: PickupLocation | None, now: datetime) -> DueUnit:
    """Return the unit with the time that is left for it."""
    deadline = read_moment(unit.ship_by)
    hours_left = None if deadline is None else int((deadline - now).total_seconds() // 3600)
    return DueUnit(unit, _due(deadline, now), hours_left, pickup_location)


def units_due(units_by_deadline: Mapping[str | None, int], now: datetime) -> dict[Due, int]:
    """Return how many units are in each group, from their numbers by deadline; groups without any are left out."""
    found = dict.fromkeys(Due, 0)
    for deadline, units in units_by_deadline.items():
        found[_due(read_moment(deadline), now)] += units
    return {due: units for due, units in found.items() if units}


def _due(deadline: datetime | None, now: datetime) -> Due:
    if deadline is None:
        return Due.UNKNOWN
    if deadline < now:
        return Due.OVERDUE
    days = (deadline.astimezone(BERLIN).date() - now.astimezone(BERLIN).date()).days
    return {0: Due.TODAY, 1: Due.TOMORROW}.get(days, Due.LATER)


def most_urgent_first(units: Iterable[DueUnit]) -> list[DueUnit]:
    """Sort by deadline, then by order; units without a deadline come last."""
    return sorted(units, key=lambda one: (one.unit.ship_by or "~", one.unit.id_order, str(one.unit.id_order_unit)))


def articles(units: Iterable[DueUnit]) -> list[Article]:
    """Put units of the same article together: same SKU, EAN, title and condition; in the order of their SKUs."""
    found: dict[tuple[str, ...], list[DueUnit]] = {}
    for one in most_urgent_first(units):
        found.setdefault(_article(one.unit), []).append(one)
    return [Article(tuple(found[article])) for article in sorted(found)]


def packing_lines(units: Iterable[DueUnit]) -> list[Article]:
    """Put units of the same article in the same order together; the most urgent order first."""
    found: dict[str, list[DueUnit]] = {}
    for one in most_urgent_first(units):
        found.setdefault(one.unit.id_order, []).append(one)
    return [line for of_order in found.values() for line in articles(of_order)]


def _article(unit: OrderUnit) -> tuple[str, ...]:
    parts = (unit.id_offer, next(iter(unit.eans), None), unit.title, unit.condition)
    return tuple(part or "" for part in parts)
