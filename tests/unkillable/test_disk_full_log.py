"""On a full disk the API log can be cleared and pruned, which makes room for the next import."""

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("mounts are of POSIX", allow_module_level=True)

from kaufland_cli.store.disk_room import RESERVE_BYTES, reserve_file
from support.disk import Disk, check_told, fill
from support.kill_driver import Plan
from support.kills import (
    IMPORT,
    Shop,
    check_finished,
    check_left_behind,
    machine_of,
    names_of_steps,
    run_by_plan,
    stored,
    strike,
)
from support.machine import Machine
from support.sampling import sampled

ROOMY, LARGE = 90_000_000, 8_000_000
CLEAR = ("log", "clear", "--yes")


def with_large_log(machine: Machine, size: int = LARGE) -> None:
    """Let the API log hold old calls with large bodies between the orders of an import."""
    with closing(sqlite3.connect(machine.store)) as connection:
        connection.executemany(
            "INSERT INTO request_log (at, attempt, method, endpoint, url, bytes, response_body)"
            " VALUES ('2020-01-01T00:00:00Z', 1, 'GET', '/order-units', 'https://x/', ?1, ?2)",
            [(length, "x" * length) for length in (size // 400,) * 390 + (size // 40,)],
        )
        connection.commit()


@pytest.fixture
def machine(seller: Shop, tmp_path: Path, small_disk: Disk) -> Machine:
    """Give a machine whose store has a large log and is behind the shop, with a disk of its own to be filled."""
    found = machine_of(seller, tmp_path / "machine")
    found.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    small_disk(found.data, ROOMY)
    assert found.run(*IMPORT).code in {0, 6}
    seller.change()
    with_large_log(found)
    return found


@pytest.mark.parametrize("words", sampled(["clear --yes", "prune"], "prune"))
def test_log_is_shortened_on_a_full_disk(machine: Machine, seller: Shop, words: str) -> None:
    """An import finds no room and names the log; once that is empty, its room is the disk's, and an import works."""
    before, size = stored(machine.store), machine.store.stat().st_size
    fill(machine.data)
    code, _, err = run_by_plan(machine, Plan(), *IMPORT)
    check_told(code, err)
    assert "kaufland log clear" in err
    done = machine.run("log", *words.split())
    assert (done.code, "entries deleted" in done.out + done.err) == (0, True), done
    assert shutil.disk_usage(machine.data).free > LARGE + RESERVE_BYTES
    assert machine.store.stat().st_size < size - LARGE
    assert stored(machine.store) == before
    check_finished(machine, seller)


def test_small_log_is_cleared_on_a_full_disk(seller: Shop, tmp_path: Path, small_disk: Disk) -> None:
    """Even where deleting frees less than it takes: the reserve is room enough, for an import that follows too.

    That import reserves nothing again, for there is no plenty of room. With plenty, the next one does.
    """
    machine = machine_of(seller, tmp_path / "machine")
    machine.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    small_disk(machine.data, ROOMY)
    assert machine.run(*IMPORT).code in {0, 6}
    reserve = reserve_file(machine.store)
    assert (reserve.stat().st_size, reserve.stat().st_mode & 0o777) == (RESERVE_BYTES, 0o600)
    seller.change()
    fill(machine.data)
    done = machine.run(*CLEAR)
    assert (done.code, reserve.exists()) == (0, False), done
    check_finished(machine, seller)
    assert not reserve.exists()
    (machine.data / "filler").unlink()
    machine.run(*IMPORT)
    assert reserve.stat().st_size == RESERVE_BYTES


def test_without_a_reserve_a_full_disk_is_reported(machine: Machine) -> None:
    """Where none could be kept, clearing says that the disk is full, and costs nothing."""
    reserve_file(machine.store).unlink()
    before = stored(machine.store)
    fill(machine.data)
    done = machine.run(*CLEAR)
    check_told(done.code, done.err)
    (machine.data / "filler").unlink()
    assert stored(machine.store) == before


def test_question_costs_no_reserve(machine: Machine) -> None:
    """Only what is deleted takes room: asking first, and not going on without an answer, leaves the reserve alone."""
    fill(machine.data)
    done = machine.run("log", "clear")
    assert done.code == 2, done
    assert reserve_file(machine.store).exists()


@pytest.mark.long
@pytest.mark.parametrize("moment", sampled(["deleting", "before COMMIT", "returning room"], "before COMMIT"))
def test_killed_while_the_log_is_cleared_on_a_full_disk(
    machine: Machine, seller: Shop, tmp_path: Path, moment: str
) -> None:
    """The store is sound and holds every order; the same command then does the rest."""
    before, saved = stored(machine.store), tmp_path / "saved"
    shutil.copytree(machine.data, saved)
    fill(machine.data)
    names = names_of_steps(machine, None, *CLEAR)["writing"]
    deleting = [number for number, name in enumerate(names, 1) if "DELETE FROM request_log" in name]
    assert len(deleting) > 5, "it is deleted in many parts"
    number = {"deleting": deleting[2], "before COMMIT": deleting[-1] + 1, "returning room": len(names) - 1}[moment]
    for left in machine.data.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    shutil.copytree(saved, machine.data, dirs_exist_ok=True)
    fill(machine.data)
    assert strike(machine, Plan(number=number), *CLEAR)
    copy = machine_of(seller, tmp_path / "copy")
    shutil.copytree(machine.data, copy.data, ignore=shutil.ignore_patterns("filler"))
    check_left_behind(copy, seller)
    assert stored(copy.store) == before
    assert machine.run(*CLEAR).code == 0
    assert shutil.disk_usage(machine.data).free > LARGE
    check_finished(machine, seller)


def test_changes_of_a_killed_import_are_kept(machine: Machine, tmp_path: Path) -> None:
    """Where its last changes are in SQLite's log only, not even a list can be shown: the error names what helps."""
    saved = tmp_path / "saved"
    with closing(sqlite3.connect(machine.store)) as writer:
        writer.execute("UPDATE orders SET storefront = 'xx'")
        writer.commit()
        shutil.copytree(machine.data, saved, ignore=shutil.ignore_patterns("*-shm"))
    shutil.copytree(saved, machine.data, dirs_exist_ok=True)
    fill(machine.data)
    assert "kaufland log clear" in machine.run("orders", "list").err
    assert machine.run(*CLEAR).code == 0
    machine.good("orders", "list")
    with closing(sqlite3.connect(machine.store)) as connection:
        assert connection.execute("SELECT DISTINCT storefront FROM orders").fetchall() == [("xx",)]
        assert connection.execute("SELECT count(*) FROM request_log").fetchall() == [(0,)]
