"""Reconciling: everything in a window asked for again, compared with the store unit by unit, and fixed if wanted."""

import random
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.moments import as_text
from kaufland_cli.errors import KauflandBusy, KauflandFailing
from kaufland_cli.order_import import reconcile
from kaufland_cli.order_import.refresh import refresh_order
from kaufland_cli.seller_api import endpoints
from kaufland_cli.simulator import Answer, Request, faults, unit_id
from kaufland_cli.store.reconciliation import UnitDifference
from support.imports import START, AnyOrder, World, world
from support.sampling import sampled

TWO_HOURS_AGO = START - timedelta(hours=2)


def imported(own: World, count: int = 3) -> None:
    """Import some orders and, three hours later, one more: then imports no longer ask for the first ones."""
    own.add(count)
    own.run()
    own.clock.advance(hours=3)
    own.add()
    own.run()


def kinds(found: list[UnitDifference]) -> dict[Any, str]:
    """Return what was found of each unit."""
    return {one.id_order_unit: one.difference for one in found}


def asked(own: World) -> int:
    """Return how many requests were sent since they were forgotten."""
    count = len(own.simulator.requests)
    own.simulator.clear_requests()
    return count


def test_store_that_holds_everything_differs_in_nothing(tmp_path: Path) -> None:
    """Nothing differs: equal, exit code 0, and nothing is written."""
    with world(tmp_path) as own:
        imported(own, 250)
        before = own.stored()
        result, found = own.reconcile()
        assert (result.verdict, result.exit_code, result.counts.units_compared, found) == ("equal", 0, 251, [])
        assert own.stored() == before


@pytest.mark.parametrize("inclusive", [True, False])
def test_window_s_first_second_is_no_difference(tmp_path: Path, inclusive: bool) -> None:
    """Whether Kaufland means "from" with or without that second: units created in it are no surplus."""
    with world(tmp_path) as own:
        own.simulator.switches.from_is_inclusive = inclusive
        imported(own)
        own.clock.advance(hours=21)
        result, _ = own.reconcile(days=1)
        assert (result.since, result.verdict) == (as_text(START), "equal")


def test_unit_that_became_visible_late_is_found_missing_and_fixed(tmp_path: Path) -> None:
    """An order that Kaufland showed too late slips past every import; reconciling finds it, and --fix stores it."""
    with world(tmp_path) as own:
        imported(own)
        own.add(2, units=[{}, {}], ts_created_iso=TWO_HOURS_AGO, ts_updated_iso=TWO_HOURS_AGO)
        own.run()
        assert len(own.stored()) == 4, "the import cannot see them"
        result, found = own.reconcile()
        assert (result.verdict, result.exit_code, result.counts.missing) == ("differing", 8, 4)
        assert set(kinds(found).values()) == {"missing"}
        assert len(own.stored()) == 4, "without --fix nothing is stored"
        fixed, _ = own.reconcile(fix=True)
        assert (fixed.exit_code, fixed.counts.fixed) == (8, 4)
        assert own.stored() == own.served()
        assert own.reconcile()[0].verdict == "equal"


def test_unit_changed_without_a_new_update_time_is_found_and_fixed(tmp_path: Path) -> None:
    """Status, price, shipping: each difference is named with both values; with --fix it is a row of the history."""
    with world(tmp_path) as own:
        imported(own)
        key = unit_id("M000002", 0)
        own.simulator.marketplace.change_unit(key, touch=False, status="cancelled", price=1)
        own.run()
        result, (one,) = own.reconcile(fix=True)
        assert (result.counts.differing, one.id_order_unit, one.fixed) == (1, key, True)
        assert one.fields["status"] == ("need_to_be_sent", "cancelled")
        assert set(one.fields) == {"status", "price"}
        assert own.stored() == own.served()
        with own.store() as store:
            card = store.queries.order("M000002")
            assert card is not None
            assert {entry.field for entry in card.history} == {"status", "price"}


def test_unit_that_kaufland_no_longer_lists_is_surplus_and_never_deleted(tmp_path: Path) -> None:
    """A stored unit that is not listed is named, with --fix too, and stays."""
    with world(tmp_path) as own:
        imported(own)
        gone = unit_id("M000001", 0)
        own.simulator.marketplace.remove_unit(gone)
        for fix in (False, True):
            result, found = own.reconcile(fix=fix)
            assert (result.exit_code, result.counts.surplus, result.counts.fixed) == (8, 1, 0)
            assert kinds(found) == {gone: "surplus"}
            assert gone in own.stored()


def test_surplus_that_kaufland_still_knows_is_read_by_its_order(tmp_path: Path) -> None:
    """A unit whose time of creation moved out of the window is asked for by its order, and then stored as it is."""
    with world(tmp_path) as own:
        imported(own)
        key = unit_id("M000003", 0)
        own.simulator.marketplace.change_unit(
            key, touch=False, ts_created_iso="2026-01-01T00:00:00Z", status="returned"
        )
        result, found = own.reconcile(fix=True)
        assert (kinds(found), result.counts.fixed) == ({key: "surplus"}, 1)
        assert own.stored() == own.served()
        assert own.reconcile()[0].verdict == "equal"


@pytest.mark.parametrize("inclusive", [True, False])
def test_first_second_of_the_window_is_in_doubt(tmp_path: Path, *, inclusive: bool) -> None:
    """Kaufland does not say whether the window's first second belongs to it: what it leaves out is not surplus."""
    with world(tmp_path) as own:
        own.simulator.switches.from_is_inclusive = inclusive
        imported(own)
        own.clock.advance(hours=21)
        assert own.reconcile(days=1)[0].verdict == "equal"


def test_unit_fulfilled_by_kaufland_is_no_surplus(tmp_path: Path) -> None:
    """Its list leaves such orders out and only `orders refresh` brings them: neither by hand nor once a day a find."""
    with world(tmp_path) as own:
        own.add()
        own.run()
        own.add(fulfillment_type="fulfilled_by_kaufland")
        with own.store() as store, own.api() as api:
            refresh_order(api, store, own.clock, "M000002")
        assert own.stored() == own.served()
        assert own.reconcile()[0].verdict == "equal"
        own.clock.advance(hours=25)
        assert own.run().notes == []


def test_unit_changed_since_the_last_import_is_marked(tmp_path: Path) -> None:
    """It differs, but the next import brings it: so it is marked."""
    with world(tmp_path) as own:
        imported(own)
        own.simulator.marketplace.change_unit(unit_id("M000001", 0), status="sent")
        own.simulator.marketplace.change_unit(unit_id("M000002", 0), touch=False, status="sent")
        result, found = own.reconcile()
        assert result.counts.since_last_import == 1
        assert {one.id_order: one.since_last_import for one in found} == {"M000001": True, "M000002": False}


def test_reconcile_of_one_storefront(tmp_path: Path) -> None:
    """Only its units are compared; others are neither missing nor surplus."""
    with world(tmp_path) as own:
        own.add(storefront="de")
        own.add(storefront="at")
        own.run()
        own.clock.advance(hours=3)
        for key in list(own.simulator.marketplace.units):
            own.simulator.marketplace.change_unit(key, touch=False, price=1)
        result, found = own.reconcile(storefront="at")
        assert (result.counts.units_compared, [one.storefront for one in found]) == (1, ["at"])


def test_storefronts_that_are_left_out_are_noticed(tmp_path: Path) -> None:
    """Asking for all returned only one of them: each is read, that is said, and later imports read each as well."""
    with world(tmp_path) as own:
        own.add(storefront="de")
        own.run()
        own.clock.advance(hours=3)

        def only_de(content: Mapping[str, Any]) -> dict[str, Any]:
            rows = [unit for unit in content["data"] if unit["storefront"] == "de"]
            return {**content, "data": rows, "pagination": {**content["pagination"], "total": len(rows)}}

        def fault(request: Request, proceed: faults.Proceed) -> Answer:
            return proceed(request) if "storefront" in request.query else faults.edited(only_de)(request, proceed)

        own.simulator.misbehave(fault, times=None, path="/order-units")
        own.add(storefront="at")
        result, found = own.reconcile(fix=True)
        assert (result.exit_code, [one.storefront for one in found]) == (8, ["at"])
        assert any("fetched separately" in note for note in result.notes)
        own.add(storefront="at")
        own.run()
        assert own.stored() == own.served()


def test_incomplete_reading_claims_nothing(tmp_path: Path) -> None:
    """Where Kaufland names more units than it gives: exit code 8, said, and nothing is called surplus."""
    with world(tmp_path) as own:
        imported(own)
        own.simulator.marketplace.remove_unit(unit_id("M000001", 0))
        own.simulator.misbehave(faults.wrong_total(50), times=None, path="/order-units")
        result, found = own.reconcile(fix=True)
        assert (result.verdict, result.exit_code, result.complete, found) == ("incomplete", 8, False, [])
        assert "run again" in result.message


def test_failing_server_ends_it_with_its_error(tmp_path: Path) -> None:
    """As with an import: the error is reported, the run is recorded as failed, an hour's wait is remembered."""
    with world(tmp_path) as own:
        imported(own)
        own.simulator.misbehave(faults.status(500), times=None, path="/order-units")
        with pytest.raises(KauflandFailing):
            own.reconcile()
        own.simulator.behave()
        own.simulator.misbehave(faults.too_many_requests(3600), times=None, path="/order-units")
        with pytest.raises(KauflandBusy):
            own.reconcile()
        assert own.state().retry_after == own.clock.now().replace(microsecond=0) + timedelta(hours=1)


def test_reconciling_is_not_an_import(tmp_path: Path) -> None:
    """The watermark stays, and status goes on telling of the last import."""
    with world(tmp_path) as own:
        imported(own)
        watermark = own.state().watermark
        own.add(2)
        own.reconcile(fix=True)
        assert own.state().watermark == watermark
        with own.store() as store:
            last = store.sync.last_run()
            assert last is not None
            assert last.kind == "import"


def test_unit_that_cannot_be_read_differs_only_while_it_is_not_kept(tmp_path: Path) -> None:
    """Kept with its error it is known; one that came late is missing, and --fix keeps it."""
    with world(tmp_path) as own:
        own.add(price="abc")
        imported(own, 1)
        assert own.reconcile()[0].verdict == "equal"
        own.add(price="def", ts_created_iso=TWO_HOURS_AGO, ts_updated_iso=TWO_HOURS_AGO)
        result, (one,) = own.reconcile(fix=True)
        assert (result.counts.missing, "price" in (one.reason or "")) == (1, True)
        assert own.reconcile()[0].verdict == "equal"


@pytest.mark.parametrize("seed", sampled(range(6), 0, 3))
def test_pages_in_any_order_while_orders_arrive(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side, while new orders push the list down: nothing that was there is called missing or surplus."""
    monkeypatch.setattr(endpoints, "MAX_PAGE", 5)
    chance = random.Random(seed)
    with world(tmp_path) as own:
        own.executor = AnyOrder(chance)
        for _ in range(40):
            own.add()
            own.clock.advance(minutes=1)
        own.run()
        own.clock.advance(hours=3)
        late = own.add(ts_created_iso=TWO_HOURS_AGO, ts_updated_iso=TWO_HOURS_AGO)[0]
        known = set(own.served())

        def arrive(_request: Request) -> None:
            own.clock.advance(seconds=1)
            if own.counter < 90:
                own.add(chance.randrange(0, 3))

        own.simulator.before_each("/order-units", arrive)
        result, found = own.reconcile(fix=True)
        assert result.complete
        old = {key: kind for key, kind in kinds(found).items() if key in known}
        assert old == {unit_id(late.id_order, 0): "missing"}


# --- once a day by itself ---


def test_once_a_day_an_import_reconciles_by_itself(tmp_path: Path) -> None:
    """A day after the first import the next one finds what came late, stores it and says so; then not before a day."""
    with world(tmp_path) as own:
        own.add(3)
        own.run()
        own.clock.advance(hours=23)
        own.add(ts_created_iso=TWO_HOURS_AGO, ts_updated_iso=TWO_HOURS_AGO)
        assert own.run().notes == []
        assert len(own.stored()) == 3
        own.clock.advance(hours=1)
        result = own.run()
        assert result.verdict == "success"
        assert any("1 missing. They are now stored." in note for note in result.notes)
        assert own.stored() == own.served()
        with own.store() as store:
            last = store.past_reconciliations.last()
        assert last is not None
        assert (last.missing, last.fixed, last.complete, last.by_hand) == (1, 1, True, False)
        own.clock.advance(hours=3)
        own.run()
        asked(own)
        own.run()
        assert asked(own) == 1, "a run with nothing new asks for one page and no more"


def test_orders_that_arrive_meanwhile_are_not_a_fault_of_imports(tmp_path: Path) -> None:
    """Orders that come between the walk and the comparison are stored and not counted as found."""
    with world(tmp_path) as own:
        imported(own)
        own.clock.advance(days=1)

        def arrive(request: Request) -> None:
            if "ts_created_from_iso" in request.query and own.counter < 6:
                own.add()

        own.simulator.before_each("/order-units", arrive)
        assert own.run().notes == []
        with own.store() as store:
            last = store.past_reconciliations.last()
        assert last is not None
        assert last.missing == 0
        assert len(own.stored()) > 4


def test_failing_comparison_fails_no_import(tmp_path: Path) -> None:
    """Kaufland fails in the middle of it: the import is complete, a note says so, and the next one tries again."""
    with world(tmp_path) as own:
        imported(own)
        own.clock.advance(days=1)

        def fault(request: Request, proceed: faults.Proceed) -> Answer:
            by_creation = "ts_created_from_iso" in request.query
            return faults.status(500)(request, proceed) if by_creation else proceed(request)

        own.simulator.misbehave(fault, times=None, path="/order-units")
        result = own.run()
        assert result.verdict == "success"
        assert any("could not be compared" in note for note in result.notes)
        own.simulator.behave()
        own.clock.advance(minutes=1)
        assert own.run().notes == []
        with own.store() as store:
            assert store.past_reconciliations.last() is not None


def test_server_s_clock_decides_when_a_day_has_passed(tmp_path: Path) -> None:
    """A local clock that jumps by years neither starts a comparison nor keeps one away."""
    with world(tmp_path) as own:
        imported(own)
        own.local = type(own.clock)(own.clock.now() + timedelta(days=3650))
        own.run()
        with own.store() as store:
            assert store.past_reconciliations.last() is None
        own.local = type(own.clock)(own.clock.now() - timedelta(days=3650))
        own.clock.advance(days=1)
        own.run()
        with own.store() as store:
            assert store.past_reconciliations.last() is not None


def test_late_unit_stays_missing_without_the_daily_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vacuity: with the daily comparison switched off, an order that became visible late is never found."""
    monkeypatch.setattr(reconcile, "DAILY", timedelta(days=10_000))
    with world(tmp_path) as own:
        imported(own)
        own.add(ts_created_iso=TWO_HOURS_AGO, ts_updated_iso=TWO_HOURS_AGO)
        own.clock.advance(days=2)
        assert own.run().verdict == "success"
        assert own.stored() != own.served()


def test_unit_that_has_left_its_order_is_stored_as_absent(tmp_path: Path) -> None:
    """The whole order lacks it: that is kept, and it is no surplus any more; named again, it is there again."""
    with world(tmp_path) as own:
        imported(own)
        own.add(1, units=[{}, {}])
        own.run()
        own.clock.advance(hours=3)
        own.run()
        key, market = unit_id("M000005", 1), own.simulator.marketplace
        unit = market.unit(key)
        market.remove_unit(key)
        assert own.reconcile()[0].counts.surplus == 1
        result, found = own.reconcile(fix=True)
        assert (kinds(found), result.counts.fixed) == ({key: "surplus"}, 1)
        assert own.reconcile()[0].verdict == "equal"
        market.add_unit(unit)
        result, found = own.reconcile(fix=True)
        assert [list(one.fields) for one in found] == [["absent_since"]]
        assert (kinds(found), result.counts.fixed) == ({key: "differing"}, 1)
        assert own.reconcile()[0].verdict == "equal"


@pytest.mark.parametrize("field", ["shipping_rate", "currency", "vat", "id_offer"])
def test_value_that_kaufland_no_longer_sends_is_no_difference(tmp_path: Path, field: str) -> None:
    """The store keeps what it knows."""
    with world(tmp_path) as own:
        imported(own)
        own.simulator.marketplace.change_unit(unit_id("M000001", 0), touch=False, **{field: None})
        assert own.reconcile()[0].verdict == "equal"
