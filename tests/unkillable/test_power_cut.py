"""The power fails at any instant of an import: what was synced is there, of the rest anything may be lost or torn.

strace records each write and each sync of a real import. From them the disk is built again as it may lie there after
power failed at some instant: every write before a file's last sync, and of the later ones any, whole or torn.
"""

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("strace is of Linux", allow_module_level=True)

from kaufland_cli.store.store import Store
from support.kills import IMPORT, check_finished, machine_of, shop, stored
from support.stores import NOW, column

STRACE = shutil.which("strace")
pytestmark = pytest.mark.skipif(STRACE is None, reason="strace is not installed")
SECTOR = 512
CALL = re.compile(r'\d+ +(\w+)\((?:\d+<([^>]*)>)?(?:, )?(?:"([^"]*)")?(?:, )?([\d, ]*)\) += \d+$')
Rows = dict[object, tuple[object, ...]]


@dataclass(frozen=True)
class Call:
    """One call of the import to the system."""

    kind: str
    name: str
    content: bytes
    numbers: tuple[int, ...]


@dataclass
class Disk:
    """What lies on the disk for certain, and what may."""

    safe: dict[str, bytearray]
    pending: list[Call] = field(default_factory=list)

    def take(self, call: Call, *, heed_syncs: bool = True) -> None:
        """Let a call reach the system; a sync brings what was written to its file to the disk."""
        if call.kind not in {"fsync", "fdatasync"}:
            self.pending.append(call)
        elif heed_syncs:
            for one in [one for one in self.pending if one.name == call.name]:
                self.write(one)
            self.pending = [one for one in self.pending if one.name != call.name]

    def write(self, call: Call, length: int | None = None) -> None:
        """Let a call, or this many bytes of it, reach the disk."""
        if call.kind == "unlink":
            self.safe.pop(call.name, None)
            return
        file = self.safe.setdefault(call.name, bytearray())
        size = call.numbers[0] if call.kind == "ftruncate" else call.numbers[-1] + len(call.content)
        file.extend(bytes(max(0, size - len(file))))
        if call.kind == "ftruncate":
            del file[size:]
        else:
            content = call.content if length is None else call.content[:length]
            file[call.numbers[-1] : call.numbers[-1] + len(content)] = content

    def power_fails(self, chance: random.Random) -> None:
        """Keep any of what was not synced, and tear some of it."""
        for call in self.pending:
            if chance.random() < 0.5:
                torn = chance.random() < 0.2
                self.write(call, chance.randrange(0, 9) * SECTOR if torn else None)
        self.pending.clear()

    def all_reaches(self) -> None:
        """Keep everything, as after a long while."""
        for call in self.pending:
            self.write(call)
        self.pending.clear()

    def rows(self, folder: Path) -> Rows:
        """Start again: open the store that lies there, insist that it is sound, and return its units."""
        folder.mkdir()
        for name, content in self.safe.items():
            (folder / name).write_bytes(content)
        path = folder / next(name for name in self.safe if name.endswith(".sqlite3"))
        with Store.open(path, NOW) as store:
            assert store.database.value("PRAGMA integrity_check") == "ok"
            assert column(store, "PRAGMA foreign_key_check") == []
        found = stored(path)
        shutil.rmtree(folder)
        return found


@dataclass
class Recorded:
    """A real import: the store before it, its calls, and what the server said."""

    before: dict[str, bytes]
    calls: list[Call]
    served: Rows

    def disk(self, calls: int, *, heed_syncs: bool = True) -> Disk:
        """Return the disk after this many calls."""
        found = Disk({name: bytearray(content) for name, content in self.before.items()})
        for call in self.calls[:calls]:
            found.take(call, heed_syncs=heed_syncs)
        return found


def _text(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Record an import into a store in which much has changed."""
    folder = tmp_path_factory.mktemp("recorded")
    with shop() as seller:
        machine = machine_of(seller, folder / "machine")
        check_finished(machine, seller)
        before = {machine.store.name: machine.store.read_bytes()}
        seller.change()
        done = subprocess.run(
            [
                *(str(STRACE), "-f", "-qq", "-y", "-xx", "-s", "70000", "-o", str(folder / "record")),
                *("-e", "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink", "-P", str(machine.store)),
                *("-P", f"{machine.store}-wal", "-P", f"{machine.store}-journal"),
                *(sys.executable, "-m", "kaufland_cli", *IMPORT),
            ],
            env=machine.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        if b"ptrace" in done.stderr:
            pytest.skip("strace may not be used here")
        assert done.returncode == seller.exit_code, done
        calls = []
        for line in (folder / "record").read_text(encoding="ascii").splitlines():
            match = CALL.match(line)
            assert match, line[:300]
            kind, handle, content, numbers = match.groups(default="")
            path = _text(handle or content).decode()
            given = tuple(int(number) for number in numbers.replace(" ", "").split(",") if number)
            calls.append(Call(kind, Path(path).name, _text(content) if handle else b"", given))
        served: Rows = {key: tuple(row) for key, row in seller.served.items()}
        yield Recorded(before, calls, served)


def lost(recorded: Recorded, folder: Path, cut: int, seed: int, *, heed_syncs: bool = True) -> int:
    """Cut the power after this many calls; return how many units lost what the program took for committed by then.

    A COMMIT comes back with its sync. So whatever a reader sees before any other call than a sync has come back.
    """
    syncs = [number for number, call in enumerate(recorded.calls, start=1) if call.kind == "fdatasync"]
    before = max((number for number in syncs if number <= cut), default=0)
    whole = recorded.disk(before if cut + 1 in syncs else cut)
    whole.all_reaches()
    wanted = whole.rows(folder / f"whole {cut} {seed}")
    disk = recorded.disk(cut, heed_syncs=heed_syncs)
    disk.power_fails(random.Random(seed))
    found = disk.rows(folder / f"cut {cut} {seed}")
    return sum(1 for key, row in wanted.items() if found.get(key) not in (row, recorded.served.get(key)))


def test_record_is_the_import(recorded: Recorded, tmp_path: Path) -> None:
    """The calls, played to their end, give the store that the import left: nothing that matters escapes the record."""
    disk = recorded.disk(len(recorded.calls))
    disk.all_reaches()
    assert disk.rows(tmp_path / "end") == recorded.served


def test_power_fails_at_some_instants(recorded: Recorded, tmp_path: Path) -> None:
    """A sample of instants, spread over the import."""
    cuts = range(1, len(recorded.calls) + 1, max(1, len(recorded.calls) // 12))
    assert [lost(recorded, tmp_path, cut, seed=1) for cut in cuts] == [0] * len(cuts)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_power_fails_at_every_instant(recorded: Recorded, tmp_path: Path) -> None:
    """After each write and each sync, three times with other losses."""
    for cut in range(1, len(recorded.calls) + 1):
        for seed in range(3):
            assert lost(recorded, tmp_path, cut, seed) == 0, (cut, seed)


def test_without_syncs_something_is_lost(recorded: Recorded, tmp_path: Path) -> None:
    """On a disk that no sync reaches, the same cuts lose committed units or the whole store: the syncs do it."""
    for cut in range(len(recorded.calls), 1, -7):
        try:
            if lost(recorded, tmp_path, cut, seed=cut, heed_syncs=False):
                return
        except Exception:  # noqa: BLE001 - a store that does not even open is lost as well
            return
    pytest.fail("nothing was lost")
