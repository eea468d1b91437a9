"""Fetches what the list of units lacks: pickup points, older units of an order, late addresses, invoices.

What is wanted is queued in the store (`store.sync`), so failures are retried in later runs; each run does a limited
number.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from kaufland_cli import __version__
from kaufland_cli.clock import Clock
from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.orders import OrderDetails
from kaufland_cli.domain.statuses import NEED_TO_BE_SENT
from kaufland_cli.errors import (
    CredentialsRefused,
    KauflandError,
    KauflandUnavailable,
    RequestRefused,
    ResponseMismatch,
    ResponseUnreadable,
)
from kaufland_cli.order_import.listener import Listener
from kaufland_cli.order_import.scan import FREE_PAGES, MAX_PAGES_WITHOUT_NEWS
from kaufland_cli.seller_api.endpoints import MAX_PAGE, SellerApi
from kaufland_cli.store.page_writer import StoredPage, StoredUnit
from kaufland_cli.store.store import Store

MAX_DETAILS_A_RUN = 500
# Kaufland withholds addresses for the first 15 minutes of status `open` (source: page=orders).
ADDRESS_WITHHELD = timedelta(minutes=15)
INVOICE_OVERLAP = timedelta(hours=1)
INVOICES_AT_LEAST_EVERY = timedelta(hours=1)
# Whether the filter means the invoice's or the order's creation is not documented, so once a day it reaches far back.
INVOICES_WIDELY_EVERY = timedelta(days=1)
INVOICES_WIDELY_BACK = timedelta(days=30)
MAX_INVOICES = 10_000
INVOICES_AN_ORDER = 10
"""More than that, and `MAX_INVOICES` of orders that are not stored, belong to no seller: the list has no end."""

StoreDetails = Callable[[OrderDetails, int], StoredPage]


class FetchedOrder(NamedTuple):
    """An order that was requested whole: its details, or what is wrong with this one."""

    id_order: str
    details: OrderDetails | None = None
    request_seq: int = 0
    """The number of the request."""
    refused: RequestRefused | ResponseMismatch | None = None


def want_details_of(store: Store, page: StoredPage, certain_since: datetime | None, now: datetime) -> None:
    """Queue the orders of a stored page that have to be fetched whole; inside the caller's transaction.

    `certain_since`: all units updated after that are read, if not by this run, then by a later one; None: nobody knows.
    """
    since = None if certain_since is None else as_text(certain_since)
    for unit in page.units:
        if unit.change in {"new", "changed"} and unit.id_order is not None:
            if unit.status == NEED_TO_BE_SENT:
                store.details_wanted.want(unit.id_order, Detail.PICKUP_POINT, now)
            if unit.id_order in page.orders_new and _may_lack_units(unit, since):
                store.details_wanted.want(unit.id_order, Detail.OLDER_UNITS, now)
    for id_order in sorted(page.contradicted):
        store.details_wanted.want(id_order, Detail.WHOLE_ORDER, now)


def _may_lack_units(unit: StoredUnit, certain_since: str | None) -> bool:
    """Return whether other units of a new order, which are as old as it, may be older than what is read.

    Whether a window holds its first second is not known.
    """
    if unit.created_at is None:
        return False
    return certain_since is None or unit.created_at <= certain_since


class DetailsFetcher:
    """Fetches whole orders that are waiting for it, as many as one run may."""

    def __init__(self, api: SellerApi, store: Store, clock: Clock, listener: Listener, keep: StoreDetails) -> None:
        self._api = api
        self._store = store
        self._clock = clock
        self._listener = listener
        self._keep = keep
        self._left = MAX_DETAILS_A_RUN

    def fetch(self, *, older_units: bool) -> KauflandError | None:
        """Fetch the orders that are due; return why that stopped early, if it did.

        Without `older_units`, not those that wait for nothing but their older units.
        """
        now = self._clock.now()
        self._store.details_wanted.want_missing_addresses(now, now - ADDRESS_WITHHELD)
        due = [
            id_order
            for id_order, details in self._store.details_wanted.due(now, self._left).items()
            if older_units or details != {Detail.OLDER_UNITS}
        ]
        self._left -= len(due)
        return self._fetch(due) if due else None

    def _fetch(self, due: Collection[str]) -> KauflandError | None:
        self._listener.details_started(len(due))
        waiting = iter(due)
        asked: set[str] = set()

        def next_call() -> Callable[[], FetchedOrder] | None:
            id_order = next(waiting, None)
            if id_order is None:
                return None
            asked.add(id_order)
            return partial(_whole_order, self._api, id_order)

        try:
            for found in self._api.executor.run(next_call):
                with self._store.database.transaction():
                    for order in found:
                        if order.details is not None:
                            self._keep(order.details, order.request_seq)
                        elif order.refused is not None:
                            _put_off(self._store, order.id_order, order.refused, self._clock.now())
                        self._listener.detail_done()
                asked -= {order.id_order for order in found}
        except (KauflandUnavailable, CredentialsRefused) as error:
            with self._store.database.transaction():
                for id_order in asked:
                    self._store.details_wanted.try_again(id_order, self._clock.now(), error.message)
            return error
        return None


def _whole_order(api: SellerApi, id_order: str) -> FetchedOrder:
    """Fetch one order. If Kaufland refuses this one, or returns another, the others can still be fetched."""
    try:
        details, request_seq = api.order_details(id_order)
    except (RequestRefused, ResponseMismatch) as refused:
        return FetchedOrder(id_order, refused=refused)
    return FetchedOrder(id_order, details, request_seq)


def _put_off(store: Store, id_order: str, refused: RequestRefused | ResponseMismatch, now: datetime) -> None:
    with store.database.transaction():
        if isinstance(refused, RequestRefused) and refused.status_code == 404:  # noqa: PLR2004 - gone at Kaufland: nothing to wait for
            # An address that is missing would be wanted again at once, and asked for with every import.
            store.details_wanted.done(id_order, except_for=[Detail.ADDRESS])
        store.details_wanted.try_again(id_order, now, refused.message)


def keep_details(store: Store, details: OrderDetails, *, request_seq: int, run_id: int, now: datetime) -> StoredPage:
    """Store a whole order in one step, and stop waiting for its details unless the address is still withheld."""
    with store.database.transaction():
        page = store.orders.store_units(
            details.units, request_seq=request_seq, run_id=run_id, at=now, whole_order=details.id_order
        )
        if details.names_pickup_point and store.pickup_points.said_none(details.id_order):
            store.pickup_points.distrust(__version__, now)
        store.orders.store_details(details.id_order, details.pickup_location, run_id=run_id, at=now)
        if page.absent:  # fetched once more, in case this response was cut short
            store.details_wanted.want(details.id_order, Detail.WHOLE_ORDER, now)
            store.details_wanted.try_again(details.id_order, now, "units of it are not there any more")
        elif store.details_wanted.address_missing(details.id_order):
            store.details_wanted.done(details.id_order, except_for=[Detail.ADDRESS, Detail.PICKUP_POINT])
            store.details_wanted.want(details.id_order, Detail.ADDRESS, now)
            store.details_wanted.try_again(details.id_order, now, "the address is not there yet")
        else:
            store.details_wanted.done(details.id_order)
    return page


def fetch_invoices(
    api: SellerApi, store: Store, *, anything_new: bool, start: datetime, now: datetime
) -> KauflandError | None:
    """Fetch new invoices; return what went wrong, or None. `start` is where the first fetch begins."""
    state = store.sync.state()
    last, widely = state.invoices_read_at, state.invoices_read_widely_at
    # Times in the future were written by a clock that was wrong: they say nothing.
    if last is not None and not anything_new and timedelta() <= now - last < INVOICES_AT_LEAST_EVERY:
        return None
    reach_back = widely is None or not timedelta() <= now - widely < INVOICES_WIDELY_EVERY
    if last is None:
        read_from = start
    elif reach_back:
        read_from = min(last, now) - INVOICES_WIDELY_BACK
    else:
        read_from = last - INVOICE_OVERLAP
    offset, pages, without_news = 0, 0, 0
    most = MAX_INVOICES + INVOICES_AN_ORDER * store.queries.counts().orders
    seen: set[int | str] = set()
    try:
        while True:
            page = api.order_invoices(created_from=read_from, offset=offset)
            if page is None:
                return None
            with store.database.transaction():
                store.orders.store_invoices(page.invoices)
            offset, pages = offset + page.rows, pages + 1
            known = len(seen)
            seen.update(invoice.id_invoice for invoice in page.invoices)
            without_news = without_news + 1 if len(seen) == known else 0
            if not page.rows or (page.total is not None and offset >= page.total and page.rows < MAX_PAGE):
                break
            too_many = offset > most or pages > FREE_PAGES + most // MAX_PAGE
            if too_many or without_news >= MAX_PAGES_WITHOUT_NEWS:
                return ResponseUnreadable("The list of invoices does not end.")
    except (KauflandUnavailable, RequestRefused, CredentialsRefused) as error:
        return error
    with store.database.transaction():
        store.sync.invoices_read(read_from=read_from, at=now, widely=reach_back)
    return None
