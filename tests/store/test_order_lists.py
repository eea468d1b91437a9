"""Lists of orders: newest first, filtered by what the field speaks of, and quick however many there are."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.orders import OrderTotal
from kaufland_cli.output.records.orders import summary_record
from kaufland_cli.simulator import example_address, example_product
from kaufland_cli.store.order_queries import OrderFilter
from kaufland_cli.store.request_log import LogFilter
from kaufland_cli.store.store import Store
from support.stores import NOW, keep, new_store, order_unit

SILENT: dict[str, Any] = dict.fromkeys(("product", "buyer", "billing_address", "shipping_address"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a store with four orders, the newest with the highest number."""
    with new_store(tmp_path) as opened:
        keep(
            opened,
            order_unit(1, "M1AAA", ts_created_iso="2026-11-01T08:00:00Z", status="sent"),
            order_unit(
                2,
                "M2BBB",
                ts_created_iso="2026-11-02T08:00:00Z",
                status="sent",
                id_offer="TASSE_100%",
                product=example_product(
                    id_product=2, title="Tasse 100% Kaolin", eans=["4012345678901", "2200000000009"]
                ),
                billing_address=example_address(first_name="Özlem", last_name="Straßner", city="Würzburg"),
                shipping_address=example_address(city="Würzburg"),
                buyer={"id_buyer": 2, "email": "mk-zwei@kunden.marktplatz.example"},
            ),
            order_unit(3, "M2BBB", ts_created_iso="2026-11-02T08:00:00Z", status="need_to_be_sent", **SILENT),
            order_unit(4, "M3CCC", ts_created_iso="2026-11-03T08:00:00Z", status="cancelled", storefront="cz"),
            order_unit(5, "M4DDD", ts_created_iso="2026-11-03T08:00:00Z", status="in_clarification", storefront="at"),
        )
        yield opened


def ids(store: Store, **chosen: Any) -> list[str]:
    """Return the ids that a filter finds, after seeing that the count agrees."""
    found = [order.id_order for order in store.queries.orders(OrderFilter(**chosen))]
    if chosen.get("limit") is None:
        assert store.queries.count(OrderFilter(**chosen)) == len(found)
    return found


def test_newest_first(store: Store) -> None:
    """By creation, and by id where two were created in the same second."""
    assert ids(store) == ["M4DDD", "M3CCC", "M2BBB", "M1AAA"]


def test_totals_add_up_what_the_filter_finds(store: Store) -> None:
    """By currency, whatever the limit; a cancelled order is one with nothing to pay."""
    (all_of_them,) = store.queries.totals(OrderFilter(limit=1))
    listed = list(store.queries.orders(OrderFilter()))
    assert all_of_them == OrderTotal("EUR", 4, 5, sum(order.total_amount or 0 for order in listed), 0)
    (one,) = store.queries.totals(OrderFilter(statuses=("cancelled",)))
    assert (one.orders, one.units, one.amount) == (1, 1, 0)
    assert store.queries.totals(OrderFilter(statuses=("received",))) == []


def test_limit_shortens_the_list_but_not_the_count(store: Store) -> None:
    """The count says how many there are; a limit beyond all is none."""
    assert ids(store, limit=2) == ["M4DDD", "M3CCC"]
    assert store.queries.count(OrderFilter(limit=2)) == 4
    assert ids(store, limit=0) == []
    assert len(ids(store, limit=10**30)) == 4


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"statuses": ["sent"]}, ["M2BBB", "M1AAA"]),
        ({"statuses": ["need_to_be_sent"]}, ["M2BBB"]),
        ({"statuses": ["partially_sent"]}, ["M2BBB"]),
        ({"statuses": ["in_clarification", "cancelled"]}, ["M4DDD", "M3CCC"]),
        ({"statuses": ["no such"]}, []),
        ({"storefronts": ["cz"]}, ["M3CCC"]),
        ({"storefronts": ["CZ", "at"]}, ["M4DDD", "M3CCC"]),
        ({"created_since": "2026-11-02T08:00:00Z"}, ["M4DDD", "M3CCC", "M2BBB"]),
        ({"created_until": "2026-11-02T08:00:00Z"}, ["M1AAA"]),
        ({"created_since": "2026-11-02T08:00:00Z", "created_until": "2026-11-03T00:00:00Z"}, ["M2BBB"]),
        ({"without_sales_order": True}, ["M4DDD", "M3CCC", "M2BBB", "M1AAA"]),
        ({"statuses": ["sent"], "search": "Würzburg"}, ["M2BBB"]),
        ({"statuses": ["sent"], "storefronts": ["cz"]}, []),
    ],
)
def test_filters(store: Store, chosen: dict[str, Any], expected: list[str]) -> None:
    """A status is the order's or one of its units'; several values of one kind are an or, several kinds an and."""
    assert ids(store, **chosen) == expected


@pytest.mark.parametrize(
    "search",
    [
        "M2BBB",
        "2bb",
        "Özlem",
        "özlem straßner",
        "STRASSNER",
        "mk-zwei@",
        "WÜRZBURG",
        "4012345678901",
        "2200000000009",
        "TASSE_100%",
        "tasse_1",
        "100% kaolin",
        "100%",
    ],
)
def test_search(store: Store, search: str) -> None:
    """Part of the order's id, the buyer's name or address, the city, any EAN, an offer or a title; in any case."""
    assert ids(store, search=search) == ["M2BBB"]


@pytest.mark.parametrize(
    "search", ["M_BBB", "%", "0%K", "TASSE-100", "'", '"', "[", "\\", "nowhere", "\udcff", "M2BBB'; DROP TABLE orders"]
)
def test_search_is_literal(store: Store, search: str) -> None:
    """No sign has a meaning of its own, and nothing that can be typed does harm."""
    expected = ["M2BBB"] if search == "%" else []
    assert ids(store, search=search) == expected
    assert store.queries.counts().orders == 4


def test_empty_search_finds_all(store: Store) -> None:
    """Nothing asked is nothing filtered."""
    assert len(ids(store, search="")) == 4


def test_orders_without_a_time_come_last(store: Store) -> None:
    """They are listed, and never count as new."""
    keep(store, order_unit(9, "M9", ts_created_iso=None), request_seq=2)
    assert ids(store)[-1] == "M9"
    assert "M9" not in ids(store, created_since="2000-01-01T00:00:00Z")


def test_fields_of_a_listed_order(store: Store) -> None:
    """The names that are promised, with yes, no and unknown as such."""
    (order,) = store.queries.orders(OrderFilter(search="M2BBB"))
    assert summary_record(order) == {
        "id_order": "M2BBB",
        "status": "partially_sent",
        "storefront": "de",
        "buyer_name": "Özlem Straßner",
        "ship_to_city": "Würzburg",
        "total_amount": 5998,
        "currency": "EUR",
        "total": "59.98",
        "lines": 2,
        "units": 2,
        "units_failed": 0,
        "sales_order_no": None,
        "sales_order_state": "none",
        "invoice_uploaded": None,
        "created_at": "2026-11-02T08:00:00Z",
        "updated_at": "2026-11-18T08:00:00Z",
        "imported_at": "2026-11-20T12:00:00Z",
        "fulfillment_type": "fulfilled_by_merchant",
        "is_marketplace_deemed_supplier": False,
        "buyer_email": "mk-zwei@kunden.marktplatz.example",
    }


def plan(store: Store, ask: Callable[[], object]) -> str:
    """Return how SQLite goes about what is asked."""
    asked: list[str] = []
    store.database._connection.set_trace_callback(asked.append)
    ask()
    store.database._connection.set_trace_callback(None)
    chosen = [sql for sql in asked if "SELECT" in sql and not sql.startswith("--")]
    return "\n".join(str(row["detail"]) for sql in chosen for row in store.database.rows(f"EXPLAIN QUERY PLAN {sql}"))


@pytest.mark.parametrize(
    "chosen",
    [{}, {"limit": None}, {"created_since": "2026"}, {"storefronts": ["de"]}, {"statuses": ["open"]}, {"search": "x"}],
)
def test_no_list_sorts(store: Store, chosen: dict[str, Any]) -> None:
    """Newest first comes from the index, so the first page of half a million units is there at once."""
    found = plan(store, lambda: list(store.queries.orders(OrderFilter(**{"limit": 50} | chosen))))
    assert "orders_by_creation" in found
    assert "TEMP B-TREE" not in found


def test_missing_addresses_are_found_by_an_index(store: Store) -> None:
    """Each import asks for them, so it must not cost a look at every unit."""
    found = plan(store, lambda: store.details_wanted.want_missing_addresses(NOW, NOW))
    assert "SCAN order_units USING INDEX order_units_without_address" in found


def test_counting_looks_at_no_order(store: Store) -> None:
    """How many orders, units and log entries there are is kept, so that asking costs the same at any size."""
    for ask in (store.queries.counts, lambda: store.queries.count(OrderFilter(limit=50)), store.request_log.size):
        found = plan(store, ask)
        for table in ("orders", "order_units", "request_log"):
            assert f"SCAN {table}" not in found
        assert "row_counts" in found


def test_following_the_log_looks_at_new_and_running_calls_only(store: Store) -> None:
    """`log show --follow` asks every second, so it must not cost a look at the whole log."""
    found = plan(store, lambda: store.request_log.progress(7, [3, 5]))
    assert found.count("SEARCH request_log USING INTEGER PRIMARY KEY") == 2
    assert "SCAN request_log" not in found
    assert "SCAN request_log" not in plan(store, lambda: list(store.request_log.entries(LogFilter(numbers=[3]))))
