"""Units that cannot be read: kept as they came, listed, and forgotten as soon as they can be read."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kaufland_cli.seller_api.parsers import read_order_unit
from kaufland_cli.store.store import Store
from support.stores import NOW, card, column, content, keep, new_store, order_unit, raw_unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def test_unreadable_unit_is_kept_raw_with_its_reason(store: Store) -> None:
    """What came is kept unchanged, the reason says what is wrong, and the others go on."""
    raw = raw_unit(1, price="12,99")
    page = keep(store, read_order_unit(raw), order_unit(2, "M2"))
    assert [(unit.change, unit.key, unit.id_order) for unit in page.units] == [("failed", 1, "M1"), ("new", 2, "M2")]
    assert page.units[0].reason == 'the price is "12,99", not a whole number of minor units'
    assert json.loads(column(store, "SELECT raw FROM unreadable_units")[0]) == raw
    (unit,) = store.queries.unreadable_units()
    assert (unit.id_order_unit, unit.id_order, unit.reason) == (1, "M1", page.units[0].reason)
    assert (unit.first_seen_at, unit.seen_at, unit.set_aside) == ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", None)
    assert store.queries.counts() == (1, 1, 1, 0, 0)


@pytest.mark.parametrize("raw", [None, 7, "text", [], {}, {"price": 5}, {"id_order": "M1", "status": "\ud800"}])
def test_anything_is_kept(store: Store, raw: object) -> None:
    """Whatever stands where a unit should: one row, also when it comes twice."""
    for request_seq in (1, 2):
        page = keep(store, read_order_unit(raw), request_seq=request_seq)
        assert [unit.change for unit in page.units] == ["failed"]
    assert json.loads(column(store, "SELECT raw FROM unreadable_units")[0]) == raw
    assert len(list(store.queries.unreadable_units())) == 1


def test_without_an_id_it_is_the_same_in_either_case_of_the_storefront(store: Store) -> None:
    """Kaufland writes `DE` or `de`; a unit that only its whole text tells apart does not become another one by that."""
    raws = [{**raw_unit(1, storefront=code), "id_order_unit": None} for code in ("de", "DE", "AT")]
    first, again, another = (
        keep(store, read_order_unit(raw), request_seq=request_seq).units[0].key
        for request_seq, raw in enumerate(raws, start=1)
    )
    assert first == again != another


def test_same_again_writes_nothing(store: Store) -> None:
    """A unit that stays unreadable costs no write at each import."""
    keep(store, order_unit(1, price=None))
    before = content(store)
    keep(store, order_unit(1, price=None), request_seq=2, at=NOW + timedelta(hours=1))
    assert content(store) == before


def test_another_fault_replaces_the_first(store: Store) -> None:
    """The latest answer and its reason count; when it was first seen stays known."""
    keep(store, order_unit(1, price=None))
    keep(store, order_unit(1, status=None), request_seq=2, at=NOW + timedelta(hours=1))
    (row,) = store.database.rows("SELECT * FROM unreadable_units")
    assert row["reason"] == "the status is missing, not text"
    assert (row["first_seen_at"], row["last_seen_at"]) == ("2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z")


def test_unreadable_unit_is_forgotten_once_it_can_be_read(store: Store) -> None:
    """As soon as a unit can be read it is stored and no longer listed, whatever form its id has."""
    keep(store, order_unit(1, price=None), order_unit("2", price=None))
    keep(store, order_unit(1), order_unit(2), request_seq=2)
    assert list(store.queries.unreadable_units()) == []
    assert store.queries.counts().units == 2


def test_good_data_stays_and_is_listed_too(store: Store) -> None:
    """A stored unit that becomes unreadable keeps what is known; the order's card says that something is wrong."""
    keep(store, order_unit(1, status="sent"))
    before = content(store)["order_units"]
    keep(store, order_unit(1, price=[]), request_seq=2)
    assert content(store)["order_units"] == before
    assert [failed["id_order_unit"] for failed in card(store)["failed"]] == [1]
    keep(store, order_unit(1, status="sent"), request_seq=3)
    assert card(store)["failed"] == []
    assert content(store)["order_units"] == before


def test_latest_come_first(store: Store) -> None:
    """The list begins with what was seen last, and can be asked for one order."""
    keep(store, order_unit(1, price=None))
    keep(store, order_unit(2, "M2", price=None), at=NOW + timedelta(hours=1))
    assert [failed.id_order for failed in store.queries.unreadable_units()] == ["M2", "M1"]
    assert [failed.id_order_unit for failed in store.queries.unreadable_units("M1")] == [1]
