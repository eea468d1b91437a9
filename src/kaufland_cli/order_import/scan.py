"""One reading of a list of units from the top to its end, its pages side by side or one by one."""

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import NamedTuple

from kaufland_cli.order_import.continuity import ContinuityCheck, Gap, PageSpan, rows_of
from kaufland_cli.order_import.listener import Listener
from kaufland_cli.seller_api import endpoints
from kaufland_cli.seller_api.endpoints import UnitsPage
from kaufland_cli.seller_api.executor import Executor

# Beyond these a server is not paging but talking without end. None of them depends on anything that it can say again
# and again: each reading has so many pages for nothing, and earns more only by rows that were not met before in it.
MAX_PAGES_WITHOUT_NEWS = 5
MAX_PAGES_BEYOND = 10
MAX_ROWS = 10_000_000
MAX_ROWS_UNCOUNTED = 1_000_000
"""Where the server does not say how many rows there are."""
PAGES_FOR_NOTHING = 50
PAGES_A_ROW = 4
"""Pages of a hundred rows need a hundredth of one; a server may give a few rows a page, and each may be read again."""

Fetch = Callable[[int], UnitsPage]
"""Asks for the page at an offset."""
Keep = Callable[[UnitsPage], int]
"""Takes in a page; returns how many of its rows were not met before in this reading."""
Together = Callable[[], AbstractContextManager[None]]
"""What pages that came at once are stored in: one transaction costs less than several."""


class _Arrival(NamedTuple):
    """A page that came, with its place among the pages, or the gap that it was read for."""

    offset: int
    page: UnitsPage
    place: int | None
    gap: Gap | None
    asked_after_end: bool


class Scan:
    """Reads every page once, and again between two pages that do not join.

    `until_empty`: only an empty page ends the list, whatever `total` says. It is so too where there is no `total`.
    """

    def __init__(
        self,
        fetch: Fetch,
        keep: Keep,
        listener: Listener,
        *,
        side_by_side: bool,
        together: Together = nullcontext,
        by_creation: bool = False,
        until_empty: bool = False,
    ) -> None:
        self._fetch = fetch
        self._keep = keep
        self._together = together
        self._listener = listener
        self._side_by_side = side_by_side
        self._by_creation = by_creation
        self._until_empty = until_empty
        self._continuity = ContinuityCheck()
        self._gaps: deque[Gap] = deque()
        self._under_way = 0
        self._places = 0
        self._offset = 0
        self._highest = PageSpan(0, (), ends=True)
        self._furthest = 0
        self._empty_behind: int | None = None
        self._fullest = 0
        self._without_news = 0
        self._asked = 0
        self._first_total: int | None = None
        self._ended = False
        self.first: UnitsPage | None = None
        """The page at the top, which is read before any other."""
        self.rows = 0
        """Different rows read so far."""
        self.total: int | None = None
        """The largest total that was named on the way to the end."""
        self.latest_total: int | None = None
        """The largest total that was named at all, reading the top again included."""

    @property
    def contiguous(self) -> bool:
        """Tell whether the end was reached without a gap."""
        return self._ended and self._continuity.contiguous and not self._gaps

    @property
    def has_gaps(self) -> bool:
        """Tell whether the end was reached over pages that do not join: the rows come in another order each time."""
        return self._ended and not self.contiguous

    @property
    def may_ask(self) -> bool:
        """Tell whether another page may be asked for: what came so far has earned it."""
        return self._asked < min(PAGES_FOR_NOTHING + PAGES_A_ROW * self.rows, _most_pages())

    @property
    def is_beyond_belief(self) -> bool:
        """Tell whether it was broken off after more than anybody sells: reading it all again would not help."""
        return not self._ended and (self._offset > self._most_rows() or self._asked >= _most_pages())

    def read(self, executor: Executor) -> None:
        """Read from the top to the end."""
        self._asked += 1
        first = self.first = self._fetch(0)
        self._first_total = first.total
        self._listener.walk_started(first.total)
        self._arrived(_Arrival(0, first, self._next_place(), None, asked_after_end=False))
        for arrivals in executor.run(self._next_call):
            with self._together():
                for arrival in arrivals:
                    self._under_way -= 1
                    self._arrived(arrival)

    def read_again(self, offset: int) -> tuple[UnitsPage, int]:
        """Read a page beside the list; return it with the number of rows that were new."""
        self._asked += 1
        page = self._fetch(offset)
        if page.total is not None:
            self.latest_total = max(self.latest_total or 0, page.total)
        return page, self._stored(page)

    def nothing_behind(self) -> bool:
        """Look once behind the last row, unless an empty page stood there: a total may be too small.

        Rows that were met before stand there where others have pushed them down.
        """
        if self._furthest in {0, self._empty_behind}:
            return True
        _, news = self.read_again(self._furthest)
        return not news

    def ends_with(self, page: UnitsPage, offset: int) -> bool:
        """Tell whether the list ends with this page, so that rows pushed beyond it meanwhile are not run after.

        Without a total only an empty page does: how long a page is proves nothing. A full page is followed by another
        look even where `total` says that it was the last. Pages may be shorter than asked for, so full is what the
        fullest page of this reading held.
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

    def _next_call(self) -> Callable[[], _Arrival] | None:
        """Return what to ask for next; None: nothing, or nothing before something has come."""
        if not self.may_ask:
            return None
        if self._gaps:
            gap = self._gaps.popleft()
            return self._call(gap.offset, None, gap, asked_after_end=False)
        offset = self._next_offset()
        if offset is None:
            return None
        self._offset = offset
        asked_after_end = not self._under_way and offset == self._highest.offset + len(self._highest.rows)
        return self._call(offset, self._next_place(), None, asked_after_end=asked_after_end)

    def _next_offset(self) -> int | None:
        """Return where the next page begins: with the last row of the page before it."""
        if self._ended or self._talks_without_end():
            return None
        if not self._under_way:
            return self._highest.offset + max(1, len(self._highest.rows) - 1)
        offset = self._offset + max(1, self._fullest - 1)
        known = self._side_by_side and self.total is not None and offset < self.total
        return offset if known else None

    def _talks_without_end(self) -> bool:
        return self._offset > self._most_rows() or self._without_news >= MAX_PAGES_WITHOUT_NEWS

    def _most_rows(self) -> int:
        if self._first_total is None:
            return MAX_ROWS_UNCOUNTED
        return min(MAX_ROWS, 2 * self._first_total + MAX_PAGES_BEYOND * endpoints.MAX_PAGE)

    def _call(
        self, offset: int, place: int | None, gap: Gap | None, *, asked_after_end: bool
    ) -> Callable[[], _Arrival]:
        self._asked += 1
        self._under_way += 1
        return partial(_arrival, self._fetch, offset, place, gap, asked_after_end=asked_after_end)

    def _next_place(self) -> int:
        self._places += 1
        return self._places - 1

    def _arrived(self, arrival: _Arrival) -> None:
        page, offset = arrival.page, arrival.offset
        if page.total is not None:
            self.total = max(self.total or 0, page.total)
            self.latest_total = max(self.latest_total or 0, page.total)
        news = self._stored(page)
        self._listener.page_stored(self.rows, self.total)
        rows = rows_of(page, by_creation=self._by_creation)
        span = PageSpan(offset, rows, self.ends_with(page, offset), arrival.asked_after_end)
        if arrival.gap is not None:
            self._continuity.fill(arrival.gap, span)
            return
        self._without_news = 0 if news or not page.units else self._without_news + 1
        self._ended = self._ended or span.ends
        self._furthest = max(self._furthest, offset + len(rows)) if rows else self._furthest
        if arrival.asked_after_end and not rows:
            self._empty_behind = offset
        if offset >= self._highest.offset:
            self._highest = span
        if arrival.place is not None:
            self._gaps.extend(self._continuity.add(arrival.place, span))

    def _stored(self, page: UnitsPage) -> int:
        news = self._keep(page)
        self.rows += news
        return news


def _most_pages() -> int:
    return MAX_ROWS // endpoints.MAX_PAGE


def _arrival(fetch: Fetch, offset: int, place: int | None, gap: Gap | None, *, asked_after_end: bool) -> _Arrival:
    return _Arrival(offset, fetch(offset), place, gap, asked_after_end)
