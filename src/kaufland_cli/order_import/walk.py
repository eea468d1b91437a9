"""Reads all units of a window from the Seller API and determines whether any is missing (docs/decisions/0005).

Rows are sorted by their last update, newest first, so they move while we read: an order that arrives or changes goes to
the top and pushes the others down. Pages therefore overlap by one row and must join (see `continuity.py`), and there
must be as many distinct rows as Kaufland counts. A row that changes before we reach it jumps to the top; reading the
top again finds it. What arrives after the first page may wait for the next run, because the watermark is taken as of
the first page.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from kaufland_cli.order_import.listener import Listener
from kaufland_cli.order_import.scan import Fetch, Keep, OneTransaction, Scan
from kaufland_cli.seller_api.executor import Executor, Sequential

_logger = logging.getLogger(__name__)
MAX_PASSES = 3
# Passes beyond MAX_PASSES are made only while each finds new rows or returns them in another order.
MAX_HELPFUL_PASSES = 10

RowsSince = Callable[[int], int]
"""Returns the number of distinct rows found since the pass with that number began."""


@dataclass(frozen=True, slots=True)
class WalkEnd:
    """The result of reading a window."""

    complete: bool
    total: int | None
    """The largest total that Kaufland reported in the last pass."""
    server_time: datetime | None
    """The server's time with the first page of the first pass, UTC."""
    updates: tuple[datetime, ...]
    """When the rows of that page were updated (or created)."""
    passes: int = 0
    """How many passes over the list were made."""
    undelivered: int = 0
    """How many rows Kaufland counts but does not deliver: every pass found the same rows and the same total, and the
    sequential passes reached the end over pages that join."""

    def checked_up_to(self, now: datetime) -> datetime | None:
        """Return the newest update that is not later than `now`, the time of the first page; None if it was empty.

        Later updates may not have been seen. If all updates lie in the future, it is `now`.
        """
        return max((moment for moment in self.updates if moment <= now), default=now) if self.updates else None


class Walk:
    """Reads one window of units until it is complete or the attempts are used up.

    The first pass requests pages concurrently. If it falls short, the next ones read page by page: rows may come twice
    that way, but none slips past. `pass_numbers` numbers the passes of a run. `by_creation`: the list is sorted by
    creation, where only new rows push others down. `brought_news` returns whether anything arrived that the store did
    not have; if not, rows behind the last one are older than what is stored, and are not looked for.
    """

    def __init__(
        self,
        fetch: Fetch,
        keep: Keep,
        listener: Listener,
        *,
        executor: Executor,
        pass_numbers: Iterator[int],
        rows_since: RowsSince,
        together: OneTransaction = nullcontext,
        by_creation: bool = False,
        brought_news: Callable[[], bool] = lambda: True,
    ) -> None:
        self._fetch = fetch
        self._keep = keep
        self._listener = listener
        self._executor = executor
        self._pass_numbers = pass_numbers
        self._rows_since = rows_since
        self._together = together
        self._by_creation = by_creation
        self._brought_news = brought_news

    def read(self) -> WalkEnd:
        """Read the window; a pass that falls short is repeated a limited number of times."""
        begun_with, largest, met = 0, 0, 0
        complete, total, until_empty = False, None, False
        scans: list[Scan] = []
        for attempt in range(MAX_HELPFUL_PASSES):
            pass_no = next(self._pass_numbers)
            begun_with = begun_with or pass_no
            scan = self._new_scan(pass_no, concurrent=attempt == 0, until_empty=until_empty)
            scan.read(self._executor if attempt == 0 else Sequential())
            scans.append(scan)
            if scan.total is not None and scan.rows < scan.total:
                scan.read_top(max(scan.moments(scans[0].first), default=None))
            largest = max(largest, scan.latest_total or 0)
            total = scan.total
            met, met_before = self._rows_since(begun_with), met
            complete = _is_complete(scan) or (attempt > 0 and met == largest > 0)
            if complete and self._brought_news() and not scan.ends_here():
                complete, until_empty = False, True
            another_may_help = met > met_before or scan.has_gaps
            _logger.debug(
                "pass %d: %d rows of %s, pages join: %s, %d rows so far, complete: %s",
                pass_no,
                scan.rows,
                scan.latest_total,
                scan.contiguous,
                met,
                complete,
            )
            if complete or scan.is_implausible or (attempt + 1 >= MAX_PASSES and not another_may_help):
                break
        first = scans[0].first
        return WalkEnd(
            complete=complete,
            total=total,
            server_time=first.server_time if first else None,
            updates=tuple(scan.moments(first)),
            passes=len(scans),
            undelivered=0 if complete else _undelivered(scans, met),
        )

    def _new_scan(self, pass_no: int, *, concurrent: bool, until_empty: bool) -> Scan:
        return Scan(
            self._fetch,
            self._keep,
            self._listener,
            pass_no=pass_no,
            concurrent=concurrent,
            together=self._together,
            by_creation=self._by_creation,
            until_empty=until_empty,
        )


def _undelivered(scans: Sequence[Scan], met: int) -> int:
    """Return how many rows are missing although all passes agree row by row; 0 if they do not agree."""
    totals = {total for one in scans for total in (one.total, one.latest_total)}
    agree = len(scans) >= MAX_PASSES and all(one.rows == met for one in scans)
    agree = agree and all(one.contiguous for one in scans[1:])  # concurrent pages do not join if a list ends early
    total = totals.pop() if len(totals) == 1 else None
    return total - met if agree and total is not None and total > met else 0


def _is_complete(scan: Scan) -> bool:
    """Return whether nothing is missing: the pages join and hold all rows that Kaufland counts, or the counts match.

    Every total reported after a row appeared includes that row. So if the counts match exactly, no row is missing,
    however rows moved. Only rows that disappear could hide a gap; the check that pages join covers those.
    """
    if scan.contiguous and (scan.total is None or scan.rows >= scan.total):
        return True
    return scan.latest_total is not None and scan.rows == scan.latest_total
