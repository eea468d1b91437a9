"""`orders ship --from FILE` and `--watch FOLDER`: what a file says is sent once, with a report of each line."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaufland_cli.simulator import Simulator, faults, make_order, unit_id
from support.machine import Machine
from support.sellers import never_due

FILE = "Bestellnummer;Sendungsnummer;Versanddienstleister\n"


@pytest.fixture
def shop(machine: Machine) -> Iterator[Simulator]:
    """Give a shop with five orders to be shipped; shipping is allowed."""
    with Simulator(now=machine.clock.now) as simulator:
        for number in range(1, 6):
            simulator.marketplace.add_order(make_order(f"MFILE0{number}", [{}] * (2 if number == 1 else 1)))
        never_due(simulator)
        machine.connect(simulator)
        machine.more["KAUFLAND_WRITES_ALLOW"] = "ship"
        machine.good("import-orders")
        yield simulator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a file of three orders, one of them in two parcels."""
    found = tmp_path / "shipped.csv"
    found.write_text(
        f"{FILE}MFILE01;940000000001;DHL\nMFILE01;940000000002;DHL\nMFILE02;01234567890123;DPD\nMFILE03;;Other\n",
        encoding="cp1252",
    )
    return found


def report_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a report."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def sent(shop: Simulator) -> dict[int, tuple[str, str]]:
    """Return with what each unit was marked as sent; each once."""
    found = [one for one in shop.marketplace.done if one.kind == "send"]
    assert len({one.id_order_unit for one in found}) == len(found)
    return {one.id_order_unit or 0: (one.body["carrier_code"], one.body["tracking_numbers"]) for one in found}


def test_file_is_sent_and_reported(machine: Machine, shop: Simulator, file: Path) -> None:
    """Several parcels of an order go together, to each of its units; the report has a row for each unit."""
    machine.good("orders", "ship", "--from", str(file), "--yes")
    parcels = ("DHL", "940000000001,940000000002")
    assert sent(shop) == {
        unit_id("MFILE01", 0): parcels,
        unit_id("MFILE01", 1): parcels,
        unit_id("MFILE02", 0): ("DPD", "01234567890123"),
        unit_id("MFILE03", 0): ("Other", ""),
    }
    rows = report_of(file.with_name("shipped.csv.result.csv"))
    assert [(row["line"], row["order"], row["state"]) for row in rows] == [
        ("2", "MFILE01", "done"),
        ("2", "MFILE01", "done"),
        ("4", "MFILE02", "done"),
        ("5", "MFILE03", "done"),
    ]
    (action, *_) = machine.good("actions", "list", "--json").json()["actions"]
    assert action["source"] == "shipped.csv, line 5"


def test_second_run_of_a_file_does_nothing(machine: Machine, shop: Simulator, file: Path) -> None:
    """And says so, in the report too."""
    machine.good("orders", "ship", "--from", str(file), "--yes")
    before = len(shop.marketplace.done)
    assert "Nothing to do" in machine.good("orders", "ship", "--from", str(file), "--yes").out
    assert len(shop.marketplace.done) == before
    assert {row["state"] for row in report_of(file.with_name("shipped.csv.result.csv"))} == {"nothing to do"}


def test_bad_rows_are_named_with_their_lines(machine: Machine, shop: Simulator, file: Path) -> None:
    """What the reader finds and what Kaufland's state rules out come together, in the order of the lines."""
    with file.open("a", encoding="cp1252") as more:
        more.write("MFILE04;1,23E+19;DHL\nMNEVER9;940000000009;DHL\nMFILE05;940000000005;Dhl Express\n")
    done = machine.run("orders", "ship", "--from", str(file), "--yes")
    assert done.code == 2
    assert [line.split(":")[0] for line in done.err.splitlines() if line.startswith("! ")] == [
        "! line 6",
        "! line 7",
        "! line 8",
    ]
    assert sent(shop) == {}
    rows = report_of(file.with_name("shipped.csv.result.csv"))
    assert [row["line"] for row in rows if row["state"] == "invalid"] == ["6", "7", "8"]
    assert machine.run("orders", "ship", "--from", str(file), "--yes", "--skip-invalid").code == 6
    assert len(sent(shop)) == 4


def test_dry_run_writes_no_report(machine: Machine, shop: Simulator, file: Path) -> None:
    """Nothing is left behind, in the store or on the disk."""
    machine.good("orders", "ship", "--from", str(file), "--dry-run")
    assert not file.with_name("shipped.csv.result.csv").exists()
    assert machine.good("actions", "list", "--json").json()["actions"] == []
    assert sent(shop) == {}


@pytest.mark.parametrize("preset", ["dhl", "dpd", "gls"])
def test_export_of_a_carrier(machine: Machine, shop: Simulator, preset: str) -> None:
    """The sample of each preset is read, with the carrier that it stands for; its orders are not in this store."""
    sample = Path(__file__).parent.parent / "order_actions" / "samples" / f"{preset}.csv"
    done = machine.run("orders", "ship", "--from", str(sample), "--preset", preset, "--dry-run")
    assert done.code == 2
    assert "is no order and no unit of the store" in done.err
    assert "carrier" not in done.err
    assert sent(shop) == {}


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("MFILE01", "--from", "a.csv"),
        ("--from", "a.csv", "--watch", "b"),
        ("--from", "a.csv", "--tracking", "12345678"),
        ("MFILE01", "--preset", "dhl"),
        ("--from", "a.csv", "--preset", "ups"),
        ("--from", "a.csv", "--file-columns", "order"),
    ],
    ids=" ".join,
)
def test_options_that_contradict_each_other(machine: Machine, shop: Simulator, words: tuple[str, ...]) -> None:
    """Each is wrong usage, before anything is asked or sent."""
    assert machine.run("orders", "ship", *words, "--yes").code == 2
    assert sent(shop) == {}


# --- a folder ---


@pytest.fixture
def folder(tmp_path: Path, file: Path) -> Path:
    """Give a folder with that file and one with a fault."""
    found = tmp_path / "outbox"
    found.mkdir()
    (found / "a.csv").write_bytes(file.read_bytes())
    (found / "b.csv").write_text(f"{FILE}MFILE04;940000000004;DHL\nMNEVER9;940000000009;DHL\n")
    (found / "note.doc").write_text("no list")
    return found


def test_each_file_of_a_folder_once(machine: Machine, shop: Simulator, folder: Path) -> None:
    """A good one goes to `done`, one with a fault to `failed`, each with its report; the next run finds nothing."""
    assert machine.run("orders", "ship", "--watch", str(folder), "--yes").code == 2
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "done/a.csv",
        "done/a.csv.result.csv",
        "failed/b.csv",
        "failed/b.csv.result.csv",
        "note.doc",
    ]
    assert len(sent(shop)) == 4
    quiet = machine.good("orders", "ship", "--watch", str(folder), "--yes")
    assert (quiet.out, quiet.err) == ("", "")


def test_file_of_the_same_name_replaces_none(machine: Machine, shop: Simulator, folder: Path) -> None:
    """What was done stays, with its report."""
    machine.run("orders", "ship", "--watch", str(folder), "--yes")
    (folder / "a.csv").write_text(f"{FILE}MFILE05;940000000005;DHL\n")
    machine.good("orders", "ship", "--watch", str(folder), "--yes")
    assert (folder / "done" / "a-2.csv").exists()
    assert (folder / "done" / "a-2.csv.result.csv").exists()
    assert len(sent(shop)) == 5


def test_file_waits_while_kaufland_cannot_be_reached(machine: Machine, shop: Simulator, folder: Path) -> None:
    """It stays where it is, and the next run sends it once."""
    (folder / "b.csv").unlink()
    shop.misbehave(faults.status(401), times=None, where=lambda request: request.method == "PATCH")
    assert machine.run("orders", "ship", "--watch", str(folder), "--yes").code == 4
    assert (folder / "a.csv").exists()
    shop.behave()
    machine.good("orders", "ship", "--watch", str(folder), "--yes")
    assert len(sent(shop)) == 4
    assert (folder / "done" / "a.csv").exists()


def test_file_that_is_being_written_is_left(machine: Machine, shop: Simulator, folder: Path) -> None:
    """Half a file must not be taken for a whole one."""
    now = machine.clock.now().timestamp()
    os.utime(folder / "a.csv", (now - 1, now - 1))
    machine.run("orders", "ship", "--watch", str(folder), "--yes")
    assert (folder / "a.csv").exists()
    assert sent(shop) == {}
    machine.clock.advance(seconds=60)
    machine.good("orders", "ship", "--watch", str(folder), "--yes")
    assert len(sent(shop)) == 4


def test_folder_without_yes_moves_nothing(machine: Machine, shop: Simulator, folder: Path) -> None:
    """From cron nobody can be asked: the error names the option, and every file stays."""
    done = machine.run("orders", "ship", "--watch", str(folder))
    assert done.code == 2
    assert "--yes" in done.err
    assert (folder / "a.csv").exists()
    assert (folder / "b.csv").exists()
    assert sent(shop) == {}
