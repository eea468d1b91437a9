"""Trying again: bounded by attempts and seconds, spread by chance, obedient to the server, and for GETs only."""

import inspect
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import KauflandBusy, KauflandError, KauflandFailing
from kaufland_cli.http.retry import FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS, RetryBudget
from kaufland_cli.seller_api import client as client_module
from kaufland_cli.seller_api.client import SellerClient
from kaufland_cli.simulator import Simulator, faults
from support.clocks import HeldClock
from support.sampling import examples
from support.seller_api import STEADY, ListeningLog, open_client

TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
STATUSES = [*sorted(TRANSIENT), 400, 401, 403, 404, 409, 410, 418, 422, 423, 301]


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulator]:
    """Give one simulator to all examples of a property; its clock stands still."""
    with Simulator(now=HeldClock().now) as simulator:
        yield simulator


ANSWERS = st.tuples(st.sampled_from(STATUSES), st.none() | st.integers(0, 120))


@settings(STEADY, max_examples=examples(150))
@given(
    script=st.lists(ANSWERS, max_size=8),
    attempts=st.integers(1, 5),
    seconds=st.floats(0, 200),
    chances=st.lists(st.floats(0, 0.999), min_size=10, max_size=10),
)
def test_retry_limits_hold_for_any_responses(
    shared: Simulator, script: list[tuple[int, int | None]], attempts: int, seconds: float, chances: list[float]
) -> None:
    """Never more attempts than allowed, never more seconds than the budget, never again after a final answer.

    A wait that the server asks for is kept in full; otherwise it lies within the bound that doubles.
    """
    shared.behave()
    shared.clear_requests()
    for status, wait in script:
        headers = {} if wait is None else {"Retry-After": str(wait)}
        shared.misbehave(faults.status(status, headers=headers))
    clock = HeldClock()
    chance = iter(chances)
    options = {"budget": RetryBudget(attempts=attempts, seconds=seconds), "random": lambda: next(chance)}
    with open_client(shared.base_url, clock, **options) as client:
        try:
            client.get("/status/ping")
        except KauflandError:
            ended_well = False
        else:
            ended_well = True
    made = [asked.status for asked in shared.requests]
    assert 1 <= len(made) == client.requests <= attempts
    assert sum(clock.slept) <= seconds
    assert len(clock.slept) == len(made) - 1
    assert all(status in TRANSIENT for status in made[:-1])
    assert ended_well == (made[-1] == 200)
    for number, (slept, (_, asked)) in enumerate(zip(clock.slept, script, strict=False), 1):
        if asked is None:
            assert 0 <= slept <= min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (number - 1))
        else:
            assert asked <= slept <= asked + 1


@STEADY
@given(
    calls=st.lists(st.tuples(st.integers(1, 9), st.none() | st.floats(0, 4000)), max_size=40),
    seconds=st.floats(0, 500),
    chance=st.floats(0, 0.999),
)
def test_budget_is_one_for_the_whole_run(calls: list[tuple[int, float | None]], seconds: float, chance: float) -> None:
    """However many requests share it, all their waits together stay within it, and what is denied costs nothing."""
    budget = RetryBudget(attempts=5, seconds=seconds)
    waits = [budget.wait_after(attempt, asked, lambda: chance) for attempt, asked in calls]
    granted = [wait for wait in waits if wait is not None]
    assert sum(granted) == pytest.approx(budget.spent)
    assert budget.spent <= seconds
    assert all(wait is None for wait, (attempt, _) in zip(waits, calls, strict=True) if attempt >= 5)
    assert all(wait is None or asked is None or wait >= asked for wait, (_, asked) in zip(waits, calls, strict=True))


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_jitter_is_full(chance: float) -> None:
    """The wait is drawn from zero to the bound: half a second, doubled each time, half a minute at most."""
    budget = RetryBudget(attempts=20, seconds=1e6)
    waits = [budget.wait_after(attempt, None, lambda: chance) for attempt in range(1, 12)]
    assert waits == [chance * bound for bound in (0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30)]


def test_budget_of_a_run_holds_over_its_requests() -> None:
    """When it is spent, the next request that fails is given up at once."""
    clock = HeldClock()
    with Simulator(now=clock.now) as simulator:
        simulator.misbehave(faults.too_many_requests(40), times=None)
        budget = RetryBudget(attempts=3, seconds=100)
        with open_client(simulator.base_url, clock, budget=budget) as client:
            for _ in range(3):
                with pytest.raises(KauflandBusy):
                    client.get("/status/ping")
        assert [round(wait) for wait in clock.slept] == [40, 40]
        assert client.requests == 3 + 1 + 1


def test_request_may_have_its_own_budget() -> None:
    """As the connection test has, for which a person waits."""
    clock = HeldClock()
    with Simulator(now=clock.now) as simulator:
        rule = simulator.misbehave(faults.status(503), times=None)
        with open_client(simulator.base_url, clock) as client, pytest.raises(KauflandFailing):
            client.get("/status/ping", budget=RetryBudget(attempts=2))
    assert rule.struck == 2


def test_waits_come_after_the_attempt_and_before_the_next_signature() -> None:
    """The clock that was handed in waits; the log shows each attempt at its own time."""
    clock = HeldClock()
    log = ListeningLog()
    with Simulator(now=clock.now) as simulator:
        simulator.misbehave(faults.too_many_requests(30), times=2)
        with open_client(simulator.base_url, clock, log=log) as client:
            client.get("/status/ping")
    times = [attempt.at for attempt in log.attempts]
    assert [round((after - before).total_seconds()) for before, after in pairwise(times)] == [30, 30]
    assert log.told == ["started", "finished"] * 3


def test_one_method_writes() -> None:
    """Only `write` can change anything at Kaufland; everything else sends a GET."""
    public = {name for name, _ in inspect.getmembers(SellerClient, inspect.isfunction) if not name.startswith("_")}
    assert public == {"get", "write", "hold", "close"}
    source = inspect.getsource(client_module)
    assert source.count("HttpRequest(") == 2
    assert source.count('HttpRequest("GET", ') == 1
    assert inspect.getsource(SellerClient.write).count("HttpRequest(method, ") == 1


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_writing_is_never_repeated(status: int) -> None:
    """What changes something is sent once, whatever comes back: the caller finds out first whether it was done."""
    clock = HeldClock()
    with Simulator(now=clock.now) as simulator:
        simulator.misbehave(faults.status(status), times=None)
        with open_client(simulator.base_url, clock) as client, pytest.raises(KauflandError):
            client.write("PATCH", "/order-units/{id}/send", b"{}", id="1")
        assert len(simulator.requests) == 1
