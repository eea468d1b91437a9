"""Writes files whole or not at all, the private ones private from their first byte.

Whoever writes, reads or removes such a file first clears away what writers of it left that were killed; so the next
command does, also where the content does not change.

Modes on POSIX, the user's own folder and its ACL on Windows. What root writes in somebody else's folder (sudo, or a
schedule of the system for a user) belongs to that user, who could not read it otherwise.
"""

import errno
import getpass
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kaufland_cli.files.fitness import UnfitFile, followed, replaceable
from kaufland_cli.files.reading import SAFELY, open_file, read_file

if sys.platform != "win32":
    import fcntl

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
PUBLIC_MODE: Final = 0o644
"""Of what another program reads: the system's scheduler, a collector of metrics."""
_UNFINISHED: Final = ".part"
_RANDOM_LETTERS: Final = 8
"""In the names that `tempfile` makes up."""
_MAX_WRITING: Final = 600.0
"""Seconds. Where no lock tells whether a writer still lives, its file counts as left only when it is older."""
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def make_private_folder(folder: Path) -> None:
    """Create the folder with its parents; what is created here is readable by its owner only."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        _give(path, path.parent)


def create_private_file(path: Path) -> None:
    """Create an empty file that is private from its first byte; leave an existing one alone if it is fit."""
    make_private_folder(path.parent)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | SAFELY, FILE_MODE)
    except FileExistsError:
        os.close(open_file(path, os.O_RDWR))
        return
    try:
        _give(handle, path.parent)
    finally:
        os.close(handle)


def write_private_file(path: Path, content: bytes, *, follow_link: bool = False) -> None:
    """Write the whole file or nothing, for its owner alone.

    Where a link is followed, the file that it names is written; else the file takes the link's place.
    Raises `UnfitFile` where something else than a file is there or it is another user's.
    """
    target = followed(path, writing=True) if follow_link else path
    make_private_folder(target.parent)
    with _written_beside(target, content, FILE_MODE) as temporary:
        temporary.replace(target)


def write_public_file(path: Path, content: bytes, mode: int = PUBLIC_MODE) -> None:
    """Write a file that other programs read, whole or not at all, into a folder that is there."""
    with _written_beside(path, content, mode) as temporary:
        temporary.replace(path)


def write_new_private_file(path: Path, content: bytes) -> bool:
    """Write the whole file or nothing, and never over another: return False where there is one of that name."""
    make_private_folder(path.parent)
    with _written_beside(path, content, FILE_MODE, replacing=False) as temporary:
        try:
            if sys.platform == "win32":
                temporary.rename(path)
            else:
                os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            if os.path.lexists(path):  # FAT and some network drives leave no better way
                return False
            temporary.replace(path)
        return True


def read_written_file(path: Path, most: int, *, follow_link: bool = False) -> bytes:
    """Read a file that this program writes, and clear away what killed writers of it left. Raises as `read_file`."""
    clear_unfinished(Path(os.path.realpath(path)) if follow_link else path)
    return read_file(path, most, follow_link=follow_link)


def remove_written_file(path: Path) -> bool:
    """Remove a file that this program writes, with what killed writers of it left; tell whether there was one."""
    clear_unfinished(path)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def overwrite_in_place(path: Path, content: bytes) -> None:
    """Write over a file where it lies, for a disk that has no room for another; half of it may be written."""
    handle = open_file(path, os.O_RDWR)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        if os.fstat(handle).st_nlink > 1:
            raise UnfitFile("has a second name, so writing it would change another file", path)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        left = content.ljust(size)
        while left:
            left = left[file.write(left) :]
        os.fsync(handle)


def sync_file(path: Path) -> None:
    """Make sure that the content of a file is there after a power loss too."""
    handle = open_file(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make sure that names given in this folder are there after a power loss too; Windows does so by itself."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def clear_unfinished(path: Path) -> list[Path]:
    """Remove what processes left that were killed while they wrote this file, and return it; what lives stays."""
    cleared = []
    for left in unfinished(path):
        with suppress(OSError):
            if _remove_abandoned(left):
                cleared.append(left)
    return cleared


def unfinished(path: Path) -> list[Path]:
    """Return halves of this file, being written now or left by processes that were killed."""
    start = f".{path.name}."
    length = len(start) + _RANDOM_LETTERS + len(_UNFINISHED)
    try:
        with os.scandir(path.parent) as found:  # the folder may be a large one: no `Path` for each file in it
            names = [one.name for one in found if one.name.startswith(start)]
    except (OSError, ValueError):
        return []
    return [path.parent / name for name in names if name.endswith(_UNFINISHED) and len(name) == length]


def restrict_to_owner(path: Path) -> None:
    """Take away everybody else's rights on an existing file."""
    if sys.platform == "win32":
        icacls = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "icacls.exe"
        command = [str(icacls), str(path), "/inheritance:r", "/grant:r", f"{getpass.getuser()}:F"]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    else:
        path.chmod(FILE_MODE)


@contextmanager
def _written_beside(target: Path, content: bytes, mode: int, *, replacing: bool = True) -> Iterator[Path]:
    """Hand out a temporary file with this content, on the disk already; it is gone afterwards.

    What killed writers of the same file left goes first. Its writer holds a lock on it, so that others can tell whether
    the writer still lives.
    """
    clear_unfinished(target)
    present = replaceable(target) if replacing else None
    handle, temporary = _new_unfinished(target)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            _give(handle, present or target.parent)
            if mode != FILE_MODE:
                temporary.chmod(mode)
            file.flush()
            os.fsync(handle)
            if sys.platform != "win32":
                yield temporary
        if sys.platform == "win32":  # an open file cannot be renamed there
            if mode == FILE_MODE:
                restrict_to_owner(temporary)
            yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _new_unfinished(target: Path) -> tuple[int, Path]:
    """Return a new temporary file for this one, with a lock on it."""
    while True:
        handle, name = tempfile.mkstemp(_UNFINISHED, f".{target.name}.", target.parent)  # created with 0600
        if _lock(handle) is not False and (sys.platform == "win32" or os.fstat(handle).st_nlink):
            return handle, Path(name)
        os.close(handle)  # another process took it for an abandoned one before it was locked


def _remove_abandoned(left: Path) -> bool:
    """Remove a temporary file that nobody writes any more; tell whether it was one."""
    handle = open_file(left, os.O_RDWR)  # over NFS only what may be written can be locked
    try:
        unlocked = _lock(handle)
        abandoned = time.time() - os.fstat(handle).st_mtime > _MAX_WRITING if unlocked is None else unlocked
        if abandoned and sys.platform != "win32":
            left.unlink()
    finally:
        os.close(handle)
    if abandoned and sys.platform == "win32":  # an open file cannot be removed there
        left.unlink()
    return abandoned


def _lock(handle: int) -> bool | None:
    """Lock an open file until it is closed; tell whether nobody else has locked it, None where no lock can tell."""
    if sys.platform == "win32":
        return None  # its writer has to close it before it is renamed
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network drives know no locks
        return None
    return True


def _give(created: Path | int, as_that: Path | os.stat_result) -> None:
    """Let what root has just created belong to the owner of that file or folder; some network drives forbid it."""
    if sys.platform == "win32" or os.geteuid():
        return
    with suppress(OSError):
        owner = as_that if isinstance(as_that, os.stat_result) else as_that.stat()
        if isinstance(created, int):
            os.fchown(created, owner.st_uid, owner.st_gid)
        else:
            os.lchown(created, owner.st_uid, owner.st_gid)
