"""Looks through the store at times, so that damage is found before anything is built on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.store.inspection import Look, inspection
from kaufland_cli.store.record import StoreRecord, change_record, damaged, note_damage, read_record

CHECK_SECONDS: Final = 20.0
"""For one look through the whole file; a store that takes longer is looked through in several."""
MAX_PAUSE: Final = timedelta(days=1)
PAUSE_PER_SECOND: Final = 500
"""After a look that took a second the next one is due in so many: no more than a 500th of the time goes into it."""


def check_if_due(store: Path, now: datetime, monotonic: Callable[[], float]) -> None:
    """Look through a store that is to be written, at least once a day. Raises `StoreDamaged`.

    What is found is remembered, so that nothing is written to a damaged store until it is replaced; so is how far a
    look came whose time was up, so that several of them come through the whole of a large store.
    """
    record = read_record(store)
    if record is None or not record.exists or record.damage or not _is_due(record, now) or not store.exists():
        return
    begin = monotonic()
    too_late = begin + CHECK_SECONDS
    with inspection(store) as found:
        look = found.look(record.next_step, lambda: monotonic() > too_late)
    if look.faults:
        note_damage(store, look.faults[0])
        raise damaged(store, look.faults[0])
    change_record(store, partial(_after, look, as_text(now), round(monotonic() - begin, 3)))


def _after(look: Look, now: str, seconds: float, record: StoreRecord) -> StoreRecord:
    is_partial = (record.is_partial and bool(record.next_step)) or look.gave_up
    is_whole = not (look.next_step or is_partial)
    return replace(
        record,
        checked_at=now if is_whole else record.checked_at,
        looked_at=now,
        check_seconds=seconds,
        next_step=look.next_step,
        is_partial=is_partial,
    )


def remember_check(store: Path, now: datetime, seconds: float) -> None:
    """Remember that the whole store was looked through and nothing was found, even where damage had been found."""
    done = partial(_after, Look([]), as_text(now), round(seconds, 3))
    change_record(store, lambda record: replace(done(replace(record, next_step="")), damage=""))


def _is_due(record: StoreRecord, now: datetime) -> bool:
    looked_at = read_moment(record.looked_at or record.checked_at)
    pause = min(timedelta(seconds=record.check_seconds * PAUSE_PER_SECOND), MAX_PAUSE)
    return looked_at is None or not timedelta() <= now - looked_at < pause
