"""Reads all units of a window, page by page, and knows whether none is missing.

Rows are sorted by their last update, the newest first, so they move while one walks: an order that arrives or
changes goes to the top and pushes the others down. Read in order, top down, a row may come twice but cannot slip
past, with one exception: a row not yet reached that changes jumps to the top, behind our back. It is found there
by reading the top again. What arrives after the first page may also wait for the next run, since the watermark is
taken as of the first page.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kaufland_cli.order_import.listener import Listener
from kaufland_cli.seller_api.endpoints import LARGEST_PAGE, SellerApi, UnitsPage
from kaufland_cli.seller_api.moments import read_moment
from kaufland_cli.seller_api.order_units import OrderUnit
from kaufland_cli.store.orders import StoredPage

LARGEST_WALKS = 3
LARGEST_TOP_READS = 5
# Beyond these a server is not paging but talking without end.
LARGEST_PAGES_WITHOUT_NEWS = 5
LARGEST_ROWS = 10_000_000

Keep = Callable[[UnitsPage], StoredPage]


@dataclass(frozen=True, slots=True)
class WalkEnd:
    """How the reading of a window ended."""

    complete: bool
    total: int | None
    """The largest total that Kaufland named in the last walk."""
    server_time: datetime | None
    """The server's time with the first page of the first walk."""
    newest_update: datetime | None
    """The newest update on that page; None where it was empty."""
    empty: bool
    """The first page held nothing."""

    @property
    def checked_up_to(self) -> datetime | None:
        """The smaller of the server's time and the newest update: later updates may be unseen."""
        known = [moment for moment in (self.server_time, self.newest_update) if moment is not None]
        return None if self.newest_update is None else min(known)


class Walk:
    """One window of units, read until it is complete or the tries are used up."""

    def __init__(
        self, api: SellerApi, keep: Keep, listener: Listener, *, since: datetime, storefront: str | None = None
    ) -> None:
        self._api = api
        self._keep = keep
        self._listener = listener
        self._since = since
        self._storefront = storefront
        self._rows: set[tuple[int | str, int]] = set()
        self._first: UnitsPage | None = None
        self._full_page = 0

    def read(self) -> WalkEnd:
        """Read the window; a walk that falls short is repeated, a bounded number of times."""
        complete, total = False, None
        for _ in range(LARGEST_WALKS):
            complete, total = self._walk()
            if complete:
                break
        first = self._first
        return WalkEnd(
            complete=complete,
            total=total,
            server_time=first.server_time if first else None,
            newest_update=_newest(first) if first else None,
            empty=first is None or not first.units,
        )

    def _walk(self) -> tuple[bool, int | None]:
        """Walk once, top down; return whether it was complete, and the largest total named."""
        self._rows.clear()
        self._full_page = 0
        offset, without_news = 0, 0
        largest: int | None = None
        while True:
            page, news = self._page(offset)
            if page.total is not None:
                largest = max(largest or 0, page.total)
            if offset == 0:
                self._listener.walk_started(largest)
            self._listener.page_stored(len(self._rows), largest)
            if not page.units:
                break
            offset += len(page.units)
            if self._ends_with(page, offset):
                break
            without_news = 0 if news else without_news + 1
            beyond = largest is not None and offset > 2 * largest + 10 * LARGEST_PAGE
            if beyond or without_news >= LARGEST_PAGES_WITHOUT_NEWS or offset > LARGEST_ROWS:
                return False, largest
        if largest is not None and len(self._rows) < largest:
            self._read_top(largest)
        return largest is None or len(self._rows) >= largest, largest

    def _read_top(self, wanted: int) -> None:
        """Read from the top down to where the first page began, for rows that jumped there meanwhile."""
        begun = _newest(self._first) if self._first else None
        for _ in range(LARGEST_TOP_READS):
            offset, found = 0, False
            while True:
                page, news = self._page(offset)
                found = found or news
                offset += len(page.units)
                oldest = _oldest(page)
                if oldest is None or begun is None or oldest < begun or self._ends_with(page, offset):
                    break
            if len(self._rows) >= wanted or not found:
                return

    def _ends_with(self, page: UnitsPage, offset: int) -> bool:
        """Tell whether the list ends with this page, so that rows pushed beyond it meanwhile are not run after.

        A full page is followed by another look even where `total` says that it was the last. Pages may be shorter
        than asked for, so full is what the fullest page of this walk held.
        """
        full, self._full_page = self._full_page, max(self._full_page, len(page.units))
        return len(page.units) < (full or LARGEST_PAGE) and (
            offset >= page.total if page.total is not None else full > 0
        )

    def _page(self, offset: int) -> tuple[UnitsPage, bool]:
        """Read and store one page; tell whether it held a row not seen in this walk."""
        page = self._api.order_units(updated_from=self._since, offset=offset, storefront=self._storefront)
        if self._first is None:
            self._first = page
        stored = self._keep(page)
        # Rows without an id may be alike to the letter; on one page each of them counts.
        nth: Counter[int | str] = Counter()
        before = len(self._rows)
        for unit in stored.units:
            nth[unit.key] += unit.change == "failed"
            self._rows.add((unit.key, nth[unit.key] if unit.change == "failed" else 1))
        return page, len(self._rows) > before


def _updates(page: UnitsPage) -> list[datetime]:
    found = (read_moment(unit.updated_at) for unit in page.units if isinstance(unit, OrderUnit))
    return [moment for moment in found if moment is not None]


def _newest(page: UnitsPage) -> datetime | None:
    return max(_updates(page), default=None)


def _oldest(page: UnitsPage) -> datetime | None:
    return min(_updates(page), default=None)
