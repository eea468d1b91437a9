"""Faults while something is written: what the client learns, and whether the effect happened."""

import http.client
import time

import pytest

from kaufland_cli.simulator import Simulator, faults, make_order, unit_id
from kaufland_cli.simulator.faults import Fault
from support.clocks import HeldClock
from support.signed_client import act, ask

UNIT = unit_id("M1", 0)
SEND = f"/order-units/{UNIT}/send"
DHL = {"tracking_numbers": "0034123456789", "carrier_code": "DHL"}
PARCEL = {"id_order_unit": UNIT, "shipment_information": {"tracking_number": "5", "carrier_code": "DHL"}}


@pytest.fixture
def shop(simulator: Simulator) -> Simulator:
    """Give a simulator with an order of one unit."""
    simulator.marketplace.add_order(make_order("M1"))
    return simulator


def marks(simulator: Simulator) -> int:
    """Return how often the unit was marked as sent."""
    return len(simulator.marketplace.done_to(UNIT, "send"))


def test_lost_answer_leaves_the_effect(shop: Simulator) -> None:
    """The client sees a reset; the unit is marked, and asking again is a duplicate."""
    rule = shop.misbehave(faults.answer_lost(), path=SEND)
    with pytest.raises(ConnectionError):
        act(shop, "PATCH", SEND, DHL)
    assert (marks(shop), rule.struck, shop.requests[0].status) == (1, 1, None)
    assert shop.marketplace.unit(UNIT)["status"] == "sent"
    assert act(shop, "PATCH", SEND, DHL).json["type"] == "/problems/duplicate-action"
    assert marks(shop) == 1


@pytest.mark.parametrize("code", [500, 502, 504])
def test_effect_can_hide_behind_a_status(shop: Simulator, code: int) -> None:
    """The client gets the status and the body said, and the effect is there all the same."""
    shop.misbehave(faults.effect_then_status(code, b"busy"))
    reply = act(shop, "PATCH", SEND, DHL)
    assert (reply.status, reply.body, marks(shop)) == (code, b"busy", 1)


@pytest.mark.parametrize(
    "fault",
    [faults.answer_lost(), faults.effect_then_status(500), faults.effect_then_wait(0)],
    ids=["lost", "500", "late"],
)
def test_refused_request_has_no_effect_whatever_the_client_gets(shop: Simulator, fault: Fault) -> None:
    """A fault that lets the effect happen does not make one of a request that is refused, unsigned ones included."""
    shop.misbehave(fault, times=None)
    for body, headers in ((b"{}", {}), (b"", {"Shop-Signature": "0" * 64})):
        try:
            ask(shop, SEND, method="PATCH", body=body, headers=headers)
        except ConnectionError:
            continue
    assert shop.marketplace.done == []


@pytest.mark.parametrize(
    "fault",
    [faults.status(500), faults.reset_connection(), faults.too_many_requests(1)],
    ids=["500", "reset", "too many"],
)
def test_other_faults_have_no_effect(shop: Simulator, fault: Fault) -> None:
    """A status, a reset and 429 in place of the answer leave the unit as it was; then it can be marked."""
    shop.misbehave(fault, path="/order-units/*")
    try:
        reply = act(shop, "PATCH", SEND, DHL)
    except ConnectionError:
        pass
    else:
        assert (reply.status, reply.headers.get("retry-after")) in {(500, None), (429, "1")}
    assert (marks(shop), shop.marketplace.unit(UNIT)["status"]) == (0, "need_to_be_sent")
    assert act(shop, "PATCH", SEND, DHL).status == 204


def test_rate_is_counted_over_all_methods(shop: Simulator) -> None:
    """Above the rate a write is refused with 429 and has no effect."""
    shop.switches.requests_per_second = 1
    begun = time.monotonic()
    first, second = ask(shop, "/order-units").status, act(shop, "PATCH", SEND, DHL).status
    if time.monotonic() - begun < 1:
        assert (first, second, marks(shop)) == (200, 429, 0)


def test_late_effect_comes_though_nobody_waits(shop: Simulator) -> None:
    """A client that gives up before a slow server has processed its request did cause the effect."""
    shop.misbehave(faults.slow(0.3))
    with pytest.raises(TimeoutError):
        act_impatiently(shop)
    wait_for_mark(shop)
    assert act(shop, "PATCH", SEND, DHL).status == 403


def test_answer_can_be_later_than_the_effect(shop: Simulator) -> None:
    """The unit is marked at once; a client that gives up on the answer finds it so."""
    shop.misbehave(faults.effect_then_wait(60))
    with pytest.raises(TimeoutError):
        act_impatiently(shop)
    wait_for_mark(shop)


def test_stopped_server_does_not_process_what_it_was_late_with(clock: HeldClock) -> None:
    """A request that a slow server was still holding back has no effect when the server stops."""
    simulator = Simulator(now=clock, orders=[make_order("M1")]).start()
    simulator.misbehave(faults.slow(60))
    with pytest.raises(TimeoutError):
        act_impatiently(simulator)
    simulator.stop()
    assert simulator.marketplace.done == []


def test_cut_and_dripping_answers_have_their_effect(shop: Simulator) -> None:
    """An answer without a body cannot be cut: it arrives; one with a body breaks off, and the invoice is there."""
    shop.misbehave(faults.cut_body(), times=2)
    assert act(shop, "PATCH", SEND, DHL).status == 204
    invoice = {"original_name": "a.pdf", "mime_type": "application/pdf", "data": "JVBERg=="}
    with pytest.raises(http.client.IncompleteRead):
        act(shop, "POST", "/order-invoices/M1", invoice)
    assert list(shop.marketplace.invoice_files.values()) == [b"%PDF"]
    shop.misbehave(faults.drip(0.0001))
    assert act(shop, "POST", "/shipments", PARCEL).status == 204


def test_unit_can_be_cancelled_just_before_it_is_marked(shop: Simulator) -> None:
    """A hook cancels it while the request is on its way: refused, and the buyer's cancellation stands."""

    def cancel(_request: object) -> None:
        shop.marketplace.change_unit(UNIT, status="cancelled", cancel_reason="BuyerCancelled")

    shop.before_each(SEND, cancel)
    reply = act(shop, "PATCH", SEND, DHL)
    assert (reply.status, reply.json["type"]) == (403, "/problems/action-not-allowed")
    assert shop.marketplace.unit(UNIT)["cancel_reason"] == "BuyerCancelled"
    assert shop.marketplace.done == []


def test_faults_find_requests_by_their_body(shop: Simulator) -> None:
    """A rule's condition can read the body, so that one parcel of many meets the fault."""
    shop.marketplace.change_unit(UNIT, status="sent")
    shop.misbehave(faults.effect_then_status(500), where=lambda request: b'"5"' in request.body)
    other = {**PARCEL, "shipment_information": {"tracking_number": "6", "carrier_code": "DHL"}}
    assert [act(shop, "POST", "/shipments", body).status for body in (other, PARCEL, other)] == [204, 500, 204]
    assert [number for _, number in shop.marketplace.parcels_of(UNIT)] == ["6", "5", "6"]


def act_impatiently(simulator: Simulator) -> None:
    """Mark the unit, and give up soon."""
    body = b'{"tracking_numbers": "1", "carrier_code": "DHL"}'
    ask(simulator, SEND, method="PATCH", body=body, timeout=0.1)


def wait_for_mark(simulator: Simulator) -> None:
    """Wait until the unit is marked."""
    end = time.monotonic() + 30
    while not marks(simulator):
        assert time.monotonic() < end, "it never was"
        time.sleep(0.01)
