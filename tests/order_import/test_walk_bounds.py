"""Whatever a server answers, a walk ends, and it never calls complete what is not."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.order_import import scan as reading
from kaufland_cli.order_import.listener import NoListener
from kaufland_cli.order_import.walk import MAX_HELPFUL_PASSES, Walk, WalkEnd
from kaufland_cli.seller_api import endpoints
from kaufland_cli.seller_api.endpoints import UnitsPage
from kaufland_cli.simulator import Answer, Request, faults
from support.imports import AnyOrder, World, world_of_sent_orders
from support.sampling import examples
from support.small_pages import small_pages

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
PAGE = 4
MAX_ROWS = 200
"""More than any seller has, in this small world."""
Value = TypeVar("Value")


def row(number: int) -> OrderUnit:
    """Return a unit; the greater its number, the later it was updated."""
    updated = f"2026-11-{1 + number // 86_400:02}T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    empty = dict.fromkeys(OrderUnit._fields)
    return OrderUnit(**{**empty, "id_order_unit": number, "id_order": f"M{number}", "updated_at": updated})  # type: ignore[arg-type]


@dataclass
class Liar:
    """A list of rows, and the ways in which it does not answer as asked."""

    length: int
    offsets: str = "honest"
    sizes: tuple[int, ...] = (PAGE,)
    """How many rows it gives at most, one request after the other."""
    totals: tuple[str, ...] = ("true",)
    order: str = "sorted"
    arriving: tuple[int, ...] = (0,)
    """How many rows come in on top before a request."""
    leaving: tuple[int, ...] = (0,)
    """How many of the oldest rows go before a request."""
    empty: tuple[bool, ...] = (False,)
    """Which requests are answered with nothing."""
    invents: bool = False
    """Where its rows end it gives others that nobody has seen before."""
    seed: int = 0
    asked: int = 0
    met: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rows = list(range(self.length, 0, -1))
        self.newest = self.length
        self.there_from_the_start = set(self.rows)
        self.chance = random.Random(self.seed)
        self.invented = count(80_000)

    def fetch(self, offset: int) -> UnitsPage:
        """Answer."""
        turn, self.asked = self.asked, self.asked + 1
        for _ in range(_turned(self.arriving, turn) if turn else 0):
            self.newest += 1
            self.rows.insert(0, self.newest)
        for _ in range(min(_turned(self.leaving, turn), len(self.rows))):
            self.there_from_the_start.discard(self.rows.pop())
        rows = list(self.rows)
        if self.order == "shuffled":
            self.chance.shuffle(rows)
        elif self.order == "rotated":
            start = turn % max(1, len(rows))
            rows = rows[start:] + rows[:start]
        elif self.order == "turned round" and turn % 2:
            rows.reverse()
        size = _turned(self.sizes, turn)
        if self.offsets == "ignored":
            offset = 0
        elif self.offsets == "clamped":
            offset = min(offset, max(0, len(rows) - size))
        given = [] if _turned(self.empty, turn) else rows[offset : offset + size]
        if self.invents and len(given) < size:
            given += [next(self.invented) for _ in range(size - len(given))]
        return UnitsPage(tuple(row(number) for number in given), self._total(turn, offset, len(given)), NOW, turn + 1)

    def _total(self, turn: int, offset: int, given: int) -> int | None:
        kind = _turned(self.totals, turn)
        told = {
            "true": len(self.rows),
            "too large": len(self.rows) + 3,
            "growing": offset + given + 2 * PAGE + turn,
            "of the page": given,
            "shrinking": max(0, len(self.rows) - turn),
            "huge": 2**31 - 1,
        }
        return told.get(kind)


def _turned(values: tuple[Value, ...], turn: int) -> Value:
    return values[turn % len(values)]


def walked(server: Liar, *, seed: int | None = None) -> WalkEnd:
    """Walk the list as an import does, its pages one by one or in any order."""
    readings: dict[object, int] = {}

    def keep(page: UnitsPage, number: int) -> int:
        keys = [unit.id_order_unit for unit in page.units]
        news = {key for key in keys if readings.get(key) != number}
        readings.update(dict.fromkeys(keys, number))
        server.met.update(keys)
        return len(news)

    return Walk(
        server.fetch,
        keep,
        NoListener(),
        executor=AnyOrder(random.Random(seed), width=6),
        pass_numbers=count(1),
        rows_since=lambda number: sum(1 for one in readings.values() if one >= number),
    ).read()


def most_requests(rows: int) -> int:
    """Return how many pages a walk asks for at most, where it met this many different rows."""
    return MAX_HELPFUL_PASSES * (reading.FREE_PAGES + reading.PAGES_PER_ROW * rows + 1)


@pytest.fixture(autouse=True, scope="module")
def _small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        small_pages(patch, PAGE)
        patch.setattr(reading, "MAX_ROWS", MAX_ROWS)
        patch.setattr(reading, "MAX_ROWS_UNCOUNTED", MAX_ROWS // 2)
        yield


SOME = st.integers(0, 40)
OFFSETS = st.sampled_from(["honest", "honest", "ignored", "clamped"])
SIZES = st.lists(st.integers(1, PAGE), min_size=1, max_size=5).map(tuple)
LIES = ["true", "too large", "growing", "of the page", "shrinking", "huge", "absent"]
TOTALS = st.lists(st.sampled_from(LIES), min_size=1, max_size=4).map(tuple)
MOVES = st.lists(st.integers(0, 2), min_size=1, max_size=5).map(tuple)
EMPTY = st.lists(st.sampled_from([False, False, False, True]), min_size=1, max_size=6).map(tuple)
ORDERS = st.sampled_from(["sorted", "shuffled", "rotated", "turned round"])
LIARS = st.builds(
    Liar,
    SOME,
    offsets=OFFSETS,
    sizes=SIZES,
    totals=TOTALS,
    order=ORDERS,
    arriving=MOVES,
    leaving=MOVES,
    empty=EMPTY,
    invents=st.booleans(),
    seed=SOME,
)
STEADY = settings(derandomize=True, database=None, max_examples=examples(120), suppress_health_check=list(HealthCheck))


@STEADY
@given(server=LIARS, seed=SOME)
def test_walk_ends_whatever_the_server_answers(server: Liar, seed: int) -> None:
    """Pages repeated, clamped, cut short, empty, in any order, with any total: no answer lifts the bound of requests.

    It grows by nothing but rows that came.
    """
    end = walked(server, seed=seed)
    event(f"complete: {end.complete}")
    assert server.asked <= most_requests(len(server.met))


COUNTED = st.builds(
    Liar,
    SOME,
    offsets=OFFSETS,
    sizes=SIZES,
    totals=st.lists(st.sampled_from(["true", "true", "too large", "growing", "huge"]), min_size=1, max_size=4).map(
        tuple
    ),
    order=ORDERS,
    arriving=MOVES,
    empty=EMPTY,
    seed=SOME,
)
"""Servers that never name fewer rows than there are; whatever else they do may be wrong."""
UNCOUNTED = st.builds(Liar, SOME, offsets=OFFSETS, sizes=SIZES, totals=st.just(("absent",)), arriving=MOVES, seed=SOME)
"""Servers without totals, whose rows keep their order; only behind the end they give none."""
MISCOUNTED = st.builds(Liar, SOME, sizes=SIZES, totals=TOTALS, seed=SOME)
"""Servers whose totals may be anything, too small as well, while nothing moves."""


@STEADY
@given(server=st.one_of(COUNTED, UNCOUNTED, MISCOUNTED), seed=SOME)
def test_walk_that_calls_itself_complete_has_met_every_row(server: Liar, seed: int) -> None:
    """Take away either proof, and what is left never claims what is not: every row from the start was met."""
    end = walked(server, seed=seed)
    event(f"complete: {end.complete}")
    if end.complete:
        missing = server.there_from_the_start - server.met
        assert not missing, f"{sorted(missing)} are missing of {len(server.there_from_the_start)}"


def listed(own: World) -> int:
    """Return how many pages of units were asked for since the last look."""
    found = sum("/order-units?" in one.target for one in own.simulator.requests)
    own.simulator.clear_requests()
    return found


def offset_ignored(total: int) -> faults.Fault:
    """Give the first page at every offset, with this total."""

    def fault(request: Request, proceed: faults.Proceed) -> Answer:
        whole = faults.endless_pages()(request, proceed)
        return faults.wrong_total(total)(request, lambda _request: whole)

    return fault


@pytest.mark.parametrize(("rows", "total"), [(1, 2), (1, 2**31 - 1), (3, 5), (PAGE, 100_000)])
def test_ignored_offset_ends_import_and_comparison(tmp_path: Path, rows: int, total: int) -> None:
    """One row, a total of two and the same page at every offset: both end soon, claim nothing, and store what came."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(rows, status="sent")
        own.simulator.misbehave(offset_ignored(total), times=None, path="/order-units")
        assert own.run().verdict == "incomplete"
        assert listed(own) < 60
        result, _ = own.reconcile()
        assert result.verdict == "incomplete"
        assert listed(own) < 60
        assert own.stored() == own.served()


@pytest.mark.parametrize("total", [None, 5, 2**31 - 1])
def test_rows_invented_without_end_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int | None) -> None:
    """A server that always has a page of units nobody has seen before is left after more than anybody sells."""
    monkeypatch.setattr(reading, "MAX_ROWS", 60)
    monkeypatch.setattr(reading, "MAX_ROWS_UNCOUNTED", 40)
    with world_of_sent_orders(tmp_path) as own:

        def invent(request: Request, proceed: faults.Proceed) -> Answer:
            own.add(PAGE, status="sent")
            told = {} if total is None else {"total": total}
            return faults.edited(lambda content: content | {"data": content["data"][:PAGE], "pagination": told})(
                request, lambda asked: faults.endless_pages()(asked, proceed)
            )

        own.simulator.misbehave(invent, times=None, path="/order-units")
        assert own.run().verdict == "incomplete"
        assert listed(own) < 100


@pytest.mark.parametrize("number", [endpoints.MAX_STOREFRONTS + 1, 20_000])
def test_more_storefronts_than_there_are_countries_are_no_answer(tmp_path: Path, number: int) -> None:
    """Each storefront costs requests, so a list of thousands is refused as a whole, and the import says so."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(3, status="sent")
        codes = faults.edited(lambda content: content | {"data": [f"s{place}" for place in range(number)]})
        own.simulator.misbehave(codes, times=None, path="/info/storefront")
        result = own.run()
        assert result.verdict == "success"
        assert any(f"{number} storefronts" in note for note in result.notes)
        assert len(own.simulator.requests) < 20
