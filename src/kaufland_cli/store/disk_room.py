"""Room on the disk of the store, of which a little is reserved for the day when the disk is full.

Even deleting goes through SQLite's write-ahead log, which takes room before any becomes free. So a file next to the
store holds enough room for `log clear` and `log prune`, which delete that file if they meet a full disk. See
docs/decisions/0008.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from kaufland_cli.files import remove_written_file, write_private_file

RESERVE_BYTES: Final = 1024 * 1024
SCARCE_BYTES: Final = 64 * RESERVE_BYTES
"""With less room than this on the disk, nothing is reserved, and the write-ahead log is kept short."""


def reserve_file(store: Path) -> Path:
    """Return the path of the reserve."""
    return store.with_name(f"{store.name}.reserve")


def disk_free(folder: Path) -> int:
    """Return the free bytes on the disk of this folder; 0 if they are unknown."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def keep_reserve(store: Path) -> None:
    """Make the reserve if it is missing and the disk has plenty of room; a failure is ignored."""
    file = reserve_file(store)
    with suppress(OSError):
        if not os.path.lexists(file) and disk_free(store.parent) >= SCARCE_BYTES:
            write_private_file(file, os.urandom(RESERVE_BYTES))  # of zeros, some file systems would store nothing


def give_up_reserve(store: Path) -> bool:
    """Delete the reserve; return whether that freed any room."""
    try:
        return remove_written_file(reserve_file(store))
    except OSError:
        return False
