"""Time as the core sees it: handed in, so that a test can hold it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

CLOCKS_MAY_DIFFER: Final = timedelta(minutes=5)
"""A time later than this computer's by more than that is not believed."""


class Clock(Protocol):
    """Where the core gets the time and how it waits."""

    def now(self) -> datetime:
        """Return the present moment in UTC, by this machine's clock."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for measuring."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""
        time.sleep(seconds)
