"""Whether a path names a regular file that this program may read or replace, and whether a name is portable."""

import errno
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from kaufland_cli.errors import reason_of

_KINDS: Final = (
    (stat.S_ISDIR, "is a folder, not a file"),
    (stat.S_ISLNK, "is a symbolic link, which is not followed here"),
    (stat.S_ISFIFO, "is a named pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)

# Windows opens a device for these names in any folder, with any suffix, in capital or small letters.
_DEVICE: Final = r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(\..*)?"


class UnfitFile(OSError):
    """The path cannot be used as a file of this program; `reason` (and `strerror`) says why: "is a named pipe"."""

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(errno.EPERM, reason, str(path))
        self.reason = reason


def fault_of(error: BaseException, failed: str) -> str:
    """Return what is wrong with a file, as the rest of a sentence that begins with its path.

    `is a folder, not a file`, or what failed and why: `cannot be written: No space left on device`.
    """
    return error.reason if isinstance(error, UnfitFile) else f"{failed}: {reason_of(error)}"


def refuse_unfit(path: Path) -> None:
    """Raise `UnfitFile` unless the file is regular and owned by a trusted user, or does not exist.

    For files that another library opens by name, such as a database.
    """
    if (found := status_without_following(path)) is not None:
        refuse_kind(found, path)
        refuse_planted(found, path)


def others_may_read(path: Path) -> bool:
    """Return whether anyone but the owner can read or write the file; always False on Windows, where ACLs decide."""
    if sys.platform == "win32":
        return False
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def folder_open_to_all(path: Path) -> Path | None:
    """Return the folder on the path in which everyone can swap names, or None.

    In a folder with the sticky bit, such as `/tmp`, only the owner of a file can.
    """
    if sys.platform == "win32":
        return None
    for folder in (path, *path.parents):
        with suppress(OSError):
            mode = folder.stat().st_mode
            if stat.S_ISDIR(mode) and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                return folder
    return None


def is_portable_name(name: str) -> bool:
    """Return whether a file can have this name on Windows too: not a device, no trailing dot or space."""
    return re.fullmatch(_DEVICE, name) is None and not name.endswith((".", " "))


def is_same_file(one: Path, other: Path) -> bool:
    """Return whether both paths lead to the same file, which need not exist."""
    return os.path.realpath(one) == os.path.realpath(other)


def replaceable(path: Path) -> os.stat_result | None:
    """Return the status of the file to replace; None if there is none. Raises `UnfitFile` if it may not be replaced."""
    found = status_without_following(path)
    if found is None:
        return None
    refuse_planted(found, path)
    if stat.S_ISLNK(found.st_mode):
        return None  # the user's own link; a rename replaces it without following it
    refuse_kind(found, path)
    return found


def followed(path: Path, *, writing: bool) -> Path:
    """Return the target of a link, or the path itself. Raises `UnfitFile`.

    A user's link may lead to another file of that user. It may lead to a file of root only for reading, so that nobody
    can make root overwrite its own files.
    """
    link = status_without_following(path)
    if link is None or not stat.S_ISLNK(link.st_mode):
        return path
    refuse_planted(link, path)
    target = Path(os.path.realpath(path))
    found = status_without_following(target)
    if found is None:
        if writing and _user_id() != link.st_uid:
            raise UnfitFile("is another user's link to a file that is not there", path)
        return target
    if stat.S_ISLNK(found.st_mode):
        raise UnfitFile("cannot be used: its symbolic links form a loop", path)
    refuse_kind(found, path)
    if sys.platform != "win32" and link.st_uid not in {0, found.st_uid}:
        readable = found.st_uid == 0 and (os.geteuid() != 0 or found.st_mode & stat.S_IROTH)
        if writing or not readable:
            raise UnfitFile("is a link to another user's file", path)
    return target


def status_without_following(path: Path) -> os.stat_result | None:
    """Return the status of the path without following a link; None if it does not exist."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None
    except ValueError:
        raise UnfitFile("is not a valid path", path) from None


def refuse_kind(found: os.stat_result, path: Path) -> None:
    """Raise `UnfitFile` unless it is a regular file."""
    if stat.S_ISREG(found.st_mode):
        return
    raise UnfitFile(next((words for is_one, words in _KINDS if is_one(found.st_mode)), "is not a regular file"), path)


def refuse_planted(found: os.stat_result, path: Path) -> None:
    """Raise `UnfitFile` for a file of another user in a folder that everyone may write to."""
    if sys.platform == "win32":
        return
    folder = path.parent.stat()
    if folder.st_mode & stat.S_IWOTH and found.st_uid not in {os.geteuid(), folder.st_uid, 0}:
        raise UnfitFile(f"belongs to another user, and everyone may write to the folder {path.parent}", path)


def _user_id() -> int:
    if sys.platform == "win32":
        return 0
    return os.geteuid()
