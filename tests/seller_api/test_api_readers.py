"""Reading is tolerant: whatever comes, nothing is raised, nothing is lost, and everything can be stored as UTF-8."""

import dataclasses
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kaufland_cli.domain.orders import ADDRESS_FIELDS, Address, OrderInvoice, OrderUnit, PickupLocation, UnreadableUnit
from kaufland_cli.errors import ResponseUnreadable
from kaufland_cli.http.redaction import MAX_SHOWN_CHARACTERS
from kaufland_cli.seller_api.api_errors import Problem
from kaufland_cli.seller_api.json_reader import MAX_NESTING, read_json
from kaufland_cli.seller_api.parsers import (
    read_delivery_address,
    read_order_details,
    read_order_invoice,
    read_order_unit,
)
from kaufland_cli.simulator import MISSING, example_address, make_order
from kaufland_cli.simulator.orders import without_missing
from support.seller_api import STEADY

GOOD: dict[str, Any] = {**make_order("M1").units[0], "ts_updated_iso": "2026-11-24T09:30:00Z"}
PARTS = ("buyer", "billing_address", "shipping_address", "product")
NAMES = (*GOOD, *ADDRESS_FIELDS, "ts_created_iso", "eans", "title", "email", "id_buyer", "id_product", "unknown")

# All that json.loads gives for any text: also halves of surrogate pairs, NaN, and integers of any size.
TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=12) | st.sampled_from(["", "\ud800", "DE"])
SCALARS = st.none() | st.booleans() | st.integers() | st.integers(-(2**70), 2**70) | st.floats() | TEXTS
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))
ODD_FIELDS = st.dictionaries(
    st.sampled_from(NAMES), JSON | st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6), max_size=8
)
UNITS = ODD_FIELDS.map(lambda odd: {**GOOD, **odd})

MARKS = (987654321, "kept-where-it-was-put", 98765.4321)
AROUND_A_MARK = st.recursive(
    st.sampled_from(MARKS),
    lambda inner: inner.map(lambda one: [None, one]) | inner.map(lambda one: {"odd": one}),
    max_leaves=3,
)


def store(read: Any) -> None:
    """Store each field as the store does: what has parts as JSON, anything else as it is."""
    with closing(sqlite3.connect(":memory:")) as database:
        for name in getattr(read, "_fields", None) or [field.name for field in dataclasses.fields(read)]:
            value = getattr(read, name)
            if hasattr(value, "_fields"):
                store(value)
            elif name == "units":
                for unit in value:
                    store(unit)
            else:
                written = json.dumps(value) if isinstance(value, Mapping | tuple) else value
                assert database.execute("SELECT ?", (written,)).fetchone() == (written,)


def good(**fields: Any) -> OrderUnit:
    """Read a good unit with these fields changed; it has to be readable."""
    found = read_order_unit(without_missing(GOOD | fields))
    assert isinstance(found, OrderUnit), found
    return found


def bad(**fields: Any) -> UnreadableUnit:
    """Read a unit with these fields changed; it must not be readable."""
    found = read_order_unit(without_missing(GOOD | fields))
    assert isinstance(found, UnreadableUnit), found
    return found


@STEADY
@given(JSON | UNITS)
@example({})
@example({**GOOD, "price": float("nan")})
@example({**GOOD, "vat": float("inf"), "buyer": {"id_buyer": [1]}, "product": {"eans": {"a": 1}, "id_product": {}}})
@example({**GOOD, "id_order_unit": 2**64, "id_order": "\ud800", "status": "\udfff", "unknown": "\ud800"})
def test_anything_is_a_unit_or_an_unreadable_one(raw: object) -> None:
    """Never an exception; what is unreadable keeps its reason and all of its text; both can be stored."""
    found = read_order_unit(raw)
    store(found)
    if isinstance(found, UnreadableUnit):
        assert found.reason
        assert found.raw == json.dumps(raw)


@STEADY
@given(field=st.sampled_from(NAMES), part=st.sampled_from(["", *PARTS]), value=AROUND_A_MARK)
def test_any_field_is_kept_somewhere(field: str, part: str, value: object) -> None:
    """A mark put into any field, in any shape, is found again: in the field, next to it, or in the raw text."""
    changed = {field: value} if not part else {part: {**(GOOD[part] or {}), field: value}}
    kept = json.dumps(read_order_unit(GOOD | changed))
    assert any(str(mark) in kept for mark in MARKS)


@STEADY
@given(data=st.dictionaries(st.sampled_from(["order_units", "delivery", *GOOD]), JSON | st.lists(UNITS, max_size=2)))
@example(data={"order_units": [{}, None, 1], "delivery": {"pickup_location": "\ud800"}})
def test_any_order_is_read(data: dict[str, Any]) -> None:
    """A unit for each that was listed, whatever it is; without a list it is no order, and not one without units."""
    listed = data.get("order_units")
    if not isinstance(listed, list):
        with pytest.raises(ResponseUnreadable):
            read_order_details("M1", data)
        return
    found = read_order_details("M1", data)
    store(found)
    assert len(found.units) == len(listed)


@STEADY
@given(
    JSON
    | st.fixed_dictionaries(
        {"id_invoice": SCALARS, "id_order": SCALARS}, optional={"original_name": JSON, "ts_created_iso": JSON}
    )
)
@example({"id_invoice": 2**64, "id_order": "\ud800", "original_name": "\udfff"})
def test_any_invoice_is_read_or_passed_over(raw: object) -> None:
    """Never an exception, and what is read can be stored."""
    found = read_order_invoice(raw)
    if found is not None:
        store(found)


@STEADY
@given(JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100))
@example(b"[" * 100_000)
@example(b'{"message": {"a": "\\ud800"}, "type": "\\udfff", "errors": [{"field": null, "message": 3}, 7], "x": NaN}')
def test_any_error_body_is_read(body: bytes) -> None:
    """Never an exception; one line that fits, can be written as UTF-8, and follows a clause."""
    found = Problem.read(body)
    found.type.encode()
    found.sentence().encode()
    assert len(found.message) <= MAX_SHOWN_CHARACTERS
    assert "\n" not in found.sentence()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"type": "/problems/not-found", "message": "Gone."}', "Gone."),
        (b'{"message": "No", "errors": [{"field": "a", "message": "b"}, {"message": "c"}, {}]}', "No; a: b; c"),
        (b'{"message": "Validation Failed", "detail": {"limit": ["big"]}}', 'Validation Failed; {"detail": ...'),
        (b"  gateway \n timeout ", "gateway timeout"),
        (b"<html><body>no</body></html>", ""),
        (b"", ""),
        (b"[1]", "[1]"),
        ("ä".encode("latin-1"), "\ufffd"),
        (b"x" * 1000, "x" * 299 + "…"),
    ],
)
def test_error_body_as_it_is_shown(body: bytes, message: str) -> None:
    """Message, fields and whatever else there is, shortened; of a web page nothing."""
    found = Problem.read(body).message
    assert found.startswith(message.removesuffix("...")) if message.endswith("...") else found == message


# --- single fields --------------------------------------------------------------------------------------------------


def test_unit_is_read_whole() -> None:
    """Each field of a usual unit is where it belongs, and what has no field of its own is in `more`."""
    found = good()
    assert (found.id_order_unit, found.id_order, found.status) == (GOOD["id_order_unit"], "M1", "need_to_be_sent")
    assert (found.price, found.shipping_rate, found.vat, found.currency) == (2999, 0, 19.0, "EUR")
    assert (found.storefront, found.id_offer, found.updated_at) == ("de", "KESSEL-17", "2026-11-24T09:30:00Z")
    assert found.buyer is not None
    assert (found.buyer.id_buyer, found.buyer.more) == (21631426, {})
    assert found.shipping_address == Address(**example_address())
    assert found.product is not None
    assert (found.product.eans, found.product.more["manufacturer"]) == (("4006381333931",), "Nordkessel")
    assert found.more["unit_condition"] == "new"
    assert "price" not in found.more


def test_unknown_statuses_and_storefronts_are_kept_as_they_are() -> None:
    """What Kaufland adds tomorrow is no reason to refuse a unit."""
    found = good(status="teleported", storefront="XX", fulfillment_type="by_drone", discounts=[{"discount_value": 5}])
    assert (found.status, found.storefront, found.fulfillment_type) == ("teleported", "xx", "by_drone")
    assert found.more["discounts"] == [{"discount_value": 5}]


@pytest.mark.parametrize("field", ["buyer", "product", "shipping_address", "billing_address", "cancel_reason", "vat"])
@pytest.mark.parametrize("nothing", [None, MISSING])
def test_optional_fields_may_be_missing(field: str, nothing: object) -> None:
    """Null or left out: None."""
    assert getattr(good(**{field: nothing}), field) is None


def test_address_without_content_is_none() -> None:
    """Withheld addresses may come as null or as empty fields."""
    assert good(shipping_address=dict.fromkeys(ADDRESS_FIELDS, "")).shipping_address is None
    assert good(buyer={"id_buyer": None, "email": ""}).buyer is None


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"id_order_unit": MISSING}, "id_order_unit"),
        ({"id_order": None}, "id_order"),
        ({"status": ""}, "status"),
        ({"status": 7}, "status"),
        ({"price": None}, "price"),
        ({"price": 29.99}, "price"),
        ({"price": "29.99"}, "price"),
        ({"price": "29,99"}, "price"),
        ({"price": "2999.00"}, "price"),
        ({"price": "1.999"}, "price"),
        ({"price": "02999"}, "price"),
        ({"price": "+2999"}, "price"),
        ({"price": "٢٩٩٩"}, "price"),
        ({"price": "2999 EUR"}, "price"),
        ({"price": ""}, "price"),
        ({"price": "9" * 18}, "price"),
        ({"price": True}, "price"),
        ({"price": 10**18}, "price"),
        ({"shipping_rate": float("inf")}, "shipping_rate"),
        ({"buyer": []}, "buyer"),
        ({"product": "kettle"}, "product"),
        ({"shipping_address": 5}, "shipping_address"),
        ({"currency": {}}, "currency"),
    ],
)
def test_unreadable_unit_says_why(fields: dict[str, Any], word: str) -> None:
    """The reason names the field; the ids are kept where they can be read."""
    found = bad(**fields)
    assert word in found.reason
    assert found.id_order == (None if "id_order" in fields else "M1")


def test_amounts_with_a_point_and_nothing_behind_it_are_whole() -> None:
    """2999.0 is 2999 minor units."""
    assert (good(price=2999.0).price, good(price=-1).price) == (2999, -1)


@pytest.mark.parametrize(
    ("field", "given", "read"),
    [
        ("price", "1999", 1999),
        ("price", " 1999 ", 1999),
        ("shipping_rate", "0", 0),
        ("revenue_gross", "-5", -5),
        ("vat", "19", 19.0),
        ("vat", "19.0", 19.0),
        ("vat", "5,5", 5.5),
        ("vat", " 7.00 % ", 7.0),
        ("vat", "0", 0.0),
        ("is_marketplace_deemed_supplier", "true", True),
        ("is_marketplace_deemed_supplier", "False", False),
        ("is_marketplace_deemed_supplier", 0, False),
        ("id_offer", 4711, "4711"),
    ],
)
def test_number_may_be_written_as_text(field: str, given: object, read: object) -> None:
    """What can mean one thing only is read, whatever its type; nothing of it is left in `more`."""
    found = good(**{field: given})
    assert (getattr(found, field), type(getattr(found, field))) == (read, type(read))
    assert field not in found.more


@pytest.mark.parametrize("vat", ["nineteen", "1,900", "190", "-19", "19.0.0", "1e1", "١٩", [19], True])
def test_doubtful_rate_is_unknown_and_kept(vat: object) -> None:
    """What cannot be a percentage is None, and stays in `more` as it came; the unit is read."""
    found = good(vat=vat)
    assert (found.vat, found.more["vat"]) == (None, vat)


@pytest.mark.parametrize("switch", ["maybe", 2, 1.5, [True]])
def test_doubtful_switch_is_unknown_and_kept(switch: object) -> None:
    """Neither yes nor no is unknown."""
    found = good(is_marketplace_deemed_supplier=switch)
    assert (found.is_marketplace_deemed_supplier, found.more["is_marketplace_deemed_supplier"]) == (None, switch)


@pytest.mark.parametrize("field", ["vat", "is_marketplace_deemed_supplier", "ts_created_iso", "ts_updated_iso"])
@pytest.mark.parametrize("nothing", ["", " ", ".", "***", "\u200b"])
def test_text_that_says_nothing_is_unknown_and_not_kept(field: str, nothing: str) -> None:
    """Where a number, a switch or a time belongs, such a text is as good as none: there is nothing to keep."""
    assert good(**{field: nothing}) == good(**{field: None})


@pytest.mark.parametrize("year", ["0000", "0001", "9999"])
def test_time_at_the_end_of_all_calendars_is_none(year: str) -> None:
    """It could be shown in no other time zone; what stood there is kept. Nearer years are times."""
    text = f"{year}-12-31T23:59:59Z"
    found = good(ts_created_iso=text, ts_updated_iso=text.removesuffix("Z") + "-12:00")
    assert (found.created_at, found.updated_at, found.more["ts_created_iso"]) == (None, None, text)
    for near in ("0002", "1900", "2901", "3001", "9998"):
        assert good(ts_created_iso=f"{near}-12-31T23:59:59Z").created_at == f"{near}-12-31T23:59:59Z"


def test_ids_are_kept_as_given() -> None:
    """Numbers stay numbers; what the store cannot hold as a number becomes text."""
    assert good(id_order_unit=314568015275035).id_order_unit == 314568015275035
    assert good(id_order_unit="007").id_order_unit == "007"
    assert good(id_order_unit=2**63 - 1).id_order_unit == 2**63 - 1
    assert good(id_order_unit=2**63).id_order_unit == str(2**63)


def test_eans_of_any_kind() -> None:
    """A list, an empty one, a single one; what is not an EAN stays in `more`."""

    def product(eans: object) -> Any:
        return good(product={"eans": eans}).product

    assert product([]).eans == product(None).eans == ()
    assert product("40063").eans == product([40063]).eans == ("40063",)
    assert (product([None, "1"]).eans, product([None, "1"]).more) == (("1",), {"eans": [None, "1"]})


def test_odd_times_are_read_and_their_text_is_kept() -> None:
    """A time in another form is converted to ours; the original text stays in `more`."""
    found = good(ts_updated_iso="2019-07-19T17:24:05T", ts_created_iso="yesterday")
    assert (found.updated_at, found.created_at) == ("2019-07-19T17:24:05Z", None)
    assert (found.more["ts_updated_iso"], found.more["ts_created_iso"]) == ("2019-07-19T17:24:05T", "yesterday")


def test_units_get_the_fields_of_their_order() -> None:
    """Buyer and addresses come once there; the pickup point comes with the delivery."""
    shared = {name: GOOD[name] for name in ("buyer", "shipping_address", "billing_address", "fulfillment_type")}
    unit = {name: value for name, value in GOOD.items() if name not in shared}
    found = read_order_details("M1", {**shared, "order_units": [unit, 7], "delivery": {"pickup_location": {"a": 1}}})
    assert found.units[0] == good()
    assert isinstance(found.units[1], UnreadableUnit)
    assert found.pickup_location == PickupLocation.of({"a": 1})
    assert read_order_details("M1", {"order_units": []}).pickup_location is None


def test_invoice_is_read_without_the_address_of_its_document() -> None:
    """The address holds a token; it is nowhere in what was read."""
    raw = {"id_invoice": 7, "id_order": "M1", "original_name": "r.pdf", "url": "https://x.example/?token=secret"}
    found = read_order_invoice(raw)
    assert found == OrderInvoice(7, "M1", "r.pdf", None, None)
    assert read_order_invoice({"id_invoice": True, "id_order": "M1"}) is None
    assert read_order_invoice({"id_invoice": 7}) is None
    for written in (True, 1, "true", "True"):
        supplied = read_order_invoice({**raw, "is_marketplace_deemed_supplier": written})
        assert supplied is not None
        assert supplied.is_marketplace_deemed_supplier is True


@pytest.mark.parametrize(
    ("kind", "at_home"),
    [
        ("SHIPPING_ADDRESS_HOME", True),
        ("HOME", True),
        ("SHIPPING_ADDRESS_DPD_PUDO", False),
        ("HOMELAND", False),
        ("", False),
    ],
)
def test_only_a_known_kind_of_address_is_at_home(kind: str, at_home: bool) -> None:
    """A kind that nobody knows may be a pickup point; the rest of the row is read in any case."""
    data = {"first_name": "Max", "street": "Bonnerstraße", "additional_field": None, "door": {"code": 1}}
    raw = {"id_order": "M1", "id_order_unit": 314567828995811, "address_data": {"type": kind, "data": data}, "new": 1}
    found = read_delivery_address(raw)
    assert found is not None
    assert (found.id_order, found.id_order_unit, found.at_home) == ("M1", 314567828995811, at_home)
    assert found.address is not None
    assert (found.address.street, found.address.more) == ("Bonnerstraße", {"door": {"code": 1}})


@pytest.mark.parametrize(
    "odd",
    [
        {"id_order": None},
        {"id_order_unit": True},
        {"address_data": None},
        {"address_data": ["HOME"]},
        {"address_data": {}},
    ],
)
def test_row_that_names_no_unit_or_no_kind_says_nothing(odd: dict[str, Any]) -> None:
    """It is passed over: the order is fetched whole."""
    raw = {"id_order": "M1", "id_order_unit": 7, "address_data": {"type": "HOME", "data": {}}}
    assert read_delivery_address(raw) is not None
    assert read_delivery_address({**raw, **odd}) is None
    assert read_delivery_address("M1") is None


# --- JSON -----------------------------------------------------------------------------------------------------------


@STEADY
@given(JSON)
def test_json_is_read_so_that_any_program_can_read_it_again(value: object) -> None:
    """Whatever JSON comes is given back as JSON without NaN and Infinity, and otherwise unchanged."""
    found = read_json(json.dumps(value).encode())
    strict = json.dumps(found, allow_nan=False)
    finite = "NaN" not in json.dumps(value) and "Infinity" not in json.dumps(value)
    assert not finite or strict == json.dumps(value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"[NaN, -Infinity, 1e999]", ["NaN", "-Infinity", "1e999"]),
        (b"1" * 5000, "1" * 5000),
        (b"[19.0, 1e2, 18446744073709551616]", [19.0, 100.0, 2**64]),
        (b"[" * MAX_NESTING + b"]" * MAX_NESTING, None),
    ],
)
def test_numbers_beyond_all_bounds_are_kept_as_text(text: bytes, found: object) -> None:
    """What stood there is kept; one odd number does not cost the whole page."""
    read = read_json(text)
    assert found is None or read == found


@pytest.mark.parametrize("deep", [MAX_NESTING + 1, 900, 100_000])
@pytest.mark.parametrize(
    ("start", "innermost", "end"),
    [("[", "1", "]"), ('{"a":', "1", "}"), ('[{"]":', '"[{\\"\ud800"', "}]")],
)
def test_deeply_nested_json_is_kept_as_text(deep: int, start: str, innermost: str, end: str) -> None:
    """In lists and in objects, just over the bound and far beyond it: the rest is read, and no bracket is lost."""
    document = start * deep + innermost + end * deep
    found = read_json(f'{{"deep": {document}, "beside": 1}}'.encode("utf-8", "surrogatepass"))
    assert found["beside"] == 1
    around = ""
    inner = found["deep"]
    while not isinstance(inner, str):
        around += "[" if isinstance(inner, list) else '{"' + next(iter(inner)) + '":'
        (inner,) = inner if isinstance(inner, list) else inner.values()
    assert json.dumps(found)
    assert document.startswith(around + inner)


@pytest.mark.parametrize("text", [b"[" * 100_000, b"[" * 70 + b"}" * 70, b"]" * 9 + b"[" * 100, b'["' + b"[" * 100])
def test_text_that_only_looks_deep_is_no_json(text: bytes) -> None:
    """Brackets without an end, or of another kind, are refused as any broken text is."""
    with pytest.raises(ValueError, match=r"bracket|Expecting|Unterminated|delimiter"):
        read_json(text)
