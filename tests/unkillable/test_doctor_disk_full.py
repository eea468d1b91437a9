"""On a full disk the doctor still checks everything, and says that it is full."""

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("mounts are of POSIX", allow_module_level=True)

import shutil

from support.disk import Disk, fill
from support.kills import Shop, machine_of


def test_full_disk(seller: Shop, old_data: Path, tmp_path: Path, small_disk: Disk) -> None:
    """Nothing can be written and little is free: both are said with what fixes them, and the rest is looked at."""
    machine = machine_of(seller, tmp_path / "machine")
    small_disk(machine.data, 8_000_000)
    shutil.copytree(old_data, machine.data, dirs_exist_ok=True)
    fill(machine.data)
    done = machine.run("doctor", "--json")
    assert done.code == 8
    found = {check["name"]: check for check in done.json()["checks"]}
    assert found["disk"]["state"] == "warning"
    assert found["store folder"]["state"] == "failed"
    assert "kaufland config path store" in found["store folder"]["hint"]
    assert found["credentials"]["state"] == "ok"
    assert {"store", "schedule", "sales order target", "versions"} <= set(found)
