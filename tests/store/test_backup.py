"""Copies of the store: whole and sound, or not at all, and never in the way of anything."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from kaufland_cli.errors import KauflandError, StoreDamaged
from kaufland_cli.store import backup
from kaufland_cli.store.backup import copy_store
from kaufland_cli.store.database import open_database
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.places import backup_folder, backups_of, dated_copy
from support.imports import START, world


def orders_in(path: Path) -> int:
    """Return how many orders a store or its copy holds."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT count(*) FROM orders").fetchone()[0])
    finally:
        connection.close()


def test_copy_is_the_store_at_one_moment(tmp_path: Path) -> None:
    """While orders are written, copies are whole, private, and hold what was committed."""
    with world(tmp_path) as own:
        own.add(20)
        own.run()
        own.clock.advance(minutes=20)
        own.add(100)
        target = tmp_path / "elsewhere" / "copy.sqlite3"
        writing = threading.Thread(target=own.run)
        writing.start()
        while writing.is_alive():
            copy_store(own.store_file, target)
            assert 20 <= orders_in(target) <= 120
        writing.join()
        copy_store(own.store_file, target)
        assert orders_in(target) == 120
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert [path.name for path in target.parent.iterdir()] == ["copy.sqlite3"]


def test_copy_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the new copy is not sound the old one stays, and no half of the new one is left."""
    with world(tmp_path) as own:
        own.add(1)
        own.run()
        target = tmp_path / "elsewhere" / "copy.sqlite3"
        copy_store(own.store_file, target)
        own.clock.advance(minutes=20)
        own.add(1)
        own.run()

        monkeypatch.setattr(backup, "faults_of", lambda *_, **__: ["a page is lost"])
        with pytest.raises(StoreDamaged):
            copy_store(own.store_file, target)
        assert orders_in(target) == 1
        assert [path.name for path in target.parent.iterdir()] == ["copy.sqlite3"]


def test_copy_reports_its_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits hears how many bytes of how many are there, and Ctrl-C stops the copy and leaves no half of it."""
    monkeypatch.setattr(backup, "_STEPS_BETWEEN_REPORTS", 100)
    target = tmp_path / "elsewhere" / "copy.sqlite3"
    heard: list[tuple[int, int]] = []

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with world(tmp_path) as own:
        own.add(20)
        own.run()
        with pytest.raises(KeyboardInterrupt):
            copy_store(own.store_file, target, copied=stop)
        assert list(target.parent.iterdir()) == []
        copy_store(own.store_file, target, copied=lambda done, total: heard.append((done, total)))
        assert orders_in(target) == 20
    assert len(heard) > 2
    assert heard == sorted(heard)
    assert all(done <= total == heard[0][1] for done, total in heard)


def test_copy_over_a_store_that_was_killed_is_sound(tmp_path: Path) -> None:
    """The write-ahead log of what was there before is never taken for the copy's own."""
    with world(tmp_path) as own:
        own.add(100)
        own.run()
        target = tmp_path / "elsewhere" / "copy.sqlite3"
        copy_store(own.store_file, target)
        holder = sqlite3.connect(target)
        holder.execute("PRAGMA journal_mode = WAL")
        holder.execute("PRAGMA wal_autocheckpoint = 0")
        holder.execute("DELETE FROM request_log")
        holder.execute("UPDATE orders SET buyer_name = 'x'")
        holder.commit()
        left = [path.read_bytes() for path in (target, Path(f"{target}-wal"))]
        holder.close()
        target.write_bytes(left[0])
        Path(f"{target}-wal").write_bytes(left[1])
        copy_store(own.store_file, target)
        assert orders_in(target) == 100
        copied = sqlite3.connect(target)
        assert copied.execute("SELECT count(*) FROM orders WHERE buyer_name = 'x'").fetchone() == (0,)
        copied.close()


def test_copies_before_updates_do_not_pile_up(tmp_path: Path) -> None:
    """The newest three of them stay, those made by hand and another store's too; an update that fails takes none."""
    with world(tmp_path) as own:
        own.add(1)
        own.run()
        folder = backup_folder(own.store_file)
        folder.mkdir()
        by_hand = dated_copy(folder, own.store_file, START)
        others = folder / f"{own.store_file.stem}-8443-version-1-20260101T000000000000Z.sqlite3"
        before = [folder / f"{own.store_file.stem}-version-{n}-2026010{n}T000000000000Z.sqlite3" for n in range(1, 5)]
        for path in (by_hand, others, *before):
            path.write_bytes(b"")
        newest = MIGRATIONS[-1].number
        with pytest.raises(KauflandError):
            open_database(own.store_file, own.clock.now(), (*MIGRATIONS, Migration(newest + 1, ("BROKEN",)))).close()
        assert set(folder.iterdir()) == {by_hand, others, *before}
        open_database(own.store_file, own.clock.now(), (*MIGRATIONS, Migration(newest + 1, ("SELECT 1",)))).close()
        kept = set(folder.iterdir())
        assert {by_hand, others} <= kept
        assert len(kept) == 2 + backup.KEPT_UPDATE_COPIES
        assert others not in backups_of(own.store_file)
