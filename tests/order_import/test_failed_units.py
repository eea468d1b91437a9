"""A unit that cannot be read is kept, listed, tried again with each import, and holds up nobody."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.orders import FailedUnit
from kaufland_cli.order_import import retry_failed_units
from kaufland_cli.seller_api import parsers
from kaufland_cli.simulator import MISSING, faults, unit_id
from support.imports import START, World, world

BAD: dict[str, dict[str, Any]] = {
    "an unreadable price": {"price": "abc"},
    "no id": {"id_order_unit": MISSING},
    "a list where an object belongs": {"billing_address": ["no", "object"]},
}


def listed(own: World) -> list[FailedUnit]:
    """Return the failed units as `orders list --failed` shows them."""
    with own.store() as store:
        return list(store.failed_units.listed())


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_failed_unit_is_kept_and_holds_up_no_other(tmp_path: Path, bad: dict[str, Any]) -> None:
    """The others are stored, the watermark moves, the run is partial, and the unit is listed with its reason."""
    with world(tmp_path) as own:
        own.add(5)
        own.add(**bad)
        result = own.run()
        assert (result.verdict, result.exit_code, result.counts.units_failed) == ("partial", 6, 1)
        assert own.state().watermark == START
        assert len(own.stored()) == 5
        (one,) = listed(own)
        assert (one.id_order, one.first_seen_at, one.attempts) == ("M000006", "2026-11-20T12:00:00Z", 0)


def test_every_run_tries_it_again_and_says_so(tmp_path: Path) -> None:
    """Outside the window too: each import asks for its order, counts the trial, stays partial and lists it."""
    with world(tmp_path) as own:
        own.add(2)
        own.add(price="abc")
        own.run()
        own.clock.advance(hours=3)
        own.add()
        own.run()
        for attempt in (1, 2):
            own.clock.advance(hours=3)
            own.simulator.clear_requests()
            result = own.run()
            assert (result.verdict, result.exit_code) == ("partial", 6)
            assert [one.id_order for one in result.failed] == ["M000003"]
            assert sum("/orders/M000003" in one.target for one in own.simulator.requests) == 1
            assert listed(own)[0].attempts == attempt + 1


def test_unit_that_kaufland_fixes_silently_is_read(tmp_path: Path) -> None:
    """Fixed without a new update time, far outside the window: the trial finds it, and the run is a success again."""
    with world(tmp_path) as own:
        own.add(price="abc")
        own.run()
        own.clock.advance(hours=5)
        own.add()
        own.run()
        own.simulator.marketplace.change_unit(unit_id("M000001", 0), touch=False, price=999)
        result = own.run()
        assert (result.verdict, result.failed, listed(own)) == ("success", [], [])
        assert own.stored() == own.served()


def test_unit_without_an_order_is_fetched_by_itself(tmp_path: Path) -> None:
    """Where only the unit's own id is known, the trial asks for the unit; what is fixed is stored with its order."""
    with world(tmp_path) as own:
        own.add(units=[{"id_order": MISSING}])
        own.run()
        own.clock.advance(hours=5)
        own.add()
        own.run()
        own.simulator.clear_requests()
        key = unit_id("M000001", 0)
        assert own.run().verdict == "partial"
        assert sum(f"/order-units/{key}" in one.target for one in own.simulator.requests) == 1
        own.simulator.marketplace.change_unit(key, touch=False, id_order="M000001")
        result = own.run()
        assert (result.verdict, listed(own)) == ("success", [])
        assert own.stored() == own.served()


def test_newer_program_reads_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this program could not read may be plain to its next version: the kept text is read first, nobody asked."""
    with world(tmp_path) as own:
        with monkeypatch.context() as older:

            def refuse(_rest: object, name: str) -> int:
                raise parsers.UnreadableError(f"the {name} is beyond this version")

            older.setattr(parsers, "_amount", refuse)
            own.add(2)
            assert own.run().counts.units_failed == 2
        own.clock.advance(hours=5)
        own.add()
        own.simulator.clear_requests()
        result = own.run()
        assert (result.verdict, listed(own)) == ("success", [])
        assert own.stored() == own.served()


def test_trials_are_bounded_and_the_longest_waiting_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand failed orders do not cost a thousand requests a run; each has its turn."""
    monkeypatch.setattr(retry_failed_units, "MAX_TRIALS_A_RUN", 2)
    with world(tmp_path) as own:
        own.add(5, price="abc")
        own.run()
        own.clock.advance(hours=5)
        own.add()
        own.run()
        own.clock.advance(hours=5)
        for _ in range(2):
            own.clock.advance(minutes=1)
            own.run()
        assert all(one.attempts >= 1 for one in listed(own))
        assert sum(one.attempts for one in listed(own)) == 5 + 2 + 2, "all met once in the window, then two a run"


@pytest.mark.parametrize("fault", [lambda: faults.status(500), lambda: faults.status(401, b"{}")])
def test_trial_that_fails_fails_no_import(tmp_path: Path, fault: Callable[[], faults.Fault]) -> None:
    """Kaufland does not answer for that order: the import is done all the same, and says what could not be tried."""
    with world(tmp_path) as own:
        own.add(price="abc")
        own.run()
        own.clock.advance(hours=5)
        own.add()
        own.run()
        own.simulator.misbehave(fault(), times=None, path="/orders/*")
        result = own.run()
        assert result.verdict == "partial"
        assert any("could be retried" in note for note in result.notes)
        assert len(own.stored()) == 1


def test_order_that_is_never_answered_holds_up_no_other(tmp_path: Path) -> None:
    """Where the answer for one order is always nonsense, the next run begins with another one."""
    with world(tmp_path) as own:
        own.add(2, price="abc")
        own.run()
        own.clock.advance(hours=5)
        own.add()
        own.run()
        never, fixed = sorted(("M000001", "M000002"), key=lambda id_order: str(unit_id(id_order, 0)))
        own.simulator.marketplace.change_order(fixed, touch=False, price=999)
        own.simulator.misbehave(faults.null_data(), times=None, path=f"/orders/{never}")
        for _ in range(2):
            own.clock.advance(minutes=1)
            own.run()
        assert [one.id_order for one in listed(own)] == [never]


def test_order_that_kaufland_no_longer_knows_stays_listed(tmp_path: Path) -> None:
    """A 404 fixes nothing: the unit stays on the list, and no other is held up."""
    with world(tmp_path) as own:
        own.add(2, price="abc")
        own.run()
        own.clock.advance(hours=5)
        own.add()
        own.run()
        own.simulator.misbehave(faults.status(404, b'{"message": "gone"}'), times=None, path="/orders/*")
        assert own.run().verdict == "partial"
        assert [one.attempts for one in listed(own)] == [2, 2]


def test_unit_without_any_id_goes_once_its_window_is_read_without_it(tmp_path: Path) -> None:
    """It cannot be asked for: it stays listed while it may still be there, and goes when a complete walk lacks it."""
    with world(tmp_path) as own:
        own.add(2)
        own.add(id_order_unit=MISSING, units=[{"id_order": MISSING}])
        assert own.run().verdict == "partial"
        own.simulator.misbehave(
            faults.edited(lambda content: content | {"data": [one for one in content["data"] if "id_order" in one]}),
            times=None,
            path="/order-units",
        )
        own.simulator.misbehave(faults.wrong_total(2), times=None, path="/order-units")
        own.clock.advance(minutes=5)
        assert own.run().verdict == "success"
        assert listed(own) == []


def test_unit_without_any_id_stays_while_its_window_is_not_read(tmp_path: Path) -> None:
    """Outside the window nothing is known about it."""
    with world(tmp_path) as own:
        own.add(id_order_unit=MISSING, units=[{"id_order": MISSING}], ts_updated_iso=START - timedelta(days=3))
        own.add(2)
        own.run()
        own.clock.advance(hours=5)
        own.add()
        assert own.run().verdict == "partial"
        assert len(listed(own)) == 1
