"""The results of past comparisons with Kaufland, and the time of the last one.

Written by `order_import.reconcile`.
"""

from datetime import datetime
from typing import NamedTuple

from kaufland_cli.domain.moments import as_text
from kaufland_cli.store.connection import Database


class Reconciled(NamedTuple):
    """The result of a reconciliation, with the column names of its table. Times are UTC."""

    run_id: int
    at: datetime
    since: datetime
    storefront: str | None
    complete: bool
    by_hand: bool
    units_compared: int
    missing: int
    surplus: int
    differing: int
    fixed: int


class PastReconciliations:
    """The table of results."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, result: Reconciled) -> None:
        """Store a result."""
        row = result._asdict() | {"at": as_text(result.at), "since": as_text(result.since)}
        marks = ", ".join("?" * len(row))
        with self._database.transaction():
            self._database.execute(
                f"INSERT OR REPLACE INTO reconciliations ({', '.join(row)}) VALUES ({marks})",  # noqa: S608 - our own names
                tuple(row.values()),
            )

    def due_from(self, moment: datetime) -> None:
        """Record when the last days were compared, or read in full by a first import, by the server's clock."""
        with self._database.transaction():
            self._database.execute("UPDATE sync_state SET reconciled_at = ?", (as_text(moment),))

    def last(self) -> Reconciled | None:
        """Return the latest result; None if there is none."""
        columns = ", ".join(Reconciled._fields)
        row = self._database.row(f"SELECT {columns} FROM reconciliations ORDER BY run_id DESC LIMIT 1")  # noqa: S608 - our own names
        if row is None:
            return None
        times = {name: datetime.fromisoformat(row[name]) for name in ("at", "since")}
        return Reconciled(**dict(row) | times | {name: bool(row[name]) for name in ("complete", "by_hand")})

    def first_read_from(self) -> str | None:
        """Return the earliest moment (UTC) from which a complete import has read; None if there was none."""
        found = self._database.value(
            "SELECT min(since) FROM runs WHERE kind = 'import' AND verdict IN ('success', 'partial')"
        )
        return None if found is None else str(found)
