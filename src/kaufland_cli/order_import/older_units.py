"""Completes orders of which the window of a run shows only some units, without a request for each of them.

Their other units were updated before the window began, but not before the order was placed. So the list of units is
read on from where the window ended, down to the time when the oldest of these orders was placed. What is stored of it
are only the units of orders that are stored already. The same two checks prove that nothing is missing (docs/decisions/
0005). Orders that are too old for that are looked up in the list of orders, which has the number of their units. What
is left is fetched order by order (`details`).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.order_import.listener import Listener
from kaufland_cli.order_import.scan import Keep, Scan
from kaufland_cli.order_import.walk import WalkEnd
from kaufland_cli.order_import.window import Window
from kaufland_cli.seller_api import endpoints
from kaufland_cli.seller_api.endpoints import OrderCounts, SellerApi, UnitsPage
from kaufland_cli.store.details_wanted import WaitingOrder
from kaufland_cli.store.store import Store

_logger = logging.getLogger(__name__)
MIN_ORDERS = 20
"""With fewer orders, single requests cost less than the list."""
SHARES_LEFT_OUT = (0.0, 0.01, 0.05, 0.2, 0.5)
"""A few very old orders would make the list long, so it may be read for the others only."""
MIN_ORDERS_COUNTED = 3
"""With fewer orders, single requests cost less than the list of orders."""
MAX_SHARE_OF_REQUESTS = 0.5
"""A list is read if it costs at most this share of the single requests: it may not settle every order."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far down the list may be read."""

    since: datetime
    """UTC: rows updated from here on."""
    offset: int
    """Where in the list to begin."""
    first: UnitsPage
    """The page there."""
    left_out: int
    """How many orders are older."""
    cost: int
    """Requests for the pages and for the orders left out; the first page has been requested."""


class OlderUnits:
    """Reads the older units of orders after the walk of a run, which has read its window completely."""

    def __init__(
        self, api: SellerApi, store: Store, listener: Listener, window: Window, end: WalkEnd, keep: Keep
    ) -> None:
        """`keep` stores the units of known orders and counts all rows."""
        self._api = api
        self._store = store
        self._listener = listener
        self._window = window
        self._end = end
        self._keep = keep
        self._offset = max(0, self._store.run_tally.rows_read(1) - 1)
        self._row_without_order = False

    def read(self) -> None:
        """Read what the orders waiting for their older units lack, as far as that costs less than asking for each."""
        waiting = self._store.details_wanted.only_older_units(self._window.storefront)
        reach = self._reach(waiting) if len(waiting) >= MIN_ORDERS else None
        if reach is not None and self._read_list(reach):
            self._store.details_wanted.units_were_read(reach.since, self._window.storefront)
            waiting = self._store.details_wanted.only_older_units(self._window.storefront)
        if len(waiting) >= MIN_ORDERS_COUNTED:
            self._compare_counts(waiting)

    def _reach(self, waiting: Sequence[WaitingOrder]) -> _Reach | None:
        """Return how far down to read so that the fewest requests are needed; None if the list does not pay."""
        best: _Reach | None = None
        most = int(len(waiting) * MAX_SHARE_OF_REQUESTS)
        for created_at, left_out in _targets(waiting).items():
            if left_out >= most:
                break
            found = self._look(created_at, left_out)
            if found is None:
                return None
            if found.cost < most:
                best, most = found, found.cost
        return best

    def _look(self, created_at: str, left_out: int) -> _Reach | None:
        """Request the first page of the list down to the time when an order was placed; None if it has no total."""
        placed = read_moment(created_at)
        if placed is None:
            return None
        since = placed - timedelta(seconds=1)  # whether the list has its first second is not known
        first = self._first_page(since)
        if first.total is None:
            return None
        pages = max(0, first.total - self._offset) // max(1, endpoints.MAX_PAGE - 1)
        return _Reach(since, self._offset, first, left_out, pages + left_out)

    def _first_page(self, since: datetime) -> UnitsPage:
        """Return the page from which to read on: its first row lies in the window, and so does all above it."""
        step = endpoints.MAX_PAGE - 1
        while True:
            page = self._fetch(since, self._offset)
            if self._offset == 0 or self._begins_in_window(page):
                return page
            self._offset = max(0, self._offset - step)
            step *= 4

    def _begins_in_window(self, page: UnitsPage) -> bool:
        first = page.units[0] if page.units else None
        return isinstance(first, OrderUnit) and (first.updated_at or "") > as_text(self._window.since)

    def _read_list(self, reach: _Reach) -> bool:
        """Read on to the end; return whether nothing is missing, and every row belongs to an order."""
        first: UnitsPage | None = reach.first

        def fetch(offset: int) -> UnitsPage:
            nonlocal first
            page, first = (first, None) if offset == reach.offset else (None, first)
            return page or self._fetch(reach.since, offset)

        def keep(page: UnitsPage, pass_no: int) -> int:
            self._row_without_order = self._row_without_order or any(unit.id_order is None for unit in page.units)
            return self._keep(page, pass_no)

        read_before = self._store.run_tally.rows_read(1)
        scan = Scan(
            fetch,
            keep,
            self._listener,
            pass_no=self._end.passes,
            concurrent=True,
            together=self._store.database.transaction,
            start=reach.offset,
            rows=read_before,
        )
        scan.read(self._api.executor)
        if scan.total is not None and scan.rows < scan.total:
            scan.read_top(max(self._end.updates, default=None))
        met = self._store.run_tally.rows_read(1)
        complete = scan.contiguous and scan.total is not None and met >= scan.total and scan.ends_here()
        _logger.debug(
            "older units since %s: %d rows of %s, pages join: %s, complete: %s",
            as_text(reach.since),
            met,
            scan.latest_total,
            scan.contiguous,
            complete,
        )
        return complete and not self._row_without_order

    def _compare_counts(self, waiting: Sequence[WaitingOrder]) -> None:
        """Settle the orders of which as many units are stored as Kaufland counts in its list of orders.

        That list has no documented order, so it is read whole, if it is short. Whatever is not in it stays as it is.
        """
        updated = read_moment(min(order.updated_at for order in waiting))
        if updated is None:
            return
        counted_from = partial(
            self._api.order_counts,
            units_updated_from=updated - timedelta(seconds=1),
            storefront=self._window.storefront,
        )
        first = counted_from(offset=0)
        self._store.details_wanted.units_were_counted(first.counts)
        if first.total is None or first.total > len(waiting) * MAX_SHARE_OF_REQUESTS * endpoints.MAX_PAGE:
            return
        offsets = iter(range(endpoints.MAX_PAGE, first.total, endpoints.MAX_PAGE))

        def next_call() -> Callable[[], OrderCounts] | None:
            offset = next(offsets, None)
            return None if offset is None else partial(counted_from, offset=offset)

        for pages in self._api.executor.run(next_call):
            for page in pages:
                self._store.details_wanted.units_were_counted(page.counts)

    def _fetch(self, since: datetime, offset: int) -> UnitsPage:
        return self._api.order_units(updated_from=since, offset=offset, storefront=self._window.storefront)


def _targets(waiting: Sequence[WaitingOrder]) -> dict[str, int]:
    """Return the times down to which the list may be read, each with how many orders are older; latest time last."""
    found: dict[str, int] = {}
    for share in SHARES_LEFT_OUT:
        left_out = int(len(waiting) * share)
        found.setdefault(waiting[left_out].created_at, left_out)  # the same page is not requested twice
    return found
