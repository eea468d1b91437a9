"""What the list of units does not tell is fetched afterwards, remembered where it fails, and bounded."""

from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from kaufland_cli.errors import NotFound
from kaufland_cli.order_import import details
from kaufland_cli.order_import.refresh import refresh_order
from kaufland_cli.output.records.orders import order_record
from kaufland_cli.simulator import Answer, Request, example_address, faults, unit_id
from support.clocks import HeldClock
from support.imports import PACKSTATION, START, World, order_by_order, world


def card(own: World, id_order: str) -> dict[str, object]:
    """Return the card of an order."""
    with own.store() as store:
        found = store.queries.order(id_order)
        assert found is not None
        return order_record(found)


def asked_whole(own: World) -> list[str]:
    """Return the orders that were asked for as a whole."""
    return [one.target.split("/")[3].split("?")[0] for one in own.simulator.requests if "/orders/" in one.target]


def test_pickup_point_of_an_order_to_be_shipped_is_read(tmp_path: Path) -> None:
    """Only the whole order has a pickup point, so it is read when the order is newly to be shipped, and once."""
    with world(tmp_path) as own:
        own.add(status="need_to_be_sent", pickup_location=PACKSTATION)
        own.add(status="sent")
        own.run()
        assert card(own, "M000001")["pickup_location"] == PACKSTATION
        own.run()
        assert asked_whole(own) == ["M000001"]


def test_open_order_is_read_when_it_becomes_one_to_be_shipped(tmp_path: Path) -> None:
    """The pickup point may be missing while the order is open; it is read at the change."""
    with world(tmp_path) as own:
        own.add(status="open", pickup_location=PACKSTATION)
        own.run()
        own.clock.advance(minutes=20)
        own.simulator.marketplace.change_unit(unit_id("M000001", 0), status="need_to_be_sent")
        own.run()
        assert card(own, "M000001")["pickup_location"] == PACKSTATION


def test_older_units_of_an_order_are_not_left_out(tmp_path: Path) -> None:
    """An order older than the window, of which one unit changed, is read whole: the walk lacks the others."""
    with world(tmp_path) as own:
        old = START - timedelta(days=60)
        own.add(units=[{}, {}, {"ts_updated_iso": START}], status="sent", ts_created_iso=old, ts_updated_iso=old)
        result = own.run()
        assert own.stored() == own.served()
        assert result.counts.units_new == result.counts.units_seen == 3


def test_unreadable_unit_with_two_forms_is_written_once(tmp_path: Path) -> None:
    """An order read whole has less of a unit than the list; what could not be read stays as the list gave it."""
    with world(tmp_path) as own:
        own.add(units=[{}, {"price": "abc"}])
        own.run()
        assert asked_whole(own) == ["M000001"]
        with own.store() as store:
            before = [tuple(row) for row in store.database.rows("SELECT reason, raw FROM unreadable_units")]
        own.clock.advance(minutes=1)
        own.run()
        with own.store() as store:
            assert [tuple(row) for row in store.database.rows("SELECT reason, raw FROM unreadable_units")] == before


def test_address_that_appears_without_a_new_update_time_is_fetched(tmp_path: Path) -> None:
    """Kaufland withholds addresses for 15 minutes; one that appears silently is asked for, and only then."""
    with world(tmp_path) as own:
        own.add(status="open")
        own.simulator.marketplace.withhold_address("M000001")
        own.run()
        own.clock.advance(minutes=14)
        own.run()
        assert (card(own, "M000001")["shipping_address"], asked_whole(own)) == (None, [])
        own.clock.advance(minutes=2)
        own.run()
        assert asked_whole(own) == ["M000001"]
        own.simulator.marketplace.reveal_address("M000001")
        own.clock.advance(minutes=16)
        own.run()
        assert card(own, "M000001")["shipping_address"] is not None
        own.clock.advance(hours=2)
        own.run()
        assert asked_whole(own) == ["M000001", "M000001"]


def test_address_that_never_appears_is_asked_for_ever_more_rarely(tmp_path: Path) -> None:
    """Waiting for an address does not cost a request in each run for ever."""
    with world(tmp_path) as own:
        own.add(status="open")
        own.simulator.marketplace.withhold_address("M000001")
        for _ in range(96):
            own.run()
            own.clock.advance(minutes=15)
        assert 4 <= len(asked_whole(own)) <= 8


def test_failing_details_are_remembered_and_are_no_failed_import(tmp_path: Path) -> None:
    """The import is complete without its details; the next run goes on with them."""
    with world(tmp_path) as own:
        own.add(3, status="need_to_be_sent", pickup_location=PACKSTATION)
        own.simulator.misbehave(faults.status(500), times=None, path="/orders/*")
        result = own.run()
        assert (result.verdict, result.details_waiting) == ("success", 3)
        assert any("details are still missing" in note for note in result.notes)
        assert own.state().watermark == START
        own.simulator.behave()
        own.clock.advance(hours=1)
        assert own.run().details_waiting == 0
        assert card(own, "M000003")["pickup_location"] == PACKSTATION


def test_order_that_is_gone_is_not_asked_for_again(tmp_path: Path) -> None:
    """A 404 for one order ends the wish for its details and stops no other."""
    with world(tmp_path) as own:
        own.add(2, status="need_to_be_sent", pickup_location=PACKSTATION)
        own.simulator.misbehave(faults.status(404, b'{"message":"gone"}'), path="/orders/*")
        assert own.run().details_waiting == 0
        assert len(set(asked_whole(own))) == 2


def test_details_are_bounded_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first import of a large shop does not ask for thousands of orders at once; the rest comes with later runs."""
    monkeypatch.setattr(details, "MAX_DETAILS_A_RUN", 5)
    with world(tmp_path) as own:
        own.add(12, status="need_to_be_sent")
        assert [own.run().details_waiting for _ in range(3)] == [7, 2, 0]


def test_orders_to_be_shipped_are_read_in_the_same_run_however_many_others_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first import leaves far more orders with older units than a run may read; new orders come before them."""
    monkeypatch.setattr(details, "MAX_DETAILS_A_RUN", 5)
    order_by_order(monkeypatch)
    with world(tmp_path) as own:
        old = START - timedelta(days=60)
        for _ in range(30):
            units = [{"ts_updated_iso": START - timedelta(hours=1)}, {}]
            own.add(units=units, status="sent", ts_created_iso=old, ts_updated_iso=old)
        for number in range(4):
            new = own.add(4, status="need_to_be_sent", pickup_location=PACKSTATION)
            own.simulator.clear_requests()
            waiting = own.run().details_waiting
            assert asked_whole(own)[:4] == [order.id_order for order in new]
            assert waiting == 30 - number - 1
            assert all(card(own, order.id_order)["pickup_location"] == PACKSTATION for order in new)
            own.clock.advance(hours=2)


def test_order_is_asked_for_its_pickup_point_once_unless_its_address_changes(tmp_path: Path) -> None:
    """Other changes of a unit, and other units that are to be shipped later, cost no request."""
    with world(tmp_path) as own:
        (order,) = own.add(units=[{}, {"status": "open"}])
        own.run()
        market = own.simulator.marketplace
        first, second = (unit["id_order_unit"] for unit in order.units)
        for key, fields in ((first, {"price": 1000}), (second, {"status": "need_to_be_sent"})):
            own.clock.advance(minutes=30)
            market.change_unit(key, **fields)
            own.run()
        assert asked_whole(own) == [order.id_order]
        own.clock.advance(minutes=30)
        elsewhere = example_address(street="Hafenstraße", house_number="1", postcode="20095", city="Hamburg")
        market.change_order(order.id_order, shipping_address=elsewhere, pickup_location=PACKSTATION)
        own.run()
        assert asked_whole(own) == [order.id_order] * 2
        assert card(own, order.id_order)["pickup_location"] == PACKSTATION


def test_order_that_is_gone_and_has_no_address_is_asked_for_ever_more_rarely(tmp_path: Path) -> None:
    """Its address stays missing; that costs no request with each import."""
    with world(tmp_path) as own:
        own.add(status="open")
        own.simulator.marketplace.withhold_address("M000001")
        own.simulator.misbehave(faults.status(404, b'{"message":"gone"}'), times=None, path="/orders/*")
        for _ in range(96):
            own.run()
            own.clock.advance(minutes=15)
        assert 4 <= len(asked_whole(own)) <= 8


@pytest.mark.parametrize("status", [500, 400])
def test_invoices_are_yes_no_or_unknown(tmp_path: Path, status: int) -> None:
    """Yes where an invoice is there, no where invoices were read and none was there, unknown where none were read.

    Neither a failure of Kaufland's nor a refusal keeps the import from being done.
    """
    with world(tmp_path) as own:
        own.add(2)
        own.simulator.marketplace.upload_invoice("M000001")
        own.simulator.misbehave(faults.status(status), times=None, path="/order-invoices")
        assert own.run().verdict == "success"
        assert [card(own, name)["invoice_uploaded"] for name in ("M000001", "M000002")] == [None, None]
        own.simulator.behave()
        own.run()
        assert [card(own, name)["invoice_uploaded"] for name in ("M000001", "M000002")] == [True, False]
        own.clock.advance(hours=30)
        own.simulator.marketplace.upload_invoice("M000002")
        own.run()
        assert card(own, "M000002")["invoice_uploaded"] is True


# A short page behind the total would be the end of the list.
WITHOUT_END = [(total, fresh, 100, 19) for total in (None, 3, 2**31 - 1) for fresh in (True, False)]
WITHOUT_END += [(total, True, a_page, 69) for total in (None, 2**31 - 1) for a_page in (1, 7)]


@pytest.mark.parametrize(("total", "fresh", "a_page", "most"), WITHOUT_END)
def test_endless_list_of_invoices_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int | None, fresh: bool, a_page: int, most: int
) -> None:
    """Pages of invoices without end, of any size, new ones or the same: left soon, said, and tried again next time."""
    monkeypatch.setattr(details, "MAX_INVOICES", 1_000)
    numbers = count(1)

    def endless(_request: Request, _proceed: faults.Proceed) -> Answer:
        first = next(numbers) if fresh else 0
        rows = [{"id_invoice": first * 100 + place, "id_order": "M000001"} for place in range(a_page)]
        return Answer(200, {"data": rows, "pagination": {} if total is None else {"total": total}})

    with world(tmp_path) as own:
        own.add(2)
        own.simulator.misbehave(endless, times=None, path="/order-invoices")
        result = own.run()
        assert result.verdict == "success"
        assert any("does not end" in note for note in result.notes)
        assert sum("/order-invoices" in one.target for one in own.simulator.requests) <= most


def test_clock_that_was_ahead_for_a_while_costs_no_invoice(tmp_path: Path) -> None:
    """Invoices read while this computer's clock was years ahead do not keep later ones from being read."""
    with world(tmp_path) as own:
        own.add(2)
        own.run()
        own.local = HeldClock(START + timedelta(days=3650))
        own.run()
        own.local = None
        own.simulator.marketplace.upload_invoice("M000001")
        own.clock.advance(hours=3)
        own.run()
        assert card(own, "M000001")["invoice_uploaded"] is True


def test_clock_that_was_ahead_for_a_while_puts_no_address_off_for_years(tmp_path: Path) -> None:
    """An order that such a clock made wait is fetched at once when the clock is right again."""
    with world(tmp_path) as own:
        own.add(status="open")
        own.simulator.marketplace.withhold_address("M000001")
        own.clock.advance(minutes=20)
        own.local = HeldClock(START + timedelta(days=3650))
        own.run()
        own.local = None
        own.clock.advance(hours=3)
        own.add(status="sent")
        own.run()  # the walk does not reach back to the first order any more
        own.simulator.marketplace.reveal_address("M000001")
        own.clock.advance(days=1)
        own.run()
        assert card(own, "M000001")["shipping_address"] is not None


def test_playground_without_invoices_leaves_them_unknown(tmp_path: Path) -> None:
    """Where the environment has no invoices, unknown stays unknown, and the import is complete."""
    with world(tmp_path, playground=True) as own:
        own.add()
        result = own.run()
        assert (result.verdict, result.notes) == ("success", [])
        assert card(own, "M000001")["invoice_uploaded"] is None


def test_refreshing_reads_one_order_again(tmp_path: Path) -> None:
    """`orders refresh` stores what Kaufland says of one order now, also one that was never imported."""
    with world(tmp_path) as own:
        own.add(2, status="open")
        own.run(since=START)
        own.simulator.marketplace.change_unit(unit_id("M000002", 0), status="sent")
        own.add(units=[{}, {}])
        with own.store() as store, own.api() as api:
            refresh_order(api, store, own.clock, "M000002")
            assert store.run_tally.counts().units_changed == 1
            refresh_order(api, store, own.clock, "M000003")
            assert store.run_tally.counts().units_new == 2
            with pytest.raises(NotFound):
                refresh_order(api, store, own.clock, "M999999")
        assert own.stored() == own.served()
        result = own.run()
        assert (result.counts.units_new, result.counts.units_changed) == (0, 0), "both calls give the same unit"


def test_order_that_lacks_a_unit_is_asked_for_once_more(tmp_path: Path) -> None:
    """A single answer that was cut short holds no order for ever; one that says it twice is believed."""
    with world(tmp_path) as own:
        (order,) = own.add(1, units=[{}, {}])
        own.run()
        market, key = own.simulator.marketplace, order.units[1]["id_order_unit"]
        unit = market.unit(key)
        market.remove_unit(key)
        with own.store() as store, own.api() as api:
            refresh_order(api, store, own.clock, order.id_order)
            assert store.queries.counts().details_waiting == 1
        market.add_unit(unit | {"ts_updated_iso": "2026-01-01T00:00:00Z"})  # the list does not bring it
        own.clock.advance(minutes=20)
        own.run()
        with own.store() as store:
            card = store.queries.order(order.id_order)
            assert card is not None
            assert (len(card.units), card.departed_units) == (2, ())
            assert store.queries.counts().details_waiting == 0
        market.remove_unit(key)
        with own.store() as store, own.api() as api:
            refresh_order(api, store, own.clock, order.id_order)
        own.clock.advance(minutes=20)
        own.run()
        with own.store() as store:
            assert store.queries.counts().details_waiting == 0
