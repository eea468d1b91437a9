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
    """Whether there has been no complete import yet."""
    start_at: datetime | None
    """Where the first import begins, to be remembered before anything is read; None: nothing to remember."""
    again: bool = False
    """Whether the stored watermark is wrong and has to be forgotten before anything is read."""
    certain_since: datetime | None = None
    """Units updated after that are read by this run or, if it is interrupted, by a later one; None if unknown."""


def imports_start(state: SyncState, overlap_minutes: int) -> datetime | None:
    """Return where the next import starts, UTC; None before the first one."""
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

    Before the first complete import it starts at `since`, or the configured days back by the server's time, but not
    later than `first_stored_at`, when a narrower run first stored orders: they may have changed since. After that it
    starts at the watermark less the overlap, or at `since`. A narrower run reads less and claims nothing about the
    rest.
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
    """Return whether imports would start in the future, where they would never find anything."""
    return not {"watermark", "start_at"}.isdisjoint(state.times_ahead(local))


def corrected(
    sync: Sync, state: SyncState, *, server: datetime | None, local: datetime, initial_days: int, overlap_minutes: int
) -> tuple[SyncState, bool]:
    """Return the state to continue from if the stored one is in the future, and whether that one is certainly wrong.

    The next import starts where the latest import with a sensible window started, or at the first import's start date.
    If this computer's clock has gone back, the stored state may be right and stays, unless Kaufland's clock agrees with
    this computer's.
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
