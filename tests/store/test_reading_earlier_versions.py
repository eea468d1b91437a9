"""A store where nothing can be written is read whatever version wrote it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kaufland_cli.errors import StoreDamaged, StoreUnusable
from kaufland_cli.store import database as opening
from kaufland_cli.store.connection import Database
from kaufland_cli.store.database import open_database_read_only
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.store import Store
from support.old_store import old_store
from support.stores import NOW, content


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def facts(tables: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """Leave out the store's own id, which each update makes, and the search index, which comes when wanted."""
    return {name: rows for name, rows in tables.items() if name != "sync_state" and "search" not in name}


def test_earlier_version_is_read_without_a_change_to_it(tmp_path: Path) -> None:
    """It says the same as the updated store; nothing is recorded of it, since a real update gives it another id."""
    path = tmp_path / "store.sqlite3"
    old_store(path)
    before = bytes_of(tmp_path)
    shutil.copytree(tmp_path, tmp_path / "updated")
    with Store.open(tmp_path / "updated" / "store.sqlite3", NOW) as updated:
        expected = content(updated)
    found = open_database_read_only(path, NOW)
    assert found is not None
    with Store(found) as store:
        assert facts(content(store)) == facts(expected)
    assert bytes_of(tmp_path) == before


def test_earlier_version_that_is_too_large_for_memory_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the caller's own error stands."""
    old_store(tmp_path / "store.sqlite3")
    monkeypatch.setattr(opening, "MAX_BYTES_IN_MEMORY", 1)
    assert open_database_read_only(tmp_path / "store.sqlite3", NOW) is None


def test_earlier_version_without_one_of_its_tables_is_reported_as_damaged(tmp_path: Path) -> None:
    """It is not updated in memory; the message names the store, what it lacks, and the way out."""
    path = tmp_path / "store.sqlite3"
    old_store(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE request_log")
    with pytest.raises(StoreDamaged, match="missing request_log") as caught:
        open_database_read_only(path, NOW)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_update_in_memory_that_fails_leaves_no_copy_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy holds as much memory as the store, so it is closed; the message does not call it None."""
    path = tmp_path / "store.sqlite3"
    old_store(path)
    copies: list[Database] = []
    make_copy = Database.in_memory

    def copied(database: Database) -> Database:
        copies.append(make_copy(database))
        return copies[-1]

    monkeypatch.setattr(Database, "in_memory", copied)
    monkeypatch.setattr(opening, "MIGRATIONS", (*MIGRATIONS, Migration(MIGRATIONS[-1].number + 1, ("NONSENSE",))))
    with pytest.raises(StoreUnusable, match="The copy of the store in memory cannot be used"):
        open_database_read_only(path, NOW)
    (copy,) = copies
    with pytest.raises(StoreUnusable, match="ProgrammingError"):
        copy.value("SELECT 1")
