"""Decides what an import requests from Kaufland, before anything is fetched. See docs/decisions/0004."""

from dataclasses import dataclass, replace
from datetime import datetime

from kaufland_cli.clock import Clock
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.text import counted
from kaufland_cli.order_import.result import ImportResult
from kaufland_cli.order_import.trusted_time import trusted_time
from kaufland_cli.order_import.window import Window, corrected, imports_start, is_ahead, window_for
from kaufland_cli.seller_api.endpoints import SellerApi
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


def plan_window(api: SellerApi, store: Store, clock: Clock, options: ImportOptions) -> Window:
    """Decide what to request. The first import goes by Kaufland's clock, as far as it can be trusted."""
    remembered = state = store.sync.state()
    server: datetime | None = None
    first_stored_at = store.sync.first_run_at() if store.queries.counts()["orders"] else None
    ahead = is_ahead(state, clock.now())
    if ahead or (state.watermark is None and state.start_at is None):
        server = api.ping().server_time
    wrong = False
    if ahead:
        state, wrong = corrected(
            store.sync,
            state,
            server=server,
            local=clock.now(),
            initial_days=options.initial_days,
            overlap_minutes=options.overlap_minutes,
        )
    window = window_for(
        state,
        since=options.since,
        storefront=options.storefront,
        server_time=trusted_time(server, clock.now()),
        initial_days=options.initial_days,
        overlap_minutes=options.overlap_minutes,
        first_stored_at=first_stored_at,
    )
    if wrong and not window.narrowed:
        window = replace(window, start_at=window.since, again=True)
    # A wider window is lost if the run is interrupted; the next run uses the remembered one again.
    later = window.start_at or imports_start(remembered, options.overlap_minutes)
    return replace(window, certain_since=None if later is None else max(window.since, later))


def preview_import(api: SellerApi, store: Store, clock: Clock, options: ImportOptions) -> ImportResult:
    """Return what an import would fetch; stores nothing."""
    started = clock.monotonic()
    window = plan_window(api, store, clock, options)
    total = api.order_units(updated_from=window.since, limit=1, storefront=window.storefront).total
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
