"""Checks that the file at the store's path is a store of this program, its version, and that it is the one in use."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.moments import as_text
from kaufland_cli.errors import StoreDamaged, StoreNewer
from kaufland_cli.files import open_file
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.places import backups_of
from kaufland_cli.store.record import (
    StoreRecord,
    damaged,
    note_damage,
    read_record,
    require_same_store,
    require_store_exists,
    require_undamaged,
    way_out,
    write_record,
)
from kaufland_cli.store.soundness import Ask, one_transaction, wrong_tables
from kaufland_cli.store.sqlite_errors import understandable_errors

if TYPE_CHECKING:
    from kaufland_cli.store.connection import Database

APPLICATION_ID = 0x4B61754C  # "KauL": marks a SQLite file as a store of this program
_SQLITE = b"SQLite format 3\0"
_MARK_BEGINS, _MARK_ENDS = 68, 72  # https://www.sqlite.org/fileformat.html#application_id


def checked_version(ask: Ask, path: Path | None, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Return the version of the store; 0 if it is empty.

    Raises `StoreDamaged` for a file of another kind and `StoreNewer` for a newer store. Either may be a damaged store,
    so both name the way out of damage too.
    """
    with one_transaction(ask):
        ((version,),) = ask("PRAGMA user_version")
        ((application,),) = ask("PRAGMA application_id")
        ((parts,),) = ask("SELECT count(*) FROM sqlite_master")
    if (application, version, parts) == (0, 0, 0):
        return 0
    if application != APPLICATION_ID or version < 1:
        raise _foreign(path)
    newest = migrations[-1].number
    if version > newest:
        upgrade = StoreNewer.default_hint
        raise StoreNewer(
            f"{path} was written by a newer version of this program (store version {version}, this program "
            f"knows {newest}); it was left alone.",
            hint=upgrade if path is None else Hint(upgrade, ". If none was in use, it is damaged. ", way_out(path)),
        )
    return int(version)


def require_not_foreign(path: Path) -> None:
    """Raise `StoreDamaged` if another program's file is where the store would be, and no store ever was there.

    A file with our mark is a store, however damaged; where there was a store, a file without it may be what is left.
    """
    if holds_nothing_at(path) or read_record(path) is not None or backups_of(path):
        return
    with understandable_errors(path), os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
        head = file.read(_MARK_ENDS)
    if not head.startswith(_SQLITE) or int.from_bytes(head[_MARK_BEGINS:], "big") != APPLICATION_ID:
        raise _foreign(path)


def _foreign(path: Path | None) -> StoreDamaged:
    return StoreDamaged(
        f"{path} is not a store of this program; it was left alone.", hint=None if path is None else way_out(path)
    )


def holds_nothing_at(path: Path) -> bool:
    """Return whether the file is missing or empty."""
    return not (path.exists() and path.stat().st_size)


def require_tables(database: "Database", path: Path, migrations: Sequence[Migration]) -> None:
    """Raise `StoreGone` for an empty file that was a store, and `StoreDamaged` before a damaged one is migrated."""
    version = checked_version(database.tuples, path, migrations)
    if 0 < version < migrations[-1].number:
        require_undamaged(path, read_record(path))
        if found := wrong_tables(database.tuples, migrations):
            note_damage(path, found[0])
            raise damaged(path, found[0])
    if not version:
        record = read_record(path)
        if not checked_version(database.tuples, path, migrations):  # another process may have created it meanwhile
            require_store_exists(path, record, holds_nothing=True)


def recognize(database: "Database", path: Path, now: datetime, *, recording: bool = True) -> None:
    """Check that this is the recorded store; if none is recorded, record this one, unless `recording` is false.

    Raises `StoreGone`.
    """
    if not database.value("SELECT 1 FROM pragma_table_info('sync_state') WHERE name = 'store_id'"):
        return  # created by an older version
    store_id, record = database.value("SELECT store_id FROM sync_state"), read_record(path) or StoreRecord()
    if record.exists and record.store_id is not None:
        require_same_store(path, record, store_id)
        return
    if not recording:
        return
    erased = database.tuples("SELECT id_order FROM erased_orders WHERE why = 'request' ORDER BY id_order")
    with suppress(OSError):
        write_record(
            path,
            replace(
                record,
                exists=True,
                store_id=store_id,
                checked_at=record.checked_at if record.exists else as_text(now),
                erased=tuple(sorted({*record.erased, *(str(one) for (one,) in erased)})),
            ),
        )
