"""Records the requests to the simulator, in order, and their rate."""

import threading
import time
from collections import deque
from dataclasses import dataclass

from kaufland_cli.simulator.exchange import Request

ONE_SECOND = 1.0


@dataclass(slots=True)
class Asked:
    """A recorded request."""

    method: str
    target: str
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes
    timestamp: int | None
    """The client's time, from `Shop-Timestamp`."""
    arrived: float
    """Seconds of this process's monotonic clock."""
    status: int | None = None
    """The status of the answer; None if there was none (yet)."""


class Traffic:
    """The record of requests. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: list[Asked] = []
        self._processed: deque[float] = deque()

    def arrived(self, request: Request) -> Asked:
        """Record a request."""
        timestamp = request.headers.get("shop-timestamp", "")
        with self._lock:
            asked = Asked(
                method=request.method,
                target=request.target,
                headers=dict(request.headers),
                body=request.body,
                timestamp=int(timestamp) if timestamp.isascii() and timestamp.isdigit() else None,
                arrived=time.monotonic(),
            )
            self._asked.append(asked)
        return asked

    def all(self) -> list[Asked]:
        """Return all requests so far."""
        with self._lock:
            return list(self._asked)

    def clear(self) -> None:
        """Clear the record."""
        with self._lock:
            self._asked.clear()

    def busiest_second(self) -> int:
        """Return the largest number of requests that arrived within any one second."""
        recent: deque[float] = deque()
        most = 0
        for asked in self.all():
            recent.append(asked.arrived)
            while recent[0] <= asked.arrived - ONE_SECOND:
                recent.popleft()
            most = max(most, len(recent))
        return most

    def too_fast(self, asked: Asked, requests_per_second: int) -> bool:
        """Return whether the last second had too many requests to process this one."""
        with self._lock:
            while self._processed and self._processed[0] <= asked.arrived - ONE_SECOND:
                self._processed.popleft()
            if len(self._processed) >= requests_per_second:
                return True
            self._processed.append(asked.arrived)
            return False
