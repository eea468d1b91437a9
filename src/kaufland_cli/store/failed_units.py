"""The units that could not be read: which of them to try again, and what became of the trial.

All methods that write run inside a transaction that the caller has opened.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaufland_cli.seller_api.moments import as_text
from kaufland_cli.seller_api.order_units import OrderUnit, UnreadableUnit
from kaufland_cli.store.database import Database
from kaufland_cli.store.run_book import MET_FAILING

FAILED_FIELDS = ("id_order", "id_order_unit", "reason", "first_seen_at", "last_tried_at", "attempts")


@dataclass(frozen=True, slots=True)
class FailedUnit:
    """A unit that is waiting to be read."""

    key: str
    """Its id; for a unit without one, a hash of it."""
    id_order_unit: int | str | None
    id_order: str | None
    raw: str
    """The unit as JSON text."""
    first_seen_at: str
    """UTC."""


class FailedUnits:
    """The units that could not be read. Which of them a run has met stands in the run's book."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> int:
        """Return how many there are."""
        return int(self._database.value("SELECT count(*) FROM unreadable_units"))

    def listed(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield them, or so many of them, those first that came last."""
        for row in self._database.rows(
            f"SELECT {', '.join(FAILED_FIELDS)} FROM unreadable_units"  # noqa: S608 - our own names
            " ORDER BY first_seen_at DESC, unreadable_key LIMIT ?",
            (-1 if limit is None else limit,),
        ):
            yield dict(row)

    def waiting(self, limit: int) -> list[FailedUnit]:
        """Return those that this run has not met, the longest waiting first."""
        rows = self._database.tuples(
            "SELECT unreadable_key, id_order_unit, id_order, raw, first_seen_at FROM unreadable_units"  # noqa: S608 - our own names
            f" WHERE NOT EXISTS {MET_FAILING}"
            " ORDER BY coalesce(last_tried_at, first_seen_at), unreadable_key LIMIT ?",
            (limit,),
        )
        return [FailedUnit(*row) for row in rows]

    def nameless(self, after: str, limit: int) -> list[FailedUnit]:
        """Return those without any id that this run has not met, in the order of their keys, those after that one."""
        rows = self._database.tuples(
            "SELECT unreadable_key, id_order_unit, id_order, raw, first_seen_at FROM unreadable_units"  # noqa: S608 - our own names
            " WHERE id_order_unit IS NULL AND id_order IS NULL AND unreadable_key > ?"
            f" AND NOT EXISTS {MET_FAILING} ORDER BY unreadable_key LIMIT ?",
            (after, limit),
        )
        return [FailedUnit(*row) for row in rows]

    def tried(self, keys: Iterable[str], at: datetime) -> None:
        """Count a trial of each."""
        self._database.execute_many(
            "UPDATE unreadable_units SET attempts = attempts + 1, last_tried_at = ? WHERE unreadable_key = ?",
            [(as_text(at), key) for key in keys],
        )

    def tried_by_reading(self, begun: datetime, at: datetime) -> None:
        """Count a trial of each that was known before this run and that the run has met again."""
        self._database.execute(
            "UPDATE unreadable_units SET attempts = attempts + 1, last_tried_at = ?"  # noqa: S608 - our own names
            f" WHERE first_seen_at < ? AND EXISTS {MET_FAILING}",
            (as_text(at), as_text(begun)),
        )

    def drop(self, key: str) -> None:
        """Forget one."""
        self._database.execute("DELETE FROM unreadable_units WHERE unreadable_key = ?", (key,))

    def replaced_by(self, id_order: str, units: Sequence[OrderUnit | UnreadableUnit]) -> None:
        """Forget those of an order that have no id, where all units that it has now have one."""
        if all(unit.id_order_unit is not None for unit in units):
            self._database.execute(
                "DELETE FROM unreadable_units WHERE id_order = ? AND id_order_unit IS NULL", (id_order,)
            )
