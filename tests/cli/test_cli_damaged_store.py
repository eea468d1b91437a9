"""A damaged store: whichever command that writes comes first finds it out, writes nothing, and names the way out."""

import shutil
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cli_helpers import Machine
from kaufland_cli.simulator import Simulator, make_order
from kaufland_cli.store.record import change_record
from kaufland_cli.store.schema import MIGRATIONS
from sampling import sampled

NEWEST = MIGRATIONS[-1].number
VERSION, MARK, WRITE_FORMAT, FREE_PAGES = 60, 68, 18, 36
"""Where SQLite's header has them."""
GONE, ERASED = "MGONE01", "MERASE1"


def header(place: int, value: int, form: str = ">i") -> Callable[[Path], None]:
    """Return what writes a number into the header."""

    def write(path: Path) -> None:
        content = bytearray(path.read_bytes())
        struct.pack_into(form, content, place, value)
        path.write_bytes(content)

    return write


def told(*statements: str) -> Callable[[Path], None]:
    """Return what changes a store behind the program's back."""

    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return change


def rubbish(path: Path) -> None:
    """Fill pages in the middle."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8 * 4096] = bytes(range(256)) * 128
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "another mark": header(MARK, 0x4B61FD4C),
    "no mark": header(MARK, 0),
    "a version far too high": header(VERSION, NEWEST | 0x380000),
    "the next version": header(VERSION, NEWEST + 1),
    "the version of before": header(VERSION, NEWEST - 1),
    "the first version": header(VERSION, 1),
    "no version": header(VERSION, 0),
    "a version below zero": header(VERSION, NEWEST - 0x80000000),
    "a wrong number of free pages": header(FREE_PAGES, 77),  # a copy would be whole
    "a table is missing": told("DROP TABLE accepted_totals"),
    "a column is missing": told("ALTER TABLE sales_orders DROP COLUMN look_again"),
    "units without an order": told("PRAGMA foreign_keys = OFF", "DELETE FROM orders WHERE id_order = 'MGONE01'"),
    "pages of rubbish": rubbish,
}
WRITING = (
    ("import-orders", "--json"),
    ("backup", "COPY", "--force", "--json"),
    ("sales-orders", "push", "--json"),
    ("orders", "erase", ERASED, "--yes", "--json"),
    ("reconcile", "--json"),
)


@pytest.fixture
def seller(connected: Machine, simulator: Simulator) -> Machine:
    """Give a seller with a store of a few orders."""
    connected.more |= {
        "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D1",
        "KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER": "8400",
    }
    for number in (GONE, ERASED):
        simulator.marketplace.add_order(make_order(number))
    connected.good("import-orders")
    return connected


@pytest.mark.parametrize(
    "damage", sampled(DAMAGES, "the version of before", "a wrong number of free pages", "units without an order")
)
def test_whoever_writes_first_finds_damage(seller: Machine, simulator: Simulator, damage: str) -> None:
    """What the doctor fails ends with exit 9 everywhere; no good copy is replaced; the copy in the hint goes on."""
    listed = seller.good("orders", "list", "--csv").out
    copy = Path(seller.good("backup", "--json").json()["file"])
    good = copy.read_bytes()
    path = seller.store_file(simulator)
    DAMAGES[damage](path)
    seller.clock.pass_by(hours=1)
    kept = seller.folder / "kept"
    shutil.copytree(seller.data, kept)
    for words in WRITING:
        done = seller.run(*(str(copy) if word == "COPY" else word for word in words))
        assert done.code == 9, (words, done)
        assert f"kaufland restore {copy}" in done.error()["hint"], words
        assert copy.read_bytes() == good, words
        shutil.rmtree(seller.data)
        shutil.copytree(kept, seller.data)
    assert seller.run("doctor", "--json").code == 8
    seller.good("restore", str(copy), "--yes")
    assert seller.good("orders", "list", "--csv").out == listed
    seller.good("import-orders")


def test_what_somebody_added_is_no_damage(seller: Machine, simulator: Simulator) -> None:
    """Tables, views, indexes and columns of the seller's own do not make a store a damaged one."""
    told(
        "CREATE TABLE my_notes (id_order, note)",
        "CREATE VIEW my_orders AS SELECT id_order FROM orders",
        "CREATE INDEX my_index ON orders (storefront)",
        "ALTER TABLE orders ADD COLUMN my_mark",
    )(seller.store_file(simulator))
    seller.clock.pass_by(days=2)
    seller.good("import-orders")
    seller.good("backup")
    checks = seller.run("doctor", "--json").json()["checks"]
    assert [check for check in checks if check["name"].startswith("store") and check["state"] == "failed"] == []


@pytest.mark.parametrize(
    "finder",
    [
        pytest.param(("doctor", "--json"), marks=pytest.mark.long),
        ("backup", "--json"),
        pytest.param(("--a day later",), marks=pytest.mark.long),
    ],
)
def test_damage_that_was_found_is_remembered(seller: Machine, simulator: Simulator, finder: tuple[str, ...]) -> None:
    """A large store is looked through once a day; what anybody finds meanwhile stops all that write."""
    path = seller.store_file(simulator)
    whole = path.read_bytes()
    change_record(path, lambda record: replace(record, check_seconds=600.0))
    DAMAGES["units without an order"](path)
    seller.clock.pass_by(hours=2)
    seller.good("import-orders")
    if finder == ("--a day later",):
        seller.clock.pass_by(hours=23)
    else:
        assert seller.run(*finder).code in {8, 9}
    for words in WRITING:
        done = seller.run(*(word for word in words if word not in {"COPY", "--force"}))
        assert done.code == 9, (words, done)
    path.write_bytes(whole)
    seller.run("doctor")
    seller.good("import-orders")


def test_a_store_that_forbids_writing_by_itself(seller: Machine, simulator: Simulator) -> None:
    """An unknown format of writing in the header is no matter of rights; a copy of such a store is a whole one."""
    listed = seller.good("orders", "list", "--csv").out
    copy = seller.good("backup", "--json").json()["file"]
    header(WRITE_FORMAT, 3, "B")(seller.store_file(simulator))
    for words in WRITING:
        if words[0] in {"import-orders", "reconcile"}:
            done = seller.run(*words)
            assert done.code == 9, (words, done)
            assert f"kaufland restore {copy}" in done.error()["hint"], words
    assert seller.run("doctor", "--json").code == 8
    seller.clock.pass_by(hours=1)
    seller.good("restore", seller.good("backup", "--json").json()["file"], "--yes")
    assert seller.good("orders", "list", "--csv").out == listed
    seller.good("import-orders")
