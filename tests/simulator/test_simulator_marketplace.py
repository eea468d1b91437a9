"""The state behind the API: building orders, changing them, and the seller's month."""

import json
from collections import Counter
from typing import Any

import pytest

from kaufland_cli.simulator import MISSING, Simulator, example_address, make_order, seller_month, unit_id
from kaufland_cli.simulator.answers import STATUSES
from kaufland_cli.simulator.seller_month import FORMULA, UNKNOWN_STATUS
from support.clocks import HeldClock
from support.signed_client import ask, rows


def test_order_is_placed_when_it_is_added(simulator: Simulator, clock: HeldClock) -> None:
    """Times that nobody chose are the server's now; the deadline is the end of a day in Berlin."""
    simulator.marketplace.add_order(make_order("M1", [{}, {"price": 5, "ts_updated_iso": clock()}]))
    first, second = simulator.marketplace.units.values()
    assert first["ts_created_iso"] == first["ts_updated_iso"] == second["ts_updated_iso"] == "2026-09-14T12:00:00Z"
    assert first["delivery_time_expires_iso"] == "2026-09-17T21:59:59Z"
    assert (first["price"], second["price"]) == (2999, 5)
    assert first["id_order_unit"] == unit_id("M1", 0) > 2**32


def test_any_value_can_be_built(simulator: Simulator) -> None:
    """What the API would never send goes over the wire as it was given; a MISSING field is not there."""
    odd = {"price": "abc", "buyer": ["a", "list"], "id_order_unit": MISSING, "ts_created_iso": None, "vat": "?"}
    simulator.marketplace.add_order(make_order("M1", [odd, {"id_order": MISSING}], storefront="xx"))
    found = {row.get("id_order"): row for row in rows(simulator, "/order-units")}
    assert (found["M1"]["price"], found["M1"]["buyer"], found["M1"]["ts_created_iso"]) == ("abc", ["a", "list"], None)
    assert "id_order_unit" not in found["M1"]
    assert list(simulator.marketplace.units) == [unit_id("M1", 1)]
    simulator.marketplace.change_unit(unit_id("M1", 1), price=MISSING)
    assert "price" not in simulator.marketplace.units[unit_id("M1", 1)]


def test_order_comes_once(simulator: Simulator) -> None:
    """A second order of the same id is a mistake of the test, not a second order."""
    simulator.marketplace.add_order(make_order("M1"))
    with pytest.raises(ValueError, match="M1"):
        simulator.marketplace.add_order(make_order("M1"))


def test_addresses_are_withheld_for_fifteen_minutes(simulator: Simulator, clock: HeldClock) -> None:
    """A young open order shows no address, in lists and alone; later it does, without a new update time."""
    simulator.marketplace.add_order(make_order("M1", status="open"))
    clock.advance(minutes=14, seconds=59)
    young = rows(simulator, "/order-units")[0]
    assert (young["shipping_address"], young["billing_address"]) == (None, None)
    assert ask(simulator, "/orders/M1").json["data"]["shipping_address"] is None
    clock.advance(seconds=1)
    old = rows(simulator, "/order-units")[0]
    assert old["shipping_address"] == example_address()
    assert old["ts_updated_iso"] == young["ts_updated_iso"]


def test_addresses_can_be_revealed_and_withheld_at_will(simulator: Simulator, clock: HeldClock) -> None:
    """Whatever age and status; with `touch` as a change that has its time."""
    simulator.marketplace.add_order(make_order("M1"))
    simulator.marketplace.withhold_address("M1")
    assert simulator.marketplace.unit(unit_id("M1", 0))["shipping_address"] is None
    clock.advance(minutes=1)
    simulator.marketplace.reveal_address("M1", touch=True)
    shown = simulator.marketplace.unit(unit_id("M1", 0))
    assert (shown["shipping_address"], shown["ts_updated_iso"]) == (example_address(), "2026-09-14T12:01:00Z")


def test_order_shows_pickup_point_and_invoices_only_on_request(simulator: Simulator) -> None:
    """`embedded` in both array forms; a pickup point is nowhere else."""
    point = {"pickup_location_id": "9", "provider": "DHL", "carrier": "DHL", "services": "", "dhl_post_number": "1"}
    simulator.marketplace.add_order(make_order("M1", [{}, {}], pickup_location=point))
    id_invoice = simulator.marketplace.upload_invoice("M1")
    bare = ask(simulator, "/orders/M1").json["data"]
    assert not {"delivery", "order_invoices"} & set(bare)
    assert len(bare["order_units"]) == 2
    for query in ("embedded=delivery,order_invoices", "embedded=delivery&embedded=order_invoices"):
        told = ask(simulator, f"/orders/M1?{query}").json["data"]
        assert told["delivery"] == {"pickup_location": point}
        assert [invoice["id_invoice"] for invoice in told["order_invoices"]] == [id_invoice]
    assert "delivery" not in rows(simulator, "/order-units")[0]
    assert ask(simulator, "/orders/M1?embedded=everything").status == 400
    assert [row["id_order"] for row in rows(simulator, "/order-invoices?storefront=de")] == ["M1"]


def test_playground_lacks_what_it_lacked(clock: HeldClock) -> None:
    """No storefronts, invoices or carriers there; test orders instead, with one unit a unit."""
    with Simulator(now=clock, playground=True) as playground:
        lacking = [ask(playground, target).status for target in ("/info/storefront", "/order-invoices", "/carriers")]
        assert lacking == [404, 404, 404]
        assert ask(playground, "/status/ping").status == 200
        body = json.dumps({"data": [{"id_item_unit": "38271", "amount": 3}]}).encode()
        made = ask(playground, "/playground/orders?storefront=at", method="POST", body=body).json
        assert made["total"] == 1
        order = ask(playground, f"/orders/{made['data'][0]['id_order']}").json["data"]
        assert (order["storefront"], len(order["order_units"])) == ("at", 3)
        for query, odd in (("", body), ("?storefront=at", b"{}"), ("?storefront=at", b'{"data": []}')):
            assert ask(playground, f"/playground/orders{query}", method="POST", body=odd).status == 400


def test_production_has_no_test_orders(simulator: Simulator) -> None:
    """POST /playground/orders exists on the playground only."""
    assert ask(simulator, "/playground/orders?storefront=de", method="POST", body=b"{}").status == 404


# --- the seller's month ---------------------------------------------------------------------------------------------


@pytest.fixture
def month(clock: HeldClock) -> Any:
    """Read the orders of a seller's month as the API gives them, by id."""
    with Simulator(now=clock, orders=seller_month(clock())) as simulator:
        orders = simulator.marketplace.orders
        return {id_order: simulator.marketplace.order(id_order) for id_order in orders}


def test_month_is_the_same_each_time(clock: HeldClock) -> None:
    """Same seed and hour, same orders; about forty of them."""
    assert seller_month(clock()) == seller_month(clock())
    assert 35 <= len(seller_month(clock())) <= 45
    assert seller_month(clock(), seed=2) != seller_month(clock())


def test_month_holds_everything_that_is_hard(month: Any) -> None:
    """Each difficulty that is promised is there, so what reads the month can read a seller's orders."""
    orders = list(month.values())
    units = [unit for order in orders for unit in order.units]
    statuses = Counter(unit["status"] for unit in units)
    assert set(statuses) == {*STATUSES, UNKNOWN_STATUS}
    assert {(unit["storefront"], unit["currency"]) for unit in units} == {
        ("de", "EUR"),
        ("at", "EUR"),
        ("cz", "CZK"),
        ("pl", "PLN"),
    }
    of_statuses = [{unit["status"] for unit in order.units} for order in orders]
    assert any("cancelled" in found and len(found) > 1 for found in of_statuses)
    assert any(
        found == {"cancelled"} and len(order.units) > 1 for found, order in zip(of_statuses, orders, strict=True)
    )
    offers = [[unit["id_offer"] for unit in order.units] for order in orders]
    assert any(len(found) > len(set(found)) for found in offers)
    assert any(len(set(found)) > 1 for found in offers)
    points = [order.pickup_location for order in orders if order.pickup_location]
    assert {point["carrier"] for point in points} == {"DHL", "Packeta"}
    assert any(point["dhl_post_number"] for point in points)
    assert any(unit["is_marketplace_deemed_supplier"] for unit in units)
    assert any(unit["shipping_rate"] for unit in units)
    assert any(unit["status"] == "open" and unit["shipping_address"] is None for unit in units)
    assert any(unit["product"] is None for unit in units)
    assert any(unit["buyer"] is None for unit in units)
    assert any(unit["product"] and not unit["product"]["eans"] for unit in units)
    assert {None, ""} <= {unit["id_offer"] for unit in units}
    assert any(unit["vat"] is None for unit in units)
    assert any(order.invoices for order in orders)
    assert any(not order.invoices for order in orders)
    addresses = [unit["shipping_address"] for unit in units if unit["shipping_address"]]
    assert any(address["first_name"] == FORMULA for address in addresses)
    assert any(len(address["last_name"]) > 60 for address in addresses)
    assert any("ř" in json.dumps(address, ensure_ascii=False).lower() for address in addresses)
    assert any(unit["billing_address"] and unit["billing_address"]["company_name"] for unit in units)
    assert any(unit["ts_created_iso"] < "2026-08-10" and unit["ts_updated_iso"] > "2026-09-12" for unit in units)


def test_people_of_the_month_are_invented(month: Any) -> None:
    """Mail goes to a domain reserved for examples."""
    buyers = [unit["buyer"] for order in month.values() for unit in order.units if unit["buyer"]]
    assert all(buyer["email"].endswith(".example") for buyer in buyers)


# `GET /shipping-addresses` came after OpenAPI 2.27, so no specification at hand checks these answers.


def test_addresses_of_many_orders_are_listed_by_unit(simulator: Simulator) -> None:
    """As in page=shipping-addresses, each unit with its kind of address; not cancelled, withheld and unknown ones."""
    simulator.switches.shipping_addresses = "on"
    dpd = {"pickup_location_id": "DE37860", "provider": "DPD"}
    simulator.marketplace.add_order(make_order("M1", [{}, {"status": "cancelled"}]))
    simulator.marketplace.add_order(make_order("M2", [{}, {}], pickup_location=dpd))
    simulator.marketplace.add_order(make_order("M3", status="open"))
    found = rows(simulator, "/shipping-addresses?order_ids=M2%2CM1,M3,M4")
    assert [(row["id_order"], row["id_order_unit"], row["address_data"]["type"]) for row in found] == [
        ("M2", unit_id("M2", 0), "SHIPPING_ADDRESS_DPD_PUDO"),
        ("M2", unit_id("M2", 1), "SHIPPING_ADDRESS_DPD_PUDO"),
        ("M1", unit_id("M1", 0), "SHIPPING_ADDRESS_HOME"),
    ]
    assert found[0]["address_data"]["data"]["dpd_pudo_id"] == "DE37860"
    assert "street" not in found[0]["address_data"]["data"]
    assert found[2]["address_data"]["data"]["street"] == "Lindenallee"


def test_list_of_addresses_may_be_absent_or_refuse(simulator: Simulator) -> None:
    """By default there is none, as in API 2.27; it takes up to a hundred orders."""
    target = "/shipping-addresses?order_ids=M1"
    assert ask(simulator, target).status == 404
    for status in (405, 422):
        simulator.switches.shipping_addresses = status
        assert ask(simulator, target).status == status
    simulator.switches.shipping_addresses = "on"
    assert ask(simulator, target).json == {"data": []}
    assert ask(simulator, "/shipping-addresses").status == 422
    for count, status in ((100, 200), (101, 422)):
        ids = ",".join(f"M{number}" for number in range(count))
        assert ask(simulator, f"/shipping-addresses?order_ids={ids}").status == status
