"""Pages that are asked for side by side lose nothing, in whatever order they are answered and come."""

import random
from itertools import count
from pathlib import Path

import pytest

from kaufland_cli.order_import import continuity as chain
from kaufland_cli.order_import import walk
from kaufland_cli.seller_api import endpoints
from kaufland_cli.seller_api.concurrency import Concurrency
from kaufland_cli.seller_api.executor import Concurrent
from kaufland_cli.simulator import Request, faults
from support.imports import AnyOrder, World, world_of_sent_orders
from support.sampling import sampled

PAGE = 5
MAX_SHOP = 120


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page hold five units, so that a few orders make many pages."""
    monkeypatch.setattr(endpoints, "MAX_PAGE", PAGE)


def filled(own: World, orders: int) -> None:
    """Let this many orders arrive, a minute apart."""
    for _ in range(orders):
        own.add()
        own.clock.advance(minutes=1)


def let_orders_arrive(own: World, chance: random.Random, most: int) -> None:
    """Let up to this many orders arrive with every page that is asked for, as long as the shop does not get too big."""

    def arrive(_request: Request) -> None:
        own.clock.advance(seconds=1)
        if own.counter < MAX_SHOP:
            own.add(chance.randrange(0, most + 1))

    own.simulator.before_each("/order-units", arrive)


def live_through(folder: Path, seed: int) -> None:
    """Import twice from a shop that moves with every request, then once from one at rest, and compare."""
    chance = random.Random(seed)
    with world_of_sent_orders(folder) as own:
        own.executor = AnyOrder(chance, width=chance.randrange(1, 9))
        filled(own, chance.randrange(0, 60))
        let_orders_arrive(own, chance, most=chance.choice([0, 1, 3]))
        for _ in range(2):
            known = set(own.served())
            began = own.clock.now()
            result = own.run()
            if result.verdict == "success":
                assert known <= set(own.stored()), f"complete, but not all that was there at {began}"
        own.simulator.behave()
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("seed", sampled(range(12), 2, 5, 9, 11))
def test_complete_run_has_all_that_was_there_when_it_began(tmp_path: Path, seed: int) -> None:
    """Orders arrive with every page, and pages are answered and come in any order: complete means complete."""
    live_through(tmp_path, seed)


@pytest.mark.long
@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("seed", range(100, 500))
def test_many_complete_runs_have_all_that_was_there_when_they_began(tmp_path: Path, seed: int) -> None:
    """The same for many more courses of events."""
    live_through(tmp_path, seed)


@pytest.mark.usefixtures("small_pages")
def test_without_joining_and_counting_rows_get_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vacuity: with both protections switched off, one of the same courses of events is called complete and is not.

    And each of the two alone, joining and counting exactly, keeps them from it.
    """

    def goes_wrong(folder: Path) -> bool:
        try:
            live_through(folder, seed=9)
        except AssertionError:
            return True
        return False

    with monkeypatch.context() as patch:
        patch.setattr(chain, "_join", lambda _before, _first_after: False)
        assert not goes_wrong(tmp_path / "counted")
    with monkeypatch.context() as patch:
        patch.setattr(walk, "_is_complete", lambda found: found.contiguous)
        assert not goes_wrong(tmp_path / "joined")
        patch.setattr(chain, "_join", lambda _before, _first_after: True)
        assert goes_wrong(tmp_path / "neither")


@pytest.mark.usefixtures("small_pages")
def test_gap_is_read_again_and_the_list_is_not(tmp_path: Path) -> None:
    """An order that arrives in the middle costs a page or two, not a second reading of the whole list."""
    with world_of_sent_orders(tmp_path) as own:
        own.executor = AnyOrder(random.Random(3), width=6)
        filled(own, 200)
        arrivals = count()

        def arrive(_request: Request) -> None:
            own.clock.advance(seconds=1)
            if next(arrivals) % 10 == 9:
                own.add()

        own.simulator.before_each("/order-units", arrive)
        assert own.run().verdict == "success"
        pages = [one for one in own.simulator.requests if "/order-units?" in one.target]
        assert len(pages) < 200 / (PAGE - 1) + 25


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("left_out", ["", "total"])
def test_real_threads_read_everything(tmp_path: Path, left_out: str) -> None:
    """The same with the threads that the program uses."""
    with world_of_sent_orders(tmp_path) as own:
        own.simulator.switches.left_out = left_out  # type: ignore[assignment]
        own.executor = Concurrent(Concurrency(1e9).max_in_flight)
        own.add(40, units=[{}, {}])
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


@pytest.mark.usefixtures("small_pages")
def test_pages_in_flight_when_one_failed_are_stored(tmp_path: Path) -> None:
    """One page fails for good: the others that were asked for at the same time are kept, no new one is asked for."""
    with world_of_sent_orders(tmp_path) as own:
        own.executor = AnyOrder(random.Random(1), width=4)
        filled(own, 50)
        own.simulator.misbehave(faults.status(400), times=None, path="/order-units", offset=8)
        with pytest.raises(Exception, match="HTTP 400"):
            own.run()
        answered = [one for one in own.simulator.requests if "/order-units?" in one.target and one.status == 200]
        assert len(own.stored()) >= (PAGE - 1) * len(answered) > PAGE - 1
        assert len(own.simulator.requests) < 9


@pytest.mark.usefixtures("small_pages")
def test_end_that_is_none_is_not_believed(tmp_path: Path) -> None:
    """An empty page in the middle of the list, once: the list is read again, and the run is complete."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 23)
        own.simulator.misbehave(
            faults.edited(lambda content: content | {"data": []}), path="/order-units", offset=8, times=1
        )
        assert own.run().verdict == "success"
        assert own.stored() == own.served()
