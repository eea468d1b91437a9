"""A store that is empty, gone or swapped never passes for a new one: exit 9, and a way out that works."""

import re
import shlex
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kaufland_cli.simulator import Simulator, make_order
from kaufland_cli.store.record import record_file
from support.erasure import of_the_buyer, traces
from support.hostile_files import pipe
from support.machine import Done, Machine
from support.sampling import sampled


def sqlite_without_tables(path: Path) -> None:
    """Put a valid database in which there is nothing."""
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")


def another_store(path: Path) -> None:
    """Put a whole store of this program that knows nothing."""
    record = record_file(path).read_bytes()
    for part in (path, record_file(path)):
        part.unlink()
    other = Machine(path.parent / "other machine")
    other.connect(SOMEBODY[0])
    other.good("import-orders", "--since", "1d")
    other.store.replace(path)
    record_file(path).write_bytes(record)


SOMEBODY: list[Simulator] = []
LOSSES: dict[str, Callable[[Path], object]] = {
    "no byte": lambda path: path.write_bytes(b""),
    "only the magic": lambda path: path.write_bytes(path.read_bytes()[:16]),
    "only the header": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "only the first page": lambda path: path.write_bytes(path.read_bytes()[:4096]),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "no tables": sqlite_without_tables,
    "gone": lambda path: path.unlink(),
    "another store": another_store,
}


@pytest.fixture
def seller(connected: Machine, simulator: Simulator) -> Machine:
    """Give a seller who has imported, and of whose buyers one was erased."""
    SOMEBODY[:] = [simulator]
    simulator.marketplace.add_order(make_order("MERASE1", **of_the_buyer()))
    connected.have_imported(simulator)
    connected.good("backup")
    connected.good("orders", "erase", "MERASE1", "--yes")
    return connected


def commands_in(hint: str) -> list[list[str]]:
    """Return the commands of this program that a hint names, as a shell would take them apart."""
    return [shlex.split(found) for found in re.findall(r"kaufland (restore [^;,]+)", hint)]


@pytest.mark.parametrize("loss", sampled(LOSSES, "no byte", "no tables", "gone", "another store"))
def test_lost_store_is_no_new_store(seller: Machine, simulator: Simulator, loss: str) -> None:
    """Every command that needs the store ends with exit 9 and writes nothing; the copy in the hint brings it back."""
    before = seller.good("orders", "list", "--csv").out
    path = seller.store_file(simulator)
    LOSSES[loss](path)
    left = path.read_bytes() if path.exists() else None
    scheduled = ("import-orders", "--scheduled")
    for words in (("import-orders",), ("orders", "list"), ("sales-orders", "push"), ("backup", "copy"), scheduled):
        seller.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
        seller.clock.advance(hours=1)
        done: Done = seller.run(*words)
        assert done.code == 9, (words, done)
        assert "Traceback" not in done.err
    assert (path.read_bytes() if path.exists() else None) == left
    assert seller.run("doctor", "--json").code == 8
    named = commands_in(seller.run("import-orders", "--json").error()["hint"])
    back = next(words for words in named if words[1] != str(path))
    seller.good(*back, "--yes")
    assert seller.good("orders", "list", "--csv").out == before
    assert traces(seller.data) == []
    seller.good("import-orders")
    seller.good("backup", "--force")


@pytest.mark.parametrize("loss", sampled(["no byte", "zeros", "gone"], "gone"))
def test_starting_afresh(seller: Machine, simulator: Simulator, loss: str) -> None:
    """An empty store can be had on request; it fills again, and who was erased stays erased even so."""
    path = seller.store_file(simulator)
    LOSSES[loss](path)
    came = seller.good("restore", "--fresh", "--yes", "--json").json()
    assert (came["kept_as"] is None) == (loss == "gone")
    seller.good("import-orders", "--since", "60d")
    assert "MERASE1" in seller.good("orders", "list", "--csv", "--limit", "0").out
    assert traces(seller.data) == []
    assert seller.run("doctor", "--json").json()


@pytest.mark.parametrize("trace", ["lock", "told", "backup", "log"])
def test_any_trace_of_a_store_counts(machine: Machine, simulator: Simulator, trace: str) -> None:
    """Without a record, as earlier versions left it, whatever lies next to an empty store shows that there was one."""
    machine.connect(simulator)
    path = machine.store_file(simulator)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    beside = {
        "lock": path.with_name(f"{path.name}.lock"),
        "told": path.with_name("alert-state.json"),
        "backup": path.parent / "backups" / f"{path.stem}-20260101T000000Z.sqlite3",
        "log": path.with_name(f"{path.name}-wal"),
    }[trace]
    beside.parent.mkdir(exist_ok=True)
    beside.write_bytes(b"{}")
    for words in (("orders", "list"), ("import-orders",)):
        done = machine.run(*words)
        assert (done.code, "kaufland restore" in done.err) == (9, True), done
    machine.good("restore", "--fresh", "--yes")
    machine.good("import-orders")


def test_first_start_is_none_of_it(machine: Machine, simulator: Simulator) -> None:
    """A folder with settings, another profile, a failed first run, and an import killed before its store: all start."""
    machine.connect(simulator)
    machine.write_config("")
    machine.good("orders", "list")
    secret = machine.more.pop("KAUFLAND_SECRET_KEY")
    machine.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    assert machine.run("import-orders", "--scheduled").code == 3
    machine.more["KAUFLAND_SECRET_KEY"] = secret
    path = machine.store_file(simulator)
    path.with_name(f"{path.name}.lock").write_bytes(b"")
    machine.clock.advance(hours=1)
    machine.good("import-orders", "--scheduled")
    machine.good("--profile", "second", "import-orders")
    assert len(machine.good("orders", "list", "--json").json()["orders"])


IN_ITS_PLACE: dict[str, tuple[Callable[[Path], object], bool]] = {
    "a named pipe": (pipe, False),
    "a folder": (Path.mkdir, False),
    "rubbish": (lambda path: path.write_bytes(b"\0"), True),
    "a link of the seller's": (lambda path: path.symlink_to("/dev/null"), True),
}


@pytest.mark.parametrize("what", IN_ITS_PLACE)
def test_record_that_cannot_be_kept_is_reported(seller: Machine, simulator: Simulator, what: str) -> None:
    """Imports go on; where it cannot be written again, the doctor says that a lost store would not be noticed."""

    def told() -> list[str]:
        checks = seller.run("doctor", "--json").json()["checks"]
        return [check["state"] for check in checks if check["name"] == "store record"]

    place, is_written_again = IN_ITS_PLACE[what]
    path = record_file(seller.store_file(simulator))
    assert told() == []
    path.unlink()
    place(path)
    assert told() == ["warning"]
    seller.good("import-orders")
    assert told() == ([] if is_written_again else ["warning"])


def test_copy_put_there_by_hand(seller: Machine, simulator: Simulator) -> None:
    """An older copy of the same store goes on, and the next import erases again whoever had asked for it."""
    path = seller.store_file(simulator)
    (copy,) = (path.parent / "backups").glob("*.sqlite3")
    path.write_bytes(copy.read_bytes())
    assert traces(seller.data)
    seller.good("import-orders")
    assert traces(seller.data) == []


def test_store_of_somebody_else_is_taken_on_request(seller: Machine, simulator: Simulator) -> None:
    """Another store in the store's place is refused; the hint says how to use it all the same."""
    path = seller.store_file(simulator)
    another_store(path)
    (use, *_) = commands_in(seller.run("import-orders", "--json").error()["hint"])
    assert use == ["restore", str(path)]
    seller.good(*use, "--yes")
    seller.good("import-orders")
    assert traces(seller.data) == []
