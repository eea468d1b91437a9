"""What only reads goes on where nothing can be written: on a full disk, on a read-only disk."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
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


def test_changes_that_cannot_be_read_are_named(seller: Shop, old_data: Path, tmp_path: Path, small_disk: Disk) -> None:
    """On a read-only disk the log of a killed import cannot be read: no list leaves its changes out.

    The error says where they are and how to read them; followed, that shows them.
    """
    machine, copied = machine_of(seller, tmp_path / "machine"), tmp_path / "copied"
    small_disk(machine.data, 64_000_000)
    shutil.copytree(old_data, copied)
    (store,) = copied.rglob("*.sqlite3")
    with closing(sqlite3.connect(store)) as writer:
        writer.execute("UPDATE orders SET storefront = 'xx'")
        writer.commit()
        shutil.copytree(copied, machine.data, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*-shm"))
    read_only(machine.data, True)
    try:
        found = machine.run("orders", "list")
        shutil.copytree(machine.data, tmp_path / "elsewhere")
    finally:
        read_only(machine.data, False)
    assert (found.code, found.out) == (9, "")
    assert f"are in {store.name}-wal" in found.err
    assert "KAUFLAND_DATA_DIR" in found.err
    machine.more["KAUFLAND_DATA_DIR"] = str(tmp_path / "elsewhere")
    assert '"xx"' in machine.good("orders", "list", "--json").out


def test_other_environments_can_be_read(seller: Shop, old_data: Path, tmp_path: Path, small_disk: Disk) -> None:
    """`status` of one environment reads the stores of the others where nothing can be written."""
    machine = machine_of(seller, tmp_path / "machine")
    small_disk(machine.data, 64_000_000)
    shutil.copytree(old_data, machine.data, dirs_exist_ok=True)
    before = machine.run("status", "--json").json()
    machine.more["KAUFLAND_API_BASE_URL"] = "http://127.0.0.1:9"
    read_only(machine.data, True)
    try:
        (other,) = machine.run("status", "--json").json()["environments"]
    finally:
        read_only(machine.data, False)
    fields = ("orders", "last_order_sync_status", "last_order_sync_message")
    assert [other[field] for field in fields] == [before[field] for field in fields]
