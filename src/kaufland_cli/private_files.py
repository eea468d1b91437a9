"""Files and folders that only their owner may read: modes on POSIX, the user's own folder and its ACL on Windows."""

import getpass
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private_folder(folder: Path) -> None:
    """Create the folder with its parents; what is created here is readable by its owner only."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)


def create_private_file(path: Path) -> None:
    """Create an empty file that is private from its first byte; leave an existing one alone."""
    make_private_folder(path.parent)
    flags = os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
    os.close(os.open(path, flags, FILE_MODE))


def write_private_file(path: Path, content: bytes) -> None:
    """Write the whole file or nothing: a temporary private file beside it, then one rename. Follows a symbolic link."""
    target = path.resolve() if path.is_symlink() else path
    make_private_folder(target.parent)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # mkstemp creates with 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if sys.platform == "win32":
            restrict_to_owner(temporary)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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
