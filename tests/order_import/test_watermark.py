"""Up to when everything is checked: taken from the server, as of the first page, and never moved back."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from kaufland_cli.domain.moments import as_text
from kaufland_cli.order_import.refresh import refresh_order
from kaufland_cli.simulator import Request, faults, unit_id
from support.clocks import HeldClock
from support.imports import START, World, world_of_sent_orders


def test_newest_update_of_the_first_page_counts(tmp_path: Path) -> None:
    """It is the newest update as of the first page where that lies before the server's time."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(5)
        own.clock.advance(hours=2)
        own.run()
        assert own.state().watermark == START


def test_first_page_counts_and_not_the_last(tmp_path: Path) -> None:
    """However many pages follow, it is the newest update of all that counts, so that the next run reads little."""
    with world_of_sent_orders(tmp_path) as own:
        for _ in range(150):
            own.add()
            own.clock.advance(minutes=10)
        own.run()
        assert own.state().watermark == own.clock.now() - timedelta(minutes=10)
        own.simulator.clear_requests()
        assert own.run().counts.units_seen == 7


def test_first_import_cannot_begin_in_the_future(tmp_path: Path) -> None:
    """A start date in the future would let everything until then count as checked; it begins now instead."""
    with world_of_sent_orders(tmp_path) as own:
        own.run(since=START + timedelta(days=400))
        own.clock.advance(hours=1)
        own.add()
        assert own.run().counts.units_new == 1


def test_server_time_counts_where_updates_lie_in_the_future(tmp_path: Path) -> None:
    """An update dated after the server's own time does not carry the watermark beyond that time."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(ts_updated_iso=START + timedelta(days=300))
        own.run()
        assert own.state().watermark == START


def test_orders_after_the_first_page_are_read_by_the_next_run(tmp_path: Path) -> None:
    """The watermark stays before updates that the walk may not have seen."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(250)
        moments = []

        def arrive(request: Request) -> None:
            if request.query.get("offset") != ["0"]:
                own.clock.advance(seconds=10)
                own.add()
                moments.append(own.clock.now())

        own.simulator.before_each("/order-units", arrive)
        own.run()
        assert own.state().watermark == START
        own.simulator.behave()
        own.run()
        assert own.stored() == own.served()


def test_watermark_never_moves_back(tmp_path: Path) -> None:
    """A server whose clock or whose updates go back does not take the watermark along."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(3)
        own.run()
        own.simulator.misbehave(faults.clock_skew(-200), times=None)
        own.add()
        own.run(since=START - timedelta(days=90))
        assert own.state().watermark == START


def test_local_clock_has_no_say(tmp_path: Path) -> None:
    """With this machine's clock ten years ahead the first import still begins 30 days before the server's time."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(4)
        own.local = HeldClock(START + timedelta(days=3650))
        result = own.run()
        assert (result.counts.units_new, own.state().watermark) == (4, START)
        assert result.since == "2026-10-21T12:00:00Z"


def test_first_run_that_sees_nothing_is_checked_up_to_its_start(tmp_path: Path) -> None:
    """An empty account is checked up to where the first import began, so that a late order is still found."""
    with world_of_sent_orders(tmp_path) as own:
        result = own.run()
        assert (result.verdict, result.watermark) == ("success", "2026-10-21T12:00:00Z")
        own.add(ts_created_iso=START - timedelta(days=20), ts_updated_iso=START - timedelta(days=20))
        assert own.run().counts.units_new == 1


def test_start_date_holds_until_an_import_is_complete(tmp_path: Path) -> None:
    """A first import that falls short begins at the same date the next time, not 30 days before that time."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(ts_updated_iso=START - timedelta(days=29))
        own.simulator.misbehave(faults.wrong_total(500), times=None, path="/order-units")
        first = own.run()
        own.clock.advance(days=10)
        own.simulator.behave()
        second = own.run()
        assert first.since == second.since == "2026-10-21T12:00:00Z"
        assert own.state().start_at is None


def test_since_decides_where_the_first_import_begins(tmp_path: Path) -> None:
    """`--since` on a first run is remembered as its start date, and completes it."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(ts_updated_iso=START - timedelta(days=80))
        result = own.run(since=START - timedelta(days=90))
        assert (result.counts.units_new, result.verdict) == (1, "success")
        assert own.state().watermark == START - timedelta(days=80)


def test_later_since_never_moves_the_watermark(tmp_path: Path) -> None:
    """A run that asks for less stores what it reads; what it did not ask for is read by the next run."""
    with world_of_sent_orders(tmp_path) as own:
        own.add()
        own.run()
        own.clock.advance(hours=5)
        own.add()
        own.clock.advance(hours=5)
        own.add()
        narrowed = own.run(since=own.clock.now() - timedelta(hours=1))
        assert (narrowed.counts.units_new, narrowed.watermark) == (1, "2026-11-20T12:00:00Z")
        assert own.run().counts.units_new == 1
        assert own.stored() == own.served()


def test_import_of_one_storefront_never_moves_the_watermark(tmp_path: Path) -> None:
    """`--storefront` reads that storefront only, also as the very first run; the others are not forgotten."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(storefront="de")
        own.add(storefront="at")
        narrowed = own.run(storefront="at")
        assert (narrowed.counts.units_new, narrowed.watermark) == (1, None)
        assert own.state().start_at is None
        assert own.run().counts.units_new == 1
        assert own.stored() == own.served()


def one_storefront(own: World, _id_order: str) -> None:
    """Import one storefront before any full import."""
    own.run(storefront="de")


def one_order(own: World, id_order: str) -> None:
    """Fetch one order before any import, as `orders refresh` does."""
    with own.store() as store, own.api() as api:
        refresh_order(api, store, own.clock, id_order)


@pytest.mark.parametrize("since", [None, timedelta(days=2)], ids=["30 days", "told to begin later"])
@pytest.mark.parametrize("begin", [one_storefront, one_order])
def test_orders_from_before_the_first_full_import_are_updated_by_it(
    tmp_path: Path, begin: Callable[[World, str], None], since: timedelta | None
) -> None:
    """An order stored by a run that asked for less changes, and the first full import comes months later."""
    with world_of_sent_orders(tmp_path) as own:
        (order,) = own.add(storefront="de", status="need_to_be_sent")
        begin(own, order.id_order)
        own.clock.advance(minutes=1)
        own.simulator.marketplace.change_unit(unit_id(order.id_order, 0), status="cancelled")
        own.clock.advance(days=100)
        assert own.run(since=None if since is None else own.clock.now() - since).complete
        assert own.stored() == own.served()


def test_first_import_begins_at_the_given_date(tmp_path: Path) -> None:
    """That somebody tried it out long ago, and nothing was stored, makes the first import no longer."""
    with world_of_sent_orders(tmp_path) as own:
        own.run(storefront="at")
        own.clock.advance(days=100)
        assert own.run().since == as_text(own.clock.now() - timedelta(days=30))


def test_import_of_one_storefront_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    """Later too: what other storefronts brought meanwhile is not counted as checked."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(storefront="de")
        own.run()
        own.clock.advance(hours=4)
        own.add(storefront="de")
        own.clock.advance(hours=4)
        own.add(storefront="at")
        own.run(storefront="at")
        assert own.state().watermark == START
        own.run()
        assert own.stored() == own.served()


def test_earlier_since_reads_more_and_still_completes(tmp_path: Path) -> None:
    """A wider window than the stored one counts as a full run."""
    with world_of_sent_orders(tmp_path) as own:
        own.add()
        own.run()
        own.add(ts_updated_iso=START - timedelta(days=200))
        own.clock.advance(hours=2)
        own.add()
        own.run(since=START - timedelta(days=300))
        assert own.state().watermark == START + timedelta(hours=2)
        assert own.stored() == own.served()


def test_overlap_is_asked_for_again(tmp_path: Path) -> None:
    """Each run begins an hour before the watermark, so that what became visible late is found."""
    with world_of_sent_orders(tmp_path) as own:
        own.add()
        own.run()
        own.add(ts_updated_iso=START - timedelta(minutes=50))
        result = own.run()
        assert (result.since, result.counts.units_new) == ("2026-11-20T11:00:00Z", 1)
