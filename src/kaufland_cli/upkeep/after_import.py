"""Upkeep of the store at the end of each import: retention of the API log and raw data, erasure, free space.

Each run does only a little, and the next runs do the rest. A failure here never fails the import. Each step is short
and independent, so nothing is lost if the process is killed.
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
MAX_SEARCHED_PER_RUN: Final = 5_000
"""Old orders examined per run; most take no time because their data is already erased."""
ERASED_AT_ONCE: Final = 250
SEARCH_AGAIN_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long data is kept: the values of the settings of the same names."""

    log_retention_days: int
    log_max_megabytes: int
    raw_retention_days: int
    raw_max_megabytes: int
    delete_after_days: int
    """Age at which buyers' data is erased; 0 = never."""


def upkeep(store: Store, limits: Limits, now: datetime) -> list[str]:
    """Do what is due; return a sentence for each step that failed.

    Stops if another program has locked the store, because each step would wait for it in vain.
    """
    steps = takewhile(lambda _: not store.database.held, _steps(store, limits, now))
    return [problem for step in steps if (problem := _tried(step))]


def _steps(store: Store, limits: Limits, now: datetime) -> Iterator[Callable[[], object]]:
    log_days, delete_after = limits.log_retention_days, limits.delete_after_days
    if delete_after:
        log_days = min(log_days, delete_after)  # bodies may contain buyers' names (debug.log_personal_data)
    yield lambda: store.request_log.prune(now=now, days=log_days, megabytes=limits.log_max_megabytes)
    yield lambda: store.erasure.erase_raw(
        seen_before=now - timedelta(days=limits.raw_retention_days), largest_bytes=limits.raw_max_megabytes * MEGABYTE
    )
    if delete_after:
        yield lambda: erase_old(store, now - timedelta(days=delete_after), now)
        yield lambda: store.erasure.forget_messages(now - timedelta(days=delete_after))
    yield lambda: erase_again(store, now)
    yield store.growth.bound
    path = store.database.path
    if path is not None:
        yield lambda: sweep_unfinished(path)


def erase_again(store: Store, now: datetime) -> int:
    """Erase buyers again whose data an older copy of the store brought back; return how many orders."""
    path = store.database.path
    record = None if path is None else read_record(path)
    again = [] if record is None else [one for one in record.erased if store.erasure.erased_at(one) is None]
    if again:
        store.erasure.erase(again, "request", now, without_buyer)
        store.erasure.rewrite()
    return len(again)


def erase_old(store: Store, before: datetime, now: datetime) -> int:
    """Erase buyers' data of orders last changed before then that have nothing pending; return how many orders."""
    seen = read_moment(store.erasure.old_orders_seen_at())
    if seen is not None and timedelta() <= now - seen < SEARCH_AGAIN_AFTER:
        return 0
    found = store.erasure.old_orders(before, MAX_SEARCHED_PER_RUN, ERASED_AT_ONCE)
    if found.due:
        store.erasure.erase_from_records(store.erasure.mentions(found.due, with_names=False))
        store.erasure.erase(found.due, "age", now, without_buyer)
    store.erasure.searched_up_to(found.last, now)
    return len(found.due)


def _tried(step: Callable[[], object]) -> str:
    try:
        step()
    except KauflandError as error:
        return error.message
    return ""
