"""Killed, or on a full disk, at the very system calls that write the store.

A COMMIT is many writes. strace, where it is there and may be used, kills the process at the entry of any one of them,
or lets it fail. Its record is the handshake: the last call in it is the one that was aimed at.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("strace is of Linux", allow_module_level=True)

from support.disk import check_told
from support.kills import IMPORT, Shop, check_finished, check_left_behind, machine_of, stored
from support.machine import Machine

STRACE = shutil.which("strace")
pytestmark = pytest.mark.skipif(STRACE is None, reason="strace is not installed")
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "rename")
STEP = 4


def traced(machine: Machine, record: Path, inject: str = "") -> tuple[int, str, list[str]]:
    """Run an import under strace; return exit code, stderr and the record of its calls."""
    options = ["-e", f"inject={inject}"] if inject else []
    done = subprocess.run(
        [
            *(str(STRACE), "-f", "-qq", "-y", "-o", str(record), "-e", f"trace={','.join(CALLS)}", *options),
            *(sys.executable, "-m", "kaufland_cli", *IMPORT),
        ],
        env=machine.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    return done.returncode, done.stderr, lines


@pytest.fixture(scope="module")
def calls(seller: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Give how often an import makes each of the calls."""
    folder = tmp_path_factory.mktemp("count")
    code, err, record = traced(machine_of(seller, folder / "machine"), folder / "record")
    if "ptrace" in err:
        pytest.skip("strace may not be used here")
    assert code == seller.exit_code, err
    found = Counter(match[1] for line in record if (match := re.match(r"\d+ +(\w+)\(", line)))
    assert set(found) <= set(CALLS)
    return dict(found)


def kill_at(seller: Shop, folder: Path, call: str, number: int) -> None:
    """Kill an import as it makes a call, look at what is left, and let the next one finish."""
    machine = machine_of(seller, folder / "machine")
    code, err, record = traced(machine, folder / "record", f"{call}:signal=SIGKILL:when={number}")
    assert code == -9, err
    assert any(re.match(rf"\d+ +(<\.\.\. )?{call}\b.*= \?$", line) for line in record[-5:]), record[-5:]
    check_left_behind(machine, seller)
    check_finished(machine, seller)
    shutil.rmtree(folder)


def fail_at(seller: Shop, folder: Path, call: str, when: str) -> None:
    """Let a call fail on a full disk, look at what is left, and let the next import finish."""
    machine = machine_of(seller, folder / "machine")
    code, err, _ = traced(machine, folder / "record", f"{call}:error=ENOSPC:when={when}")
    if code != seller.exit_code:  # a call whose failure matters to nobody may fail
        check_told(code, err)
    check_left_behind(machine, seller)
    check_finished(machine, seller)
    shutil.rmtree(folder)


def test_killed_at_some_calls(seller: Shop, calls: dict[str, int], tmp_path: Path) -> None:
    """A sample: in the middle of a COMMIT's writes, and near the end at a call that brings one to the disk."""
    for call, number in (
        ("pwrite64", calls["pwrite64"] // 2),
        ("fdatasync", calls["fdatasync"] * 9 // 10),  # how many there are depends on what comes together
    ):
        (tmp_path / f"{call} {number}").mkdir()
        kill_at(seller, tmp_path / f"{call} {number}", call, number)


@pytest.mark.long
def test_full_disk_from_some_call_on(seller: Shop, calls: dict[str, int], tmp_path: Path) -> None:
    """The disk is full from the middle of a COMMIT on."""
    fail_at(seller, tmp_path, "pwrite64", f"{calls['pwrite64'] // 2}+")


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(STEP))
def test_killed_at_every_call(seller: Shop, calls: dict[str, int], tmp_path: Path, part: int) -> None:
    """Every write, every sync, every file cut, renamed or removed, one kill each."""
    for call, count in calls.items():
        for number in range(1 + part, count + 1, STEP):
            folder = tmp_path / f"{call} {number}"
            folder.mkdir()
            kill_at(seller, folder, call, number)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("for_good", [True, False], ids=["from then on", "once"])
def test_full_disk_at_every_call(seller: Shop, calls: dict[str, int], tmp_path: Path, *, for_good: bool) -> None:
    """Every fourth write and every sync fails, once or from then on."""
    for call in ("pwrite64", "fdatasync", "fsync", "ftruncate"):
        for number in range(1, calls.get(call, 0) + 1, STEP if call == "pwrite64" else 1):
            folder = tmp_path / f"{call} {number}"
            folder.mkdir()
            fail_at(seller, folder, call, f"{number}+" if for_good else str(number))


def test_each_commit_reaches_the_disk(seller: Shop, calls: dict[str, int], tmp_path: Path) -> None:
    """Whatever is written to the write-ahead log is synced before the next request goes out and before the end.

    This is what `synchronous=FULL` means, and what a power loss cannot take away.
    """
    assert calls
    machine = machine_of(seller, tmp_path / "machine")
    _, _, record = traced(machine, tmp_path / "record")
    kinds = [
        match[1] for line in record if (match := re.match(r"\d+ +(pwrite64|fdatasync)\(\d+<[^>]*\.sqlite3-wal>", line))
    ]
    assert kinds[-1] == "fdatasync", "the last COMMIT was not synced"
    commits = sum(1 for before, now in pairwise(kinds) if (before, now) == ("pwrite64", "fdatasync"))
    pages = -(-len(stored(machine.store)) // 100)
    assert commits >= pages + 3, "not each page, nor the run's beginning and end, was synced by itself"
