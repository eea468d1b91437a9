"""Failed attempts, the wait before the next one, and the retry budget (docs/decisions/0002-retries-of-our-own.md)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from kaufland_cli.errors import KauflandError

FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with one attempt, and whether another attempt may help."""

    error: KauflandError
    again: bool
    retry_after: float | None = None
    """Seconds the server asks us to wait."""
    hold_all: bool = False
    """Whether all other requests would be refused until then, too."""
    sign_again: bool = False
    """Whether only the signature was refused, so that the next attempt gets a new one."""


@dataclass(slots=True)
class RetryBudget:
    """How much one run may retry: attempts per request, and seconds of waiting in total."""

    attempts: int = 5
    seconds: float = 300.0
    spent: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def wait_after(self, attempt: int, retry_after: float | None, random: Callable[[], float]) -> float | None:
        """Return the seconds to wait after this failed attempt (counted from 1), or None to give up.

        Without `Retry-After` the wait is drawn from zero to a bound that doubles (full jitter), so that many programs
        do not come back at the same instant. What the server asks for is never shortened: if the budget does not
        allow it, there is no further attempt.
        """
        if attempt >= self.attempts:
            return None
        jitter = random() * min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1))
        wait = jitter if retry_after is None else retry_after + min(jitter, 1.0)
        with self._lock:
            if self.spent + wait > self.seconds:
                return None
            self.spent += wait
        return wait
