"""Counts what a run stores: each unit once, however often it was seen."""

from dataclasses import dataclass, field
from typing import Any

from kaufland_cli.store.orders import StoredPage, StoredUnit, UnitChange

_WEIGHT: dict[UnitChange, int] = {"unchanged": 0, "changed": 1, "new": 2}


@dataclass(slots=True)
class Tally:
    """What became of the units and orders of a run."""

    changes: dict[int | str, UnitChange] = field(default_factory=dict)
    failed: dict[int | str, StoredUnit] = field(default_factory=dict)
    orders_new: set[str] = field(default_factory=set)
    orders_changed: set[str] = field(default_factory=set)
    orders_cancelled: set[str] = field(default_factory=set)

    def add(self, page: StoredPage) -> None:
        """Count one stored answer."""
        for unit in page.units:
            if unit.change == "failed":
                self.failed[unit.key] = unit
                self.changes.pop(unit.key, None)
                continue
            self.failed.pop(unit.key, None)
            before = self.changes.get(unit.key)
            if before is None or _WEIGHT[unit.change] > _WEIGHT[before]:
                self.changes[unit.key] = unit.change
        self.orders_new |= page.orders_new
        self.orders_changed |= page.orders_changed
        self.orders_cancelled |= page.orders_cancelled

    def counts(self) -> dict[str, Any]:
        """Return the counts by their stable names; seen = new + changed + unchanged."""
        changes = list(self.changes.values())
        return {
            "orders_new": len(self.orders_new),
            "orders_changed": len(self.orders_changed - self.orders_new),
            "orders_cancelled": len(self.orders_cancelled - self.orders_new),
            "units_seen": len(changes),
            "units_new": changes.count("new"),
            "units_changed": changes.count("changed"),
            "units_unchanged": changes.count("unchanged"),
            "units_failed": len(self.failed),
        }
