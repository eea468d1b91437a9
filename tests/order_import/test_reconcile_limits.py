"""What comparing with Kaufland leaves alone, and what an import that asks for less may not conclude."""

import json
from datetime import timedelta
from pathlib import Path

from kaufland_cli.order_import.continuity import rows_of
from support.imports import START, World, world


def compared_by_creation(own: World) -> bool:
    """Tell whether units were asked for by their creation since the last look."""
    asked = any("/order-units" in one.target and "ts_created_from" in one.target for one in own.simulator.requests)
    own.simulator.clear_requests()
    return asked


def test_by_creation_a_changed_row_still_joins_two_pages(tmp_path: Path) -> None:
    """A change leaves a row in its place, so it is the same row before and after; by updates it is another."""
    with world(tmp_path) as own, own.api() as api:
        own.add()
        since = START - timedelta(days=1)
        before = api.order_units(created_from=since)
        own.clock.advance(minutes=1)
        own.simulator.marketplace.change_unit(next(iter(own.served())), status="sent")
        after = api.order_units(created_from=since)
        assert rows_of(before, by_creation=True) == rows_of(after, by_creation=True)
        assert rows_of(before) != rows_of(after)


def test_orders_before_the_start_date_are_not_missing(tmp_path: Path) -> None:
    """A seller who began two days ago hears nothing about older orders that were never requested."""
    with world(tmp_path) as own:
        own.initial_days = 2
        own.add(ts_created_iso="2026-11-16T12:00:00Z")
        own.add()
        own.run()
        own.clock.advance(days=1)
        own.simulator.clear_requests()
        assert own.run().notes == []
        assert compared_by_creation(own)
        assert len(own.stored()) == 1


def test_import_that_asks_for_less_compares_nothing(tmp_path: Path) -> None:
    """A day has passed, but only a plain import compares."""
    with world(tmp_path) as own:
        own.add()
        own.run()
        own.clock.advance(days=1)
        own.simulator.clear_requests()
        own.run(storefront="de")
        assert not compared_by_creation(own)
        own.run()
        assert compared_by_creation(own)


def test_import_that_asks_for_less_drops_no_failed_unit(tmp_path: Path) -> None:
    """A unit without any id may belong to a storefront that was not asked for: only a plain import lets it go."""
    with world(tmp_path) as own:
        own.add()
        own.run()
        with own.store() as store:
            store.database.execute(
                "INSERT INTO unreadable_units (unreadable_key, reason, raw, first_seen_at, last_seen_at)"
                " VALUES ('abc', 'the unit has no id_order_unit', ?, '2026-11-20T11:30:00Z', '2026-11-20T11:30:00Z')",
                (json.dumps({"ts_updated_iso": "2026-11-20T11:59:00Z"}),),
            )
        assert own.run(storefront="de").verdict == "partial"
        assert own.run().verdict == "success"
