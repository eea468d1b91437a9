"""What Kaufland lists by creation and what the store holds are compared unit by unit, and made to agree."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from import_helpers import START, AnyOrder, World, world
from kaufland_cli.errors import KauflandUnavailable
from kaufland_cli.order_import.chain import rows_of
from kaufland_cli.order_import.reconcile import ReconcileResult, ReconcileWish, reconcile
from kaufland_cli.simulator import Answer, Request, faults
from kaufland_cli.store.sync import RECONCILE

LONG_AGO = START - timedelta(days=29)


def compare(
    own: World, *, since: datetime = LONG_AGO, storefront: str | None = None, fix: bool = False
) -> tuple[ReconcileResult, dict[Any, dict[str, Any]]]:
    """Reconcile; return the result and the differences by unit."""
    wish = ReconcileWish("simulator", since, storefront, fix)
    with own.store() as store, own.api() as api:
        result = reconcile(api, store, own.clock, wish)
        return result, {one["id_order_unit"]: one for one in store.reconciliation.found()}


def damage(own: World, sql: str, *values: Any) -> None:
    """Let the store lose or change something behind the program's back."""
    with own.store() as store:
        store.database.execute(sql, values)


def lose(own: World, *keys: Any) -> None:
    """Let the store lose units."""
    for key in keys:
        damage(own, "DELETE FROM order_units WHERE id_order_unit = ?", key)


def test_agreement_is_told_and_costs_nothing_but_reading(tmp_path: Path) -> None:
    """Nothing differs: verdict equal, exit 0, every unit compared, and the run is no import."""
    with world(tmp_path) as own:
        own.add(230)
        own.run()
        before = own.state()
        result, found = compare(own)
        assert (result.verdict, result.exit_code, result.counts["units_compared"], found) == ("equal", 0, 230, {})
        assert own.state() == before
        with own.store() as store:
            assert (store.sync.last_run() or {})["run_id"] == 1
            assert (store.sync.last_run(kinds=(RECONCILE,)) or {})["run_id"] == result.run_id


@pytest.mark.parametrize("seed", range(3))
def test_every_difference_is_found_once_and_fixed(tmp_path: Path, seed: int) -> None:
    """Missing, surplus and differing units are each named, whatever order pages come in; --fix makes them agree."""
    with world(tmp_path) as own:
        own.lines = AnyOrder(random.Random(seed))
        own.add(230)
        own.run()
        keys = list(own.served())
        lose(own, keys[3], keys[99], keys[100])
        damage(own, "UPDATE order_units SET status = 'sent' WHERE id_order_unit = ?", keys[7])
        damage(own, "UPDATE order_units SET price = price + 1 WHERE id_order_unit = ?", keys[150])
        damage(own, "UPDATE order_units SET id_order_unit = 999 WHERE id_order_unit = ?", keys[200])
        result, found = compare(own)
        assert (result.verdict, result.exit_code) == ("differing", 8)
        assert {key: one["difference"] for key, one in found.items()} == {
            keys[3]: "missing",
            keys[99]: "missing",
            keys[100]: "missing",
            keys[200]: "missing",
            keys[7]: "differing",
            keys[150]: "differing",
            999: "surplus",
        }
        assert list(found[keys[7]]["fields"]) == ["status"]
        price = own.served()[keys[150]][2]
        assert found[keys[150]]["fields"] == {"price": {"stored": price + 1, "kaufland": price}}
        result, found = compare(own, fix=True)
        assert (result.exit_code, result.counts["fixed"]) == (8, 6)
        stored = own.stored()
        assert stored.pop(999), "what Kaufland does not know stays"
        assert stored == own.served()
        result, found = compare(own, fix=True)
        assert [(key, one["difference"], one["fixed"]) for key, one in found.items()] == [(999, "surplus", False)]


def test_a_surplus_unit_that_kaufland_knows_by_its_order_is_brought_up_to_date(tmp_path: Path) -> None:
    """The list lacks it since it was created earlier than the store believes: the order itself settles it."""
    with world(tmp_path) as own:
        own.add(ts_created_iso="2026-11-01T10:00:00Z")
        own.run()
        damage(own, "UPDATE order_units SET created_at = '2026-11-19T10:00:00Z'")
        since = START - timedelta(days=3)
        result, _ = compare(own, since=since)
        assert (result.counts["surplus"], result.counts["fixed"]) == (1, 0)
        result, _ = compare(own, since=since, fix=True)
        assert (result.counts["surplus"], result.counts["fixed"]) == (1, 1)
        assert compare(own, since=since)[0].verdict == "equal"


def test_only_the_window_and_the_storefront_asked_for_are_compared(tmp_path: Path) -> None:
    """What lies before the window or in another storefront is neither missing nor surplus."""
    with world(tmp_path) as own:
        own.add(storefront="de")
        own.add(storefront="at")
        own.add(storefront="de", ts_created_iso="2026-11-05T10:00:00Z")
        own.run()
        german, austrian, old = own.served()
        lose(own, german, austrian, old)
        damage(own, "UPDATE sync_state SET watermark = '2026-11-20T12:00:01Z'")
        assert set(compare(own, since=START - timedelta(days=3), storefront="at")[1]) == {austrian}
        assert set(compare(own, since=START - timedelta(days=3))[1]) == {german, austrian}
        assert set(compare(own)[1]) == {german, austrian, old}


def test_what_changed_since_the_last_import_is_marked(tmp_path: Path) -> None:
    """It counts, but it is said that the next import brings it."""
    with world(tmp_path) as own:
        own.add(2)
        own.run()
        first, second = own.served()
        own.clock.advance(minutes=5)
        own.add()
        own.simulator.marketplace.change_unit(first, status="sent")
        own.run()
        lose(own, second)
        own.clock.advance(minutes=5)
        (new,) = (unit["id_order_unit"] for order in own.add() for unit in order.units)
        own.simulator.marketplace.change_unit(first, status="received")
        result, found = compare(own)
        marks = {key: (one["difference"], one["since_last_import"]) for key, one in found.items()}
        assert marks == {second: ("missing", False), new: ("missing", True), first: ("differing", True)}
        assert result.counts["since_last_import"] == 2


def test_a_reading_that_falls_short_says_so_and_names_no_surplus(tmp_path: Path) -> None:
    """Incomplete: exit 8, and nothing counts as surplus only because it was not read."""
    with world(tmp_path) as own:
        own.add(3)
        own.run()
        own.simulator.misbehave(faults.wrong_total(5), times=None, path="/order-units")
        damage(own, "UPDATE order_units SET id_order_unit = 999 WHERE id_order_unit = ?", next(iter(own.served())))
        result, found = compare(own)
        assert (result.verdict, result.exit_code, result.complete) == ("incomplete", 8, False)
        assert {one["difference"] for one in found.values()} == {"missing"}


def test_units_that_arrive_and_change_meanwhile_do_not_break_the_reading(tmp_path: Path) -> None:
    """New orders push rows down and a change leaves its row where it is: the reading is complete all the same."""
    with world(tmp_path) as own:
        own.add(330)
        own.run()
        keys = list(own.served())
        own.clock.advance(minutes=1)

        def meanwhile() -> None:
            own.add(3)
            for key in keys[::50]:
                own.simulator.marketplace.change_unit(key, cancel_reason=f"{own.counter}")

        own.simulator.before_each("/order-units", lambda _: meanwhile())
        result, found = compare(own, fix=True)
        assert result.complete
        assert not {one["difference"] for one in found.values()} - {"missing"}
        assert all(one["fixed"] and one["since_last_import"] for one in found.values())


def test_units_that_cannot_be_read_are_missing_only_while_they_are_not_kept(tmp_path: Path) -> None:
    """One that is kept with its error is no difference; one that is not kept is missing, and --fix keeps it."""
    with world(tmp_path) as own:
        own.add(2)
        bad, good = own.served()
        own.simulator.marketplace.change_unit(bad, price="much")
        own.run()
        assert compare(own)[0].verdict == "equal"
        damage(own, "DELETE FROM unreadable_units")
        result, found = compare(own, fix=True)
        assert {key: (one["difference"], one["fixed"]) for key, one in found.items()} == {bad: ("missing", True)}
        assert "price" in found[bad]["reason"]
        assert compare(own)[0].verdict == "equal"
        assert good in own.stored()
        assert result.exit_code == 8


def test_storefronts_that_are_left_out_are_read_one_by_one(tmp_path: Path) -> None:
    """The sum over the storefronts is larger than the total: each is read, which is said and remembered."""
    with world(tmp_path) as own:
        own.add(storefront="de")
        own.add(storefront="at")
        own.run()
        (german, austrian) = own.served()
        lose(own, austrian)
        only_de = faults.edited(
            lambda content: (
                content
                | {"data": [unit for unit in content["data"] if unit["storefront"] == "de"]}
                | {"pagination": content["pagination"] | {"total": 1}}
            )
        )

        def fault(request: Request, proceed: faults.Proceed) -> Answer:
            return proceed(request) if "storefront" in request.query else only_de(request, proceed)

        own.simulator.misbehave(fault, times=None, path="/order-units")
        result, found = compare(own)
        assert set(found) == {austrian}
        assert german in own.stored()
        assert "each was read by itself" in result.notes[0]
        assert own.state().each_storefront


def test_an_outage_ends_it_with_the_reason_and_is_recorded(tmp_path: Path) -> None:
    """Kaufland out of reach: the error is raised, and the run says why it ended."""
    with world(tmp_path) as own:
        own.add()
        own.run()
        own.simulator.misbehave(faults.status(503), times=None, path="/order-units")
        with pytest.raises(KauflandUnavailable):
            compare(own)
        with own.store() as store:
            run = store.sync.last_run(kinds=(RECONCILE,)) or {}
            assert (run["verdict"], store.reconciliation.last()) == ("error", None)


def test_differences_are_summed_by_the_sellers_day(tmp_path: Path) -> None:
    """Late in the evening UTC is the next day in Berlin, and is counted there."""
    with world(tmp_path) as own:
        own.add(storefront="de", ts_created_iso="2026-11-18T23:30:00Z")
        own.add(storefront="de", ts_created_iso="2026-11-18T22:30:00Z")
        own.run()
        lose(own, *own.served())
        with own.store() as store, own.api() as api:
            reconcile(api, store, own.clock, ReconcileWish("simulator", LONG_AGO))
            days = store.reconciliation.sums(
                lambda text: str((datetime.fromisoformat(text) + timedelta(hours=1)).date())
            )
        assert [(one["day"], one["storefront"], one["missing"]) for one in days] == [
            ("2026-11-19", "de", 1),
            ("2026-11-18", "de", 1),
        ]


def test_a_reading_that_fell_short_is_repeated_and_counts_anew(tmp_path: Path) -> None:
    """One page names a unit too many: the second reading meets every row again and is complete."""
    with world(tmp_path) as own:
        own.add(3)
        own.run()
        own.simulator.misbehave(faults.wrong_total(4), times=1, path="/order-units")
        assert compare(own)[0].verdict == "equal"


def test_by_creation_a_changed_row_still_joins_two_pages(tmp_path: Path) -> None:
    """A change leaves a row in its place, so it is the same row before and after; by updates it is another."""
    with world(tmp_path) as own, own.api() as api:
        own.add()
        before = api.order_units(created_from=LONG_AGO)
        own.clock.advance(minutes=1)
        own.simulator.marketplace.change_unit(next(iter(own.served())), status="sent")
        after = api.order_units(created_from=LONG_AGO)
        assert rows_of(before, by_creation=True) == rows_of(after, by_creation=True)
        assert rows_of(before) != rows_of(after)
