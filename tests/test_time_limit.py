"""Work within a time limit."""

import subprocess
import sys
import time

from kaufland_cli.time_limit import Finished, run_within


def test_work_that_ends_in_time_gives_its_value() -> None:
    """The value comes back as soon as it is there, None as well, and the wrapper does not show it."""
    started = time.monotonic()
    assert run_within(30, lambda: None) == Finished(None)
    finished = run_within(30, lambda: "hidden")
    assert finished == Finished("hidden")
    assert "hidden" not in repr(finished)
    assert time.monotonic() - started < 5


def test_work_that_never_ends_does_not_hold_the_process() -> None:
    """After the time limit there is no value, and the process exits while the work still hangs."""
    code = (
        "import threading; from kaufland_cli.time_limit import run_within; "
        "print(run_within(0.1, threading.Event().wait))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=20, check=True)
    assert done.stdout.split() == [b"None"]
