"""Killed at any step, restoring and copying bring nobody back who was erased, and lose neither store nor copy."""

import shutil
import sys
from pathlib import Path

import pytest

from support.sampling import sampled

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from kaufland_cli.simulator import make_order
from kaufland_cli.store.inspection import inspection
from support.erasure import of_the_buyer, traces
from support.kill_driver import Plan
from support.kills import Shop, machine_of, names_of_steps, stored, strike
from support.machine import Machine

PARTS = 6


@pytest.fixture(scope="module")
def erased_data(seller: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store out of which a buyer was erased after a copy of it was made."""
    seller.simulator.marketplace.add_order(make_order("MERASE1", **of_the_buyer()))
    machine = machine_of(seller, tmp_path_factory.mktemp("before"))
    machine.run("import-orders")
    machine.good("backup")
    assert traces(machine.data)
    machine.good("orders", "erase", "MERASE1", "--yes")
    assert traces(machine.data) == []
    return machine.data


def copy_of(machine: Machine) -> Path:
    """Return the copy that was made before the erasure."""
    return min((machine.data / "default" / "backups").glob("*Z.sqlite3"))


def store_of(machine: Machine) -> Path:
    """Return where the store belongs."""
    (record,) = (machine.data / "default").glob("*.record.json")
    return record.with_name(record.name.removesuffix(".record.json"))


def kill_and_look(seller: Shop, data: Path, folder: Path, number: int, words: tuple[str, ...]) -> None:
    """Kill a restore at one step; nobody is back, and another restore ends well, with nothing left behind."""
    machine = machine_of(seller, folder, data)
    copy = copy_of(machine)
    words = tuple(str(copy) if word == "COPY" else word for word in words)
    struck = strike(machine, Plan(number=number), *words)
    if struck is None:
        return
    store = store_of(machine)
    try:
        if store.exists():
            with inspection(store) as found:
                assert found.faults() == []
                assert found.erased_on_request() == ["MERASE1"], "the store in use knows no erasure"
            assert [one for one in traces(machine.data) if one[0] == store.name] == []
        again = machine.run(*words)
        assert again.code == 0, again
        assert traces(machine.data) == [], "half of a copy with the buyer is left"
        assert not list(machine.data.rglob("*.unfinished*"))
        machine.run("import-orders")
        assert traces(machine.data) == []
        assert stored(store)
        with inspection(copy) as found:
            assert found.faults() == [], "the copy itself is as good as it was"
    except AssertionError as error:
        error.add_note(f"killed at {struck}")
        raise
    shutil.rmtree(folder)


COMMANDS = {
    "restore": ("restore", "COPY", "--yes"),
    "fresh": ("restore", "--fresh", "--yes"),
    "backup": ("backup", "--force"),
}


@pytest.fixture(scope="module", params=sampled(COMMANDS, "restore"))
def counted(
    request: pytest.FixtureRequest, seller: Shop, erased_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[tuple[str, ...], list[str]]:
    """Give a command and the names of its steps."""
    words = COMMANDS[request.param]
    machine = machine_of(seller, tmp_path_factory.mktemp("count"), erased_data)
    spoken = tuple(str(copy_of(machine)) if word == "COPY" else word for word in words)
    return words, names_of_steps(machine, None, *spoken)["writing"]


@pytest.mark.long
def test_killed_around_the_renames(
    seller: Shop, erased_data: Path, counted: tuple[tuple[str, ...], list[str]], tmp_path: Path
) -> None:
    """A sample: before and after each rename of a whole store."""
    words, names = counted
    renames = [number for number, name in enumerate(names, start=1) if "renaming temporary" in name]
    assert renames, names
    for number in renames[-4:]:
        kill_and_look(seller, erased_data, tmp_path / str(number), number, words)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_every_step_of_restoring(
    seller: Shop, erased_data: Path, counted: tuple[tuple[str, ...], list[str]], part: int, tmp_path: Path
) -> None:
    """Every step that writes, one kill each."""
    words, names = counted
    for number in range(1 + part, len(names) + 1, PARTS):
        kill_and_look(seller, erased_data, tmp_path / str(number), number, words)


def test_doctor_names_what_a_killed_copy_left(seller: Shop, erased_data: Path, tmp_path: Path) -> None:
    """A half that nobody is at work on is removed by the next command that writes, or the doctor, which names it."""
    for number, words in enumerate(
        (
            ("doctor",),
            *COMMANDS.values(),
            ("import-orders",),
            ("orders", "erase", "MERASE1", "--yes"),
        )
    ):
        machine = machine_of(seller, tmp_path / str(number), erased_data)
        store, copy = store_of(machine), copy_of(machine)
        halves = (store.with_name(f".{store.name}.unfinished"), copy.with_name(f".{copy.name}.unfinished"))
        for half in halves:
            half.write_bytes(copy.read_bytes())
        done = machine.run(*(str(copy) if word == "COPY" else word for word in words))
        assert not [one for one in halves if one.exists()], words
        assert traces(machine.data) == []
        if words == ("doctor",):
            assert all(str(half) in done.out for half in halves)
