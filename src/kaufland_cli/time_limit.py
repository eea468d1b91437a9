"""Runs work that may never end, such as a keyring waiting for a prompt nobody sees, within a time limit."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """The work ended in time and returned `value`."""

    value: T = field(repr=False)


def run_within(seconds: float, work: Callable[[], T]) -> Finished[T] | None:
    """Return the result of `work`, or None if it has not ended within the time limit.

    `work` must not raise: it returns its errors. If it does not end, it stays in a daemon thread, which does not keep
    the process from exiting; a thread of a ThreadPoolExecutor would.
    """
    answer: queue.SimpleQueue[T] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(work()), daemon=True).start()
    try:
        return Finished(answer.get(timeout=seconds))
    except queue.Empty:
        return None
