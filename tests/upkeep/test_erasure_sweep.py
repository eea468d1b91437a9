"""A mark in every field of a buyer's, in every place that may hold one: after the erasure not a byte of it is left."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import pytest

from kaufland_cli.monitoring.memory import Failure, Memory, Notification
from kaufland_cli.monitoring.memory_file import read_memory, write_memory
from kaufland_cli.scheduling.verification import VerificationAnswer, answer
from kaufland_cli.simulator import Simulator, example_address, make_order
from kaufland_cli.store.store import Store
from support.clocks import HeldClock
from support.machine import Machine

ORDER = "MSWEEP1"
OTHER = "MSTAYS1"
MARK = "Quabbelkanari"
FIELDS = [*(name for name in example_address() if name != "country"), "email", "id_buyer", "note", "gift"]


def marked(name: str) -> str:
    """Return a text that can be distinguished, for one field."""
    return f"{MARK}{FIELDS.index(name):02}x"


def person() -> dict[str, str]:
    """Return an address with a mark in every field but the country."""
    return {name: marked(name) for name in example_address() if name != "country"} | {"country": "DE"}


def left_in(machine: Machine, *, named: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return each file that holds a mark, in any form, but for those that were named to the seller."""
    found = []
    for path in machine.files():
        if str(path) in named:
            continue
        content = path.read_bytes()
        forms = (MARK, MARK.casefold(), MARK.upper())
        found += [(path.name, one) for one in forms if one.encode() in content or one.encode("utf-16-le") in content]
    return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give a machine."""
    return Machine(tmp_path / "machine", clock=HeldClock())


def everywhere(machine: Machine, simulator: Simulator, *, sales_orders: bool = True) -> None:
    """Let the buyer get into every place: orders, history, raw units, log, runs, alert state, proofs, files."""
    machine.connect(simulator)
    machine.more |= {
        "KAUFLAND_DEBUG_LOG_API_REQUESTS": "true",
        "KAUFLAND_DEBUG_LOG_PERSONAL_DATA": "true",
        "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": str(sales_orders).lower(),
        "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D1",
        "KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER": "8400",
    }
    market = simulator.marketplace
    unit = {"status": "need_to_be_sent", "note": marked("note"), "gift_message": marked("gift")}
    market.add_order(
        make_order(
            ORDER,
            [unit, unit, unit | {"price": "much"}],
            billing_address=person(),
            shipping_address=person(),
            buyer={"id_buyer": marked("id_buyer"), "email": f"{marked('email')}@zwick.example"},
        )
    )
    market.add_order(make_order(OTHER))
    assert machine.run("import-orders").code == 6
    machine.clock.advance(minutes=30)
    market.change_order(ORDER, shipping_address=person() | {"city": f"{MARK}anderswo"})
    assert machine.run("import-orders").code == 6
    machine.run("sales-orders", "push")
    with Store.open(machine.store, machine.clock.now()) as store:
        told = f'The field name has the value "{marked("last_name")}" that is too long'
        database = store.database
        for table, column in (("runs", "message"), ("request_log", "error_message")):
            database.execute(f"UPDATE {table} SET {column} = ?", (told,))  # noqa: S608 - our own names
        database.execute(
            "INSERT INTO request_log (at, attempt, method, endpoint, url, request_headers, response_body, bytes) VALUES"
            " ('2026-11-20T12:00:00Z', 1, 'GET', '/customers', ?, '{}', ?, 1)",
            (f"https://x.example/customers?$filter=email eq '{marked('email')}'", json.dumps({"x": marked("street")})),
        )
        database.execute("UPDATE unreadable_units SET reason = ?", (f"price: {marked('gift')} is no amount",))
        database.execute(
            "INSERT OR REPLACE INTO details_wanted (id_order, detail, wanted_at, next_try_at, last_error)"
            " VALUES (?, 'whole order', '2026-11-24T09:00:00Z', '2026-12-24T09:00:00Z', ?)",
            (OTHER, told[: told.index("x")] + "…"),
        )
    folder, now = machine.store.parent, machine.clock.now()
    failure = Failure(since=now, last_at=now, runs=1, kind="5 x", what=told, notified=True)
    write_memory(
        folder, Memory(host="x", attempted_at=now, failure=failure, unsent=Notification("kaufland: failed", told))
    )
    answer(folder, "token", VerificationAnswer(5, told))


def test_erasure_leaves_not_a_byte_anywhere(machine: Machine) -> None:
    """Every table, the write-ahead log, the alert state and a schedule's answer: nothing of the buyer."""
    with Simulator(now=machine.clock.now) as simulator:
        everywhere(machine, simulator)
        places = {name for name, _ in left_in(machine)}
        assert {machine.store.name, "alert-state.json", "schedule-verification-answer.json"} <= places
        done = machine.run("orders", "erase", ORDER, "--yes")
        assert done.code == 0, done
        assert left_in(machine) == []
        memory = read_memory(machine.store.parent)
        assert memory.failure is not None, "that imports fail stays known"
        assert memory.unsent is not None, "that something is to be sent stays known"
        assert machine.good("orders", "show", OTHER, "--json").json()["buyer_name"]

        machine.clock.advance(minutes=30)
        simulator.marketplace.change_order(ORDER, billing_address=person() | {"city": f"{MARK}nochmal"})
        machine.run("import-orders", "--since", "30d")
        machine.run("orders", "refresh", ORDER)
        assert left_in(machine) == []


def test_by_age_the_same_goes_but_for_files(machine: Machine) -> None:
    """After privacy.delete_after_days an import takes the buyer out of the store; written sales orders stay."""
    with Simulator(now=machine.clock.now) as simulator:
        everywhere(machine, simulator, sales_orders=False)
        for number in range(3):
            simulator.marketplace.change_unit(
                list(simulator.marketplace.units)[number], status="sent", price=1999, gift_message=None
            )
        machine.clock.advance(minutes=30)
        machine.good("import-orders")
        machine.clock.advance(days=200)
        machine.run("import-orders")
        with Store.open(machine.store, machine.clock.now()) as store:
            store.erasure.rewrite()
        assert {name for name, _ in left_in(machine)} <= {
            f"{ORDER}.json",
            f"{ORDER}.csv",
            "alert-state.json",
            "schedule-verification-answer.json",
        }


def test_text_about_somebody_else_stays(machine: Machine) -> None:
    """What does not speak of the buyer is kept: the log and the memory are there to be read."""
    with Simulator(now=machine.clock.now) as simulator:
        everywhere(machine, simulator)
        machine.good("orders", "refresh", OTHER)
        with Store.open(machine.store, machine.clock.now()) as store:
            store.database.execute("UPDATE runs SET message = 'Kaufland did not answer in time.'")
        machine.good("orders", "erase", ORDER, "--yes")
        with Store.open(machine.store, machine.clock.now()) as store:
            assert {row[0] for row in store.database.tuples("SELECT message FROM runs")} == {
                "Kaufland did not answer in time."
            }
            assert store.database.value("SELECT count(*) FROM request_log WHERE response_body IS NOT NULL")


def killed_while_writing(path: Path, content: bytes) -> None:
    """Leave what a process leaves that is killed before its file has its name."""
    program = (
        "import os, pathlib, sys\n"
        "from kaufland_cli.files import write_private_file\n"
        "pathlib.Path.replace = lambda *_: os._exit(9)\n"
        "write_private_file(pathlib.Path(sys.argv[1]), sys.stdin.buffer.read())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], input=content, check=False)
    assert done.returncode == 9


NOTES = ("alert-state.json", "told.json", "schedule-verification-answer.json")


@pytest.mark.parametrize("name", NOTES)
def test_files_of_killed_writers_go_too(machine: Machine, name: str) -> None:
    """Half of a note with the buyer in it goes, also where the note itself needs no change."""
    with Simulator(now=machine.clock.now) as simulator:
        everywhere(machine, simulator)
        machine.good("orders", "erase", ORDER, "--yes")
        killed_while_writing(machine.store.parent / name, f'{{"what": "{marked("last_name")}"}}'.encode())
        assert [found.endswith(".part") for found, _ in left_in(machine)] == [True]
        assert machine.good("orders", "erase", ORDER, "--yes", "--json").json()["complete"]
        assert left_in(machine) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("told.json", '{{"schema": "kaufland.told/1", "what": "{mark}"}}'),
        ("alert-state.json", '{{"schema": "kaufland.told/9", "what": "{mark}"}}'),
        ("schedule-verification-answer.json", "{{half of it: {mark}"),
    ],
)
def test_unread_notes_keep_no_buyer(machine: Machine, name: str, content: str) -> None:
    """The former file next to the present one, and what is damaged or of another version, are cleaned too."""
    with Simulator(now=machine.clock.now) as simulator:
        everywhere(machine, simulator)
        machine.good("orders", "erase", ORDER, "--yes")
        (machine.store.parent / name).write_text(content.format(mark=marked("last_name")), encoding="utf-8")
        assert machine.good("orders", "erase", ORDER, "--yes", "--json").json()["complete"]
        assert left_in(machine) == []


def damaged(store: Path) -> None:
    """Damage the store so that it is not copied."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM orders WHERE id_order = ?", (OTHER,))
        connection.commit()


def test_every_copy_that_holds_the_buyer_is_named(machine: Machine) -> None:
    """Copies, one with a log, and the damaged store that was moved away, with its log: all are in the result."""
    with Simulator(now=machine.clock.now) as simulator:
        everywhere(machine, simulator)
        copy = Path(machine.good("backup", "--json").json()["file"])
        damaged(machine.store_file(simulator))
        machine.clock.advance(hours=1)
        kept = Path(machine.good("restore", str(copy), "--yes", "--json").json()["kept_as"])
        assert kept.name.endswith(".damaged")
        for one in (copy, kept):
            one.with_name(f"{one.name}-wal").write_bytes(marked("street").encode())
        machine.clock.advance(hours=1)
        named = machine.good("orders", "erase", ORDER, "--yes", "--json").json()["backups"]
        assert {str(copy), str(kept), f"{copy}-wal", f"{kept}-wal"} <= set(named)
        assert left_in(machine, named=named) == []
        assert left_in(machine) != []
        (check,) = [one for one in machine.run("doctor", "--json").json()["checks"] if one["name"] == "damaged stores"]
        assert (check["state"], str(kept) in check["hint"]) == ("warning", True)
