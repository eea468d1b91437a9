"""Reads a list of units once from the top to its end, its pages concurrently or one by one (docs/decisions/0005).

Pages come from the Seller API through `Fetch` and go to the store through `Keep`.
"""

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import NamedTuple

from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.order_import.continuity import ContinuityCheck, Gap, PageSpan, rows_of
from kaufland_cli.order_import.listener import Listener
from kaufland_cli.seller_api import endpoints
from kaufland_cli.seller_api.endpoints import UnitsPage
from kaufland_cli.seller_api.executor import Executor

# Limits against a server whose list never ends. None of them depends on anything the server can repeat: a scan starts
# with a number of free pages and earns more only by rows that it has not seen before.
MAX_PAGES_WITHOUT_NEWS = 5
MAX_TOP_READS = 5
MAX_PAGES_BEYOND = 10
MAX_ROWS = 10_000_000
MAX_ROWS_UNCOUNTED = 1_000_000
"""If the server does not report how many rows there are."""
FREE_PAGES = 50
PAGES_PER_ROW = 4
"""Full pages need far fewer; but a server may send short pages, and pages may be read again."""

Fetch = Callable[[int], UnitsPage]
"""Requests the page at an offset."""
Keep = Callable[[UnitsPage, int], int]
"""Stores a page of this pass; returns how many of its rows are new in the pass."""
OneTransaction = Callable[[], AbstractContextManager[None]]
"""Opens one transaction for pages that arrived together, which costs less than one for each."""


class _PageRequest(NamedTuple):
    """What was requested: the next page of the list (`place`), or one that may fill a gap between two pages."""

    offset: int
    place: int | None
    gap: Gap | None
    asked_after_end: bool


class Scan:
    """Reads every page once, and the places between two pages that do not join again.

    `until_empty`: only an empty page ends the list, even if `total` says otherwise; so it is without a `total`.
    `start` is the offset of the first page; the `rows` above it have been read before.
    """

    def __init__(
        self,
        fetch: Fetch,
        keep: Keep,
        listener: Listener,
        *,
        pass_no: int,
        concurrent: bool,
        together: OneTransaction = nullcontext,
        by_creation: bool = False,
        until_empty: bool = False,
        start: int = 0,
        rows: int = 0,
    ) -> None:
        self._start = start
        self._fetch = fetch
        self._keep = keep
        self._together = together
        self._listener = listener
        self._pass_no = pass_no
        self._concurrent = concurrent
        self._by_creation = by_creation
        self._until_empty = until_empty
        self._continuity = ContinuityCheck()
        self._gaps: deque[Gap] = deque()
        self._under_way = 0
        self._places = 0
        self._offset = start
        self._highest = PageSpan(0, (), ends=True)
        self._furthest = 0
        self._empty_behind: int | None = None
        self._fullest = 0
        self._without_news = 0
        self._asked = 0
        self._first_total: int | None = None
        self._ended = False
        self.first: UnitsPage | None = None
        """The page at the start, read before any other."""
        self.rows = rows
        """Distinct rows read so far, with those before the start."""
        self.total: int | None = None
        """The largest total reported on the way to the end."""
        self.latest_total: int | None = None
        """The largest total reported so far, including pages that were read again."""

    @property
    def contiguous(self) -> bool:
        """Whether the end was reached without a gap."""
        return self._ended and self._continuity.contiguous and not self._gaps

    @property
    def has_gaps(self) -> bool:
        """Whether the end was reached but pages do not join, because rows come in a different order each time."""
        return self._ended and not self.contiguous

    @property
    def may_ask(self) -> bool:
        """Whether another page may be requested, by the limits above."""
        return self._asked < min(FREE_PAGES + PAGES_PER_ROW * self.rows, _max_pages())

    @property
    def is_implausible(self) -> bool:
        """Whether it was stopped after implausibly many rows: reading everything again would not help."""
        return not self._ended and (self._offset > self._max_rows() or self._asked >= _max_pages())

    def read(self, executor: Executor) -> None:
        """Read from the start to the end."""
        self._asked += 1
        first = self.first = self._fetch(self._start)
        self._first_total = first.total
        self._listener.walk_started(first.total)
        self._arrived(_PageRequest(self._start, self._next_place(), None, asked_after_end=False), first)
        for responses in executor.run(self._next_call):
            with self._together():
                for request, page in responses:
                    self._under_way -= 1
                    self._arrived(request, page)

    def read_again(self, offset: int) -> tuple[UnitsPage, int]:
        """Read a page once more; return it with the number of rows that were new."""
        self._asked += 1
        page = self._fetch(offset)
        if page.total is not None:
            self.latest_total = max(self.latest_total or 0, page.total)
        news = self._keep(page, self._pass_no)
        self.rows += news
        return page, news

    def read_top(self, begun: datetime | None) -> None:
        """Read from the top down to `begun`, the time of the first row when reading began: rows may have jumped there.

        Stops when every row that Kaufland counts was read, or when nothing new was found.
        """
        for _ in range(MAX_TOP_READS):
            offset, found, without_news = 0, 0, 0
            while self.may_ask and without_news < MAX_PAGES_WITHOUT_NEWS:
                page, news = self.read_again(offset)
                found += news
                without_news = 0 if news else without_news + 1
                oldest = min(self.moments(page), default=None)
                if oldest is None or begun is None or oldest < begun or self.ends_with(page, offset):
                    break
                offset += len(page.units)
            if not found or (self.total is not None and self.rows >= self.total):
                return

    def moments(self, page: UnitsPage | None) -> list[datetime]:
        """Return the times by which the rows of a page are sorted."""
        units = [unit for unit in page.units if isinstance(unit, OrderUnit)] if page else []
        found = (read_moment(unit.created_at if self._by_creation else unit.updated_at) for unit in units)
        return [moment for moment in found if moment is not None]

    def ends_here(self) -> bool:
        """Return whether no new row follows the last one; a total may be too small, so the next page is requested once.

        Nothing is requested if that page was already empty. Known rows may be there: newer ones pushed them down.
        """
        if self._furthest in {0, self._empty_behind}:
            return True
        _, news = self.read_again(self._furthest)
        return not news

    def ends_with(self, page: UnitsPage, offset: int) -> bool:
        """Return whether the list ends with this page, so that rows pushed past it in the meantime are not chased.

        Without a total only an empty page ends it: the length of a page proves nothing. After a full page another one
        is requested even if `total` says it was the last. Pages may be shorter than requested, so a page is full if it
        is as long as the fullest one of this scan.
        """
        if not page.units:
            return True
        if self._until_empty or page.total is None:
            self._fullest = max(self._fullest, len(page.units))
            return False
        full, self._fullest = self._fullest, max(self._fullest, len(page.units))
        if len(page.units) >= (full or endpoints.MAX_PAGE):
            return False
        return offset + len(page.units) >= page.total

    def _next_call(self) -> Callable[[], tuple[_PageRequest, UnitsPage]] | None:
        """Return the next request; None if there is none, or none before another response has arrived."""
        if not self.may_ask:
            return None
        if self._gaps:
            gap = self._gaps.popleft()
            return self._call(_PageRequest(gap.offset, None, gap, asked_after_end=False))
        offset = self._next_offset()
        if offset is None:
            return None
        self._offset = offset
        asked_after_end = not self._under_way and offset == self._highest.offset + len(self._highest.rows)
        return self._call(_PageRequest(offset, self._next_place(), None, asked_after_end))

    def _next_offset(self) -> int | None:
        """Return the offset of the next page: that of the last row of the page before it."""
        if self._ended or self._is_endless():
            return None
        if not self._under_way:
            return self._highest.offset + max(1, len(self._highest.rows) - 1)
        offset = self._offset + max(1, self._fullest - 1)
        known = self._concurrent and self.total is not None and offset < self.total
        return offset if known else None

    def _is_endless(self) -> bool:
        return self._offset > self._max_rows() or self._without_news >= MAX_PAGES_WITHOUT_NEWS

    def _max_rows(self) -> int:
        if self._first_total is None:
            return MAX_ROWS_UNCOUNTED
        return min(MAX_ROWS, 2 * self._first_total + MAX_PAGES_BEYOND * endpoints.MAX_PAGE)

    def _call(self, request: _PageRequest) -> Callable[[], tuple[_PageRequest, UnitsPage]]:
        self._asked += 1
        self._under_way += 1
        return lambda: (request, self._fetch(request.offset))

    def _next_place(self) -> int:
        self._places += 1
        return self._places - 1

    def _arrived(self, request: _PageRequest, page: UnitsPage) -> None:
        """Store a page and check that it joins its neighbours."""
        offset = request.offset
        if page.total is not None:
            self.total = max(self.total or 0, page.total)
            self.latest_total = max(self.latest_total or 0, page.total)
        news = self._keep(page, self._pass_no)
        self.rows += news
        self._listener.page_stored(self.rows, self.total)
        rows = rows_of(page, by_creation=self._by_creation)
        span = PageSpan(offset, rows, self.ends_with(page, offset), request.asked_after_end)
        if request.gap is not None:
            self._continuity.fill(request.gap, span)
            return
        self._without_news = 0 if news or not page.units else self._without_news + 1
        self._ended = self._ended or span.ends
        self._furthest = max(self._furthest, offset + len(rows)) if rows else self._furthest
        if request.asked_after_end and not rows:
            self._empty_behind = offset
        if offset >= self._highest.offset:
            self._highest = span
        if request.place is not None:
            self._gaps.extend(self._continuity.add(request.place, span))


def _max_pages() -> int:
    return MAX_ROWS // endpoints.MAX_PAGE
