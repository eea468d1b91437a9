"""Runs calls one by one or concurrently, and yields their results as they arrive."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

Result = TypeVar("Result")
Call = Callable[[], Result]
NextCall = Callable[[], Call[Result] | None]
"""Returns the next call; None if there is none before another result has arrived."""

_MMAP_THRESHOLD = -3
"""glibc's `M_MMAP_THRESHOLD`."""
_LARGE_BYTES = 64 * 1024
MAX_TOGETHER = 4
# Some systems deliver Ctrl-C only between two waits.
MAX_WAIT_SECONDS = 1.0


class Executor(Protocol):
    """Runs calls, one by one or concurrently."""

    def run(self, next_call: NextCall[Result]) -> Iterator[Sequence[Result]]:
        """Yield the results as they arrive, until no call is running and there is no next call.

        Results that arrived together are yielded together, at most `MAX_TOGETHER`. When a call raises, no further call
        is started; results of running calls are still yielded, then the error is raised.
        """
        ...


class Sequential:
    """Finishes each call before the next one begins."""

    def run(self, next_call: NextCall[Result]) -> Iterator[Sequence[Result]]:
        """Yield the results in order, one by one."""
        while (call := next_call()) is not None:
            yield [call()]


class Concurrent:
    """Runs calls in threads; `max_in_flight` returns how many may run now.

    A few more calls are queued, so that no thread waits while results are processed. The threads are daemons: the
    program never waits for them when it ends.
    """

    def __init__(self, max_in_flight: Callable[[], int]) -> None:
        self._max_in_flight = max_in_flight

    def run(self, next_call: NextCall[Result]) -> Iterator[Sequence[Result]]:
        """Yield the results as they arrive."""
        calls = _WaitingCalls[Result]()
        ended: SimpleQueue[Result | _Failure] = SimpleQueue()
        threads, handed_out = 0, 0
        failure: BaseException | None = None
        try:
            while True:
                # While results wait to be processed, more of them would only fill memory.
                max_in_flight = self._max_in_flight() if ended.qsize() < MAX_TOGETHER else 0
                while (
                    failure is None
                    and handed_out < max_in_flight + MAX_TOGETHER
                    and (call := next_call()) is not None
                    and calls.put(call)
                ):
                    handed_out += 1
                    if threads < min(max_in_flight, handed_out):
                        keep_memory_flat()
                        threading.Thread(target=_work, args=(calls, ended), daemon=True).start()
                        threads += 1
                if not handed_out:
                    break
                came = _next_of(ended)
                handed_out -= len(came)
                for failed in (one for one in came if isinstance(one, _Failure)):
                    failure = failed.error if failure is None else failure
                    handed_out -= failed.dropped
                if results := [one for one in came if not isinstance(one, _Failure)]:
                    yield results
        finally:
            calls.close()
        if failure is not None:
            raise failure


@dataclass(frozen=True, slots=True)
class _Failure:
    """An exception in place of a result."""

    error: BaseException
    dropped: int
    """How many waiting calls were never started."""


class _WaitingCalls(Generic[Result]):
    """Calls that no thread has started yet. Once closed it takes and gives none, so none starts after a failure."""

    def __init__(self) -> None:
        self._calls: deque[Call[Result]] = deque()
        self._closed = False
        self._changed = threading.Condition()

    def put(self, call: Call[Result]) -> bool:
        """Add a call; return False if it is closed."""
        with self._changed:
            if not self._closed:
                self._calls.append(call)
                self._changed.notify()
            return not self._closed

    def take(self) -> Call[Result] | None:
        """Wait for a call; return None once it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._closed)
            return None if self._closed else self._calls.popleft()

    def close(self) -> int:
        """Drop what is waiting; return how many calls that was."""
        with self._changed:
            dropped = len(self._calls)
            self._calls.clear()
            self._closed = True
            self._changed.notify_all()
            return dropped


@cache
def keep_memory_flat() -> None:
    """Make the C library return large freed blocks to the system at once; does nothing without glibc.

    By default glibc learns to keep blocks such as the body of a page in a heap per thread, and the holes between them
    grow with the length of a run.
    """
    import ctypes  # noqa: PLC0415 - short runs do not need it

    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


def _work(calls: _WaitingCalls[Result], ended: "SimpleQueue[Result | _Failure]") -> None:
    while (call := calls.take()) is not None:
        try:
            ended.put(call())
        except BaseException as error:  # noqa: BLE001 - raised again where the results are awaited
            ended.put(_Failure(error, dropped=calls.close()))


def _next_of(ended: "SimpleQueue[Result]") -> list[Result]:
    """Wait for the next result; return it and all others that have arrived."""
    while True:
        try:
            found = [ended.get(timeout=MAX_WAIT_SECONDS)]
        except Empty:
            continue
        break
    with suppress(Empty):
        while len(found) < MAX_TOGETHER:
            found.append(ended.get_nowait())
    return found
