"""Determines how many requests to have in flight: as many as the rate needs, but no more than help."""

import math
import threading

INITIAL = 4
MAX_IN_FLIGHT = 32
# Requests queued at the server, judged by its latency. Below the first number we send more, above the second fewer.
FEW_WAITING, MANY_WAITING = 1.0, 3.0


class Concurrency:
    """Adapts to the latency of responses.

    By Little's law, a rate needs rate times latency requests in flight. A busy server responds later the more requests
    it gets at once; more of them gain nothing then, so the number goes down again.
    """

    def __init__(self, requests_per_second: float, largest: int = MAX_IN_FLIGHT) -> None:
        self._rate = requests_per_second
        self._largest = largest
        self._room = float(min(INITIAL, largest))
        self._shortest = math.inf
        self._lock = threading.Lock()

    def max_in_flight(self) -> int:
        """Return how many requests may be in flight now."""
        return int(self._room)

    def answered(self, seconds: float) -> None:
        """Record the latency of a response: seconds from sending to the last byte."""
        with self._lock:
            self._shortest = min(self._shortest, seconds)
            waiting = self._room * (1 - self._shortest / seconds) if seconds > 0 else 0.0
            if waiting < FEW_WAITING:
                self._room += 1
            elif waiting > MANY_WAITING:
                self._room -= 1 / self._room
            needed = math.ceil(self._rate * seconds) + 1
            self._room = max(1.0, min(self._room, needed, self._largest))
