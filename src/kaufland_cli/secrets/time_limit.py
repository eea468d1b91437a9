"""Work that may never end, such as a keyring that waits for a window no one sees, within a time limit."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """The work ended in time, with this value."""

    value: T = field(repr=False)


def run_within(seconds: float, work: Callable[[], T]) -> Finished[T] | None:
    """Do the work and return what it returns, or None when it has not ended after that many seconds.

    The work must not raise: what goes wrong is part of its value. Work that does not end is left behind in a daemon
    thread, which does not keep the process from exiting; the threads of a ThreadPoolExecutor would.
    """
    answer: queue.SimpleQueue[T] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(work()), daemon=True).start()
    try:
        return Finished(answer.get(timeout=seconds))
    except queue.Empty:
        return None
