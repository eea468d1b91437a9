"""A store that another program holds: an import waits for a bounded time, reading goes on, and nothing is lost."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the driver is of POSIX", allow_module_level=True)

from kaufland_cli.store import connection
from support.kill_driver import Plan
from support.kills import IMPORT, Shop, check_finished, check_left_behind, machine_of, run_by_plan, stored

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
connection.close()
"""
SHORT_PLAN = Plan(busy_seconds=0.2)


@contextmanager
def held(store: Path) -> Iterator["subprocess.Popen[str]"]:
    """Let another program hold the store; it lets go when it is given a line."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin is not None
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == "held\n"
        yield other
    finally:
        other.communicate("\n", timeout=30)


def test_import_into_a_held_store(
    seller: Shop, old_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with 9 and says why; lists and status show what is there; once the other lets go, it catches up."""
    machine = machine_of(seller, tmp_path / "machine", old_data)
    before = stored(machine.store)
    monkeypatch.setattr(connection, "BUSY_SECONDS", SHORT_PLAN.busy_seconds)
    with held(machine.store):
        code, out, err = run_by_plan(machine, SHORT_PLAN, *IMPORT)
        assert (code, out) == (9, "")
        assert "Another program is using" in err
        assert "run the command again" in err
        for words in (("orders", "list", "--json"), ("status", "--json"), ("log", "show", "--json")):
            done = machine.run(*words)
            assert (done.code, done.err) == (0, ""), words
            assert done.out
        check_left_behind(machine, seller)
        assert stored(machine.store) == before
    check_finished(machine, seller)


@pytest.mark.long
def test_store_that_is_let_go_in_time(seller: Shop, old_data: Path, tmp_path: Path) -> None:
    """An import waits for a program that writes for a moment, such as a backup, and then goes through."""
    machine = machine_of(seller, tmp_path / "machine", old_data)
    with held(machine.store) as other:
        assert other.stdin is not None
        process = machine.start(*IMPORT)
        time.sleep(1)
        assert process.poll() is None, "it did not wait"
        other.stdin.write("\n")
        other.stdin.flush()
        process.communicate(timeout=60)
        assert process.returncode == seller.exit_code
    check_finished(machine, seller)


def test_store_that_is_taken_in_mid_import(seller: Shop, old_data: Path, tmp_path: Path) -> None:
    """A program that takes the store between pages ends the import; what was committed stays, the rest follows."""
    machine = machine_of(seller, tmp_path / "machine", old_data)
    before, served = stored(machine.store), seller.served
    taken, over = threading.Event(), threading.Event()

    def hold() -> None:
        with held(machine.store):
            taken.set()
            over.wait(60)

    other = threading.Thread(target=hold)

    def take(_: object) -> None:
        if not other.is_alive():
            other.start()
        taken.wait(30)

    seller.simulator.before_each("/order-units", take)
    try:
        code, _, err = run_by_plan(machine, SHORT_PLAN, *IMPORT)
    finally:
        over.set()
        other.join()
        seller.simulator.behave()
    assert code == 9
    assert "Another program is using" in err
    check_left_behind(machine, seller)
    now = stored(machine.store)
    assert all(now[key] in (row, served[key]) for key, row in before.items())
    check_finished(machine, seller)


@pytest.mark.long
def test_import_waits_for_a_held_store(seller: Shop, old_data: Path, tmp_path: Path) -> None:
    """10 seconds, and not once more for each thing that it tries then; it says so once and claims nothing else."""
    machine = machine_of(seller, tmp_path / "machine", old_data)
    with held(machine.store):
        began = time.monotonic()
        done = machine.process(*IMPORT)
        assert done.code == 9
        assert done.err.count("Another program is using") == 1
        assert 10 <= time.monotonic() - began < 20  # most of the rest is the start of a process on a busy machine
