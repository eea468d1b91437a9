"""Older units of orders are read from the list, further down: all of them, nothing else, and for few requests."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import KauflandError
from kaufland_cli.order_import import older_units
from kaufland_cli.simulator import MISSING, Answer, Request, faults
from support.imports import START, AnyOrder, World, contents, fill, from_lists, order_by_order, world
from support.sampling import examples
from support.small_pages import small_pages

PAGE = 5
DAY = timedelta(days=1)


def asked(own: World, path: str) -> int:
    """Return how many requests went to a path."""
    return sum(one.target.partition("?")[0].removeprefix("/v2").startswith(path) for one in own.simulator.requests)


def whole(own: World) -> dict[str, tuple[int, int]]:
    """Return the stored orders that lack units, with how many are stored and how many Kaufland has."""
    served = [unit.get("id_order") for unit in own.simulator.marketplace.units.values()]
    stored = [unit[0] for unit in own.stored().values()]
    return {
        name: (stored.count(name), served.count(name)) for name in stored if stored.count(name) != served.count(name)
    }


@settings(max_examples=examples(15), derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), orders=st.integers(1, 40))
def test_the_store_is_the_one_that_single_requests_make(
    seed: int, orders: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Views, addresses, pickup points and counts, whatever the shop is like; with not one request for an old order."""
    found = []
    for way in (order_by_order, from_lists):
        with pytest.MonkeyPatch.context() as patch, world(tmp_path_factory.mktemp("world")) as own:
            small_pages(patch, PAGE)
            way(patch)
            fill(own, seed, orders)
            own.executor = AnyOrder(random.Random(seed))
            own.run()
            found.append(contents(own))
            assert whole(own) == {}
    assert found[0] == found[1]


def old_orders(own: World, count: int, *, units: int = 2, age: timedelta = 60 * DAY, **fields: Any) -> list[str]:
    """Let old orders be there, each with one unit that changed an hour ago; return their ids."""
    created = START - age
    found = []
    for number in range(count):
        rows = [{"ts_updated_iso": START - timedelta(hours=1, seconds=number)}, *[{}] * (units - 1)]
        moment = created + timedelta(minutes=number)
        fields = {"status": "sent", **fields}
        found += own.add(units=rows, ts_created_iso=moment, ts_updated_iso=moment, **fields)
    return [order.id_order for order in found]


def others(own: World, count: int, age: timedelta = 50 * DAY) -> None:
    """Let old orders be there that did not change: nobody asked for them."""
    for number in range(count):
        moment = START - age - timedelta(hours=number)
        own.add(status="sent", ts_created_iso=moment, ts_updated_iso=moment)


def test_hundreds_of_old_orders_cost_a_few_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a request each: the list goes on where the window ended, and ends where the oldest of them was placed."""
    with world(tmp_path, storefronts=("de",)) as own:
        small_pages(monkeypatch, PAGE)
        others(own, 30, age=70 * DAY)
        old_orders(own, 60)
        result = own.run()
        assert (result.verdict, result.details_waiting, whole(own)) == ("success", 0, {})
        assert asked(own, "/orders") == 0
        pages = 120 / (PAGE - 1)
        assert asked(own, "/order-units") <= 1.1 * pages + 4


@pytest.mark.parametrize(("orders", "apart"), [(20, timedelta(minutes=1)), (60, timedelta(0))])
def test_each_target_is_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, orders: int, apart: timedelta
) -> None:
    """How long the list is costs one request for each time it may reach down to: shares of few orders fall together."""
    with world(tmp_path, storefronts=("de",)) as own:
        small_pages(monkeypatch, PAGE)
        monkeypatch.setattr(older_units, "MIN_ORDERS_COUNTED", 10**6)
        for number in range(orders):
            moment = START - 60 * DAY + number * apart
            own.add(units=[{"ts_updated_iso": START}, {}], status="sent", ts_created_iso=moment, ts_updated_iso=moment)
        own.run()
        looked = [one.target for one in own.simulator.requests if "ts_updated_from_iso=2026-0" in one.target]
        assert looked
        assert len(looked) == len(set(looked))


def test_nothing_of_other_old_orders_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seller asked for 30 days: of what lies between, only units of orders that are stored are stored too."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        ours = old_orders(own, 30)
        others(own, 20)
        own.add(
            units=[{"price": "abc"}], status="sent", ts_created_iso=START - 55 * DAY, ts_updated_iso=START - 55 * DAY
        )
        result = own.run()
        assert {unit[0] for unit in own.stored().values()} == set(ours)
        assert (result.verdict, result.counts.units_seen, asked(own, "/orders")) == ("success", 60, 0)


def test_a_unit_that_changes_before_it_was_reached_is_found_at_the_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has jumped above the part that is read; one look at the top completes the count."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        ours = old_orders(own, 30)
        last = own.simulator.marketplace.order(ours[0]).units[1]["id_order_unit"]
        own.clock.advance(minutes=5)
        jumps = iter([True])

        def change(request: Request) -> None:
            if int(request.query["offset"][0]) > 45 and next(jumps, False):
                own.simulator.marketplace.change_unit(last, price=1)

        own.simulator.before_each("/order-units", change)
        result = own.run()
        assert (result.details_waiting, whole(own), asked(own, "/orders")) == (0, {}, 0)
        assert own.stored()[last][2] == 1


@pytest.mark.parametrize("gone", [1, 7, 30])
def test_units_that_vanish_meanwhile_hide_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: int) -> None:
    """Rows of the window that are deleted before the list is read on move the others up: it begins further up then."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        new = [order.id_order for order in own.add(40, status="sent")]
        old_orders(own, 30)
        market = own.simulator.marketplace

        def delete(request: Request) -> None:
            if "/info/" in request.path:  # between the walk and what follows
                for id_order in new[:gone]:
                    market.remove_unit(market.order(id_order).units[0]["id_order_unit"])

        own.simulator.before_each("", delete)
        own.run()
        own.clock.advance(minutes=30)
        own.run()
        assert {name: units for name, units in whole(own).items() if name not in new} == {}


def shuffled(own: World) -> None:
    """Rows of one second come in another order each time."""
    own.simulator.switches.equal_times_shuffled = True


def counts_more(own: World) -> None:
    """Further down Kaufland counts more units than it delivers."""

    def fault(request: Request, proceed: faults.Proceed) -> Answer:
        answer = proceed(request)
        if "order-units" in request.path and request.query["ts_updated_from_iso"][0] < "2026-10-01":
            return replace(answer, content=with_larger_total(answer.content))
        return answer

    own.simulator.misbehave(fault, times=None)


def with_larger_total(content: dict[str, Any]) -> dict[str, Any]:
    """Return a page that counts one unit more."""
    return content | {"pagination": {"total": content["pagination"]["total"] + 1}}


def further_down(fault: faults.Fault) -> Callable[[World], None]:
    """Return what goes wrong with the list as soon as it is asked for more than the window."""

    def strike(own: World) -> None:
        own.simulator.misbehave(
            fault,
            times=None,
            path="/order-units",
            where=lambda request: request.query["ts_updated_from_iso"][0] < "2026-10-01",
        )

    return strike


def ends_too_early(request: Request, proceed: faults.Proceed) -> Answer:
    """Count ten units fewer than there are, and cut off the page there; behind it the list goes on."""
    answer, offset = proceed(request), int(request.query["offset"][0])
    total = answer.content["pagination"]["total"] - 10
    rows = answer.content["data"]
    return replace(
        answer, content={"data": rows[: total - offset] if offset < total else rows, "pagination": {"total": total}}
    )


def without_total(own: World) -> None:
    """Kaufland does not say how many units there are."""
    own.simulator.switches.left_out = "total"


@pytest.mark.parametrize(
    "wrong",
    [
        counts_more,
        further_down(faults.status(400, b"{}")),
        further_down(faults.edited(lambda content: content | {"data": []})),
        further_down(faults.edited(lambda content: content | {"pagination": {}})),
        further_down(ends_too_early),
        without_total,
    ],
)
def test_a_list_that_proves_nothing_settles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Callable[[World], None]
) -> None:
    """Then each order is fetched by itself, as many as a run may."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        monkeypatch.setattr(older_units, "MIN_ORDERS_COUNTED", 10**6)
        old_orders(own, 30)
        wrong(own)
        result = own.run()
        assert (result.verdict, result.details_waiting, whole(own)) == ("success", 0, {})
        assert asked(own, "/orders") == 30


def test_a_list_that_does_not_end_settles_nothing_though_the_count_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Units that were read and are deleted since make up for those that were not: only joining shows it."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        from_lists(monkeypatch)
        monkeypatch.setattr(older_units, "MIN_ORDERS_COUNTED", 10**6)
        gone = own.add(20, status="sent", ts_updated_iso=START - timedelta(minutes=1))
        old_orders(own, 30)
        market = own.simulator.marketplace
        last: list[Any] = []

        def delete(request: Request) -> None:
            if "/info/" in request.path:
                for order in gone:
                    market.remove_unit(order.units[0]["id_order_unit"])

        def again(request: Request, proceed: faults.Proceed) -> Answer:
            answer = proceed(request)
            if int(request.query["offset"][0]) >= 44:
                last[:] = last or answer.content["data"]
                return replace(answer, content=answer.content | {"data": list(last)})
            return answer

        own.simulator.before_each("", delete)
        further_down(again)(own)
        own.run()
        names = {order.id_order for order in gone}
        assert {name: units for name, units in whole(own).items() if name not in names} == {}
        assert asked(own, "/orders") == 30


def test_an_accepted_gap_asks_for_each_order_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every total is too large then, so the list is not even begun: it could settle nothing."""
    with world(tmp_path, storefronts=("de",)) as own:
        small_pages(monkeypatch, PAGE)
        monkeypatch.setattr(older_units, "MIN_ORDERS_COUNTED", 10**6)
        old_orders(own, 30)
        own.simulator.misbehave(faults.edited(with_larger_total), times=None, path="/order-units")
        assert own.run(accept_total=True).verdict == "success"
        assert (whole(own), asked(own, "/orders")) == ({}, 30)
        assert not [one for one in own.simulator.requests if "ts_updated_from_iso=2026-0" in one.target]


@pytest.mark.parametrize("fault", [faults.status(500), faults.too_many_requests(3600), faults.status(401, b"{}")])
def test_a_list_that_breaks_off_leaves_the_rest_for_the_next_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: faults.Fault
) -> None:
    """The import is complete without it, says so, and the next one goes on."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        old_orders(own, 40)
        own.simulator.misbehave(
            fault, times=None, path="/order-units", where=lambda one: int(one.query["offset"][0]) > 55
        )
        result = own.run()
        assert (result.verdict, result.complete, result.details_waiting) == ("success", True, 40)
        assert any("details are still missing" in note for note in result.notes)
        own.simulator.behave()
        own.clock.advance(minutes=90)
        assert own.run().details_waiting == 0
        assert (whole(own), asked(own, "/orders/")) == ({}, 0)


def test_unreadable_units_further_down_are_kept_or_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a stored order makes the import partial; one that names no order may belong to any of them."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        (half,) = old_orders(own, 1)
        old_orders(own, 25)
        market = own.simulator.marketplace
        market.change_unit(market.order(half).units[1]["id_order_unit"], touch=False, price="abc")
        result = own.run()
        assert (result.verdict, result.counts.units_failed, asked(own, "/orders")) == ("partial", 1, 0)
    with world(tmp_path / "other") as own:
        old_orders(own, 25)
        moment = START - 45 * DAY
        own.add(units=[{"id_order": MISSING}], status="sent", ts_created_iso=moment, ts_updated_iso=moment)
        monkeypatch.setattr(older_units, "MIN_ORDERS_COUNTED", 10**6)
        assert own.run().details_waiting == 0
        assert (whole(own), asked(own, "/orders")) == ({}, 25)


def test_a_few_very_old_orders_do_not_make_the_list_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are left out, and asked for by themselves."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        monkeypatch.setattr(older_units, "MIN_ORDERS_COUNTED", 10**6)
        others(own, 400, age=100 * DAY)
        ancient = old_orders(own, 2, age=900 * DAY)
        old_orders(own, 60)
        own.run()
        assert (whole(own), asked(own, "/orders")) == ({}, 3)
        wanted = [one.target for one in own.simulator.requests if "/orders/" in one.target]
        assert all(any(name in target for target in wanted) for name in ancient)
        assert asked(own, "/order-units") < 60


def counted(own: World, **edits: Callable[[dict[str, Any]], Any]) -> None:
    """Let the list of orders give another number of units for some."""

    def edited(row: dict[str, Any]) -> dict[str, Any]:
        edit = edits.get(row["id_order"])
        return row if edit is None else row | {"order_units_count": edit(row)}

    def edit(content: dict[str, Any]) -> dict[str, Any]:
        return content | {"data": [edited(row) for row in content["data"]]}

    own.simulator.misbehave(faults.edited(edit), times=None, path="/orders")


def test_an_order_of_which_all_units_are_stored_costs_no_request_of_its_own(tmp_path: Path) -> None:
    """The list of orders says how many units each has; where it says more, or nothing clear, the order is fetched."""
    with world(tmp_path) as own:
        complete = old_orders(own, 5, units=1)
        (half,) = old_orders(own, 1, units=2)
        odd = (None, "many", True)
        counted(own, **{name: lambda _row, count=count: count for name, count in zip(complete, odd, strict=False)})
        own.run()
        fetched = [one.target.split("/")[3].split("?")[0] for one in own.simulator.requests if "/orders/" in one.target]
        assert sorted(fetched) == sorted([*complete[:3], half])
        assert (asked(own, "/orders"), asked(own, "/orders/")) == (5, 4)
        assert whole(own) == {}


def test_a_count_says_nothing_of_an_order_with_an_unreadable_unit(tmp_path: Path) -> None:
    """One unit is stored, one could not be read, one is missing: two are not all."""
    with world(tmp_path) as own:
        old_orders(own, 5, units=1)
        created = START - 60 * DAY
        now = {"ts_updated_iso": START - timedelta(hours=2)}
        (order,) = own.add(
            units=[now, {**now, "price": "abc"}, {}], status="sent", ts_created_iso=created, ts_updated_iso=created
        )
        counted(own, **{order.id_order: lambda _row: 1})
        own.run()
        assert sum(order.id_order in one.target for one in own.simulator.requests) >= 1
        assert len([unit for unit in own.stored().values() if unit[0] == order.id_order]) == 2


@pytest.mark.parametrize("fault", [faults.status(404, b"{}"), faults.status(500), faults.null_data()])
def test_without_a_list_of_orders_each_is_fetched(tmp_path: Path, fault: faults.Fault) -> None:
    """Now, or with the next import."""
    with world(tmp_path) as own:
        old_orders(own, 6)
        own.simulator.misbehave(fault, times=None, path="/orders")
        own.run()
        own.simulator.behave()
        own.clock.advance(minutes=30)
        assert own.run().details_waiting == 0
        assert whole(own) == {}


def test_one_storefront_is_read_further_down_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for less is completed by what was asked for, too."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        old_orders(own, 30, storefront="at")
        old_orders(own, 30, storefront="de")
        assert own.run(storefront="at").details_waiting == 0
        assert (whole(own), asked(own, "/orders"), len(own.stored())) == ({}, 0, 60)
        assert all("storefront=at" in one.target for one in own.simulator.requests if "/order-units" in one.target)


def test_an_import_that_is_killed_on_the_way_leaves_no_order_half_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was stored by then, the next import completes."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        old_orders(own, 40)
        for after in (3, 12, 16, 22):
            own.simulator.misbehave(faults.reset_connection(), times=None, path="/order-units", after=after)
            with suppress(KauflandError):
                own.run()
            own.simulator.behave()
            own.clock.advance(minutes=20)
        own.run()
        assert (whole(own), asked(own, "/orders/")) == ({}, 0)
