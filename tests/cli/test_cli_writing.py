"""`orders ship / cancel / refund / release`, `invoices` and `actions`: what is written to Kaufland, and what is not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.simulator import Simulator, faults, make_order, unit_id
from support.machine import Done, Machine
from support.sellers import never_due

DHL = ("--carrier", "DHL", "--tracking", "00340434161094042557")
PDF = b"%PDF-1.4 an invoice %%EOF"
EVERYTHING = "ship,invoice,cancel,refund,release"


@pytest.fixture
def shop(machine: Machine) -> Iterator[Simulator]:
    """Give a shop whose orders were imported, with everything allowed."""
    with Simulator(now=machine.clock.now) as simulator:
        for order in (
            make_order("MTWO001", [{}, {}], price=2000),
            make_order("MONE002", price=1000),
            make_order("MOPEN03", status="open"),
            make_order("MSENT04", status="sent", price=2999),
            make_order("MCZK005", status="sent", currency="CZK", storefront="cz"),
            make_order("MDEEM07", is_marketplace_deemed_supplier=True),
        ):
            simulator.marketplace.add_order(order)
        never_due(simulator)
        machine.connect(simulator)
        machine.more["KAUFLAND_WRITES_ALLOW"] = EVERYTHING
        machine.good("import-orders")
        simulator.clear_requests()
        yield simulator


def written(shop: Simulator) -> list[tuple[str, int | str | None]]:
    """Return what Kaufland was made to do, and to which unit or order."""
    return [(one.kind, one.id_order_unit or one.id_order) for one in shop.marketplace.done]


def refused(done: Done, *words: str, code: int = 2) -> None:
    """Insist that a command failed, said these words, and had no effect."""
    assert done.code == code, done
    for word in words:
        assert word in done.err


# --- allowed ---


@pytest.mark.parametrize(
    ("words", "permission"),
    [
        (("orders", "ship", "MONE002", *DHL), "ship"),
        (("orders", "ship", "MSENT04", *DHL, "--further-parcels"), "ship"),
        (("orders", "cancel", "MONE002", "--reason", "NoInventory"), "cancel"),
        (("orders", "refund", "MSENT04", "--amount", "1", "--reason", "defect"), "refund"),
        (("orders", "release", "MOPEN03"), "release"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]),
)
def test_nothing_is_written_unless_the_settings_name_it(
    machine: Machine, shop: Simulator, words: tuple[str, ...], permission: str
) -> None:
    """Off by default: the error names the setting that allows it besides the others, and a dry run needs none."""
    others = ",".join(word for word in EVERYTHING.split(",") if word != permission)
    machine.more["KAUFLAND_WRITES_ALLOW"] = others
    value = f"{others},{permission}"
    refused(machine.run(*words, "--yes"), "writes.allow", f"kaufland config set writes.allow {value}", code=3)
    planned = machine.good(*words, "--dry-run", "--json").json()
    assert (planned["dry_run"], planned["planned"], planned["done"]) == (True, 1, 0)
    assert written(shop) == []
    assert {one.method for one in shop.requests} == {"GET"}


@pytest.mark.usefixtures("shop")
def test_calls_of_a_dry_run_are_logged(machine: Machine) -> None:
    """With the log on, every call is in it, also of a run that sends nothing; the ledger stays empty."""
    machine.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    machine.good("orders", "ship", "MONE002", *DHL, "--dry-run")
    endpoints = [one["endpoint"] for one in machine.good("log", "show", "--json").json()["entries"]]
    assert {"/carriers", f"/order-units/{unit_id('MONE002', 0)}"} <= set(endpoints)
    assert machine.good("actions", "list", "--json").json()["actions"] == []


def test_setting_takes_words_and_lists(machine: Machine, shop: Simulator) -> None:
    """`config set` takes words with commas between them; a wrong one is named."""
    del machine.more["KAUFLAND_WRITES_ALLOW"]
    machine.good("config", "set", "writes.allow", "ship, Refund")
    assert machine.good("config", "get", "writes.allow", "--json").json()["value"] == ["ship", "refund"]
    refused(machine.run("config", "set", "writes.allow", "ship,refnd"), "refnd")
    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    assert written(shop) == [("send", unit_id("MONE002", 0))]


def test_without_a_terminal_it_takes_yes(machine: Machine, shop: Simulator) -> None:
    """Nobody can be asked, so the summary and the option that stands for the answer are shown."""
    refused(machine.run("orders", "ship", "MTWO001", *DHL), "2 units of 1 order, 40.00 EUR", "--yes")
    assert written(shop) == []


@pytest.mark.parametrize(("answer", "times"), [("y\n", 1), ("n\n", 0), ("\n", 0)])
def test_person_is_asked(machine: Machine, shop: Simulator, answer: str, times: int) -> None:
    """What, how many, for which orders and for how much; only yes sends, and Enter is no."""
    done = machine.run("orders", "ship", "MONE002", *DHL, typed=answer)
    assert done.code == 0
    assert "10.00 EUR" in done.err
    assert "Mark 1 unit of 1 order as sent?" in done.err
    assert len(written(shop)) == times


# --- ship ---


def test_order_is_shipped_with_all_its_units(machine: Machine, shop: Simulator) -> None:
    """Each unit is marked once with carrier and numbers, as one text, exactly as the ledger has it."""
    machine.good("orders", "ship", "mtwo001", "--carrier", "DHL", "--tracking", "123456789012, 123456789029", "--yes")
    body = {"tracking_numbers": "123456789012,123456789029", "carrier_code": "DHL"}
    for position in (0, 1):
        assert shop.marketplace.done_to(unit_id("MTWO001", position), "send") == [body]
    rows = machine.good("actions", "list", "--json").json()
    assert rows["counts"]["done"] == 2
    assert {(one["carrier"], one["tracking_numbers"]) for one in rows["actions"]} == {("DHL", body["tracking_numbers"])}
    assert all("orders ship mtwo001" in one["source"] for one in rows["actions"])


def test_second_run_does_nothing_and_says_so(machine: Machine, shop: Simulator) -> None:
    """The same command again sends nothing; other numbers for the same unit are refused."""
    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    again = machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    assert "marked as sent already" in again.out
    assert "Nothing to do" in again.out
    other = ("--carrier", "DPD", "--tracking", "01234567890123", "--yes")
    refused(machine.run("orders", "ship", "MONE002", *other), "was already marked as sent", "DHL 0034")
    assert len(written(shop)) == 1


def test_unit_is_shipped_alone(machine: Machine, shop: Simulator) -> None:
    """The id of a unit means that unit; the other one still has to be sent."""
    first, second = unit_id("MTWO001", 0), unit_id("MTWO001", 1)
    machine.good("orders", "ship", str(first), *DHL, "--yes")
    assert written(shop) == [("send", first)]
    due = machine.good("orders", "due", "--json").json()["units"]
    assert second in {one["id_order_unit"] for one in due}
    assert first not in {one["id_order_unit"] for one in due}
    assert machine.good("status", "--json").json()["to_ship"] == {"later": len(due)}


def test_one_bad_row_stops_all(machine: Machine, shop: Simulator) -> None:
    """Every fault is named, each with what to do; nothing is sent, unless the bad rows are to be left out."""
    words = ("orders", "ship", "MONE002", "MNONE99", "MOPEN03", "MSENT04", *DHL, "--yes")
    done = machine.run(*words)
    refused(
        done,
        "MNONE99 is no order and no unit of the store",
        "kaufland orders refresh MNONE99",
        "kaufland orders release MOPEN03",
        "--further-parcels",
        "3 rows are not valid, so nothing was sent",
        "--skip-invalid",
    )
    assert written(shop) == []
    assert len(machine.run(*words, "--json").error()["problems"]) == 3
    assert machine.run(*words, "--skip-invalid").code == 6
    assert written(shop) == [("send", unit_id("MONE002", 0))]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--carrier", "dhl", "--tracking", "123456789012"), "Did you mean DHL?"),
        (("--carrier", "Hermess", "--tracking", "123456789012"), "no carrier 'Hermess'"),
        (("--tracking", "123456789012"), "no carrier"),
        (("--carrier", "DHL"), "needs a tracking number"),
        (("--carrier", "DHL", "--tracking", "me@shop.example"), "not a tracking number"),
    ],
)
def test_carrier_and_number_are_checked(machine: Machine, shop: Simulator, options: tuple[str, ...], said: str) -> None:
    """Carriers are Kaufland's exact names, and only what can be a tracking number is sent."""
    refused(machine.run("orders", "ship", "MONE002", *options, "--yes"), said)
    assert written(shop) == []


def test_other_needs_no_number(machine: Machine, shop: Simulator) -> None:
    """`Other` is sent with an empty number, which the schema asks for."""
    machine.good("orders", "ship", "MONE002", "--carrier", "Other", "--yes")
    assert shop.marketplace.done[0].body == {"tracking_numbers": "", "carrier_code": "Other"}


def test_carriers_are_asked_for_once_a_day(machine: Machine, shop: Simulator) -> None:
    """A second command uses the list of the first; a day later it is read again."""

    def asked() -> int:
        return sum(one.target.endswith("/carriers") for one in shop.requests)

    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    machine.good("orders", "ship", "MTWO001", *DHL, "--yes")
    assert asked() == 1
    machine.clock.advance(hours=25)
    machine.good("orders", "ship", "MTWO001", *DHL, "--yes")
    assert asked() == 2


def test_status_at_kaufland_counts_and_not_the_stored_one(machine: Machine, shop: Simulator) -> None:
    """The buyer has cancelled since the import: the unit is not marked as sent."""
    shop.marketplace.change_unit(unit_id("MONE002", 0), status="cancelled")
    refused(machine.run("orders", "ship", "MONE002", *DHL, "--yes"), "now: cancelled")
    assert written(shop) == []


# --- answers that are lost ---


@pytest.mark.parametrize(
    "fault",
    [faults.answer_lost(), faults.effect_then_status(500), faults.status(500)],
    ids=["answer lost", "effect and 500", "500"],
)
def test_lost_answer_is_read_back(machine: Machine, shop: Simulator, fault: Any) -> None:
    """Whether or not it was carried out, in the end it is, once, and the command says that all is well."""
    shop.misbehave(fault, where=lambda request: request.method == "PATCH")
    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    assert written(shop) == [("send", unit_id("MONE002", 0))]


@pytest.mark.parametrize("status", [400, 403])
def test_done_by_somebody_else_counts(machine: Machine, shop: Simulator, status: Any) -> None:
    """Kaufland says `duplicate-action` with either status: done if the unit shows it, with a word about it."""
    shop.switches.duplicate_action_status = status
    unit = unit_id("MONE002", 0)

    def marked_meanwhile(_request: Any) -> None:
        shop.marketplace.change_unit(unit, status="sent")

    shop.before_each(f"/order-units/{unit}/send", marked_meanwhile)
    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    (action,) = machine.good("actions", "list", "--json").json()["actions"]
    assert (action["state"], action["text"]) == ("done", "It was marked as sent before, by somebody else.")


def test_cancelled_meanwhile_is_refused(machine: Machine, shop: Simulator) -> None:
    """Between check and request the buyer cancels: refused, with Kaufland's words, and exit code 6."""
    unit = unit_id("MONE002", 0)
    shop.before_each(
        f"/order-units/{unit}/send", lambda _request: shop.marketplace.change_unit(unit, status="cancelled")
    )
    done = machine.run("orders", "ship", "MONE002", *DHL, "--yes")
    assert done.code == 6
    assert "refused" in done.out
    assert written(shop) == []


def test_refund_in_doubt_waits_for_a_person(machine: Machine, shop: Simulator) -> None:
    """Kaufland shows no refunds: nothing is sent again until somebody says what the portal shows."""
    shop.misbehave(faults.answer_lost(), where=lambda request: request.method == "PATCH")
    words = ("orders", "refund", "MSENT04", "--amount", "5,00", "--reason", "defect", "--yes")
    assert machine.run(*words).code == 6
    assert machine.run(*words).code == 6
    assert machine.run("actions", "retry").code == 6
    refused(machine.run("actions", "retry", "1"), "--was-done", "--was-not-done")
    assert machine.good("status", "--json").json()["unfinished_actions"] == {"in_doubt": 1}
    assert "kaufland actions retry" in machine.good("status").out
    checks = {one["name"]: one["state"] for one in machine.run("doctor", "--json").json()["checks"]}
    assert checks["actions"] == "warning"
    assert len(written(shop)) == 1
    machine.good("actions", "retry", "1", "--was-done")
    assert "refunded already" in machine.good(*words).out
    assert len(written(shop)) == 1


# --- cancel, refund, release ---


def test_refund_never_exceeds_what_was_paid(machine: Machine, shop: Simulator) -> None:
    """What was refunded before counts, the same refund again takes --again, and forgetting changes nothing."""
    words = ("orders", "refund", "MSENT04", "--reason", "defect", "--yes", "--amount")
    machine.good(*words, "20.00")
    assert "Nothing to do" in machine.good(*words, "20.00").out
    refused(machine.run(*words, "20.00", "--again"), "29.99", "9.99")
    machine.good("actions", "forget", "1", "--yes")
    refused(machine.run(*words, "10.00"), "9.99 of it can still")
    machine.good(*words, "9.99")
    assert [one.body["amount"] for one in shop.marketplace.done] == [2000, 999]


@pytest.mark.parametrize("amount", ["0", "-5", "5.001", "five", "", "1e9", "NaN"])
def test_refund_of_no_amount(machine: Machine, shop: Simulator, amount: str) -> None:
    """Only an amount in whole cents is one."""
    done = machine.run("orders", "refund", "MSENT04", f"--amount={amount}", "--reason", "defect", "--yes")
    assert done.code == 2
    assert written(shop) == []


def test_refund_in_another_currency_takes_a_promise(machine: Machine, shop: Simulator) -> None:
    """Whether Kaufland takes crowns as euro cents is unverified."""
    words = ("orders", "refund", "MCZK005", "--amount", "5", "--reason", "defect", "--yes")
    refused(machine.run(*words), "CZK", "--i-have-checked-the-currency")
    machine.good(*words, "--i-have-checked-the-currency")
    assert len(written(shop)) == 1


def test_cancelling_shows_the_rate_of_the_month(machine: Machine, shop: Simulator) -> None:
    """Before and after, and what it costs; a cancellation that the buyer wanted does not count."""
    seller = machine.good("orders", "cancel", "MONE002", "--reason", "noinventory", "--dry-run").out
    assert "0 % of units before, 14.29 % after (1 of 7)" in seller
    assert "10 % of the cancelled value" in seller
    buyer = machine.good("orders", "cancel", "MONE002", "--reason", "BuyerCancelled", "--dry-run").out
    assert "0 % after (0 of 7)" in buyer
    machine.good("orders", "cancel", "MONE002", "--reason", "NoInventory", "--yes")
    assert shop.marketplace.done[0].body == {"reason": "NoInventory"}
    assert (
        "14.29 % of units before"
        in machine.good("orders", "cancel", "MOPEN03", "--reason", "WrongPrice", "--dry-run").out
    )


@pytest.mark.usefixtures("shop")
def test_unknown_reason_names_all(machine: Machine) -> None:
    """With the nearest one."""
    refused(machine.run("orders", "cancel", "MONE002", "--reason", "NoInventary"), "Did you mean NoInventory?")
    refused(machine.run("orders", "refund", "MSENT04", "--amount", "1", "--reason", "broken"), "defect")


def test_release_sends_no_body(machine: Machine, shop: Simulator) -> None:
    """An open order has to be sent from then on."""
    machine.good("orders", "release", "MOPEN03", "--yes")
    assert written(shop) == [("fulfil", unit_id("MOPEN03", 0))]
    (request,) = (one for one in shop.requests if one.method == "PATCH")
    assert request.body == b""


# --- invoices ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with an invoice of two orders, and something else."""
    found = tmp_path / "invoices"
    found.mkdir()
    (found / "RE-1017_MONE002.pdf").write_bytes(PDF + b"\n1")
    (found / "RE-1018_MTWO001.pdf").write_bytes(PDF + b"\n2")
    (found / "notes.txt").write_text("call the bank")
    return found


def test_folder_is_uploaded_once(machine: Machine, shop: Simulator, folder: Path) -> None:
    """Each file goes to the order in its name, unchanged; the second run uploads nothing."""
    missing = {one["id_order"] for one in machine.good("invoices", "list", "--missing", "--json").json()["invoices"]}
    assert {"MONE002", "MTWO001"} < missing
    assert not {"MDEEM07", "MOPEN03"} & missing
    machine.good("invoices", "upload", str(folder), "--yes")
    assert sorted(shop.marketplace.invoice_files.values()) == [PDF + b"\n1", PDF + b"\n2"]
    assert "Nothing to do" in machine.good("invoices", "upload", str(folder), "--yes").out
    assert len(shop.marketplace.invoice_files) == 2
    left = {one["id_order"] for one in machine.good("invoices", "list", "--missing", "--json").json()["invoices"]}
    assert left == missing - {"MONE002", "MTWO001"}


@pytest.mark.parametrize(
    "fault",
    [faults.answer_lost(), faults.effect_then_status(500), faults.status(500)],
    ids=["answer lost", "effect and 500", "500"],
)
def test_lost_answer_makes_no_second_invoice(machine: Machine, shop: Simulator, folder: Path, fault: Any) -> None:
    """The list of invoices tells whether it arrived."""
    shop.misbehave(fault, where=lambda request: request.method == "POST")
    machine.good("invoices", "upload", str(folder), "--yes")
    assert len(shop.marketplace.invoice_files) == 2


def test_request_without_an_answer_may_arrive_late(machine: Machine, shop: Simulator, folder: Path) -> None:
    """A gateway gave up, and nothing is there yet: it stays in doubt for ten minutes before it is sent again."""
    shop.misbehave(faults.status(504), where=lambda request: request.method == "POST")
    assert machine.run("invoices", "upload", str(folder), "--yes").code == 6
    assert machine.run("actions", "retry").code == 6
    assert len(shop.marketplace.invoice_files) == 1
    machine.clock.advance(minutes=11)
    machine.good("actions", "retry")
    assert len(shop.marketplace.invoice_files) == 2


def test_second_invoice_takes_replace(machine: Machine, shop: Simulator, folder: Path) -> None:
    """Also where the first one was uploaded in the seller portal since the last import."""
    shop.marketplace.upload_invoice("MONE002", original_name="portal.pdf")
    file = str(folder / "RE-1017_MONE002.pdf")
    refused(machine.run("invoices", "upload", file, "--yes"), "portal.pdf", "--replace")
    machine.good("invoices", "upload", file, "--yes", "--replace")
    assert len(shop.marketplace.invoice_files) == 1


def test_name_with_two_possible_ids_means_the_stored_order(machine: Machine, shop: Simulator, folder: Path) -> None:
    """An invoice number may look like an order id; two stored orders in one name are refused."""
    (folder / "RE1017_mone002.pdf").write_bytes(PDF + b"3")
    machine.good("invoices", "upload", str(folder / "RE1017_mone002.pdf"), "--yes")
    assert written(shop) == [("invoice", "MONE002")]
    (folder / "MONE002_MTWO001.pdf").write_bytes(PDF + b"4")
    refused(machine.run("invoices", "upload", str(folder), "--yes"), "any of MONE002, MTWO001", "--match")


def test_orders_that_kaufland_bills_get_none(machine: Machine, shop: Simulator, folder: Path) -> None:
    """Deemed-supplier orders."""
    file = str(folder / "RE-1017_MONE002.pdf")
    refused(machine.run("invoices", "upload", file, "--order", "MDEEM07", "--yes"), "deemed supplier")
    assert written(shop) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"<html>", "not a PDF"), (b"%PDF-1.4 cut", "cut off"), (b"PK\x03\x04", "not a PDF")],
)
def test_only_whole_pdfs_are_uploaded(
    machine: Machine, shop: Simulator, folder: Path, content: bytes, said: str
) -> None:
    """One file that is none stops all, before anything is sent."""
    (folder / "RE-1019_MSENT04.pdf").write_bytes(content)
    refused(machine.run("invoices", "upload", str(folder), "--yes"), "RE-1019_MSENT04.pdf", said)
    assert written(shop) == []


# --- the ledger ---


def test_order_card_and_erasure_know_what_was_sent(machine: Machine, shop: Simulator, folder: Path) -> None:
    """The card has it; once the buyer is erased, what leads to them is gone, and what was done stays."""
    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    machine.good("invoices", "upload", str(folder / "RE-1017_MONE002.pdf"), "--yes")
    card = machine.good("orders", "show", "MONE002").out
    assert "ship DHL 00340434161094042557 (done)" in card
    assert "RE-1017_MONE002.pdf" in card
    machine.good("orders", "erase", "MONE002", "--yes")
    assert b"00340434161094042557" not in machine.store_file(shop).read_bytes()
    assert b"RE-1017" not in machine.store_file(shop).read_bytes()
    actions = machine.good("actions", "list", "--json").json()["actions"]
    assert [(one["kind"], one["state"], one["carrier"]) for one in actions] == [
        ("invoice", "done", None),
        ("ship", "done", "DHL"),
    ]


def test_two_commands_at_once(machine: Machine, shop: Simulator) -> None:
    """While one is sending, a second one does nothing and ends with 7."""
    codes: list[int] = []

    def meanwhile(request: Any) -> None:
        if request.method == "PATCH":
            codes.append(machine.run("orders", "ship", "MTWO001", *DHL, "--yes").code)

    shop.before_each(f"/order-units/{unit_id('MONE002', 0)}/send", meanwhile)
    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    assert codes == [7]
    assert written(shop) == [("send", unit_id("MONE002", 0))]


def test_refused_credentials_end_the_run_and_the_next_goes_on(machine: Machine, shop: Simulator) -> None:
    """Nothing was done: what was planned stays planned, and `actions retry` sends it."""
    shop.misbehave(faults.status(401), times=None, where=lambda request: request.method == "PATCH")
    assert machine.run("orders", "ship", "MTWO001", *DHL, "--yes").code == 4
    assert machine.good("actions", "list", "--json").json()["counts"]["planned"] == 2
    shop.behave()
    machine.good("actions", "retry")
    assert len(written(shop)) == 2


@pytest.mark.usefixtures("shop")
def test_forgotten_action_stands_for_nothing(machine: Machine) -> None:
    """What was done asks first; after that the same is sent once more, and Kaufland refuses or not."""
    machine.good("orders", "ship", "MONE002", *DHL, "--yes")
    refused(machine.run("actions", "forget", "1"), "--yes")
    machine.good("actions", "forget", "1", "--yes")
    (action,) = machine.good("actions", "list", "--json").json()["actions"]
    assert (action["state"], action["text"]) == ("refused", "Forgotten by hand; it was done.")


@pytest.mark.parametrize("words", [("show", "9"), ("retry", "9"), ("forget", "9", "--yes")])
@pytest.mark.usefixtures("shop")
def test_unknown_action(machine: Machine, words: tuple[str, ...]) -> None:
    """The error leads to the list."""
    refused(machine.run("actions", *words), "There is no action 9", "kaufland actions list")
