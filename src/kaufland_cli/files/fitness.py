"""What lies under a name, and whether this program may read it or take its place."""

import errno
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_KINDS: Final = (
    (stat.S_ISDIR, "is a folder, not a file"),
    (stat.S_ISLNK, "is a symbolic link, and none is followed here"),
    (stat.S_ISFIFO, "is a named pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)

# Windows opens a device instead, whatever folder and ending the name has, and in capitals or not.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(\..*)?", re.IGNORECASE)


class UnfitFile(OSError):
    """What lies there cannot be a file of this program; `reason` (and `strerror`) says why: "is a named pipe"."""

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(errno.EPERM, reason, str(path))
        self.reason = reason


def refuse_unfit(path: Path) -> None:
    """Raise `UnfitFile` unless the file is regular and of somebody who may decide over it, or not there at all.

    For what another library opens by its name, such as a database.
    """
    if (found := looked_at(path)) is not None:
        refuse_kind(found, path)
        refuse_planted(found, path)


def others_may_read(path: Path) -> bool:
    """Tell whether anyone but the owner can read or write the file; on Windows the folder's ACL decides: False."""
    if sys.platform == "win32":
        return False
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def folder_open_to_all(path: Path) -> Path | None:
    """Return the folder on the way to this file or folder in which everybody can swap names, or None.

    Where a folder has the sticky bit, as `/tmp` has, only the owner of a file can.
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
    """Tell whether Windows too would make a file or folder of just this name: no device, no dot or blank at its end."""
    return _DEVICE.fullmatch(name) is None and not name.endswith((".", " "))


def is_same_file(one: Path, other: Path) -> bool:
    """Tell whether both names lead to one file, which need not be there."""
    return os.path.realpath(one) == os.path.realpath(other)


def replaceable(path: Path) -> os.stat_result | None:
    """Return the file whose place another one may take; None where there is none. Raises `UnfitFile`."""
    found = looked_at(path)
    if found is None:
        return None
    refuse_planted(found, path)
    if stat.S_ISLNK(found.st_mode):
        return None  # the user's own link, which a rename replaces without following it
    refuse_kind(found, path)
    return found


def followed(path: Path, *, writing: bool) -> Path:
    """Return the file that a link leads to, or the path itself. Raises `UnfitFile`.

    A link of the user's may lead to another file of the same user; one to a file of root's only in reading, so that
    root, working in somebody's folder, is not led to files of its own.
    """
    link = looked_at(path)
    if link is None or not stat.S_ISLNK(link.st_mode):
        return path
    refuse_planted(link, path)
    target = Path(os.path.realpath(path))
    found = looked_at(target)
    if found is None:
        if writing and _who() != link.st_uid:
            raise UnfitFile("is another user's link to a file that is not there", path)
        return target
    if stat.S_ISLNK(found.st_mode):
        raise UnfitFile("cannot be used: its symbolic links go round in a circle", path)
    refuse_kind(found, path)
    if sys.platform != "win32" and link.st_uid not in {0, found.st_uid}:
        readable = found.st_uid == 0 and (os.geteuid() != 0 or found.st_mode & stat.S_IROTH)
        if writing or not readable:
            raise UnfitFile("is a link to another user's file", path)
    return target


def looked_at(path: Path) -> os.stat_result | None:
    """Return what lies there, without following a link; None where nothing does."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None
    except ValueError:
        raise UnfitFile("is not a possible path", path) from None


def refuse_kind(found: os.stat_result, path: Path) -> None:
    """Raise `UnfitFile` where it is not a regular file."""
    if stat.S_ISREG(found.st_mode):
        return
    raise UnfitFile(next((words for is_one, words in _KINDS if is_one(found.st_mode)), "is not a regular file"), path)


def refuse_planted(found: os.stat_result, path: Path) -> None:
    """Refuse what another user may have put into a folder that everybody can write to."""
    if sys.platform == "win32":
        return
    folder = path.parent.stat()
    if folder.st_mode & stat.S_IWOTH and found.st_uid not in {os.geteuid(), folder.st_uid, 0}:
        raise UnfitFile(f"belongs to another user, and everybody may write to the folder {path.parent}", path)


def _who() -> int:
    return 0 if sys.platform == "win32" else os.geteuid()
