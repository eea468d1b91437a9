"""Lists: what they hold, in which order, in which pages, also while the marketplace changes."""

from datetime import timedelta

import pytest

from kaufland_cli.simulator import Request, Simulator, generated_orders, make_order, unit_id
from support.clocks import HeldClock
from support.signed_client import ask, rows, since, walk


def ids(simulator: Simulator, query: str) -> list[str]:
    """Return the order ids of a list of units, in its order."""
    return [row["id_order"] for row in rows(simulator, f"/order-units?{query}")]


@pytest.fixture
def four(simulator: Simulator, clock: HeldClock) -> Simulator:
    """Four orders placed a minute apart, the first of which changed last."""
    for id_order, storefront, status in (
        ("M1", "de", "sent"),
        ("M2", "cz", "need_to_be_sent"),
        ("M3", "de", "received"),
        ("M4", "at", "need_to_be_sent"),
    ):
        simulator.marketplace.add_order(make_order(id_order, storefront=storefront, status=status))
        clock.advance(minutes=1)
    simulator.marketplace.change_unit(unit_id("M1", 0), price=1)
    return simulator


def test_units_come_newest_first(four: Simulator) -> None:
    """By creation unless asked otherwise, by update on request, never in another order."""
    assert ids(four, "") == ["M4", "M3", "M2", "M1"]
    assert ids(four, "sort=ts_created:desc") == ["M4", "M3", "M2", "M1"]
    assert ids(four, "sort=ts_updated%3Adesc") == ["M1", "M4", "M3", "M2"]
    assert ask(four, "/order-units?sort=ts_created:asc").status == 400


def test_filters_narrow(four: Simulator) -> None:
    """Storefront in any case, statuses in both array forms, the seller's own number, and times."""
    assert ids(four, "storefront=DE") == ["M3", "M1"]
    assert ids(four, "status=sent,received") == ids(four, "status=sent&status=received") == ["M3", "M1"]
    assert ids(four, "id_offer=KESSEL-17&status=sent") == ["M1"]
    assert ids(four, "id_offer=NOT-MINE") == []
    assert ids(four, f"ts_created_from_iso={since('2026-09-14T12:02:00Z')}") == ["M4", "M3"]
    assert ids(four, f"sort=ts_updated:desc&ts_updated_from_iso={since('2026-09-14T12:03:00Z')}") == ["M1", "M4"]
    both = f"ts_updated_from_iso={since('2026-09-14T12:03:00Z')}&ts_created_from_iso={since('2026-09-14T12:03:00Z')}"
    assert ids(four, both) == ["M4"]


def test_from_may_be_exclusive(four: Simulator) -> None:
    """Kaufland does not say whether `from` includes its second, so a switch decides."""
    query = f"ts_created_from_iso={since('2026-09-14T12:02:00Z')}"
    four.switches.from_is_inclusive = False
    assert ids(four, query) == ["M4"]
    assert ids(four, f"{query}&ts_updated_from_iso={since('2026-09-14T12:03:00Z')}") == []


def test_equal_times_may_come_in_another_order_each_time(simulator: Simulator, clock: HeldClock) -> None:
    """With the switch on, rows of one second change places from request to request; those of other seconds never."""
    for number in range(10):
        simulator.marketplace.add_order(make_order(f"M{number}"))
    clock.advance(seconds=1)
    simulator.marketplace.add_order(make_order("M-newest"))
    query = "sort=ts_updated:desc"
    assert ids(simulator, query) == ids(simulator, query)
    simulator.switches.equal_times_shuffled = True
    seen = [ids(simulator, query) for _ in range(5)]
    assert len({tuple(one) for one in seen}) > 1
    assert all(one[0] == "M-newest" and sorted(one) == sorted(seen[0]) for one in seen)
    assert len(ids(simulator, f"{query}&limit=4&offset=8")) == 3


def test_fulfilment_by_kaufland_is_shown_only_on_request(four: Simulator) -> None:
    """The default filter is fulfilled_by_merchant."""
    four.marketplace.change_order("M2", fulfillment_type="fulfilled_by_kaufland")
    assert ids(four, "") == ["M4", "M3", "M1"]
    assert ids(four, "fulfillment_type=fulfilled_by_kaufland") == ["M2"]
    assert len(ids(four, "fulfillment_type=fulfilled_by_kaufland,fulfilled_by_merchant")) == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("storefront=uk", "storefront"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("offset=-1", "offset"),
        ("status=asleep", "status"),
        ("ts_created_from_iso=yesterday", "ts_created_from_iso"),
        (
            "ts_created_from_iso=2026-09-14T12:02:00+00:00",
            "ts_created_from_iso",
        ),  # a plus that is not encoded is a space
    ],
)
def test_parameter_that_is_not_understood_is_named(four: Simulator, query: str, field: str) -> None:
    """A wrong value gives 400 validation-error with the name of the parameter."""
    reply = ask(four, f"/order-units?{query}")
    assert (reply.status, reply.json["type"]) == (400, "/problems/validation-error")
    assert [error["field"] for error in reply.json["errors"]] == [field]


def test_storefront_that_the_seller_lacks_is_refused(four: Simulator) -> None:
    """A real storefront that is not configured gives 403; names that nobody knows are ignored."""
    reply = ask(four, "/orders?storefront=fr")
    assert (reply.status, reply.json["type"]) == (403, "/problems/storefront-not-configured")
    assert len(ids(four, "ts_from=2030-01-01&id_order=M1")) == 4


def test_pages_fit_together(four: Simulator) -> None:
    """Limit and offset cut the list without gap or overlap; the envelope says where one is."""
    answer = ask(four, "/order-units?limit=3&offset=2").json
    assert [row["id_order"] for row in answer["data"]] == ["M2", "M1"]
    assert answer["pagination"] == {"offset": 2, "limit": 3, "total": 4}
    recent = ask(four, f"/order-units?limit=1&ts_created_from_iso={since('2026-09-14T12:02:00Z')}").json
    assert recent["pagination"]["total"] == 2
    beyond = ask(four, "/order-units?limit=3&offset=9").json
    assert (beyond["data"], beyond["pagination"]["total"]) == ([], 4)
    for number in range(40):
        four.marketplace.add_order(make_order(f"X{number}"))
    assert len(rows(four, "/order-units")) == 30


def test_parts_of_the_envelope_can_be_left_out(four: Simulator) -> None:
    """`pagination` is optional by the specification; `total` may be absent too."""
    four.switches.left_out = "total"
    assert ask(four, "/order-units").json["pagination"] == {"offset": 0, "limit": 30}
    four.switches.left_out = "pagination"
    assert set(ask(four, "/order-units").json) == {"data"}


def test_storefronts_can_be_answered_in_upper_case(four: Simulator) -> None:
    """As in some of Kaufland's examples, everywhere at once; filters go on working."""
    four.switches.upper_case_storefronts = True
    unit = rows(four, "/order-units?storefront=cz")[0]
    assert (unit["storefront"], unit["product"]["storefront"]) == ("CZ", "CZ")
    assert ask(four, "/info/storefront").json["data"] == ["DE", "AT", "CZ", "PL"]


def test_orders_are_summaries_that_follow_their_units(four: Simulator) -> None:
    """GET /orders counts units and knows the newest update of any of them."""
    assert [row["id_order"] for row in rows(four, "/orders")] == ["M4", "M3", "M2", "M1"]
    changed = rows(four, f"/orders?ts_units_updated_from_iso={since('2026-09-14T12:03:00Z')}")
    assert [row["id_order"] for row in changed] == ["M1", "M4"]
    assert changed[0]["ts_units_updated_iso"] == "2026-09-14T12:04:00Z"
    assert [row["id_order"] for row in rows(four, "/orders?storefront=at")] == ["M4"]


def test_new_order_pushes_one_over_the_border_of_the_page(four: Simulator) -> None:
    """An order that arrives between two pages makes one come twice: the shift that every reader has to survive."""

    def arrive(request: Request) -> None:
        offset = request.query["offset"][0]
        if offset != "0":
            four.marketplace.add_order(make_order(f"N{offset}"))

    four.before_each("/order-units", arrive)
    seen = [row["id_order"] for row in walk(four, "sort=ts_created:desc", limit=2)]
    assert seen[:4] == ["M4", "M3", "M3", "M2"]


def test_unit_that_leaves_the_filter_pulls_another_out_of_reach(four: Simulator) -> None:
    """A unit that is sent between two pages makes another never come: the loss that every reader has to notice."""

    def send_one(request: Request) -> None:
        if request.query["offset"] == ["1"]:
            four.marketplace.change_order("M4", status="sent")

    four.before_each("/order-units", send_one)
    assert [row["id_order"] for row in walk(four, "status=need_to_be_sent", limit=1)] == ["M4"]


def test_change_moves_a_unit_to_the_top(four: Simulator, clock: HeldClock) -> None:
    """By update the changed one is first; without `touch` nothing moves; a removed one is gone."""
    ids(four, "sort=ts_updated:desc")
    clock.advance(minutes=1)
    four.marketplace.change_unit(unit_id("M3", 0), status="returned")
    assert ids(four, "sort=ts_updated:desc") == ["M3", "M1", "M4", "M2"]
    four.marketplace.change_unit(unit_id("M2", 0), touch=False, status="sent")
    assert ids(four, "sort=ts_updated:desc") == ["M3", "M1", "M4", "M2"]
    four.marketplace.remove_unit(unit_id("M1", 0))
    assert ids(four, "sort=ts_updated:desc") == ["M3", "M4", "M2"]
    assert ask(four, "/orders/M1").status == 404


def test_big_store_is_paged_whole_and_in_order(clock: HeldClock) -> None:
    """Ten thousand orders and more units come each once, newest update first, and equal what the marketplace holds."""
    with Simulator(now=clock, orders=generated_orders(10_000, 7, clock())) as simulator:
        seen = list(walk(simulator, "sort=ts_updated:desc"))
        assert {row["id_order_unit"]: row for row in seen} == simulator.marketplace.units
        assert len(seen) == len(simulator.marketplace.units) > 10_000
        times = [row["ts_updated_iso"] for row in seen]
        assert times == sorted(times, reverse=True)


def test_views_stay_right_through_many_changes(clock: HeldClock) -> None:
    """After changes in bulk and one by one, each filter gives what a plain search over the units gives."""
    orders = list(generated_orders(400, 3, clock()))
    with Simulator(now=clock, orders=orders[:150]) as simulator:
        queries = {f"status={status}" for status in ("sent", "cancelled", "need_to_be_sent")}
        for step in range(3):
            for order in orders[150 + 80 * step : 230 + 80 * step]:
                simulator.marketplace.add_order(order)
            clock.advance(seconds=30)
            for id_unit in list(simulator.marketplace.units)[:: 5 + step]:
                simulator.marketplace.change_unit(id_unit, status=("sent", "cancelled", "need_to_be_sent")[step])
            for query in queries:
                expected = {
                    key for key, unit in simulator.marketplace.units.items() if f"status={unit['status']}" == query
                }
                assert {row["id_order_unit"] for row in walk(simulator, query)} == expected


def test_generated_orders_are_the_same_for_the_same_seed_and_apart_for_others(clock: HeldClock) -> None:
    """Seeds make stores that can be built again, and added to each other."""
    one, again = (list(generated_orders(300, 1, clock())) for _ in range(2))
    other = list(generated_orders(300, 2, clock() + timedelta(minutes=1)))
    assert one == again
    ids_of = [unit["id_order_unit"] for order in one + other for unit in order.units]
    assert len(ids_of) == len(set(ids_of))
    assert len({order.id_order for order in one + other}) == 600
