"""A damaged store: whichever command that writes comes first finds it out, writes nothing, and names the way out."""

import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.cli.app import command_tree
from kaufland_cli.errors import StoreUnusable
from kaufland_cli.simulator import Simulator, make_order
from kaufland_cli.store.migrations.schema import MIGRATIONS
from kaufland_cli.store.record import change_record
from kaufland_cli.store.store import Store
from support.machine import Machine
from support.sampling import sampled

NEWEST = MIGRATIONS[-1].number  # it adds tables
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
    "an earlier version": header(VERSION, NEWEST - 1),
    "the first version": header(VERSION, 1),
    "no version": header(VERSION, 0),
    "a version below zero": header(VERSION, NEWEST - 0x80000000),
    "a wrong number of free pages": header(FREE_PAGES, 77),  # a copy would be whole
    "a table is missing": told("DROP TABLE accepted_totals"),
    "a column is missing": told(
        "DROP INDEX sales_orders_to_look_again", "ALTER TABLE sales_orders DROP COLUMN look_again"
    ),
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

ARGUMENTS = {"order": ERASED, "orders": ERASED, "unit": ERASED, "who": ERASED, "number": "1017", "entry": "1"}
ARGUMENTS |= {"targets": ERASED, "target": ERASED, "action": "1", "actions": "1"}
OPTIONS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("orders", "ship"): ("--carrier", "Other"),
    ("orders", "cancel"): ("--reason", "NoInventory"),
    ("orders", "refund"): ("--amount", "1", "--reason", "defect"),
}
"""What stands for the arguments of commands."""
ANOTHER_RULE: dict[tuple[str, ...], str] = {
    ("demo",): "has a store of its own",
    ("help",): "opens no store",
    ("invoices", "upload"): "looks at the files first",
    ("setup",): "can change the settings with any store",
    ("backup",): "looks at the store itself",
    ("restore",): "is the way out",
    ("doctor",): "looks at the store itself, and ends with its own exit code",
    ("profiles", "list"): "names what is wrong with each seller's store or settings in a list",
    **{(group,): "opens no store" for group in ("config", "secret", "monitoring")},
    **{("schedule", name): "opens no store" for name in ("install", "remove", "show")},
}


def commands() -> Iterator[tuple[str, ...]]:
    """Yield a way to type each command, and to type its dry run, but for those that have another rule."""

    def below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if words in ANOTHER_RULE:
            return
        for name, child in getattr(command, "commands", {}).items():
            yield from below(child, (*words, name))
        if hasattr(command, "commands"):
            return
        options = {option for one in command.params if one.param_type_name == "option" for option in one.opts}
        arguments = [ARGUMENTS[one.name] for one in command.params if one.param_type_name == "argument"]
        typed = (*words, *arguments, *OPTIONS.get(words, ()), *(one for one in ("--yes", "--json") if one in options))
        yield from [typed, (*typed, "--dry-run")] if "--dry-run" in options else [typed]

    yield from below(command_tree(), ())


READING = {
    ("status", "--json"): "last_order_sync",
    ("orders", "list", "--json"): "orders",
    ("orders", "list", "--failed", "--json"): "units",
    ("orders", "show", ERASED, "--json"): "id_order",
    ("sales-orders", "list", "--json"): "sales_orders",
    ("sales-orders", "show", ERASED, "--json"): "id_order",
    ("sales-orders", "push", ERASED, "--dry-run", "--json"): "documents",
    ("sales-orders", "check", "--json"): "checks",
    ("log", "show", "--json"): "entries",
    ("import-orders", "--dry-run", "--json"): "units_seen",
    ("test-connection", "--json"): "steps",
}
"""What can be shown of a damaged store, or needs none."""


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
    connected.have_imported(simulator)
    return connected


@pytest.mark.parametrize(
    "damage", sampled(DAMAGES, "an earlier version", "a wrong number of free pages", "units without an order")
)
def test_first_writing_command_finds_damage(seller: Machine, simulator: Simulator, damage: str) -> None:
    """What the doctor fails ends with exit 9 everywhere; no good copy is replaced; the copy in the hint goes on."""
    listed = seller.good("orders", "list", "--csv").out
    copy = Path(seller.good("backup", "--json").json()["file"])
    good = copy.read_bytes()
    path = seller.store_file(simulator)
    DAMAGES[damage](path)
    seller.clock.advance(hours=1)
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


def test_added_tables_are_no_damage(seller: Machine, simulator: Simulator) -> None:
    """Tables, views, indexes and columns of the seller's own do not make a store a damaged one."""
    told(
        "CREATE TABLE my_notes (id_order, note)",
        "CREATE VIEW my_orders AS SELECT id_order FROM orders",
        "CREATE INDEX my_index ON orders (storefront)",
        "ALTER TABLE orders ADD COLUMN my_mark",
    )(seller.store_file(simulator))
    seller.clock.advance(days=2)
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
    seller.clock.advance(hours=2)
    seller.good("import-orders")
    if finder == ("--a day later",):
        seller.clock.advance(hours=23)
    else:
        assert seller.run(*finder).code in {8, 9}
    for words in WRITING:
        done = seller.run(*(word for word in words if word not in {"COPY", "--force"}))
        assert done.code == 9, (words, done)
    path.write_bytes(whole)
    seller.run("doctor")
    seller.good("import-orders")


def test_store_that_forbids_writing_by_itself(seller: Machine, simulator: Simulator) -> None:
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
    seller.clock.advance(hours=1)
    seller.good("restore", seller.good("backup", "--json").json()["file"], "--yes")
    assert seller.good("orders", "list", "--csv").out == listed
    seller.good("import-orders")


@pytest.fixture
def damaged(seller: Machine, simulator: Simulator) -> Machine:
    """Give a seller whose last import found the store damaged, with a log that every call would be written to."""
    seller.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    seller.more["KAUFLAND_WRITES_ALLOW"] = "ship,cancel,refund,release"
    seller.write_config(f'[api]\nbase_url = "{simulator.base_url}"\nclient_key = "{simulator.client_key}"\n')
    seller.good("import-orders")
    DAMAGES["units without an order"](seller.store_file(simulator))
    seller.clock.advance(hours=1)
    assert seller.run("import-orders").code == 9
    return seller


def content(machine: Machine, simulator: Simulator) -> bytes:
    """Return what the store holds, with what waits next to it."""
    path = machine.store_file(simulator)
    waiting = path.with_name(f"{path.name}-wal")
    return path.read_bytes() + (waiting.read_bytes() if waiting.exists() else b"")


def test_commands_end_with_9_after_damage(damaged: Machine, simulator: Simulator) -> None:
    """Whatever opens the store says so and leaves it as it is, whether it writes, lists, or only tries."""
    before = content(damaged, simulator)
    ends = {words: damaged.run(*words) for words in commands()}
    assert {words: end.code for words, end in ends.items() if end.code != 9} == {}
    assert {words for words, end in ends.items() if "kaufland restore --fresh" not in end.err} == set()
    assert content(damaged, simulator) == before


@pytest.mark.parametrize(("words", "field"), READING.items())
def test_rest_of_a_damaged_store_can_be_read(damaged: Machine, words: tuple[str, ...], field: str) -> None:
    """Lists, cards and dry runs show what can be read before they end with exit 9, as one document."""
    end = damaged.run(*words)
    assert (end.code, end.error()["error"]) == (9, "store_damaged")
    assert field in end.json()


def test_status_is_red_with_a_damaged_store(damaged: Machine) -> None:
    """The last import was good, and nothing is green all the same; a person sees what is wrong and the way out."""
    record = damaged.run("status", "--json", "--max-age", "1d").json()
    assert record["last_order_sync_status"] == "red"
    assert "order_units" in record["store_damage"]
    end = damaged.run("status")
    assert "✓" not in end.out
    assert "was found damaged" in end.out
    assert "kaufland restore" in end.err
    listed = damaged.run("profiles", "list", "--json").json()["profiles"][0]
    assert (listed["last_order_sync_status"], listed["fault"]) == ("red", record["store_damage"])


def test_error_in_a_damaged_store_is_the_damage(damaged: Machine) -> None:
    """An order that is not found may be what the damage took; questions about the settings stay what they are."""
    assert damaged.run("orders", "show", "MNEVER1").code == 9
    assert damaged.run("orders", "list", "--frobnicate").code == 2


def test_scheduled_import_that_is_not_due_says_nothing_of_damage(damaged: Machine) -> None:
    """A run with nothing to do does not report known damage again: a scheduler would send it every few minutes."""
    damaged.more |= {"KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true"}
    first = damaged.run("import-orders", "--scheduled")
    assert first.code == 9
    assert "damaged" in first.err
    damaged.clock.advance(minutes=1)
    again = damaged.run("import-orders", "--scheduled")
    assert (again.code, again.err) == (0, "")


@pytest.mark.parametrize("words", [("log", "clear", "--yes"), ("log", "prune"), ("test-connection",)], ids=" ".join)
def test_commands_that_write_next_to_imports_make_no_store(
    connected: Machine, simulator: Simulator, words: tuple[str, ...]
) -> None:
    """Where there is no store yet, none is made to delete its log or to note a test in it."""
    connected.good(*words)
    assert not connected.store_file(simulator).exists()


def test_reading_commands_can_write_nothing(seller: Machine, simulator: Simulator) -> None:
    """Nothing can be written through a store that is opened for reading, nor through the log next to it."""
    path = seller.store_file(simulator)
    with Store.open_for_reading(path, seller.clock.now()) as store:
        with pytest.raises(StoreUnusable):
            store.sync.set_client_key("another")
        with pytest.raises(StoreUnusable):
            store.database.execute("DELETE FROM request_log")
        with store.database.second_connection() as notes, pytest.raises(StoreUnusable):
            notes.execute("DELETE FROM request_log")


@pytest.mark.parametrize("damage", ["an earlier version", "the first version"])
def test_list_updates_no_damaged_store(seller: Machine, simulator: Simulator, damage: str) -> None:
    """Whatever opens an older store brings it up to date; one whose tables are not of that version is left alone.

    That is seen before anything is tried: here not even a copy could be made.
    """
    path = seller.store_file(simulator)
    DAMAGES[damage](path)
    (path.parent / "backups").write_text("a file in the way", encoding="utf-8")
    before = content(seller, simulator)
    end = seller.run("orders", "list", "--json")
    assert (end.code, end.error()["error"]) == (9, "store_damaged")
    assert "its tables are not those of version" in end.error()["message"]
    assert content(seller, simulator) == before


@pytest.mark.parametrize("words", [("orders", "list"), ("status",), ("log", "clear", "--yes")], ids=" ".join)
def test_list_takes_no_store_without_tables_for_a_new_one(
    seller: Machine, simulator: Simulator, words: tuple[str, ...]
) -> None:
    """A database that lost all of its tables is a store that was lost, whoever opens it."""
    path = seller.store_file(simulator)
    path.unlink()
    told("CREATE TABLE gone (x)", "DROP TABLE gone")(path)
    before = path.read_bytes()
    assert before
    assert seller.run(*words).code == 9
    assert path.read_bytes() == before


def test_other_environment_that_is_damaged_is_red_and_left_alone(damaged: Machine, simulator: Simulator) -> None:
    """`status` of one environment looks at the others' stores, changes none, and shows a damaged one as such."""
    path, before = damaged.store_file(simulator), content(damaged, simulator)
    damaged.more["KAUFLAND_API_BASE_URL"] = "http://127.0.0.1:9"
    (other,) = damaged.good("status", "--json").json()["environments"]
    assert (other["store"], other["last_order_sync_status"]) == (str(path), "red")
    assert "was found damaged" in other["last_order_sync_message"]
    assert content(damaged, simulator) == before
    path.write_bytes(b"not a database at all, and longer than nothing" * 100)
    assert f"✗ {path.stem}: cannot be read; " in " ".join(damaged.good("status").out.split())
