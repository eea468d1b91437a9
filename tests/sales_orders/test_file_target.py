"""The folder of sales orders: each once, whole, never overwritten, whatever happens while it is written."""

import csv
import errno
import io
import json
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli import files
from kaufland_cli.domain.sales_order import DocumentAddress, SalesOrder, SalesOrderLine, read_record
from kaufland_cli.domain.target_values import Expectations, Item, ItemLookup, LineTax
from kaufland_cli.errors import TargetDoubtful, TargetUnavailable
from kaufland_cli.sales_orders import file_target
from kaufland_cli.sales_orders.file_target import FileTarget, file_name
from support.clocks import HeldClock
from support.hostile_files import MALLORY, VICTIM, as_root, give, run_as, shared_folder

if TYPE_CHECKING:
    from kaufland_cli.sales_orders.target import Target

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and rights of POSIX")
PERSON = DocumentAddress(
    "Marlene Kleinschmidt", "Marlene Kleinschmidt", "Lindenallee 12", "", "04107", "Leipzig", "", "DE"
)
ORDER = SalesOrder(
    external_no="MX4711A",
    storefront="de",
    order_date=date(2026, 8, 30),
    currency="EUR",
    customer_no="D00010",
    bill_to=PERSON,
    ship_to=PERSON,
    phone="",
    email="mk-1@kunden.example",
    lines=(
        SalesOrderLine("item", "1000", '=cmd|"/c calc"!A1', 2, 2999, 19, units=(1, 2), id_offer="-KESSEL", ean="4006"),
        SalesOrderLine("account", "8400", "Versand", 1, 495, 19, shipping=True),
    ),
)


def target(folder: Path) -> FileTarget:
    """Return the target on a folder, with time that stands still."""
    return FileTarget(folder, HeldClock())


def document(folder: Path) -> Any:
    """Return the one document in a folder."""
    (file,) = folder.glob("*.json")
    return json.loads(file.read_bytes())


def rows(folder: Path) -> list[dict[str, str]]:
    """Return the lines in the one CSV of a folder."""
    (file,) = folder.glob("*.csv")
    return list(csv.DictReader(io.StringIO(file.read_bytes().decode(), newline="")))


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())


def test_sales_order_becomes_a_document_and_its_lines(tmp_path: Path) -> None:
    """The JSON is the whole document as `--dry-run` shows it; the CSV has its lines, safe for spreadsheets."""
    folder = tmp_path / "new" / "sales-orders"
    made = target(folder).create(ORDER)
    assert names(folder) == ["MX4711A.csv", "MX4711A.json"]
    written = document(folder)
    assert list(written)[:3] == ["schema", "number", "created_at"]
    assert written["schema"] == "kaufland.sales_order_document/1"
    assert written["created_at"].endswith("Z")
    assert {name: written[name] for name in ORDER.record()} == ORDER.record()
    first, second = rows(folder)
    assert (first["external_document_no"], first["customer_no"], first["currency"]) == ("MX4711A", "D00010", "EUR")
    assert (first["quantity"], first["unit_price"], first["amount"], first["vat_percent"]) == (
        "2",
        "29.99",
        "59.98",
        "19",
    )
    assert (first["description"], first["id_offer"]) == ('\'=cmd|"/c calc"!A1', "'-KESSEL")
    assert (second["type"], second["shipping"]) == ("account", "true")
    assert (made.number, made.id, made.kind, made.customer_no) == ("MX4711A", "", "order", "D00010")
    assert (made.total, made.tax) == (6493, 1037)
    assert made.lines == (LineTax("1000", 2, 5998, 19), LineTax("8400", 1, 495, 19))


def test_folder_is_a_target_like_any_other(tmp_path: Path) -> None:
    """It keeps the interface; its name holds the folder."""
    like_any_other: Target = target(tmp_path)
    assert str(tmp_path) in like_any_other.name


def test_created_document_is_found(tmp_path: Path) -> None:
    """By its external number, as it was created, also where another program has moved it to `done`."""
    assert target(tmp_path).find("MX4711A") == []
    made = target(tmp_path).create(ORDER)
    assert target(tmp_path).find("MX4711A") == [made]
    assert target(tmp_path).find("MX4711B") == []
    (tmp_path / "done").mkdir()
    (tmp_path / "MX4711A.json").rename(tmp_path / "done" / "MX4711A.json")
    assert target(tmp_path).find("MX4711A") == [made]
    assert target(tmp_path).create(replace(ORDER, customer_no="D1")) == made
    assert not (tmp_path / "MX4711A.json").exists()


def test_document_is_never_overwritten(tmp_path: Path) -> None:
    """Created again with other content, the files stay byte for byte, and what is there is reported."""
    target(tmp_path).create(ORDER)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = target(tmp_path).create(replace(ORDER, customer_no="D00099", lines=ORDER.lines[:1]))
    assert again.customer_no == "D00010"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from support.clocks import HeldClock
from support.hostile_files import MALLORY, VICTIM, as_root, run_as, shared_folder
from kaufland_cli.sales_orders.file_target import FileTarget
left = int(sys.argv[2])
def dying(name, real):
    def call(*given, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    setattr(os, name, call)
for name in ("fsync", "link", "rename", "replace", "unlink"):
    dying(name, getattr(os, name))
FileTarget(Path(sys.argv[1]), HeldClock()).create(pickle.load(sys.stdin.buffer))
"""


@pytest.mark.slow
@on_posix
def test_killed_between_any_two_steps_the_next_one_finishes(tmp_path: Path) -> None:
    """Killed before each system call that changes the folder: either nothing counts yet, or all is there."""
    changed = replace(ORDER, customer_no="D00011")
    found_before: set[bool] = set()
    for step in range(1, 30):
        folder = tmp_path / str(step)
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(folder), str(step)],
            input=pickle.dumps(ORDER),
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            timeout=60,
            check=False,
        )
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
        found = target(folder).find("MX4711A")
        found_before.add(bool(found))
        made = target(folder).create(changed)
        assert made.customer_no == ("D00010" if found else "D00011")
        assert document(folder)["customer_no"] == rows(folder)[0]["customer_no"] == made.customer_no
    assert step > 5
    assert found_before == {True, False}


def test_two_at_once_make_one(tmp_path: Path) -> None:
    """Several that write different documents of one order at once all tell the same one, and its lines are its own."""
    start = threading.Barrier(6)
    told: list[str] = []

    def create(number: int) -> None:
        start.wait()
        told.append(target(tmp_path).create(replace(ORDER, customer_no=f"D{number}")).customer_no)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 6
    assert {*told} == {document(tmp_path)["customer_no"]} == {row["customer_no"] for row in rows(tmp_path)}
    assert names(tmp_path) == ["MX4711A.csv", "MX4711A.json"]


def test_without_hard_links_it_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that knows none keeps the same promise, apart from two at the same instant."""

    def refused(*_: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    made = target(tmp_path).create(ORDER)
    assert not files.write_new_private_file(tmp_path / "MX4711A.json", b"")
    assert target(tmp_path).find("MX4711A") == [made]
    assert names(tmp_path) == ["MX4711A.csv", "MX4711A.json"]


@pytest.mark.parametrize("name", ["write_private_file", "write_new_private_file"])
@pytest.mark.parametrize(("number", "told"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "cannot be used")])
def test_folder_that_refuses_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int, told: str
) -> None:
    """A full disk or missing rights: nothing was created, and the way out is named."""

    def refused(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(file_target, name, refused)
    with pytest.raises(TargetUnavailable, match=told) as caught:
        target(tmp_path).create(ORDER)
    assert str(tmp_path) in caught.value.message
    assert "kaufland " in str(caught.value.hint)
    assert target(tmp_path).find("MX4711A") == []


def test_disk_that_cannot_say_leaves_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the name may be lost again, that is reported, and the document is found or made by the next try."""
    calls = iter([None, OSError(errno.EIO, "Input/output error")])

    def second_fails(_: Path) -> None:
        if error := next(calls, None):
            raise error

    monkeypatch.setattr(file_target, "sync_folder", second_fails)
    with pytest.raises(TargetDoubtful):
        target(tmp_path).create(ORDER)
    assert target(tmp_path).create(ORDER) == target(tmp_path).find("MX4711A")[0]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"external_document_no": "MX4711A"}', '{"external_document_no": 1}']
)
def test_document_that_somebody_changed_stops_it(tmp_path: Path, content: str) -> None:
    """What cannot be understood is neither counted as created nor written over; the file is named."""
    (tmp_path / "MX4711A.json").write_text(content, encoding="utf-8")
    for call in (lambda: target(tmp_path).find("MX4711A"), lambda: target(tmp_path).create(ORDER)):
        with pytest.raises(TargetUnavailable, match=r"MX4711A\.json"):
            call()
    assert (tmp_path / "MX4711A.json").read_text(encoding="utf-8") == content


def test_sku_is_the_item_number(tmp_path: Path) -> None:
    """A folder takes any number, without knowing it, and finds nothing by an EAN."""
    assert target(tmp_path).item(" KESSEL-17 ") == ItemLookup(Item("KESSEL-17"), known=False)
    found = target(tmp_path).item_by_gtin(["04006381333931"])
    assert (found.item, found.known, found.reason) == (None, False, "a folder has no EANs")


def test_check_writes_and_leaves_nothing(tmp_path: Path) -> None:
    """It proves that the folder can be written and names it; a file in its place is a fault with a way out."""
    folder = tmp_path / "sales-orders"
    written, unknown = target(folder).check(Expectations(customers=(("D00010", "storefront de"),)))
    assert (written.state, unknown.state) == ("passed", "skipped")
    assert str(folder) in written.message
    assert names(folder) == []
    (tmp_path / "file").touch()
    refused = target(tmp_path / "file").check(Expectations())[0]
    assert refused.state == "failed"
    assert "kaufland config set sales_orders.folder" in str(refused.hint)


@given(st.text(max_size=60) | st.sampled_from(["../../etc/passwd", "/abs", "a/b", "..", "", "CON", "NUL", "x" * 999]))
def test_name_never_leads_out_of_the_folder(external_no: str) -> None:
    """Whatever an order id holds, its file lies in the folder, has a name of usual length, and is its own."""
    name = file_name(external_no)
    assert Path(name).name == name
    assert len(name) < 60
    assert name.upper() not in {"CON", "NUL", "AUX", "PRN"}
    assert name.isascii()
    assert file_name(external_no + "A") != name
    assert external_no.swapcase() == external_no or file_name(external_no.swapcase()).upper() != name.upper()


def test_strange_order_ids_are_written_and_found(tmp_path: Path) -> None:
    """An order id with a path in it is filed like any other."""
    folder = tmp_path / "sales-orders"
    for external_no in ("../../outside", "mx4711a", "Ä/ö"):
        target(folder).create(replace(ORDER, external_no=external_no))
        assert target(folder).find(external_no)[0].number == external_no
    assert names(tmp_path) == ["sales-orders"]
    assert len(names(folder)) == 6


@on_posix
def test_files_are_readable_only_by_their_owner(tmp_path: Path) -> None:
    """They hold buyers' names and addresses: files and folder belong to their owner alone."""
    folder = tmp_path / "sales-orders"
    target(folder).create(ORDER)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_unit_of_measure_is_in_both_files(tmp_path: Path) -> None:
    """As the seller's list names it; empty where the item's own is meant. A document from an earlier time has none."""
    lines = (replace(ORDER.lines[0], unit="SET3"), *ORDER.lines[1:])
    target(tmp_path).create(replace(ORDER, lines=lines))
    written = json.loads((tmp_path / "MX4711A.json").read_text(encoding="utf-8"))
    assert [line["unit_of_measure"] for line in written["lines"]] == ["SET3", *("" for _ in ORDER.lines[1:])]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "MX4711A.csv").read_text(encoding="utf-8"))))
    assert [row["unit_of_measure"] for row in rows] == [line["unit_of_measure"] for line in written["lines"]]
    assert read_record(written) == replace(ORDER, lines=lines)
    for line in written["lines"]:
        del line["unit_of_measure"]
    assert [line.unit for line in read_record(written).lines] == ["" for _ in ORDER.lines]
    (tmp_path / "MX4711A.json").write_text(json.dumps(written), encoding="utf-8")
    assert target(tmp_path).create(ORDER).number == "MX4711A"


@as_root
@pytest.mark.parametrize("mode", [0o1777, 0o777])
def test_link_that_another_user_planted_is_not_written_through(open_path: Path, mode: int) -> None:
    """The victim's own file stays as it is, also where root pushes; no half of an order is left."""
    shared, precious = shared_folder(open_path / "shared", mode), open_path / "precious"
    precious.write_bytes(b"precious")
    give(precious, VICTIM)
    (shared / "MX4711A.csv").symlink_to(precious)
    give(shared / "MX4711A.csv", MALLORY)
    for user in (VICTIM, 0):
        assert "belongs to another user" in run_as(user, lambda: target(shared).create(ORDER))
    assert precious.read_bytes() == b"precious"
    assert names(shared) == ["MX4711A.csv"]


@on_posix
def test_link_of_the_users_own_is_replaced_by_the_order(tmp_path: Path) -> None:
    """The lines are a file of their own afterwards, and what the link led to stays as it is."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "MX4711A.csv").symlink_to(precious)
    target(folder).create(ORDER)
    assert precious.read_bytes() == b"precious"
    assert not (folder / "MX4711A.csv").is_symlink()
    assert [row["number"] for row in rows(folder)] == ["1000", "8400"]


@on_posix
def test_folder_that_everybody_may_write_to_fails_the_check(tmp_path: Path) -> None:
    """With the sticky bit it is good enough: nobody can swap what another one wrote."""
    states = {}
    for mode in (0o777, 0o1777, 0o770):
        tmp_path.chmod(mode)
        (found, _) = target(tmp_path).check(Expectations())
        states[mode] = (found.state, str(found.hint))
    tmp_path.chmod(0o700)
    assert states == {
        0o777: ("failed", f"chmod o-w {tmp_path}"),
        0o1777: ("passed", ""),
        0o770: ("passed", ""),
    }
