"""Which orders go to no pickup point is asked for a hundred at once where Kaufland has that list, and never guessed."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaufland_cli.order_import import details, pickup_points
from kaufland_cli.order_import.plan import ImportOptions
from kaufland_cli.order_import.refresh import refresh_order
from kaufland_cli.order_import.run import import_orders
from kaufland_cli.simulator import Request, example_address, faults, unit_id
from support.imports import PACKSTATION, START, AnyOrder, World, contents, fill, from_lists, world
from support.mortal_store import Killed, dies_after
from support.sampling import examples
from support.small_pages import small_pages

LIST = "/shipping-addresses"
REFUSED = timedelta(days=7)
FAILED = timedelta(hours=1)


def asked(own: World, path: str = LIST) -> int:
    """Return how many requests went to a path, or below it, since the last time."""
    found = sum(one.target.removeprefix("/v2").startswith(path) for one in own.simulator.requests)
    own.simulator.clear_requests()
    return found


def asked_whole(own: World) -> list[str]:
    """Return the orders that were asked for one by one, in order of their ids."""
    return sorted(one.target.split("/")[3].split("?")[0] for one in own.simulator.requests if "/orders/" in one.target)


def points(own: World) -> dict[str, Any]:
    """Return the pickup point of each order, as stored, without those that are still missing."""
    with own.store() as store:
        found = {id_order: store.queries.order(id_order) for id_order in own.simulator.marketplace.orders}
        return {
            id_order: order.pickup_location.fields if order.pickup_location else None
            for id_order, order in found.items()
            if order is not None and not order.missing_details
        }


def two_orders(own: World, units: int = 1) -> None:
    """Let one order go to a pickup point, and one to its address."""
    own.simulator.switches.shipping_addresses = "on"
    own.add(units=[{}] * units, pickup_location=PACKSTATION)
    own.add(units=[{}] * units)


BOTH = {"M000001": PACKSTATION, "M000002": None}


@settings(max_examples=examples(8), derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), orders=st.integers(1, 40), changing=st.booleans())
def test_the_store_is_the_one_that_single_requests_make(
    seed: int, orders: int, changing: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Views, addresses, pickup points, counts and what is missing, in shops whose orders change and in others."""
    found = []
    for switch in (404, "on"):
        with pytest.MonkeyPatch.context() as patch, world(tmp_path_factory.mktemp("world")) as own:
            small_pages(patch, 5)
            from_lists(patch)
            patch.setattr(pickup_points, "MAX_ORDERS_AT_ONCE", 4)
            own.simulator.switches.shipping_addresses = switch
            if changing:
                fill(own, seed, orders)
            else:
                chance = random.Random(seed)
                for _ in range(orders):
                    status = chance.choice(["need_to_be_sent", "need_to_be_sent", "sent", "open", "cancelled"])
                    units = [{"status": status}, *[{}] * chance.randrange(3)]
                    own.add(units=units, pickup_location=PACKSTATION if chance.random() < 0.3 else None)
            own.executor = AnyOrder(random.Random(seed))
            own.run()
            found.append(contents(own))
    assert found[0] == found[1]


def test_a_hundred_orders_cost_one_request(tmp_path: Path) -> None:
    """Only those at a pickup point are fetched whole; the next run asks for nothing."""
    with world(tmp_path) as own:
        two_orders(own)
        own.add(148)
        assert own.run().details_waiting == 0
        assert asked_whole(own) == ["M000001"]
        assert asked(own) == 2
        assert {key: point for key, point in points(own).items() if point} == {"M000001": PACKSTATION}
        own.run()
        assert (asked_whole(own), asked(own)) == ([], 0)


def test_one_order_is_fetched_whole(tmp_path: Path) -> None:
    """That costs no more, and always settles it."""
    with world(tmp_path) as own:
        own.simulator.switches.shipping_addresses = "on"
        own.add(pickup_location=PACKSTATION)
        own.run()
        assert points(own) == {"M000001": PACKSTATION}
        assert asked(own) == 0


@pytest.mark.parametrize("switch", [404, 405, 422])
def test_host_without_the_list_is_asked_once_a_week(
    tmp_path: Path, switch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The orders are fetched one by one in the same run; a new version of the program asks at once."""
    with world(tmp_path) as own:
        two_orders(own)
        own.simulator.switches.shipping_addresses = switch
        assert own.run().verdict == "success"
        assert (points(own), asked(own)) == (BOTH, 1)
        own.clock.advance(seconds=REFUSED.total_seconds() - 60)
        own.add(2)
        own.run()
        assert (asked_whole(own), asked(own)) == (["M000003", "M000004"], 0)
        own.clock.advance(minutes=1)
        own.add(2)
        own.run()
        assert asked(own) == 1
        monkeypatch.setattr(pickup_points, "__version__", "9.9.9")
        own.clock.advance(minutes=1)
        own.add(2)
        own.run()
        assert asked(own) == 1


def test_account_that_may_not_read_the_list_fetches_one_by_one(tmp_path: Path) -> None:
    """A 403 for this list says nothing about the rights for orders."""
    with world(tmp_path) as own:
        two_orders(own)
        own.simulator.misbehave(faults.status(403, b'{"message":"no"}'), times=None, path=LIST)
        assert not any("details" in note for note in own.run().notes)
        assert (points(own), asked(own)) == (BOTH, 1)


@pytest.mark.parametrize(
    "fault",
    [
        faults.status(500),
        faults.status(503),
        faults.html_page(),
        faults.null_data(),
        faults.not_json(),
        faults.cut_body(),
    ],
    ids=["500", "503", "html", "null", "not json", "cut"],
)
def test_list_that_fails_does_not_stop_single_requests(tmp_path: Path, fault: faults.Fault) -> None:
    """Pickup points come in the same run, after a second try; after an hour the list is asked again."""
    with world(tmp_path) as own:
        two_orders(own)
        own.simulator.misbehave(fault, times=None, path=LIST)
        own.run()
        assert (points(own), asked(own)) == (BOTH, 2)
        own.clock.advance(minutes=59)
        own.add(2)
        own.run()
        assert asked(own) == 0
        own.simulator.behave()
        own.clock.advance(minutes=1)
        own.add(2)
        own.run()
        assert (asked_whole(own), asked(own)) == ([], 1)


def test_busy_kaufland_is_left_alone(tmp_path: Path) -> None:
    """After 429 no single requests follow; if only the list answers so, they get their turn in the next run."""
    with world(tmp_path) as own:
        two_orders(own)
        own.simulator.misbehave(faults.too_many_requests(), times=None, path=LIST)
        result = own.run()
        assert (result.verdict, result.details_waiting, asked_whole(own)) == ("success", 2, [])
        assert any("details are still missing" in note for note in result.notes)
        own.run()
        assert points(own) == BOTH


Edit = Callable[[list[dict[str, Any]]], Any]


def _first(rows: list[dict[str, Any]], **fields: Any) -> list[dict[str, Any]]:
    """Return the rows with other fields in those of the first order, which then seem to go to the address."""
    home = {"type": "SHIPPING_ADDRESS_HOME", "data": example_address()}
    return [{**row, "address_data": home, **fields} if row["id_order"] == "M000001" else row for row in rows]


ODD: dict[str, Edit] = {
    "an order is missing": lambda rows: [row for row in rows if row["id_order"] != "M000001"],
    "a unit is missing": lambda rows: _first(rows)[1:],
    "a unit has another number": lambda rows: [{**_first(rows)[0], "id_order_unit": 7}, *_first(rows)[1:]],
    "a unit has no number": lambda rows: [{**_first(rows)[0], "id_order_unit": None}, *_first(rows)[1:]],
    "a unit goes elsewhere": lambda rows: [_first(rows)[0], *rows[1:]],
    "a type is missing": lambda rows: _first(rows, address_data={"data": example_address()}),
    "a type is unknown": lambda rows: _first(rows, address_data={"type": "SHIPPING_ADDRESS_DRONE", "data": {}}),
    "an address is missing": lambda rows: _first(rows, address_data={"type": "SHIPPING_ADDRESS_HOME"}),
    "an address is another one": lambda rows: _first(
        rows, address_data={"type": "SHIPPING_ADDRESS_HOME", "data": example_address(postcode="10115")}
    ),
    "rows are no objects": lambda rows: ["M000001", None, 7, *rows[2:]],
    "everything is missing": lambda _rows: [],
    "there are others": lambda rows: [{**row, "id_order": f"X{row['id_order']}"} for row in rows],
}


@pytest.mark.parametrize("edit", ODD.values(), ids=ODD)
def test_what_the_list_leaves_open_is_fetched_whole(tmp_path: Path, edit: Edit) -> None:
    """An order that it lacks, in whole or in part, or shows in a form nobody knows, is not one without pickup point."""
    with world(tmp_path) as own:
        two_orders(own, units=2)
        own.simulator.misbehave(faults.edited(lambda told: {"data": edit(told["data"])}), times=None, path=LIST)
        own.run()
        assert points(own) == BOTH
        assert "M000001" in asked_whole(own)


def test_unknown_fields_and_types_in_short_form_are_read(tmp_path: Path) -> None:
    """What Kaufland adds stops nothing, and neither does a type written as in a note about the endpoint."""

    def more(row: dict[str, Any]) -> dict[str, Any]:
        found = row["address_data"]
        kind = found["type"].removeprefix("SHIPPING_ADDRESS_")
        return {**row, "new": [1], "address_data": {**found, "type": kind, "data": {**found["data"], "door": {"a": 1}}}}

    with world(tmp_path) as own:
        two_orders(own)
        edit = faults.edited(lambda told: {"data": [more(row) for row in told["data"]], "pagination": None, "x": 1})
        own.simulator.misbehave(edit, times=None, path=LIST)
        own.run()
        assert (points(own), asked_whole(own)) == (BOTH, ["M000001"])


def test_units_that_are_not_shipped_are_not_waited_for(tmp_path: Path) -> None:
    """Cancelled units are not in the list; an open one, whose address is still withheld, is fetched with its order."""
    with world(tmp_path) as own:
        own.simulator.switches.shipping_addresses = "on"
        own.add(2, units=[{}, {"status": "cancelled"}])
        own.add(units=[{}, {"status": "open"}])
        own.run()
        assert asked_whole(own) == ["M000003"]
        assert points(own) == {"M000001": None, "M000002": None, "M000003": None}


def test_order_is_asked_again_after_its_address_has_changed(tmp_path: Path) -> None:
    """What the list said holds for the address for which it was said."""
    with world(tmp_path) as own:
        own.simulator.switches.shipping_addresses = "on"
        own.add(2)
        own.run()
        asked(own)
        own.clock.advance(minutes=1)
        station = example_address(street="Packstation", house_number="146")
        own.simulator.marketplace.change_order("M000002", shipping_address=station, pickup_location=PACKSTATION)
        own.run()
        assert points(own) == {"M000001": None, "M000002": PACKSTATION}


def test_known_pickup_point_is_never_settled_by_the_list(tmp_path: Path) -> None:
    """An order with a pickup point is fetched whole, whatever the list says of it."""
    with world(tmp_path) as own:
        two_orders(own)
        own.run()
        own.clock.advance(minutes=1)
        for id_order in BOTH:
            own.simulator.marketplace.change_order(id_order, shipping_address=example_address(city="Halle"))
        own.simulator.misbehave(
            faults.edited(lambda told: {"data": _first(told["data"], address_data=_home("Halle"))}), path=LIST
        )
        own.simulator.clear_requests()
        own.run()
        assert (asked_whole(own), points(own)) == (["M000001"], BOTH)


def _home(city: str) -> dict[str, Any]:
    return {"type": "SHIPPING_ADDRESS_HOME", "data": example_address(city=city)}


def test_list_that_was_wrong_once_is_not_asked_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a whole order names a pickup point that the list denied, all it said of orders to ship is fetched whole."""
    with world(tmp_path) as own:
        two_orders(own)
        own.add(2, pickup_location=PACKSTATION)
        wrong = faults.edited(
            lambda told: {"data": [{**row, "address_data": _home("Leipzig")} for row in told["data"]]}
        )
        own.simulator.misbehave(wrong, times=None, path=LIST)
        own.run()
        assert set(points(own).values()) == {None}
        with own.store() as store, own.api() as api:
            refresh_order(api, store, own.clock, "M000001")
        own.clock.advance(days=400)
        own.simulator.clear_requests()
        own.add(2)
        own.run()
        assert asked_whole(own) == ["M000002", "M000003", "M000004", "M000005", "M000006"]
        assert asked(own) == 0
        assert [bool(point) for point in points(own).values()] == [True, False, True, True, False, False]
        monkeypatch.setattr(pickup_points, "__version__", "9.9.9")
        own.add(2)
        own.run()
        assert asked(own) == 1


def test_wait_that_a_wrong_clock_wrote_is_no_wait(tmp_path: Path) -> None:
    """A list that was refused in 2040 is asked for today."""
    with world(tmp_path) as own:
        own.local = type(own.clock)(datetime(2040, 1, 1, tzinfo=START.tzinfo))
        two_orders(own)
        own.simulator.switches.shipping_addresses = 404
        own.run()
        assert asked(own) == 1
        own.local = None
        own.add(2)
        own.run()
        assert asked(own) == 1


def test_orders_are_bounded_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the list and one by one; the rest comes with later runs."""
    monkeypatch.setattr(pickup_points, "MAX_ORDERS_A_RUN", 5)
    monkeypatch.setattr(details, "MAX_DETAILS_A_RUN", 2)
    with world(tmp_path) as own:
        own.simulator.switches.shipping_addresses = "on"
        own.add(12)
        assert [own.run().details_waiting for _ in range(2)] == [5, 0]


def test_what_came_before_a_failure_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each response is stored by itself; after a refusal no further one is asked for."""
    monkeypatch.setattr(pickup_points, "MAX_ORDERS_AT_ONCE", 2)
    with world(tmp_path) as own:
        own.simulator.switches.shipping_addresses = "on"
        own.add(8)
        own.simulator.misbehave(faults.status(422, b'{"message":"no"}'), times=None, path=LIST, after=1)
        own.run()
        assert asked_whole(own) == [f"M{number:06}" for number in range(3, 9)]
        assert asked(own) == 2


def test_refused_credentials_end_the_details(tmp_path: Path) -> None:
    """A 401 concerns every request: it is reported, and nothing more is asked."""
    with world(tmp_path) as own:
        two_orders(own)
        own.simulator.misbehave(faults.status(401, b'{"message":"no"}'), times=None, path=LIST)
        result = own.run()
        assert (result.details_waiting, asked_whole(own)) == (2, [])
        assert any("details are still missing" in note for note in result.notes)


def test_address_that_changes_between_both_requests_is_fetched_whole(tmp_path: Path) -> None:
    """The list of units had the pickup station, the list of addresses has a home: the stored order would mix both."""
    with world(tmp_path) as own:
        own.simulator.switches.shipping_addresses = "on"
        station = example_address(street="Packstation", house_number="146")
        own.add(2, shipping_address=station, pickup_location=PACKSTATION)

        def move(_request: Request) -> None:
            own.simulator.marketplace.change_order("M000001", shipping_address=example_address(), pickup_location=None)

        own.simulator.before_each(LIST, move)
        own.run()
        with own.store() as store:
            order = store.queries.order("M000001")
            assert order is not None
            assert order.shipping_address is not None
            assert (order.shipping_address.street, order.pickup_location) == ("Lindenallee", None)
        assert unit_id("M000001", 0) in own.stored()


def test_kill_at_any_statement_loses_nothing(tmp_path: Path) -> None:
    """Whichever statement is the last one, the next run has all pickup points."""
    for statements in range(3, 1000, 23):
        with world(tmp_path / str(statements)) as own:
            two_orders(own)
            own.add(3)
            try:
                with own.store() as store, own.api() as api:
                    dies_after(store, statements)
                    import_orders(api, store, own.clock, ImportOptions("simulator", 30, 60))
            except Killed:
                pass
            else:
                return
            own.clock.advance(hours=1)
            own.run()
            assert {key: point for key, point in points(own).items() if point} == {"M000001": PACKSTATION}
            assert len(points(own)) == 5
    pytest.fail("the run never came to its end")
