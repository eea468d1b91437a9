"""One limiter for all calls: Kaufland allows a seller 111 requests a second over all software together.

Source: page=rate-limits of the Seller API documentation.
"""

import threading

from kaufland_cli.clock import Clock


class RateLimit:
    """Spaces requests evenly, so that no second ever holds more than the limit."""

    def __init__(self, requests_per_second: float, clock: Clock) -> None:
        self._gap = 1.0 / requests_per_second
        self._clock = clock
        self._next = clock.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may be sent."""
        with self._lock:
            now = self._clock.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        if turn > now:
            self._clock.sleep(turn - now)
