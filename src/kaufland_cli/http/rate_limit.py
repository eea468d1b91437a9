"""One limiter for all calls: Kaufland allows a seller 111 requests a second over all software together.

Source: page=rate-limits of the Seller API documentation.
"""

import math
import threading
from collections import deque

from kaufland_cli.clock import Clock

ONE_SECOND = 1.0
ROUNDING = 1e-3
NOT_WORTH_A_SLEEP = 5e-6
# A rate above this is none that Kaufland would allow: an address on this machine, without a limit.
MAX_COUNTED_RATE = 1000


class RateLimit:
    """Spaces requests evenly, so that no second ever holds more than the limit, over all threads."""

    def __init__(self, requests_per_second: float, clock: Clock) -> None:
        self._gap = 1.0 / requests_per_second
        self._clock = clock
        self._next = clock.monotonic()
        self._most = math.ceil(requests_per_second) if requests_per_second <= MAX_COUNTED_RATE else 0
        # When the latest ones were let go. A thread may wake later than its turn, and so close to the turns after it.
        self._let_go: deque[float] = deque(maxlen=2 * self._most)
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may be sent."""
        with self._lock:
            now = self._clock.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        if turn - now > NOT_WORTH_A_SLEEP:
            self._clock.sleep(turn - now)
        if self._most:
            self._wait_for_room(turn)

    def _wait_for_room(self, turn: float) -> None:
        """Wait until fewer than the limit were let go within the last second."""
        with self._lock:
            now = free = max(turn, self._clock.monotonic())
            recent = sorted(moment for moment in self._let_go if now - ONE_SECOND + ROUNDING < moment <= now)
            if len(recent) >= self._most:
                free = recent[-self._most] + ONE_SECOND
            self._let_go.append(free)
        if free > now:
            self._clock.sleep(free - now)

    def hold(self, seconds: float) -> None:
        """Let nobody go for so long: the server said that there are too many requests."""
        with self._lock:
            self._next = max(self._next, self._clock.monotonic() + seconds)
