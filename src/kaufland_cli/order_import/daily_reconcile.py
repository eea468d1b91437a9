"""Compares the last days with Kaufland once a day, as part of an import, and stores what imports had missed.

See docs/decisions/0005.
"""

from datetime import datetime, timedelta

from kaufland_cli.clock import Clock
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.errors import KauflandError
from kaufland_cli.order_import.listener import NoListener
from kaufland_cli.order_import.reconcile import Comparison
from kaufland_cli.order_import.run_record import remember_wait
from kaufland_cli.order_import.trusted_time import trusted_time
from kaufland_cli.order_import.undelivered import compared_daily
from kaufland_cli.order_import.walk import WalkEnd
from kaufland_cli.order_import.window import Window
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.store.past_reconciliations import Reconciled
from kaufland_cli.store.reconciliation import DifferenceCounts
from kaufland_cli.store.store import Store

EVERY = timedelta(days=1)
BACK = timedelta(days=7)
# One that could not be read whole is tried again, but not with every import.
RETRY_AFTER_FAILURE = timedelta(hours=1)


def reconcile_if_due(
    api: SellerApi,
    store: Store,
    clock: Clock,
    *,
    run_id: int,
    window: Window,
    end: WalkEnd,
    accept_total: bool = False,
) -> str | None:
    """Compare the last days if a day has passed; return what the user should know, or None.

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
    if not accept_total and last is not None and timedelta() <= now - last < EVERY:
        return None
    try:
        return _reconcile(api, store, clock, run_id, now, end.undelivered, accept_total=accept_total)
    except KauflandError as error:
        remember_wait(store, clock, error)
        return (
            f"The last {BACK.days} days could not be compared with Kaufland; the next import retries. {error.message}"
        )


def _reconcile(
    api: SellerApi,
    store: Store,
    clock: Clock,
    run_id: int,
    now: datetime,
    import_found: int,
    *,
    accept_total: bool,
) -> str | None:
    # Never earlier than imports started: older units were never requested.
    begun = read_moment(store.past_reconciliations.first_read_from())
    since = max(now - BACK, begun) if begun is not None else now - BACK
    comparison = Comparison(api, store, clock, run_id, since, None, fix=True, listener=NoListener())
    found = comparison.undelivered
    found.accept = accept_total
    compared = comparison.run()
    # What changed after this import started is not a mistake: it is stored but not counted.
    counts = store.reconciliation.counts(before=as_text(now))
    store.past_reconciliations.keep(
        Reconciled(
            run_id=run_id,
            at=now,
            since=since,
            storefront=None,
            complete=compared.complete,
            by_hand=False,
            units_compared=counts.units_compared,
            missing=counts.missing,
            surplus=counts.surplus,
            differing=counts.differing,
            fixed=counts.fixed,
        )
    )
    store.past_reconciliations.due_from(now if compared.complete else now - EVERY + RETRY_AFTER_FAILURE)
    known = store.accepted_totals.accepted()
    if accept_total and found.units > (0 if known is None else known.units):
        store.accepted_totals.accept(found.units, since=since, at=clock.now(), run_id=run_id)
    sentence = found.sentence(since, now, "created")
    missing = compared_daily(found, complete=compared.complete, import_found=import_found, sentence=sentence)
    return " ".join([*_found(counts), *missing, *comparison.notes]) or None


def _found(counts: DifferenceCounts) -> list[str]:
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
    text = f"Comparing the last {BACK.days} days with Kaufland found units that imports had missed: {', '.join(kinds)}."
    left = counts.different - counts.fixed
    if not left:
        return [f"{text} They are now stored."]
    others = command("reconcile", "--since", f"{BACK.days}d")
    return [f"{text} {counts.fixed} of them are now stored; to see the others: {others}"]
