"""An order's row always says what its units say."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.domain.statuses import order_status
from kaufland_cli.simulator import example_address, example_product
from kaufland_cli.store.store import Store
from support.sampling import examples
from support.stores import NOW, card, column, keep, new_store, order_unit

STATUSES = ("open", "need_to_be_sent", "sent", "received", "returned", "cancelled", "in_clarification")
ADDRESSES = (None, example_address(), example_address(first_name="Jorinde", city="Kassel", country=None))
PRODUCTS = (None, example_product(), example_product(id_product=5, title="Teekanne", eans=[]))
TIMES = ("2026-11-18T08:00:00Z", "2026-11-19T09:30:00Z", "2026-11-20T10:00:00Z")

versions = st.fixed_dictionaries(
    {
        "id_order_unit": st.integers(1, 5),
        "id_order": st.sampled_from(["M1", "M2"]),
        "status": st.sampled_from(STATUSES),
        "price": st.sampled_from([-500, 0, 1, 2999, 100_000_000]),
        "shipping_rate": st.sampled_from([None, 0, 495]),
        "currency": st.sampled_from(["EUR", "EUR", "EUR", "CZK", None]),
        "vat": st.sampled_from([19, 7.5, None]),
        "id_offer": st.sampled_from(["A", "B", None]),
        "product": st.sampled_from(PRODUCTS),
        "billing_address": st.sampled_from(ADDRESSES),
        "shipping_address": st.sampled_from(ADDRESSES),
        "is_marketplace_deemed_supplier": st.sampled_from([True, False, None]),
        "ts_updated_iso": st.sampled_from(TIMES),
    }
)
wholes = st.sampled_from([None, None, "M1", "M2"])
answers = st.lists(
    st.tuples(st.integers(1, 9), st.lists(versions, min_size=1, max_size=4), wholes), min_size=1, max_size=6
)


def the_units_say(store: Store) -> tuple[dict[str, tuple[Any, ...]], dict[str, Counter[tuple[Any, ...]]]]:
    """Add up orders and lines from the units alone."""
    by_order: dict[str, list[Any]] = defaultdict(list)
    for row in store.database.rows("SELECT * FROM v_order_units WHERE absent_since IS NULL"):
        by_order[row["id_order"]].append(row)
    orders, lines = {}, {}
    for id_order, units in by_order.items():
        standing = [unit for unit in units if unit["status"] != "cancelled"]
        currencies = {unit["currency"] for unit in standing or units}
        alike = len(currencies) == 1 and None not in currencies
        told = alike and all(unit["shipping_rate"] is not None for unit in standing)
        total = sum(unit["price"] + unit["shipping_rate"] for unit in standing) if told else None
        lines[id_order] = Counter(
            (u["status"], u["ean"], u["title"], u["id_offer"], u["price"], u["vat"], u["currency"]) for u in units
        )
        orders[id_order] = (
            order_status([unit["status"] for unit in units]),
            total,
            next(iter(currencies)) if alike else None,
            len(lines[id_order]),
            len(units),
            max(unit["updated_at"] for unit in units),
        )
    return orders, lines


@settings(max_examples=examples(25))
@given(answers)
def test_summaries_and_lines_follow_the_units(pages: list[tuple[int, list[dict[str, Any]], str | None]]) -> None:
    """After any answers in any order, summary and views equal the sum of the units.

    Also where units move between orders or leave them: an order without any stays, empty.
    """
    with TemporaryDirectory() as folder, new_store(Path(folder)) as store:
        for request_seq, page, whole in pages:
            keep(store, *[order_unit(**version) for version in page], request_seq=request_seq, whole_order=whole)
        orders, lines = the_units_say(store)
        columns = "id_order, status, total_amount, currency, lines, units, updated_at"
        found = {row[0]: tuple(row)[1:] for row in store.database.rows(f"SELECT {columns} FROM v_orders")}  # noqa: S608 - our own names
        empty = {id_order: summary for id_order, summary in found.items() if summary[0] == "empty"}
        assert {id_order: summary for id_order, summary in found.items() if id_order not in empty} == orders
        assert {(summary[1], *summary[3:5]) for summary in empty.values()} <= {(0, 0, 0)}
        shown: dict[str, Counter[tuple[Any, ...]]] = defaultdict(Counter)
        for row in store.database.rows("SELECT * FROM v_order_lines"):
            key = tuple(row[name] for name in ("status", "ean", "title", "id_offer", "unit_price", "vat", "currency"))
            shown[row["id_order"]][key] = row["quantity"]
            assert row["line_amount"] == row["quantity"] * row["unit_price"]
            assert len(json.loads(row["unit_ids"])) == row["quantity"]
            assert bool(row["cancelled"]) == (row["status"] == "cancelled")
        assert shown == lines
        assert column(store, "PRAGMA foreign_key_check") == []
        counts = store.queries.counts()
        assert (counts.orders, counts.units) == (
            store.database.value("SELECT count(*) FROM orders"),
            store.database.value("SELECT count(*) FROM order_units"),
        )
        present = "SELECT DISTINCT id_order FROM order_units WHERE absent_since IS NULL ORDER BY 1"
        assert column(store, present) == sorted(orders)


@settings(max_examples=examples(20))
@given(st.lists(st.tuples(st.integers(1, 9), versions), min_size=1, max_size=8))
def test_latest_answer_is_the_one_that_stays(pages: list[tuple[int, dict[str, Any]]]) -> None:
    """In whatever order answers of a run come, each unit ends as it was updated last, and asked for last."""
    with TemporaryDirectory() as folder, new_store(Path(folder)) as store:
        expected: dict[int, tuple[tuple[str, int], str, int]] = {}
        for request_seq, version in pages:
            keep(store, order_unit(**version), request_seq=request_seq)
            key, age = version["id_order_unit"], (version["ts_updated_iso"], request_seq)
            if key not in expected or age >= expected[key][0]:
                expected[key] = (age, version["status"], version["price"])
        rows = store.database.rows("SELECT id_order_unit, status, price FROM order_units")
        assert {row[0]: tuple(row)[1:] for row in rows} == {key: value[1:] for key, value in expected.items()}


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("units", "totals", "shown"),
    [
        ([{"price": 1000, "shipping_rate": 250}, {"price": 1}], (1001, 250, 1251), "12.51"),
        ([{"price": 1000}, {"price": 999, "status": "cancelled"}], (1000, 0, 1000), "10.00"),
        ([{"price": 1000, "status": "cancelled", "shipping_rate": 5}], (0, 0, 0), "0.00"),
        ([{"price": -1000}, {"price": 995}], (-5, 0, -5), "-0.05"),
        ([{"price": -123456}], (-123456, 0, -123456), "-1234.56"),
        ([{"price": 0, "shipping_rate": None}], (0, None, None), None),
        ([{"price": 5, "shipping_rate": None}, {"price": 7, "shipping_rate": 3}], (12, None, None), None),
        ([{"price": 5, "shipping_rate": None, "status": "cancelled"}, {"price": 7}], (7, 0, 7), "0.07"),
        ([{"price": 5, "shipping_rate": -7}], (5, -7, -2), "-0.02"),
        ([{"price": 9_000_000_000_000}] * 3, (27_000_000_000_000, 0, 27_000_000_000_000), "270000000000.00"),
        ([{"price": 5}, {"price": 5, "currency": "CZK"}], (None, None, None), None),
        ([{"price": 5}, {"price": 5, "currency": None}], (None, None, None), None),
        ([{"price": 5, "currency": None}], (None, None, None), None),
        ([{"price": 5, "currency": ""}], (None, None, None), None),
        ([{"price": 5}, {"price": 5, "currency": "CZK", "status": "cancelled"}], (5, 0, 5), "0.05"),
    ],
)
def test_totals(store: Store, units: list[dict[str, Any]], totals: tuple[int | None, ...], shown: str | None) -> None:
    """Price and shipping of what is not cancelled, in minor units; where currencies do not agree, unknown."""
    keep(store, *[order_unit(number, **unit) for number, unit in enumerate(units)])
    assert tuple(card(store)["totals"].values()) == totals
    assert (card(store)["total_amount"], card(store)["total"]) == (totals[2], shown)
    if totals[2] is None:
        assert (card(store)["currency"] is None) == (totals[0] is None)


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([True], True),
        ([False], False),
        ([None], None),
        ([True, None], True),
        ([False, None], None),
        ([True, False], True),
    ],
)
def test_deemed_supplier(store: Store, units: list[bool | None], expected: bool | None) -> None:
    """One unit with Kaufland as deemed supplier makes the order one; not knowing it of one is not knowing."""
    keep(store, *[order_unit(n, is_marketplace_deemed_supplier=value) for n, value in enumerate(units)])
    assert card(store)["is_marketplace_deemed_supplier"] is expected


@pytest.mark.parametrize(
    ("billing", "shipping", "expected"),
    [
        ({"first_name": "Ada", "last_name": "Birke"}, {"first_name": "Bo", "last_name": "Erle"}, "Ada Birke"),
        ({"first_name": " Ada ", "last_name": ""}, None, "Ada"),
        ({"first_name": None, "last_name": None, "company_name": "Café GmbH"}, None, "Café GmbH"),
        (None, {"first_name": "Bo", "last_name": "Erle"}, "Bo Erle"),
        ({"first_name": "", "last_name": " "}, {"first_name": "Bo", "last_name": "Erle"}, "Bo Erle"),
        (None, None, None),
    ],
)
def test_buyer_name(store: Store, billing: Any, shipping: Any, expected: str | None) -> None:
    """The person billed, else the company, else who receives the goods."""
    addresses = [None if fields is None else example_address(**fields) for fields in (billing, shipping)]
    keep(store, order_unit(1, billing_address=addresses[0], shipping_address=addresses[1]))
    assert card(store)["buyer_name"] == expected


def test_times_of_an_order(store: Store) -> None:
    """Created with its first unit, updated with its last change, imported when it was first stored."""
    keep(store, order_unit(1, ts_created_iso=TIMES[1], ts_updated_iso=TIMES[2]))
    keep(store, order_unit(2, ts_created_iso=TIMES[0], ts_updated_iso=TIMES[1]), request_seq=2)
    found = card(store)
    assert (found["created_at"], found["updated_at"], found["imported_at"]) == (TIMES[0], TIMES[2], NOW_TEXT)


def test_unreadable_times_are_unknown(store: Store) -> None:
    """An order whose times cannot be read is stored without them, and the raw text is kept."""
    keep(store, order_unit(1, ts_created_iso="gestern", ts_updated_iso=7))
    assert (card(store)["created_at"], card(store)["updated_at"]) == (None, None)
    assert '"ts_created_iso":"gestern"' in column(store, "SELECT more FROM v_order_units")[0]


NOW_TEXT = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
