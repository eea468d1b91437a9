"""What can go wrong with the file ends in an error that a person can act on, and what was stored stays."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from kaufland_cli.errors import StoreBusy, StoreDamaged, StoreFull, StoreReadOnly, StoreUnusable
from kaufland_cli.store import connection as store_connection
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.sqlite_errors import understandable_errors
from kaufland_cli.store.store import Store
from support.stores import NOW, column, content, keep, new_store, order_unit


def test_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    """An error inside undoes everything inside and reaches the caller as it was."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1))
        before = content(store)
        failing = [order_unit(2), None]
        with pytest.raises(AttributeError), store.database.transaction():
            store.orders.store_units(failing, request_seq=2, run_id=1, at=NOW)  # type: ignore[arg-type]
        assert content(store) == before
        assert not store.database.in_transaction
        keep(store, order_unit(2))
        assert store.queries.counts().units == 2


def test_stopped_right_behind_the_first_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C may come between any two steps: right behind the one that takes the lock, too, the lock is given back."""

    @contextmanager
    def stopped(_path: Path | None) -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    with new_store(tmp_path) as store:
        with monkeypatch.context() as patch:
            patch.setattr(store_connection, "understandable_errors", stopped)
            with pytest.raises(KeyboardInterrupt), store.database.transaction():
                pytest.fail("it was stopped before")
        assert not store.database.in_transaction


def test_closing_waits_for_no_note_that_waits_for_it(tmp_path: Path) -> None:
    """A note that waits for an open transaction gets through when the store is closed, and neither waits long."""
    with new_store(tmp_path) as store:
        store.database.execute("BEGIN IMMEDIATE")
        taken = threading.Event()

        def note() -> None:
            with store.database.second_connection() as notes:
                taken.set()
                notes.execute("DELETE FROM request_log")

        thread, closing_thread = threading.Thread(target=note), threading.Thread(target=store.database.close)
        thread.start()
        assert taken.wait(5)
        closing_thread.start()
        closing_thread.join(store_connection.BUSY_SECONDS / 2)
        thread.join(store_connection.BUSY_SECONDS / 2)
        assert not thread.is_alive()
        assert not closing_thread.is_alive()


def test_transaction_inside_another_is_part_of_it(tmp_path: Path) -> None:
    """What is written inside stands or falls with the outer one: pages that came together are stored together."""
    with new_store(tmp_path) as store:
        with store.database.transaction():
            store.orders.store_units([order_unit(1)], request_seq=1, run_id=1, at=NOW)
            with store.database.transaction():
                store.orders.store_units([order_unit(2)], request_seq=1, run_id=1, at=NOW)
            assert store.database.in_transaction
        assert store.queries.counts().units == 2
        with suppress(ZeroDivisionError), store.database.transaction():
            keep(store, order_unit(3))
            raise ZeroDivisionError
        assert store.queries.counts().units == 2


def test_reader_never_makes_a_write_fail(tmp_path: Path) -> None:
    """Another program in the middle of reading neither blocks writing nor sees half of it."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1))
        with closing(sqlite3.connect(tmp_path / "data" / "store.sqlite3")) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM order_units").fetchone() == (1,)
            keep(store, order_unit(2))
            assert reader.execute("SELECT count(*) FROM order_units").fetchone() == (1,)
            reader.execute("COMMIT")
            assert reader.execute("SELECT count(*) FROM order_units").fetchone() == (2,)


def test_reading_on_while_writing(tmp_path: Path) -> None:
    """A list that is being read does not keep the same program from writing, nor its transaction from starting."""
    with new_store(tmp_path) as store:
        keep(store, *[order_unit(number, f"M{number}") for number in range(1, 6)])
        rows = store.database.rows("SELECT id_order FROM orders")
        next(rows)
        keep(store, order_unit(9, "M9"))
        assert len(list(rows)) >= 4


def test_second_writer_waits(tmp_path: Path) -> None:
    """Who writes while another writes gets through once the other has finished."""
    with new_store(tmp_path) as store, new_store(tmp_path) as other:
        began = threading.Event()

        def write() -> None:
            began.set()
            keep(other, order_unit(2))

        second = threading.Thread(target=write)
        with store.database.transaction():
            store.orders.store_units([order_unit(1)], request_seq=1, run_id=1, at=NOW)
            second.start()
            assert began.wait(5)
            second.join(0.2)
            assert second.is_alive()
        second.join(10)
        assert not second.is_alive()
        assert sorted(column(store, "SELECT id_order_unit FROM order_units")) == [1, 2]


def test_held_store_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another program does not let go in time, the error says so; at the start, not in the middle."""
    monkeypatch.setattr(store_connection, "BUSY_SECONDS", 0.1)
    with new_store(tmp_path) as store, new_store(tmp_path) as other, other.database.transaction():
        with pytest.raises(StoreBusy, match="did not release it"):
            keep(store, order_unit(1))
        assert not store.database.in_transaction
        assert store.queries.counts().units == 0, "reading goes on"


def test_held_store_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where waiting was in vain, later tries wait for an instant, so that they do not add up; until one succeeds."""
    monkeypatch.setattr(store_connection, "BUSY_SECONDS", 1.0)
    with new_store(tmp_path) as store, new_store(tmp_path) as other:

        def patience() -> int:
            return int(store.database.value("PRAGMA busy_timeout"))

        with other.database.transaction():
            for _ in range(2):
                with pytest.raises(StoreBusy):
                    keep(store, order_unit(1))
                assert (patience(), store.database.held) == (500, True)
        keep(store, order_unit(1))
        assert (patience(), store.database.held) == (1000, False)


def test_store_that_must_not_be_written(tmp_path: Path) -> None:
    """A refused write is reported as such and changes nothing."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1))
        before = content(store)
        store.database.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreReadOnly, match="cannot be written"):
            keep(store, order_unit(2))
        assert content(store) == before


def test_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    """What cannot be opened for writing is reported with the reason and the way out."""
    with pytest.raises(StoreReadOnly, match="cannot be opened") as caught:
        Store.open(tmp_path, NOW)
    assert "kaufland config path store" in str(caught.value.hint)


def test_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    """A folder that cannot be created is reported too."""
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(StoreReadOnly, match="cannot be opened"):
        new_store(tmp_path)


def test_full_store_keeps_what_it_has(tmp_path: Path) -> None:
    """Where there is no room for more, the old orders stay whole and can be read."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1))
        before = content(store)
        store.database.execute(f"PRAGMA max_page_count = {store.database.value('PRAGMA page_count')}")
        with pytest.raises(StoreFull, match="no room left"):
            keep(store, *[order_unit(number, f"M{number}", note="x" * 500) for number in range(2, 200)])
        assert not store.database.in_transaction
        assert content(store) == before
        assert store.database.value("PRAGMA integrity_check") == "ok"


FULL_DISK = """
import resource, sys
from pathlib import Path
from kaufland_cli.errors import StoreFull
from support.stores import NOW, keep, new_store, order_unit
with new_store(Path(sys.argv[1])) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    for number in range(2, 100_000):
        try:
            keep(store, order_unit(number, f"M{number}", note="x" * 2000))
        except StoreFull as error:
            print(number - 1, store.queries.counts().units)
            break
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is of POSIX")
def test_full_disk_keeps_every_committed_order(tmp_path: Path) -> None:
    """The system refuses to let a file grow in the middle of a write: every order stored before is there afterwards."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1))
    path = [str(Path(__file__).parents[1]), *sys.path]
    program = f"import sys; sys.path[:0] = {path!r}\n{FULL_DISK}"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    last, units = (int(number) for number in done.stdout.split())
    assert last == units > 5
    with new_store(tmp_path) as store:
        assert sorted(column(store, "SELECT id_order_unit FROM order_units")) == list(range(1, last + 1))
        assert store.database.value("PRAGMA integrity_check") == "ok"
        keep(store, order_unit(last + 1))


def test_damaged_store_is_reported(tmp_path: Path) -> None:
    """Pages full of rubbish end in an error that says how to go back to a copy."""
    with new_store(tmp_path) as store:
        keep(store, *[order_unit(number, f"M{number}", note="x" * 500) for number in range(1, 100)])
    path = tmp_path / "data" / "store.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xa5" * (len(whole) - 8192))
    with pytest.raises(StoreDamaged, match="damaged") as caught, Store.open(path, NOW) as store:
        list(store.database.rows("SELECT * FROM order_units ORDER BY more"))
    assert "kaufland restore" in str(caught.value.hint)


def test_cut_store_is_reported(tmp_path: Path) -> None:
    """A file that lost its end is damaged, not empty."""
    with new_store(tmp_path) as store:
        keep(store, *[order_unit(number, f"M{number}") for number in range(1, 100)])
    path = tmp_path / "data" / "store.sqlite3"
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(StoreDamaged), Store.open(path, NOW) as store:
        list(store.database.rows("SELECT * FROM order_units ORDER BY more"))


@pytest.mark.parametrize(
    ("number", "expected"),
    [(28, StoreFull), (27, StoreFull), (13, StoreReadOnly), (30, StoreReadOnly), (5, StoreReadOnly)],
)
def test_errors_of_the_system(number: int, expected: type[StoreUnusable]) -> None:
    """No space and too big a file are a full disk; the rest is a place that cannot be written."""
    with pytest.raises(expected, match="reason of the system"), understandable_errors(Path("store")):
        raise OSError(number, "reason of the system")


ASKED: list[Callable[[Database], object]] = [
    lambda database: database.execute("SELECT absent"),
    lambda database: database.execute_many("SELECT absent", [()]),
    lambda database: list(database.rows("SELECT absent")),
    lambda database: database.row("SELECT absent"),
    lambda database: database.value("SELECT absent"),
]


@pytest.mark.parametrize("ask", ASKED)
def test_sqlite_errors_never_leave_the_store(tmp_path: Path, ask: Callable[[Database], object]) -> None:
    """Whatever SQLite raises, by whatever way it was asked, leaves as an error of this program."""
    with new_store(tmp_path) as store, pytest.raises(StoreUnusable, match="cannot be used: its tables are not"):
        ask(store.database)


@pytest.mark.parametrize("ask", ASKED)
def test_closed_store_is_reported(tmp_path: Path, ask: Callable[[Database], object]) -> None:
    """So does asking after the store was closed."""
    store = new_store(tmp_path)
    store.database.close()
    with pytest.raises(StoreUnusable):
        ask(store.database)


# "Muster" and a byte that is no UTF-8
DAMAGES = [
    sql.replace("NO_TEXT", "CAST(x'4d7573746572ff' AS TEXT)")
    for sql in (
        "UPDATE products SET title = NO_TEXT",
        "UPDATE addresses SET street = NO_TEXT",
        "UPDATE order_units SET updated_at = NO_TEXT",
        "INSERT INTO sqlite_master VALUES ('table', NO_TEXT, 'x', 99, 'CREATE no sense')",
    )
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_text_that_is_no_text_is_damage(tmp_path: Path, damage: str) -> None:
    """It is reported without the text, which may name a buyer; nothing is written to that store any more."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1))
    path = tmp_path / "data" / "store.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(damage)

    def use() -> None:
        with Store.open(path, NOW) as store:
            keep(store, order_unit(1, status="sent"))
            store.queries.order("M1")

    with pytest.raises(StoreDamaged) as caught:
        use()
    assert "Muster" not in caught.value.message
    assert "kaufland restore" in str(caught.value.hint)
    with pytest.raises(StoreDamaged, match="Nothing is written to it"):
        Store.open(path, NOW)


ABOUT = f"SELECT 1 WHERE 1 IN ({MARKS})"


@pytest.mark.parametrize(
    "ask",
    [
        lambda database: database.tuples("SELECT ?", ("\ud800",)),
        lambda database: list(database.tuples_for_keys(ABOUT, ["M1", "\ud800"])),
        lambda database: database.execute_many("INSERT INTO new_words VALUES (?, ?, ?)", [("a", "\ud800", "b")]),
    ],
)
def test_half_a_character_damages_nothing(tmp_path: Path, ask: Callable[[Database], object]) -> None:
    """What cannot be written or asked is an error of that one thing: the store is whole, and imports go on."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1))
        with pytest.raises(StoreUnusable) as caught:
            ask(store.database)
        assert type(caught.value) is StoreUnusable
    with new_store(tmp_path) as store:
        keep(store, order_unit(2))
        assert store.queries.counts().units == 2
