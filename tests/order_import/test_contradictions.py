"""One unit in two versions of one update time: its order is asked for by itself, and what that says counts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.simulator import Request, faults
from support.imports import World, world

Row = dict[str, Any]
OTHERWISE: dict[str, Callable[[Row], Row]] = {
    "price": lambda row: row | {"price": row["price"] + 1_000},
    "status": lambda row: row | {"status": "returned"},
    "shipping": lambda row: row | {"shipping_rate": 12_345},
    "address": lambda row: row | {"shipping_address": {**row["shipping_address"], "city": "Anderswo"}},
}


def everything(own: World) -> list[tuple[Any, ...]]:
    """Return what the store says of each unit, its town too."""
    with own.store() as store:
        return sorted(
            tuple(row)
            for row in store.database.rows(
                "SELECT id_order_unit, status, price, shipping_rate, city FROM order_units"
                " JOIN addresses ON addresses.address_no = shipping_address_no"
            )
        )


def served(own: World) -> list[tuple[Any, ...]]:
    """Return what the server says of each unit."""
    return sorted(
        (key, unit["status"], unit["price"], unit["shipping_rate"], unit["shipping_address"]["city"])
        for key, unit in own.simulator.marketplace.units.items()
    )


@pytest.mark.parametrize("wrong_first", [True, False])
@pytest.mark.parametrize("name", OTHERWISE)
def test_two_versions_of_one_update_are_settled_by_the_order_itself(
    tmp_path: Path, name: str, wrong_first: bool
) -> None:
    """The last row of a page comes again on the next one, and otherwise: the right one is stored either way."""
    with world(tmp_path) as own:
        for _ in range(250):
            own.add(status="sent")
            own.clock.advance(minutes=1)
        wrong_at = {0, 198} if wrong_first else {99}

        def at_borders(request: Request, proceed: faults.Proceed) -> Any:
            offset = int(request.query.get("offset", ["0"])[-1])

            def edit(content: Row) -> Row:
                places = {99 - offset, 198 - offset} if offset in wrong_at else set()
                rows = [OTHERWISE[name](row) if at in places else row for at, row in enumerate(content["data"])]
                return content | {"data": rows}

            return faults.edited(edit)(request, proceed)

        own.simulator.misbehave(at_borders, times=None, path="/order-units")
        assert own.run().verdict == "success"
        assert everything(own) == served(own)
        asked = [one.target for one in own.simulator.requests if "/orders/" in one.target]
        assert len(asked) == 2
        own.simulator.clear_requests()
        own.simulator.behave()
        assert own.run().counts.units_changed == 0


def test_repeated_row_that_is_the_same_is_not_asked_for(tmp_path: Path) -> None:
    """Pages overlap by a row in every import: that alone costs no request."""
    with world(tmp_path) as own:
        own.add(250, status="sent")
        own.run()
        assert not [one for one in own.simulator.requests if "/orders/" in one.target]


def lies_by_creation(own: World, id_order: str, edit: Callable[[Row], Row]) -> None:
    """Let the list by creation tell an order otherwise than the list by update and the order itself do."""

    def fault(request: Request, proceed: faults.Proceed) -> Any:
        def edited(content: Row) -> Row:
            rows = [edit(row) if row["id_order"] == id_order else row for row in content["data"]]
            return content | {"data": rows}

        return faults.edited(edited)(request, proceed) if "ts_created_from_iso" in request.query else proceed(request)

    own.simulator.misbehave(fault, times=None, path="/order-units")


def orders_asked(own: World) -> list[str]:
    """Return the orders that were asked for by themselves."""
    return [
        one.target.partition("/orders/")[2].partition("?")[0]
        for one in own.simulator.requests
        if "/orders/" in one.target
    ]


COMPARED = [name for name in OTHERWISE if name != "address"]


@pytest.mark.parametrize("name", COMPARED)
@pytest.mark.parametrize("hours", [6, 5 / 60])
def test_daily_comparison_asks_the_order_itself(tmp_path: Path, name: str, hours: float) -> None:
    """The list by creation shows it differently at the same update time, whether this import has read it too or not."""
    with world(tmp_path) as own:
        own.add(status="sent")
        own.run()
        own.clock.advance(hours=24 - hours)
        own.add(status="sent")
        if hours == 6:
            own.run()
        own.clock.advance(hours=hours + 0.1)
        lies_by_creation(own, "M000001", OTHERWISE[name])
        own.run()
        own.simulator.behave()
        own.simulator.clear_requests()
        own.clock.advance(hours=1)
        own.add(status="sent")
        own.run()
        assert orders_asked(own) == ["M000001"]
        assert everything(own) == served(own)


@pytest.mark.parametrize("name", COMPARED)
def test_contradicted_order_is_fetched_by_itself_after_reconcile(tmp_path: Path, name: str) -> None:
    """The next import does; without --fix nothing is stored and nothing asked for."""
    with world(tmp_path) as own:
        own.add(status="sent")
        own.run()
        lies_by_creation(own, "M000001", OTHERWISE[name])
        for fix, expected in ((False, []), (True, ["M000001"])):
            own.clock.advance(hours=1)
            assert own.reconcile(fix=fix)[0].counts.differing == 1
            own.simulator.clear_requests()
            own.run()
            assert orders_asked(own) == expected
        assert everything(own) == served(own)


def test_unit_updated_since_is_settled_by_its_time(tmp_path: Path) -> None:
    """A later version is later: no order is asked for because of it."""
    with world(tmp_path) as own:
        own.add(status="sent")
        own.run()
        own.clock.advance(hours=1)
        (key,) = own.simulator.marketplace.units
        own.simulator.marketplace.change_unit(key, price=4_321)
        own.simulator.clear_requests()
        assert own.reconcile(fix=True)[0].counts.differing == 1
        own.run()
        assert orders_asked(own) == []
        assert everything(own) == served(own)
