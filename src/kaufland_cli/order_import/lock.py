"""One import at a time: a kernel lock next to the store, which the system frees when the process dies.

A lock file that merely exists would outlive a killed process and stop every later import; this one cannot go stale.
"""

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.moments import as_text
from kaufland_cli.errors import ImportRunning, StoreReadOnly, reason_of
from kaufland_cli.files import create_private_file, read_file, refuse_unfit, write_private_file

# Long enough that `status`, which looks by trying the lock for an instant, never stops an import.
PATIENCE_SECONDS = 1.0
_MAX_HOLDER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Holder:
    """Who runs an import."""

    pid: int
    since: str
    """UTC."""
    command: str


@contextmanager
def run_lock(store: Path, holder: Holder) -> Iterator[None]:
    """Hold the run lock of a store; raises `ImportRunning` if another process holds it."""
    lock = _lock(store)
    try:
        create_private_file(_lock_file(store))
        lock.acquire(timeout=PATIENCE_SECONDS, poll_interval=0.05)
    except Timeout:
        raise _running(_read_holder(store)) from None
    except OSError as error:
        raise StoreReadOnly(
            f"The lock file next to {store} cannot be used: {reason_of(error)}.",
            hint=Hint("Check the owner and permissions of that folder: ", command("config", "path", "store")),
        ) from error
    try:
        with contextlib.suppress(OSError):  # who runs it is a courtesy; the lock itself is what counts
            write_private_file(_holder_file(store), json.dumps(asdict(holder)).encode())
        yield
    finally:
        with contextlib.suppress(OSError):
            _holder_file(store).unlink(missing_ok=True)
        lock.release()


def running_import(store: Path) -> Holder | None:
    """Return who runs an import on this store right now, or None."""
    lock = _lock(store)
    try:
        if not _lock_file(store).exists():
            return None
        refuse_unfit(_lock_file(store))
        lock.acquire(timeout=0)
    except Timeout:
        return _read_holder(store) or Holder(0, "", "")
    except OSError:
        return None
    lock.release()
    return None


def holder_now(pid: int, now: datetime, running: Hint) -> Holder:
    """Describe this process as a holder; `running` is the command that it runs."""
    return Holder(pid, as_text(now), str(running))


def _lock(store: Path) -> BaseFileLock:
    # Never a "soft" lock: a file that only exists goes stale when the process is killed.
    return FileLock(_lock_file(store), mode=0o600, fallback_to_soft=False)


def _lock_file(store: Path) -> Path:
    return store.with_name(store.name + ".lock")


def _holder_file(store: Path) -> Path:
    return store.with_name(store.name + ".running.json")


def _read_holder(store: Path) -> Holder | None:
    try:
        found = json.loads(read_file(_holder_file(store), _MAX_HOLDER))
        return Holder(int(found["pid"]), str(found["since"]), str(found["command"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _running(holder: Holder | None) -> ImportRunning:
    if holder is None:
        return ImportRunning("Another import is running on this store.")
    since = holder.since.replace("T", " ").replace("Z", " UTC")
    return ImportRunning(
        f"Another import has been running since {since}: {holder.command} (process {holder.pid}). Nothing was done."
    )
