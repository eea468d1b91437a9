"""The start of an import: the stored watermark minus an overlap, or what the user asks for (docs/decisions/0004)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kaufland_cli.clock import CLOCKS_MAY_DIFFER
from kaufland_cli.store.sync import Sync, SyncState


@dataclass(frozen=True, slots=True)
class Window:
    """What one run requests from Kaufland."""

    since: datetime
    """UTC: units updated from here on."""
    storefront: str | None
    narrowed: bool
    """Whether it is less than the stored window. Such a run never moves the watermark."""
    first: bool
    """Whether no import has been complete yet."""
    start_at: datetime | None
    """Where the first import begins, to be remembered before anything is read; None: nothing to remember."""
    again: bool = False
    """The stored watermark is wrong: it is forgotten before anything is read."""
    certain_since: datetime | None = None
    """Units updated after that are read by this run or, should it break off, by a later one; None: nobody knows."""


def imports_start(state: SyncState, overlap_minutes: int) -> datetime | None:
    """Return from when the next import reads, UTC; None before the first one."""
    return state.start_at if state.watermark is None else state.watermark - timedelta(minutes=overlap_minutes)


def window_for(
    state: SyncState,
    *,
    since: datetime | None,
    storefront: str | None,
    server_time: datetime,
    initial_days: int,
    overlap_minutes: int,
    first_stored_at: datetime | None = None,
) -> Window:
    """Decide the window of a run.

    Before the first complete import it begins at `since`, or the configured days back by the server's time.
    Not later than `first_stored_at`, when orders first came in by a run that asked for less: they may have changed.
    Later it begins at the watermark less the overlap. Whoever asks for less gets less, and nothing is said about the
    rest; whoever asks for more gets more.
    """
    first = state.watermark is None
    stored = imports_start(state, overlap_minutes)
    if stored is None:
        # Never in the future: nothing would be read, and everything until then would count as checked.
        begin = min(since or server_time - timedelta(days=initial_days), server_time)
        if first_stored_at is not None and storefront is None:
            begin = min(begin, first_stored_at - timedelta(minutes=overlap_minutes))
        return Window(begin, storefront, storefront is not None, first, None if storefront else begin)
    begin = since or stored
    narrowed = storefront is not None or begin > stored
    return Window(begin, storefront, narrowed, first, begin if first and begin < stored and not narrowed else None)


def is_ahead(state: SyncState, local: datetime) -> bool:
    """Return whether imports would begin in the future, where they would never find anything."""
    return not {"watermark", "start_at"}.isdisjoint(state.times_ahead(local))


def corrected(
    sync: Sync, state: SyncState, *, server: datetime | None, local: datetime, initial_days: int, overlap_minutes: int
) -> tuple[SyncState, bool]:
    """Return from where to continue if the stored state lies in the future, and whether it is certainly wrong.

    Everything is read again that an import read from a time that has come; where none did, from the first import's
    start date, counted from when it was made. Where this computer's clock has gone back, the stored state may be right
    and stays; unless Kaufland's clock agrees with this computer's.
    """
    begin = sync.read_from_before(local)
    if begin is None:
        begin = min(sync.first_run_at() or local, local) - timedelta(days=initial_days)
    latest = sync.latest_time_of_runs()
    went_back = latest is not None and latest > local
    agree = server is not None and abs(server - local) <= CLOCKS_MAY_DIFFER
    if went_back and not agree and state.watermark is not None:
        return replace(state, watermark=begin + timedelta(minutes=overlap_minutes)), False
    return replace(state, watermark=None, start_at=begin), True
