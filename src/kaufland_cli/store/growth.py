"""Keeps a store small that nobody looks at for years.

An import every five minutes makes a hundred thousand runs a year. Of them the last ones are kept, and those that
something still asks for however old they are. Orders, their history and their sales orders stay: they are as many as
the seller's orders.

Deleted rows leave free pages, which later rows fill: a file grows to its largest and stays there. It gives them back
only where that is much and quickly done (`is_worth_a_vacuum`), so a log that grew huge once does not stay so.
"""

import shutil
from pathlib import Path

from kaufland_cli.store.connection import Database

KEPT_RUNS = 20_000
"""At five minutes 69 days of them, at a quarter of an hour 208."""
KEPT_RECONCILIATIONS = 1_000
RUNS_AT_ONCE = 2_000
"""So many are deleted in one short transaction, one of them an import."""
FEWEST_AT_ONCE = 100
"""So many wait before any is deleted: which of them are still asked for is found out by looking at all."""
MEGABYTE = 1024 * 1024
LEAST_TO_GIVE_BACK = 64 * MEGABYTE
MAX_TO_COPY = 256 * MEGABYTE
"""What is copied when free pages are given back: a second or two of work, while which nobody else can write."""


class Growth:
    """Bounds what grows with time and not with orders; each call does a little, in short transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bound(self) -> None:
        """Delete what is old and needed no more, and give back free room where that is worth it.

        For the end of an import, by whom holds the run lock. Raises a `StoreUnusable`; killed at any moment, the store
        is as it was before or after one of the steps.
        """
        self._forget_runs()
        self._forget_reconciliations()
        if self._has_room_to_give_back():
            self._database.execute("VACUUM")
        self._database.row("PRAGMA wal_checkpoint (PASSIVE)")  # waits for nobody; what is left over, the next one does

    def _forget_runs(self) -> None:
        newest = self._database.value("SELECT max(run_id) FROM runs")
        if newest is None or newest <= KEPT_RUNS:
            return
        with self._database.transaction():
            old = self._database.tuples(
                "SELECT run_id FROM runs WHERE run_id <= ? ORDER BY run_id LIMIT ?",
                (newest - KEPT_RUNS, RUNS_AT_ONCE),
            )
            if len(old) >= FEWEST_AT_ONCE:
                needed = self._needed_runs()
                self._database.execute_many(
                    "DELETE FROM runs WHERE run_id = ?", [one for one in old if one[0] not in needed]
                )

    def _needed_runs(self) -> set[int]:
        """Return the runs that are asked for whatever their age.

        The last one of each kind, the last complete import, and the import that reached back the farthest.
        """
        complete = "kind = 'import' AND verdict IN ('success', 'partial') AND finished_at IS NOT NULL"
        found = self._database.tuples(
            "SELECT max(run_id) FROM runs WHERE finished_at IS NOT NULL GROUP BY kind"  # noqa: S608 - our own words
            f" UNION SELECT max(run_id) FROM runs WHERE {complete}"
            f" UNION SELECT run_id FROM (SELECT run_id FROM runs WHERE {complete} AND since IS NOT NULL"
            " ORDER BY since, run_id LIMIT 1)"
        )
        return {one for (one,) in found if one is not None}

    def _forget_reconciliations(self) -> None:
        with self._database.transaction():
            self._database.execute(
                "DELETE FROM reconciliations WHERE run_id IN (SELECT run_id FROM reconciliations WHERE run_id <="
                " (SELECT run_id FROM reconciliations ORDER BY run_id DESC LIMIT 1 OFFSET ?) ORDER BY run_id LIMIT ?)",
                (KEPT_RECONCILIATIONS, RUNS_AT_ONCE),
            )

    def _has_room_to_give_back(self) -> bool:
        path = self._database.path
        if path is None:
            return False
        size, pages, free = (
            int(self._database.value(f"PRAGMA {name}")) for name in ("page_size", "page_count", "freelist_count")
        )
        return is_worth_a_vacuum(used=(pages - free) * size, free=free * size, disk_free=_disk_free(path.parent))


def is_worth_a_vacuum(*, used: int, free: int, disk_free: int) -> bool:
    """Tell whether free room is given back, all in bytes.

    Where it is at least 64 MB and more than what is used, what is used can be copied in a second or two, and the disk
    has room for the copy and for the write-ahead log that takes it.
    """
    return free >= LEAST_TO_GIVE_BACK and free > used and used <= MAX_TO_COPY and disk_free >= 2 * used + MEGABYTE * 64


def _disk_free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
