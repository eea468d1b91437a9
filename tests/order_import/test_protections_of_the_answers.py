"""What keeps answers from undoing or completing each other wrongly: each protection is needed."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.order_import import run, walk
from kaufland_cli.order_import.scan import Scan
from kaufland_cli.seller_api.endpoints import UnitsPage
from kaufland_cli.simulator import Request, faults
from kaufland_cli.store.page_writer import SEQ_STRIDE
from kaufland_cli.store.page_writer import PageWriter as AnswerOnItsWay
from kaufland_cli.store.run_tally import Entry, RunTally
from kaufland_cli.store.unit_rows import UnitRow
from support import import_promises as promise
from support.import_protections import PAGE, Protection, breaks_without, holds_with, units_read_otherwise
from support.import_shop import Shop
from support.imports import START

# --- courses of events ---


def filled(shop: Shop, count: int) -> None:
    """Let orders arrive, a minute apart. They are sent, so that no order is read whole besides."""
    for _ in range(count):
        shop.arrive([{}], status="sent")
        shop.clock.advance(minutes=1)


def all_is_stored(shop: Shop) -> None:
    """See that each unit of the server is stored as it is there; more may be stored, since units can go away."""
    stored = {unit[0]: unit[1:] for unit in shop.kept.units}
    assert {key: stored.get(key) for key in shop.served()} == shop.served()


def page_now(shop: Shop) -> UnitsPage:
    """Return the first page as the server gives it now."""
    with shop.api() as api:
        return api.order_units()


def question_is_overtaken(shop: Shop) -> None:
    """Let the server answer the second question first, with an older state than the first one gets."""
    key = shop.arrive([{}]).units[0]["id_order_unit"]
    older = page_now(shop)
    shop.clock.advance(seconds=1)
    shop.change(key, status="sent")
    with shop.store() as store:
        run_id = store.sync.start_run("import", START, None)
        for number, page in enumerate((page_now(shop), older)):
            request_seq = run_id * SEQ_STRIDE + number
            with store.database.transaction():
                store.orders.store_units(page.units, request_seq=request_seq, run_id=run_id, at=START, pass_no=1)
    shop.look()
    all_is_stored(shop)


def update_time_goes_back(shop: Shop) -> None:
    """Change a unit so that it looks older than the last run saw it."""
    key = shop.arrive([{}], status="sent").units[0]["id_order_unit"]
    shop.run()
    shop.change(key, status="returned", ts_updated_iso="2026-11-20T11:50:00Z")
    shop.run()
    all_is_stored(shop)


def storefront_changes_its_case(shop: Shop) -> None:
    """Kaufland writes `DE` today and `de` tomorrow: nothing has changed."""
    shop.simulator.switches.upper_case_storefronts = True
    shop.arrive([{}], status="sent")
    shop.run()
    shop.simulator.switches.upper_case_storefronts = False
    result = shop.run().result
    assert result is not None
    assert result.counts.units_changed == 0


def each_reading_misses_another_row(shop: Shop) -> None:
    """Let one of two rows be missing from the third page, in turns: no reading has all, two of them do."""
    filled(shop, 6 * PAGE)
    newest_first = shop.keys()[::-1]
    third = 2 * (PAGE - 1)
    turns = cycle(newest_first[third + 1 : third + 3])

    def hide(content: Any) -> Any:
        missing = next(turns)
        return content | {"data": [unit for unit in content["data"] if unit["id_order_unit"] != missing]}

    shop.simulator.misbehave(faults.edited(hide), times=None, path="/order-units", offset=third)
    promise.complete(shop, shop.run())
    promise.equal_to_the_server(shop)


def rows_go_away_and_others_come(shop: Shop) -> None:
    """While one reads, two units vanish and pull a row over a border unseen; then two orders arrive in their place."""
    filled(shop, 4 * PAGE)
    newest_first = shop.keys()[::-1]
    vanished = newest_first[:2]

    def vanish() -> None:
        for key in vanished:
            shop.simulator.marketplace.remove_unit(key)

    meanwhile: dict[str, Callable[[], None]] = {str(PAGE - 1): vanish, str(2 * (PAGE - 1)): lambda: filled(shop, 2)}

    def move(request: Request) -> None:
        meanwhile.pop(request.query["offset"][0], lambda: None)()

    shop.simulator.before_each("/order-units", move)
    promise.complete(shop, shop.run())
    assert not meanwhile
    assert set(newest_first[2:]) <= {unit[0] for unit in shop.kept.units}, "complete, and a row is missing"


def total_says_that_the_first_page_was_all(shop: Shop) -> None:
    """Let the total of a full first page be its own number of rows, though others follow."""
    filled(shop, 1)
    shop.run()
    shop.clock.advance(hours=2)
    filled(shop, 4 * PAGE)
    shop.simulator.misbehave(faults.wrong_total(PAGE), path="/order-units", offset=0)
    promise.complete(shop, shop.run())
    promise.equal_to_the_server(shop)


def old_order_comes_back(shop: Shop) -> None:
    """Let one unit of three change in an order that is older than all that is asked for."""
    old = START - timedelta(days=60)
    shop.arrive([{}, {}, {"ts_updated_iso": START}], status="sent", ts_created_iso=old, ts_updated_iso=old)
    shop.run()
    all_is_stored(shop)


# --- how to switch them off ---


def wins_by(wins: Callable[[AnswerOnItsWay, OrderUnit, UnitRow, Entry], bool]) -> Callable[[pytest.MonkeyPatch], None]:
    """Return what decides by something else whether an answer takes the place of what is stored."""
    return lambda patch: patch.setattr(AnswerOnItsWay, "_wins", wins)


def each_reading_for_itself(patch: pytest.MonkeyPatch) -> None:
    """Count the rows of the last reading only."""
    rows_read = RunTally.rows_read

    def rows_of_the_last(book: RunTally, _since_pass: int) -> int:
        return rows_read(book, int(book._database.value("SELECT max(pass_no) FROM temp.tally_passes") or 0))

    patch.setattr(RunTally, "rows_read", rows_of_the_last)


def enough_rows_will_do(patch: pytest.MonkeyPatch) -> None:
    """Take a reading for complete that holds as many rows as named or more, joined or not."""
    patch.setattr(walk, "_is_complete", lambda reading: reading.rows >= (reading.latest_total or 0))


def end_by_total(patch: pytest.MonkeyPatch) -> None:
    """Believe the total where it says that a page was the last one."""

    def ends_with(_reading: Scan, page: UnitsPage, offset: int) -> bool:
        return not page.units or (page.total is not None and offset + len(page.units) >= page.total)

    patch.setattr(Scan, "ends_with", ends_with)
    patch.setattr(Scan, "ends_here", lambda _reading: True)


PROTECTIONS = (
    Protection(
        "within a run the later update wins, whichever was asked for later",
        wins_by(lambda own, _unit, known, entry: own._request_seq >= max(known.request_seq, entry.request_seq)),
        question_is_overtaken,
    ),
    Protection(
        "between runs the later run wins, whichever update is later",
        wins_by(lambda _own, unit, known, _entry: str(unit.updated_at) >= str(known.updated_at)),
        update_time_goes_back,
    ),
    Protection(
        "another case of a storefront is no change",
        units_read_otherwise(lambda unit, raw: unit._replace(storefront=raw["storefront"])),
        storefront_changes_its_case,
    ),
    Protection("readings count together", each_reading_for_itself, each_reading_misses_another_row),
    Protection("a count that comes out exactly", enough_rows_will_do, rows_go_away_and_others_come),
    Protection("a full page is followed by a look", end_by_total, total_says_that_the_first_page_was_all),
    Protection(
        "an older order is read whole",
        lambda patch: patch.setattr(run, "want_details_of", lambda *_arguments: None),
        old_order_comes_back,
    ),
)


@pytest.mark.usefixtures("each_reader")
@pytest.mark.parametrize("protection", PROTECTIONS, ids=str)
def test_promise_holds_with_the_protection(
    protection: Protection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the course of events that each of them is for, nothing is lost, undone or claimed too early."""
    holds_with(protection, tmp_path, monkeypatch)


@pytest.mark.usefixtures("each_reader")
@pytest.mark.parametrize("protection", PROTECTIONS, ids=str)
def test_promise_breaks_without_the_protection(
    protection: Protection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vacuity: switched off, the same course of events breaks the promise."""
    breaks_without(protection, tmp_path, monkeypatch)
