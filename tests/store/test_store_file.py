"""The store's file: private, marked as ours, and everything that is not ours left alone."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaufland_cli.errors import StoreDamaged, StoreNewer, StoreReadOnly
from kaufland_cli.store.database import open_database
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.recognition import APPLICATION_ID
from kaufland_cli.store.store import Store
from support.stores import NOW, column, content, keep, new_store, order_unit


@pytest.fixture
def open_umask() -> Iterator[None]:
    """Give everybody all rights on what is created, as a careless server does."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """Return the rights of everything below a folder."""
    return {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
@pytest.mark.usefixtures("open_umask")
def test_store_is_readable_only_by_its_owner(tmp_path: Path) -> None:
    """Folder 0700; file, write-ahead log, its index and the backup 0600, while in use, under the most open umask."""
    with new_store(tmp_path) as store:
        keep(store, order_unit())
        assert modes(tmp_path) == {
            "data": 0o700,
            "data/store.sqlite3": 0o600,
            "data/store.sqlite3.record.json": 0o600,
            "data/store.sqlite3-wal": 0o600,
            "data/store.sqlite3-shm": 0o600,
        }
    more = (*MIGRATIONS, Migration(MIGRATIONS[-1].number + 1, ("CREATE TABLE more (x)",)))
    open_database(tmp_path / "data" / "store.sqlite3", NOW, more).close()
    found = modes(tmp_path)
    assert found.pop("data") == found.pop("data/backups") == 0o700
    assert set(found.values()) == {0o600}
    assert len(found) == 3, "the store, its record and the copy"


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
@pytest.mark.usefixtures("open_umask")
def test_file_is_private_from_its_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite never creates the file: when it first touches it, it is empty and private already."""
    seen: list[tuple[int, int]] = []
    connect = sqlite3.connect

    def watched(target: str, **options: object) -> sqlite3.Connection:
        state = Path(target).stat()
        seen.append((state.st_mode & 0o777, state.st_size))
        return connect(target, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", watched)
    new_store(tmp_path).database.close()
    assert seen == [(0o600, 0)]


def test_store_is_marked_and_set_up(tmp_path: Path) -> None:
    """The file says whose it is and which version; writing is durable, readers never wait, references hold."""
    with new_store(tmp_path) as store:
        found = {
            name: store.database.value(f"PRAGMA {name}")
            for name in ("application_id", "user_version", "journal_mode", "synchronous", "foreign_keys")
        }
        assert found == {
            "application_id": APPLICATION_ID,
            "user_version": MIGRATIONS[-1].number,
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
        }


def test_store_keeps_its_content(tmp_path: Path) -> None:
    """What was stored is there when the file is opened again, which changes nothing."""
    with new_store(tmp_path) as store:
        keep(store, order_unit())
        before = content(store)
    with new_store(tmp_path) as store:
        assert content(store) == before
        assert store.database.value("PRAGMA integrity_check") == "ok"
        assert column(store, "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param("CREATE TABLE other (x); INSERT INTO other VALUES (1)", id="somebody's tables"),
        pytest.param("PRAGMA application_id = 77", id="another program's mark"),
        pytest.param("PRAGMA user_version = 1", id="a version without a mark"),
    ],
)
def test_foreign_database_is_left_alone(tmp_path: Path, foreign: str) -> None:
    """Another program's SQLite file is refused and stays byte for byte what it was."""
    path = tmp_path / "store.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript(foreign)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match="not a store of this program"):
        Store.open(path, NOW)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["store.sqlite3"]


@pytest.mark.parametrize(
    "foreign",
    [b"xy", b"id;name\n1;Mohnkorn\n", b"\0" * 4096, b"SQLite format 3\0", bytes(range(256)) * 40],
    ids=["two bytes", "CSV", "zeroes", "only a header", "anything"],
)
def test_file_that_is_no_database_is_left_alone(tmp_path: Path, foreign: bytes) -> None:
    """Any other file in the store's place is refused and stays byte for byte what it was."""
    path = tmp_path / "store.sqlite3"
    path.write_bytes(foreign)
    with pytest.raises(StoreDamaged):
        Store.open(path, NOW)
    assert path.read_bytes() == foreign


def test_newer_store_is_left_alone(tmp_path: Path) -> None:
    """A store of a later version of this program is refused, with both versions named, and not touched."""
    path = tmp_path / "store.sqlite3"
    Store.open(path, NOW).database.close()
    newer = MIGRATIONS[-1].number + 1
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {newer}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreNewer, match=f"version {newer}.*knows {MIGRATIONS[-1].number}") as caught:
        Store.open(path, NOW)
    assert "upgrade" in str(caught.value.hint)
    assert path.read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} == {"store.sqlite3", "store.sqlite3.record.json"}


def test_reading_before_the_first_import_leaves_no_file(tmp_path: Path) -> None:
    """A list before the first import is empty and creates neither file nor folder."""
    path = tmp_path / "data" / "store.sqlite3"
    with Store.open_for_reading(path, NOW) as store:
        assert store.queries.counts() == (0, 0, 0, 0, 0)
        assert store.sync.state().watermark is None
    assert list(tmp_path.iterdir()) == []


def test_reading_opens_the_store_where_there_is_one(tmp_path: Path) -> None:
    """For reading, the same orders are there."""
    with new_store(tmp_path) as store:
        keep(store, order_unit())
    with Store.open_for_reading(tmp_path / "data" / "store.sqlite3", NOW) as store:
        assert store.queries.counts().orders == 1


def test_place_that_cannot_be_looked_at_is_reported(tmp_path: Path) -> None:
    """A path that the system refuses even to look at ends in an error of this program."""
    path = tmp_path / ("x" * 300) / "store.sqlite3"
    for opened in (Store.open, Store.open_for_reading):
        with pytest.raises(StoreReadOnly, match="cannot be opened"):
            opened(path, NOW)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_store_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """A backup that was copied back with ordinary rights is private again as soon as it is opened."""
    with new_store(tmp_path):
        path = tmp_path / "data" / "store.sqlite3"
    path.chmod(0o644)
    with new_store(tmp_path):
        assert path.stat().st_mode & 0o777 == 0o600
