"""Copies the whole store while it is in use: a copy is complete and checked, or there is none.

Copies go to `backups/` next to the store, or to a file the user names. For power loss see docs/decisions/0011.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import StoreBusy, StoreDamaged
from kaufland_cli.files import (
    LockHeld,
    create_private_file,
    folder_lock,
    make_private_folder,
    refuse_unfit,
    sync_file,
    sync_folder,
)
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.places import (
    FILES_OF_SQLITE,
    SET_ASIDE,
    backup_folder,
    backups_of,
    dated_copy,
    unfinished_copies_of,
    unfinished_file,
)
from kaufland_cli.store.recognition import checked_version
from kaufland_cli.store.record import damaged, note_damage
from kaufland_cli.store.soundness import MAX_THOROUGH_BYTES, faults_of
from kaufland_cli.store.sqlite_errors import in_our_words, is_damage, understandable_errors

KEPT_UPDATE_COPIES: Final = 3
"""How many of the copies made before updates of the store are kept."""
_BUSY_SECONDS: Final = 10.0
_COPYING_SECONDS: Final = 60.0
"""How long to wait for another process that is making a copy."""


Copied: TypeAlias = Callable[[int, int], None]
"""Called during the copy with the bytes copied so far and the total."""
_STEPS_BETWEEN_REPORTS: Final = 20_000  # of SQLite's machine: about 4 MB


def copy_store(
    store: Path, target: Path, migrations: Sequence[Migration] = MIGRATIONS, copied: Copied | None = None
) -> None:
    """Copy the store to a private file of that name, replacing an existing one.

    Readers and writers can continue; the copy is a snapshot. Raises a `StoreUnusable` and then leaves the existing file
    alone: a damaged store never replaces a good copy.
    """
    with copying(store), unfinished_copy(store, target, migrations, copied) as unfinished:
        put_in_place(unfinished, target)


@contextmanager
def unfinished_copy(
    store: Path, target: Path, migrations: Sequence[Migration] = MIGRATIONS, copied: Copied | None = None
) -> Iterator[Path]:
    """Yield a complete, checked copy next to its target; it is deleted afterwards. Call it inside `copying`."""
    unfinished = unfinished_file(target)
    with understandable_errors(target):
        make_private_folder(target.parent)
        refuse_unfit(target)
        remove_unfinished(unfinished)  # left by a process that was killed during its copy
        create_private_file(unfinished)
    try:
        with understandable_errors(store), closing(sqlite3.connect(str(store), timeout=_BUSY_SECONDS)) as connection:
            _require_intact(connection, store, migrations)
            with understandable_errors(target):
                _copy(connection, unfinished, copied)
        with understandable_errors(unfinished), closing(_for_reading(unfinished)) as copy:
            if found := _faults(copy, unfinished, migrations):
                raise StoreDamaged(f"The copy of {store} is damaged and was deleted: {found[0]}.")
        yield unfinished
    finally:
        with understandable_errors(target):
            remove_unfinished(unfinished)


def _copy(connection: sqlite3.Connection, unfinished: Path, copied: Copied | None) -> None:
    """Let SQLite write the copy and report progress; an exception from `copied`, Ctrl-C included, stops it."""
    stopped: list[BaseException] = []
    (pages,), (size,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))

    def report() -> int:
        try:
            if copied is not None:
                copied(min(unfinished.stat().st_size, pages * size), pages * size)
        except BaseException as error:  # noqa: BLE001 (SQLite would make "interrupted" of it)
            stopped.append(error)
        return len(stopped)

    connection.set_progress_handler(report, _STEPS_BETWEEN_REPORTS)
    try:
        connection.execute("VACUUM INTO ?", (str(unfinished),))
    except sqlite3.OperationalError:
        if stopped:
            raise stopped[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def put_in_place(unfinished: Path, target: Path) -> None:
    """Rename a finished copy to its target, safely even if the power fails."""
    with understandable_errors(target):
        sync_file(unfinished)
        _empty_log(target)
        for left in FILES_OF_SQLITE:  # they belong to the previous database; SQLite would apply them to the copy
            target.with_name(target.name + left).unlink(missing_ok=True)
        unfinished.replace(target)
        sync_folder(target.parent)


@contextmanager
def copying(store: Path) -> Iterator[None]:
    """Hold the lock for copies of this store; the kernel releases it when the process dies."""
    with understandable_errors(backup_folder(store)), ExitStack() as stack:
        try:
            stack.enter_context(folder_lock(backup_folder(store), _COPYING_SECONDS))
        except LockHeld:
            raise StoreBusy(
                f"Another program is still copying {store}.",
                hint=Hint("Wait until it has finished, then run the command again."),
            ) from None
        yield


def sweep_unfinished(store: Path) -> list[Path]:
    """Delete unfinished copies that killed processes left, because they may hold buyers' data; return their paths.

    Copies that another process is still writing stay.
    """
    with understandable_errors(store):
        if not unfinished_copies_of(store):
            return []
        try:
            with folder_lock(backup_folder(store), 0):
                found = unfinished_copies_of(store)
                for left in found:
                    left.unlink(missing_ok=True)
                return found
        except LockHeld:
            return []


def copy_before_update(store: Path, version: int, now: datetime, migrations: Sequence[Migration]) -> Path:
    """Copy the store to `backups/` before it is updated; return the path of the copy.

    The caller holds the write lock, so nothing changes the store; another connection reads what is committed.
    """
    folder, start = backup_folder(store), f"{store.stem}-version-"
    target = folder / f"{start}{version}-{now:%Y%m%dT%H%M%S%f}Z{store.suffix}"
    sweep_unfinished(store)
    copy_store(store, target, migrations)
    return target


def drop_older_copies(store: Path) -> None:
    """Delete all but the newest few copies that were made before updates."""
    start = f"{store.stem}-version-"
    with understandable_errors(store):
        for old in [path for path in backups_of(store) if path.name.startswith(start)][KEPT_UPDATE_COPIES:]:
            old.unlink(missing_ok=True)


def set_aside(store: Path, now: datetime) -> Path | None:
    """Move a store that cannot be copied, with its log, to the backups folder; return None if there was no file."""
    target = dated_copy(backup_folder(store), store, now, SET_ASIDE)
    moved = False
    with understandable_errors(target):
        make_private_folder(target.parent)
        for part in ("", *FILES_OF_SQLITE):
            if (file := store.with_name(store.name + part)).exists():
                file.replace(target.with_name(target.name + part))
                moved = True
        sync_folder(target.parent)
    return target if moved else None


def _require_intact(connection: sqlite3.Connection, store: Path, migrations: Sequence[Migration]) -> None:
    try:
        found = _faults(connection, store, migrations)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        found = [in_our_words(error)]
    if found:
        note_damage(store, found[0])
        raise damaged(store, found[0])


def _faults(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> list[str]:
    def ask(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    checked_version(ask, path, migrations)
    return faults_of(ask, thorough=_is_small(path), migrations=migrations)


def _for_reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=_BUSY_SECONDS, uri=True)


def _is_small(path: Path) -> bool:
    return path.stat().st_size <= MAX_THOROUGH_BYTES


def remove_unfinished(unfinished: Path) -> None:
    """Delete an unfinished copy together with its log."""
    for part in ("", *FILES_OF_SQLITE):
        unfinished.with_name(unfinished.name + part).unlink(missing_ok=True)


def _empty_log(store: Path) -> None:
    """Write the write-ahead log into the store, so that the store is whole if we are killed before it is replaced."""
    if store.with_name(f"{store.name}-wal").exists() and store.exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(str(store), timeout=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
