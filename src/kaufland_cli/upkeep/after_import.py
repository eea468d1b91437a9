"""The work at the end of each import, so much a run that no run is notably longer: what is left, the next ones do.

Nothing of it is a reason for an import to fail. Each step is short and stands for itself: whoever is killed here has
lost nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.sales_order import without_buyer
from kaufland_cli.errors import KauflandError
from kaufland_cli.store.backup import sweep_unfinished
from kaufland_cli.store.record import read_record
from kaufland_cli.store.store import Store

MEGABYTE: Final = 1024 * 1024
LOOKED_AT_A_RUN: Final = 5_000
"""Old orders looked at in one run, most of them in a moment: their data is gone already."""
ERASED_AT_ONCE: Final = 250
LOOK_AGAIN_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long what is kept, in the words of the settings."""

    log_retention_days: int
    log_max_megabytes: int
    raw_retention_days: int
    raw_max_megabytes: int
    delete_after_days: int
    """After which buyers' data is erased; 0: never."""


def upkeep(store: Store, limits: Limits, now: datetime) -> list[str]:
    """Do the work that is due; return what could not be done, each as a sentence.

    Nothing more is tried while another program holds the store: each step would wait for it in vain.
    """
    steps = takewhile(lambda _: not store.database.held, _steps(store, limits, now))
    return [problem for step in steps if (problem := _tried(step))]


def _steps(store: Store, limits: Limits, now: datetime) -> Iterator[Callable[[], object]]:
    log_days, delete_after = limits.log_retention_days, limits.delete_after_days
    if delete_after:
        log_days = min(log_days, delete_after)  # bodies may name buyers (debug.log_personal_data)
    yield lambda: store.request_log.prune(now=now, days=log_days, megabytes=limits.log_max_megabytes)
    yield lambda: store.erasure.erase_raw(
        seen_before=now - timedelta(days=limits.raw_retention_days), largest_bytes=limits.raw_max_megabytes * MEGABYTE
    )
    if delete_after:
        yield lambda: erase_old(store, now - timedelta(days=delete_after), now)
        yield lambda: store.erasure.forget_sentences(now - timedelta(days=delete_after))
    yield lambda: erase_again(store, now)
    yield store.growth.bound
    path = store.database.path
    if path is not None:
        yield lambda: sweep_unfinished(path)


def erase_again(store: Store, now: datetime) -> int:
    """Erase the buyers who had asked for it before somebody put an older copy in the store's place; return how many."""
    path = store.database.path
    record = None if path is None else read_record(path)
    again = [] if record is None else [one for one in record.erased if store.erasure.erased_at(one) is None]
    if again:
        store.erasure.erase(again, "request", now, without_buyer)
        store.erasure.rewrite()
    return len(again)


def erase_old(store: Store, before: datetime, now: datetime) -> int:
    """Erase buyers' data of orders last changed before that moment, with nothing pending; return of how many."""
    seen = read_moment(store.erasure.old_orders_seen_at())
    if seen is not None and timedelta() <= now - seen < LOOK_AGAIN_AFTER:
        return 0
    found = store.erasure.old_orders(before, LOOKED_AT_A_RUN)
    due = found.due[:ERASED_AT_ONCE]
    if due:
        store.erasure.erase_from_records(store.erasure.mentions(due, with_names=False))
        store.erasure.erase(due, "age", now, without_buyer)
    if due == found.due:  # else the same ones are looked at again, from where this look began
        store.erasure.looked_at(found.last, now)
    return len(due)


def _tried(step: Callable[[], object]) -> str:
    try:
        step()
    except KauflandError as error:
        return error.message
    return ""
