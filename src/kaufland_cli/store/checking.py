"""Checks the store for damage about once a day, before anything is written to it.

The result goes to the record next to the store (`record.py`).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.store.inspection import CheckResult, inspection
from kaufland_cli.store.record import StoreRecord, change_record, damaged, note_damage, read_record

CHECK_SECONDS: Final = 20.0
"""Time limit of one check; a store that takes longer is checked in several parts."""
MAX_PAUSE: Final = timedelta(days=1)
PAUSE_PER_SECOND: Final = 500
"""Pause in seconds after a check that took one second: checks take at most a 500th of the time."""


def check_if_due(store: Path, now: datetime, monotonic: Callable[[], float]) -> None:
    """Check a store before writing to it, if a check is due. Raises `StoreDamaged`.

    Damage is recorded, so nothing is written to the store until it is replaced. A check that ran out of time records
    where it stopped, so several checks together cover a large store. `monotonic` returns seconds.
    """
    record = read_record(store)
    if record is None or not record.exists or record.damage or not _is_due(record, now) or not store.exists():
        return
    begin = monotonic()
    too_late = begin + CHECK_SECONDS
    with inspection(store) as found:
        result = found.check(record.next_step, lambda: monotonic() > too_late)
    if result.faults:
        note_damage(store, result.faults[0])
        raise damaged(store, result.faults[0])
    change_record(store, partial(_after, result, as_text(now), round(monotonic() - begin, 3)))


def _after(result: CheckResult, now: str, seconds: float, record: StoreRecord) -> StoreRecord:
    is_partial = (record.is_partial and bool(record.next_step)) or result.gave_up
    is_whole = not (result.next_step or is_partial)
    return replace(
        record,
        checked_at=now if is_whole else record.checked_at,
        last_session_at=now,
        check_seconds=seconds,
        next_step=result.next_step,
        is_partial=is_partial,
    )


def remember_check(store: Path, now: datetime, seconds: float) -> None:
    """Record that the whole store was checked and is sound; this clears damage recorded earlier."""
    done = partial(_after, CheckResult([]), as_text(now), round(seconds, 3))
    change_record(store, lambda record: replace(done(replace(record, next_step="")), damage=""))


def _is_due(record: StoreRecord, now: datetime) -> bool:
    last_session_at = read_moment(record.last_session_at or record.checked_at)
    pause = min(timedelta(seconds=record.check_seconds * PAUSE_PER_SECOND), MAX_PAUSE)
    return last_session_at is None or not timedelta() <= now - last_session_at < pause
