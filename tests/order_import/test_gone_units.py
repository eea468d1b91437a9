"""A unit that cannot be read and that Kaufland does not know any more does not trouble every import for ever."""

from pathlib import Path

import pytest

from kaufland_cli.domain.orders import FailedUnit
from kaufland_cli.order_import.result import with_gone
from kaufland_cli.simulator import faults, unit_id
from support.imports import World, world

GONE_AFTER_DAYS = 7


def listed(own: World) -> list[FailedUnit]:
    """Return the failed units as `orders list --failed` shows them."""
    with own.store() as store:
        return list(store.failed_units.listed(with_set_aside=True))


def fail_and_leave(own: World, order_units: int = 1) -> None:
    """Let an order fail, leave the window, and be unknown to Kaufland from then on."""
    own.add(units=[{"price": "abc"}] * order_units)
    own.run()
    own.clock.advance(hours=5)
    own.add()
    own.run()
    own.clock.advance(hours=3)
    own.simulator.misbehave(faults.status(404), times=None, path="/orders/M000001")


def days_of_imports(own: World, days: int) -> list[str]:
    """Import once a day; return the verdicts."""
    verdicts: list[str] = []
    for _ in range(days):
        verdicts.append(own.run().verdict)
        own.clock.advance(hours=24)
    return verdicts


def test_gone_unit_is_set_aside_after_days_and_reported_once(tmp_path: Path) -> None:
    """A week of 404: partial all the time, the last of these runs reports it, and from then on imports succeed."""
    with world(tmp_path) as own:
        fail_and_leave(own, order_units=2)
        assert days_of_imports(own, GONE_AFTER_DAYS) == ["partial"] * GONE_AFTER_DAYS
        last = own.run()
        assert (last.verdict, last.exit_code, last.counts.units_failed) == ("partial", 6, 2)
        assert "Kaufland has not found 2 failed units (M000001) for days" in last.message
        assert [one.id_order for one in last.failed] == ["M000001"] * 2
        own.simulator.clear_requests()
        after = own.run()
        assert (after.verdict, after.exit_code, after.failed, after.message) == (
            "success",
            0,
            [],
            "Everything is stored.",
        )
        assert not any("/orders/M000001" in one.target for one in own.simulator.requests), "it is asked for no more"
        assert [(one.set_aside, one.unknown_since is not None) for one in listed(own)] == [("gone", True)] * 2
        with own.store() as store:
            assert (store.queries.counts().units_failed, store.queries.counts().units_set_aside) == (0, 2)
            assert list(store.queries.unreadable_units()) == []


def test_response_in_between_restarts_the_days(tmp_path: Path) -> None:
    """Unknown for six days and then known again is not gone: the days begin again."""
    with world(tmp_path) as own:
        fail_and_leave(own)
        days_of_imports(own, GONE_AFTER_DAYS - 1)
        own.simulator.behave()
        own.run()
        assert listed(own)[0].unknown_since is None
        own.simulator.misbehave(faults.status(404), times=None, path="/orders/M000001")
        days_of_imports(own, GONE_AFTER_DAYS)
        assert listed(own)[0].set_aside is None


def test_server_that_fails_or_refuses_otherwise_makes_nothing_gone(tmp_path: Path) -> None:
    """Only "not known" counts: a month of another refusal leaves the unit where it is."""
    with world(tmp_path) as own:
        fail_and_leave(own)
        own.simulator.behave()
        own.simulator.misbehave(faults.status(400), times=None, path="/orders/M000001")
        assert set(days_of_imports(own, 30)) == {"partial"}
        assert listed(own)[0].unknown_since is None


def test_gone_unit_that_comes_again_counts_again(tmp_path: Path) -> None:
    """Gone for a week and in the list again after all: it counts again, and is read once it is fixed."""
    with world(tmp_path) as own:
        fail_and_leave(own)
        days_of_imports(own, GONE_AFTER_DAYS + 2)
        assert listed(own)[0].set_aside == "gone"
        own.simulator.behave()
        own.simulator.marketplace.change_unit(unit_id("M000001", 0), status="sent")
        assert own.run().verdict == "partial"
        assert [(one.set_aside, one.set_aside_at, one.unknown_since) for one in listed(own)] == [(None,) * 3]
        own.simulator.marketplace.change_unit(unit_id("M000001", 0), price=999)
        assert own.run().verdict == "success"
        assert (listed(own), own.stored()) == ([], own.served())


def test_dismissed_unit_does_not_count_until_it_changes(tmp_path: Path) -> None:
    """Met again as it was it stays dismissed, also within the same hour; changed at Kaufland it is news again."""
    with world(tmp_path) as own:
        own.add(price="abc")
        assert own.run().verdict == "partial"
        with own.store() as store:
            store.failed_units.dismiss([one.key for one in store.failed_units.found("m000001")], own.clock.now())
        for _ in range(2):
            assert own.run().verdict == "success"
            assert listed(own)[0].set_aside == "dismissed"
        own.simulator.marketplace.change_unit(unit_id("M000001", 0), status="sent")
        assert own.run().verdict == "partial"
        assert listed(own)[0].set_aside is None


@pytest.mark.parametrize("orders", [[None], ["M1"], ["M1", "M1", None], [f"M{number}" for number in range(9)]])
def test_sentence_names_a_few_orders(orders: list[str | None]) -> None:
    """However many are gone at once, the message stays a sentence, and says how to see them all."""
    found = with_gone("Done.", orders)
    assert found.startswith("Done. Kaufland has not found ")
    assert found.endswith("kaufland orders list --failed")
    assert len(found) < 250
