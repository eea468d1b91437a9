"""A small disk for each test that wants one."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from disk_helpers import Disk


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
        if done.returncode:
            pytest.skip("a small disk can only be mounted with the rights to do so")
        mounted.append(folder)

    if sys.platform != "linux":
        pytest.skip("a small disk is made with tmpfs, which is of Linux")
    yield mount
    for folder in set(mounted):
        subprocess.run([str(shutil.which("umount")), "-l", str(folder)], check=True)
