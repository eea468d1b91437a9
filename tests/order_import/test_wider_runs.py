"""A run that reads further back than usual: broken off, it leaves no order with some of its units for good."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.errors import KauflandError
from kaufland_cli.simulator import MISSING, faults, unit_id
from support.clocks import HeldClock
from support.imports import START, World, world
from support.small_pages import small_pages

PAGE = 5
HALF_READ = "M000030"
"""The order of which the first page shows one unit, and the last page the others."""


def months(own: World) -> None:
    """Let orders of the last two months come up after the first import: none of them was asked for by it."""
    own.clock.advance(hours=3)
    for hours in range(28):
        moment = START - timedelta(days=40, hours=hours)
        own.add(status="sent", ts_created_iso=moment, ts_updated_iso=moment)
    old = START - timedelta(days=60)
    units = [{"ts_updated_iso": own.clock.now()}, {}, {}]
    (order,) = own.add(units=units, status="sent", ts_created_iso=old, ts_updated_iso=old)
    assert order.id_order == HALF_READ


def after_a_first_import(own: World) -> None:
    """Import one order, and then let the others come up."""
    own.add(status="sent")
    own.run()
    months(own)


def before_any_import(own: World) -> None:
    """Let them all be there before the first import."""
    own.add(status="sent")
    months(own)


def further_back(own: World) -> None:
    """Ask for the last 90 days."""
    own.run(since=START - timedelta(days=90))


def one_storefront(own: World) -> None:
    """Ask for the last 90 days of one storefront."""
    own.run(since=START - timedelta(days=90), storefront="de")


def with_a_clock_that_is_behind(own: World) -> None:
    """Import while this computer believes that it is 2016."""
    own.local = HeldClock(own.clock.now() - timedelta(days=3650))
    try:
        own.run()
    finally:
        own.local = None


def comparing(own: World) -> None:
    """Compare the last 90 days and store what is missing."""
    own.reconcile(90, fix=True)


def waiting(own: World) -> int:
    """Return how many orders wait for their older units."""
    with own.store() as store:
        return int(store.database.value("SELECT count(*) FROM details_wanted WHERE detail = ?", (Detail.OLDER_UNITS,)))


def asked_whole(own: World) -> list[str]:
    """Return the orders that were asked for as a whole."""
    return [one.target.split("/")[3].split("?")[0] for one in own.simulator.requests if "/orders/" in one.target]


def units_of_orders(own: World) -> dict[str, tuple[int, int]]:
    """Return, of each stored order, how many units are stored and how many Kaufland has."""
    served = [unit["id_order"] for unit in own.simulator.marketplace.units.values()]
    stored = [unit[0] for unit in own.stored().values()]
    return {id_order: (stored.count(id_order), served.count(id_order)) for id_order in stored}


@pytest.mark.parametrize("pages", [1, 3])
@pytest.mark.parametrize(
    ("before", "wider"),
    [
        (after_a_first_import, further_back),
        (after_a_first_import, one_storefront),
        (after_a_first_import, with_a_clock_that_is_behind),
        (before_any_import, one_storefront),
    ],
)
def test_order_stored_by_an_interrupted_wider_run_is_completed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: Callable[[World], None],
    wider: Callable[[World], None],
    pages: int,
) -> None:
    """Kaufland fails after some pages; the next import, which asks for less, reads each order whole that is stored."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        before(own)
        own.simulator.misbehave(faults.status(500), times=None, after=pages, path="/order-units")
        with suppress(KauflandError):
            wider(own)
        own.simulator.behave()
        assert units_of_orders(own)[HALF_READ] == (1, 3)
        assert own.run().complete
        halves = {name: units for name, units in units_of_orders(own).items() if units[0] != units[1]}
        assert halves == {}


def test_order_stored_by_an_interrupted_comparison_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for `reconcile --fix`, whose list is sorted by creation: a page ends in the middle of an order."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        own.add(status="sent")
        own.run()
        own.clock.advance(hours=3)
        old = START - timedelta(days=60)
        own.add(4, units=[{}, {}, {}], status="sent", ts_created_iso=old, ts_updated_iso=old)
        own.simulator.misbehave(faults.status(500), times=None, after=1, path="/order-units")
        with pytest.raises(KauflandError):
            comparing(own)
        own.simulator.behave()
        assert any(stored < served for stored, served in units_of_orders(own).values())
        own.run()
        assert all(stored == served for stored, served in units_of_orders(own).values())


@pytest.mark.parametrize("wider", [further_back, one_storefront, comparing])
def test_wider_run_that_reads_everything_asks_for_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wider: Callable[[World], None]
) -> None:
    """The list had all units, so thousands of old orders do not cost a request each, then or later."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        after_a_first_import(own)
        own.simulator.clear_requests()
        wider(own)
        own.run()
        assert own.stored() == own.served()
        assert waiting(own) == 0
        assert asked_whole(own) == []


def test_full_run_settles_an_interrupted_wider_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for the same time again need not wait until each order was asked for."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        after_a_first_import(own)
        own.simulator.misbehave(faults.status(500), times=None, after=3, path="/order-units")
        with pytest.raises(KauflandError):
            further_back(own)
        own.simulator.behave()
        assert waiting(own) > 0
        own.simulator.clear_requests()
        further_back(own)
        assert own.stored() == own.served()
        assert asked_whole(own) == []


def test_order_to_be_shipped_is_fetched_though_the_list_had_all_its_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first unit on the list has been sent, another one is to be: only the whole order has its pickup point."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        after_a_first_import(own)
        old = START - timedelta(days=60)
        units = [{"ts_updated_iso": own.clock.now(), "status": "sent"}, {"status": "need_to_be_sent"}]
        (order,) = own.add(units=units, ts_created_iso=old, ts_updated_iso=old)
        own.simulator.clear_requests()
        further_back(own)
        assert asked_whole(own) == [order.id_order]


def test_unit_that_is_read_at_last_brings_its_order_whole(tmp_path: Path) -> None:
    """Its order becomes known while only another storefront is read far back, so its other units are not reported."""
    with world(tmp_path) as own:
        own.add(status="sent")
        own.run()
        own.clock.advance(hours=3)
        old = START - timedelta(days=60)
        units = [{"ts_updated_iso": own.clock.now(), "id_order": MISSING}, {}]
        (order,) = own.add(units=units, status="sent", ts_created_iso=old, ts_updated_iso=old)
        assert own.run().verdict == "partial"
        own.clock.advance(hours=3)
        key = unit_id(order.id_order, 0)
        own.simulator.marketplace.change_unit(key, touch=False, id_order=order.id_order)
        own.run(since=START - timedelta(days=90), storefront="at")
        assert key in own.stored()
        own.run()
        assert own.stored() == own.served()


def test_orders_to_be_shipped_do_not_wait_for_those_of_long_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many old orders a run left half read, a new one's pickup point is asked for first."""
    with world(tmp_path) as own:
        small_pages(monkeypatch, PAGE)
        after_a_first_import(own)
        own.simulator.misbehave(faults.status(500), times=None, after=3, path="/order-units")
        with pytest.raises(KauflandError):
            further_back(own)
        own.simulator.behave()
        (new,) = own.add(status="need_to_be_sent")
        own.simulator.clear_requests()
        own.run()
        asked = asked_whole(own)
        assert len(asked) > 1
        assert asked[0] == new.id_order


@pytest.mark.parametrize("inclusive", [False, True])
def test_order_of_the_window_s_first_second_is_read_whole(tmp_path: Path, *, inclusive: bool) -> None:
    """Kaufland does not say whether that second belongs to the window, so the list may lack the order's other unit."""
    with world(tmp_path) as own:
        own.simulator.switches.from_is_inclusive = inclusive
        own.add(status="sent")
        own.run()
        begin = START - timedelta(hours=1)
        own.clock.advance(minutes=5)
        units = [{"ts_updated_iso": own.clock.now()}, {}]
        own.add(units=units, status="sent", ts_created_iso=begin, ts_updated_iso=begin)
        own.run()
        assert own.stored() == own.served()
