"""A shop, a store that is behind it, and a small disk for each test that wants one."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.disk import Disk

if TYPE_CHECKING:
    from support.kills import Shop


@pytest.fixture(scope="module")
def seller() -> "Iterator[Shop]":
    """Give a shop to the tests of a file."""
    from support.kills import shop  # noqa: PLC0415 - of POSIX, as are the tests that ask for it

    with shop() as found:
        yield found


@pytest.fixture(scope="module")
def old_data(seller: "Shop", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the stores as they were before much changed in the shop."""
    from support.kills import check_finished, machine_of  # noqa: PLC0415 - as above

    machine = machine_of(seller, tmp_path_factory.mktemp("before"))
    check_finished(machine, seller)
    seller.change()
    return machine.data


@pytest.fixture
def small_disk() -> Iterator[Disk]:
    """Give a way to put a small disk of its own in a folder's place, and to change its size later."""
    mounted: list[Path] = []

    def mount(folder: Path, size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        options = f"size={size},mode=700"
        if folder in mounted:
            options = f"remount,{options}"
        done = subprocess.run(
            [str(shutil.which("mount")), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        )
        assert not done.returncode or folder not in mounted, f"{folder} holds more than {size} bytes"
        if done.returncode:
            pytest.skip("a small disk can only be mounted with the rights to do so")
        mounted.append(folder)

    if sys.platform != "linux":
        pytest.skip("a small disk is made with tmpfs, which is of Linux")
    yield mount
    for folder in set(mounted):
        subprocess.run([str(shutil.which("umount")), "-l", str(folder)], check=True)
