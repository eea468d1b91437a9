"""What comparisons with Kaufland came to, and when the next one is due."""

from datetime import datetime
from typing import Any, NamedTuple

from kaufland_cli.domain.moments import as_text
from kaufland_cli.store.connection import Database


class Reconciled(NamedTuple):
    """The result of a reconciliation, as it is kept."""

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
    """The results of earlier comparisons."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, result: Reconciled) -> None:
        """Keep a result, and that the last days are reconciled if an import did it completely."""
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO reconciliations"
                " (run_id, at, since, storefront, complete, by_hand, units_compared, missing, surplus, differing,"
                "  fixed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (result.run_id, as_text(result.at), as_text(result.since), *result[3:]),
            )

    def due_from(self, moment: datetime) -> None:
        """Remember when the last days were compared, or read whole by a first import; by the server's time."""
        with self._database.transaction():
            self._database.execute("UPDATE sync_state SET reconciled_at = ?", (as_text(moment),))

    def last(self) -> dict[str, Any] | None:
        """Return the latest result."""
        row = self._database.row(
            "SELECT at, since, storefront, complete, by_hand, units_compared, missing, surplus, differing, fixed"
            " FROM reconciliations ORDER BY run_id DESC LIMIT 1"
        )
        if row is None:
            return None
        return {**dict(row), "complete": bool(row["complete"]), "by_hand": bool(row["by_hand"])}

    def first_read_from(self) -> str | None:
        """Return from when on complete imports have read; None before there was one."""
        found = self._database.value(
            "SELECT min(since) FROM runs WHERE kind = 'import' AND verdict IN ('success', 'partial')"
        )
        return None if found is None else str(found)
