"""The quick reader of pages and the tolerant one give the same units, whatever the page; only their speed differs."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.seller_api import unit_pages
from kaufland_cli.seller_api.endpoints import LONG_PAGE_BYTES, SellerApi
from kaufland_cli.seller_api.parsers import read_order_unit, read_units_page
from kaufland_cli.seller_api.unit_pages import MAX_OTHERS, UnitPages
from kaufland_cli.simulator import generated_orders
from support.clocks import START
from support.openapi_strategies import JSON, ODD_TEXTS, SPECIFICATION, beyond, valid
from support.sampling import examples
from support.seller_api import STEADY
from support.stores import raw_unit

GOOD = raw_unit(vat=19, note=None, eco_fee=3)
PARTS = ("buyer", "billing_address", "shipping_address", "product")
NAMES = [
    *GOOD,
    "unknown",
    "Größe",
    "first_name",
    "street",
    "title",
    "eans",
    "id_product",
    "email",
    "id_buyer",
    "\ud800",
]
# Numbers as json.dumps never writes them, values that are nearly right, and what no JSON is.
LITERALS = [
    *("-0", "-0.0", "1.0", "1E2", "1e400", "1e-400", "19.0", "0.1", "NaN", "-Infinity", "01", "1.", "+1", ".5"),
    *("9" * 18, "9" * 30, "9" * 400, "9" * 401, "9" * 5000, "9223372036854775808", "999999999", "1000000000", "1e9"),
    *(
        "true",
        "false",
        "null",
        '""',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\u0000"',
        '"19"',
        '"19,0 %"',
        '"1999"',
        '"DE"',
    ),
    *(
        '"2026-11-24T09:30:00Z"',
        '"2026-11-24 09:30:00"',
        '"2026-02-30T09:30:00Z"',
        '"0001-01-01T00:00:00Z"',
        "{}",
        "[]",
    ),
    *('{"a": 1, "a": 2}', "[" * 70 + "]" * 70, '{"a":' * 40 + "1" + "}" * 40, '"\x01"', '"\x7f"', "[1,]", "{", "nul"),
]
MARK = "@literal"
ODD_UNITS = st.dictionaries(
    st.sampled_from(NAMES),
    JSON | st.just(MARK) | st.dictionaries(st.sampled_from(NAMES), JSON | st.just(MARK), max_size=4),
    max_size=4,
).map(lambda odd: {**GOOD, **odd})
ODD_PARTS = st.tuples(st.sampled_from(PARTS), st.sampled_from(NAMES), JSON | st.just(MARK)).map(
    lambda odd: {**GOOD, odd[0]: {**(GOOD[odd[0]] or {}), odd[1]: odd[2]}}
)
BY_SPECIFICATION = beyond(valid("OrderUnit")) if SPECIFICATION.exists() else ODD_UNITS
UNITS = BY_SPECIFICATION | ODD_UNITS | ODD_PARTS | JSON
FRAMES = st.lists(UNITS, max_size=4).map(lambda rows: {"data": rows, "pagination": {"total": len(rows)}}) | (
    st.fixed_dictionaries({"data": JSON | st.lists(UNITS, max_size=2)}, optional={"pagination": JSON, "message": JSON})
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Draw a page as a server may send it: other encodings, odd literals, keys that come twice, bytes torn out."""
    text = json.dumps(draw(FRAMES), ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    literals = st.sampled_from(LITERALS)
    text = text.replace(f'"{MARK}"', draw(literals))
    if draw(st.booleans()):  # the key comes twice; which of the two counts depends on their order
        name = draw(st.sampled_from(NAMES))
        again = f"{json.dumps(name)}: {draw(literals)}"
        mark = draw(st.sampled_from(['{"id_order_unit"', '"status":', '"first_name":']))
        text = text.replace(mark, f"{{{again}, {mark[1:]}" if mark.startswith("{") else f"{again}, {mark}")
    encoding = draw(st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-32-le", "latin-1"]))
    body = bytearray(text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace"))
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(body)))
        body[place : place + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(body)


def exact(value: Any) -> Any:
    """Return a value so that only equal ones of the same type are equal, in whatever order an object has its keys."""
    if isinstance(value, OrderUnit | UnreadableUnit) or hasattr(value, "_fields"):
        return (type(value), [exact(one) for one in value])
    if isinstance(value, Mapping):
        return {name: exact(one) for name, one in value.items()}
    return [exact(one) for one in value] if isinstance(value, list | tuple) else (type(value), repr(value))


def read_by(reader: Callable[[bytes], Any], body: bytes) -> Any:
    """Return what a reader makes of a page: its data and pagination, or that it is no JSON."""
    try:
        found = reader(body)
    except ValueError:
        return "not JSON"
    return [exact(found.get(name)) for name in ("data", "pagination")] if isinstance(found, dict) else exact(found)


def assert_same(body: bytes) -> None:
    """Read a page with both readers; the quick one twice, as it remembers parts and learns fields."""
    pages = UnitPages()
    expected = read_by(read_units_page, body)
    assert read_by(pages.read, body) == expected
    assert read_by(pages.read, body) == expected


def page(*rows: Any, **frame: Any) -> bytes:
    """Return a page with these rows."""
    return json.dumps({"data": rows, "pagination": {"total": len(rows)}} | frame).encode()


@STEADY
@given(bodies())
@example(page(GOOD, GOOD | {"vat": 0}, GOOD | {"vat": -0.0}, GOOD | {"vat": -1}))
@example(page(*[GOOD | {name: None} for name in GOOD]))
@example(page(*[{key: value for key, value in GOOD.items() if key != name} for name in GOOD]))
@example(page(GOOD | {"note": 1}, GOOD | {"note": True}, GOOD | {"note": 1.0}, GOOD | {"note": "1"}))
@example(page(GOOD | {"new": 1}, GOOD, GOOD | {"new": None}, GOOD | {"new": [1]}, GOOD | {"newer": 2, "new": 3}))
@example(page(GOOD | {f"new_{number}": number for number in range(2 * MAX_OTHERS)}))
@example(page(GOOD | {"product": None, "buyer": {}, "billing_address": {"first_name": ""}, "shipping_address": []}))
@example(page(GOOD).replace(b'"note": null', b'"note": ' + b"[" * 62 + b"]" * 62))
@example(page(GOOD).replace(b'"note": null', b'"note": ' + b"[" * 61 + b"]" * 61))
@example(page(GOOD).replace(b'"note": null', b'"note": ' + b"9" * 401))
@example(page(GOOD, message="x").replace(b'"x"', b'"\xff"'))
@example(page(GOOD, pagination=None))
@example(b"[" * 100_000)
def test_both_readers_give_the_same_units(body: bytes) -> None:
    """Whatever the page: the same units with values of the same types, the same unreadable ones, or no JSON at all."""
    assert_same(body)


@pytest.mark.long
@settings(STEADY, max_examples=examples(4000))
@given(bodies())
def test_both_readers_give_the_same_units_of_many_pages(body: bytes) -> None:
    """The same for many more pages."""
    assert_same(body)


@STEADY
@given(name=st.sampled_from(NAMES) | ODD_TEXTS, literal=st.sampled_from(LITERALS), part=st.sampled_from(["", *PARTS]))
def test_both_readers_take_each_field_for_the_same(name: str, literal: str, part: str) -> None:
    """Every field of a unit and of its parts, with any of the odd values."""
    unit = GOOD | ({part: {**(GOOD[part] or {}), name: MARK}} if part else {name: MARK})
    assert_same(page(unit, GOOD).replace(f'"{MARK}"'.encode(), literal.encode()))


def test_usual_units_are_read_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """No unit of a usual shop takes the slow way, and of a field that is new only the first."""
    slow: list[object] = []

    def slowly(raw: object) -> OrderUnit | UnreadableUnit:
        slow.append(raw)
        return read_order_unit(raw)

    monkeypatch.setattr(unit_pages, "read_order_unit", slowly)
    units = [unit for order in generated_orders(60, 1, START) for unit in order.arrived(START).units]
    pages = UnitPages()
    assert len(pages.read(page(*units))["data"]) == len(units)
    assert slow == []
    found = pages.read(page(*[unit | {"new": number, "newer": "x"} for number, unit in enumerate(units)]))["data"]
    assert [unit.more["new"] for unit in found] == list(range(len(units)))
    assert len(slow) == 1


def test_short_pages_do_not_load_the_quick_reader() -> None:
    """An import with little that is new does not pay for what a large one needs."""
    api = SellerApi.__new__(SellerApi)
    unit = page(GOOD)
    assert len(api._read_units(unit)["data"]) == 1
    assert "_read_long_page" not in vars(api)
    api._read_units(unit + b" " * LONG_PAGE_BYTES)
    assert "_read_long_page" in vars(api)


def test_pages_are_read_without_msgspec(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where msgspec cannot be loaded, long pages are read too, only slower."""
    monkeypatch.delitem(sys.modules, unit_pages.__name__)
    monkeypatch.setitem(sys.modules, "msgspec", None)
    api = SellerApi.__new__(SellerApi)
    body = page(GOOD) + b" " * LONG_PAGE_BYTES
    assert read_by(api._read_units, body) == read_by(read_units_page, body)
    assert vars(api)["_read_long_page"] is read_units_page
