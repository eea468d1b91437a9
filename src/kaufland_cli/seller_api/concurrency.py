"""How many requests are worth having under way: as many as the rate needs, no more than the server can use."""

import math
import threading

FIRST = 4
LARGEST = 32
# Requests that wait at the server, by the lengthening of its answers: below the first number there is room for more.
FEW_WAITING, MANY_WAITING = 1.0, 3.0


class Concurrency:
    """Adapts to the latency of the answers.

    By Little's law a rate needs rate times latency requests under way. A server that is busy answers later the more
    is asked of it at once; then asking for more at once gains nothing, so the number goes down again.
    """

    def __init__(self, requests_per_second: float, largest: int = LARGEST) -> None:
        self._rate = requests_per_second
        self._largest = largest
        self._room = float(min(FIRST, largest))
        self._shortest = math.inf
        self._lock = threading.Lock()

    def max_in_flight(self) -> int:
        """Return how many requests may be under way."""
        return int(self._room)

    def answered(self, seconds: float) -> None:
        """Learn how long an answer took, from sending to the last byte."""
        with self._lock:
            self._shortest = min(self._shortest, seconds)
            waiting = self._room * (1 - self._shortest / seconds) if seconds > 0 else 0.0
            if waiting < FEW_WAITING:
                self._room += 1
            elif waiting > MANY_WAITING:
                self._room -= 1 / self._room
            needed = math.ceil(self._rate * seconds) + 1
            self._room = max(1.0, min(self._room, needed, self._largest))
