"""Writes files completely or not at all; private files are private from their first byte.

Every function that writes, reads or removes such a file first removes what killed writers left behind.

Privacy comes from file modes on POSIX, and from the ACL of the user's folder on Windows. A file that root writes in
another user's folder (sudo, or a system schedule for a user) is given to that user, who could not read it otherwise.
"""

import errno
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final

from kaufland_cli.files.fitness import UnfitFile, followed, replaceable
from kaufland_cli.files.reading import SAFE_FLAGS, open_file, read_file

if sys.platform != "win32":
    import fcntl

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
PUBLIC_MODE: Final = 0o644
"""For files that other programs read: the scheduler, a metrics collector."""
_UNFINISHED: Final = ".part"
_RANDOM_LETTERS: Final = 8
"""The number of random characters in names of `tempfile`."""
_MAX_WRITING: Final = 600.0
"""Seconds. Without a lock, a temporary file counts as abandoned only after this time."""
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def make_private_folder(folder: Path) -> None:
    """Create the folder and its parents; the new ones are readable only by their owner."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        _give_to_owner(path, path.parent)


def create_private_file(path: Path) -> None:
    """Create an empty private file; keep an existing one. Raises `UnfitFile` if that is not a regular file."""
    make_private_folder(path.parent)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | SAFE_FLAGS, FILE_MODE)
    except FileExistsError:
        os.close(open_file(path, os.O_RDWR))
        return
    try:
        _give_to_owner(handle, path.parent)
    finally:
        os.close(handle)


def write_private_file(path: Path, content: bytes, *, follow_link: bool = False) -> None:
    """Write a file completely or not at all, readable only by its owner.

    With `follow_link`, the target of a link is written; otherwise the file replaces the link. Raises `UnfitFile` if the
    path is not a regular file or belongs to another user.
    """
    target = followed(path, writing=True) if follow_link else path
    make_private_folder(target.parent)
    with _temporary_file(target, content, FILE_MODE) as temporary:
        temporary.replace(target)


def write_public_file(path: Path, content: bytes, mode: int = PUBLIC_MODE) -> None:
    """Write a file that other programs read, completely or not at all, into an existing folder."""
    with _temporary_file(path, content, mode) as temporary:
        temporary.replace(path)


@contextmanager
def scratch_folder(target: Path) -> Iterator[Path]:
    """Yield a private folder next to a file, for what a library writes on the way to it; gone afterwards.

    If the process is killed, the next writer of the file removes the folder. Raises OSError.
    """
    target = followed(target, writing=True)
    make_private_folder(target.parent)
    with _temporary_file(target, b"", FILE_MODE) as temporary:
        folder = _scratch_of(temporary)
        folder.mkdir(FOLDER_MODE)
        try:
            _give_to_owner(folder, target.parent)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _scratch_of(temporary: Path) -> Path:
    """Return the folder that goes with a temporary file, whose lock tells whether both are in use."""
    return temporary.with_name(f"{temporary.name}.files")


def write_new_private_file(path: Path, content: bytes) -> bool:
    """Write a private file completely or not at all; return False if the path already exists."""
    make_private_folder(path.parent)
    with _temporary_file(path, content, FILE_MODE, replacing=False) as temporary:
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
            if os.path.lexists(path):  # FAT and some network drives offer nothing better
                return False
            temporary.replace(path)
        return True


def read_written_file(path: Path, max_bytes: int, *, follow_link: bool = False) -> bytes:
    """Read a file that this program writes, after removing what killed writers left. Raises as `read_file`."""
    clear_unfinished(Path(os.path.realpath(path)) if follow_link else path)
    return read_file(path, max_bytes, follow_link=follow_link)


def remove_written_file(path: Path) -> bool:
    """Remove a file that this program writes, and what killed writers left; return whether it existed."""
    clear_unfinished(path)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def overwrite_in_place(path: Path, content: bytes) -> None:
    """Overwrite a file in place, for a full disk; a crash may leave it half written."""
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


def move_into(path: Path, folder: Path, name: str) -> Path:
    """Move a file into a folder beside it, made if need be, and return where it is; none there is ever replaced."""
    folder.mkdir(exist_ok=True)
    stem, dot, suffix = name.partition(".")
    for number in itertools.count(1):
        place = folder / (name if number == 1 else f"{stem}-{number}{dot}{suffix}")
        if not place.exists():
            break
    path.rename(place)
    return place


def sync_file(path: Path) -> None:
    """Make sure that the content of a file survives a power loss."""
    handle = open_file(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make sure that new names in this folder survive a power loss; Windows does so by itself."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def clear_unfinished(path: Path) -> list[Path]:
    """Remove the temporary files that killed writers of this file left, and return their paths."""
    cleared = []
    for left in unfinished(path):
        with suppress(OSError):
            if _remove_abandoned(left):
                cleared.append(left)
    return cleared


def unfinished(path: Path) -> list[Path]:
    """Return the temporary files of this file: being written now, or left by killed processes."""
    start = f".{path.name}."
    length = len(start) + _RANDOM_LETTERS + len(_UNFINISHED)
    try:
        with os.scandir(path.parent) as found:  # the folder may be large: no `Path` for each of its files
            names = [one.name for one in found if one.name.startswith(start)]
    except (OSError, ValueError):
        return []
    return [path.parent / name for name in names if name.endswith(_UNFINISHED) and len(name) == length]


def restrict_to_owner(path: Path) -> None:
    """Remove everybody else's rights to an existing file. Raises OSError."""
    if sys.platform == "win32":
        try:
            words = icacls_words(path, _sid_of_user())
            subprocess.run([_system_program("icacls.exe"), *words], check=True, capture_output=True, timeout=30)
        except subprocess.SubprocessError:
            raise OSError(errno.EPERM, "its permissions cannot be set", str(path)) from None
    else:
        path.chmod(FILE_MODE)


def icacls_words(path: Path, sid: str) -> list[str]:
    """Return the arguments of icacls that leave the file to one user alone, named by a security identifier.

    A name would be looked up, and may be that of another account: of the domain, or of the machine.
    """
    return [str(path), "/inheritance:r", "/grant:r", f"*{sid}:F"]


def sid_in(printed: bytes) -> str:
    """Return the security identifier from what `whoami /user /fo csv /nh` printed. Raises OSError without one."""
    if found := re.search(rb'"(S-1-[0-9-]+)"\s*$', printed):
        return found[1].decode("ascii")
    raise OSError(errno.EPERM, "Windows does not say who the user is")


@cache
def _sid_of_user() -> str:
    words = [_system_program("whoami.exe"), "/user", "/fo", "csv", "/nh"]
    return sid_in(subprocess.run(words, check=True, capture_output=True, timeout=30).stdout)


def _system_program(name: str) -> str:
    return str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / name)


@contextmanager
def _temporary_file(target: Path, content: bytes, mode: int, *, replacing: bool = True) -> Iterator[Path]:
    """Yield a temporary file with this content, already on disk; it is gone afterwards.

    What killed writers of the same file left is removed first. The writer holds a lock on its temporary file, so that
    others can tell whether it is still alive.
    """
    clear_unfinished(target)
    present = replaceable(target) if replacing else None
    handle, temporary = _new_unfinished(target)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            _give_to_owner(handle, present or target.parent)
            if mode != FILE_MODE:
                temporary.chmod(mode)
            file.flush()
            os.fsync(handle)
            if sys.platform != "win32":
                yield temporary
        if sys.platform == "win32":  # Windows cannot rename an open file
            if mode == FILE_MODE:
                restrict_to_owner(temporary)
            yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _new_unfinished(target: Path) -> tuple[int, Path]:
    """Create a locked temporary file and return its handle and path."""
    while True:
        handle, name = tempfile.mkstemp(_UNFINISHED, f".{target.name}.", target.parent)  # with mode 0600
        if _lock(handle) is not False and (sys.platform == "win32" or os.fstat(handle).st_nlink):
            return handle, Path(name)
        os.close(handle)  # before it was locked, another process removed it as abandoned


def _remove_abandoned(left: Path) -> bool:
    """Remove a temporary file if its writer is gone; return whether it was."""
    handle = open_file(left, os.O_RDWR)  # NFS can lock only files that are open for writing
    try:
        unlocked = _lock(handle)
        abandoned = time.time() - os.fstat(handle).st_mtime > _MAX_WRITING if unlocked is None else unlocked
        if abandoned:
            shutil.rmtree(_scratch_of(left), ignore_errors=True)
        if abandoned and sys.platform != "win32":
            left.unlink()
    finally:
        os.close(handle)
    if abandoned and sys.platform == "win32":  # Windows cannot remove an open file
        left.unlink()
    return abandoned


def _lock(handle: int) -> bool | None:
    """Lock an open file until it is closed; return False if another process has it locked, None without locks."""
    if sys.platform != "win32":  # there the writer has to close the file before renaming it
        with suppress(OSError):  # some network drives have no locks
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True
    return None


def _give_to_owner(created: Path | int, as_that: Path | os.stat_result) -> None:
    """Give what root has just created to the owner of `as_that`; some network drives forbid it."""
    if sys.platform == "win32" or os.geteuid():
        return
    with suppress(OSError):
        owner = as_that if isinstance(as_that, os.stat_result) else as_that.stat()
        if isinstance(created, int):
            os.fchown(created, owner.st_uid, owner.st_gid)
        else:
            os.lchown(created, owner.st_uid, owner.st_gid)
