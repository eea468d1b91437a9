"""One process at a time inside a folder, for what is read, changed and written back."""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kaufland_cli.files.writing import make_private_folder

LOCK_SECONDS: Final = 10.0


class LockHeld(OSError):
    """Another process keeps the lock for longer than any change takes."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EAGAIN, "another kaufland command is changing it", str(path))


@contextmanager
def folder_lock(folder: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Let no other process of this program be inside for the same folder, which is created if need be.

    It is the folder itself that is locked, so nothing is left behind; a folder that was created and stays empty goes.
    Raises `LockHeld` after that time, and `OSError` where the folder cannot be made.
    """
    created, end = not folder.exists(), time.monotonic() + seconds
    while True:
        make_private_folder(folder)
        if (handle := _locked(folder)) is not None:
            break
        if time.monotonic() > end:
            raise LockHeld(folder)
        time.sleep(0.02)
    try:
        yield
    finally:
        if sys.platform == "win32":  # the lock file has to be gone from the folder first
            os.close(handle)
        if created:
            with suppress(OSError):  # something lies in it
                folder.rmdir()
        if sys.platform != "win32":
            os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _locked(folder: Path) -> int | None:
        """Return a lock file in the folder, since folders cannot be locked there; it goes when it is closed."""
        try:
            handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_TEMPORARY | os.O_NOINHERIT)
        except PermissionError:  # another process holds it, or lets it go at this moment
            return None
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            os.close(handle)
            return None
        return handle
else:
    import fcntl

    def _locked(folder: Path) -> int | None:
        """Return the folder with a lock on it; None where another process has it."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), folder.stat()):  # not one that was deleted meanwhile
                return handle
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError:  # some network drives cannot lock a folder; then nobody can wait for it
            return handle
        os.close(handle)
        return None
