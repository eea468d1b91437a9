"""Every field of unit, product, address and buyer: known is never replaced by unknown, and a change is written down."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.simulator import MISSING, example_address, example_product
from kaufland_cli.store.store import Store
from kaufland_cli.store.unit_rows import UNIT_COLUMNS, UnitRow
from support.stores import card, column, keep, new_store, order_unit, raw_unit

UPDATED_LATER = "2026-11-19T08:00:00Z"
ADDRESS = example_address(company_name="Café GmbH", additional_field="Tor 3", phone="+49 341 0000", floor="2")
PRODUCT = example_product(weight={"value": 800, "unit": "g"})
BUYER = {"id_buyer": 21631426, "email": "mk-7f3a91@kunden.marktplatz.example", "since": 2019}
FULL: dict[str, Any] = {
    "cancel_reason": "NoInventory",
    "status": "cancelled",
    "shipping_rate": 495,
    "note": "bitte klingeln",
    "eco_fee": 12,
    "delivery": {"point": "DHL 145", "post_number": "4711"},
    "buyer": BUYER,
    "billing_address": ADDRESS,
    "shipping_address": ADDRESS,
    "product": PRODUCT,
}
# What makes a unit what it is: without it a unit cannot be read at all.
REQUIRED = {"id_order_unit", "id_order", "status", "price"}
NOTHINGS = [None, MISSING, "", ".", "***"]
OTHER: dict[str, Any] = {
    "status": "sent",
    "storefront": "at",
    "currency": "CZK",
    "price": 1,
    "shipping_rate": 0,
    "revenue_gross": 1,
    "revenue_net": 1,
    "vat": 7.0,
    "id_offer": "TEA",
    "cancel_reason": "NoReactionBuyer",
    "ts_created_iso": "2026-11-17T08:00:00Z",
    "is_marketplace_deemed_supplier": True,
    "fulfillment_type": "fulfilled_by_kaufland",
    "buyer.id_buyer": 5,
    "buyer.email": "mk-000000@kunden.marktplatz.example",
    "product.title": "Teekanne",
    "product.eans": ["0194252013212"],
    "product.id_product": 7,
    "note": "bitte klopfen",
    "eco_fee": 13,
    "delivery.point": "DHL 999",
    "delivery.post_number": "4712",
    "buyer.since": 2020,
    "billing_address.city": "Dresden",
    "shipping_address.phone": "+49 351 1111",
}
NAMES = {
    "ts_created_iso": "created_at",
    "buyer.id_buyer": "id_buyer",
    "buyer.email": "buyer_email",
    **{name: name for name in ("buyer.since", "delivery.point", "delivery.post_number")},
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def full() -> dict[str, Any]:
    """Return a unit of which everything is known, as the API gives it."""
    return {name: value for name, value in raw_unit(1, **FULL).items() if value is not None}


def paths(fields: Mapping[str, Any], inside: str = "") -> Iterator[str]:
    """Yield the name of every field, also those inside of others."""
    for name, value in fields.items():
        yield inside + name
        if isinstance(value, dict):
            yield from paths(value, f"{inside}{name}.")


def changed(fields: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return the fields with one of them changed, or left out."""
    name, _, inside = path.partition(".")
    found = dict(fields)
    if inside and value is MISSING:
        found[name] = {key: kept for key, kept in fields[name].items() if key != inside}
    elif inside:
        found[name] = changed(fields[name], inside, value)
    else:
        found[name] = value
    return found


def known(store: Store) -> dict[str, Any]:
    """Return everything that the store knows of the unit, with what its numbers stand for."""
    (row,) = store.database.rows(f"SELECT {UNIT_COLUMNS} FROM order_units AS unit")  # noqa: S608 - our own names
    found = {name: row[name] for name in UnitRow._fields if not name.endswith(("_no", "absent_since", "request_seq"))}
    for name, table, number in (
        ("billing", "addresses", row["billing_address_no"]),
        ("shipping", "addresses", row["shipping_address_no"]),
        ("product", "products", row["product_no"]),
        ("extras", "extras", row["extras_no"]),
    ):
        column_name = {"addresses": "address_no", "products": "product_no", "extras": "extras_no"}[table]
        (content,) = store.database.rows(f"SELECT * FROM {table} WHERE {column_name} = ?", (number,))  # noqa: S608 - our own names
        found[name] = {key: content[key] for key in content.keys() if key not in {column_name, "content_hash"}}  # noqa: SIM118 - a Row iterates over its values
        found[name]["more"] = json.loads(content["more"]) if content["more"] else {}
    return found


@pytest.mark.parametrize("path", [path for path in paths(full()) if path not in REQUIRED])
def test_known_is_never_replaced_by_unknown(store: Store, path: str) -> None:
    """Whatever Kaufland leaves out, or fills with nothing, stays what it was, field by field, and is no change."""
    keep(store, order_unit(**full()))
    before = known(store)
    for number, nothing in enumerate(NOTHINGS, 2):
        unit = order_unit(**changed(full(), path, nothing))
        (stored,) = keep(store, unit, request_seq=number).units
        if stored.change == "failed":  # such a thing there makes the whole unit unreadable, and nothing is stored
            continue
        assert known(store) == before, (path, nothing)
    assert column(store, "SELECT field FROM unit_history") == []


@pytest.mark.parametrize("name", ["buyer", "product", "billing_address", "shipping_address", "delivery"])
def test_nothing_replaces_a_whole_object(store: Store, name: str) -> None:
    """An object without anything in it says as little as none."""
    keep(store, order_unit(**full()))
    before = known(store)
    nothings: tuple[dict[str, Any] | None, ...] = (
        None,
        {},
        dict.fromkeys(FULL[name]),
        dict.fromkeys(FULL[name], "***"),
    )
    for number, nothing in enumerate(nothings, 2):
        keep(store, order_unit(**{**full(), name: nothing}), request_seq=number)
        assert known(store) == before, nothing


@pytest.mark.parametrize("path", OTHER)
def test_known_value_that_changes_is_written_down(store: Store, path: str) -> None:
    """Every field with a column, and what it points to: the new value is stored, the old one is in the history."""
    keep(store, order_unit(**full()))
    before = known(store)
    keep(store, order_unit(**{**changed(full(), path, OTHER[path]), "ts_updated_iso": UPDATED_LATER}), request_seq=2)
    assert known(store) != before
    (change,) = card(store)["history"]
    expected = NAMES.get(path, path.partition(".")[0])
    assert change["field"] == expected
    assert change["old"] != change["new"]
    assert change["old"] is not None
    if "." not in path and path != "ts_created_iso":
        assert change["new"] == OTHER[path]


def test_extra_fields_flood_no_history(store: Store) -> None:
    """One that comes for the first time, is missing, or is the oddly written time of the update is no change."""
    keep(store, order_unit(**{**full(), "ts_updated_iso": "2026-11-19T08:00:00T"}))
    later = {**full(), "colour": "red", "buyer": {**BUYER, "tier": "gold"}, "ts_updated_iso": "2026-11-19T09:00:00T"}
    keep(store, order_unit(**later), request_seq=2)
    keep(store, order_unit(**{**full(), "note": None, "delivery": {}, "ts_updated_iso": None}), request_seq=3)
    assert card(store)["history"] == []
    keep(store, order_unit(**{**later, "colour": ["red", {"deep": True}], "note": "x"}), request_seq=4)
    assert {(one["field"], one["old"], one["new"]) for one in card(store)["history"]} == {
        ("note", "bitte klingeln", "x"),
        ("colour", "red", '["red", {"deep": true}]'),
    }


def test_another_address_is_taken_as_it_is(store: Store) -> None:
    """What was known of the old place says nothing about the new one: no company of Leipzig in Dresden."""
    keep(store, order_unit(**full()))
    moved = example_address(street="Am Markt", house_number="3", postcode="01067", city="Dresden")
    keep(store, order_unit(**{**full(), "shipping_address": moved}), request_seq=2)
    assert card(store)["shipping_address"] == moved
    assert card(store)["billing_address"] == ADDRESS


@pytest.mark.parametrize("nothing", [None, "***", "."])
@pytest.mark.parametrize("name", ["Deleted", "Kunde", "***"])
def test_remains_of_an_address_replace_none(store: Store, name: str, nothing: str | None) -> None:
    """Another name without a place is no address: both stay whole, and nothing is written down."""
    keep(store, order_unit(**full()))
    before = known(store)
    left = {**dict.fromkeys(ADDRESS, nothing), "first_name": name, "last_name": "User", "country": "DE"}
    keep(store, order_unit(**{**full(), "billing_address": left, "shipping_address": left}), request_seq=2)
    assert known(store) == before
    assert card(store)["history"] == []


def test_another_product_is_taken_as_it_is(store: Store) -> None:
    """The title of a kettle is not that of the product with another number."""
    keep(store, order_unit(**full()))
    keep(store, order_unit(**{**full(), "product": {"id_product": 7, "title": None, "eans": []}}), request_seq=2)
    assert column(store, "SELECT title FROM v_order_units") == [None]


def test_detail_that_comes_late_is_added(store: Store) -> None:
    """A phone number that was withheld at first joins the address that is known."""
    keep(store, order_unit(1, shipping_address=example_address()))
    keep(store, order_unit(1, shipping_address=example_address(phone="+49 341 0000", first_name="***")), request_seq=2)
    assert card(store)["shipping_address"] == example_address(phone="+49 341 0000")


@pytest.mark.parametrize(
    "odd",
    [
        {"product": example_product(title={"value": ["Teekanne"]}, eans=[{"-1": [1]}], id_product=[7])},
        {"billing_address": example_address(street={"name": "Am Weg"}, city=["Dresden"])},
        {"shipping_address": example_address(last_name=[], company_name={"name": "Café"})},
    ],
)
def test_odd_values_can_be_shown_in_the_history(store: Store, odd: Mapping[str, Any]) -> None:
    """Fields that are no text where a text belongs are kept as they came, and the order's card shows the change."""
    keep(store, order_unit(**FULL))
    keep(store, order_unit(**{**FULL, **odd}, ts_updated_iso=UPDATED_LATER), request_seq=2)
    assert any(entry["field"] in {"product", "billing_address", "shipping_address"} for entry in card(store)["history"])
