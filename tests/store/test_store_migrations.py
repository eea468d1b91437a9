"""Migrations: each whole or not at all, with a usable copy before, also when two programs come at once."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.errors import StoreUnusable
from kaufland_cli.seller_api.parsers import read_order_unit
from kaufland_cli.simulator import example_product
from kaufland_cli.store.database import empty_database, open_database
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.order_queries import OrderFilter
from kaufland_cli.store.soundness import wrong_tables
from kaufland_cli.store.store import Store
from support.stores import NOW, column, content, keep, new_store, order_unit, raw_unit

FIRST = Migration(1, ("CREATE TABLE notes (note TEXT)", "INSERT INTO notes VALUES ('first')"))
SECOND = Migration(2, ("ALTER TABLE notes ADD COLUMN read INTEGER", "UPDATE notes SET read = 1"))
THIRD = Migration(3, ("CREATE TABLE more (x)",))
FAILING = Migration(2, ("DELETE FROM notes", "CREATE TABLE half (x)", "INSERT INTO nowhere VALUES (1)"))


def state(path: Path) -> tuple[int, list[tuple[object, ...]], set[str]]:
    """Return version, notes and tables of a store, read with nothing but SQLite."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        return version, connection.execute("SELECT * FROM notes").fetchall(), tables


def backups(path: Path) -> list[Path]:
    """Return the copies next to a store, hidden leftovers included."""
    folder = path.parent / "backups"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_numbers_rise_without_a_gap() -> None:
    """A store's version is the number of its last migration, so each number is there once, in order."""
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_tests_copy_what_the_migrations_make(tmp_path: Path) -> None:
    """The store that tests start from, which is copied to save time, is the one that the migrations make."""
    made = []
    for name, migrations in (("copied", MIGRATIONS), ("migrated", list(MIGRATIONS))):
        with Store(open_database(tmp_path / name, NOW, migrations)) as store:
            tables = store.database.tuples("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
            pragmas = ("journal_mode", "user_version", "application_id", "page_size", "integrity_check")
            settings = [store.database.value(f"PRAGMA {pragma}") for pragma in pragmas]
            store.database.execute("UPDATE sync_state SET store_id = NULL")  # each has its own
            made.append((tables, settings, content(store)))
    assert made[0] == made[1]


@pytest.mark.parametrize("number", [2, 16, 18])
def test_version_that_is_one_too_low_is_seen(number: int) -> None:
    """A store whose version is one below its tables is damaged.

    Migration 2 adds what a later one renames, and migration 16 only indexes. One that only changes views can be made
    again, and does no harm.
    """
    with empty_database(MIGRATIONS[:number]) as database:
        assert wrong_tables(database.tuples) == []
        database.execute(f"PRAGMA user_version = {number - 1}")
        assert wrong_tables(database.tuples) == [f"its tables are not those of version {number - 1}"]


def test_indexes_that_somebody_added_or_removed_damage_nothing() -> None:
    """No order is lost with an index."""
    with empty_database() as database:
        database.execute("CREATE INDEX of_theirs ON orders (status)")
        database.execute("DROP INDEX orders_by_creation")
        assert wrong_tables(database.tuples) == []


def test_new_store_needs_no_backup(tmp_path: Path) -> None:
    """Nothing is copied where there was nothing."""
    path = tmp_path / "store.sqlite3"
    open_database(path, NOW, (FIRST, SECOND, THIRD)).close()
    assert state(path) == (3, [("first", 1)], {"notes", "more"})
    assert backups(path) == []


def test_waiting_migrations_are_applied_after_one_backup(tmp_path: Path) -> None:
    """An older store is brought up to date in order; the copy holds it as it was before the first of them."""
    path = tmp_path / "store.sqlite3"
    open_database(path, NOW, (FIRST,)).close()
    open_database(path, NOW, (FIRST, SECOND, THIRD)).close()
    assert state(path) == (3, [("first", 1)], {"notes", "more"})
    (copy,) = backups(path)
    assert copy.name == "store-version-1-20261120T120000000000Z.sqlite3"
    assert state(copy) == (1, [("first",)], {"notes"})
    open_database(path, NOW, (FIRST, SECOND, THIRD)).close()
    assert len(backups(path)) == 1, "an up-to-date store is not copied again"


def test_failing_migration_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """Version, data and tables stay, and no copy is added each time it is tried; a fixed one goes through later."""
    path = tmp_path / "store.sqlite3"
    open_database(path, NOW, (FIRST,)).close()
    for _ in range(2):
        with pytest.raises(StoreUnusable, match="its tables are not as this program makes them"):
            open_database(path, NOW, (FIRST, FAILING))
        assert state(path) == (1, [("first",)], {"notes"})
        assert backups(path) == []
    open_database(path, NOW + timedelta(minutes=1), (FIRST, SECOND)).close()
    assert state(path) == (2, [("first", 1)], {"notes"})
    (copy,) = backups(path)
    assert state(copy) == (1, [("first",)], {"notes"})
    if sys.platform != "win32":
        assert copy.stat().st_mode & 0o777 == 0o600
    with open_database(copy, NOW, (FIRST,)) as opened:
        assert opened.value("SELECT note FROM notes") == "first"


def test_later_failure_keeps_the_migrations_before(tmp_path: Path) -> None:
    """Each migration is a transaction of its own: what went through stays."""
    path = tmp_path / "store.sqlite3"
    open_database(path, NOW, (FIRST,)).close()
    broken = Migration(3, ("CREATE TABLE more (x)", "broken"))
    with pytest.raises(StoreUnusable):
        open_database(path, NOW, (FIRST, SECOND, broken))
    assert state(path) == (2, [("first", 1)], {"notes"})


def test_without_a_backup_nothing_is_migrated(tmp_path: Path) -> None:
    """Where the copy cannot be made, the store stays as it is and no half copy remains."""
    path = tmp_path / "store.sqlite3"
    open_database(path, NOW, (FIRST,)).close()
    (tmp_path / "backups").write_text("a file where the folder belongs", encoding="utf-8")
    with pytest.raises(StoreUnusable):
        open_database(path, NOW, (FIRST, SECOND))
    assert state(path)[0] == 1


def test_backup_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that could not be brought to the disk does not stay behind to be trusted later."""
    path = tmp_path / "store.sqlite3"
    open_database(path, NOW, (FIRST,)).close()

    def full(handle: int) -> None:  # noqa: ARG001 - the shape of os.fsync
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnusable, match=r"backups.*No space"):
        open_database(path, NOW, (FIRST, SECOND))
    assert backups(path) == []
    assert state(path)[0] == 1


def test_totals_with_unknown_shipping_become_unknown(tmp_path: Path) -> None:
    """A store of before counted unknown shipping as 0; what is known stays, and what was cancelled does not count."""
    path = tmp_path / "store.sqlite3"
    units = [("M1", "sent", None), ("M1", "sent", 495), ("M2", "cancelled", None), ("M2", "sent", 0)]
    with open_database(path, NOW, MIGRATIONS[:6]) as database, database.transaction():
        for id_order in ("M1", "M2"):
            database.execute(
                "INSERT INTO orders (id_order, imported_at, total_amount, goods_amount, shipping_amount)"
                " VALUES (?, '2026-11-20T12:00:00Z', 2495, 2000, 495)",
                (id_order,),
            )
        for number, (id_order, status, shipping_rate) in enumerate(units):
            database.execute(
                "INSERT INTO order_units (id_order_unit, id_order, status, price, shipping_rate, asked_as)"
                " VALUES (?, ?, ?, 1000, ?, 1)",
                (number, id_order, status, shipping_rate),
            )
        database.execute("UPDATE kept_counts SET orders = 2, units = 4")
    with open_database(path, NOW) as database:
        found = database.tuples("SELECT id_order, total_amount, goods_amount, shipping_amount FROM orders")
        assert found == [("M1", None, 2000, None), ("M2", 2495, 2000, 495)]
        lines = database.tuples("SELECT id_order, sum(quantity) FROM v_order_lines GROUP BY id_order")
        assert lines == [("M1", 2), ("M2", 2)]


def test_what_lists_ask_for_is_kept_of_orders_that_were_there(tmp_path: Path) -> None:
    """A store of before gets the statuses of units that differ, the states of sales orders, and what is due."""
    path = tmp_path / "store.sqlite3"
    units = [("M1", "sent"), ("M1", "open"), ("M2", "sent"), ("M2", "sent"), ("M3", "returned")]
    with open_database(path, NOW, MIGRATIONS[:13]) as before, before.transaction():
        for id_order, updated_at in (("M1", "2026-11-20"), ("M2", "2026-11-19"), ("M3", "2026-11-18")):
            sql = "INSERT INTO orders (id_order, status, updated_at, imported_at) VALUES (?, 'sent', ?, 'x')"
            before.execute(sql, (id_order, updated_at))
        for number, unit in enumerate(units):
            sql = "INSERT INTO order_units (id_order_unit, id_order, status, price, request_seq) VALUES (?, ?, ?, 1, 1)"
            before.execute(sql, (number, *unit))
        for sales_order in (("M1", "created", "SO-1"), ("M2", "conflict", "SO-2"), ("M3", "held", None)):
            before.execute(
                "INSERT INTO sales_orders (id_order, state, number, snapshot, compared_at, updated_at)"
                " VALUES (?, ?, ?, '{}', '2026-11-19', 'x')",
                sales_order,
            )
        before.execute("UPDATE row_counts SET orders = 3, units = 5")
    with Store.open(path, NOW) as store:
        rows = store.database.tuples("SELECT id_order, unit_statuses, sales_order_state FROM orders ORDER BY id_order")
        assert rows == [("M1", "\nopen\nsent\n", "created"), ("M2", None, "conflict"), ("M3", None, "held")]
        counts = store.sales_order_lists.counts()
        assert {state: count for state, count in counts.items() if count} == {"held": 1, "created": 1, "conflict": 1}
        assert store.sales_orders.changed_since_created() == ["M1"]
        assert column(store, "PRAGMA integrity_check") == ["ok"]


def test_orders_survive_a_migration(tmp_path: Path) -> None:
    """A real store with orders holds the same rows after a migration as before, and so does its copy."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1), order_unit(2, "M2"))
        before = content(store)
    path = tmp_path / "data" / "store.sqlite3"
    number = MIGRATIONS[-1].number + 1
    open_database(path, NOW, (*MIGRATIONS, Migration(number, ("CREATE TABLE later (x)",)))).close()
    (copy,) = backups(path)
    with Store.open(copy, NOW) as store:
        assert content(store) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (2,)
        assert connection.execute("PRAGMA user_version").fetchone() == (number,)


AT_ONCE = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from kaufland_cli.store.database import open_database
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
folder, kind, start, rounds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
first = Migration(1, ("CREATE TABLE notes (note TEXT)", "INSERT INTO notes VALUES ('first')"))
second = Migration(2, ("ALTER TABLE notes ADD COLUMN read INTEGER", "UPDATE notes SET read = 1"))
steps = {"new": MIGRATIONS, "old": (first, second)}[kind]
for number in range(rounds):
    time.sleep(max(0, start + number * 0.08 - 0.002 - time.time()))
    while time.time() < start + number * 0.08:
        pass
    with open_database(folder / str(number) / "store.sqlite3", datetime(2026, 11, 20, 12, tzinfo=UTC), steps) as opened:
        assert opened.value("PRAGMA user_version") == steps[-1].number
"""


def together(folder: Path, kind: str, *, programs: int, rounds: int) -> None:
    """Let several programs open one store at the same moment, in rounds; all have to get through."""
    start = str(time.time() + 0.8)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", AT_ONCE, str(folder), kind, start, str(rounds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(programs)
    ]
    assert [one.communicate(timeout=60)[0] for one in running] == [""] * programs


def test_several_programs_create_one_store(tmp_path: Path) -> None:
    """Programs that start at the same moment on no store at all end up with one good store, all of them."""
    together(tmp_path, "new", programs=3, rounds=10)
    with Store.open(tmp_path / "0" / "store.sqlite3", NOW) as store:
        assert store.queries.counts().orders == 0


def test_several_programs_migrate_one_store(tmp_path: Path) -> None:
    """Programs that start at the same moment on an old store migrate it once, with one copy of the old."""
    paths = [tmp_path / str(number) / "store.sqlite3" for number in range(5)]
    for path in paths:
        open_database(path, NOW, (FIRST,)).close()
    together(tmp_path, "old", programs=3, rounds=len(paths))
    for path in paths:
        assert state(path) == (2, [("first", 1)], {"notes"})
        (copy,) = backups(path)
        assert state(copy) == (1, [("first",)], {"notes"})


def test_products_of_an_earlier_store_keep_their_fields(tmp_path: Path) -> None:
    """What products agree in is stored once, each still has all of its fields, and none is stored a second time."""
    path = tmp_path / "data" / "store.sqlite3"
    raw = raw_unit(1, product=example_product())
    unit = read_order_unit(raw)
    assert isinstance(unit, OrderUnit)
    assert unit.product is not None
    more = json.dumps(unit.product.more, sort_keys=True, separators=(",", ":"))
    product = (unit.product.id_product, unit.product.title, unit.eans[0], json.dumps(unit.eans), more)
    with open_database(path, NOW, MIGRATIONS[:16]) as old, old.transaction():
        old.execute_many(
            "INSERT INTO products (product_no, content_hash, id_product, title, ean, eans, more)"
            " VALUES (?1, content_hash(?2, ?3, ?4, ?5, ?6), ?2, ?3, ?4, ?5, ?6)",
            [(1, *product), (2, 5, *product[1:]), (3, 6, "bare", None, "[]", None)],
        )
        old.execute("INSERT INTO orders (id_order, status, imported_at) VALUES ('M1', 'sent', '2026-11-20T12:00:00Z')")
        old.execute_many(
            "INSERT INTO order_units (id_order_unit, id_order, status, price, product_no, id_offer, request_seq)"
            " VALUES (?1, 'M1', 'sent', 1999, ?1, ?2, 1)",
            [(1, unit.id_offer), (2, unit.id_offer), (3, unit.id_offer)],
        )
        old.execute("UPDATE row_counts SET orders = 1, units = 3")
    with Store.open(path, NOW) as store:
        order = store.queries.order("M1")
        assert order is not None
        assert [one.product and one.product.more for one in order.units] == [unit.product.more, unit.product.more, {}]
        assert column(store, "SELECT more FROM product_extras") == [more]
        keep(store, unit, request_seq=2**30)
        assert column(store, "SELECT product_no FROM order_units WHERE id_order_unit = 1") == [1]
        assert column(store, "SELECT count(*) FROM products") == [3]


def test_units_of_an_earlier_store_keep_their_offers_and_times(tmp_path: Path) -> None:
    """Each unit has its product, offer and times as before, in views, searches and history."""
    path = tmp_path / "data" / "store.sqlite3"
    times = [None, "2026-11-20T12:00:00Z", "2026-02-31T12:00:00Z", "1969-12-31T23:59:59Z", "2026-11-20 12:00:00", "7"]
    sold = {1: (1, "SKU-A"), 2: (1, "SKU-B"), 3: (1, None), 4: (None, "SKU-C"), 5: (None, None), 6: (2, "SKU-B")}
    views = [f"SELECT * FROM {view} ORDER BY 1, 2, 3, 4, 5" for view in ("v_orders", "v_order_units", "v_order_lines")]  # noqa: S608 - our own names
    with open_database(path, NOW, MIGRATIONS[:17]) as old, old.transaction():
        old.execute_many(
            "INSERT INTO products (product_no, content_hash, id_product, title, ean, eans)"
            " VALUES (?1, content_hash(?2, ?3, ?4, ?5, NULL), ?2, ?3, ?4, ?5)",
            [(1, 7, "Teekanne", "4012", '["4012"]'), (2, 8, "Kessel", "4013", '["4013", "4014"]')],
        )
        for (unit, (product_no, id_offer)), time in zip(sold.items(), times, strict=True):
            id_order = f"M{unit}"
            old.execute("INSERT INTO orders (id_order, status, imported_at) VALUES (?, 'sent', 'x')", (id_order,))
            old.execute(
                "INSERT INTO order_units (id_order_unit, id_order, status, price, product_no, id_offer, created_at,"
                " updated_at, request_seq) VALUES (?, ?, 'sent', 1999, ?, ?, ?5, ?5, 1)",
                (unit, id_order, product_no, id_offer, time),
            )
        old.execute(
            "INSERT INTO unit_history (id_order_unit, id_order, at, run_id, field, old, new)"
            " VALUES (6, 'M6', '2026-11-20T12:00:00Z', 1, 'product_no', 1, 2)"
        )
        old.execute("UPDATE row_counts SET orders = 6, units = 6")
        before = [old.tuples(view) for view in views]
    with Store.open(path, NOW) as store:
        now = [store.database.tuples(view) for view in views]
        known = [[row[: len(rows[0])] for row in found] for found, rows in zip(now, before, strict=True)]
        assert known == before, "columns that were added since stand behind the others"
        searches = {"sku-b": ["M2", "M6"], "sku-c": ["M4"], "teekan": ["M1", "M2", "M3"], "4014": ["M6"]}
        for search, expected in searches.items():
            found = store.queries.orders(OrderFilter(search=search))
            assert sorted(order.id_order for order in found) == expected, search
        order = store.queries.order("M6")
        assert order is not None
        assert [(change.field, change.old, change.new) for change in order.history] == [
            ("product", "Teekanne (EAN 4012)", "Kessel (EAN 4013, 4014)")
        ]
        assert column(store, "PRAGMA foreign_key_check") == []
        assert column(store, "PRAGMA integrity_check") == ["ok"]
        products = "SELECT count(*) FROM products"
        assert column(store, products) == [5], "three offers of one product, one of another, and one of none"
        again = order_unit(1, "M1", id_offer="SKU-B", product={"id_product": 7, "title": "Teekanne", "eans": ["4012"]})
        keep(store, again, request_seq=2**30)
        assert column(store, products) == [5]
