"""The results of past comparisons with Kaufland, and the time of the last one.

Written by `order_import.reconcile` and `order_import.daily_reconcile`.
"""

from datetime import datetime
from typing import Any, NamedTuple

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

    def last(self) -> dict[str, Any] | None:
        """Return the latest result; None if there is none."""
        row = self._database.row(
            "SELECT at, since, storefront, complete, by_hand, units_compared, missing, surplus, differing, fixed"
            " FROM reconciliations ORDER BY run_id DESC LIMIT 1"
        )
        if row is None:
            return None
        return {**dict(row), "complete": bool(row["complete"]), "by_hand": bool(row["by_hand"])}

    def first_read_from(self) -> str | None:
        """Return the earliest moment (UTC) from which a complete import has read; None if there was none."""
        found = self._database.value(
            "SELECT min(since) FROM runs WHERE kind = 'import' AND verdict IN ('success', 'partial')"
        )
        return None if found is None else str(found)
