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

from kaufland_cli.simulator import Simulator, make_order, seller_month, unit_id
from kaufland_cli.simulator.seller_month import UNKNOWN_STATUS
from support.clocks import HeldClock
from support.signed_client import act, ask

SPECIFICATION = Path(__file__).parents[2].parent / "shared" / "reference" / "kaufland-openapi-2.27.0.json"
UNIT = unit_id("M1", 0)
WRITES: dict[str, tuple[str, str, str, Any]] = {
    "send": (
        "patch",
        "/order-units/{id_order_unit}/send",
        f"/order-units/{UNIT}/send",
        {"tracking_numbers": "1,2", "carrier_code": "DHL"},
    ),
    "shipment": (
        "post",
        "/shipments",
        "/shipments",
        {"id_order_unit": UNIT, "shipment_information": {"tracking_number": "3", "carrier_code": "DPD"}},
    ),
    "refund": (
        "patch",
        "/order-units/{id_order_unit}/refund",
        f"/order-units/{UNIT}/refund",
        {"amount": 1, "reason": "defect"},
    ),
    "cancel": (
        "patch",
        "/order-units/{id_order_unit}/cancel",
        f"/order-units/{unit_id('M1', 1)}/cancel",
        {"reason": "WrongPrice"},
    ),
    "invoice": (
        "post",
        "/order-invoices/{id_order}",
        "/order-invoices/M1",
        {"original_name": "a.pdf", "mime_type": "application/pdf", "data": "JVBERg=="},
    ),
}
"""By name: method, path of the specification, target, and a body; in this order all of them are accepted."""
ANY_TYPE: tuple[object, ...] = (None, True, 7, 7.5, "7", [], {})
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


def body_faults_in(specification: Any, path: str, body: Any, *, method: str) -> list[str]:
    """Return what the specification has against the body of this request."""
    schema = specification["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    validator = OAS30Validator(schema | {"components": specification["components"]})
    return [f"{path} {list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(body)]


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


@pytest.fixture
def written(clock: HeldClock) -> Iterator[Simulator]:
    """Give a simulator with an order of two units."""
    with Simulator(now=clock, orders=[make_order("M1", [{}, {}])]) as running:
        yield running


def test_each_write_is_as_specified(written: Simulator, specification: Any) -> None:
    """Every body that is accepted is one of the specification's, and every answer is documented."""
    for method, path, target, body in WRITES.values():
        assert body_faults_in(specification, path, body, method=method) == []
        reply = act(written, method.upper(), target, body)
        assert str(reply.status) in specification["paths"][path][method]["responses"]
        if reply.status == 201:
            assert faults_in(specification, path, 201, reply.json, method=method) == []
        else:
            assert (reply.status, reply.body) == (204, b"")
    (invoice,) = written.marketplace.invoice_files
    one = "/order-invoices/{id_order}/{id_invoice}"
    target = f"/order-invoices/M1/{invoice}"
    assert faults_in(specification, one, 200, ask(written, target).json) == []
    assert act(written, "DELETE", target).status == 204
    assert faults_in(specification, one, 404, act(written, "DELETE", target).json, method="delete") == []
    written.marketplace.change_unit(UNIT, status="open")
    assert act(written, "PATCH", f"/order-units/{UNIT}/fulfil").status == 204
    assert len(written.marketplace.done) == len(WRITES) + 2


def bad_bodies(body: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield bodies with one thing wrong, each with the name of the field: missing, of another type, unknown."""
    for key, value in body.items():
        yield prefix + key, {name: one for name, one in body.items() if name != key}
        for other in ANY_TYPE:
            if type(other) is not type(value):
                yield prefix + key, body | {key: other}
        if isinstance(value, dict):
            for name, inner in bad_bodies(value, f"{prefix}{key}."):
                if name != f"{prefix}{key}.colour":
                    yield name, body | {key: inner}
    yield f"{prefix}colour", body | {"colour": "red"}


@pytest.mark.parametrize("name", WRITES)
def test_each_bad_body_is_refused_with_its_field(written: Simulator, specification: Any, name: str) -> None:
    """What the specification does not allow is refused with 400 in Kaufland's form, and has no effect."""
    method, path, target, good = WRITES[name]
    written.marketplace.change_unit(UNIT, status="need_to_be_sent" if name == "send" else "sent")
    bad = list(bad_bodies(good))
    assert len(bad) >= 7
    for field, body in bad:
        assert body_faults_in(specification, path, body, method=method), body
        reply = act(written, method.upper(), target, body)
        assert (reply.status, reply.json["type"]) == (400, "/problems/validation-error"), body
        assert [error["field"] for error in reply.json["errors"]] == [field], body
        assert faults_in(specification, path, 400, reply.json, method=method) == []
    assert written.marketplace.done == []
    assert act(written, method.upper(), target, good).status in {201, 204}


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("cancel", "reason", "NoReason"),
        ("cancel", "reason", "noinventory"),
        ("refund", "reason", "NoInventory"),
    ],
)
def test_each_reason_is_one_of_the_list(
    written: Simulator, specification: Any, name: str, field: str, value: str
) -> None:
    """Reasons of another list or in another case are refused; all of the specification's are accepted."""
    method, path, target, good = WRITES[name]
    written.marketplace.change_unit(UNIT, status="sent")
    assert body_faults_in(specification, path, good | {field: value}, method=method)
    reply = act(written, method.upper(), target, good | {field: value})
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, field)
    schema = {"cancel": "OrderUnitCancelReason", "refund": "OrderUnitRefundReason"}[name]
    for reason in specification["components"]["schemas"][schema]["enum"]:
        written.marketplace.change_unit(unit_id("M1", 1), status="need_to_be_sent")
        assert act(written, method.upper(), target, good | {field: reason}).status == 204


@pytest.mark.parametrize("amount", [2**31, -(2**31) - 1, 10**30])
def test_amount_fits_its_type(written: Simulator, amount: int) -> None:
    """An amount beyond 32 bits is refused as such, whatever the unit."""
    reply = act(written, "PATCH", f"/order-units/{UNIT}/refund", {"amount": amount, "reason": "defect"})
    assert (reply.status, reply.json["errors"]) == (400, [{"field": "amount", "message": "is out of range"}])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"DHL"', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"amount": NaN}', b"[" * 100_000],
)
@pytest.mark.parametrize("name", WRITES)
def test_body_is_a_json_object(written: Simulator, specification: Any, name: str, body: bytes) -> None:
    """Anything else is a bad request in Kaufland's form, and so is one whose Content-Type says something else."""
    method, path, target, good = WRITES[name]
    written.marketplace.change_unit(UNIT, status="need_to_be_sent" if name == "send" else "sent")
    odd = ask(written, target, method=method.upper(), body=body)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    plain = ask(written, target, method=method.upper(), body=json.dumps(good).encode(), headers=form)
    for reply in (odd, plain):
        assert (reply.status, reply.json["type"]) == (400, "/problems/bad-request")
        assert faults_in(specification, path, 400, reply.json, method=method) == []
    assert written.marketplace.done == []


@pytest.mark.parametrize("action", ["send", "cancel", "fulfil"])
def test_each_refused_action_is_as_specified(written: Simulator, specification: Any, action: str) -> None:
    """Not found, not allowed and done before have documented statuses, and types that the specification lists."""
    path = f"/order-units/{{id_order_unit}}/{action}"
    body = WRITES[action][3] if action in WRITES else None
    present = {"send": "sent", "cancel": "cancelled", "fulfil": "need_to_be_sent"}[action]
    for status, unit, expected in ((present, UNIT, 403), ("returned", UNIT, 403), (present, 1, 404)):
        written.marketplace.change_unit(UNIT, status=status)
        reply = act(written, "PATCH", f"/order-units/{unit}/{action}", body)
        assert reply.status == expected
        assert faults_in(specification, path, expected, reply.json, method="patch") == []
    assert written.marketplace.done == []


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
