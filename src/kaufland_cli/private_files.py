"""Files and folders that only their owner may read: modes on POSIX, the user's own folder and its ACL on Windows.

What root writes in somebody else's folder (sudo, or a schedule of the system for a user) belongs to that user, who
could not read it otherwise.
"""

import errno
import getpass
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def make_private_folder(folder: Path) -> None:
    """Create the folder with its parents; what is created here is readable by its owner only."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        _give(path, path.parent)


def create_private_file(path: Path) -> None:
    """Create an empty file that is private from its first byte; leave an existing one alone."""
    make_private_folder(path.parent)
    is_new = not path.exists()
    flags = os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(path, flags, FILE_MODE)
    try:
        if is_new:
            _give(handle, path.parent)
    finally:
        os.close(handle)


def write_private_file(path: Path, content: bytes) -> None:
    """Write the whole file or nothing: a temporary private file beside it, then one rename. Follows a symbolic link."""
    target = path.resolve() if path.is_symlink() else path
    with _written_beside(target, content) as temporary:
        temporary.replace(target)


def write_new_private_file(path: Path, content: bytes) -> bool:
    """Write the whole file or nothing, and never over another: return False where there is one of that name."""
    with _written_beside(path, content) as temporary:
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
            if path.exists():  # FAT and some network drives leave no better way
                return False
            temporary.replace(path)
        return True


def sync_folder(folder: Path) -> None:
    """Make sure that names given in this folder are there after a power loss too; Windows does so by itself."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _written_beside(target: Path, content: bytes) -> Iterator[Path]:
    """Hand out a temporary private file with this content, on the disk already; it is gone afterwards."""
    make_private_folder(target.parent)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # mkstemp creates with 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            _give(handle, target if target.exists() else target.parent)
            file.flush()
            os.fsync(file.fileno())
        if sys.platform == "win32":
            restrict_to_owner(temporary)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _give(created: Path | int, as_that: Path) -> None:
    """Let what root has just created belong to the owner of that file or folder; some network drives forbid it."""
    if sys.platform == "win32" or os.geteuid():
        return
    with suppress(OSError):
        owner = as_that.stat()
        if isinstance(created, int):
            os.fchown(created, owner.st_uid, owner.st_gid)
        else:
            os.lchown(created, owner.st_uid, owner.st_gid)


def restrict_to_owner(path: Path) -> None:
    """Take away everybody else's rights on an existing file."""
    if sys.platform == "win32":
        icacls = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "icacls.exe"
        command = [str(icacls), str(path), "/inheritance:r", "/grant:r", f"{getpass.getuser()}:F"]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    else:
        path.chmod(FILE_MODE)


def others_may_read(path: Path) -> bool:
    """Tell whether anyone but the owner can read or write the file; on Windows the folder's ACL decides: False."""
    if sys.platform == "win32":
        return False
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
