"""What became of the units of one answer."""

from dataclasses import dataclass, field
from typing import NamedTuple

from kaufland_cli.store.run_tally import UnitChange


class StoredUnit(NamedTuple):
    """What became of one unit of an answer."""

    key: int | str
    """The unit's id; for a unit without one, a hash of it."""
    id_order: str | None
    change: UnitChange
    status: str | None = None
    status_before: str | None = None
    created_at: str | None = None
    reason: str | None = None
    """Why it could not be read."""


@dataclass(slots=True)
class StoredPage:
    """What became of the units of one answer."""

    units: list[StoredUnit] = field(default_factory=list)
    orders_new: set[str] = field(default_factory=set)
    orders_changed: set[str] = field(default_factory=set)
    orders_cancelled: set[str] = field(default_factory=set)
    """Orders that were known and have become wholly cancelled."""
    absent: list[int | str] = field(default_factory=list)
    """The units that the whole order does not have any more, since this answer."""
    contradicted: set[str] = field(default_factory=set)
    """Orders with a unit of which there are two versions of one update time: neither is known to be the later."""
    rows_new: int = 0
    """Rows that were not met before in this pass over the list."""

    def add(self, other: "StoredPage") -> None:
        """Add what became of further units of the same answer."""
        self.units += other.units
        self.orders_new |= other.orders_new
        self.orders_changed |= other.orders_changed - self.orders_new
        self.orders_cancelled |= other.orders_cancelled
        self.absent += other.absent
        self.contradicted |= other.contradicted
        self.rows_new += other.rows_new
