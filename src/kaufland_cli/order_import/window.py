"""From when on an import asks: the stored watermark less an overlap, or what the person asks for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kaufland_cli.store.sync import SyncState


@dataclass(frozen=True, slots=True)
class Window:
    """What one run asks Kaufland for."""

    since: datetime
    """UTC: units updated from here on."""
    storefront: str | None
    narrowed: bool
    """Less than the stored window: such a run never says up to when everything is checked."""
    first: bool
    """No import was complete yet."""
    start_at: datetime | None
    """Where the first import begins, to be remembered before anything is read; None: nothing to remember."""


def window_for(
    state: SyncState,
    *,
    since: datetime | None,
    storefront: str | None,
    server_time: datetime,
    initial_days: int,
    overlap_minutes: int,
) -> Window:
    """Decide the window of a run.

    Before the first complete import it begins at the start date: `since` or so many days back, by the server's time.
    Later it begins at the watermark less the overlap. Whoever asks for less gets less, and nothing is said about the
    rest; whoever asks for more gets more.
    """
    first = state.watermark is None
    stored = state.start_at if state.watermark is None else state.watermark - timedelta(minutes=overlap_minutes)
    if stored is None:
        # Never in the future: nothing would be read, and everything until then would count as checked.
        begin = min(since or server_time - timedelta(days=initial_days), server_time)
        return Window(begin, storefront, storefront is not None, first, None if storefront else begin)
    begin = since or stored
    narrowed = storefront is not None or begin > stored
    return Window(begin, storefront, narrowed, first, begin if first and begin < stored and not narrowed else None)
