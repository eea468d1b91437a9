"""Concurrent calls: as many as allowed, results as they arrive, failures raised at the end."""

import threading
import time
from collections.abc import Callable

import pytest

from kaufland_cli.seller_api import executor
from kaufland_cli.seller_api.executor import MAX_TOGETHER, Concurrent, Executor, Sequential

EVERY_KIND = pytest.mark.parametrize(
    "executor", [Sequential(), Concurrent(lambda: 4)], ids=["one by one", "side by side"]
)


def calls_for(numbers: list[int], call: Callable[[int], int]) -> Callable[[], Callable[[], int] | None]:
    """Return what gives one call after the other."""
    waiting = iter(numbers)

    def next_call() -> Callable[[], int] | None:
        number = next(waiting, None)
        return None if number is None else lambda: call(number)

    return next_call


@EVERY_KIND
def test_every_call_is_carried_out_once(executor: Executor) -> None:
    """All results come, each once."""
    found = [
        number for results in executor.run(calls_for(list(range(50)), lambda number: number)) for number in results
    ]
    assert sorted(found) == list(range(50))


@EVERY_KIND
def test_call_may_follow_from_a_result(executor: Executor) -> None:
    """Who has nothing to ask before something has come is asked again when it came."""
    found: list[int] = []
    asked: list[int] = []

    def next_call() -> Callable[[], int] | None:
        if len(asked) > len(found) or len(found) == 5:
            return None
        asked.append(len(asked))
        return lambda: asked[-1]

    for results in executor.run(next_call):
        found.extend(results)
    assert found == [0, 1, 2, 3, 4]


def test_concurrency_stays_within_max_in_flight() -> None:
    """Room for three is three at once, reached and never passed."""
    under_way, most, lock = 0, 0, threading.Lock()
    meet = threading.Barrier(3, timeout=10)

    def call(number: int) -> int:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        if number < 3:
            meet.wait()
        with lock:
            under_way -= 1
        return number

    assert sum(len(results) for results in Concurrent(lambda: 3).run(calls_for(list(range(30)), call))) == 30
    assert most == 3


def test_after_a_failure_the_rest_of_what_is_under_way_still_comes() -> None:
    """What was asked for is not thrown away; nothing more is asked for; then the failure is raised."""
    begun: list[int] = []
    failing: list[threading.Thread] = []
    meet = threading.Barrier(3, timeout=10)

    def call(number: int) -> int:
        begun.append(number)
        if number == 0:
            failing.append(threading.current_thread())
            meet.wait()
            raise ValueError("broken")
        meet.wait()
        failing[0].join(1)
        return number

    results = Concurrent(lambda: 3).run(calls_for(list(range(30)), call))
    found: list[int] = []
    with pytest.raises(ValueError, match="broken"):
        found.extend(number for some in results for number in some)
    assert sorted(found) == [1, 2]
    assert sorted(begun) == [0, 1, 2]
    with pytest.raises(StopIteration):
        next(results)


def test_no_thread_begins_a_waiting_call_after_a_failure() -> None:
    """Two calls wait for a thread when another fails: neither the thread that failed nor the other one begins them.

    Nobody has looked at the results by then: the main thread is still asking for the next call.
    """
    begun: list[int] = []
    threads: list[threading.Thread] = []
    meet = threading.Barrier(3, timeout=10)

    def call(number: int) -> int:
        begun.append(number)
        if number > 1:
            return number
        threads.append(threading.current_thread())
        meet.wait()
        if number == 0:
            raise ValueError("broken")
        next(thread for thread in threads if thread is not threading.current_thread()).join(1)
        return number

    numbers = iter(range(5))

    def next_call() -> Callable[[], int] | None:
        number = next(numbers)
        if number == 4:
            meet.wait()
            for thread in threads:
                thread.join(1)
        return lambda: call(number)

    found: list[int] = []
    with pytest.raises(ValueError, match="broken"):
        found.extend(number for some in Concurrent(lambda: 2).run(next_call) for number in some)
    assert sorted(begun) == [0, 1]
    assert found == [1]


def test_results_that_arrive_together_are_yielded_together() -> None:
    """While the results are dealt with, more of them come: those wait no longer, up to a few at once."""
    sizes = []
    for results in Concurrent(lambda: 8).run(calls_for(list(range(64)), lambda number: number)):
        sizes.append(len(results))
        time.sleep(0.005)
    assert sum(sizes) == 64
    assert 1 < max(sizes) <= MAX_TOGETHER


def test_threads_end_when_the_results_are_no_longer_wanted() -> None:
    """Who stops listening in the middle leaves no thread behind."""
    before = threading.active_count()
    results = Concurrent(lambda: 4).run(calls_for(list(range(100)), lambda number: number))
    next(iter(results))
    results.close()  # type: ignore[attr-defined]
    for _ in range(200):
        if threading.active_count() <= before:
            break
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_nothing_to_do_starts_no_thread() -> None:
    """A short run pays nothing for it."""
    before = threading.active_count()
    assert list(Concurrent(lambda: 4).run(calls_for([], lambda number: number))) == []
    assert threading.active_count() <= before


@pytest.mark.parametrize("missing", [OSError, AttributeError, TypeError])
def test_other_c_libraries_are_left_alone(missing: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is kept flat with a call that only glibc has; elsewhere an import runs without it."""

    def refuse(_name: object) -> None:
        raise missing

    monkeypatch.setattr("ctypes.CDLL", refuse)
    executor.keep_memory_flat.__wrapped__()
