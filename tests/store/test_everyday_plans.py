"""Everyday commands never read a whole table: in a shop of a million units they take as long as in a small one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaufland_cli.store.store import Store
from support.imports import world
from support.plans import plans_of, plans_of_all
from support.stores import keep, new_store, order_unit


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
    assert plans.scans("USING INDEX order_units_without_address") == {}


ONE_ORDER: dict[str, Callable[[Store], object]] = {
    "an id as it was typed": lambda store: store.queries.find_id(" m1 "),
    "its card": lambda store: store.queries.order("M1"),
}


@pytest.mark.parametrize("name", ONE_ORDER)
def test_one_order_is_found_by_its_id(store: Store, name: str) -> None:
    """What concerns one order reads that order."""
    with plans_of(store) as plans:
        ONE_ORDER[name](store)
    assert plans.scans() == {}
