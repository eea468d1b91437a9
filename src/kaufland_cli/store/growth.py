"""Keeps the store small when imports run unattended for years; called at the end of each import.

An import every five minutes makes a hundred thousand runs a year. The latest runs are kept, and older ones that are
still needed. Orders, their history and their sales orders stay.

Deleted rows leave free pages that later rows fill, so the file does not shrink. Free pages are returned to the disk
only if there are many and it is quick (`is_worth_a_vacuum`), for example after the API log was huge once.
"""

import shutil
from pathlib import Path

from kaufland_cli.store.connection import Database

KEPT_RUNS = 20_000
"""69 days at an interval of five minutes, 208 days at fifteen."""
KEPT_RECONCILIATIONS = 1_000
MAX_RUNS_AT_ONCE = 2_000
"""Each import deletes at most this many, in one short transaction."""
MIN_RUNS_AT_ONCE = 100
"""Runs are deleted once this many are old, because finding those still needed reads all of them."""
MEGABYTE = 1024 * 1024
MIN_BYTES_TO_FREE = 64 * MEGABYTE
MAX_BYTES_TO_COPY = 256 * MEGABYTE
"""Returning free pages copies at most this much: a second or two in which nothing else can write."""


class Growth:
    """Limits what grows with time rather than with orders, a little per call, in short transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bound(self) -> None:
        """Delete old rows that are no longer needed, and return free space if that is worth it.

        The caller holds the run lock. Raises a `StoreUnusable`. If the process is killed, each step is done or not.
        """
        self._forget_runs()
        self._forget_reconciliations()
        if self._should_vacuum():
            self._database.execute("VACUUM")
        self._database.row("PRAGMA wal_checkpoint (PASSIVE)")  # does not wait for readers; the next call does the rest

    def _forget_runs(self) -> None:
        newest = self._database.value("SELECT max(run_id) FROM runs")
        if newest is None or newest <= KEPT_RUNS:
            return
        with self._database.transaction():
            old = self._database.tuples(
                "SELECT run_id FROM runs WHERE run_id <= ? ORDER BY run_id LIMIT ?",
                (newest - KEPT_RUNS, MAX_RUNS_AT_ONCE),
            )
            if len(old) >= MIN_RUNS_AT_ONCE:
                needed = self._needed_runs()
                self._database.execute_many(
                    "DELETE FROM runs WHERE run_id = ?", [one for one in old if one[0] not in needed]
                )

    def _needed_runs(self) -> set[int]:
        """Return the runs that are kept at any age.

        These are the last of each kind, the last complete import, and the import that reached back furthest.
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
                (KEPT_RECONCILIATIONS, MAX_RUNS_AT_ONCE),
            )

    def _should_vacuum(self) -> bool:
        path = self._database.path
        if path is None:
            return False
        size, pages, free = (
            int(self._database.value(f"PRAGMA {name}")) for name in ("page_size", "page_count", "freelist_count")
        )
        return is_worth_a_vacuum(used=(pages - free) * size, free=free * size, disk_free=_disk_free(path.parent))


def is_worth_a_vacuum(*, used: int, free: int, disk_free: int) -> bool:
    """Return whether to return free space to the disk; all values in bytes.

    That is the case if at least 64 MB and more than half of the file are free, the rest can be copied in a second or
    two, and the disk has room for the copy and the write-ahead log.
    """
    return (
        free >= MIN_BYTES_TO_FREE
        and free > used
        and used <= MAX_BYTES_TO_COPY
        and disk_free >= 2 * used + MEGABYTE * 64
    )


def _disk_free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
