"""Reads all units of a window and determines whether any is missing (docs/decisions/0005).

Rows are sorted by their last update, the newest first, so they move while one reads: an order that arrives or changes
goes to the top and pushes the others down. So pages overlap by a row and have to join (see `continuity.py`), and the
different rows have to be as many as Kaufland says there are. A row that changes before it was reached jumps to the
top, behind our back: it is found there by reading the top again. What arrives after the first page may also wait for
the next run, since the watermark is taken as of the first page.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.order_import.listener import Listener
from kaufland_cli.order_import.scan import MAX_PAGES_WITHOUT_NEWS, Fetch, Scan, Together
from kaufland_cli.seller_api.endpoints import UnitsPage
from kaufland_cli.seller_api.executor import Executor, Sequential

_logger = logging.getLogger(__name__)
MAX_PASSES = 3
# More of them help as long as each meets rows that none before it met, or comes in another order.
MAX_READINGS_THAT_HELP = 10
MAX_TOP_READS = 5

KeepInScan = Callable[[UnitsPage, int], int]
"""Takes in a page as part of the reading of that number; returns how many of its rows are new in that reading."""
RowsSince = Callable[[int], int]
"""Counts the different rows met since the reading of that number began."""


@dataclass(frozen=True, slots=True)
class WalkEnd:
    """How the reading of a window ended."""

    complete: bool
    total: int | None
    """The largest total that Kaufland named in the last reading."""
    server_time: datetime | None
    """The server's time with the first page of the first reading."""
    updates: tuple[datetime, ...]
    """When the rows of that page were updated (or created)."""
    undelivered: int = 0
    """So many rows Kaufland counts and does not deliver: all scans met the same rows and heard the same total, and
    those page by page came to the end over pages that join."""

    def checked_up_to(self, now: datetime) -> datetime | None:
        """Return the newest update that is not later than `now`, the time with that page; None where it was empty.

        Later updates may be unseen. Where all of them lie in the future, it is `now`.
        """
        return max((moment for moment in self.updates if moment <= now), default=now) if self.updates else None


class Walk:
    """One window of units, read until it is complete or the tries are used up.

    The first reading asks for pages side by side; where it falls short, the next ones go down page by page, where rows
    come twice but do not get past. `pass_numbers` numbers the passes of a run. `by_creation`: the list is sorted by
    creation instead, where only new rows push others down. `brought_news` tells whether anything came that the store
    did not know: if not, whatever may be left behind the last row is older than what was known before, and is not
    looked for.
    """

    def __init__(
        self,
        fetch: Fetch,
        keep: KeepInScan,
        listener: Listener,
        *,
        executor: Executor,
        pass_numbers: Iterator[int],
        rows_since: RowsSince,
        together: Together = nullcontext,
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
        """Read the window; a reading that falls short is repeated, a bounded number of times."""
        first: UnitsPage | None = None
        begun_with, largest, met = 0, 0, 0
        complete, total, until_empty = False, None, False
        done: list[Scan] = []
        for attempt in range(MAX_READINGS_THAT_HELP):
            pass_no = next(self._pass_numbers)
            begun_with = begun_with or pass_no
            reading = self._scan(pass_no, side_by_side=attempt == 0, until_empty=until_empty)
            first = first or reading.first
            if reading.total is not None and reading.rows < reading.total:
                self._read_top(reading, first)
            largest = max(largest, reading.latest_total or 0)
            total = reading.total
            done.append(reading)
            met, met_before = self._rows_since(begun_with), met
            complete = _is_complete(reading) or (attempt > 0 and met == largest > 0)
            if complete and self._brought_news() and not reading.nothing_behind():
                complete, until_empty = False, True
            another_may_help = met > met_before or reading.has_gaps
            _logger.debug(
                "pass %d: %d rows of %s, pages join: %s, %d rows so far, complete: %s",
                pass_no,
                reading.rows,
                reading.latest_total,
                reading.contiguous,
                met,
                complete,
            )
            if complete or reading.is_beyond_belief or (attempt + 1 >= MAX_PASSES and not another_may_help):
                break
        return WalkEnd(
            complete=complete,
            total=total,
            server_time=first.server_time if first else None,
            updates=tuple(self._moments(first)) if first else (),
            undelivered=0 if complete else _undelivered(done, met),
        )

    def _scan(self, number: int, *, side_by_side: bool, until_empty: bool) -> Scan:
        def keep(page: UnitsPage) -> int:
            return self._keep(page, number)

        reading = Scan(
            self._fetch,
            keep,
            self._listener,
            side_by_side=side_by_side,
            together=self._together,
            by_creation=self._by_creation,
            until_empty=until_empty,
        )
        reading.read(self._executor if side_by_side else Sequential())
        return reading

    def _read_top(self, reading: Scan, first: UnitsPage | None) -> None:
        """Read from the top down to where the first page began, for rows that jumped there meanwhile."""
        begun = self._newest(first) if first else None
        for _ in range(MAX_TOP_READS):
            offset, found, without_news = 0, 0, 0
            while reading.may_ask and without_news < MAX_PAGES_WITHOUT_NEWS:
                page, news = reading.read_again(offset)
                found += news
                without_news = 0 if news else without_news + 1
                oldest = min(self._moments(page), default=None)
                if oldest is None or begun is None or oldest < begun or reading.ends_with(page, offset):
                    break
                offset += len(page.units)
            if not found or (reading.total is not None and reading.rows >= reading.total):
                return

    def _newest(self, page: UnitsPage) -> datetime | None:
        return max(self._moments(page), default=None)

    def _moments(self, page: UnitsPage) -> list[datetime]:
        """Return what the rows of a page are sorted by."""
        units = [unit for unit in page.units if isinstance(unit, OrderUnit)]
        found = (read_moment(unit.created_at if self._by_creation else unit.updated_at) for unit in units)
        return [moment for moment in found if moment is not None]


def _undelivered(scans: Sequence[Scan], met: int) -> int:
    """Return how many rows are missing though all scans agree row by row; 0 where they do not."""
    totals = {total for one in scans for total in (one.total, one.latest_total)}
    agree = len(scans) >= MAX_PASSES and all(one.rows == met for one in scans)
    agree = agree and all(one.contiguous for one in scans[1:])  # pages side by side do not join where a list ends early
    total = totals.pop() if len(totals) == 1 else None
    return total - met if agree and total is not None and total > met else 0


def _is_complete(reading: Scan) -> bool:
    """Tell whether nothing is missing: the pages join and hold as many rows as named, or the count comes out exactly.

    A row counts in every total named after it came, so a count that comes out exactly leaves none out, whatever moved;
    unless rows go away as well, against which the joining helps.
    """
    if reading.contiguous and (reading.total is None or reading.rows >= reading.total):
        return True
    return reading.latest_total is not None and reading.rows == reading.latest_total
