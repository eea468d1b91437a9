"""Once a day an import compares the last days with Kaufland by itself."""

from pathlib import Path
from typing import Any

from import_helpers import World, world
from kaufland_cli.simulator import faults


def asked_by_creation(own: World) -> int:
    """Return how many requests asked for units by their creation since the last look."""
    asked = sum("/order-units" in one.target and "ts_created_from" in one.target for one in own.simulator.requests)
    own.simulator.clear_requests()
    return asked


def lose(own: World, key: Any) -> None:
    """Let the store lose a unit."""
    with own.store() as store:
        store.database.execute("DELETE FROM order_units WHERE id_order_unit = ?", (key,))


def last(own: World) -> dict[str, Any] | None:
    """Return the last comparison that is kept."""
    with own.store() as store:
        return store.reconciliation.last()


def test_it_is_done_once_a_day(tmp_path: Path) -> None:
    """Not by the first import, which reads everything; then by the first one a day later, and not again that day."""
    with world(tmp_path) as own:
        own.add(3)
        own.run()
        assert asked_by_creation(own) == 0
        own.clock.advance(hours=23, minutes=59)
        own.run()
        assert asked_by_creation(own) == 0
        own.clock.advance(minutes=1)
        own.run()
        assert asked_by_creation(own) > 0
        own.clock.advance(hours=12)
        own.run()
        assert asked_by_creation(own) == 0
        own.clock.advance(hours=12)
        own.run(storefront="de")
        assert asked_by_creation(own) == 0, "one that asks for less does not"
        own.run()
        assert asked_by_creation(own) > 0


def test_what_imports_had_missed_is_stored_counted_and_said(tmp_path: Path) -> None:
    """A unit that became visible without a new update time is found, stored, and told in the notes."""
    with world(tmp_path) as own:
        own.add(3)
        own.run()
        key = next(iter(own.served()))
        own.clock.advance(hours=2)
        own.add()
        own.run()
        lose(own, key)
        own.clock.advance(days=1)
        result = own.run()
        assert own.stored() == own.served()
        assert (result.verdict, result.counts["units_new"]) == ("success", 1)
        assert "1 missing" in result.notes[-1]
        found = last(own) or {}
        assert (found["missing"], found["fixed"], found["complete"], found["by_hand"]) == (1, 1, True, False)


def test_what_arrives_meanwhile_is_no_fault(tmp_path: Path) -> None:
    """An order that arrives between the walk and the comparison is stored and not counted as found."""
    with world(tmp_path) as own:
        own.add(3)
        own.run()
        own.clock.advance(days=1)

        def arrives(request: Any) -> None:
            if "ts_created_from" in request.target and len(own.served()) == 3:
                own.clock.advance(seconds=2)
                own.add()

        own.simulator.before_each("/order-units", arrives)
        result = own.run()
        assert own.stored() == own.served()
        assert (result.notes, (last(own) or {})["missing"]) == ([], 0)


def test_its_failure_fails_no_import_and_is_made_up_for(tmp_path: Path) -> None:
    """Kaufland stops answering just then: the import is a success that says so, and the next one compares."""
    with world(tmp_path) as own:
        own.add(3)
        own.run()
        own.clock.advance(days=1)
        rule = own.simulator.misbehave(faults.status(503), times=None, path="/order-units", after=1)
        result = own.run()
        assert (result.verdict, last(own)) == ("success", None)
        assert "could not be compared" in result.notes[-1]
        rule.times = 0
        own.run()
        assert (last(own) or {})["complete"]


def test_what_lies_before_the_start_date_is_not_missing(tmp_path: Path) -> None:
    """A seller who began two days ago is not told of older orders that were never asked for."""
    with world(
        tmp_path,
    ) as own:
        own.initial_days = 2
        own.add(ts_created_iso="2026-11-16T12:00:00Z")
        own.add()
        own.run()
        own.clock.advance(days=1)
        assert own.run().notes == []
        assert len(own.stored()) == 1
