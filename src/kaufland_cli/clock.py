"""Time, passed in to the rest of the program, so that a test can control it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

CLOCKS_MAY_DIFFER: Final = timedelta(minutes=5)
"""A time that is further ahead of this machine's clock is not trusted."""


class Clock(Protocol):
    """The source of time, and a way to wait."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for measuring durations."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
