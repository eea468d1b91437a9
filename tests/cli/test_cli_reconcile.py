"""`kaufland reconcile` and `kaufland orders list --failed` as a person and as a program meet them."""

import csv
import io
import json
import os
import sqlite3

import pytest

from cli_helpers import ESCAPE, Done, Machine
from kaufland_cli.cli.main import run
from kaufland_cli.cli.session import Session
from kaufland_cli.order_import.lock import Holder, run_lock
from kaufland_cli.simulator import Simulator, faults


class Terminal(io.StringIO):
    """A screen."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def on_terminal(machine: Machine, *words: str, width: int) -> Done:
    """Run a command at a terminal of that width, without colour."""
    out, err = Terminal(), Terminal()
    session = Session(
        environ=machine.environ | {"COLUMNS": str(width), "NO_COLOR": "1"},
        stdin=io.StringIO(),
        stdout=out,
        stderr=err,
        clock=machine.clock,
        random=lambda: 0.5,
        pid=os.getpid(),
    )
    return Done(run(words, session), out.getvalue(), err.getvalue())


def damage(machine: Machine) -> int:
    """Let the store lose its newest unit; return its id."""
    with sqlite3.connect(machine.store) as connection:
        (key,) = connection.execute("SELECT id_order_unit FROM order_units ORDER BY created_at DESC LIMIT 1").fetchone()
        connection.execute("DELETE FROM order_units WHERE id_order_unit = ?", (key,))
    return int(key)


def test_a_job_hears_nothing_where_nothing_differs(connected: Machine) -> None:
    """In a pipe: no output and exit 0; with --json the result."""
    connected.good("import-orders")
    done = connected.good("reconcile")
    assert (done.out, done.err) == ("", "")
    found = connected.good("reconcile", "--json").json()
    assert (found["schema"], found["verdict"], found["units"], found["days"]) == (
        "kaufland.reconcile/1",
        "equal",
        [],
        [],
    )


def test_a_job_hears_of_differences_once_and_can_mend_them(connected: Machine) -> None:
    """Exit 8 and one message on stderr; with --fix too, after which nothing differs."""
    connected.good("import-orders")
    key = damage(connected)
    done = connected.run("reconcile")
    assert (done.code, done.out) == (8, "")
    assert str(key) in done.err
    assert "reconcile --fix" in done.err
    assert connected.run("reconcile", "--fix").code == 8
    assert connected.run("reconcile").code == 0
    assert connected.good("status", "--json").json()["last_reconciliation"]["missing"] == 0


def test_programs_get_every_unit_in_each_form(connected: Machine) -> None:
    """--json, --jsonl and --csv name the same units."""
    connected.good("import-orders")
    key = damage(connected)
    found = connected.run("reconcile", "--json")
    assert (found.code, [one["id_order_unit"] for one in found.json()["units"]]) == (8, [key])
    assert json.loads(connected.run("reconcile", "--jsonl").out)["id_order_unit"] == key
    (row,) = csv.DictReader(io.StringIO(connected.run("reconcile", "--csv").out.lstrip("\ufeff")))
    assert (row["id_order_unit"], row["difference"]) == (str(key), "missing")


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_is_not_overrun(connected: Machine, width: int) -> None:
    """At 80 and 120 columns no line is longer, nothing is painted, and long lists are cut with a word."""
    connected.good("import-orders")
    with sqlite3.connect(connected.store) as connection:
        connection.execute("DELETE FROM order_units WHERE rowid % 2")
        connection.execute("UPDATE order_units SET status = 'open', price = price + 1")
    done = on_terminal(connected, "reconcile", width=width)
    assert done.code == 8
    assert not ESCAPE.search(done.out)
    assert max(map(len, done.out.splitlines())) <= width
    assert "more, all of them with --json" in done.out
    assert "By day and storefront" in done.out


def test_it_is_no_import(connected: Machine, simulator: Simulator) -> None:
    """Neither `status` nor a schedule takes it for one."""
    assert connected.run("reconcile").code == 8
    status = connected.good("status", "--json").json()
    assert status["last_order_sync"] is None
    connected.more |= {"KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true"}
    simulator.clear_requests()
    connected.good("import-orders", "--scheduled")
    assert simulator.requests


def test_it_waits_for_nobody_and_says_why_it_cannot(connected: Machine, simulator: Simulator) -> None:
    """An import under way: 7. An outage: 5. Wrong credentials: 4. A window in the future: 2."""
    connected.good("import-orders")
    with run_lock(connected.store, Holder(1, "2026-11-24T09:00:00Z", "kaufland import-orders")):
        assert connected.run("reconcile").code == 7
    assert connected.run("reconcile", "--since", "2027-01-01").code == 2
    assert connected.run("reconcile", "--storefront", "pl2").code == 2
    rule = simulator.misbehave(faults.status(503), times=None, path="/order-units")
    assert connected.run("reconcile").code == 5
    rule.times = 0
    connected.more["KAUFLAND_SECRET_KEY"] = "0" * 64
    assert connected.run("reconcile").code == 4


def test_an_incomplete_reading_ends_with_8(connected: Machine, simulator: Simulator) -> None:
    """It says to run again, and does not claim that anything is surplus."""
    connected.good("import-orders")
    simulator.misbehave(faults.wrong_total(500), times=None, path="/order-units")
    done = connected.run("reconcile")
    assert done.code == 8
    assert "Not everything could be read" in done.err
    assert "not looked for" in done.err


def test_failed_pieces_are_listed(connected: Machine, simulator: Simulator) -> None:
    """With reason and attempts, in each form; where there are none, a person is told so."""
    connected.good("import-orders")
    assert "Every piece" in on_terminal(connected, "orders", "list", "--failed", width=80).err
    key = next(iter(simulator.marketplace.units))
    simulator.marketplace.change_unit(key, price="much")
    assert connected.run("import-orders").code == 6
    connected.clock.pass_by(minutes=15)
    assert connected.run("import-orders").code == 6
    (unit,) = connected.good("orders", "list", "--failed", "--json").json()["units"]
    assert (unit["id_order_unit"], unit["attempts"]) == (key, 1)
    assert "price" in unit["reason"]
    assert json.loads(connected.good("orders", "list", "--failed", "--jsonl").out)["id_order_unit"] == key
    assert len(connected.good("orders", "list", "--failed", "--csv").out.splitlines()) == 2
    assert str(key) in on_terminal(connected, "orders", "list", "--failed", width=80).out
    assert connected.run("orders", "list", "--failed", "--status", "open").code == 2
