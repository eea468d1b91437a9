"""One odd unit costs neither its page nor its import, and an answer about something else is never stored."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.errors import ResponseMismatch
from kaufland_cli.order_import.refresh import refresh_order
from kaufland_cli.simulator import example_address, example_product, faults, make_order, unit_id
from kaufland_cli.simulator.exchange import Answer, Request
from kaufland_cli.simulator.faults import Proceed
from support.imports import World, world


def with_texts(texts: dict[str, str]) -> faults.Fault:
    """Answer truly, but with these JSON texts in the place of their names."""

    def fault(request: Request, proceed: Proceed) -> Answer:
        answer = proceed(request)
        raw = json.dumps(answer.content)
        for name, text in texts.items():
            raw = raw.replace(f'"{name}"', text)
        return replace(answer, raw=raw.encode())

    return fault


def nested(deep: int, *, objects: bool = False) -> str:
    """Return JSON that nests so deep."""
    start, end = ('{"a":', "}") if objects else ("[", "]")
    return start * deep + "1" + end * deep


PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "an unknown field": lambda text: {"gift": text},
    "a product": lambda text: {"product": example_product(colour=text)},
    "an address": lambda text: {"shipping_address": {**example_address(), "door": text}},
    "a buyer": lambda text: {"buyer": {"id_buyer": 7, "email": "a@example.com", "since": text}},
}
TEXTS = {
    "60 levels": nested(60),
    "60 levels of objects": nested(60, objects=True),
    "50,000 levels": nested(50_000),
    "50,000 digits": "9" * 50_000,
    "beyond all numbers": "1e999",
    "no number": "NaN",
    "half a character": '"\\ud800"',
    "a NUL": '"a\\u0000b"',
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_odd_field_costs_nothing(tmp_path: Path, place: Callable[[str], dict[str, Any]]) -> None:
    """Deep nesting, endless numbers, what is no text: each unit with its price is there, and so are all others."""
    with world(tmp_path) as own:
        own.add(3)
        for name in TEXTS:
            own.add(**place(name))
        own.simulator.misbehave(with_texts(TEXTS), times=None)
        result = own.run()
        assert (result.verdict, len(own.stored())) == ("success", 3 + len(TEXTS))
        assert {price for *_, price in own.stored().values()} == {2999}


@pytest.mark.parametrize("deep", [60, 50_000])
def test_odd_value_costs_its_unit_at_most(tmp_path: Path, deep: int) -> None:
    """Where a field that is needed nests deeply, its unit is kept as unreadable, with its reason; the others go on."""
    needed = ("price", "status", "product", "shipping_address", "id_offer", "currency")
    with world(tmp_path) as own:
        own.add(3)
        for number, name in enumerate(needed, start=4):
            deep_there: dict[str, Any] = {name: "@deep@"}
            own.simulator.marketplace.add_order(make_order(f"M{number:06}", **deep_there))
        own.simulator.misbehave(with_texts({"@deep@": nested(deep)}), times=None)
        result = own.run()
        assert (result.verdict, len(own.stored()), result.counts.units_failed) == ("partial", 3, len(needed))
        reasons = {one.id_order: one.reason for one in result.failed}
        assert all(name in reasons[f"M{number:06}"] for number, name in enumerate(needed, start=4))


def test_different_order_is_not_stored(tmp_path: Path) -> None:
    """Asked for A and answered with B: an error that names both, and B is not there."""
    with world(tmp_path) as own:
        own.add(2)
        own.run()
        own.clock.advance(minutes=1)
        own.simulator.marketplace.change_unit(unit_id("M000002", 0), status="cancelled")
        own.simulator.misbehave(faults.edited(lambda told: {"data": {**told["data"], "id_order": "M000002"}}))
        with own.store() as store, own.api() as api, pytest.raises(ResponseMismatch, match=r"M000001.*M000002"):
            refresh_order(api, store, own.clock, "M000001")
        assert {status for _, status, _ in own.stored().values()} == {"need_to_be_sent"}


def test_wrong_response_holds_up_no_other_detail(tmp_path: Path) -> None:
    """Of three orders to be read whole one is answered wrongly: it waits, and the others are read."""
    with world(tmp_path) as own:
        own.add(3, pickup_location={"provider": "DHL", "pickup_location_id": "146"})

        def wrong(request: Request, proceed: Proceed) -> Answer:
            answer = proceed(request)
            if "/orders/M000002" not in request.target or not isinstance(answer.content, dict):
                return answer
            return replace(answer, content={"data": {**answer.content["data"], "id_order": "M9"}})

        own.simulator.misbehave(wrong, times=None)
        result = own.run()
        assert result.verdict == "success"
        assert read_whole(own) == ["M000001", "M000003"]
        own.simulator.behave()
        own.clock.advance(hours=1)
        own.run()
        assert read_whole(own) == ["M000001", "M000002", "M000003"]


@pytest.mark.parametrize("id_order", [".", "..", " ", "../orders/M1"])
def test_order_with_an_odd_id_holds_up_no_other(tmp_path: Path, id_order: str) -> None:
    """Its id could lead to another address: it is stored, and its details are not asked for at another order's."""
    with world(tmp_path) as own:
        own.add(2)
        own.simulator.marketplace.add_order(make_order(id_order))
        result = own.run()
        assert (result.verdict, len(own.stored())) == ("success", 3)
        assert read_whole(own) == ["M000001", "M000002"]


def read_whole(own: World) -> list[str]:
    """Return the orders whose details are there."""
    with own.store() as store:
        rows = store.database.rows("SELECT id_order FROM orders WHERE details_read_at IS NOT NULL ORDER BY id_order")
        return [row[0] for row in rows]
