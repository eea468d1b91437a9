"""The limiter: never more than the limit within any second, over all threads."""

import math
import threading
import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.http.rate_limit import RateLimit
from kaufland_cli.simulator import Simulator
from support.clocks import HeldClock
from support.seller_api import STEADY, open_client

ROUNDING = 1e-5  # the held clock counts microseconds


def most_within_a_second(sent: list[float]) -> int:
    """Return the largest number of moments within any one second."""
    moments = sorted(sent)
    return max((sum(start <= moment < start + 1 - ROUNDING for moment in moments) for start in moments), default=0)


@STEADY
@given(limit=st.floats(0.2, 100), pauses=st.lists(st.floats(0, 3) | st.just(0.0), max_size=120))
def test_no_second_ever_holds_more_than_the_limit(limit: float, pauses: list[float]) -> None:
    """Whatever pauses lie between the requests: none are saved up for a burst."""
    clock = HeldClock()
    limiter = RateLimit(limit, clock)
    sent = []
    for pause in pauses:
        clock.sleep(pause)
        limiter.wait()
        sent.append(clock.monotonic())
    assert most_within_a_second(sent) <= math.ceil(limit)
    assert all(after - before >= 1 / limit - ROUNDING for before, after in pairwise(sent))


@STEADY
@given(limit=st.floats(1, 100), pauses=st.lists(st.floats(0, 3), max_size=50))
def test_slow_caller_never_waits(limit: float, pauses: list[float]) -> None:
    """The limiter costs nothing where it has nothing to do."""
    clock = HeldClock()
    limiter = RateLimit(limit, clock)
    for pause in pauses:
        clock.sleep(1 / limit + pause)
        clock.slept.clear()
        limiter.wait()
        assert sum(clock.slept) <= ROUNDING


class ClockOfThreads(HeldClock):
    """Stands still while many threads wait at once; notes for when each was to be woken."""

    def __init__(self) -> None:
        super().__init__()
        self.woken: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Note the moment; the time does not pass."""
        self.woken.append(self.monotonic() + seconds)


class HesitantGap(float):
    """Takes its time to be added, so that threads meet in the middle of taking a turn."""

    def __radd__(self, turn: float) -> float:
        """Add after a moment."""
        time.sleep(0.001)
        return turn + float(self)


def test_threads_share_one_limit() -> None:
    """Eight threads that ask at the same instant get turns apart, each its own."""
    clock = ClockOfThreads()
    limiter = RateLimit(20, clock)
    limiter._gap = HesitantGap(limiter._gap)
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        for _ in range(10):
            limiter.wait()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = sorted(clock.woken)
    assert len(turns) == 79  # the very first had not to wait
    assert all(after - before > 0.05 - ROUNDING for before, after in pairwise(turns))
    assert most_within_a_second(turns) <= 20


def test_each_attempt_waits_for_its_turn() -> None:
    """All requests of a client, tried again or not, pass the limiter."""
    clock = HeldClock()
    with Simulator(now=clock.now) as simulator:
        with open_client(simulator.base_url, clock, limit=RateLimit(2, clock), random=lambda: 0.0) as client:
            for _ in range(5):
                client.get("/status/ping")
        assert clock.slept == [0.5] * 4
