"""A clock that moves only when told to."""

from datetime import UTC, datetime, timedelta


class HeldClock:
    """Noon (UTC) of a Monday, until it is advanced."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 9, 14, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the moment at which the clock stands."""
        return self.moment

    def advance(self, **duration: float) -> None:
        """Move forward."""
        self.moment += timedelta(**duration)
