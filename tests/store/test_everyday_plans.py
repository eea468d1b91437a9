"""Everyday commands never read a whole table: in a shop of a million units they take as long as in a small one."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kaufland_cli.sales_orders.snapshot import look_for_changes
from kaufland_cli.store import search_index
from kaufland_cli.store.order_queries import OrderFilter
from kaufland_cli.store.sales_order_row import Reason
from kaufland_cli.store.search_index import SearchIndex
from kaufland_cli.store.store import Store
from kaufland_cli.upkeep.after_import import Limits, erase_old, upkeep
from support.clocks import HeldClock
from support.imports import world
from support.plans import plans_of, plans_of_all
from support.stores import NOW, column, keep, new_store, order_unit

NEWEST_FIRST = ("USING INDEX orders_by_creation", "USING COVERING INDEX orders_by_creation")
"""How a list walks: it leaves where it has enough, and reads nothing of an order that it does not show."""
DUE = ("USING INDEX sales_orders_to_compare", "USING INDEX sales_orders_to_look_again")
"""Indexes of only those sales orders that are due."""
WITHOUT_ADDRESS = "USING INDEX order_units_without_address"
"""An index of units that are to be shipped and have no address, which are few."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a store with an order."""
    with new_store(tmp_path) as opened:
        keep(opened, order_unit(1, "M1"))
        yield opened


def test_import_scans_no_orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import costs what it brings: with nothing new it is independent of the store's size."""
    with world(tmp_path) as shop:
        shop.add(3)
        shop.run()
        with plans_of_all(monkeypatch) as plans:
            assert shop.run().verdict == "success"
            shop.add(2)
            assert shop.run().counts.orders_new == 2
    assert plans.scans(WITHOUT_ADDRESS) == {}


ONE_ORDER: dict[str, Callable[[Store], object]] = {
    "an id as it was typed": lambda store: store.queries.find_id(" m1 "),
    "its card": lambda store: store.queries.order("M1"),
    "its sales order": lambda store: store.sales_order_lists.one("M1"),
}


@pytest.mark.parametrize("name", ONE_ORDER)
def test_one_order_is_found_by_its_id(store: Store, name: str) -> None:
    """What concerns one order reads that order."""
    with plans_of(store) as plans:
        ONE_ORDER[name](store)
    assert plans.scans() == {}


STARTS = {"": NOW - timedelta(days=30)}
AFTER_IMPORTS: dict[str, Callable[[Store], object]] = {
    "orders that are ready": lambda store: store.sales_order_candidates.collect(STARTS, ["at"], NOW),
    "orders that changed": lambda store: look_for_changes(store, HeldClock(NOW)),
    "orders that wait": lambda store: store.sales_orders.waiting(),
    "documents to look for again": lambda store: store.sales_orders.due_for_duplicate_check(),
    "storefronts that are stopped": lambda store: store.sales_orders.stopped_storefronts(),
    "how many there are": lambda store: store.sales_order_lists.counts(),
    "why some do not go on": lambda store: store.sales_order_lists.reasons(),
}


@pytest.mark.parametrize("name", AFTER_IMPORTS)
def test_sales_orders_after_an_import_ask_about_what_changed(store: Store, name: str) -> None:
    """Each import asks which sales orders are to be made or have changed, never all that were made in years."""
    store.sales_order_candidates.collect(STARTS, ["at"], NOW)
    store.sales_orders.hold("M1", NOW, [Reason("no_customer", "There is none.")])
    with plans_of(store) as plans:
        AFTER_IMPORTS[name](store)
    assert plans.steps
    assert plans.scans(*DUE) == {}


LISTS: dict[str, Callable[[Store], object]] = {
    "orders": lambda store: list(store.queries.orders(OrderFilter(limit=20))),
    "orders of a status": lambda store: list(store.queries.orders(OrderFilter(statuses=["open"], limit=20))),
    "their number": lambda store: store.queries.count(OrderFilter(statuses=["open", "sent"], storefronts=["de"])),
    "orders of a storefront": lambda store: list(store.queries.orders(OrderFilter(storefronts=["at"], limit=20))),
    "orders without a sales order": lambda store: list(
        store.queries.orders(OrderFilter(without_sales_order=True, limit=20))
    ),
    "orders by the state of the sales order": lambda store: list(
        store.queries.orders(OrderFilter(sales_order_states=["none", "held"], limit=20))
    ),
    "units to ship by deadline": lambda store: store.queries.deadlines(),
    "units of a status": lambda store: list(store.queries.units(OrderFilter(statuses=["open"], limit=20))),
    "sales orders": lambda store: list(store.sales_order_lists.listed(limit=20)),
    "sales orders in a state": lambda store: list(store.sales_order_lists.listed(["held"], limit=20)),
    "all orders": lambda store: list(store.queries.orders(OrderFilter())),
    "all units": lambda store: list(store.queries.units(OrderFilter())),
    "all sales orders": lambda store: list(store.sales_order_lists.listed()),
    "an unknown status": lambda store: store.queries.has_status("lost"),
    "ids for a completion": lambda store: store.queries.ids_beginning("M", 50),
}


@pytest.mark.parametrize("name", LISTS)
def test_list_walks_one_index(store: Store, name: str) -> None:
    """What is filtered by stands in the index, so that even a rare status is found without a look at the orders.

    Nothing is sorted as a whole, so that the first rows of a long list come at once, and memory stays flat.
    """
    with plans_of(store) as plans:
        LISTS[name](store)
    assert plans.steps
    assert plans.scans(*NEWEST_FIRST) == {}
    assert not [step for steps in plans.steps.values() for step in steps if "TEMP B-TREE FOR ORDER BY" in step]


def test_codes_to_check_are_those_of_the_newest_orders(store: Store) -> None:
    """What sales orders need is checked for the newest orders, and for nothing behind them."""
    with plans_of(store) as plans:
        store.sales_order_candidates.currencies_and_countries()
        store.sales_order_candidates.destinations()
    assert plans.steps
    assert plans.scans(*NEWEST_FIRST) == {}


def test_new_orders_are_found_by_their_run(store: Store) -> None:
    """The newest orders have the highest numbers, so `--new` reads only the orders of that import and of later ones."""
    with plans_of(store) as plans:
        list(store.queries.orders(OrderFilter(imported_since="2026-11-20T12:00:00Z", limit=20)))
    assert plans.scans() == {}
    assert any("SEARCH orders USING INTEGER PRIMARY KEY (rowid>?)" in steps for steps in plans.steps.values())


def test_upkeep_after_an_import_scans_no_orders(store: Store) -> None:
    """Each import cleans up: what is old, in the API log and among unreadable units, and not the orders."""
    limits = Limits(
        log_retention_days=30, log_max_megabytes=50, raw_retention_days=30, raw_max_megabytes=50, delete_after_days=180
    )
    with plans_of(store) as plans:
        assert upkeep(store, limits, NOW) == []
        store.database.execute("PRAGMA foreign_keys = OFF")
    assert plans.steps
    assert plans.scans(*NEWEST_FIRST, "SCAN request_log") == {}


def test_erasing_old_buyers_reads_only_their_orders(store: Store) -> None:
    """Imports erase buyers who reach the age limit, some with each; that reads nothing of other buyers."""
    keep(store, *(order_unit(number, f"M{number}", status="sent") for number in range(2, 5)))
    with plans_of(store) as plans:
        assert erase_old(store, NOW + timedelta(days=1), NOW) == 3
        store.database.execute("PRAGMA foreign_keys = OFF")  # as while it erases
    assert plans.scans("USING COVERING INDEX sqlite_autoindex_extras_1") == {}, (
        "fields without a column, which most units share"
    )


def test_many_orders_leave_the_search_index_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders that change or are erased together are one more segment of the index, in whatever order they come."""
    monkeypatch.setattr(search_index, "ENOUGH_WAITING", 1)
    keep(store, *(order_unit(number, f"M{number}") for number in range(20)))
    sql = "SELECT count(DISTINCT segid) FROM order_search_idx"
    segments = store.database.value(sql)
    with store.database.transaction():
        SearchIndex(store.database).remove_orders(column(store, "SELECT order_no FROM orders ORDER BY order_no DESC"))
    assert store.database.value(sql) == segments + 1
