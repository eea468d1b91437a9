"""No order is lost and none comes twice, whatever moves while the pages are read."""

import contextlib
import random
from itertools import cycle
from pathlib import Path

import pytest

from kaufland_cli.domain.moments import read_moment
from kaufland_cli.errors import KauflandFailing, ResponseUnreadable
from kaufland_cli.order_import import scan, walk
from kaufland_cli.simulator import Request, faults, unit_id
from support.imports import World, world_of_sent_orders
from support.sampling import sampled
from support.small_pages import small_pages


@pytest.fixture(autouse=True)
def _pages_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page hold ten rows, so that a few orders make several."""
    small_pages(monkeypatch, 10)


def filled(own: World, count: int) -> None:
    """Let this many orders arrive, a minute apart, the last of them now."""
    for _ in range(count):
        own.add()
        own.clock.advance(minutes=1)


BORDERS = [*((10, count) for count in (0, 1, 9, 10, 11, 20, 25)), *((100, count) for count in (99, 100, 101, 200, 250))]


@pytest.mark.parametrize(("page", "count"), sampled(BORDERS, *BORDERS[:7], (100, 101)))
def test_every_page_boundary_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int, count: int) -> None:
    """Whatever the number of units, around the page size too, all of them are stored: the 101st order is not lost."""
    small_pages(monkeypatch, page)
    with world_of_sent_orders(tmp_path) as own:
        filled(own, count)
        result = own.run()
        assert (result.verdict, result.counts.units_new) == ("success", count)
        assert own.stored() == own.served()


def everything(own: World) -> list[tuple[object, ...]]:
    """Return every row that an import writes about orders."""
    tables = ("orders", "order_units", "unit_history", "addresses", "products", "details_wanted", "order_invoices")
    with own.store() as store:
        return [tuple(row) for table in tables for row in store.database.rows(f"SELECT * FROM {table}")]  # noqa: S608


def test_repeated_run_writes_nothing(tmp_path: Path) -> None:
    """A run with nothing new changes no row of orders, units or history."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 30)
        own.run()
        before = everything(own)
        result = own.run()
        assert (result.counts.units_new, result.counts.units_changed) == (0, 0)
        assert result.counts.units_seen == result.counts.units_unchanged == 30
        assert everything(own) == before


def test_orders_arriving_on_every_request_do_not_keep_a_run_from_being_complete(tmp_path: Path) -> None:
    """A busy seller gets complete runs: what arrives after the first page may wait for the next run."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 35)

        def arrive(_request: Request) -> None:
            own.clock.advance(seconds=1)
            own.add()

        own.simulator.before_each("/order-units", arrive)
        result = own.run()
        assert result.verdict == "success"
        own.simulator.behave()
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


def test_units_jumping_to_the_top_unread_are_found_there(tmp_path: Path) -> None:
    """A unit that changes before it was reached jumps behind the reader's back; reading the top again finds it."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 35)
        chance = random.Random(7)
        keys = list(own.simulator.marketplace.units)

        def change(_request: Request) -> None:
            own.clock.advance(seconds=1)
            for key in chance.sample(keys, 1):
                own.simulator.marketplace.change_unit(key, status=chance.choice(["sent", "received", "returned"]))

        own.simulator.before_each("/order-units", change)
        assert own.run().verdict == "success"
        own.simulator.behave()
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


def test_without_reading_the_top_again_a_jumping_unit_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vacuity: with the second look at the top and the repeated walk switched off, the same run is not complete."""
    monkeypatch.setattr(scan, "MAX_TOP_READS", 0)
    monkeypatch.setattr(walk, "MAX_HELPFUL_PASSES", 1)
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 25)
        oldest = unit_id("M000001", 0)
        own.simulator.before_each(
            "/order-units",
            lambda request: (
                own.simulator.marketplace.change_unit(oldest, status="sent")
                if request.query.get("offset") == ["9"]
                else None
            ),
        )
        result = own.run()
        assert result.verdict == "incomplete"
        assert oldest not in own.stored()


@pytest.mark.parametrize("total", [30, 100_000])
def test_total_that_is_not_reached_is_incomplete(tmp_path: Path, total: int) -> None:
    """Where Kaufland names more units than it gives, nothing is claimed: incomplete, and checked up to nowhere."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 25)
        own.simulator.misbehave(faults.wrong_total(total), times=None, path="/order-units")
        result = own.run()
        assert (result.verdict, result.exit_code, result.watermark) == ("incomplete", 8, None)
        assert own.stored() == own.served(), "what could be read is stored all the same"
        assert own.state().start_at == read_moment(result.since)
        own.simulator.behave()
        assert own.run().verdict == "success"


def test_total_too_small_on_the_first_page_loses_nothing(tmp_path: Path) -> None:
    """A total that says "that was all" after a full page is not believed: the next page is looked at."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 25)
        own.simulator.misbehave(faults.wrong_total(10), path="/order-units", offset=0)
        own.run()
        assert own.stored() == own.served()


@pytest.mark.parametrize("count", [0, 1, 2, 23])
@pytest.mark.parametrize("left_out", ["total", "pagination"])
def test_total_may_be_absent(tmp_path: Path, left_out: str, count: int) -> None:
    """Without a total the walk ends on an empty page and is complete; also where one unit leaves nothing to join."""
    with world_of_sent_orders(tmp_path) as own:
        own.simulator.switches.left_out = left_out  # type: ignore[assignment]
        filled(own, count)
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


def test_pages_without_end_are_bounded(tmp_path: Path) -> None:
    """A server that never stops giving pages does not hold the program for ever, and nothing is claimed."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 50)
        own.simulator.misbehave(faults.endless_pages(), times=None, path="/order-units")
        result = own.run()
        assert result.verdict == "incomplete"
        assert len(own.simulator.requests) < 200


@pytest.mark.parametrize("offset", [0, 9, 18])
def test_lasting_failure_on_any_page_keeps_what_was_read(tmp_path: Path, offset: int) -> None:
    """A page that fails for good ends the run with its error; earlier pages stay, and the next run completes."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 25)
        own.simulator.misbehave(faults.status(500), times=None, path="/order-units", offset=offset)
        with pytest.raises(KauflandFailing):
            own.run()
        assert len(own.stored()) == (offset + 1 if offset else 0), "pages overlap by a row"
        assert own.state().watermark is None
        own.simulator.behave()
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


@pytest.mark.parametrize("offset", [0, 9, 18])
def test_passing_failures_are_tried_again_unseen(tmp_path: Path, offset: int) -> None:
    """A page that fails a few times and then comes is no more than a wait."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 25)
        for fault in (faults.status(503), faults.html_page(), faults.too_many_requests(3), faults.cut_body()):
            own.simulator.misbehave(fault, path="/order-units", offset=offset)
        assert own.run().verdict == "success"
        assert own.stored() == own.served()
        assert max(own.clock.slept) >= 3


def test_answer_without_data_is_no_empty_page(tmp_path: Path) -> None:
    """`{"data": null}` is a failure, never an empty page that would end the walk as complete."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 15)
        own.simulator.misbehave(faults.null_data(), times=None, path="/order-units", offset=9)
        with pytest.raises(ResponseUnreadable):
            own.run()
        assert own.state().watermark is None


@pytest.mark.parametrize("inclusive", [True, False])
def test_updates_within_one_second_are_not_lost(tmp_path: Path, inclusive: bool) -> None:
    """Whether the lower bound includes its second or not: the overlap covers units updated in the same second."""
    with world_of_sent_orders(tmp_path) as own:
        own.simulator.switches.from_is_inclusive = inclusive
        own.add(3)
        own.run()
        own.add(2)  # in the very second up to which everything was checked
        assert own.run().counts.units_new == 2
        assert own.stored() == own.served()


def test_bad_unit_is_kept_and_holds_up_no_other(tmp_path: Path) -> None:
    """A unit that cannot be read is kept raw and listed; all others are stored, and it counts towards completeness."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 12)
        own.add(price="abc")
        own.add(billing_address=["no", "object"])
        result = own.run()
        assert (result.verdict, result.exit_code, result.counts.units_failed) == ("partial", 6, 2)
        assert {entry.id_order for entry in result.failed} == {"M000013", "M000014"}
        assert len(own.stored()) == 12
        assert own.state().watermark is not None
        own.clock.advance(minutes=5)
        own.simulator.marketplace.change_unit(unit_id("M000013", 0), price=999)
        own.simulator.marketplace.change_unit(unit_id("M000014", 0), billing_address=None)
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


@pytest.mark.parametrize("seed", sampled(range(6), 0, 3, 5))
def test_random_shops_end_equal_to_the_server(tmp_path: Path, seed: int) -> None:
    """Orders arriving and changing by chance on every request, runs failing in between: at the end nothing differs."""
    live_through_a_random_shop(tmp_path, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6, 200))
def test_many_random_shops_end_equal_to_the_server(tmp_path: Path, seed: int) -> None:
    """The same for many more courses of events."""
    live_through_a_random_shop(tmp_path, seed)


def live_through_a_random_shop(folder: Path, seed: int) -> None:
    """Disturb three runs in every way that chance suggests, then compare after a quiet one."""
    chance = random.Random(seed)
    with world_of_sent_orders(folder) as own:
        filled(own, chance.randrange(0, 32))

        def disturb(_request: Request) -> None:
            own.clock.advance(seconds=chance.choice([0, 0, 1, 15]))
            if chance.random() < 0.4:
                own.add(chance.randrange(1, 4), units=[{}] * chance.randrange(1, 4))
            known = list(own.simulator.marketplace.units)
            for key in chance.sample(known, min(len(known), chance.randrange(0, 4))):
                own.simulator.marketplace.change_unit(key, status=chance.choice(["sent", "cancelled", "received"]))

        own.simulator.before_each("/order-units", disturb)
        for _ in range(3):
            rule = own.simulator.misbehave(faults.status(503), times=9, path="/order-units", after=chance.randrange(6))
            with contextlib.suppress(KauflandFailing):
                assert own.run().verdict in {"success", "incomplete"}
            rule.times = 0
            own.clock.advance(minutes=chance.randrange(0, 40))
        own.simulator.behave()
        assert own.run().verdict == "success"
        assert own.stored() == own.served()
        again = own.run()
        assert again.counts.units_new == again.counts.units_changed == 0


@pytest.mark.parametrize(("left_out", "verdict"), [("", "success"), ("total", "incomplete")])
def test_rows_pushed_off_the_end_are_not_run_after(tmp_path: Path, left_out: str, verdict: str) -> None:
    """An order arriving on every request pushes one row beyond the last page each time; the walk ends all the same.

    Without a total no page is ever empty then, so nothing proves the end: it is claimed once the shop is quiet.
    """
    with world_of_sent_orders(tmp_path) as own:
        own.simulator.switches.left_out = left_out  # type: ignore[assignment]
        own.add(25)  # all updated in the same second, so reading the top again meets no older row
        own.simulator.before_each("/order-units", lambda _request: own.add())
        assert own.run().verdict == verdict
        asked = [one for one in own.simulator.requests if "/order-units?" in one.target]
        assert len(asked) < 200
        own.simulator.behave()
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


@pytest.mark.parametrize("left_out", ["total", "pagination"])
@pytest.mark.parametrize(
    ("count", "sizes"),
    [(24, (10, 6, 10, 4, 10)), (24, (3, 10, 2)), (12, (2, 5, 3)), (9, (8, 2, 9))],
)
def test_without_a_total_only_an_empty_page_proves_the_end(
    tmp_path: Path, left_out: str, count: int, sizes: tuple[int, ...]
) -> None:
    """Pages of changing size and no total: a short page is not taken for the last one, and every unit is stored."""
    with world_of_sent_orders(tmp_path) as own:
        own.simulator.switches.left_out = left_out  # type: ignore[assignment]
        filled(own, count)
        held = cycle(sizes)
        own.simulator.misbehave(
            faults.edited(lambda content: content | {"data": content["data"][: next(held)]}),
            times=None,
            path="/order-units",
        )
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


@pytest.mark.parametrize(("rows", "total"), [(3, 3), (3, 4), (10, 10), (2, 4)])
def test_total_that_is_too_small_hides_nothing(tmp_path: Path, rows: int, total: int) -> None:
    """A first page that is cut short and a total that agrees with it: one look behind the last row shows the others."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own, 12)
        clipped = faults.edited(
            lambda content: {"data": content["data"][:rows], "pagination": content["pagination"] | {"total": total}}
        )
        own.simulator.misbehave(clipped, times=None, path="/order-units")
        own.run()
        assert own.stored() == own.served()


@pytest.mark.parametrize("left_out", ["", "total"])
def test_pages_smaller_than_asked_for_are_all_read(tmp_path: Path, left_out: str) -> None:
    """A server that gives 3 rows where 10 were asked for loses us none."""
    with world_of_sent_orders(tmp_path) as own:
        own.simulator.switches.left_out = left_out  # type: ignore[assignment]
        filled(own, 10)
        clipped = faults.edited(lambda content: content | {"data": content["data"][:3]})
        own.simulator.misbehave(clipped, times=None, path="/order-units")
        assert own.run().verdict == "success"
        assert own.stored() == own.served()
