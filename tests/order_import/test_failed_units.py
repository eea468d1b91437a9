"""A unit that could not be read is kept, told, tried again, and never holds up the others."""

import json
from pathlib import Path
from typing import Any

from import_helpers import World, world
from kaufland_cli.errors import ExitCode
from kaufland_cli.simulator import faults


def failed(own: World) -> list[dict[str, Any]]:
    """Return the units that are listed as failed."""
    with own.store() as store:
        return list(store.failed_units.listed())


def one_fails(own: World) -> int:
    """Import two orders of which one unit cannot be read, and leave its window; return the unit's id."""
    own.add(2)
    key = next(iter(own.served()))
    own.simulator.marketplace.change_unit(key, price="much")
    assert own.run().verdict == "partial"
    later(own)
    own.run()
    later(own)
    own.simulator.clear_requests()
    return int(key)


def later(own: World) -> None:
    """Let hours pass and an order arrive, so that the next import but one begins after what there is now."""
    own.clock.advance(hours=3)
    own.add()


def orders_asked(own: World) -> int:
    """Return how many whole orders were asked for since the last look."""
    asked = sum("/orders/" in one.target for one in own.simulator.requests)
    own.simulator.clear_requests()
    return asked


def test_it_is_listed_and_tried_by_every_import_until_it_can_be_read(tmp_path: Path) -> None:
    """Outside the window too: each import ends with 6, names it and counts the trial; mended, it is stored."""
    with world(tmp_path) as own:
        key = one_fails(own)
        before = own.state().watermark
        result = own.run()
        assert (result.verdict, result.exit_code) == ("partial", ExitCode.PARTLY)
        assert [one["id_order_unit"] for one in result.failed] == [key]
        assert own.state().watermark > before, "it does not hold up the watermark"
        own.clock.advance(hours=3)
        own.add()
        own.run()
        own.clock.advance(hours=3)
        assert failed(own)[0]["attempts"] == 3
        own.simulator.marketplace.change_unit(key, price=100, touch=False)
        own.add()
        result = own.run()
        assert (result.verdict, failed(own), own.stored()) == ("success", [], own.served())


def test_what_this_walk_has_just_met_is_not_asked_for_again(tmp_path: Path) -> None:
    """A unit in the window has been tried by being read: no further request."""
    with world(tmp_path) as own:
        own.add(2)
        key = next(iter(own.served()))
        own.simulator.marketplace.change_unit(key, price="much")
        own.run()
        own.simulator.clear_requests()
        own.clock.advance(minutes=15)
        own.run()
        assert orders_asked(own) == 0
        assert failed(own)[0]["attempts"] == 1


def test_a_newer_program_reads_what_was_kept(tmp_path: Path) -> None:
    """What was kept raw is read again first, so it is stored even where Kaufland knows the order no more."""
    with world(tmp_path) as own:
        key = one_fails(own)
        with own.store() as store:
            raw = json.loads(store.database.value("SELECT raw FROM unreadable_units"))
            store.database.execute("UPDATE unreadable_units SET raw = ?", (json.dumps(raw | {"price": 777}),))
        own.simulator.misbehave(faults.status(404), times=None, path="/orders/*")
        assert own.run().verdict == "success"
        assert own.stored()[key][2] == 777
        assert failed(own) == []


def test_an_order_that_kaufland_does_not_know_any_more_stays_listed(tmp_path: Path) -> None:
    """A 404 is one trial more and no failure of the import."""
    with world(tmp_path) as own:
        one_fails(own)
        own.simulator.misbehave(faults.status(404), times=None, path="/orders/*")
        assert own.run().verdict == "partial"
        assert failed(own)[0]["attempts"] == 2


def test_an_outage_while_trying_is_a_note(tmp_path: Path) -> None:
    """The walk is done and its watermark stands; that a trial failed is said."""
    with world(tmp_path) as own:
        one_fails(own)
        before = own.state().watermark
        own.simulator.misbehave(faults.status(503), times=None, path="/orders/*")
        result = own.run()
        assert (result.verdict, result.complete) == ("partial", True)
        assert "could be tried again" in result.notes[-1]
        assert own.state().watermark > before


def put_nameless(own: World, raw: dict[str, Any]) -> None:
    """Let the store hold a unit without any id, as an earlier import left it."""
    with own.store() as store:
        store.database.execute(
            "INSERT INTO unreadable_units (unreadable_key, reason, raw, first_seen_at, last_seen_at)"
            " VALUES ('abc', 'the unit has no id_order_unit', ?, '2026-11-20T11:30:00Z', '2026-11-20T11:30:00Z')",
            (json.dumps(raw),),
        )


def test_a_unit_without_any_id_goes_when_its_window_was_read_without_it(tmp_path: Path) -> None:
    """Inside the window of a complete import it would have come again; outside of it, it stays listed."""
    with world(tmp_path) as own:
        own.add(2)
        own.run()
        put_nameless(own, {"ts_updated_iso": "2026-11-20T10:00:00Z"})
        result = own.run()
        assert (result.verdict, len(failed(own))) == ("partial", 1), "it lies before the window"
        assert own.run(storefront="de").verdict == "partial"
        with own.store() as store:
            raw = json.dumps({"ts_updated_iso": "2026-11-20T11:59:00Z"})
            store.database.execute("UPDATE unreadable_units SET raw = ?", (raw,))
        assert own.run(storefront="de").verdict == "partial", "less was asked for"
        assert (own.run().verdict, failed(own)) == ("success", [])


def test_without_an_update_time_the_first_sight_counts(tmp_path: Path) -> None:
    """A unit that is no object at all goes when an import that began before its first sight does not meet it."""
    with world(tmp_path) as own:
        own.add(2)
        own.run()
        put_nameless(own, {})
        assert (own.run().verdict, failed(own)) == ("success", [])


def test_those_waiting_longest_come_first_and_only_so_many(tmp_path: Path) -> None:
    """At most a hundred trials a run; the next run goes on with the others."""
    with world(tmp_path) as own:
        own.add(120)
        for key in list(own.served()):
            own.simulator.marketplace.change_unit(key, price="much")
        own.run()
        later(own)
        own.run()
        assert {one["attempts"] for one in failed(own)} == {1}, "all were met once more"
        later(own)
        own.run()
        assert sorted(one["attempts"] for one in failed(own)) == [1] * 20 + [2] * 100
        later(own)
        own.run()
        assert sorted(one["attempts"] for one in failed(own)) == [2] * 40 + [3] * 80


def test_a_unit_with_an_order_but_no_id_gives_way_to_the_whole_order(tmp_path: Path) -> None:
    """Once its order was read whole, what the order holds takes its place."""
    with world(tmp_path) as own:
        (order, _) = own.add(2)
        own.run()
        put_nameless(own, {})
        with own.store() as store:
            store.database.execute("UPDATE unreadable_units SET id_order = ?", (order.id_order,))
        assert (own.run().verdict, failed(own)) == ("success", [])
        assert orders_asked(own) > 0
