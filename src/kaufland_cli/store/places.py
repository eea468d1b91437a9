"""Paths of the files that belong to a store: its copies, unfinished copies, and SQLite's own files."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

FILES_OF_SQLITE: Final = ("-wal", "-shm", "-journal")
"""Files that SQLite puts next to a database in use, or leaves when a process is killed."""

SET_ASIDE: Final = ".damaged"
"""Suffix of a damaged store that was moved to the backups folder."""


def backup_folder(store: Path) -> Path:
    """Return the folder for copies of this store."""
    return store.parent / "backups"


def dated_copy(folder: Path, store: Path, now: datetime, ending: str = "") -> Path:
    """Return the path for a copy made now, named by the second; a later second if that name is taken."""
    while True:
        named = folder / f"{store.stem}-{now:%Y%m%dT%H%M%S}Z{store.suffix}{ending}"
        if not named.exists():
            return named
        now += timedelta(seconds=1)


def backups_of(store: Path) -> list[Path]:
    """Return the copies of this store in its backups folder, newest first. Raises OSError."""
    folder = backup_folder(store)
    name = re.compile(rf"{re.escape(store.stem)}-(version-\d+-)?\d{{8}}T\d+Z{re.escape(store.suffix)}")
    found = [path for path in folder.iterdir() if name.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def all_copies_of(store: Path) -> list[Path]:
    """Return every file that may contain data of the store: copies, damaged stores and unfinished copies.

    Newest copy first. Raises OSError.
    """
    copies = backups_of(store)
    logs = [log for copy in copies for log in sqlite_files_of(copy)]
    return [*copies, *logs, *set_aside_files_of(store), *unfinished_copies_of(store)]


def set_aside_files_of(store: Path) -> list[Path]:
    """Return the damaged stores that were moved to the backups folder, with their SQLite files. Raises OSError."""
    folder = backup_folder(store)
    name = re.compile(
        rf"{re.escape(store.stem)}-\d{{8}}T\d+Z{re.escape(store.suffix + SET_ASIDE)}({'|'.join(FILES_OF_SQLITE)})?"
    )
    return sorted(path for path in folder.iterdir() if name.fullmatch(path.name)) if folder.is_dir() else []


def unfinished_file(target: Path) -> Path:
    """Return the path where a copy is written before it is renamed to `target`."""
    return target.with_name(f".{target.name}.unfinished")


def unfinished_copies_of(store: Path) -> list[Path]:
    """Return unfinished copies left by killed processes, next to the store and in its backups. Raises OSError."""
    found: list[Path] = []
    for folder, start in ((store.parent, store.name), (backup_folder(store), f"{store.stem}-")):
        if folder.is_dir():
            found += sorted(
                one for one in folder.iterdir() if one.name.startswith(f".{start}") and ".unfinished" in one.name
            )
    return found


def sqlite_files_of(store: Path) -> list[Path]:
    """Return the existing SQLite files next to a store."""
    return [one for end in FILES_OF_SQLITE if (one := store.with_name(store.name + end)).exists()]
