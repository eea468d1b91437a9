"""Runs one import, from planning the window to recording the result.

Reads units and orders from the Seller API and writes them, page by page, to the store. See docs/decisions/0004
(watermark), 0005 (completeness) and 0003 (run lock).
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count

from kaufland_cli.clock import Clock
from kaufland_cli.domain.codes import KNOWN_STOREFRONTS
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.orders import FailedUnit, OrderDetails, OrderUnit, UnreadableUnit
from kaufland_cli.domain.statuses import UNIT_STATUSES
from kaufland_cli.errors import CredentialsRefused, KauflandError, KauflandUnavailable, RequestRefused
from kaufland_cli.order_import.details import DetailsFetcher, fetch_invoices, keep_details, want_details_of
from kaufland_cli.order_import.listener import Listener, NoListener
from kaufland_cli.order_import.older_units import OlderUnits
from kaufland_cli.order_import.pickup_points import read_pickup_points
from kaufland_cli.order_import.plan import FirstPage, ImportOptions, plan_window
from kaufland_cli.order_import.reconcile import reconcile_if_due
from kaufland_cli.order_import.result import (
    CurrencyTotal,
    ImportResult,
    StorefrontResult,
    Verdict,
    message_of,
    verdict_of,
    with_gone,
)
from kaufland_cli.order_import.retry_failed_units import try_failed_units
from kaufland_cli.order_import.run_record import reason_of, remember_wait, results_of
from kaufland_cli.order_import.storefronts import read_storefronts
from kaufland_cli.order_import.trusted_time import CLOCKS_DIFFER, clock_note, trusted_time
from kaufland_cli.order_import.undelivered import Undelivered
from kaufland_cli.order_import.walk import Walk, WalkEnd
from kaufland_cli.order_import.window import Window, is_ahead
from kaufland_cli.seller_api.endpoints import SellerApi, UnitsPage
from kaufland_cli.store.page_writer import SEQ_STRIDE, StoredPage
from kaufland_cli.store.request_log import RequestLogWriter
from kaufland_cli.store.run_tally import RunCounts
from kaufland_cli.store.store import Store
from kaufland_cli.store.sync import IMPORT, NARROWED_IMPORT, shown_time, storefront_sums

_logger = logging.getLogger(__name__)


def import_orders(
    api: SellerApi,
    store: Store,
    clock: Clock,
    options: ImportOptions,
    *,
    log: RequestLogWriter | None = None,
    listener: Listener | None = None,
) -> ImportResult:
    """Run one import; the caller must hold the run lock.

    Raises a `KauflandError` if the run cannot continue; what was fetched by then is stored, and the run is recorded.
    The watermark only moves forward after a complete import.
    """
    return _Run(api, store, clock, options, log, listener or NoListener()).go()


class _Run:
    def __init__(
        self,
        api: SellerApi,
        store: Store,
        clock: Clock,
        options: ImportOptions,
        log: RequestLogWriter | None,
        listener: Listener,
    ) -> None:
        self._api = api
        self._store = store
        self._clock = clock
        self._options = options
        self._log = log
        self._listener = listener
        self._tally = store.run_tally
        self._first_page = FirstPage(api)
        self._storefronts_found: set[str] = set()
        self._pass_numbers = count(1)
        self._notes: list[str] = []
        self._gone: list[FailedUnit] = []
        self._run_id = 0
        self._started = clock.monotonic()
        self._started_at = clock.now()
        self._window: Window | None = None
        self._first_page_at: datetime | None = None
        self._clocks_differ = False
        self._undelivered = Undelivered(store.accepted_totals, options.accept_total, chosen=options.chosen)

    def go(self) -> ImportResult:
        self._tally.begin()
        kind = IMPORT if self._options.storefront is None else NARROWED_IMPORT
        self._run_id = self._store.sync.start_run(kind, self._started_at, None)
        if self._log is not None:
            self._log.run_id = self._run_id
        try:
            window = self._window = self._plan()
            end = read_storefronts(
                self._api,
                self._store,
                partial(self._read, window),
                storefront=window.storefront,
                compare=window.first,
                since=window.since,
                notes=self._notes,
                found=self._storefronts_found,
            )
            self._compare_clocks(end)
        except BaseException as error:
            self._give_up(error)
            raise
        verdict, message = self._verdict_of(end, window)
        self._note_undelivered(end, window)
        if window.narrowed:
            self._notes.append("This import covered less than usual; the next one checks the rest.")
        self._finish(verdict, message, window, self._watermark(end, window) if end.complete else None)
        asked = self._api.client.requests
        self._afterwards(end, window)
        with_accepted = verdict, message
        verdict, message = self._verdict_of(end, window)
        if (verdict, message) != with_accepted or self._api.client.requests != asked:
            self._finish(verdict, message, window, None)
        return self._result(verdict, message, window, end)

    def _plan(self) -> Window:
        """Decide what to request, and remember where a first import starts."""
        sync, local = self._store.sync, self._clock.now()
        stored = sync.state()
        window = plan_window(self._api, self._store, self._clock, self._options, self._first_page)
        if is_ahead(stored, local):
            lies = as_text(stored.watermark or stored.start_at or local)
            self._notes.append(
                f"The store says that imports continue from {lies}, which this computer's clock has not reached; "
                f"everything since {as_text(window.since)} is fetched again."
            )
        if window.again:
            sync.restart_from(window.since)
        elif window.start_at is not None:
            sync.set_start(window.start_at)
        sync.forget_times_ahead(local)
        _logger.debug(
            "run %d: window since %s, storefront %s, first: %s, narrowed: %s",
            self._run_id,
            as_text(window.since),
            window.storefront or "all",
            window.first,
            window.narrowed,
        )
        return window

    def _compare_clocks(self, end: WalkEnd) -> None:
        note = clock_note(end.server_time, self._local_time())
        if note is not None:
            self._notes.append(note)
            self._clocks_differ = True

    def _local_time(self) -> datetime:
        """Return this computer's time when the first page arrived."""
        return self._first_page_at or self._started_at

    def _now(self, end: WalkEnd) -> datetime:
        """Return the trusted time of the first page, UTC."""
        return trusted_time(end.server_time, self._local_time())

    def _note_undelivered(self, end: WalkEnd, window: Window) -> None:
        """Record the missing units that the seller accepts with this run, and add a note about them."""
        found = self._undelivered
        if not (end.complete and found.units):
            return
        if self._options.accept_total and not window.narrowed:
            now = self._clock.now()
            self._store.accepted_totals.accept(found.units, since=window.since, at=now, run_id=self._run_id)
        self._notes.append(found.sentence(window.since, self._now(end)))

    def _verdict_of(self, end: WalkEnd, window: Window) -> tuple[Verdict, str]:
        """Return verdict and message; unreadable units count whether this run or an earlier one found them."""
        counts, failed = self._tally.counts(), self._units_failed()
        seen = counts.units_seen + counts.units_failed
        verdict = verdict_of(complete=end.complete, failed=failed)
        message = message_of(verdict, seen=seen, total=end.total, failed=failed, narrowed=window.narrowed)
        found = self._undelivered
        if not end.complete and found.units:
            message = f"{message} {found.sentence(window.since, self._now(end))} {found.way_out()}"
        message = with_gone(message, [one.id_order for one in self._gone], self._options.chosen)
        return verdict, f"{message} {CLOCKS_DIFFER}" if self._clocks_differ else message

    def _afterwards(self, end: WalkEnd, window: Window) -> None:
        """Do what follows the walk; nothing here moves the watermark or holds it back."""
        if end.complete:
            self._store.details_wanted.units_were_read(window.since, window.storefront)
        trials = try_failed_units(
            self._api,
            self._store,
            self._clock,
            run_id=self._run_id,
            started_at=self._started_at,
            window=window,
            complete=end.complete,
        )
        self._gone = trials.gone
        if trials.problem is not None:
            remember_wait(self._store, self._clock, trials.problem)
            self._notes.append(f"Not all earlier failures could be retried. {trials.problem.message}")
            return
        if not self._details(end, window):
            return
        note = reconcile_if_due(
            self._api,
            self._store,
            self._clock,
            run_id=self._run_id,
            window=window,
            end=end,
            chosen=self._options.chosen,
            accept_total=self._options.accept_total,
        )
        if note is not None:
            self._notes.append(note)

    def _read(self, window: Window, storefront: str | None) -> WalkEnd:
        def fetch(offset: int) -> UnitsPage:
            if offset == 0:
                page = self._first_page.take(window.since, storefront)
            else:
                page = self._api.order_units(updated_from=window.since, offset=offset, storefront=storefront)
            if self._first_page_at is None:
                self._first_page_at = self._clock.now()
            return page

        walk = Walk(
            fetch,
            partial(self._keep, window),
            self._listener,
            executor=self._api.executor,
            pass_numbers=self._pass_numbers,
            rows_since=self._tally.rows_read,
            together=self._store.database.transaction,
            brought_news=self._brought_news,
        )
        return self._undelivered.with_accepted(walk.read())

    def _keep(
        self, window: Window, page: UnitsPage, pass_no: int, store: Callable[..., StoredPage] | None = None
    ) -> int:
        """Store one page in one short transaction, and queue the orders whose details it calls for.

        Returns how many of its rows are new in this pass.
        """
        store_units = store or self._store.orders.store_units
        now = self._clock.now()
        self._storefronts_found |= {
            unit.storefront for unit in page.units if isinstance(unit, OrderUnit) and unit.storefront
        }
        with self._store.database.transaction():
            stored = store_units(
                page.units,
                request_seq=self._request_seq(page.request_seq),
                run_id=self._run_id,
                at=now,
                pass_no=pass_no,
            )
            want_details_of(self._store, stored, window.certain_since, now)
            _logger.debug("page of pass %d: %d units, %d new in it", pass_no, len(page.units), stored.rows_new)
            for kind, word in _unknown_words(page.units):
                if self._store.sync.is_new_word(kind, word, now):
                    self._notes.append(f"Kaufland uses a {kind} that this version does not know: {word}.")
        return stored.rows_new

    def _details(self, end: WalkEnd, window: Window) -> bool:
        """Fetch what the list lacks; what fails here stays queued and does not fail the import.

        Returns whether Kaufland responded to every request.
        """

        def keep(details: OrderDetails, request_seq: int) -> StoredPage:
            return keep_details(
                self._store,
                details,
                request_seq=self._request_seq(request_seq),
                run_id=self._run_id,
                now=self._clock.now(),
            )

        details = DetailsFetcher(self._api, self._store, self._clock, self._listener, keep)
        problem = (
            read_pickup_points(self._api, self._store, self._clock, self._listener)
            or details.fetch(older_units=False)
            or self._read_older_units(end, window)
        )
        if problem is None:
            problem = details.fetch(older_units=True)
        if problem is None:
            changes = self._tally.counts()
            problem = fetch_invoices(
                self._api,
                self._store,
                anything_new=bool(changes.units_new or changes.units_changed),
                start=window.since,
                now=self._clock.now(),
            )
        if problem is not None:
            remember_wait(self._store, self._clock, problem)
            self._notes.append(f"Some details are still missing; the next import fetches them. {problem.message}")
        return problem is None

    def _read_older_units(self, end: WalkEnd, window: Window) -> KauflandError | None:
        """Read on in the list for orders that it has shown in part only; return why that stopped early, if it did.

        A list with an accepted gap never holds as many rows as it counts, so it would settle nothing.
        """
        if not end.complete or end.undelivered or self._store.sync.state().each_storefront:
            return None

        def keep(page: UnitsPage, pass_no: int) -> int:
            return self._keep(window, page, pass_no, store=self._store.orders.store_known_orders)

        try:
            OlderUnits(self._api, self._store, self._listener, window, end, keep).read()
        except RequestRefused as refused:
            _logger.debug("older units were refused: %s", refused.message)
        except (KauflandUnavailable, CredentialsRefused) as problem:
            return problem
        return None

    def _brought_news(self) -> bool:
        counts = self._tally.counts()
        return bool(counts.units_new or counts.units_changed or counts.units_failed)

    def _counts(self) -> RunCounts:
        """Return the counts of this run; `units_failed` has every unit that cannot be read, also from earlier runs."""
        return replace(self._tally.counts(), units_failed=self._units_failed())

    def _units_failed(self) -> int:
        """Return the number of failed units; one set aside in this run still counts in it."""
        return self._store.failed_units.count() + len(self._gone)

    def _request_seq(self, number: int) -> int:
        return self._run_id * SEQ_STRIDE + number

    def _watermark(self, end: WalkEnd, window: Window) -> datetime | None:
        """Return up to when everything is checked now (UTC), or None if this run does not show it."""
        if window.narrowed:
            return None
        checked = end.checked_up_to(self._now(end))
        if checked is None:
            return window.since if window.first else None
        return checked

    def _finish(self, verdict: Verdict, message: str, window: Window | None, watermark: datetime | None) -> None:
        results = {
            **results_of(self._api, self._store, self._clock, started=self._started, verdict=verdict, message=message),
            "units_failed": self._units_failed(),
            "since": None if window is None else as_text(window.since),
            "kind": NARROWED_IMPORT if self._options.storefront or (window and window.narrowed) else IMPORT,
        }
        self._store.sync.finish_run(self._run_id, self._clock.now(), results, watermark)
        _logger.debug(
            "run %d: %s, checked up to %s",
            self._run_id,
            verdict,
            "unchanged" if watermark is None else as_text(watermark),
        )

    def _give_up(self, error: BaseException) -> None:
        """Record why the run ended early; if that fails too, the first error is the one that counts."""
        with suppress(KauflandError):
            remember_wait(self._store, self._clock, error)
            self._finish("error", reason_of(error), self._window, None)

    def _result(self, verdict: Verdict, message: str, window: Window, end: WalkEnd) -> ImportResult:
        return ImportResult(
            run_id=self._run_id,
            verdict=verdict,
            environment=self._options.environment,
            since=as_text(window.since),
            watermark=shown_time(self._store.sync.state().watermark),
            counts=self._counts(),
            requests=self._api.client.requests,
            seconds=self._clock.monotonic() - self._started,
            message=message,
            complete=end.complete,
            undelivered=self._undelivered.within(window.since, self._now(end)),
            details_waiting=self._store.queries.counts().details_waiting,
            storefronts=_by_storefront(self._store),
            failed=[*self._store.failed_units.listed(), *self._gone],
            notes=self._notes,
        )


def _by_storefront(store: Store) -> list[StorefrontResult]:
    """Sum up the orders that this run added, by storefront."""
    found: dict[str, StorefrontResult] = {}
    for row in storefront_sums(store.database, store.run_tally.last_order_no):
        entry = found.setdefault(row.storefront or "?", StorefrontResult(row.storefront))
        entry.orders += row.orders
        entry.units += row.units
        if row.currency is not None:
            entry.totals.append(CurrencyTotal(row.currency, row.amount))
    return list(found.values())


def _unknown_words(units: Iterable[OrderUnit | UnreadableUnit]) -> list[tuple[str, str]]:
    """Return the statuses and storefronts that this version does not know, each once, as (kind, word)."""
    found: dict[tuple[str, str], None] = {}
    for unit in units:
        if isinstance(unit, UnreadableUnit):
            continue
        if unit.status not in UNIT_STATUSES:
            found["status", unit.status] = None
        if unit.storefront and unit.storefront not in KNOWN_STOREFRONTS:
            found["storefront", unit.storefront] = None
    return list(found)
