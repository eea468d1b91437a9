"""Opens the SQLite file safely and applies migrations. See docs/decisions/0011.

The file is private from its first byte, because orders are personal data. Write-ahead logging lets other programs read
while an import writes; `synchronous=FULL` keeps committed data even if the power fails.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import StoreBusy, StoreGone, StoreReadOnly
from kaufland_cli.files import create_private_file, others_may_read, refuse_unfit, restrict_to_owner
from kaufland_cli.store.backup import copy_before_update, drop_older_copies
from kaufland_cli.store.connection import Database, connect
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.recognition import (
    APPLICATION_ID,
    checked_version,
    holds_nothing_at,
    recognize,
    require_tables,
)
from kaufland_cli.store.record import (
    StoreRecord,
    damaged,
    read_record,
    require_store_exists,
    require_undamaged,
    write_record,
)
from kaufland_cli.store.soundness import wrong_tables
from kaufland_cli.store.sqlite_errors import understandable_errors

WRITE_AHEAD_ATTEMPTS = 50
MAX_BYTES_IN_MEMORY = 256 * 1024 * 1024
RETURNABLE_PAGES = "PRAGMA auto_vacuum = INCREMENTAL"
"""Lets free pages be returned to the disk (`growth`). It works in a new file; in others, from their next VACUUM on."""


def open_database(
    path: Path, now: datetime, migrations: Sequence[Migration] = MIGRATIONS, *, writing: bool = True
) -> Database:
    """Open the store; create or update it first if necessary.

    Raises `StoreGone` if there was a store and it is missing now, `StoreDamaged` also if damage was recorded earlier
    and the store is opened for `writing`, and `StoreNewer`, `StoreReadOnly`, `StoreFull` or `StoreBusy`.
    """
    with understandable_errors(path):
        if writing:
            require_undamaged(path, read_record(path))
        _refuse_unfit(path)
        if holds_nothing_at(path):  # SQLite must not touch the file or its log yet
            _require_store_exists(path)
        create_private_file(path)
        if others_may_read(path):  # for example a backup that was copied back
            restrict_to_owner(path)
        database = Database(connect(str(path)), path)
        try:
            require_tables(database, path, migrations)
            _prepare(database, now, migrations)
            recognize(database, path, now)
        except BaseException:
            database.close()
            raise
        return database


def _require_store_exists(path: Path) -> None:
    """Raise `StoreGone` if there was a store; if there was none, record that one is being created."""
    for another_look in (True, False):
        record = read_record(path)
        if not holds_nothing_at(path):
            return  # another process created it in the meantime
        try:
            require_store_exists(path, record, holds_nothing=path.exists())
        except StoreGone:
            # Another process may be creating the file right now; then there is a record by the second look.
            if another_look:
                continue
            raise
        if record is None:
            write_record(path, StoreRecord())
        return


def open_database_for_reading(path: Path, now: datetime) -> Database:
    """Open the store for reading, even if it is damaged.

    If there is no store yet, return an empty one in memory.
    """
    with understandable_errors(path):
        if not path.exists():
            record = read_record(path)
            if not path.exists():
                require_store_exists(path, record, holds_nothing=False)
                return empty_database()
    return open_database(path, now, writing=False)


def open_database_read_only(path: Path, now: datetime) -> Database | None:
    """Open an existing store without writing anything next to it; None if that is not possible.

    For a folder that cannot be written, or a full disk: there SQLite cannot create the index of its write-ahead log.
    If that log is empty nobody is writing, and the file is read as it is. A store of an earlier version is updated in
    memory, up to `MAX_BYTES_IN_MEMORY`. Raises `StoreReadOnly` if changes in the log cannot be read.
    """
    waiting = path.with_name(f"{path.name}-wal")
    with understandable_errors(path):
        _refuse_unfit(path)
        if not path.exists():
            return None
        is_waiting = waiting.exists() and waiting.stat().st_size > 0
        how = "mode=ro" if is_waiting else "mode=ro&immutable=1"
        database = Database(connect(f"{path.absolute().as_uri()}?{how}", uri=True), path)
        try:
            return _of_this_version(database, path, now)
        except StoreReadOnly as error:
            database.close()
            raise _unread_changes(path, waiting) if is_waiting else error from None
        except BaseException:
            database.close()
            raise


def _of_this_version(database: Database, path: Path, now: datetime) -> Database | None:
    """Return the store, or an updated copy in memory; close it and return None if it is too large for that."""
    earlier = checked_version(database.tuples, path) != MIGRATIONS[-1].number
    recognize(database, path, now, recording=not earlier)
    if not earlier:
        return database
    with database:
        if path.stat().st_size > MAX_BYTES_IN_MEMORY:
            return None
        if found := wrong_tables(database.tuples):
            raise damaged(path, found[0])
        copy = database.in_memory()
    try:
        for migration in MIGRATIONS:
            _apply(copy, migration)
    except BaseException:
        copy.close()
        raise
    return copy


def _unread_changes(path: Path, log: Path) -> StoreReadOnly:
    return StoreReadOnly(
        f"The last changes of {path} are in {log.name}, which can be read only in a folder that can be written.",
        hint=Hint(
            "Copy the data folder to a place where you may write, set KAUFLAND_DATA_DIR to the copy, then: ",
            command("status"),
        ),
    )


def open_database_aside(path: Path, now: datetime) -> Database:
    """Open a copy that is not in use yet: no record is kept of it, and no backup is made before it is updated."""
    with understandable_errors(path):
        database = Database(connect(str(path)), path)
        try:
            _prepare(database, now, MIGRATIONS, keep_copy=False)
        except BaseException:
            database.close()
            raise
        return database


def open_database_untouched(path: Path) -> Database:
    """Open an existing store of any version without creating, setting up or updating anything.

    Raises a `StoreUnusable`. `checked_version` rejects newer versions and files of other programs.
    """
    with understandable_errors(path):
        _refuse_unfit(path)
        return Database(connect(f"{path.absolute().as_uri()}?mode=rw", uri=True), path)


def _refuse_unfit(path: Path) -> None:
    """Raise `UnfitFile` for a link, a named pipe or a device, which SQLite would follow or wait for."""
    for part in ("", "-wal", "-shm", "-journal"):
        refuse_unfit(path.with_name(path.name + part))


def empty_database(migrations: Sequence[Migration] = MIGRATIONS) -> Database:
    """Return an empty store in memory: what a reader sees before the first import."""
    database = Database(connect(":memory:"), None)
    database.execute(RETURNABLE_PAGES)
    for migration in migrations:
        _apply(database, migration)
    return database


def _prepare(database: Database, now: datetime, migrations: Sequence[Migration], *, keep_copy: bool = True) -> None:
    """Check that the file is a store, set up the connection and apply missing migrations."""
    version = checked_version(database.tuples, database.path, migrations)
    if not database.value("PRAGMA auto_vacuum"):  # SQLite would write it again each time
        database.execute(RETURNABLE_PAGES)
    _write_ahead(database)
    database.bound_log()
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA fullfsync = ON")  # macOS: through the drive's own cache; elsewhere it means nothing
    database.execute("PRAGMA foreign_keys = ON")
    keep = partial(copy_before_update, now=now, migrations=migrations) if keep_copy and version > 0 else None
    for migration in migrations:
        if migration.number > version:
            _apply(database, migration, keep)
            keep = None


def _write_ahead(database: Database) -> None:
    """Switch the file to write-ahead logging, permanently.

    If another program does the same at this moment, SQLite fails without waiting, so we wait here.
    """
    for _ in range(WRITE_AHEAD_ATTEMPTS):
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except StoreBusy:
            database.execute("BEGIN EXCLUSIVE")
            database.execute("COMMIT")
        else:
            return
    database.execute("PRAGMA journal_mode = WAL")


def _apply(database: Database, migration: Migration, keep: Callable[[Path, int], Path] | None = None) -> None:
    """Apply one migration and record it in one transaction, unless another program has already done so."""
    copy: Path | None = None
    try:
        with database.transaction():
            version = int(database.value("PRAGMA user_version"))
            if version >= migration.number:
                return
            if keep is not None and database.path is not None:
                copy = keep(database.path, version)
            for statement in migration.statements:
                database.execute(statement)
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.execute(f"PRAGMA user_version = {migration.number}")
    except BaseException:
        # The store is what it was. A job that fails every few minutes must not fill the disk with copies of it.
        if copy is not None:
            copy.unlink(missing_ok=True)
        raise
    if copy is not None and database.path is not None:
        drop_older_copies(database.path)
