"""What keeps the watermark honest: each protection is needed, since without it a promise breaks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.order_import import plan, run
from kaufland_cli.order_import.walk import WalkEnd
from kaufland_cli.order_import.window import window_for
from kaufland_cli.simulator import Request, faults
from kaufland_cli.store.sync import Sync
from support import import_promises as promise
from support.import_protections import Protection, breaks_without, holds_with
from support.import_shop import Shop
from support.imports import START
from support.sampling import sampled

# --- courses of events ---


def ends_equal(shop: Shop) -> None:
    """Import once more, with nothing happening, and find every unit of the server stored as it is there."""
    shop.simulator.behave()
    outcome = shop.run()
    promise.complete(shop, outcome)
    assert {unit[0]: unit[1:] for unit in shop.kept.units} == shop.served()
    promise.always(shop)


def arrives(shop: Shop, **fields: Any) -> None:
    """Let an order of one unit arrive."""
    shop.arrive([{}], **fields)


def dated(shop: Shop, **back: float) -> dict[str, datetime]:
    """Return the times of an order that became visible later than it says."""
    moment = shop.clock.now() - timedelta(**back)
    return {"ts_created_iso": moment, "ts_updated_iso": moment}


def two_in_one_second(shop: Shop) -> None:
    """Let an order come in the very second up to which everything was checked, where `from` excludes that second."""
    shop.simulator.switches.from_is_inclusive = False
    arrives(shop)
    shop.run()
    arrives(shop)
    ends_equal(shop)


def visible_late(shop: Shop) -> None:
    """Let an order become visible 50 minutes after the time that it bears."""
    arrives(shop)
    shop.run()
    arrives(shop, **dated(shop, minutes=50))
    ends_equal(shop)


def first_import_fails_for_ten_days(shop: Shop) -> None:
    """Let the first import fail; when the next one comes, some of the first month is more than a month old."""
    arrives(shop, **dated(shop, days=29))
    shop.simulator.misbehave(faults.status(500), times=None, path="/order-units")
    assert shop.run().error is not None
    shop.clock.advance(days=10)
    ends_equal(shop)


def unit_changes_behind_the_reader(shop: Shop) -> None:
    """Let a unit that was read change while the third page is read, and the reading go on for two hours."""
    order = shop.arrive([{}] * 20, status="sent")  # no order is read whole for being sent

    def change(request: Request) -> None:
        if request.query["offset"] == ["8"]:
            shop.change(order.units[-1]["id_order_unit"], status="cancelled")
            shop.clock.advance(hours=2)

    shop.simulator.before_each("/order-units", change)
    shop.run()
    promise.always(shop)
    ends_equal(shop)


def quiet_account_is_shown_late(shop: Shop) -> None:
    """Nothing is updated for five hours; what was updated meanwhile becomes visible two hours late."""
    arrives(shop)
    shop.clock.advance(hours=5)
    shop.run()
    arrives(shop, **dated(shop, hours=2))
    ends_equal(shop)


def update_in_the_future(shop: Shop) -> None:
    """Let a unit bear a time that has not come yet."""
    arrives(shop, ts_updated_iso=START + timedelta(days=300))
    shop.run()
    shop.clock.advance(hours=2)
    arrives(shop)
    ends_equal(shop)


def own_clock_is_ten_years_ahead(shop: Shop) -> None:
    """Let the importer's computer believe that it is 2036."""
    shop.own_clock.wrong_by = timedelta(days=3650)
    arrives(shop, **dated(shop, days=5))
    shop.run()
    arrives(shop)
    ends_equal(shop)


def first_import_asks_for_the_future(shop: Shop) -> None:
    """Tell the first import to begin next year."""
    shop.run(since=START + timedelta(days=400))
    shop.clock.advance(hours=1)
    arrives(shop)
    ends_equal(shop)


def nothing_there_at_first(shop: Shop) -> None:
    """Let the first import find nothing; then an order of last week becomes visible."""
    shop.run()
    arrives(shop, **dated(shop, days=7))
    ends_equal(shop)


def second_page_fails(shop: Shop) -> None:
    """Let a page fail for good: what is older than the rows read is not there yet."""
    for _ in range(12):
        arrives(shop)
        shop.clock.advance(hours=1)
    shop.simulator.misbehave(faults.status(500), times=None, path="/order-units", offset=4)
    assert shop.run().error is not None
    promise.always(shop)
    ends_equal(shop)


def only_one_storefront(shop: Shop) -> None:
    """One run asks for Austria only, after orders came from everywhere."""
    arrives(shop)
    shop.run()
    for storefront in ("de", "at"):
        shop.clock.advance(hours=4)
        arrives(shop, storefront=storefront)
    shop.run(storefront="at")
    promise.always(shop)
    ends_equal(shop)


def only_the_last_hour(shop: Shop) -> None:
    """One run asks for the last hour only."""
    arrives(shop)
    shop.run()
    for _ in range(2):
        shop.clock.advance(hours=4)
        arrives(shop)
    shop.run(since=shop.clock.now() - timedelta(hours=1))
    promise.always(shop)
    ends_equal(shop)


def server_goes_back_in_time(shop: Shop) -> None:
    """Take the newest order away, and let the server's clock go back."""
    arrives(shop)
    shop.clock.advance(hours=3)
    order = shop.arrive([{}])
    shop.run()
    before = shop.kept.watermark
    shop.simulator.marketplace.remove_unit(order.units[0]["id_order_unit"])
    shop.simulator.misbehave(faults.clock_skew(-200), times=None)
    shop.run(since=START - timedelta(days=1))
    promise.watermark_only_moves_on(before, shop.kept.watermark)


# --- how to switch them off ---


def window_with(**changed: Callable[[dict[str, Any]], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Return what lets the window be worked out from other values."""

    def off(patch: pytest.MonkeyPatch) -> None:
        def other(state: Any, **values: Any) -> Any:
            return window_for(state, **{**values, **{name: change(values) for name, change in changed.items()}})

        patch.setattr(plan, "window_for", other)

    return off


def never_narrowed(patch: pytest.MonkeyPatch) -> None:
    """Let a run that asks for less pass for one that asks for everything."""
    patch.setattr(plan, "window_for", lambda state, **values: replace(window_for(state, **values), narrowed=False))


def watermark_by(choose: Callable[[Any, WalkEnd], datetime | None]) -> Callable[[pytest.MonkeyPatch], None]:
    """Return what takes the watermark from elsewhere."""

    def off(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(run._Run, "_watermark", lambda self, end, _window: choose(self, end))

    return off


def uncorrected(off: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
    """Return what switches it off, and that a watermark in the future is corrected."""

    def both(patch: pytest.MonkeyPatch) -> None:
        off(patch)
        patch.setattr(plan, "is_ahead", lambda _state, _local: False)

    return both


def newest_that_is_stored(patch: pytest.MonkeyPatch) -> None:
    """Go on from the newest update stored, however the run ended, as programs do that ask the table."""
    finish_run = Sync.finish_run

    def finish(sync: Sync, run_id: int, at: datetime, results: Any, _watermark: datetime | None) -> None:
        newest = sync._database.value("SELECT max(updated_at) FROM v_order_units")
        finish_run(sync, run_id, at, results, newest and datetime.fromisoformat(newest))

    patch.setattr(Sync, "finish_run", finish)


def moved_back(patch: pytest.MonkeyPatch) -> None:
    """Set the watermark to what the last run saw."""
    finish_run = Sync.finish_run

    def finish(sync: Sync, run_id: int, at: datetime, results: Any, watermark: datetime | None) -> None:
        finish_run(sync, run_id, at, results, None)
        if watermark is not None:
            text = watermark.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            sync._database.execute("UPDATE sync_state SET start_at = NULL, watermark = ?", (text,))

    patch.setattr(Sync, "finish_run", finish)


def by_the_own_clock(patch: pytest.MonkeyPatch) -> None:
    """Do not hear what time the server has."""
    ask = plan.FirstPage.ask
    patch.setattr(plan.FirstPage, "ask", lambda one, window: ask(one, window) and None)


NO_OVERLAP = window_with(overlap_minutes=lambda _values: 0)
PROTECTIONS = (
    Protection("the overlap, for updates within one second", NO_OVERLAP, two_in_one_second),
    Protection("the overlap, for updates shown late", NO_OVERLAP, visible_late),
    Protection(
        "the start date that holds until an import is complete",
        lambda patch: patch.setattr(Sync, "set_start", lambda _sync, _start_at: None),
        first_import_fails_for_ten_days,
    ),
    Protection(
        "as of the first page and not of the last",
        watermark_by(lambda one, _end: one._api.client.server_time),
        unit_changes_behind_the_reader,
    ),
    Protection(
        "no later than the newest update",
        watermark_by(lambda _one, end: end.server_time),
        quiet_account_is_shown_late,
    ),
    Protection(
        "no later than the server's time",
        uncorrected(watermark_by(lambda _one, end: max(end.updates))),
        update_in_the_future,
    ),
    Protection("the server's clock and not the own", by_the_own_clock, own_clock_is_ten_years_ahead),
    Protection(
        "a first import never begins in the future",
        uncorrected(window_with(server_time=lambda values: values["since"] or values["server_time"])),
        first_import_asks_for_the_future,
    ),
    Protection(
        "a first import that sees nothing goes on from its start",
        watermark_by(lambda _one, end: end.checked_up_to(START) or end.server_time),
        nothing_there_at_first,
    ),
    Protection("only a complete walk moves it", newest_that_is_stored, second_page_fails),
    Protection("one storefront does not move it", never_narrowed, only_one_storefront),
    Protection("a later start does not move it", never_narrowed, only_the_last_hour),
    Protection("it never moves back", moved_back, server_goes_back_in_time),
)


@pytest.mark.usefixtures("each_reader")
@pytest.mark.parametrize("protection", sampled(PROTECTIONS, *PROTECTIONS[:3]), ids=str)
def test_promise_holds_with_the_protection(
    protection: Protection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the course of events that each of them is for, nothing is lost and nothing is claimed too early."""
    holds_with(protection, tmp_path, monkeypatch)


@pytest.mark.usefixtures("each_reader")
@pytest.mark.parametrize("protection", PROTECTIONS, ids=str)
def test_promise_breaks_without_the_protection(
    protection: Protection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vacuity: switched off, the same course of events breaks the promise."""
    breaks_without(protection, tmp_path, monkeypatch)
