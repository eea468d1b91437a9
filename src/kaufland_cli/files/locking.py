"""Lets one process at a time into a folder, to read, change and write back a file."""

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
    """Another process has held the lock for longer than any change takes."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EAGAIN, "another kaufland command is changing it", str(path))


@contextmanager
def folder_lock(folder: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Keep other processes of this program out of the folder, which is created if it does not exist.

    The folder itself is locked, so no lock file is left; a folder created here is removed if it stays empty. Raises
    `LockHeld` after `seconds`, and `OSError` if the folder cannot be created.
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
        if sys.platform == "win32":  # the lock file must be gone before the folder is removed
            os.close(handle)
        if created:
            with suppress(OSError):  # it is not empty
                folder.rmdir()
        if sys.platform != "win32":
            os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _locked(folder: Path) -> int | None:
        """Return a locked file in the folder, since Windows cannot lock folders; it is deleted when it is closed."""
        try:
            handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_TEMPORARY | os.O_NOINHERIT)
        except PermissionError:  # another process holds it or is just releasing it
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
        """Return a handle of the locked folder; None if another process has locked it."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), folder.stat()):  # not one that was deleted in the meantime
                return handle
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError:  # some network drives cannot lock a folder; go on without a lock
            return handle
        os.close(handle)
        return None
