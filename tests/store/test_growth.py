"""A store that is left alone for years stays small: what grows with time is bounded, and nothing needed is lost."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kaufland_cli.store import growth
from kaufland_cli.store.connection import MAX_WRITE_AHEAD_BYTES
from kaufland_cli.store.disk_room import RESERVE_BYTES, reserve_file
from kaufland_cli.store.growth import MEGABYTE, is_worth_a_vacuum
from kaufland_cli.store.past_reconciliations import Reconciled
from kaufland_cli.store.sales_orders import KEPT_EVENTS, SalesOrders
from kaufland_cli.store.store import Store
from kaufland_cli.store.sync import IMPORT
from support.stores import NOW, column, keep, new_store, order_unit

INTERVAL = timedelta(minutes=5)
KEPT = 200
BODY = "x" * 3_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def _few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep few runs and reconciliations, so that years are short."""
    for name, value in (
        ("KEPT_RUNS", KEPT),
        ("KEPT_RECONCILIATIONS", KEPT // 10),
        ("MIN_RUNS_AT_ONCE", 20),
        ("MAX_RUNS_AT_ONCE", 40),
    ):
        monkeypatch.setattr(growth, name, value)


def one_run(store: Store, at: datetime, *, kind: str = IMPORT, verdict: str = "success", since: str = "2026") -> int:
    """Record one run from its start to its end."""
    run_id = store.sync.start_run(kind, at, None)
    results = {"verdict": verdict, "since": since, "message": "Everything is stored.", "requests": 3, "seconds": 1.5}
    store.sync.finish_run(run_id, at, results, None)
    return run_id


def one_interval(store: Store, at: datetime) -> None:
    """Do what an import with nothing new leaves behind, and clean up after it."""
    run_id = one_run(store, at)
    with store.database.transaction():
        store.database.execute(
            "INSERT INTO request_log (at, run_id, attempt, method, endpoint, url, success, bytes, response_body)"
            " VALUES (?, ?, 1, 'GET', '/order-units', 'https://x/order-units', 1, ?, ?)",
            (f"{at:%Y-%m-%dT%H:%M:%SZ}", run_id, len(BODY), BODY),
        )
    if run_id % 12 == 0:
        counts = {"units_compared": 5, "missing": 0, "surplus": 0, "differing": 0, "fixed": 0}
        store.past_reconciliations.keep(
            Reconciled(run_id=run_id, at=at, since=at, storefront=None, complete=True, by_hand=False, **counts)
        )
    store.request_log.prune(now=at, days=1, megabytes=50, most=1_000)
    store.growth.bound()


def sizes(store: Store) -> tuple[int, int]:
    """Return how large the file and its write-ahead log are."""
    path = store.database.path
    assert path is not None
    return path.stat().st_size, path.with_name(path.name + "-wal").stat().st_size


def let_pass(store: Store, runs: int) -> None:
    """Run so often, and insist that from the first third on the file does not grow."""
    at = NOW
    grown = 0
    for number in range(runs):
        at += INTERVAL
        one_interval(store, at)
        file, log = sizes(store)
        assert log <= MAX_WRITE_AHEAD_BYTES
        if number < runs // 3:
            grown = max(grown, file)
        else:
            assert file <= grown * 1.05, (number, file, grown)
    assert column(store, "PRAGMA integrity_check") == ["ok"]


@pytest.mark.usefixtures("_few_are_kept")
def test_run_after_run_the_file_stays_as_it_is(store: Store) -> None:
    """Runs, their log and comparisons come and go; the file and its write-ahead log do not grow."""
    let_pass(store, 3 * 400)
    assert KEPT <= column(store, "SELECT count(*) FROM runs")[0] <= KEPT + 22
    assert column(store, "SELECT count(*) FROM reconciliations") == [KEPT // 10]


@pytest.mark.long
def test_months_of_five_minutes(store: Store) -> None:
    """The same with the real bounds, for more runs than are kept."""
    at = NOW
    with store.database.transaction():
        for _ in range(growth.KEPT_RUNS - 100):
            at += INTERVAL
            one_run(store, at)
    let_pass(store, 3_000)
    assert column(store, "SELECT count(*) FROM runs")[0] <= growth.KEPT_RUNS + growth.MIN_RUNS_AT_ONCE + 2


@pytest.mark.usefixtures("_few_are_kept")
def test_runs_that_are_still_needed_stay(store: Store) -> None:
    """After years of failing: the last complete import, the last run of each kind, and how far back was read."""
    farthest = one_run(store, NOW, since="2020-01-01T00:00:00Z")
    compared = one_run(store, NOW, kind="reconcile", since="2026-01-01T00:00:00Z")
    last_good = one_run(store, NOW, verdict="partial", since="2026-11-20T00:00:00Z")
    for _ in range(3 * KEPT):
        one_run(store, NOW, verdict="error")
        store.growth.bound()
    assert column(store, "SELECT run_id FROM runs ORDER BY run_id")[:3] == [farthest, compared, last_good]
    good, reconciled = store.sync.last_complete_run(), store.sync.last_run(kinds=("reconcile",))
    assert good is not None
    assert reconciled is not None
    assert (good.run_id, reconciled.run_id) == (last_good, compared)
    assert store.past_reconciliations.first_read_from() == "2020-01-01T00:00:00Z"
    assert one_run(store, NOW) == 3 * KEPT + 4, "numbers of runs never come again: answers are ordered by them"


@pytest.mark.parametrize(
    ("used", "free", "room", "worth"),
    [
        (10, 64, 1_000, True),
        (100, 99, 1_000, False),
        (256, 5_000, 1_000, True),
        (257, 5_000, 1_000, False),
        (100, 5_000, 263, False),
    ],
)
def test_old_store_is_copied_where_much_is_free_and_it_is_quickly_done(
    used: int, free: int, room: int, worth: bool
) -> None:
    """More than what is used, quickly copied, and only with room on the disk for the copy."""
    found = is_worth_a_vacuum(used=used * MEGABYTE, free=free * MEGABYTE, room=room * MEGABYTE)
    assert found is worth


def fill_log(store: Store, megabytes: int) -> None:
    """Let the API log hold this much."""
    with store.database.transaction():
        store.database.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO request_log (at, attempt, method, endpoint, url, bytes, response_body)"
            " SELECT 'x', 1, 'GET', '/', '/', 1000000, zeroblob(1000000) FROM n",
            (megabytes,),
        )


@pytest.mark.parametrize("earlier", [False, True])
def test_log_that_was_huge_gives_its_room_back(tmp_path: Path, earlier: bool) -> None:
    """Cleared, it leaves a small file at the next import's end, in which the orders are and are found by search.

    So it does in a store of an earlier version, which then returns single pages like any other.
    """
    new_store(tmp_path).database.close()
    (path,) = tmp_path.rglob("*.sqlite3")
    if earlier:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA auto_vacuum = NONE")
            connection.execute("VACUUM")
    with Store.open(path, NOW) as store:
        assert column(store, "PRAGMA auto_vacuum") == [0 if earlier else 2]
        keep(store, order_unit(1, "M1"))
        fill_log(store, 80)
        store.request_log.clear()
        store.growth.bound()
    assert path.stat().st_size < MEGABYTE
    with Store.open(path, NOW) as again:
        assert column(again, "SELECT id_order FROM v_orders") == ["M1"]
        assert column(again, "PRAGMA integrity_check") == ["ok"]
        assert column(again, "PRAGMA auto_vacuum") == [2]


def test_room_is_returned_while_somebody_reads(store: Store) -> None:
    """A reader goes on reading what it began with, nobody waits, and the file is small once it has ended."""
    path = store.database.path
    assert path is not None
    fill_log(store, 5)
    keep(store, order_unit(1, "M1"))
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        entries = reader.execute("SELECT count(*), sum(length(response_body)) FROM request_log")
        assert entries.fetchall() == [(5, 5_000_000)]
        store.request_log.clear()
        store.growth.return_pages()
        entries = reader.execute("SELECT count(*), sum(length(response_body)) FROM request_log")
        assert entries.fetchall() == [(5, 5_000_000)]
    store.growth.return_pages()
    store.growth.bound()
    assert path.stat().st_size < MEGABYTE
    assert column(store, "PRAGMA integrity_check") == ["ok"]
    assert column(store, "SELECT id_order FROM v_orders") == ["M1"]


def test_an_import_returns_a_limited_number_of_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is more waits for the next one."""
    monkeypatch.setattr(growth, "MIN_BYTES_TO_FREE", 0)
    monkeypatch.setattr(growth, "MAX_BYTES_TO_MOVE", MEGABYTE)
    fill_log(store, 3)
    store.request_log.clear()
    (before,) = column(store, "PRAGMA freelist_count")
    for times in (1, 2):
        store.growth.bound()
        assert column(store, "PRAGMA freelist_count") == [before - times * 256]


def test_disk_room_is_reserved_once_there_is_a_log(store: Store) -> None:
    """Only what can be deleted needs it: no file without entries, and another one in its place is left alone."""
    path = store.database.path
    assert path is not None
    store.growth.bound()
    assert not reserve_file(path).exists()
    fill_log(store, 1)
    reserve_file(path).symlink_to(path)
    store.growth.bound()
    assert reserve_file(path).is_symlink()
    reserve_file(path).unlink()
    store.growth.bound()
    assert reserve_file(path).stat().st_size == RESERVE_BYTES


def test_write_ahead_log_is_cut_back_after_a_long_reader(store: Store) -> None:
    """Somebody reads while much is written: it grows, and once they are gone it is small again."""
    path = store.database.path
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM orders").fetchall()
        for _ in range(30):
            store.database.execute(
                "INSERT INTO request_log (at, attempt, method, endpoint, url, response_body)"
                " VALUES ('x', 1, 'GET', '/', '/', zeroblob(1000000))"
            )
        assert sizes(store)[1] > MAX_WRITE_AHEAD_BYTES
        store.growth.bound()
        reader.execute("COMMIT")
        store.growth.bound()
        one_run(store, NOW)
        assert sizes(store)[1] <= MAX_WRITE_AHEAD_BYTES


def test_sales_order_that_fails_for_years_keeps_its_last_steps(store: Store) -> None:
    """Each failure is an event; of them the last two hundred stay, of this order only."""
    keep(store, order_unit(1, "M1"), order_unit(2, "M2"))
    sales_orders = SalesOrders(store.database)
    sales_orders.drop("M2", NOW, "the other")
    for number in range(KEPT_EVENTS + 50):
        sales_orders.drop("M1", NOW, f"step {number}")
    told = column(store, "SELECT text FROM sales_order_events WHERE id_order = 'M1' ORDER BY event_no")
    assert (len(told), told[0], told[-1]) == (KEPT_EVENTS, "step 50", f"step {KEPT_EVENTS + 49}")
    assert column(store, "SELECT text FROM sales_order_events WHERE id_order = 'M2'") == ["the other"]


_RUN_FOR_EVER = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from datetime import timedelta
from kaufland_cli.store import growth
from kaufland_cli.store.store import Store
from support.stores import NOW
from test_growth import INTERVAL, KEPT, one_interval
growth.KEPT_RUNS, growth.MIN_RUNS_AT_ONCE, growth.KEPT_RECONCILIATIONS = 20, 5, 2
growth.MIN_BYTES_TO_FREE = 0
with Store.open(Path({path!r}), NOW) as store:
    at = NOW
    while True:
        at += INTERVAL * 100
        one_interval(store, at)
        print(flush=True)
"""


@pytest.mark.parametrize("lines", [30, 61, pytest.param(97, marks=pytest.mark.long)])
def test_killed_in_the_middle_the_store_is_whole(tmp_path: Path, lines: int) -> None:
    """A process that prunes and gives back room all the time is killed: the store is sound and holds what is needed."""
    path = tmp_path / "store.sqlite3"
    here = Path(__file__).parent
    script = _RUN_FOR_EVER.format(paths=[str(here), str(here.parent)], path=str(path))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(lines):
            assert process.stdout.readline()
        process.kill()
    with Store.open(path, NOW) as store:
        assert column(store, "PRAGMA integrity_check") == ["ok"]
        runs = column(store, "SELECT run_id FROM runs ORDER BY run_id")
        assert runs[0] == 1, "the one that read back the farthest"
        assert runs[-1] >= lines
        one_run(store, NOW)
        store.growth.bound()
