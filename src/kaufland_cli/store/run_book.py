"""What a run has met so far: each unit and order once, however often it was seen."""

from typing import Any

from kaufland_cli.store.database import Database


class RunBook:
    """The counts of a run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self.changes: dict[Any, str] = {}
        self._failed: dict[Any, Any] = {}
        self.new: set[str] = set()
        self.changed: set[str] = set()
        self.cancelled: set[str] = set()
        self.readings: dict[Any, int] = {}

    def add(self, page: Any, reading: int) -> None:
        """Add."""
        weight = {"unchanged": 0, "changed": 1, "new": 2}
        nth: dict[Any, int] = {}
        for unit in page.units:
            nth[unit.key] = nth.get(unit.key, 0) + (unit.change == "failed")
            row = (unit.key, nth[unit.key] if unit.change == "failed" else 1)
            if reading and self.readings.get(row) != reading:
                page.rows_new += 1
                self.readings[row] = reading
            if unit.change == "failed":
                self._failed[unit.key] = unit
                self.changes.pop(unit.key, None)
                continue
            self._failed.pop(unit.key, None)
            before = self.changes.get(unit.key)
            if before is None or weight[unit.change] > weight[before]:
                self.changes[unit.key] = unit.change
        self.new |= page.orders_new
        self.changed |= page.orders_changed
        self.cancelled |= page.orders_cancelled

    def counts(self) -> dict[str, Any]:
        """Count."""
        changes = list(self.changes.values())
        return {
            "orders_new": len(self.new),
            "orders_changed": len(self.changed - self.new),
            "orders_cancelled": len(self.cancelled - self.new),
            "units_seen": len(changes),
            "units_new": changes.count("new"),
            "units_changed": changes.count("changed"),
            "units_unchanged": changes.count("unchanged"),
            "units_failed": len(self._failed),
        }

    def failed(self) -> list[dict[str, Any]]:
        """List."""
        return [
            {"id_order_unit": key, "id_order": unit.id_order, "reason": unit.reason}
            for key, unit in self._failed.items()
        ]

    def rows_read(self, since_reading: int) -> int:
        """Count rows."""
        return sum(reading >= since_reading for reading in self.readings.values())
