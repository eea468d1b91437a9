"""What a power loss leaves: everything that was committed, and of the rest nothing.

The power cannot be switched off here. What the file system holds is copied at the moment at which a COMMIT comes back,
without anything that a later write could fix, and opened as a machine would after it starts again.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kaufland_cli.store import connection as store_connection
from kaufland_cli.store import database as database_module
from kaufland_cli.store.store import Store
from support.stores import NOW, column, keep, new_store, order_unit

WAL_HEADER = 32
FRAME = 24 + 4096


def after_power_loss(path: Path, folder: Path, wal: bytes | None = None) -> Path:
    """Return a copy of store and write-ahead log as they lie on the disk; the index in memory is lost."""
    folder.mkdir()
    shutil.copy(path, folder / path.name)
    log = path.with_name(path.name + "-wal")
    (folder / log.name).write_bytes(log.read_bytes() if wal is None else wal)
    return folder / path.name


def order_units(path: Path) -> list[int]:
    """Return the units of a store that starts again, which has to be sound."""
    with Store.open(path, NOW) as store:
        assert store.database.value("PRAGMA integrity_check") == "ok"
        assert column(store, "PRAGMA foreign_key_check") == []
        found = sorted(column(store, "SELECT id_order_unit FROM v_order_units"))
        assert store.queries.counts().units == sum(column(store, "SELECT units FROM v_orders"))
        return found


def test_committed_data_is_on_the_disk(tmp_path: Path) -> None:
    """After each COMMIT the files hold everything up to it, and after a restart it is there."""
    with new_store(tmp_path) as store:
        for number in range(1, 6):
            keep(store, order_unit(number, f"M{number}"))
            copy = after_power_loss(tmp_path / "data" / "store.sqlite3", tmp_path / str(number))
            assert order_units(copy) == list(range(1, number + 1))


def test_uncommitted_data_is_gone(tmp_path: Path) -> None:
    """A page that was being written when the power failed counts as never begun, however much of it was written."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1))
        store.database.execute("PRAGMA cache_size = 5")  # so that it is written before it is committed
        with store.database.transaction():
            units = [order_unit(number, f"M{number}", note="x" * 500) for number in range(2, 200)]
            store.orders.store_units(units, request_seq=2, run_id=1, at=NOW)
            path = tmp_path / "data" / "store.sqlite3"
            assert path.with_name(path.name + "-wal").stat().st_size > 10 * FRAME
            copy = after_power_loss(path, tmp_path / "copy")
    assert order_units(copy) == [1]


def torn_logs(log: bytes, before: int) -> dict[str, bytes]:
    """Return the log with its last transaction, which begins at `before`, torn in several ways."""
    middle = before + (len(log) - before) // 2
    return {
        "its last byte lost": log[:-1],
        "cut in the middle": log[:middle],
        "a byte turned": log[:middle] + bytes([log[middle] ^ 0xFF]) + log[middle + 1 :],
        "its end never written": log[:-FRAME] + bytes(FRAME),
        "its beginning never written": log[:before] + bytes(FRAME) + log[before + FRAME :],
        "rubbish behind it": log[:-100] + b"\xa5" * 100,
    }


def test_torn_log_is_the_state_before(tmp_path: Path) -> None:
    """Where the end of the write-ahead log is torn, the store opens with what was committed before that end."""
    path = tmp_path / "data" / "store.sqlite3"
    with new_store(tmp_path) as store:
        keep(store, order_unit(1), order_unit(2, "M2"))
        before = path.with_name(path.name + "-wal").stat().st_size
        keep(store, *[order_unit(number, f"M{number}", note="x" * 500) for number in range(3, 40)])
        log = path.with_name(path.name + "-wal").read_bytes()
        assert (before - WAL_HEADER) % FRAME == 0
        for name, torn in torn_logs(log, before).items():
            assert order_units(after_power_loss(path, tmp_path / name, torn)) == [1, 2], name
        assert order_units(after_power_loss(path, tmp_path / "whole", log)) == list(range(1, 40))


@pytest.mark.parametrize("opened", ["new", "again"])
def test_each_connection_syncs_each_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: str) -> None:
    """`synchronous` is no property of the file: every connection sets it to FULL again, the one that migrates too."""
    made: list[sqlite3.Connection] = []
    connect = store_connection.connect

    def watched(target: str) -> sqlite3.Connection:
        made.append(connect(target))
        return made[-1]

    if opened == "again":
        new_store(tmp_path).database.close()
        with closing(sqlite3.connect(tmp_path / "data" / "store.sqlite3")) as other:
            other.execute("PRAGMA synchronous = OFF")
    monkeypatch.setattr(database_module, "connect", watched)
    with new_store(tmp_path):
        assert [one.execute("PRAGMA synchronous").fetchone()[0] for one in made] == [2]
