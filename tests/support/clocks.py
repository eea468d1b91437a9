"""Clocks that stand still until somebody waits, so that no test waits itself."""

import time
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class HeldClock:
    """Time that stands still until somebody waits or advances it; each wait is noted."""

    def __init__(self, start: datetime = START) -> None:
        self.present = start
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        """Return the present time, for whoever takes a function."""
        return self.present

    def now(self) -> datetime:
        """Return the present time."""
        return self.present

    def monotonic(self) -> float:
        """Return seconds since the epoch: only differences count."""
        return self.present.timestamp()

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.slept.append(seconds)
        self.advance(seconds=seconds)

    def advance(self, **duration: float) -> None:
        """Let the time pass."""
        self.present += timedelta(**duration)


class RealClock(HeldClock):
    """Measures real time, for limits on what a real server does; a wait costs nothing and is not measured."""

    def monotonic(self) -> float:
        """Return real seconds."""
        return time.monotonic()


class RunningClock(HeldClock):
    """The same, but what a server really takes its time for is measured too; a wait still costs nothing."""

    def monotonic(self) -> float:
        """Return seconds: those that really went by, and those waited for."""
        return time.monotonic() + super().monotonic()


class WrongClock:
    """An importer's clock: as wrong as it likes, while its count of seconds only follows who sleeps."""

    def __init__(self, server: HeldClock) -> None:
        self._server = server
        self._slept = 0.0
        self.wrong_by = timedelta(0)

    def now(self) -> datetime:
        """Return what this clock shows."""
        return self._server.now() + self.wrong_by

    def monotonic(self) -> float:
        """Return the seconds slept through."""
        return self._slept

    def sleep(self, seconds: float) -> None:
        """Pass the time at once, here and at the server."""
        self._slept += seconds
        self._server.advance(seconds=seconds)
