"""Retries the units that could not be read.

First their stored JSON is read again, because a newer program may understand it. Then their order is fetched, or the
unit itself if its order is unknown: Kaufland may have fixed it without a new update time, and a unit outside the window
would never come again.

A unit whose order Kaufland has not known for days is gone. It is set aside, so that it does not make every import
partial forever. It stays listed, and counts again if it comes again.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kaufland_cli.clock import Clock
from kaufland_cli.domain.moments import as_text, moment_text
from kaufland_cli.domain.orders import FailedUnit, OrderUnit
from kaufland_cli.errors import CredentialsRefused, KauflandError, KauflandUnavailable, RequestRefused, ResponseMismatch
from kaufland_cli.order_import.details import keep_details, want_details_of
from kaufland_cli.order_import.window import Window
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.seller_api.parsers import read_order_unit
from kaufland_cli.store.failed_units import RawUnit
from kaufland_cli.store.page_writer import SEQ_STRIDE
from kaufland_cli.store.store import Store

MAX_TRIALS_A_RUN = 100
GONE_AFTER = timedelta(days=7)
_UNKNOWN = frozenset({404, 410})


@dataclass(slots=True)
class Trials:
    """The result of the trials of one run."""

    problem: KauflandError | None = None
    """Why they stopped early."""
    gone: list[FailedUnit] = field(default_factory=list)
    """The units that this run set aside."""


def try_failed_units(
    api: SellerApi, store: Store, clock: Clock, *, run_id: int, started_at: datetime, window: Window, complete: bool
) -> Trials:
    """Retry the units that the walk of this run has not seen.

    `complete`: the walk has read its whole window, so what it did not meet and has no id is gone.
    """
    trials = Trials()
    if not store.failed_units.count(with_set_aside=True):
        return trials
    with store.database.transaction():
        store.failed_units.count_attempts_of_known(started_at, clock.now())
    if complete and not window.narrowed:
        _drop_gone(store, window.since)
    for unit in store.failed_units.set_aside_units(MAX_TRIALS_A_RUN):
        _read_again(store, unit, run_id, window, clock.now())
    asked: set[str] = set()
    for unit in store.failed_units.waiting(MAX_TRIALS_A_RUN):
        if _read_again(store, unit, run_id, window, clock.now()) or unit.id_order in asked:
            continue
        known = True
        try:
            if unit.id_order is not None:
                asked.add(unit.id_order)
                _ask(api, store, unit.id_order, run_id, clock.now())
            elif unit.id_order_unit is not None:
                _fetch_unit(api, store, unit.id_order_unit, run_id, window, clock.now())
        except (RequestRefused, ResponseMismatch) as refused:  # this one only
            known = not isinstance(refused, RequestRefused) or refused.status_code not in _UNKNOWN
        except (KauflandUnavailable, CredentialsRefused) as problem:
            _tried(store, unit, clock.now())  # so that the next run begins with another one
            trials.problem = problem
            return trials
        trials.gone += _tried(store, unit, clock.now(), known=known)
    return trials


def _read_again(store: Store, unit: RawUnit, run_id: int, window: Window, now: datetime) -> bool:
    """Read the kept JSON again, and store the unit if it can be read now and this run has not stored a newer one."""
    found = read_order_unit(json.loads(unit.raw))
    if not isinstance(found, OrderUnit):
        return False
    with store.database.transaction():
        if not _store_unit(store, found, 0, run_id, window, now):
            return False
        store.failed_units.drop(unit.key)
    return True


def _store_unit(store: Store, unit: OrderUnit, number: int, run_id: int, window: Window, now: datetime) -> bool:
    """Store one unit from request `number` of this run, inside a transaction; return whether that worked."""
    page = store.orders.store_units([unit], request_seq=run_id * SEQ_STRIDE + number, run_id=run_id, at=now)
    want_details_of(store, page, window.certain_since, now)
    return page.units[0].change != "failed"


def _ask(api: SellerApi, store: Store, id_order: str, run_id: int, now: datetime) -> None:
    details, request_seq = api.order_details(id_order)
    keep_details(store, details, request_seq=run_id * SEQ_STRIDE + request_seq, run_id=run_id, now=now)
    with store.database.transaction():
        store.failed_units.replaced_by(id_order, details.units)


def _fetch_unit(
    api: SellerApi, store: Store, id_order_unit: int | str, run_id: int, window: Window, now: datetime
) -> None:
    """Fetch a unit whose order is not known; if it still cannot be read, it stays as it is."""
    found, number = api.order_unit(id_order_unit)
    if isinstance(found, OrderUnit):
        with store.database.transaction():
            _store_unit(store, found, number, run_id, window, now)


def _tried(store: Store, unit: RawUnit, now: datetime, *, known: bool | None = None) -> list[FailedUnit]:
    """Record the trial and whether Kaufland knows the unit; return the units that are now set aside as gone."""
    with store.database.transaction():
        store.failed_units.tried([unit.key], now)
        if known:
            store.failed_units.known(unit)
        return [] if known is not False else store.failed_units.unknown(unit, now, GONE_AFTER)


def _drop_gone(store: Store, since: datetime) -> None:
    """Forget units without any id that lie in the window but were not seen in it."""
    after = ""
    while units := store.failed_units.without_id(after, MAX_TRIALS_A_RUN):
        with store.database.transaction():
            for unit in units:
                if as_text(since) < (_updated_at(unit) or unit.first_seen_at):
                    store.failed_units.drop(unit.key)
        after = units[-1].key


def _updated_at(unit: RawUnit) -> str | None:
    raw = json.loads(unit.raw)
    return moment_text(raw.get("ts_updated_iso")) if isinstance(raw, dict) else None
