"""What keeps the walk complete while rows move: each protection is needed, since without it a promise breaks."""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.errors import ResponseUnreadable
from kaufland_cli.order_import import continuity as chain
from kaufland_cli.order_import import run, scan, storefronts, walk
from kaufland_cli.order_import.details import DetailsFetcher
from kaufland_cli.order_import.retry_failed_units import Trials
from kaufland_cli.order_import.scan import Scan
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.seller_api.executor import NextCall, Result
from kaufland_cli.simulator import Answer, Request, faults
from kaufland_cli.store.page_writer import PageWriter as AnswerOnItsWay
from support import import_promises as promise
from support.import_protections import PAGE, Protection, breaks_without, holds_with, units_read_otherwise
from support.import_shop import Shop
from support.imports import AnyOrder
from support.sampling import sampled

ROWS = 40


class Backwards:
    """Carries out several calls in order and hands over what came of them the last first: answers overtake."""

    def run(self, next_call: NextCall[Result]) -> Iterator[Sequence[Result]]:
        """Yield the results."""
        while True:
            calls: list[Callable[[], Result]] = []
            while len(calls) < 8 and (call := next_call()) is not None:
                calls.append(call)
            if not calls:
                return
            yield [call() for call in calls][::-1]


# --- courses of events ---


def filled(shop: Shop, count: int = ROWS) -> None:
    """Let orders arrive, a minute apart. They are sent, so that no order is read whole besides."""
    for _ in range(count):
        shop.arrive([{}], status="sent")
        shop.clock.advance(minutes=1)


def everything_that_was_there_is_stored(shop: Shop, known: set[int]) -> None:
    """See that a run that claims to be complete has all that was there when it began."""
    assert known <= {unit[0] for unit in shop.kept.units}, "complete, and not all that was there is stored"
    promise.always(shop)


def orders_arrive_on_every_request(shop: Shop) -> None:
    """Pages are asked for side by side and answered in any order, while up to three orders arrive with each."""
    for seed in (5, 6):
        chance = random.Random(seed)
        filled(shop)
        known = set(shop.keys())

        def arrive(_request: Request, chance: random.Random = chance) -> None:
            shop.clock.advance(seconds=1)
            for _ in range(chance.randrange(4) if shop.counter < 400 else 0):
                shop.arrive([{}], status="sent")

        shop.simulator.before_each("/order-units", arrive)
        shop.executor = AnyOrder(chance, width=6)
        if shop.run().complete:
            everything_that_was_there_is_stored(shop, known)
        shop.simulator.behave()


def rows_of_one_second_have_no_order(shop: Shop) -> None:
    """Four units changed in one second, come in another order with each request, and lie on both sides of a border."""
    shop.simulator.switches.equal_times_shuffled = True
    for _ in range(6):
        shop.clock.advance(hours=2)
        shop.arrive([{}] * 4, status="sent")
        shop.clock.advance(minutes=1)
        filled(shop, PAGE - 2 + PAGE - 1)
        if shop.run().complete:
            everything_that_was_there_is_stored(shop, set(shop.keys()))


def end_in_the_middle(shop: Shop) -> None:
    """Let a page in the middle be empty twice, and say that this is all there is."""
    filled(shop)
    empty = faults.edited(
        lambda content: content | {"data": [], "pagination": content["pagination"] | {"total": 2 * PAGE - 1}}
    )
    shop.simulator.misbehave(empty, path="/order-units", offset=2 * (PAGE - 1), times=2)
    if shop.run().complete:
        everything_that_was_there_is_stored(shop, set(shop.keys()))
    promise.always(shop)


def empty_page_once(shop: Shop) -> None:
    """Let a page in the middle be empty once; still this very run becomes complete."""
    filled(shop)
    empty = faults.edited(lambda content: content | {"data": []})
    shop.simulator.misbehave(empty, path="/order-units", offset=2 * (PAGE - 1), times=1)
    promise.complete(shop, shop.run())
    everything_that_was_there_is_stored(shop, set(shop.keys()))


def unread_unit_jumps_to_the_top(shop: Shop) -> None:
    """Let the last unit change before it was reached: the run is complete without reading the whole list again."""
    filled(shop)
    last = shop.keys()[0]
    pages = ROWS / (PAGE - 1)

    def change(request: Request) -> None:
        if request.query["offset"] == ["8"]:
            shop.change(last, status="received")

    shop.simulator.before_each("/order-units", change)
    promise.complete(shop, shop.run())
    assert dict.fromkeys([unit[0] for unit in shop.kept.units if unit[2] == "received"]) == {last: None}
    assert sum("/order-units?ts_updated" in one.target for one in shop.simulator.requests) < 1.5 * pages


def answers_overtake_one_another(shop: Shop) -> None:
    """Let a unit at a border of pages change between the two questions; the earlier answer comes last."""
    shop.arrive([{}] * ROWS, status="sent")
    with_border = [2 * (PAGE - 1), 3 * (PAGE - 1)]
    on_border = shop.keys()[::-1][with_border[1]]

    def change(request: Request) -> None:
        if request.query["offset"] == [str(with_border[1])]:
            shop.change(on_border, status="received")

    shop.simulator.before_each("/order-units", change)
    shop.executor = Backwards()
    promise.complete(shop, shop.run())
    promise.equal_to_the_server(shop)


def whatever_comes_last_wins(patch: pytest.MonkeyPatch) -> None:
    """Take answers as they come, and ask no order by itself, which would settle two versions of one update as well."""
    patch.setattr(AnswerOnItsWay, "_wins", lambda *_arguments: True)
    patch.setattr(DetailsFetcher, "fetch", lambda *_arguments, **_options: None)


def one_unit_is_unreadable(shop: Shop) -> None:
    """One unit cannot be read: the others are stored and checked, and it is kept."""
    filled(shop, 3)
    shop.arrive([{}])
    shop.make_unreadable(shop.keys()[-1], "price", "abc")
    promise.complete(shop, shop.run())
    promise.equal_to_the_server(shop)
    assert shop.kept.watermark is not None


def unreadable_unit_is_fixed_in_silence(shop: Shop) -> None:
    """Kaufland fixes a unit long after, and its update time stays."""
    key = shop.arrive([{}], status="sent").units[0]["id_order_unit"]
    shop.make_unreadable(key, "price", "abc")
    shop.run()
    shop.clock.advance(days=2)
    shop.arrive([{}], status="sent")
    shop.run()
    shop.simulator.marketplace.change_unit(key, touch=False, **shop.unreadable.pop(key))
    promise.complete(shop, shop.run())
    promise.equal_to_the_server(shop)


def no_data_is_no_empty_page(shop: Shop) -> None:
    """Let the second page say `{"data": null}`, as does each after it, without totals."""
    filled(shop)
    shop.simulator.switches.left_out = "total"
    shop.simulator.misbehave(faults.null_data(), times=None, path="/order-units", after=1)
    shop.run()
    promise.always(shop)
    shop.simulator.behave()
    promise.complete(shop, shop.run())
    promise.equal_to_the_server(shop)


def austria_is_left_out(shop: Shop) -> None:
    """Asking for all storefronts at once gives Germany only."""
    for storefront in ("de", "at"):
        shop.arrive([{}], storefront=storefront)
    only_germany = faults.edited(
        lambda content: (
            {"data": [unit for unit in content["data"] if unit["storefront"] == "de"]}
            | {"pagination": content["pagination"] | {"total": 1}}
        )
    )

    def fault(request: Request, proceed: faults.Proceed) -> Answer:
        return (proceed if "storefront" in request.query else lambda one: only_germany(one, proceed))(request)

    shop.simulator.misbehave(fault, times=None, path="/order-units")
    promise.complete(shop, shop.run())
    promise.equal_to_the_server(shop)


# --- how to switch them off ---


def judged_by(judge: Callable[[Scan], bool], *, looks_behind: bool = True) -> Callable[[pytest.MonkeyPatch], None]:
    """Return what decides in another way whether a scan is complete."""

    def off(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(walk, "_is_complete", judge)
        if not looks_behind:
            patch.setattr(Scan, "ends_here", lambda _reading: True)

    return off


def neither_joined_nor_counted(patch: pytest.MonkeyPatch) -> None:
    """Take a reading that came to an end for complete."""
    patch.setattr(chain, "_join", lambda _before, _first_after: True)
    patch.setattr(walk, "_is_complete", lambda reading: reading.contiguous)


def strictly(unit: OrderUnit | UnreadableUnit, _raw: object) -> OrderUnit:
    """Give up where a unit cannot be read."""
    if isinstance(unit, UnreadableUnit):
        raise ResponseUnreadable(unit.reason)
    return unit


def null_is_a_list(patch: pytest.MonkeyPatch) -> None:
    """Take `null` for a list without rows."""
    read = SellerApi._read_units

    def loose(api: SellerApi, body: bytes) -> object:
        found = read(api, body)
        return found | {"data": []} if isinstance(found, dict) and found.get("data", 0) is None else found

    patch.setattr(SellerApi, "_read_units", loose)


def nothing_left_out(patch: pytest.MonkeyPatch) -> None:
    """Believe that asking for all storefronts gives all of them."""
    equal = storefronts.StorefrontTotals(left_out=False)
    patch.setattr(storefronts, "compare_storefronts", lambda *_arguments, **_options: equal)


PROTECTIONS = (
    Protection("joining and counting, while orders arrive", neither_joined_nor_counted, orders_arrive_on_every_request),
    Protection(
        "counting against the largest total and not the first",
        judged_by(lambda reading: reading.rows >= ((reading.first and reading.first.total) or 0)),
        orders_arrive_on_every_request,
    ),
    Protection(
        "counting, where rows of one second are shuffled",
        judged_by(lambda reading: reading.contiguous),
        rows_of_one_second_have_no_order,
    ),
    Protection(
        "joining, where a total is wrong",
        judged_by(lambda reading: reading.rows >= (reading.latest_total or 0) or reading._ended, looks_behind=False),
        end_in_the_middle,
    ),
    Protection(
        "reading the list again",
        lambda patch: patch.setattr(walk, "MAX_HELPFUL_PASSES", 1),
        empty_page_once,
    ),
    Protection(
        "reading the top again",
        lambda patch: patch.setattr(scan, "MAX_TOP_READS", 0),
        unread_unit_jumps_to_the_top,
    ),
    Protection(
        "an answer asked for later wins",
        whatever_comes_last_wins,
        answers_overtake_one_another,
    ),
    Protection("one bad unit holds up nobody", units_read_otherwise(strictly), one_unit_is_unreadable),
    Protection(
        "bad units are tried again",
        lambda patch: patch.setattr(run, "try_failed_units", lambda *_arguments, **_options: Trials()),
        unreadable_unit_is_fixed_in_silence,
    ),
    Protection("no data is no empty page", null_is_a_list, no_data_is_no_empty_page),
    Protection("comparing with the sum over the storefronts", nothing_left_out, austria_is_left_out),
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
