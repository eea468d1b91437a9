"""Answers overtake each other: whatever arrives when, the store ends as the server stood last."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.store.page_writer import SEQ_STRIDE, StoredPage
from kaufland_cli.store.store import Store
from support.sampling import examples
from support.stores import NOW, card, column, content, new_store, order_unit

EARLY, LATE = "2026-11-19T08:00:00Z", "2026-11-19T08:00:01Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def answer(store: Store, request: int, run: int = 1, **fields: Any) -> StoredPage:
    """Store one unit as the answer to a request of a run."""
    with store.database.transaction():
        unit = order_unit(1, **fields)
        return store.orders.store_units([unit], request_seq=run * SEQ_STRIDE + request, run_id=run, at=NOW)


def statuses(store: Store) -> list[str]:
    """Return the statuses of all units."""
    return column(store, "SELECT status FROM order_units")


@pytest.mark.parametrize("first_arrives", ["old", "young"])
@pytest.mark.parametrize("asked", [(1, 2), (2, 1)])
def test_later_update_wins_within_a_run(store: Store, first_arrives: str, asked: tuple[int, int]) -> None:
    """In whatever order two answers of one run were asked for and arrive, the unit's later update stays."""
    old: dict[str, Any] = {"request": asked[0], "status": "need_to_be_sent", "ts_updated_iso": EARLY}
    young: dict[str, Any] = {"request": asked[1], "status": "sent", "ts_updated_iso": LATE}
    pair = [old, young] if first_arrives == "old" else [young, old]
    pages = [answer(store, **one) for one in pair]
    assert statuses(store) == ["sent"]
    assert pages[1].units[0].change == ("changed" if first_arrives == "old" else "unchanged")


@pytest.mark.parametrize("first_arrives", [1, 2])
@pytest.mark.parametrize("moment", [EARLY, None, "gestern"])
def test_later_request_wins_with_equal_or_unknown_times(store: Store, first_arrives: int, moment: object) -> None:
    """Within the same second, or where no time can be read, the answer asked for later stays."""
    given = {1: "need_to_be_sent", 2: "sent"}
    for request in (first_arrives, 3 - first_arrives):
        answer(store, request, status=given[request], ts_updated_iso=moment)
    assert statuses(store) == ["sent"]


def test_unknown_time_leaves_it_to_the_later_request(store: Store) -> None:
    """A time can only be compared with a time."""
    answer(store, 2, status="sent", ts_updated_iso=None)
    answer(store, 1, status="open", ts_updated_iso=LATE)
    assert statuses(store) == ["sent"]


@pytest.mark.parametrize("first_arrives", [1, 2])
def test_between_runs_the_later_run_wins(store: Store, first_arrives: int) -> None:
    """Also where the unit's time went back meanwhile, and however late an answer of the earlier run comes."""
    given = {1: {"status": "sent", "ts_updated_iso": LATE}, 2: {"status": "returned", "ts_updated_iso": EARLY}}
    for run in (first_arrives, 3 - first_arrives):
        answer(store, 5, run, **given[run])
    assert statuses(store) == ["returned"]


def test_response_that_changed_nothing_counts_for_its_request(store: Store) -> None:
    """Asked 1 and 5 said the same; what was asked for as number 3 in the same second is older than 5."""
    answer(store, 1, status="sent")
    before = content(store)
    answer(store, 5, status="sent")
    assert content(store) == before, "kept in the book of the run"
    assert answer(store, 3, status="open").units[0].change == "unchanged"
    assert statuses(store) == ["sent"]


def test_ignored_answer_leaves_nothing(store: Store) -> None:
    """Not in the history, not in the order, nowhere."""
    answer(store, 2, status="sent", ts_updated_iso=LATE)
    before = content(store)
    page = answer(store, 3, status="open", price=1, ts_updated_iso=EARLY)
    assert (page.units[0].change, page.orders_changed) == ("unchanged", set())
    assert content(store) == before


BAD: dict[str, Any] = {"price": None}


@pytest.mark.parametrize("order", list(itertools.permutations(["good 1", "bad 2"])))
def test_later_failure_stays_and_the_data_too(store: Store, order: tuple[str, ...]) -> None:
    """Readable, then asked again and unreadable: both the data and the failure are reported, whichever came first."""
    for one in order:
        kind, request = one.split()
        answer(store, int(request), **(BAD if kind == "bad" else {"status": "sent"}))
    assert statuses(store) == ["sent"]
    assert [failed["id_order_unit"] for failed in card(store)["failed"]] == [1]
    assert store.run_tally.counts().units_failed == 1
    assert store.run_tally.counts().units_seen == 0


@pytest.mark.parametrize("order", list(itertools.permutations(["bad 1", "good 2"])))
def test_earlier_failure_takes_nothing_back(store: Store, order: tuple[str, ...]) -> None:
    """Unreadable, then asked again and readable: nothing has failed, whichever came first."""
    for one in order:
        kind, request = one.split()
        page = answer(store, int(request), **(BAD if kind == "bad" else {"status": "sent"}))
    assert (statuses(store), card(store)["failed"]) == (["sent"], [])
    assert page.units[0].change == ("new" if order[0] == "bad 1" else "unchanged")
    assert store.run_tally.counts().units_failed == 0


def test_later_run_takes_a_failure_back(store: Store) -> None:
    """The first request of the next run is later than the last one of this."""
    answer(store, 900, **BAD)
    store.run_tally.begin()
    answer(store, 1, run=2)
    assert card(store)["failed"] == []


versions = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(1, 6),
        st.sampled_from(["open", "sent", "received", "cancelled"]),
        st.sampled_from([EARLY, LATE]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: (one[0], one[1]),
)


@settings(max_examples=examples(25))
@given(versions, st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_alike(answers: list[tuple[int, int, str, str]], chance: Any) -> None:
    """The store ends as the latest answer says: of the latest run, with the latest update, asked for last."""
    latest = max(answers, key=lambda one: (one[0], one[3], one[1]))
    shuffled = chance.sample(answers, len(answers))
    with TemporaryDirectory() as folder, new_store(Path(folder)) as store:
        for run, request, status, updated in shuffled:
            answer(store, request, run, status=status, ts_updated_iso=updated)
        assert statuses(store) == [latest[2]]
