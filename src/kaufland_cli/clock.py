"""The clock that the rest of the program is given, so a test can stop time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

CLOCKS_MAY_DIFFER: Final = timedelta(minutes=5)
"""A time further ahead of this computer's clock than this is not trusted."""


class Clock(Protocol):
    """Where the program gets the time, and how it waits."""

    def now(self) -> datetime:
        """Return the current time in UTC, by this machine's clock."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for measuring durations."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        time.sleep(seconds)
