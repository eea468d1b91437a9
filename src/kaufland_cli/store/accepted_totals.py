"""How many units Kaufland counts without delivering them, as far as the seller has accepted that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaufland_cli.domain.moments import as_text
from kaufland_cli.store.connection import Database


@dataclass(frozen=True, slots=True)
class AcceptedTotal:
    """What the seller has accepted."""

    units: int
    """So many units are counted and not delivered."""
    since: str
    """UTC: from when on the import read that found it."""
    at: str
    """UTC: when it was accepted."""
    seen_units: int | None
    """How many a comparison of the last days found last; None before there was one."""

    def record(self) -> dict[str, Any]:
        """Return the record of the JSON output."""
        return {"units": self.units, "since": self.since, "at": self.at}


class AcceptedTotals:
    """The one number that is accepted, if any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accepted(self) -> AcceptedTotal | None:
        """Return what is accepted."""
        row = self._database.row("SELECT units, since, at, seen_units FROM accepted_totals")
        return None if row is None else AcceptedTotal(**dict(row))

    def accept(self, units: int, *, since: datetime, at: datetime, run_id: int) -> None:
        """Remember that so many are accepted from now on, in the place of what was."""
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO accepted_totals (only_row, units, since, at, run_id) VALUES (1, ?, ?, ?, ?)",
                (units, as_text(since), as_text(at), run_id),
            )

    def seen(self, units: int) -> None:
        """Remember how many a comparison of the last days came to."""
        with self._database.transaction():
            self._database.execute("UPDATE accepted_totals SET seen_units = ?", (units,))

    def forget(self) -> None:
        """Accept nothing any more."""
        with self._database.transaction():
            self._database.execute("DELETE FROM accepted_totals")
