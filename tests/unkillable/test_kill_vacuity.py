"""The kill tests can fail: a kill that does not kill, a handshake that lies, and each protection taken away."""

import signal
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from support.kill_driver import Plan
from support.kills import IMPORT, Shop, check_left_behind, machine_of, names_of_steps, run_by_plan, strike
from support.machine import Machine


@pytest.fixture
def machine(seller: Shop, tmp_path: Path) -> Machine:
    """Give a machine without a store."""
    return machine_of(seller, tmp_path / "machine")


def test_blow_that_does_not_kill_is_noticed(machine: Machine) -> None:
    """A process that went on to its end after the blow was not killed, and says so."""
    with pytest.raises(AssertionError, match="was not killed but ended with 6"):
        strike(machine, Plan(number=100), blow=signal.SIGCONT)


def test_late_handshake_is_noticed(machine: Machine) -> None:
    """A process that stops one step later than it should is found out."""
    with pytest.raises(AssertionError, match="stands elsewhere"):
        strike(machine, Plan(number=100, broken="late handshake"))


def test_missing_handshake_is_noticed(machine: Machine) -> None:
    """A process that never says where it stands is not waited for without end."""
    with pytest.raises(AssertionError, match="no handshake in time"):
        strike(machine, Plan(number=100, broken="silent"), patience=1)


def kill_until_it_shows(seller: Shop, folder: Path, broken: str, wanted: str) -> str:
    """Kill a program without one of its protections at a few steps until the checks complain; return the complaint."""
    names = names_of_steps(machine_of(seller, folder / "count"), Plan(broken=broken))["writing"]
    chosen = [number for number, name in enumerate(names, start=1) if name.startswith(wanted)]
    created = len(names) - names[::-1].index("before PRAGMA user_version =")
    later = [number for number in chosen if number > created + 2]
    for number in later[len(later) // 4 :]:  # the first of them come before much is stored
        machine = machine_of(seller, folder / str(number))
        assert strike(machine, Plan(number=number, broken=broken)) is not None
        try:
            check_left_behind(machine, seller)
        except AssertionError as error:
            return str(error)
    return ""


def test_without_transactions_the_store_tears(seller: Shop, tmp_path: Path) -> None:
    """A page that is not stored in one step leaves units without their order, or orders that disagree with them."""
    complaint = kill_until_it_shows(seller, tmp_path, "no transactions", "after INSERT INTO order_units")
    assert "differs from its units" in complaint or "leads nowhere" in complaint


@pytest.mark.long
def test_watermark_before_its_pages_is_noticed(seller: Shop, tmp_path: Path) -> None:
    """A watermark that is stored before the pages passes updates that were never read."""
    complaint = kill_until_it_shows(seller, tmp_path, "watermark before the pages", "after COMMIT")
    assert "the watermark passed an update" in complaint


@pytest.mark.long
def test_lock_that_is_only_a_file_goes_stale(machine: Machine) -> None:
    """With a lock that merely exists, no import would ever run again after a kill; with the real one it does."""
    plan = Plan(broken="lock that goes stale")
    assert strike(machine, Plan(number=100, broken=plan.broken)) is not None
    assert run_by_plan(machine, plan, *IMPORT)[0] == 7
    assert run_by_plan(machine, Plan(), *IMPORT)[0] == 6
