"""A disk that fills at any moment costs nothing that was stored, is reported as such, and the next import goes on."""

import shutil
import signal
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("file limits and mounts are of POSIX", allow_module_level=True)

from support.disk import Disk, check_told, fill
from support.kill_driver import Plan
from support.kills import (
    IMPORT,
    Shop,
    check_finished,
    check_left_behind,
    machine_of,
    run_by_plan,
    stored,
)
from support.sampling import sampled

PLENTY = 64_000_000


@pytest.mark.long
@pytest.mark.parametrize("largest", sampled([0, 100_000], 100_000))
def test_first_import_that_finds_no_room(seller: Shop, tmp_path: Path, largest: int) -> None:
    """Whether the file cannot be made, the tables or a page do not fit: it is reported, and made up for later."""
    machine = machine_of(seller, tmp_path / "machine")
    code, _, err = run_by_plan(machine, Plan(largest_file=largest), *IMPORT)
    check_told(code, err)
    check_left_behind(machine, seller)
    check_finished(machine, seller)


@pytest.mark.parametrize("largest", sampled([0, 40_000], 40_000))
def test_later_import_that_finds_no_room(seller: Shop, old_data: Path, tmp_path: Path, largest: int) -> None:
    """Every unit that was stored is still there, as it was or as it is now; the next import does the rest."""
    machine = machine_of(seller, tmp_path / "machine", old_data)
    before = stored(machine.store)
    code, _, err = run_by_plan(machine, Plan(largest_file=largest), *IMPORT)
    check_told(code, err)
    check_left_behind(machine, seller)
    now, served = stored(machine.store), seller.served
    assert all(now[key] in (row, served[key]) for key, row in before.items())
    check_finished(machine, seller)


def killed_in_a_write(seller: Shop, data: Path | None, folder: Path, largest: int) -> bool:
    """Let the kernel kill an import in the middle of a write; tell whether it came to that."""
    machine = machine_of(seller, folder, data)
    code, _, err = run_by_plan(machine, Plan(largest_file=largest, killed_by_the_limit=True), *IMPORT)
    assert code in {-signal.SIGXFSZ, 0, 6}, err
    check_left_behind(machine, seller)
    check_finished(machine, seller)
    return code == -signal.SIGXFSZ


@pytest.mark.long
@pytest.mark.parametrize("largest", [100_001])
def test_killed_in_the_middle_of_a_write(seller: Shop, old_data: Path, tmp_path: Path, largest: int) -> None:
    """A COMMIT of which only some bytes reached the file counts as none: the kernel's own kill, inside the write."""
    assert killed_in_a_write(seller, None, tmp_path / "first", largest)
    assert killed_in_a_write(seller, old_data, tmp_path / "later", largest)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_in_the_middle_of_many_writes(seller: Shop, old_data: Path, tmp_path: Path) -> None:
    """The same wherever the write ahead log may end, in and between its pages."""
    struck = [
        killed_in_a_write(seller, data, tmp_path / f"{largest} {data is None}", largest)
        for largest in range(0, 300_000, 5_001)
        for data in (None, old_data)
    ]
    assert sum(struck) > 40


def test_disk_that_fills_before_a_page(seller: Shop, old_data: Path, small_disk: Disk, tmp_path: Path) -> None:
    """A disk without a byte of room when the first page comes: the old orders stay, and can be read once there is room.

    The import ends at once, with its message, although not even its end can be recorded.
    """
    machine = machine_of(seller, tmp_path / "machine")
    small_disk(machine.data, PLENTY)
    shutil.copytree(old_data, machine.data, dirs_exist_ok=True)
    before = stored(machine.store)
    small_disk(machine.data, 3_000_000)
    seller.simulator.before_each("/order-units", lambda _: fill(machine.data))
    code, _, err = run_by_plan(machine, Plan(), *IMPORT)
    seller.simulator.behave()
    check_told(code, err)
    small_disk(machine.data, PLENTY)
    check_left_behind(machine, seller)
    assert stored(machine.store) == before
    check_finished(machine, seller)


@pytest.mark.long
def test_disk_that_fills_after_the_pages(seller: Shop, small_disk: Disk, tmp_path: Path) -> None:
    """What was committed before the disk was full is there, and with it the watermark that says so.

    The import may even go on to its end, in the room that the write-ahead log has already.
    """
    machine = machine_of(seller, tmp_path / "machine")
    small_disk(machine.data, 3_000_000)
    seller.simulator.before_each("", lambda request: fill(machine.data) if "/orders/" in request.path else None)
    code, _, err = run_by_plan(machine, Plan(), *IMPORT)
    seller.simulator.behave()
    if code != seller.exit_code:
        check_told(code, err)
    small_disk(machine.data, PLENTY)
    check_left_behind(machine, seller)
    assert stored(machine.store) == seller.served
    check_finished(machine, seller)


def test_reading_on_a_full_disk(seller: Shop, old_data: Path, small_disk: Disk, tmp_path: Path) -> None:
    """Where not even reading is possible any more, that is reported as a full disk, not as a bug in this program."""
    machine = machine_of(seller, tmp_path / "machine")
    small_disk(machine.data, PLENTY)
    shutil.copytree(old_data, machine.data, dirs_exist_ok=True)
    small_disk(machine.data, 2_000_000)
    fill(machine.data)
    for words in (("status",), ("orders", "list")):
        done = machine.run(*words)
        assert done.code == 0 or (done.code == 9 and "full" in done.err), done
