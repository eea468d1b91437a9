"""Waiting for what a real systemd does by itself."""

import time
from collections.abc import Callable

from support.machine import Done

ROUND = 95
"""Seconds: a minute, what the timer is spread over, and an import."""


def good(done: Done) -> Done:
    """Insist that it went well."""
    assert done.code == 0, done
    return done


def until(what: str, true: Callable[[], object], seconds: float = ROUND) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:g} seconds: {what}"
        time.sleep(0.5)
