"""Fetches everything created in a window from Kaufland again and compares it with the store, unit by unit.

Imports ask by the time of the last update. Units that became visible late or moved back in time can slip past that;
the list by creation shows them. Differences go into the store, with `fix` Kaufland's version too. A person starts it,
and once a day an import compares the last days (`reconcile_if_due`). See docs/decisions/0005.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Literal

from kaufland_cli.clock import Clock
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import ExitCode, KauflandError, KauflandUnavailable, RequestRefused, ResponseMismatch
from kaufland_cli.order_import.details import keep_details, want_details_of
from kaufland_cli.order_import.listener import Listener, NoListener
from kaufland_cli.order_import.run_record import reason_of, remember_wait, results_of
from kaufland_cli.order_import.storefronts import read_storefronts
from kaufland_cli.order_import.trusted_time import trusted_time
from kaufland_cli.order_import.undelivered import Undelivered, compared_daily
from kaufland_cli.order_import.walk import Walk, WalkEnd
from kaufland_cli.order_import.window import Window
from kaufland_cli.seller_api.endpoints import SellerApi, UnitsPage
from kaufland_cli.store.page_writer import SEQ_STRIDE
from kaufland_cli.store.past_reconciliations import Reconciled
from kaufland_cli.store.reconciliation import DifferenceCounts
from kaufland_cli.store.request_log import RequestLogWriter
from kaufland_cli.store.store import Store
from kaufland_cli.store.sync import RECONCILE

MAX_SURPLUS_ORDERS = 500
"""How many orders one run fetches because their units are missing from Kaufland's list."""
_AT_ONCE = 100
DAILY = timedelta(days=1)
LAST_DAYS = timedelta(days=7)
"""What an import compares once a day."""
RETRY_AFTER_FAILURE = timedelta(hours=1)
"""One that could not be read whole is tried again, but not with every import."""

ReconcileVerdict = Literal["equal", "differing", "incomplete"]


@dataclass(frozen=True, slots=True)
class ReconcileOptions:
    """What to compare."""

    environment: str
    since: datetime
    """UTC; units created from then on are compared."""
    storefront: str | None = None
    fix: bool = False
    """Whether to store Kaufland's version of what differs."""
    chosen: tuple[str, ...] = ()
    """The options that choose the settings of this call, for commands in messages that are kept."""


@dataclass(slots=True)
class ReconcileResult:
    """The result; the differences themselves are in `store.reconciliation`."""

    run_id: int
    verdict: ReconcileVerdict
    environment: str
    since: str
    storefront: str | None
    fix: bool
    complete: bool
    counts: DifferenceCounts
    requests: int
    seconds: float
    message: str
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> ExitCode:
        """The exit status of the process."""
        return ExitCode.DONE if self.verdict == "equal" else ExitCode.UNHEALTHY


@dataclass(slots=True)
class Comparison:
    """A comparison in progress; the caller holds the run lock and has started the run and its tally."""

    api: SellerApi
    store: Store
    clock: Clock
    run_id: int
    since: datetime
    storefront: str | None
    fix: bool
    listener: Listener
    chosen: Sequence[str] = ()
    notes: list[str] = field(default_factory=list)
    undelivered: Undelivered = field(init=False)
    _pass_numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _newer_than: datetime | None = None

    def __post_init__(self) -> None:
        self.undelivered = Undelivered(self.store.accepted_totals, chosen=self.chosen)

    def run(self) -> WalkEnd:
        """Read the window and record every difference. Raises a `KauflandError` if it cannot continue."""
        state = self.store.sync.state()
        self._newer_than = state.watermark or state.start_at
        found = self.store.reconciliation
        found.begin()
        end = read_storefronts(
            self.api,
            self.store,
            self._read,
            storefront=self.storefront,
            compare=True,
            since=self.since,
            notes=self.notes,
            by_creation=True,
        )
        if end.complete:
            found.find_surplus(self.since, self.storefront)
            if self.fix:
                self.store.details_wanted.units_were_read(self.since, self.storefront)
                self._fetch_surplus()
        return end

    def keep(self, at: datetime, end: WalkEnd, counts: DifferenceCounts, *, by_hand: bool) -> None:
        """Keep what was found, for `status` and the next comparison."""
        self.store.past_reconciliations.keep(
            Reconciled(
                run_id=self.run_id,
                at=at,
                since=self.since,
                storefront=self.storefront,
                complete=end.complete,
                by_hand=by_hand,
                units_compared=counts.units_compared,
                missing=counts.missing,
                surplus=counts.surplus,
                differing=counts.differing,
                fixed=counts.fixed,
            )
        )

    def _read(self, storefront: str | None) -> WalkEnd:
        def fetch(offset: int) -> UnitsPage:
            return self.api.order_units(created_from=self.since, offset=offset, storefront=storefront)

        walk = Walk(
            fetch,
            self._compare,
            self.listener,
            executor=self.api.executor,
            pass_numbers=self._pass_numbers,
            rows_since=self.store.reconciliation.rows_read,
            together=self.store.database.transaction,
            by_creation=True,
        )
        return self.undelivered.with_accepted(walk.read())

    def _compare(self, page: UnitsPage, pass_no: int) -> int:
        """Compare a page and, with `fix`, store what differs, in one short transaction."""
        found, now = self.store.reconciliation, self.clock.now()
        with self.store.database.transaction():
            compared = found.compare(page.units, pass_no, self._newer_than)
            if self.fix and compared.differing:
                request_seq = self.run_id * SEQ_STRIDE + page.request_seq
                stored = self.store.orders.store_units(
                    compared.differing, request_seq=request_seq, run_id=self.run_id, at=now
                )
                stored.contradicted |= compared.contradicted
                want_details_of(self.store, stored, None, now)
                pairs = zip(compared.differing, stored.units, strict=True)
                found.mark_fixed([unit for unit, stored_unit in pairs if stored_unit.change != "unchanged"])
        return compared.rows_new

    def _fetch_surplus(self) -> None:
        """Fetch the orders whose units the list lacks. Units unknown to Kaufland stay stored and are listed."""
        after, asked = "", 0
        while orders := self.store.reconciliation.surplus_orders(after, _AT_ONCE):
            for id_order in orders:
                if asked == MAX_SURPLUS_ORDERS:
                    self.notes.append(f"{counted(asked, 'order')} fetched; run again for the rest.")
                    return
                asked += 1
                try:
                    details, number = self.api.order_details(id_order)
                except (RequestRefused, ResponseMismatch):
                    continue  # this order only, usually because Kaufland does not know it
                except KauflandUnavailable as problem:
                    self.notes.append(f"Not all surplus orders could be fetched. {problem.message}")
                    return
                stored = keep_details(
                    self.store,
                    details,
                    request_seq=self.run_id * SEQ_STRIDE + number,
                    run_id=self.run_id,
                    now=self.clock.now(),
                )
                with self.store.database.transaction():
                    self.store.reconciliation.mark_fixed(details.units, stored.absent)
            after = orders[-1]


def reconcile(
    api: SellerApi,
    store: Store,
    clock: Clock,
    options: ReconcileOptions,
    *,
    log: RequestLogWriter | None = None,
    listener: Listener | None = None,
) -> ReconcileResult:
    """Compare a window with the store; the caller must hold the run lock.

    The individual differences can be read from `store.reconciliation` until the store is closed. Raises a
    `KauflandError` if it cannot continue; the run is recorded.
    """
    started = clock.monotonic()
    store.run_tally.begin()
    run_id = store.sync.start_run(RECONCILE, clock.now(), options.since)
    if log is not None:
        log.run_id = run_id
    comparison = Comparison(
        api,
        store,
        clock,
        run_id,
        options.since,
        options.storefront,
        options.fix,
        listener or NoListener(),
        options.chosen,
    )

    def finish(verdict: str, message: str) -> None:
        results = results_of(api, store, clock, started=started, verdict=verdict, message=message)
        store.sync.finish_run(run_id, clock.now(), results, None)

    try:
        end = comparison.run()
    except BaseException as error:
        with suppress(KauflandError):  # if that fails too, the first error is the one that counts
            remember_wait(store, clock, error)
            finish("error", reason_of(error))
        raise
    counts = store.reconciliation.counts()
    verdict: ReconcileVerdict = "equal"
    if not end.complete:
        verdict = "incomplete"
    elif counts.different:
        verdict = "differing"
    message = _message(verdict, counts, end, fix=options.fix)
    missing, now = comparison.undelivered, trusted_time(end.server_time, clock.now())
    if missing.units:
        sentence = missing.sentence(options.since, now, "created")
        message = f"{message} {sentence}" if end.complete else f"{message} {sentence} {missing.way_out()}"
    comparison.keep(now, end, counts, by_hand=True)
    finish(verdict, message)
    return ReconcileResult(
        run_id=run_id,
        verdict=verdict,
        environment=options.environment,
        since=as_text(options.since),
        storefront=options.storefront,
        fix=options.fix,
        complete=end.complete,
        counts=counts,
        requests=api.client.requests,
        seconds=clock.monotonic() - started,
        message=message,
        notes=comparison.notes,
    )


def _message(verdict: ReconcileVerdict, counts: DifferenceCounts, end: WalkEnd, *, fix: bool) -> str:
    """Return the verdict as a sentence for the seller."""
    compared = counted(counts.units_compared, "unit")
    if verdict == "incomplete":
        known = "" if end.total is None else f" ({counts.units_compared} of {end.total} units)"
        return f"Not everything could be fetched{known}: run again. Surplus units were not checked."
    if verdict == "equal":
        return f"The store matches Kaufland: {compared} compared."
    different = counts.different
    text = (
        f"The store and Kaufland differ in {counted(different, 'unit')}: {counts.missing} missing, "
        f"{counts.surplus} surplus, {counts.differing} differing."
    )
    if not fix:
        return f"{text} Nothing was stored."
    left = different - counts.fixed
    if not left:
        return f"{text} The store now has Kaufland's version."
    if not counts.fixed:
        return f"{text} They were left as they are."
    return f"{text} The store now has Kaufland's version of {counts.fixed} of them; the others were left as they are."


def reconcile_if_due(
    api: SellerApi,
    store: Store,
    clock: Clock,
    *,
    run_id: int,
    window: Window,
    end: WalkEnd,
    chosen: Sequence[str] = (),
    accept_total: bool = False,
) -> str | None:
    """Compare the last days if a day has passed; return what the user should know, or None.

    `chosen` are the options that choose the settings of this call, for commands in that text.

    Only after a complete import of everything. After a first import, which has just read everything, it is due a day
    later. If it fails, the import does not; the next one tries again. `accept_total`: compare at once, and accept what
    Kaufland counts in these days and does not deliver.
    """
    if window.narrowed or not end.complete:
        return None
    now = trusted_time(end.server_time, clock.now())
    if window.first:
        store.past_reconciliations.due_from(now)
        return None
    last = store.sync.state().reconciled_at
    if not accept_total and last is not None and timedelta() <= now - last < DAILY:
        return None
    try:
        return _compare_last_days(api, store, clock, run_id, now, end.undelivered, chosen, accept_total=accept_total)
    except KauflandError as error:
        remember_wait(store, clock, error)
        return (
            f"The last {LAST_DAYS.days} days could not be compared with Kaufland; the next import retries. "
            f"{error.message}"
        )


def _compare_last_days(
    api: SellerApi,
    store: Store,
    clock: Clock,
    run_id: int,
    now: datetime,
    import_found: int,
    chosen: Sequence[str],
    *,
    accept_total: bool,
) -> str | None:
    # Never earlier than imports started: older units were never requested.
    begun = read_moment(store.past_reconciliations.first_read_from())
    since = max(now - LAST_DAYS, begun) if begun is not None else now - LAST_DAYS
    comparison = Comparison(api, store, clock, run_id, since, None, fix=True, listener=NoListener(), chosen=chosen)
    found = comparison.undelivered
    found.accept = accept_total
    compared = comparison.run()
    # What changed after this import started is not a mistake: it is stored but not counted.
    counts = store.reconciliation.counts(before=as_text(now))
    comparison.keep(now, compared, counts, by_hand=False)
    store.past_reconciliations.due_from(now if compared.complete else now - DAILY + RETRY_AFTER_FAILURE)
    known = store.accepted_totals.accepted()
    if accept_total and found.units > (0 if known is None else known.units):
        store.accepted_totals.accept(found.units, since=since, at=clock.now(), run_id=run_id)
    sentence = found.sentence(since, now, "created")
    missing = compared_daily(found, complete=compared.complete, import_found=import_found, sentence=sentence)
    return " ".join([*_found_in_last_days(counts, chosen), *missing, *comparison.notes]) or None


def _found_in_last_days(counts: DifferenceCounts, chosen: Sequence[str]) -> list[str]:
    kinds = [
        f"{number} {name}"
        for name, number in (
            ("missing", counts.missing),
            ("surplus", counts.surplus),
            ("differing", counts.differing),
        )
        if number
    ]
    if not kinds:
        return []
    text = (
        f"Comparing the last {LAST_DAYS.days} days with Kaufland found units that imports had missed: "
        f"{', '.join(kinds)}."
    )
    left = counts.different - counts.fixed
    if not left:
        return [f"{text} They are now stored."]
    others = command("reconcile", "--since", f"{LAST_DAYS.days}d")
    return [f"{text} {counts.fixed} of them are now stored; to see the others: {others.typed(chosen)}"]
