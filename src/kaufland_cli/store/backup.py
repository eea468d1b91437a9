"""Copies of the whole store, made while it is in use: whole and sound, or not at all."""

import os
import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from kaufland_cli.errors import StoreDamaged
from kaufland_cli.files import create_private_file, make_private_folder, refuse_unfit, sync_folder
from kaufland_cli.store.faults import understandable_errors

KEPT_OF_UPDATES: Final = 3
"""Copies kept of those that are made before the store is updated to another version."""
_BUSY_SECONDS: Final = 10.0
_BESIDE: Final = ("-wal", "-shm")
"""Files of SQLite's beside a store."""


def copy_store(store: Path, target: Path) -> None:
    """Copy the store to a private file of that name, in place of one that is there.

    Readers and writers go on meanwhile; the copy is the store at one moment. Raises a `StoreUnusable`.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    with understandable_errors(target):
        make_private_folder(target.parent)
        refuse_unfit(target)
        unfinished.unlink(missing_ok=True)  # of a process that was killed while it made its copy
        create_private_file(unfinished)
        try:
            with closing(sqlite3.connect(str(store), timeout=_BUSY_SECONDS)) as connection:
                connection.execute("VACUUM INTO ?", (str(unfinished),))
            _check(unfinished)
            with unfinished.open("rb+") as file:
                os.fsync(file.fileno())
            for left in _BESIDE:  # of a store that was there before: they would be taken for the copy's own
                target.with_name(target.name + left).unlink(missing_ok=True)
            unfinished.replace(target)
            sync_folder(target.parent)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


def copy_before_update(store: Path, version: int, now: datetime) -> Path:
    """Keep the store as it is before it is updated, in `backups/` beside it.

    The caller holds the write lock, so nobody changes the store meanwhile; another connection reads what is committed.
    """
    folder, start = backup_folder(store), f"{store.stem}-version-"
    target = folder / f"{start}{version}-{now:%Y%m%dT%H%M%S%f}Z{store.suffix}"
    with understandable_errors(target):
        for left in folder.glob(f".{start}*.unfinished"):  # by a process that was killed while it made its copy
            left.unlink(missing_ok=True)
        copy_store(store, target)
    return target


def drop_older_copies(store: Path) -> None:
    """Keep only the newest few of the copies made before updates, once an update was made."""
    start = f"{store.stem}-version-"
    with understandable_errors(store):
        for old in [path for path in backups_beside(store) if path.name.startswith(start)][KEPT_OF_UPDATES:]:
            old.unlink(missing_ok=True)


def set_aside(store: Path, now: datetime) -> Path:
    """Move a store that cannot be copied into the folder of the copies, with what belongs to it."""
    target = backup_folder(store) / f"{dated_name(store, now)}.damaged"
    with understandable_errors(target):
        make_private_folder(target.parent)
        for part in ("", *_BESIDE):
            if (file := store.with_name(store.name + part)).exists():
                file.replace(target.with_name(target.name + part))
        sync_folder(target.parent)
    return target


def dated_name(store: Path, now: datetime) -> str:
    """Return the name of a copy that is made by hand."""
    return f"{store.stem}-{now:%Y%m%dT%H%M%S}Z{store.suffix}"


def backup_folder(store: Path) -> Path:
    """Return the folder of the copies."""
    return store.parent / "backups"


def backups_beside(store: Path) -> list[Path]:
    """Return the copies of this store in their folder, the newest first."""
    folder = backup_folder(store)
    name = re.compile(rf"{re.escape(store.stem)}-(version-\d+-)?\d{{8}}T\d+Z{re.escape(store.suffix)}")
    with understandable_errors(folder):
        found = [path for path in folder.iterdir() if name.fullmatch(path.name)] if folder.is_dir() else []
        return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def unfinished_beside(store: Path) -> list[Path]:
    """Return halves of copies in their folder, which processes left that were killed."""
    folder = backup_folder(store)
    with understandable_errors(folder):
        return sorted(folder.glob(f".{store.stem}-*.unfinished")) if folder.is_dir() else []


def _check(copy: Path) -> None:
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = connection.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        raise StoreDamaged(f"The store is damaged, so its copy is too, and none was kept: {found}.")
