"""Checks whether the file at the store's path is a store of this program, of which version, and the one in use."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.moments import as_text
from kaufland_cli.errors import StoreDamaged, StoreNewer
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.record import (
    StoreRecord,
    damaged,
    insist_on_identity,
    insist_on_presence,
    insist_undamaged,
    note_damage,
    read_record,
    way_out,
    write_record,
)
from kaufland_cli.store.soundness import Ask, one_moment, wrong_tables

if TYPE_CHECKING:
    from kaufland_cli.store.connection import Database

APPLICATION_ID = 0x4B61754C  # "KauL": marks a SQLite file as a store of this program


def checked_version(ask: Ask, path: Path | None, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Return the version of the store; 0 if it is empty.

    Raises `StoreDamaged` for a foreign file, `StoreNewer` for a newer store: they may be damaged, so the way out of
    damage is named too.
    """
    with one_moment(ask):
        ((version,),) = ask("PRAGMA user_version")
        ((application,),) = ask("PRAGMA application_id")
        ((parts,),) = ask("SELECT count(*) FROM sqlite_master")
    if (application, version, parts) == (0, 0, 0):
        return 0
    if application != APPLICATION_ID or version < 1:
        move = Hint(
            "If it is another program's, move it away or set KAUFLAND_DATA_DIR, then: ", command("import-orders")
        )
        raise StoreDamaged(
            f"{path} is not a store of this program; it was left alone.",
            hint=move if path is None else Hint(move, ". If it was your store, it is damaged. ", way_out(path)),
        )
    newest = migrations[-1].number
    if version > newest:
        upgrade = StoreNewer.default_hint
        raise StoreNewer(
            f"{path} was written by a newer version of this program (store version {version}, this program "
            f"knows {newest}); it was left alone.",
            hint=upgrade if path is None else Hint(upgrade, ". If none was in use, it is damaged. ", way_out(path)),
        )
    return int(version)


def holds_nothing_at(path: Path) -> bool:
    """Return whether there is no file or an empty one."""
    return not (path.exists() and path.stat().st_size)


def insist_on_tables(database: "Database", path: Path, migrations: Sequence[Migration]) -> None:
    """Make sure that a database without tables is a new store, and that a damaged one is not migrated."""
    version = checked_version(database.tuples, path, migrations)
    if 0 < version < migrations[-1].number:
        insist_undamaged(path, read_record(path))
        if found := wrong_tables(database.tuples, migrations):
            note_damage(path, found[0])
            raise damaged(path, found[0])
    if not version:
        record = read_record(path)
        if not checked_version(database.tuples, path, migrations):  # as above
            insist_on_presence(path, record, holds_nothing=True)


def recognize(database: "Database", path: Path, now: datetime) -> None:
    """Make sure that this is the recorded store; if none is recorded, record this one."""
    if not database.value("SELECT 1 FROM pragma_table_info('sync_state') WHERE name = 'store_id'"):
        return  # of an older program
    store_id, record = database.value("SELECT store_id FROM sync_state"), read_record(path) or StoreRecord()
    if record.exists and record.store_id is not None:
        insist_on_identity(path, record, store_id)
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
