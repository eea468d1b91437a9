"""The endpoints that write: what they change, what they refuse, and what a test can read afterwards."""

import base64
import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest

from kaufland_cli.simulator import Done, Simulator, make_order, unit_id
from kaufland_cli.simulator.answers import STATUSES
from support.clocks import HeldClock
from support.signed_client import Reply, act, ask, rows, signed_headers

FIRST = unit_id("M1", 0)
SECOND = unit_id("M1", 1)
DHL = {"tracking_numbers": "0034123456789", "carrier_code": "DHL"}
CANCEL = {"reason": "NoInventory"}
REFUND = {"amount": 100, "reason": "delivery_delay"}
PDF = b"%PDF-1.4 invoice"
INVOICE = {"original_name": "invoice_M1.pdf", "mime_type": "application/pdf", "data": base64.b64encode(PDF).decode()}
BODIES: dict[str, Any] = {"send": DHL, "cancel": CANCEL, "refund": REFUND, "fulfil": None}


@pytest.fixture
def shop(simulator: Simulator, clock: HeldClock) -> Simulator:
    """Give a simulator with an order of two units that arrived an hour ago."""
    simulator.marketplace.add_order(make_order("M1", [{}, {}], price=2999, shipping_rate=495))
    clock.advance(hours=1)
    return simulator


@pytest.fixture
def playground(clock: HeldClock) -> Iterator[Simulator]:
    """Give a playground with an order of two units."""
    with Simulator(now=clock, orders=[make_order("M1", [{}, {}])], playground=True) as running:
        yield running


def patch(simulator: Simulator, action: str, body: object = None, unit: object = FIRST) -> Reply:
    """Do something to a unit."""
    return act(simulator, "PATCH", f"/order-units/{unit}/{action}", body)


def shipment(unit: int = FIRST, **parcel: Any) -> dict[str, Any]:
    """Return the body of a further parcel."""
    return {"id_order_unit": unit, "shipment_information": {"tracking_number": "77", "carrier_code": "GLS"} | parcel}


def problem(reply: Reply) -> tuple[int, str]:
    """Return status and problem type of a refusal."""
    return reply.status, reply.json["type"].removeprefix("/problems/")


def field(reply: Reply) -> str:
    """Return the field of a body that was refused with 400."""
    assert problem(reply) == (400, "validation-error"), reply.body
    (error,) = reply.json["errors"]
    return str(error["field"])


# --- units ----------------------------------------------------------------------------------------------------------


def test_unit_is_marked_as_sent_exactly_once(shop: Simulator) -> None:
    """204 without a body; the unit is sent as of now, its sibling is not; a test can read with what, and how often."""
    reply = patch(shop, "send", DHL)
    assert (reply.status, reply.body) == (204, b"")
    assert not {"content-length", "content-type", "transfer-encoding"} & reply.headers.keys()
    told = {row["id_order_unit"]: (row["status"], row["ts_updated_iso"]) for row in rows(shop, "/order-units")}
    assert told == {FIRST: ("sent", "2026-09-14T13:00:00Z"), SECOND: ("need_to_be_sent", "2026-09-14T12:00:00Z")}
    assert [row["id_order_unit"] for row in rows(shop, "/order-units?ts_updated_from_iso=2026-09-14T12:30:00Z")] == [
        FIRST
    ]
    assert problem(patch(shop, "send", DHL)) == (403, "duplicate-action")
    assert shop.marketplace.done_to(FIRST, "send") == [DHL]
    assert shop.marketplace.parcels_of(FIRST) == [("DHL", "0034123456789")]
    assert shop.marketplace.done == [Done("send", "M1", FIRST, None, DHL, datetime(2026, 9, 14, 13, tzinfo=UTC))]
    assert shop.marketplace.done_to("M1", "send") == [DHL]
    assert shop.marketplace.done_to(SECOND, "send") == []
    assert shop.marketplace.parcels_of(SECOND) == []


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize("action", ["send", "cancel", "fulfil"])
def test_action_done_before_is_a_duplicate(shop: Simulator, action: str, status: Literal[400, 403]) -> None:
    """With the status that the switch says; nothing is done twice, and the update time stays."""
    shop.switches.duplicate_action_status = status
    shop.marketplace.change_unit(FIRST, status={"fulfil": "open"}.get(action, "need_to_be_sent"))
    assert patch(shop, action, BODIES[action]).status == 204
    after = shop.marketplace.unit(FIRST)
    assert problem(patch(shop, action, BODIES[action])) == (status, "duplicate-action")
    assert len(shop.marketplace.done) == 1
    assert shop.marketplace.unit(FIRST) == after


@pytest.mark.parametrize("action", ["send", "shipment", "cancel", "refund", "fulfil"])
def test_each_action_needs_a_unit_in_the_right_status(shop: Simulator, action: str) -> None:
    """Elsewhere it is refused with 403, also in a status nobody has heard of, and changes nothing."""
    allowed = {
        "send": {"need_to_be_sent"},
        "shipment": {"sent", "sent_and_autopaid", "received"},
        "cancel": {"need_to_be_sent", "open"},
        "refund": {"sent", "sent_and_autopaid", "received", "returned", "returned_paid"},
        "fulfil": {"open"},
    }[action]
    repeated = {"send": "sent", "cancel": "cancelled", "fulfil": "need_to_be_sent"}.get(action)
    refused = {"cancel": "order-units/cancel-not-possible"}.get(action, "action-not-allowed")
    for status in {*STATUSES, "in_clarification"} - {repeated}:
        shop.marketplace.change_unit(FIRST, status=status)
        before, done = shop.marketplace.unit(FIRST), len(shop.marketplace.done)
        if action == "shipment":
            reply = act(shop, "POST", "/shipments", shipment())
        else:
            reply = patch(shop, action, BODIES[action])
        if status in allowed:
            assert (reply.status, len(shop.marketplace.done)) == (204, done + 1), status
        else:
            assert problem(reply) == (403, refused), status
            assert (shop.marketplace.unit(FIRST), len(shop.marketplace.done)) == (before, done)


def test_cancelling_keeps_the_reason(shop: Simulator) -> None:
    """The unit shows it, as cancelled; it cannot be sent any more."""
    assert patch(shop, "cancel", CANCEL).status == 204
    unit = ask(shop, f"/order-units/{FIRST}").json["data"]
    assert (unit["status"], unit["cancel_reason"]) == ("cancelled", "NoInventory")
    assert problem(patch(shop, "send", DHL)) == (403, "action-not-allowed")


def test_released_unit_shows_its_address(simulator: Simulator) -> None:
    """Fulfil takes no body, turns open into need_to_be_sent, and so ends the 15 minutes without address."""
    simulator.marketplace.add_order(make_order("M1", status="open"))
    assert rows(simulator, "/order-units")[0]["shipping_address"] is None
    assert patch(simulator, "fulfil").status == 204
    (unit,) = rows(simulator, "/order-units?status=need_to_be_sent")
    assert unit["shipping_address"]["city"] == "Leipzig"
    assert simulator.marketplace.done_to(FIRST, "fulfil") == [{}]


def test_refunds_never_exceed_what_was_paid(shop: Simulator) -> None:
    """Price and shipping of the unit, less earlier refunds; the status stays."""
    shop.marketplace.change_unit(FIRST, status="received")
    for amount in (-1, 0, 3495):
        assert field(patch(shop, "refund", REFUND | {"amount": amount})) == "amount"
    for amount in (3000, 494):
        assert patch(shop, "refund", REFUND | {"amount": amount}).status == 204
    assert field(patch(shop, "refund", REFUND | {"amount": 1})) == "amount"
    assert [body["amount"] for body in shop.marketplace.done_to(FIRST, "refund")] == [3000, 494]
    assert shop.marketplace.unit(FIRST)["status"] == "received"


def test_further_parcels_follow_the_first(shop: Simulator) -> None:
    """Several numbers are one text; a parcel without a number has an empty one; a repeat is a parcel more."""
    assert patch(shop, "send", DHL | {"tracking_numbers": "1,2"}).status == 204
    for parcel in ({}, {}, {"tracking_number": "", "carrier_code": "Other"}, {"weight": 3}):
        assert act(shop, "POST", "/shipments", shipment(**parcel)).status == 204
    gls = ("GLS", "77")
    assert shop.marketplace.parcels_of(FIRST) == [("DHL", "1"), ("DHL", "2"), gls, gls, ("Other", ""), gls]
    assert len(shop.marketplace.done_to(FIRST, "shipment")) == 4


@pytest.mark.parametrize("carrier", ["dhl", " DHL", "DHL Germany", "", "GLS CZ"])
def test_carrier_is_an_exact_name(shop: Simulator, carrier: str) -> None:
    """Whatever GET /carriers does not list to the letter is refused, for the first parcel and for others."""
    assert field(patch(shop, "send", DHL | {"carrier_code": carrier})) == "carrier_code"
    shop.marketplace.change_unit(SECOND, status="sent")
    reply = act(shop, "POST", "/shipments", shipment(SECOND, carrier_code=carrier))
    assert field(reply) == "shipment_information.carrier_code"
    assert shop.marketplace.done == []


@pytest.mark.parametrize("numbers", ["", " ", ",", "1,", "1,,2"])
def test_tracking_number_is_needed(shop: Simulator, numbers: str) -> None:
    """And none of several may be empty."""
    assert field(patch(shop, "send", DHL | {"tracking_numbers": numbers})) == "tracking_numbers"
    shop.marketplace.change_unit(SECOND, status="sent")
    reply = act(shop, "POST", "/shipments", shipment(SECOND, tracking_number=" "))
    assert field(reply) == "shipment_information.tracking_number"
    assert shop.marketplace.done == []


@pytest.mark.parametrize("carrier", ["Other", "Other Hauler"])
def test_other_carriers_need_no_tracking_number(shop: Simulator, carrier: str) -> None:
    """An empty one will do, unless the switch says otherwise."""
    untracked = {"tracking_numbers": "", "carrier_code": carrier}
    shop.switches.tracking_always_needed = True
    assert field(patch(shop, "send", untracked)) == "tracking_numbers"
    shop.switches.tracking_always_needed = False
    assert patch(shop, "send", untracked).status == 204
    assert shop.marketplace.parcels_of(FIRST) == [(carrier, "")]


def test_carriers_are_many_and_every_one_is_accepted(simulator: Simulator) -> None:
    """More than forty, with those of several countries; hauliers are marked."""
    carriers = {row["name"]: row["isHauler"] for row in ask(simulator, "/carriers").json["data"]["carriers"]}
    assert len(carriers) > 40
    assert [carriers[name] for name in ("DPD", "DPD Austria", "GLS Czech Republic", "Austrian Post", "Other")] == [
        False
    ] * 5
    assert carriers["Raben Group"] is carriers["Other Hauler"] is True
    simulator.marketplace.add_order(make_order("M1", [{}] * len(carriers)))
    for position, name in enumerate(carriers):
        assert patch(simulator, "send", DHL | {"carrier_code": name}, unit_id("M1", position)).status == 204


def test_what_kaufland_fulfils_the_seller_does_not_ship(shop: Simulator) -> None:
    """Marking, further parcels and release are refused; a refund is not."""
    shop.marketplace.change_unit(FIRST, fulfillment_type="fulfilled_by_kaufland")
    assert problem(patch(shop, "send", DHL)) == (403, "action-not-allowed")
    shop.marketplace.change_unit(FIRST, status="sent")
    assert problem(act(shop, "POST", "/shipments", shipment())) == (403, "action-not-allowed")
    assert patch(shop, "refund", REFUND).status == 204
    shop.marketplace.change_unit(FIRST, status="open")
    assert problem(patch(shop, "fulfil")) == (403, "action-not-allowed")


def test_unknown_unit_is_not_found(shop: Simulator) -> None:
    """404 for an id that does not exist, 400 for one that cannot."""
    for action, body in BODIES.items():
        assert problem(patch(shop, action, body, unit=1)) == (404, "not-found")
        for odd in ("M1", "-1", "1.0", "9" * 5000):
            assert field(patch(shop, action, body, unit=odd)) == "id_order_unit"
    assert problem(act(shop, "POST", "/shipments", shipment(1))) == (404, "not-found")


def test_orders_refused_and_inactive_accounts_write_nothing(shop: Simulator) -> None:
    """The switches that refuse reading refuse writing too."""
    for switch, kind in (("orders_refused", "forbidden"), ("inactive_account", "inactive-account")):
        setattr(shop.switches, switch, True)
        assert problem(patch(shop, "send", DHL)) == (403, kind)
        assert problem(act(shop, "POST", "/shipments", shipment())) == (403, kind)
        assert problem(act(shop, "POST", "/order-invoices/M1", INVOICE)) == (403, kind)
        setattr(shop.switches, switch, False)
    assert shop.marketplace.done == []


def test_playground_changes_units_but_has_no_invoices(playground: Simulator) -> None:
    """Everything about units works there as in production, invoices do not exist."""
    assert patch(playground, "send", DHL).status == 204
    assert act(playground, "POST", "/shipments", shipment()).status == 204
    assert patch(playground, "refund", REFUND).status == 204
    assert patch(playground, "cancel", CANCEL, SECOND).status == 204
    assert act(playground, "POST", "/order-invoices/M1", INVOICE).status == 404
    assert act(playground, "DELETE", "/order-invoices/M1/918000001").status == 404
    assert [one.kind for one in playground.marketplace.done] == ["send", "shipment", "refund", "cancel"]


def test_of_many_at_once_one_has_the_effect(shop: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen clients mark one unit and refund another: it is marked once, and refunded no more than was paid."""
    shop.marketplace.change_unit(SECOND, status="sent")
    read = shop.marketplace.unit

    def read_and_dawdle(id_order_unit: int) -> dict[str, Any]:
        unit = read(id_order_unit)
        time.sleep(0.002)  # lets the other threads run between a check and its effect, if they may
        return unit

    monkeypatch.setattr(shop.marketplace, "unit", read_and_dawdle)

    def both(number: int) -> tuple[int, int]:
        sent = patch(shop, "send", DHL | {"tracking_numbers": str(number)})
        return sent.status, patch(shop, "refund", REFUND | {"amount": 1000}, SECOND).status

    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(both, range(16)))
    assert sorted(sent for sent, _ in told) == [204] + [403] * 15
    assert sorted(refunded for _, refunded in told) == [204] * 3 + [400] * 13
    winner = next(number for number, (sent, _) in enumerate(told) if sent == 204)
    assert shop.marketplace.parcels_of(FIRST) == [("DHL", str(winner))]


# --- invoices -------------------------------------------------------------------------------------------------------


def upload(simulator: Simulator, id_order: str = "M1", **fields: str) -> Reply:
    """Upload an invoice."""
    return act(simulator, "POST", f"/order-invoices/{id_order}", INVOICE | fields)


def test_uploaded_invoice_can_be_read_wherever_invoices_are(shop: Simulator) -> None:
    """201 with the record; the list, the order and the invoice by id show the same; the content is kept."""
    reply = upload(shop)
    record = reply.json["data"]
    assert reply.status == 201
    assert (record["original_name"], record["mime_type"]) == ("invoice_M1.pdf", "application/pdf")
    assert (record["id_order"], record["ts_created_iso"]) == ("M1", "2026-09-14T13:00:00Z")
    assert rows(shop, "/order-invoices") == [record]
    assert ask(shop, "/orders/M1?embedded=order_invoices").json["data"]["order_invoices"] == [record]
    assert ask(shop, f"/order-invoices/M1/{record['id_invoice']}").json["data"] == record
    assert shop.marketplace.invoice_files == {record["id_invoice"]: PDF}
    (done,) = shop.marketplace.done
    assert (done.kind, done.id_order, done.id_invoice) == ("invoice", "M1", record["id_invoice"])
    assert shop.marketplace.done_to("M1", "invoice") == [INVOICE]


def test_second_upload_is_a_second_invoice(shop: Simulator) -> None:
    """A repeat is not recognised; each can be deleted, once."""
    first, second = (upload(shop).json["data"]["id_invoice"] for _ in range(2))
    assert len(rows(shop, "/order-invoices")) == 2
    gone = act(shop, "DELETE", f"/order-invoices/M1/{first}")
    assert (gone.status, gone.body) == (204, b"")
    assert [row["id_invoice"] for row in rows(shop, "/order-invoices")] == [second]
    assert shop.marketplace.invoice_files == {second: PDF}
    assert problem(act(shop, "DELETE", f"/order-invoices/M1/{first}")) == (404, "not-found")
    assert [one.kind for one in shop.marketplace.done] == ["invoice", "invoice", "delete_invoice"]
    for unit in (FIRST, SECOND):
        shop.marketplace.remove_unit(unit)
    assert shop.marketplace.invoice_files == {}


@pytest.mark.parametrize("status", [400, 403])
def test_kaufland_makes_the_invoices_of_orders_it_supplies(simulator: Simulator, status: Literal[400, 403]) -> None:
    """The seller can neither upload nor delete one there."""
    simulator.switches.undocumented_refusal_status = status
    simulator.marketplace.add_order(make_order("M1", is_marketplace_deemed_supplier=True, invoices=[{}]))
    (kept,) = rows(simulator, "/order-invoices")
    assert problem(upload(simulator)) == (status, "action-not-allowed")
    assert problem(act(simulator, "DELETE", f"/order-invoices/M1/{kept['id_invoice']}")) == (
        status,
        "action-not-allowed",
    )
    assert rows(simulator, "/order-invoices") == [kept]
    assert simulator.marketplace.done == []


@pytest.mark.parametrize("data", ["", "====", "JVBERi0xLjQK!", "JVBERi0xLjQ", "JVBE\nRi0x", "ü"])
def test_invoice_is_base64(shop: Simulator, data: str) -> None:
    """Anything else, and nothing at all, is refused with the name of the field."""
    assert field(upload(shop, data=data)) == "data"
    assert (shop.marketplace.done, rows(shop, "/order-invoices")) == ([], [])


def test_invoice_of_nothing_is_not_found(shop: Simulator) -> None:
    """Neither order nor invoice: 404; an invoice of another order is none; an id that is no number: 400."""
    shop.marketplace.add_order(make_order("M2"))
    number = upload(shop, "M2").json["data"]["id_invoice"]
    assert problem(upload(shop, "M3")) == (404, "not-found")
    for method in ("GET", "DELETE"):
        for target in (f"M1/{number}", f"M3/{number}", "M2/1"):
            assert problem(act(shop, method, f"/order-invoices/{target}")) == (404, "not-found")
        assert field(act(shop, method, "/order-invoices/M2/first")) == "id_invoice"


# --- on the wire ----------------------------------------------------------------------------------------------------


def test_body_of_a_signed_request_cannot_be_changed(shop: Simulator) -> None:
    """A signature made over one body does not mark a unit with another; nor does a body that ends too soon."""
    target = f"/order-units/{FIRST}/send"
    good = json.dumps(DHL).encode()
    signed = signed_headers(shop, target, method="PATCH", body=good)
    for other in (good.replace(b"0034", b"9999"), good[:-1], b""):
        assert ask(shop, target, method="PATCH", body=other, headers=signed).status == 401
    assert shop.marketplace.done == []
    assert ask(shop, target, method="PATCH", body=good, headers=signed).status == 204


def test_connection_survives_every_method(shop: Simulator) -> None:
    """Bodies are read and answers end where they say, accepted or not, with and without a body: one connection."""
    connection = http.client.HTTPConnection(urlsplit(shop.base_url).netloc, timeout=10)
    steps: list[tuple[str, str, bytes, int]] = [
        ("PATCH", f"/order-units/{FIRST}/send", json.dumps(DHL).encode(), 204),
        ("PATCH", f"/order-units/{FIRST}/send", json.dumps(DHL).encode(), 403),
        ("PATCH", f"/order-units/{SECOND}/fulfil", b"", 403),
        ("PATCH", f"/order-units/{SECOND}/send", b"{", 400),
        ("POST", "/shipments", json.dumps(shipment()).encode(), 204),
        ("POST", "/order-invoices/M1", json.dumps(INVOICE).encode(), 201),
        ("POST", "/nowhere", json.dumps(INVOICE).encode(), 404),
        ("DELETE", "/order-invoices/M1/1", b"", 404),
        ("GET", "/order-units", b"", 200),
    ]
    used = set()
    for method, target, body, status in steps:
        headers = signed_headers(shop, target, method=method, body=body) | {"Content-Type": "application/json"}
        connection.request(method, f"/v2{target}", body=body or None, headers=headers)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (status, status != 204)
        assert connection.sock is not None
        used.add(connection.sock.getsockname())
    connection.close()
    assert len(used) == 1
