"""What the simulator answers is what Kaufland's specification says, except where it is odd on purpose.

The specification at hand is 2.27: it does not have `/shipping-addresses`, whose answers `test_simulator_marketplace`
compares with their page.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from kaufland_cli.simulator import Simulator, seller_month
from kaufland_cli.simulator.seller_month import UNKNOWN_STATUS
from support.clocks import HeldClock
from support.signed_client import ask

SPECIFICATION = Path(__file__).parents[2].parent / "shared" / "reference" / "kaufland-openapi-2.27.0.json"
EMBED_ALL = "embedded=order_invoices,delivery,kss_delivery"
EMBED_ALL_IN_UNIT = (
    "embedded=delivery_attempt_timestamp_iso&embedded=return_unit,tickets&embedded=delivery,kss_delivery"
)


def as_meant(schema: Any) -> Any:
    """Return the schema with `allOf` and `nullable` as "that or null"; to the letter the `allOf` forbids null."""
    if isinstance(schema, list):
        return [as_meant(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    meant = {key: as_meant(value) for key, value in schema.items()}
    if meant.get("nullable") and "allOf" in meant:
        null = {"enum": [None], "nullable": True}
        return {"anyOf": [null, {key: value for key, value in meant.items() if key != "nullable"}]}
    return meant


@pytest.fixture(scope="module")
def specification() -> Any:
    """Read Kaufland's OpenAPI file."""
    if not SPECIFICATION.exists():
        pytest.skip(f"Kaufland's OpenAPI file is not there: {SPECIFICATION}")
    return as_meant(json.loads(SPECIFICATION.read_text(encoding="utf-8")))


@pytest.fixture
def month(clock: HeldClock) -> Iterator[Simulator]:
    """Give a simulator with a seller's month."""
    with Simulator(now=clock, orders=seller_month(clock())) as running:
        yield running


def faults_in(specification: Any, path: str, status: int, answer: Any, *, method: str = "get") -> list[str]:
    """Return what the specification has against this answer."""
    schema = specification["paths"][path][method]["responses"][str(status)]["content"]["application/json"]["schema"]
    validator = OAS30Validator(schema | {"components": specification["components"]})
    return [f"{path} {list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(answer)]


def without_oddities(answer: Any) -> Any:
    """Return the answer with the one status that is outside of the specification on purpose put inside."""
    told = copy.deepcopy(answer)
    data = told["data"]
    for row in data if isinstance(data, list) else [data, *data.get("order_units", [])]:
        if isinstance(row, dict) and row.get("status") == UNKNOWN_STATUS:
            row["status"] = "open"
    return told


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/status/ping", "/status/ping"),
        ("/info/locale", "/info/locale"),
        ("/info/storefront", "/info/storefront"),
        ("/carriers", "/carriers"),
        ("/order-units", "/order-units?limit=100"),
        ("/orders", "/orders?limit=100"),
        ("/order-invoices", "/order-invoices?limit=100"),
    ],
)
def test_each_list_is_as_specified(month: Simulator, specification: Any, path: str, target: str) -> None:
    """Every list of the seller's month validates, and holds something."""
    answer = ask(month, target).json
    assert answer["data"]
    assert faults_in(specification, path, 200, without_oddities(answer)) == []


def test_each_order_and_unit_is_as_specified(month: Simulator, specification: Any) -> None:
    """Every order and unit of the month validates, bare and with everything embedded."""
    found = []
    for id_order in month.marketplace.orders:
        for target in (f"/orders/{id_order}", f"/orders/{id_order}?{EMBED_ALL}"):
            found += faults_in(specification, "/orders/{id_order}", 200, without_oddities(ask(month, target).json))
    for id_unit in list(month.marketplace.units)[::5]:
        answer = without_oddities(ask(month, f"/order-units/{id_unit}?{EMBED_ALL_IN_UNIT}").json)
        assert {"delivery", "tickets", "return_unit", "kss_eligible"} <= set(answer["data"])
        found += faults_in(specification, "/order-units/{id_order_unit}", 200, answer)
    assert found == []


@pytest.mark.parametrize(
    ("path", "target", "status"),
    [
        ("/order-units", "/order-units?limit=101", 400),
        ("/orders/{id_order}", "/orders/MNOTHERE", 404),
        ("/order-units/{id_order_unit}", "/order-units/1", 404),
    ],
)
def test_each_refusal_is_as_specified(
    month: Simulator, specification: Any, path: str, target: str, status: int
) -> None:
    """Refusals have Kaufland's form."""
    reply = ask(month, target)
    assert reply.status == status
    assert faults_in(specification, path, status, reply.json) == []


def test_list_of_addresses_is_not_in_the_specification(specification: Any) -> None:
    """As soon as a specification that has it is at hand, it has to be among the lists above."""
    assert "/shipping-addresses" not in specification["paths"]


def test_check_itself_finds_faults(month: Simulator, specification: Any) -> None:
    """A wrong type, a missing and an unknown field are each found; so a clean result means something."""
    answer = without_oddities(ask(month, "/order-units?limit=3").json)
    answer["data"][0]["price"] = "abc"
    del answer["data"][1]["status"]
    answer["data"][2]["colour"] = "red"
    assert len(faults_in(specification, "/order-units", 200, answer)) == 3
