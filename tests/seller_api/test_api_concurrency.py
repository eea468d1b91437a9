"""How many requests are under way follows the latency, and never passes what the rate or the server can use."""

import heapq
import threading

import pytest

from kaufland_cli.http.rate_limit import RateLimit
from kaufland_cli.seller_api.client import SellerClient
from kaufland_cli.seller_api.concurrency import INITIAL, MAX_IN_FLIGHT, Concurrency
from kaufland_cli.seller_api.executor import Concurrent
from kaufland_cli.simulator import Simulator, faults
from support.clocks import RealClock
from support.seller_api import open_client


def settled(rate: float, latency: float, capacity: int = 1000, answers: int = 400) -> tuple[int, float]:
    """Let answers come from a server that works on this many requests at once; return the room and the rate reached."""
    concurrency = Concurrency(rate)
    now, turn = 0.0, 0.0
    under_way: list[tuple[float, float]] = []
    workers = [0.0] * capacity
    done_at = [0.0]
    for _ in range(answers):
        while len(under_way) < concurrency.max_in_flight():
            turn = max(turn + 1 / rate, now)
            begin = max(turn, workers[0])
            heapq.heapreplace(workers, begin + latency)
            heapq.heappush(under_way, (begin + latency, turn))
        now, sent = heapq.heappop(under_way)
        done_at.append(now)
        concurrency.answered(now - sent)
    later = done_at[len(done_at) // 2 :]
    return concurrency.max_in_flight(), (len(later) - 1) / (later[-1] - later[0])


@pytest.mark.parametrize(("rate", "latency"), [(20, 0.05), (20, 0.3), (100, 0.1), (100, 0.25), (20, 1.0)])
def test_rate_is_reached_at_any_latency(rate: float, latency: float) -> None:
    """Rate times latency requests are under way, and hardly more: the limit is Kaufland's, not ours."""
    max_in_flight, reached = settled(rate, latency)
    assert reached >= 0.95 * rate
    assert max_in_flight <= rate * latency + 3


def test_slow_server_at_a_high_rate_is_bounded() -> None:
    """However slow the answers are, there are no more than a fixed number of requests under way."""
    assert settled(100, 5.0)[0] == MAX_IN_FLIGHT


def test_busy_server_is_not_pressed_harder() -> None:
    """A server that works on two at a time answers later the more is asked of it: the number stays near two."""
    max_in_flight, reached = settled(1e6, 0.01, capacity=2)
    assert max_in_flight <= 7
    assert reached >= 0.95 * 200


def test_slow_beginning_and_no_latency() -> None:
    """It begins with a few, and answers without any measurable delay do it no harm."""
    concurrency = Concurrency(20)
    assert concurrency.max_in_flight() == INITIAL
    concurrency.answered(0.0)
    assert concurrency.max_in_flight() >= 1


def ask_side_by_side(client: SellerClient, concurrency: Concurrency, pings: int) -> None:
    """Ask for this many signs of life, side by side."""
    left = iter(range(pings))
    for _ in Concurrent(concurrency.max_in_flight).run(
        lambda: (lambda: client.get("/status/ping")) if next(left, None) is not None else None
    ):
        pass


def test_server_never_sees_more_than_the_limit_in_any_second() -> None:
    """With real threads, a real clock and answers that take a while: at most 111 arrive within any one second."""
    clock = RealClock()
    clock.sleep = threading.Event().wait  # type: ignore[method-assign, assignment]  # really waits
    concurrency = Concurrency(100)
    with Simulator(now=clock.now) as simulator:
        simulator.misbehave(faults.slow(0.05), times=None)
        options = {"limit": RateLimit(100, clock), "on_response": concurrency.answered}
        with open_client(simulator.base_url, clock, **options) as client:
            ask_side_by_side(client, concurrency, 140)
        assert len(simulator.requests) == 140
        assert simulator.busiest_second <= 111


def test_refusal_for_too_many_requests_holds_up_all() -> None:
    """A thread that has to wait holds the limiter, so that the others do not get the same refusal."""
    clock = RealClock()
    limit = RateLimit(100, clock)
    with Simulator(now=clock.now) as simulator:
        simulator.misbehave(faults.too_many_requests(7))
        with open_client(simulator.base_url, clock, limit=limit) as client:
            client.get("/status/ping")
    assert limit._next >= clock.monotonic() + 5
