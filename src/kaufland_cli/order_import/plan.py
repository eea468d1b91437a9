"""Decides what an import requests from Kaufland, before anything is fetched. See docs/decisions/0004."""

from dataclasses import dataclass, replace
from datetime import datetime

from kaufland_cli.clock import CLOCKS_MAY_DIFFER, Clock
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import KauflandError
from kaufland_cli.order_import.result import ImportResult
from kaufland_cli.order_import.trusted_time import trusted_time
from kaufland_cli.order_import.window import Window, corrected, imports_start, is_ahead, window_for
from kaufland_cli.seller_api.endpoints import SellerApi, UnitsPage
from kaufland_cli.store.store import Store
from kaufland_cli.store.sync import shown_time


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the settings and the user ask of a run."""

    environment: str
    initial_days: int
    overlap_minutes: int
    since: datetime | None = None
    storefront: str | None = None
    accept_total: bool = False
    """Accept what Kaufland repeatedly delivers as complete, although it counts more."""
    chosen: tuple[str, ...] = ()
    """The options that choose the settings of this call, for commands in messages that are kept."""


class FirstPage:
    """The first page of the list, if it was requested to learn Kaufland's time; it is not requested twice."""

    def __init__(self, api: SellerApi, limit: int | None = None) -> None:
        self._api = api
        self._limit = limit
        self._begin: tuple[datetime, str | None] | None = None
        self._page: UnitsPage | KauflandError | None = None

    def ask(self, window: Window) -> datetime | None:
        """Request it and return Kaufland's time; None if the response has none. Raises if there is no response."""
        self._begin = window.since, window.storefront
        try:
            self._page = self._request(*self._begin)
        except KauflandError as error:  # raised again where the list is read: its start is remembered all the same
            if self._api.client.server_time is None:
                raise
            self._page = error
        return self._api.client.server_time

    def take(self, since: datetime, storefront: str | None) -> UnitsPage:
        """Return it, once; a page that begins elsewhere, or was taken before, is requested now."""
        page, begin = self._page, self._begin
        self._page = None
        if page is None or begin != (since, storefront):
            return self._request(since, storefront)
        if isinstance(page, KauflandError):
            raise page
        return page

    def _request(self, since: datetime, storefront: str | None) -> UnitsPage:
        return self._api.order_units(updated_from=since, limit=self._limit, storefront=storefront)


def plan_window(api: SellerApi, store: Store, clock: Clock, options: ImportOptions, first_page: FirstPage) -> Window:
    """Decide what to request. The first import goes by Kaufland's clock, as far as it can be trusted.

    As long as the two clocks differ by no more than a few minutes, the window begins by the local one, and so the first
    page need not be requested twice.
    """
    remembered = state = store.sync.state()
    local, wrong = clock.now(), False
    if is_ahead(state, local):
        state, wrong = corrected(
            store.sync,
            state,
            server=api.ping().server_time,
            local=local,
            initial_days=options.initial_days,
            overlap_minutes=options.overlap_minutes,
        )

    def window_at(moment: datetime) -> Window:
        return window_for(
            state,
            since=options.since,
            storefront=options.storefront,
            server_time=moment,
            initial_days=options.initial_days,
            overlap_minutes=options.overlap_minutes,
            first_stored_at=store.sync.first_run_at() if store.queries.counts().orders else None,
        )

    window = window_at(local)
    if imports_start(state, options.overlap_minutes) is None:
        server = trusted_time(first_page.ask(window), local)
        if local - server > CLOCKS_MAY_DIFFER:
            window = window_at(server)
    if wrong and not window.narrowed:
        window = replace(window, start_at=window.since, again=True)
    # A wider window is lost if the run is interrupted; the next run uses the remembered one again.
    later = window.start_at or imports_start(remembered, options.overlap_minutes)
    return replace(window, certain_since=None if later is None else max(window.since, later))


def preview_import(api: SellerApi, store: Store, clock: Clock, options: ImportOptions) -> ImportResult:
    """Return what an import would fetch; stores nothing."""
    started = clock.monotonic()
    first_page = FirstPage(api, limit=1)
    window = plan_window(api, store, clock, options, first_page)
    total = first_page.take(window.since, window.storefront).total
    units = "an unknown number of units" if total is None else counted(total, "unit")
    return ImportResult(
        run_id=None,
        verdict="success",
        environment=options.environment,
        since=as_text(window.since),
        watermark=shown_time(store.sync.state().watermark),
        requests=api.client.requests,
        seconds=clock.monotonic() - started,
        message=f"An import would fetch {units} updated since then. Nothing was stored.",
        complete=False,
        dry_run=True,
    )
