"""Pages in any order join to one list, and a gap between two of them is seen."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.order_import.continuity import ContinuityCheck, Gap, PageSpan, Row
from support.seller_api import STEADY

SIZE = 5


def span(rows: list[int], offset: int, *, size: int = SIZE) -> PageSpan:
    """Read a page of a list of numbers, the newest of which is the largest."""
    found = [Row(row, "") for row in rows[offset : offset + size]]
    return PageSpan(offset, found, ends=len(found) < size)


@STEADY
@given(count=st.integers(0, 60), seed=st.integers(0, 10_000))
def test_pages_of_a_list_at_rest_join_in_any_order(count: int, seed: int) -> None:
    """Nothing moves: whatever order the pages come in, there is no gap."""
    rows = list(range(count, 0, -1))
    pages = [span(rows, offset) for offset in range(0, max(1, count), SIZE - 1)]
    chain = ContinuityCheck()
    places = list(range(len(pages)))
    random.Random(seed).shuffle(places)
    assert [gap for place in places for gap in chain.add(place, pages[place])] == []
    assert chain.contiguous


@STEADY
@given(
    count=st.integers(1, 60),
    arrivals=st.lists(st.integers(0, 3), min_size=40, max_size=40),
    seed=st.integers(0, 10_000),
)
def test_row_that_was_read_by_no_page_leaves_a_gap(count: int, arrivals: list[int], seed: int) -> None:
    """New rows push the others down between any two requests: where a row slipped through, some gap is reported.

    And where all gaps could be filled by reading again, no row is missing.
    """
    rows = list(range(count, 0, -1))
    old = set(rows)
    offsets = list(range(0, count, SIZE - 1))
    order = [0, *random.Random(seed).sample(range(1, len(offsets)), len(offsets) - 1)]
    chain, gaps, seen = ContinuityCheck(), list[Gap](), set[object]()
    moves = iter(arrivals * 10)

    def read(offset: int) -> PageSpan:
        found = span(rows, offset)
        seen.update(row.unit for row in found.rows)
        for _ in range(next(moves)):
            rows.insert(0, rows[0] + 1)
        return found

    for place in order:
        gaps += chain.add(place, read(offsets[place]))
    last = read(offsets[-1])
    while not last.ends:  # the list has grown beyond its end
        last = read(last.offset + SIZE - 1)
    if not old <= seen:
        assert gaps
    for gap in gaps:
        chain.fill(gap, read(gap.offset))
    if chain.contiguous:
        assert old <= seen


def test_row_that_changed_is_another_row() -> None:
    """A unit found on two pages with different update times joins nothing: it jumped meanwhile."""
    chain = ContinuityCheck()
    chain.add(0, PageSpan(0, [Row(2, "b"), Row(1, "a")], ends=False))
    assert chain.add(1, PageSpan(1, [Row(1, "c")], ends=True)) != []


@pytest.mark.parametrize(("ends", "gaps"), [(True, 0), (False, 1)])
def test_empty_page_joins_only_where_the_list_ended_before_it(ends: bool, gaps: int) -> None:
    """An empty page after a full one was asked for too early: rows may have been pushed there since."""
    chain = ContinuityCheck()
    assert chain.add(1, PageSpan(1, [], ends=True)) == []
    assert len(chain.add(0, PageSpan(0, [Row(2, "b"), Row(1, "a")], ends=ends))) == gaps


def test_pages_that_have_both_neighbours_are_not_kept() -> None:
    """A list of any length takes no memory to check."""
    chain = ContinuityCheck()
    rows = list(range(4000, 0, -1))
    for place, offset in enumerate(range(0, 4000, SIZE - 1)):
        chain.add(place, span(rows, offset))
        assert len(chain._without_next) + len(chain._without_previous) <= 1
