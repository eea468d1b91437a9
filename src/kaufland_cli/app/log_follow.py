"""`kaufland log show --follow`: the calls as they end, until somebody stops it.

The store is opened again for each look, so that nothing else has to wait for it, and a restored store is followed too.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.context import Context
from kaufland_cli.app.request_log import since_as_typed
from kaufland_cli.app.stores import glance, open_store
from kaufland_cli.domain.moments import as_text
from kaufland_cli.errors import StoreBusy

if TYPE_CHECKING:
    from kaufland_cli.store.request_log import LogEntry, LogFilter, RequestLogQueries

BETWEEN_LOOKS: Final = 1.0
"""Seconds."""
_MAX_CALL: Final = timedelta(minutes=15)
"""A call that has not ended after this time was cut off: its program was killed."""


@dataclass(slots=True)
class _Place:
    """How far the log has been read."""

    last: int = 0
    """The number of the last entry seen."""
    waiting: set[int] = field(default_factory=set)
    """Entries seen whose calls had not ended."""


def followed_log(context: Context, search: "LogFilter", since: str | None) -> Iterator["LogEntry"]:
    """Return the last entries that match (`search.limit`), oldest first, then each new one once its call has ended.

    They never end by themselves. `since` is as typed. Raises `WrongUsage` for it, and a `StoreUnusable`, at once:
    before anything is written of a list.
    """
    search = since_as_typed(context, search, since)
    place = _Place()
    with open_store(context) as store:
        found = _last_entries(context, store.request_log, search, place)
    return _followed(context, search, place, found)


def _followed(context: Context, search: "LogFilter", place: _Place, found: list["LogEntry"]) -> Iterator["LogEntry"]:
    while True:
        yield from found
        context.clock.sleep(BETWEEN_LOOKS)
        found = []
        with suppress(StoreBusy), glance(context) as store:
            found = _new_entries(context, store.request_log, search, place)


def _last_entries(context: Context, log: "RequestLogQueries", search: "LogFilter", place: _Place) -> list["LogEntry"]:
    place.last = log.last_number()
    found = [one for one in log.entries(search) if one.entry_no <= place.last]
    running = {one.entry_no for one in found if one.success is None and one.at >= _cut_off(context)}
    place.waiting |= running
    return [one for one in reversed(found) if one.entry_no not in running]


def _new_entries(context: Context, log: "RequestLogQueries", search: "LogFilter", place: _Place) -> list["LogEntry"]:
    """Return the entries whose calls have ended since the last look, oldest first."""
    place.last = min(place.last, log.last_number())  # an older copy of the store has taken its place
    cut_off = _cut_off(context)
    ended, waiting = list[int](), set[int]()
    for number, at, has_ended in log.progress(place.last, place.waiting):
        if has_ended or at < cut_off:
            ended.append(number)
        else:
            waiting.add(number)
        place.last = max(place.last, number)
    place.waiting = waiting
    return [*reversed([*log.entries(replace(search, numbers=ended, limit=None))])] if ended else []


def _cut_off(context: Context) -> str:
    return as_text(context.clock.now() - _MAX_CALL)
