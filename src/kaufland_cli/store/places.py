"""Where the things lie that belong to a store: its copies, halves of them, and SQLite's own files."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

FILES_OF_SQLITE: Final = ("-wal", "-shm", "-journal")
"""Files that SQLite puts next to a database in use, or leaves when a process is killed."""

SET_ASIDE: Final = ".damaged"
"""The end of the name of a damaged store that was moved among the copies."""


def backup_folder(store: Path) -> Path:
    """Return the folder of the copies."""
    return store.parent / "backups"


def dated_copy(folder: Path, store: Path, now: datetime, ending: str = "") -> Path:
    """Return the name of a copy made now, in that folder: of the first second, from this one on, that none has yet."""
    while True:
        named = folder / f"{store.stem}-{now:%Y%m%dT%H%M%S}Z{store.suffix}{ending}"
        if not named.exists():
            return named
        now += timedelta(seconds=1)


def backups_beside(store: Path) -> list[Path]:
    """Return the copies of this store in their folder, the newest first. Raises OSError."""
    folder = backup_folder(store)
    name = re.compile(rf"{re.escape(store.stem)}-(version-\d+-)?\d{{8}}T\d+Z{re.escape(store.suffix)}")
    found = [path for path in folder.iterdir() if name.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def all_copies_beside(store: Path) -> list[Path]:
    """Return every file that may hold what the store held, whole, damaged or half: the newest copy first.

    Raises OSError.
    """
    copies = backups_beside(store)
    logs = [log for copy in copies for log in beside(copy)]
    return [*copies, *logs, *set_aside_beside(store), *unfinished_beside(store)]


def set_aside_beside(store: Path) -> list[Path]:
    """Return the damaged stores that were moved among the copies, with SQLite's own files of them. Raises OSError."""
    folder = backup_folder(store)
    name = re.compile(
        rf"{re.escape(store.stem)}-\d{{8}}T\d+Z{re.escape(store.suffix + SET_ASIDE)}({'|'.join(FILES_OF_SQLITE)})?"
    )
    return sorted(path for path in folder.iterdir() if name.fullmatch(path.name)) if folder.is_dir() else []


def unfinished_file(target: Path) -> Path:
    """Return where a copy is made that is meant for that place."""
    return target.with_name(f".{target.name}.unfinished")


def unfinished_beside(store: Path) -> list[Path]:
    """Return unfinished copies left by killed processes, next to the store and among the backups. Raises OSError."""
    found: list[Path] = []
    for folder, start in ((store.parent, store.name), (backup_folder(store), f"{store.stem}-")):
        if folder.is_dir():
            found += sorted(
                one for one in folder.iterdir() if one.name.startswith(f".{start}") and ".unfinished" in one.name
            )
    return found


def beside(store: Path) -> list[Path]:
    """Return the existing files of SQLite next to a store."""
    return [one for end in FILES_OF_SQLITE if (one := store.with_name(store.name + end)).exists()]
