"""Keeps the store small when imports run unattended for years; called at the end of each import.

An import every five minutes makes a hundred thousand runs a year. The latest runs are kept, and older ones that are
still needed. Orders, their history and their sales orders stay.

Deleted rows leave free pages that later rows fill, so the file does not shrink by itself. Free pages are returned to
the disk when they are many, for example after the API log was huge once. See docs/decisions/0008.
"""

from kaufland_cli.store.connection import Database
from kaufland_cli.store.disk_room import keep_reserve

KEPT_RUNS = 20_000
"""69 days at an interval of five minutes, 208 days at fifteen."""
KEPT_RECONCILIATIONS = 1_000
MAX_RUNS_AT_ONCE = 2_000
"""Each import deletes at most this many, in one short transaction."""
MIN_RUNS_AT_ONCE = 100
"""Runs are deleted once this many are old, because finding those still needed reads all of them."""
MEGABYTE = 1024 * 1024
MIN_BYTES_TO_FREE = 64 * MEGABYTE
MAX_PAGES_AT_ONCE = 5_000
MIN_PAGES_AT_ONCE = 32
"""Returning pages takes up to four times their room in the write-ahead log first."""
MAX_BYTES_TO_MOVE = 256 * MEGABYTE
"""Returning free pages moves at most this much at the end of an import: a second or two."""


class Growth:
    """Limits what grows with time rather than with orders, a little per call, in short transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bound(self) -> None:
        """Delete old rows that are no longer needed, return free pages if they are many, and keep the disk reserve.

        The caller holds the run lock. Raises a `StoreUnusable`. If the process is killed, each step is done or not.
        """
        self._forget_runs()
        self._forget_reconciliations()
        self._return_many_pages()
        self._checkpoint()
        if self._database.path is not None and self._database.value("SELECT log_entries FROM row_counts"):
            keep_reserve(self._database.path)

    def return_pages(self, most: int | None = None) -> None:
        """Return free pages to the disk, up to `most` of them, in short transactions that need little room themselves.

        Does nothing to a store that was made before this was possible and has not been through VACUUM since.
        """
        left = self._number("freelist_count") if self._number("auto_vacuum") else 0
        left = left if most is None else min(left, most)
        while left > 0:
            affordable = self._database.room // (8 * self._number("page_size"))
            pages = min(left, max(MIN_PAGES_AT_ONCE, min(MAX_PAGES_AT_ONCE, affordable)))
            with self._database.transaction():
                for _ in range(pages):  # one by one, because some versions of Python do only one at a time anyway
                    self._database.execute("PRAGMA incremental_vacuum (1)")
            left -= pages
        self._checkpoint()

    def _checkpoint(self) -> None:
        """Copy the write-ahead log into the file; what a reader still needs stays for the next time."""
        self._database.row("PRAGMA wal_checkpoint (PASSIVE)")

    def _number(self, pragma: str) -> int:
        return int(self._database.value(f"PRAGMA {pragma}"))

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

    def _return_many_pages(self) -> None:
        size, free = self._number("page_size"), self._number("freelist_count")
        if free * size < MIN_BYTES_TO_FREE:
            return
        if self._number("auto_vacuum"):
            self.return_pages(MAX_BYTES_TO_MOVE // size)
            return
        used = (self._number("page_count") - free) * size
        if is_worth_a_vacuum(used=used, free=free * size, room=self._database.room):
            self._database.execute("VACUUM")


def is_worth_a_vacuum(*, used: int, free: int, room: int) -> bool:
    """Return whether to copy a store that cannot return its free pages otherwise; all values in bytes.

    That is the case if more than half of the file is free, the rest can be copied in a second or two, and the disk has
    room for the copy and the write-ahead log.
    """
    return free > used and used <= MAX_BYTES_TO_MOVE and room >= 2 * used + MEGABYTE * 64
