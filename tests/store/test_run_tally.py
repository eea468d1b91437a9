"""The tally of a run: each unit counted once, nothing of it in memory or in the store, and undone with its page."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.seller_api.parsers import read_order_unit
from kaufland_cli.store.page_writer import SEQ_STRIDE, StoredPage
from kaufland_cli.store.run_tally import FAILED_IN_THIS_RUN, RunCounts
from kaufland_cli.store.store import Store
from support.sampling import examples
from support.stores import NOW, column, keep, new_store, order_unit, raw_unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store at the beginning of a run."""
    with new_store(tmp_path) as opened:
        opened.run_tally.begin()
        yield opened


def read(store: Store, *units: OrderUnit | UnreadableUnit, request_seq: int = 1, pass_no: int = 1) -> StoredPage:
    """Store units as one page of a pass_no."""
    with store.database.transaction():
        return store.orders.store_units(units, request_seq=request_seq, run_id=0, at=NOW, pass_no=pass_no)


def undone(store: Store, *units: OrderUnit | UnreadableUnit) -> None:
    """Store units as one page, and undo it as a whole."""

    def store_and_fail() -> None:
        with store.database.transaction():
            store.orders.store_units(units, request_seq=2, run_id=0, at=NOW, pass_no=1)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        store_and_fail()


def counted(store: Store) -> tuple[int, ...]:
    """Return the counts in their order."""
    return astuple(store.run_tally.counts())


def failed(store: Store) -> set[Any]:
    """Return the ids of the units that this run could not read."""
    return set(column(store, f"SELECT id_order_unit FROM unreadable_units WHERE EXISTS {FAILED_IN_THIS_RUN}"))  # noqa: S608


def rows_of(store: Store, pass_no: int) -> int:
    """Return how many rows were met last in exactly this pass_no."""
    return store.run_tally.rows_read(pass_no) - store.run_tally.rows_read(pass_no + 1)


def test_run_begins_with_nothing(store: Store) -> None:
    """All counts are there and zero, also before anything was begun, and again with the next run."""
    assert store.run_tally.counts() == RunCounts()
    read(store, order_unit(1), order_unit(2, price=None))
    store.run_tally.begin()
    assert store.run_tally.counts() == RunCounts()
    assert (failed(store), store.run_tally.rows_read(0)) == (set(), 0)


def test_each_unit_counts_once(store: Store) -> None:
    """New beats changed, changed beats unchanged, however often and in which order a unit is seen."""
    keep(store, order_unit(1), order_unit(2), order_unit(3))
    store.run_tally.begin()
    read(store, order_unit(1), order_unit(2, status="sent"), order_unit(4, "M2"), request_seq=2)
    read(store, order_unit(2, status="sent"), order_unit(4, "M2", status="sent"), request_seq=3)
    read(store, order_unit(1, status="cancelled"), order_unit(2, status="sent"), request_seq=4)
    assert counted(store) == (1, 1, 0, 3, 1, 2, 0, 0)


def test_cancelled_orders_are_counted(store: Store) -> None:
    """Those that were known and are wholly cancelled now; a new one that comes cancelled is new."""
    keep(store, order_unit(1))
    store.run_tally.begin()
    read(store, order_unit(1, status="cancelled"), order_unit(2, "M2"), request_seq=2)
    read(store, order_unit(2, "M2", status="cancelled"), request_seq=3)
    assert counted(store)[:3] == (1, 1, 1)


def test_failed_is_taken_back_and_comes_again(store: Store) -> None:
    """A unit that could be read later has not failed, and one that could not be read in the end has."""
    read(store, order_unit(1, price=None), order_unit(2))
    assert counted(store)[3:] == (1, 1, 0, 0, 1)
    read(store, order_unit("1"), order_unit(2, price=[]), request_seq=2)
    assert counted(store)[3:] == (1, 1, 0, 0, 1)
    assert failed(store) == {2}
    read(store, order_unit(2), request_seq=3)
    assert counted(store)[3:] == (2, 1, 0, 1, 0)
    assert failed(store) == set()


def test_failed_are_distinguished_from_those_of_earlier_runs(store: Store) -> None:
    """What this run met failing is not waiting to be tried by it; what an earlier one met is, the oldest first."""
    read(store, order_unit(7, price=None), read_order_unit([]), order_unit(5, "M2", status=7))
    assert store.failed_units.waiting(9) == []
    store.run_tally.begin()
    read(store, order_unit(5, "M2", status=8), request_seq=2)
    assert failed(store) == {5}
    assert {one.id_order_unit for one in store.failed_units.waiting(9)} == {7, None}


def test_rows_of_a_reading(store: Store) -> None:
    """Each row counts once a reading, in the last one that it was met in; pages outside of a reading count nothing."""
    tally = store.run_tally
    assert [
        read(store, order_unit(1), order_unit(2)).rows_new,
        read(store, order_unit(2), order_unit(3), request_seq=2).rows_new,
    ] == [2, 1]
    assert read(store, order_unit(9), request_seq=3, pass_no=0).rows_new == 0
    assert (rows_of(store, 1), tally.rows_read(1)) == (3, 3)
    assert read(store, order_unit(3), order_unit(4), request_seq=4, pass_no=2).rows_new == 2
    assert (rows_of(store, 1), rows_of(store, 2), tally.rows_read(1), tally.rows_read(2)) == (2, 2, 4, 2)
    assert read(store, order_unit(3), order_unit(9), request_seq=5, pass_no=2).rows_new == 1
    assert (rows_of(store, 2), tally.rows_read(1)) == (3, 5)


def test_rows_without_an_id_that_are_alike_count_each(store: Store) -> None:
    """On one page; on the next page they are the same ones again."""
    alike = [read_order_unit({"price": 5}) for _ in range(3)]
    assert read(store, *alike).rows_new == 3
    assert read(store, *alike[:2], request_seq=2).rows_new == 0
    assert store.run_tally.rows_read(1) == 3
    assert read(store, *alike, request_seq=3, pass_no=2).rows_new == 3
    assert (rows_of(store, 1), rows_of(store, 2)) == (0, 3)
    assert counted(store)[-1] == 1


def test_page_that_is_undone_was_never_there(store: Store) -> None:
    """The tally, the search index and the numbers kept in memory are as before; the same page again is new."""
    read(store, order_unit(1))
    before = counted(store), store.run_tally.rows_read(0), failed(store)
    other = {
        "billing_address": {"street": "Weg 1", "city": "Nirgendwo"},
        "shipping_address": None,
        "product": {"title": "Einmal"},
    }

    undone(
        store, order_unit(1, status="sent"), order_unit(2, "M2", id_offer="EINMAL", **other), order_unit(3, price=None)
    )
    assert (counted(store), store.run_tally.rows_read(0), failed(store)) == before
    read(
        store,
        order_unit(5, "M5", billing_address={"street": "Weg 1", "city": "Anderswo"}, product={"title": "Zweimal"}),
        request_seq=3,
    )
    again = read(store, order_unit(2, "M2", id_offer="EINMAL", **other), request_seq=4)
    assert (again.rows_new, again.units[0].change, again.orders_new) == (1, "new", {"M2"})
    assert column(store, "SELECT title FROM v_order_units WHERE id_order = 'M2'") == ["Einmal"]
    assert column(store, "PRAGMA foreign_key_check") == []
    card = store.queries.order("M2")
    assert card is not None
    assert card.billing_address is not None
    assert card.billing_address.city == "Nirgendwo"


def test_first_page_of_all_may_be_undone(tmp_path: Path) -> None:
    """The tables of the tally that came with it are there again when they are needed."""
    with new_store(tmp_path) as store:
        undone(store, order_unit(1))
        assert counted(store) == (0,) * 8
        read(store, order_unit(1))
        assert counted(store) == (1, 0, 0, 1, 1, 0, 0, 0)


def test_tally_is_not_in_the_store(store: Store) -> None:
    """It is a run's own; the store's tables do not know it, and the main file never grows by it."""
    read(store, order_unit(1))
    assert column(store, "SELECT name FROM main.sqlite_master WHERE name LIKE 'tally%'") == []
    assert len(column(store, "SELECT name FROM temp.sqlite_master WHERE type = 'table'")) == 3


pages = st.lists(
    st.lists(
        st.builds(
            lambda number, status, price, order: raw_unit(number, order, status=status, price=price),
            st.integers(1, 4),
            st.sampled_from(["open", "sent", "cancelled"]),
            st.sampled_from([100, None]),
            st.sampled_from(["M1", "M2"]),
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=6,
)


@settings(max_examples=examples(25))
@given(pages, pages)
def test_book_counts_what_the_pages_say(first: list[Any], second: list[Any]) -> None:
    """For any pages: units by their greatest change or last failure, orders once each."""
    with TemporaryDirectory() as folder, new_store(Path(folder)) as store:
        for number, page in enumerate(first):
            read(store, *map(read_order_unit, page), request_seq=number + 1)
        store.run_tally.begin()
        weights = {"unchanged": 0, "changed": 1, "new": 2}
        changes: dict[Any, str] = {}
        failing, new, changed, cancelled = set(), set(), set(), set()
        for number, page in enumerate(second):
            stored = read(store, *map(read_order_unit, page), request_seq=SEQ_STRIDE + number)
            for unit in stored.units:
                if unit.change == "failed":
                    failing.add(unit.key)
                    changes.pop(unit.key, None)
                    continue
                failing.discard(unit.key)
                if weights[unit.change] >= weights.get(changes.get(unit.key, "unchanged"), 0):
                    changes[unit.key] = unit.change
            new |= stored.orders_new
            changed |= stored.orders_changed
            cancelled |= stored.orders_cancelled
        units = Counter(changes.values())
        there = set(column(store, "SELECT id_order FROM orders"))  # one that lost all its units is no order
        new, changed, cancelled = new & there, changed & there, cancelled & there
        orders = (len(new), len(changed - new), len(cancelled - new))
        assert counted(store) == (
            *orders,
            len(changes),
            units["new"],
            units["changed"],
            units["unchanged"],
            len(failing),
        )
        assert failed(store) == failing
        assert store.run_tally.rows_read(0) >= len(changes)
