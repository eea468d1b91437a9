"""What only reads goes on where nothing can be written: on a full disk, on a read-only disk."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("mounts are of POSIX", allow_module_level=True)

from support.disk import Disk, fill
from support.kills import Shop, machine_of


def read_only(folder: Path, protected: bool) -> None:
    """Let the disk of a folder be read only, or writable again."""
    options = f"remount,{'ro' if protected else 'rw'}"
    subprocess.run([str(shutil.which("mount")), "-o", options, str(folder)], check=True)


READING = [
    ("orders", "list"),
    ("status",),
    ("log", "show"),
    ("sales-orders", "list"),
    ("orders", "list", "--failed"),
    ("orders", "list", "--search", "zzz"),
    ("schedule", "status"),
]


@pytest.mark.parametrize("full", [False, True])
def test_stored_orders_can_be_read(seller: Shop, old_data: Path, tmp_path: Path, small_disk: Disk, full: bool) -> None:
    """Lists and cards say the same as before, with the same exit code, and write nothing."""
    machine = machine_of(seller, tmp_path / "machine")
    small_disk(machine.data, 64_000_000)
    shutil.copytree(old_data, machine.data, dirs_exist_ok=True)
    before = {words: machine.run(*words, "--json") for words in READING}
    if full:
        fill(machine.data)
    else:
        read_only(machine.data, True)
    try:
        after = {words: machine.run(*words, "--json") for words in READING}
    finally:
        if not full:
            read_only(machine.data, False)
    for words in READING:
        assert (after[words].code, after[words].err) == (before[words].code, before[words].err), words
        if words != ("status",):  # its ages go on
            assert after[words].out == before[words].out, words
