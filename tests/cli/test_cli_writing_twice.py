"""What must not happen twice, or beside one another: refunds, invoices, restored ledgers, files of a folder."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.simulator import Simulator, faults, make_order, unit_id
from support.machine import Machine
from support.sellers import never_due

DHL = ("--carrier", "DHL", "--tracking", "00340434161094042557")
PDF = b"%PDF-1.4 an invoice %%EOF"
FILE = "Bestellnummer;Unit;Sendungsnummer;Versanddienstleister\n"


def is_patch(request: Any) -> bool:
    """Say whether a request writes to a unit."""
    return bool(request.method == "PATCH")


def is_post(request: Any) -> bool:
    """Say whether a request uploads."""
    return bool(request.method == "POST")


@pytest.fixture
def shop(machine: Machine) -> Iterator[Simulator]:
    """Give a shop whose orders were imported, with everything allowed."""
    with Simulator(now=machine.clock.now) as simulator:
        for order in (
            make_order("MTWO001", [{}, {}]),
            make_order("MONE002"),
            make_order("MOPEN03", status="open"),
            make_order("MSENT04", status="sent", price=2999),
        ):
            simulator.marketplace.add_order(order)
        never_due(simulator)
        machine.connect(simulator)
        machine.more["KAUFLAND_WRITES_ALLOW"] = "ship,invoice,cancel,refund,release"
        machine.good("import-orders")
        yield simulator


def refund(amount: str, reason: str = "defect") -> tuple[str, ...]:
    """Return the command of a refund."""
    return ("orders", "refund", "MSENT04", "--amount", amount, "--reason", reason, "--yes")


def paid_back(shop: Simulator) -> list[int]:
    """Return the refunds that were made."""
    return [one.body["amount"] for one in shop.marketplace.done if one.kind == "refund"]


def test_refund_beside_one_in_doubt_is_refused(machine: Machine, shop: Simulator) -> None:
    """Another amount or another reason would pay twice, as long as nobody knows of the first."""
    shop.misbehave(faults.effect_then_status(504), where=is_patch)
    assert machine.run(*refund("10")).code == 6
    assert machine.run(*refund("10", "other_refund")).code == 2
    assert machine.run(*refund("12")).code == 2
    assert paid_back(shop) == [1000]


def test_forgotten_refund_is_not_sent_by_retry(machine: Machine, shop: Simulator) -> None:
    """What may have been paid is asked for anew, so that the limit counts it."""
    shop.misbehave(faults.answer_lost(), where=is_patch)
    machine.run(*refund("20"))
    machine.good("actions", "forget", "1", "--yes")
    assert machine.run("actions", "retry", "1").code == 2
    assert machine.run(*refund("20")).code == 2
    machine.good(*refund("9.99"))
    assert paid_back(shop) == [2000, 999]


def test_forgetting_an_older_refund_hinders_no_later_one(machine: Machine, shop: Simulator) -> None:
    """Each refund has a number of its own, whatever became of the others."""
    machine.good(*refund("5"))
    machine.good(*refund("4"))
    machine.good("actions", "forget", "1", "--yes")
    machine.good(*refund("3"))
    machine.good(*refund("4"), "--again")
    assert paid_back(shop) == [500, 400, 300, 400]


def test_restored_ledger_sends_nothing_again(machine: Machine, shop: Simulator, tmp_path: Path) -> None:
    """What was planned in the copy may have been done since: a refund asks, a shipment is read back."""
    shop.misbehave(faults.status(401), times=None, where=is_patch)
    machine.run(*refund("10"))
    machine.run("orders", "ship", "MONE002", *DHL, "--yes")
    shop.behave()
    copy = tmp_path / "copy.sqlite3"
    machine.good("backup", str(copy))
    machine.good("actions", "retry")
    machine.good("restore", str(copy), "--yes")
    assert machine.run("actions", "retry").code == 6
    assert paid_back(shop) == [1000]
    assert len(shop.marketplace.done_to(unit_id("MONE002", 0), "send")) == 1
    states = {one["kind"]: one["state"] for one in machine.good("actions", "list", "--json").json()["actions"]}
    assert states == {"refund": "in_doubt", "ship": "done"}


def test_store_is_not_restored_while_something_is_sent(machine: Machine, shop: Simulator, tmp_path: Path) -> None:
    """The ledger would be gone from below the command that writes to it."""
    copy = tmp_path / "copy.sqlite3"
    machine.good("backup", str(copy))
    codes: list[int] = []
    path = f"/order-units/{unit_id('MSENT04', 0)}/refund"
    shop.before_each(path, lambda _request: codes.append(machine.run("restore", str(copy), "--yes").code))
    machine.good(*refund("10"))
    assert codes == [7]
    assert "Nothing to do" in machine.good(*refund("10")).out


def test_web_page_is_no_success(machine: Machine, shop: Simulator) -> None:
    """A gateway's page with status 200 says nothing about the unit: it is read back and then sent."""
    shop.misbehave(faults.html_page(200), where=is_patch)
    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    assert len(shop.marketplace.done_to(unit_id("MONE002", 0), "send")) == 1


def test_busy_marketplace_refuses_nothing(machine: Machine, shop: Simulator) -> None:
    """After a few attempts the rest waits for `actions retry`; only Kaufland's no is a refusal."""
    shop.misbehave(faults.status(503), times=None, where=is_patch)
    begin = machine.clock.now()
    assert machine.run("orders", "ship", "MONE002", *DHL, "--yes").code == 6
    assert (machine.clock.now() - begin).total_seconds() > 3
    assert machine.good("actions", "list", "--json").json()["counts"]["planned"] == 1
    shop.behave()
    machine.good("actions", "retry")
    assert len(shop.marketplace.done_to(unit_id("MONE002", 0), "send")) == 1


@pytest.mark.parametrize("fault", [faults.status(504), faults.html_page(500)], ids=["gateway", "page with 500"])
def test_invoice_is_not_sent_again_while_it_may_arrive(
    machine: Machine, shop: Simulator, tmp_path: Path, fault: Any
) -> None:
    """Only the marketplace's own answer says that it no longer works on an upload."""
    file = tmp_path / "MONE002.pdf"
    file.write_bytes(PDF)
    shop.misbehave(fault, where=is_post)
    assert machine.run("invoices", "upload", str(file), "--yes").code == 6
    assert machine.run("invoices", "upload", str(file), "--yes").code == 6
    assert shop.marketplace.invoice_files == {}
    file.write_bytes(PDF + b"another export")
    assert machine.run("invoices", "upload", str(file), "--yes").code == 2
    machine.clock.advance(minutes=11)
    machine.good("actions", "retry")
    assert len(shop.marketplace.invoice_files) == 1


def test_two_files_of_one_order_take_replace(machine: Machine, shop: Simulator, tmp_path: Path) -> None:
    """A folder with the invoice of an order twice is refused."""
    for number in (1, 2):
        (tmp_path / f"{number}_MONE002.pdf").write_bytes(PDF + bytes([48 + number]))
    assert machine.run("invoices", "upload", str(tmp_path), "--yes").code == 2
    assert shop.marketplace.invoice_files == {}


def test_corrected_invoice_of_the_same_name_is_not_the_old_one(
    machine: Machine, shop: Simulator, tmp_path: Path
) -> None:
    """After a lost answer the list has the old one only: the new one is sent again."""
    file = tmp_path / "MONE002.pdf"
    file.write_bytes(PDF)
    machine.good("invoices", "upload", str(file), "--yes")
    file.write_bytes(PDF + b"corrected")
    shop.misbehave(faults.status(500), where=is_post)
    machine.good("invoices", "upload", str(file), "--yes", "--replace")
    assert sorted(shop.marketplace.invoice_files.values()) == sorted([PDF, PDF + b"corrected"])


def test_planned_invoice_gives_way_to_one_from_the_portal(machine: Machine, shop: Simulator, tmp_path: Path) -> None:
    """Somebody uploaded it in the seller portal meanwhile."""
    file = tmp_path / "MONE002.pdf"
    file.write_bytes(PDF)
    shop.misbehave(faults.status(401), times=None, where=is_post)
    machine.run("invoices", "upload", str(file), "--yes")
    shop.behave()
    shop.marketplace.upload_invoice("MONE002", original_name="portal.pdf")
    assert machine.run("invoices", "upload", str(file), "--yes").code == 2
    assert shop.marketplace.invoice_files == {}


def test_open_order_gets_no_invoice(machine: Machine, shop: Simulator, tmp_path: Path) -> None:
    """There is nothing to bill before Kaufland has released it."""
    (tmp_path / "MOPEN03.pdf").write_bytes(PDF)
    assert machine.run("invoices", "upload", str(tmp_path), "--yes").code == 2
    assert shop.marketplace.done == []


def test_unit_of_another_order_is_refused(machine: Machine, shop: Simulator, tmp_path: Path) -> None:
    """A line with an order and a unit means a unit of that order."""
    file = tmp_path / "shipped.csv"
    file.write_text(f"{FILE}MONE002;{unit_id('MTWO001', 0)};940000000001;DHL\n")
    done = machine.run("orders", "ship", "--from", str(file), "--yes")
    assert (done.code, "is of order MTWO001, not of MONE002" in done.err) == (2, True)
    assert shop.marketplace.done == []


def test_shipped_and_returned_is_nothing_to_do(machine: Machine, shop: Simulator) -> None:
    """The same command later says so, also after the buyer was erased."""
    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    shop.marketplace.change_unit(unit_id("MONE002", 0), status="returned")
    assert "Nothing to do" in machine.good("orders", "ship", "MONE002", *DHL, "--yes").out
    machine.good("orders", "erase", "MONE002", "--yes")
    assert "Nothing to do" in machine.good("orders", "ship", "MONE002", *DHL, "--yes").out


def test_rest_of_an_order_goes_in_another_parcel(machine: Machine, shop: Simulator) -> None:
    """One unit was sent alone; the order's id means those that still have to be sent."""
    machine.good("orders", "ship", str(unit_id("MTWO001", 0)), *DHL, "--yes")
    machine.good("orders", "ship", "MTWO001", "--carrier", "DPD", "--tracking", "01234567890123", "--yes")
    carriers = [one.body["carrier_code"] for one in shop.marketplace.done]
    assert carriers == ["DHL", "DPD"]


def test_unit_that_is_gone_leaves_no_doubt_for_ever(machine: Machine, shop: Simulator) -> None:
    """Its answer was lost, and then Kaufland has no such unit any more: refused, and that nothing is known."""
    unit = unit_id("MONE002", 0)
    shop.misbehave(faults.answer_lost(), where=is_patch)
    gone = faults.status(404, b'{"type": "/problems/not-found", "message": "gone"}')
    shop.misbehave(gone, times=None, where=lambda one: one.path == f"/order-units/{unit}", after=1)
    assert machine.run("orders", "ship", "MONE002", *DHL, "--yes").code == 6
    (action,) = machine.good("actions", "list", "--json").json()["actions"]
    assert (action["state"], "not known" in action["text"]) == ("refused", True)


def test_file_stays_where_the_answer_was_no(machine: Machine, shop: Simulator, tmp_path: Path) -> None:
    """Nothing was sent, so it is not done."""
    file = tmp_path / "a.csv"
    file.write_text(f"{FILE}MONE002;;940000000001;DHL\n")
    long_ago = machine.clock.now().timestamp() - 100
    os.utime(file, (long_ago, long_ago))
    machine.run("orders", "ship", "--watch", str(tmp_path), typed="n\n")
    assert file.exists()
    assert shop.marketplace.done == []


def test_folder_that_cannot_take_the_file_is_named(machine: Machine, shop: Simulator, tmp_path: Path) -> None:
    """A file called `done` stands where the folder belongs; what was sent stays sent, once."""
    file = tmp_path / "a.csv"
    file.write_text(f"{FILE}MONE002;;940000000001;DHL\n")
    (tmp_path / "done").write_text("a file")
    done = machine.run("orders", "ship", "--watch", str(tmp_path), "--yes")
    assert (done.code, "could not be moved" in done.err) == (2, True)
    machine.run("orders", "ship", "--watch", str(tmp_path), "--yes")
    assert len(shop.marketplace.done) == 1
