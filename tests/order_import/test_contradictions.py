"""One unit in two versions of one update time: its order is asked for by itself, and what that says counts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from import_helpers import World, world
from kaufland_cli.simulator import Request, faults

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
        assert own.run().counts["units_changed"] == 0


def test_a_repeated_row_that_is_the_same_is_not_asked_for(tmp_path: Path) -> None:
    """Pages overlap by a row in every import: that alone costs no request."""
    with world(tmp_path) as own:
        own.add(250, status="sent")
        own.run()
        assert not [one for one in own.simulator.requests if "/orders/" in one.target]
