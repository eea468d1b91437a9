"""A store that may not be written is reported as such, stays byte for byte what it is, and goes on once it may."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if sys.platform == "win32":
    pytest.skip("modes and mounts are of POSIX", allow_module_level=True)

from support.kill_driver import Plan
from support.kills import IMPORT, Shop, check_finished, check_left_behind, machine_of, run_by_plan

if TYPE_CHECKING:
    from support.disk import Disk

Protect = Callable[[Path, bool], None]


def by_mount(folder: Path, protected: bool) -> None:
    """Let the disk of a folder be read only, or writable again."""
    options = f"remount,{'ro' if protected else 'rw'}"
    subprocess.run([str(shutil.which("mount")), "-o", options, str(folder)], check=True)


def by_mode(folder: Path, protected: bool) -> None:
    """Take away or give back the rights to write a folder and all below."""
    for path in (folder, *folder.rglob("*")):
        path.chmod((0o700 if path.is_dir() else 0o600) & ~(0o222 if protected else 0))


@pytest.mark.parametrize("protect", [by_mount, by_mode])
def test_store_that_may_only_be_read(
    request: pytest.FixtureRequest, seller: Shop, old_data: Path, tmp_path: Path, protect: Protect
) -> None:
    """An import ends with 9, the reason and the way out; not a byte changes; writable again, it catches up."""
    machine = machine_of(seller, tmp_path / "machine")
    if protect is by_mount:
        small_disk: Disk = request.getfixturevalue("small_disk")
        small_disk(machine.data, 64_000_000)
    elif os.geteuid() == 0:
        pytest.skip("root writes whatever the modes say")
    shutil.copytree(old_data, machine.data, dirs_exist_ok=True)
    before = {path: path.read_bytes() for path in machine.data.rglob("*") if path.is_file()}
    protect(machine.data, True)
    try:
        code, out, err = run_by_plan(machine, Plan(), *IMPORT)
    finally:
        protect(machine.data, False)
    assert (code, out) == (9, "")
    assert "cannot be" in err
    assert "kaufland config path store" in err
    assert {path: path.read_bytes() for path in machine.data.rglob("*") if path.is_file()} == before
    check_left_behind(machine, seller)
    check_finished(machine, seller)
