"""One rate limit for all requests: Kaufland allows a seller 111 requests per second, over all their software.

Source: page=rate-limits of the Seller API documentation.
"""

import math
import threading
from collections import deque

from kaufland_cli.clock import Clock

ONE_SECOND = 1.0
ROUNDING = 1e-3
NOT_WORTH_A_SLEEP = 5e-6
# Kaufland allows no rate above this; it means that there is no limit, as for a server on this machine.
MAX_COUNTED_RATE = 1000


class RateLimit:
    """Spaces requests evenly over all threads, so that no second ever has more than the limit."""

    def __init__(self, requests_per_second: float, clock: Clock) -> None:
        self._gap = 1.0 / requests_per_second
        self._clock = clock
        self._next = clock.monotonic()
        self._per_second = math.ceil(requests_per_second) if requests_per_second <= MAX_COUNTED_RATE else 0
        # When the latest requests were released. A thread may wake late, and so close to the next ones.
        self._released: deque[float] = deque(maxlen=2 * self._per_second)
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        with self._lock:
            now = self._clock.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        if turn - now > NOT_WORTH_A_SLEEP:
            self._clock.sleep(turn - now)
        if self._per_second:
            self._wait_for_slot(turn)

    def _wait_for_slot(self, turn: float) -> None:
        """Wait until fewer requests than the limit were released within the last second."""
        with self._lock:
            now = free = max(turn, self._clock.monotonic())
            recent = sorted(moment for moment in self._released if now - ONE_SECOND + ROUNDING < moment <= now)
            if len(recent) >= self._per_second:
                free = recent[-self._per_second] + ONE_SECOND
            self._released.append(free)
        if free > now:
            self._clock.sleep(free - now)

    def hold(self, seconds: float) -> None:
        """Release no request for this many seconds, because the server reported too many."""
        with self._lock:
            self._next = max(self._next, self._clock.monotonic() + seconds)
