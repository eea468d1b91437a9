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

from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.order_import.listener import Listener
from kaufland_cli.order_import.scan import MAX_PAGES_WITHOUT_NEWS, Fetch, Keep, OneTransaction, Scan
from kaufland_cli.seller_api.endpoints import UnitsPage
from kaufland_cli.seller_api.executor import Executor, Sequential

_logger = logging.getLogger(__name__)
MAX_PASSES = 3
# Passes beyond MAX_PASSES are made only while each finds new rows or returns them in another order.
MAX_HELPFUL_PASSES = 10
MAX_TOP_READS = 5

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
        first: UnitsPage | None = None
        begun_with, largest, met = 0, 0, 0
        complete, total, until_empty = False, None, False
        scans: list[Scan] = []
        for attempt in range(MAX_HELPFUL_PASSES):
            pass_no = next(self._pass_numbers)
            begun_with = begun_with or pass_no
            scan = self._new_scan(pass_no, concurrent=attempt == 0, until_empty=until_empty)
            scan.read(self._executor if attempt == 0 else Sequential())
            first = first or scan.first
            if scan.total is not None and scan.rows < scan.total:
                self._read_top(scan, first)
            largest = max(largest, scan.latest_total or 0)
            total = scan.total
            scans.append(scan)
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
        return WalkEnd(
            complete=complete,
            total=total,
            server_time=first.server_time if first else None,
            updates=tuple(self._moments(first)) if first else (),
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

    def _read_top(self, scan: Scan, first: UnitsPage | None) -> None:
        """Read from the top down to where the first page began, to find rows that jumped there meanwhile."""
        begun = self._newest(first) if first else None
        for _ in range(MAX_TOP_READS):
            offset, found, without_news = 0, 0, 0
            while scan.may_ask and without_news < MAX_PAGES_WITHOUT_NEWS:
                page, news = scan.read_again(offset)
                found += news
                without_news = 0 if news else without_news + 1
                oldest = min(self._moments(page), default=None)
                if oldest is None or begun is None or oldest < begun or scan.ends_with(page, offset):
                    break
                offset += len(page.units)
            if not found or (scan.total is not None and scan.rows >= scan.total):
                return

    def _newest(self, page: UnitsPage) -> datetime | None:
        return max(self._moments(page), default=None)

    def _moments(self, page: UnitsPage) -> list[datetime]:
        """Return the times by which the rows of a page are sorted."""
        units = [unit for unit in page.units if isinstance(unit, OrderUnit)]
        found = (read_moment(unit.created_at if self._by_creation else unit.updated_at) for unit in units)
        return [moment for moment in found if moment is not None]


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
