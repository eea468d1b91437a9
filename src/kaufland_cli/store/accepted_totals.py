"""The number of units Kaufland counts but does not deliver, once accepted by the seller. See docs/decisions/0019."""

from dataclasses import dataclass
from datetime import datetime

from kaufland_cli.domain.moments import as_text
from kaufland_cli.store.connection import Database


@dataclass(frozen=True, slots=True)
class AcceptedTotal:
    """A gap between Kaufland's total and the units it delivers, accepted by the seller."""

    units: int
    """How many units are counted but not delivered."""
    since: str
    """UTC: start of the window in which the import found the gap."""
    at: str
    """UTC: when it was accepted."""
    seen_units: int | None
    """How many the last comparison found missing; None before the first one."""


class AcceptedTotals:
    """The accepted gap; there is at most one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accepted(self) -> AcceptedTotal | None:
        """Return the accepted gap; None if there is none."""
        row = self._database.row("SELECT units, since, at, seen_units FROM accepted_totals")
        return None if row is None else AcceptedTotal(**dict(row))

    def accept(self, units: int, *, since: datetime, at: datetime, run_id: int) -> None:
        """Accept this many missing units from now on, replacing what was accepted before."""
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO accepted_totals (only_row, units, since, at, run_id) VALUES (1, ?, ?, ?, ?)",
                (units, as_text(since), as_text(at), run_id),
            )

    def seen(self, units: int) -> None:
        """Record how many units the last comparison found missing."""
        with self._database.transaction():
            self._database.execute("UPDATE accepted_totals SET seen_units = ?", (units,))

    def forget(self) -> None:
        """Stop accepting any gap."""
        with self._database.transaction():
            self._database.execute("DELETE FROM accepted_totals")
