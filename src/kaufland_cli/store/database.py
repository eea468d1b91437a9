"""Opens the SQLite file safely, and brings it up to date.

The file is private from its first byte, since orders are personal data. Write-ahead logging lets other programs read
while an import writes; `synchronous=FULL` keeps what was committed even when the power fails.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from kaufland_cli.errors import StoreBusy, StoreGone
from kaufland_cli.files import create_private_file, others_may_read, refuse_unfit, restrict_to_owner
from kaufland_cli.store.backup import copy_before_update, drop_older_copies
from kaufland_cli.store.connection import BOUND_LOG, Database, connect
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.recognition import (
    APPLICATION_ID,
    checked_version,
    holds_nothing_at,
    insist_on_tables,
    recognize,
)
from kaufland_cli.store.record import StoreRecord, insist_on_presence, insist_undamaged, read_record, write_record
from kaufland_cli.store.sqlite_errors import understandable_errors

WRITE_AHEAD_ATTEMPTS = 50


def open_database(
    path: Path, now: datetime, migrations: Sequence[Migration] = MIGRATIONS, *, writing: bool = True
) -> Database:
    """Open the store, creating it or bringing it up to date first.

    Raises `StoreGone` where there was a store and none lies there any more, and `StoreDamaged`, also where it is to be
    written and that was found out before; else `StoreNewer`, `StoreReadOnly`, `StoreFull` or `StoreBusy`.
    """
    with understandable_errors(path):
        if writing:
            insist_undamaged(path, read_record(path))
        _refuse_unfit(path)
        if holds_nothing_at(path):  # SQLite must not touch it, nor what lies beside it
            _insist_on_presence(path)
        create_private_file(path)
        if others_may_read(path):  # a backup that was copied back, for example
            restrict_to_owner(path)
        database = Database(connect(str(path)), path)
        try:
            insist_on_tables(database, path, migrations)
            _prepare(database, now, migrations)
            recognize(database, path, now)
        except BaseException:
            database.close()
            raise
        return database


def _insist_on_presence(path: Path) -> None:
    """Raise `StoreGone` where there was a store; where there was none, leave word that one is being created."""
    for another_look in (True, False):
        record = read_record(path)
        if not holds_nothing_at(path):
            return  # another process has created it meanwhile
        try:
            insist_on_presence(path, record, holds_nothing=path.exists())
        except StoreGone:
            # What lies there may be another process's that creates it just now: then there is a record by now.
            if another_look:
                continue
            raise
        if record is None:
            write_record(path, StoreRecord())
        return


def open_database_for_reading(path: Path, now: datetime) -> Database:
    """Open the store as `open_database` does, also one that was found damaged, as far as it can be read.

    Where there is none yet, an empty one that leaves no file behind.
    """
    with understandable_errors(path):
        if not path.exists():
            record = read_record(path)
            if not path.exists():
                insist_on_presence(path, record, holds_nothing=False)
                return empty_database()
    return open_database(path, now, writing=False)


def open_database_aside(path: Path, now: datetime) -> Database:
    """Open a copy that is no store in use yet: nothing is remembered of it, and no copy of it is made."""
    with understandable_errors(path):
        database = Database(connect(str(path)), path)
        try:
            _prepare(database, now, MIGRATIONS, keep_copy=False)
        except BaseException:
            database.close()
            raise
        return database


def open_database_untouched(path: Path) -> Database:
    """Open an existing store as it is, of whatever version: nothing is created, set up or brought up to date.

    Raises a `StoreUnusable`; of a newer version or another program's file `checked_version` does.
    """
    with understandable_errors(path):
        _refuse_unfit(path)
        return Database(connect(f"{path.absolute().as_uri()}?mode=rw", uri=True), path)


def _refuse_unfit(path: Path) -> None:
    """Raise `UnfitFile` for what SQLite would follow or wait for: a link, a named pipe, a device."""
    for part in ("", "-wal", "-shm", "-journal"):
        refuse_unfit(path.with_name(path.name + part))


def empty_database(migrations: Sequence[Migration] = MIGRATIONS) -> Database:
    """Return an empty store in memory: what a reader sees before the first import."""
    database = Database(connect(":memory:"), None)
    for migration in migrations:
        _apply(database, migration)
    return database


def _prepare(database: Database, now: datetime, migrations: Sequence[Migration], *, keep_copy: bool = True) -> None:
    """Check whose file this is, set it up, and apply the migrations that it lacks."""
    version = checked_version(database.tuples, database.path, migrations)
    _write_ahead(database)
    database.execute(BOUND_LOG)
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA fullfsync = ON")  # macOS: through the drive's own cache; elsewhere it means nothing
    database.execute("PRAGMA foreign_keys = ON")
    keep = partial(copy_before_update, now=now, migrations=migrations) if keep_copy and version > 0 else None
    for migration in migrations:
        if migration.number > version:
            _apply(database, migration, keep)
            keep = None


def _write_ahead(database: Database) -> None:
    """Switch to write-ahead logging; it stays with the file.

    Where another program does the same at this very moment, SQLite gives up without waiting, so the wait is done here.
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
    """Apply one migration and record it, in one transaction; another program may have been faster."""
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
