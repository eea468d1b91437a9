"""Looks through the store at times, so that damage is found before anything is built on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kaufland_cli.seller_api.moments import as_text, read_moment
from kaufland_cli.store.inspection import inspection
from kaufland_cli.store.record import StoreRecord, change_record, damaged, note_damage, read_record

CHECK_SECONDS: Final = 20.0
"""For one look through the whole file; a store that takes longer is looked through as far as that comes."""
MAX_PAUSE: Final = timedelta(days=1)
PAUSE_PER_SECOND: Final = 500
"""After a look that took a second the next one is due in so many: no more than a 500th of the time goes into it."""


def check_if_due(store: Path, now: datetime, monotonic: Callable[[], float]) -> None:
    """Look through a store that is to be written, at least once a day. Raises `StoreDamaged`.

    What is found is remembered, so that nothing is written to a damaged store until it is replaced.
    """
    record = read_record(store)
    if record is None or not record.exists or record.damage or not _is_due(record, now) or not store.exists():
        return
    begin = monotonic()
    too_late = begin + CHECK_SECONDS
    with inspection(store) as found:
        faults = found.faults_until(lambda: monotonic() > too_late)
    if faults:
        note_damage(store, faults[0])
        raise damaged(store, faults[0])
    remember_check(store, now, monotonic() - begin)


def remember_check(store: Path, now: datetime, seconds: float) -> None:
    """Remember that the store was looked through and nothing was found, also where damage had been found before."""
    change_record(
        store, lambda record: replace(record, checked_at=as_text(now), check_seconds=round(seconds, 3), damage="")
    )


def _is_due(record: StoreRecord, now: datetime) -> bool:
    checked_at = read_moment(record.checked_at)
    pause = min(timedelta(seconds=record.check_seconds * PAUSE_PER_SECOND), MAX_PAUSE)
    return checked_at is None or not timedelta() <= now - checked_at < pause
