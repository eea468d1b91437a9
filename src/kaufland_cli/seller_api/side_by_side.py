"""Several requests under way at a time, and what comes of them in the order in which it comes."""

import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

Result = TypeVar("Result")
Call = Callable[[], Result]
NextCall = Callable[[], Call[Result] | None]
"""Returns what is to be done next; None: nothing before something that is under way has come."""

# Some systems deliver Ctrl-C only between two waits.
LONGEST_WAIT_SECONDS = 1.0


class Lines(Protocol):
    """How calls are carried out: one by one or side by side."""

    def run(self, next_call: NextCall[Result]) -> Iterator[Result]:
        """Yield the results as they come, until nothing is under way and there is no next call.

        When a call raises, no further one is begun; what is under way is still yielded, then the error is raised.
        """
        ...


class OneByOne:
    """Each call is over before the next one begins."""

    def run(self, next_call: NextCall[Result]) -> Iterator[Result]:
        """Yield the results in order."""
        while (call := next_call()) is not None:
            yield call()


class SideBySide:
    """Calls in threads of their own; `room` tells how many may be under way at present.

    The threads do not outlive the program: none of them is waited for when it has to end.
    """

    def __init__(self, room: Callable[[], int]) -> None:
        self._room = room

    def run(self, next_call: NextCall[Result]) -> Iterator[Result]:
        """Yield the results as they come."""
        calls: SimpleQueue[Call[Result] | None] = SimpleQueue()
        ended: SimpleQueue[tuple[Result, None] | tuple[None, BaseException]] = SimpleQueue()
        threads, under_way = 0, 0
        failure: BaseException | None = None
        try:
            while True:
                while failure is None and under_way < self._room() and (call := next_call()) is not None:
                    if under_way == threads:
                        threading.Thread(target=_work, args=(calls, ended), daemon=True).start()
                        threads += 1
                    calls.put(call)
                    under_way += 1
                if not under_way:
                    break
                result, error = _next_of(ended)
                under_way -= 1
                if error is None:
                    yield result  # type: ignore[misc]  # without an error there is a result
                else:
                    failure = failure or error
        finally:
            for _ in range(threads):
                calls.put(None)
        if failure is not None:
            raise failure


def _work(
    calls: "SimpleQueue[Call[Result] | None]",
    ended: "SimpleQueue[tuple[Result, None] | tuple[None, BaseException]]",
) -> None:
    while (call := calls.get()) is not None:
        try:
            ended.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - raised again where the results are awaited
            ended.put((None, error))


def _next_of(ended: "SimpleQueue[Result]") -> Result:
    while True:
        try:
            return ended.get(timeout=LONGEST_WAIT_SECONDS)
        except Empty:
            continue
