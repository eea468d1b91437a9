"""A clock that is wrong, Kaufland's or this computer's, costs no order: not in this run and not in a later one."""

from datetime import timedelta
from pathlib import Path

import pytest

from kaufland_cli.domain.moments import as_text
from kaufland_cli.simulator import Answer, Request, faults
from support.clocks import HeldClock
from support.imports import START, World, world_of_sent_orders

AHEAD = [timedelta(minutes=6), timedelta(days=40), timedelta(days=730)]
BEHIND = [timedelta(minutes=6), timedelta(days=40), timedelta(days=730), timedelta(days=365 * 50)]


def dated(shown: timedelta | None) -> faults.Fault:
    """Answer truly, but for the `Date`: so much later than it is, or none."""

    def fault(request: Request, proceed: faults.Proceed) -> Answer:
        answer = proceed(request)
        headers = {**answer.headers, "Date": "soon"} if shown is None else answer.headers
        now = answer.now if shown is None else request.now + shown
        return Answer(answer.status, answer.content, raw=answer.raw, headers=headers, deliver=answer.deliver, now=now)

    return fault


def filled(own: World, count: int = 8) -> None:
    """Let orders arrive over the last days, the last of them now."""
    for days in range(count, -1, -1):
        moment = own.clock.now() - timedelta(days=days)
        own.add(ts_created_iso=moment, ts_updated_iso=moment)


def live_on(own: World) -> None:
    """Let another order arrive an hour later, import it, and find everything stored."""
    own.clock.advance(hours=1)
    own.add()
    result = own.run()
    assert result.complete
    assert own.stored() == own.served()
    watermark = own.state().watermark
    assert watermark is None or watermark <= own.clock.now() + timedelta(minutes=5)


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_date_in_the_future_is_reported_and_not_used(tmp_path: Path, ahead: timedelta) -> None:
    """The first import reads the last 30 days all the same; every later one goes on from what was really read."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own)
        own.simulator.misbehave(dated(ahead), times=None)
        result = own.run()
        assert (result.verdict, own.state().watermark) == ("success", START)
        assert own.stored() == own.served()
        assert any("was not used" in note for note in result.notes)
        assert "clock and this computer's differ" in result.message
        live_on(own)
        own.simulator.behave()
        live_on(own)
        assert own.run().notes == []


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_date_that_goes_wrong_later_moves_nothing_beyond_now(tmp_path: Path, ahead: timedelta) -> None:
    """A server whose clock jumps between two imports does not take the watermark along."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own)
        own.run()
        own.add(ts_updated_iso=START + timedelta(days=9000))
        own.simulator.misbehave(dated(ahead), times=None)
        live_on(own)
        own.simulator.behave()
        live_on(own)


@pytest.mark.parametrize("update", [timedelta(minutes=6), timedelta(days=300), timedelta(days=365 * 73)], ids=str)
@pytest.mark.parametrize("shown", [None, timedelta(0), timedelta(days=730)], ids=str)
def test_unit_updated_in_the_future_moves_nothing_beyond_now(
    tmp_path: Path, update: timedelta, shown: timedelta | None
) -> None:
    """One unit "updated in 2099", with a right, a wrong or no `Date`: the others count, and later orders are found."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own)
        own.clock.advance(minutes=30)
        own.add(ts_updated_iso=START + update + timedelta(minutes=30))
        own.simulator.misbehave(dated(shown), times=None)
        own.run()
        assert own.state().watermark == START
        live_on(own)


@pytest.mark.parametrize("behind", BEHIND, ids=str)
def test_date_in_the_past_reads_more_and_not_less(tmp_path: Path, behind: timedelta) -> None:
    """A first import begins 30 days before the earlier of the two clocks, and the watermark never moves back."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own)
        own.simulator.misbehave(dated(-behind), times=None)
        result = own.run()
        assert result.since == as_text(START - behind - timedelta(days=30))
        assert own.stored() == own.served()
        assert any("The earlier one was used" in note for note in result.notes)
        live_on(own)
        own.simulator.behave()
        live_on(own)
        before = own.state().watermark
        own.simulator.misbehave(dated(-behind), times=None)
        live_on(own)
        assert own.state().watermark == before


@pytest.mark.parametrize("behind", BEHIND, ids=str)
@pytest.mark.parametrize("later", [False, True], ids=["from the first import on", "after an import"])
def test_own_clock_that_is_behind_loses_nothing(tmp_path: Path, behind: timedelta, later: bool) -> None:
    """This computer believes that it is 1976: all is read, it is said, and a right watermark is kept."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own)
        if later:
            own.run()
        own.local = HeldClock(own.clock.now() - behind)
        own.add()
        result = own.run()
        assert own.stored() == own.served()
        assert any("if this computer's clock is wrong, set it" in note for note in result.notes)
        if later:
            assert own.state().watermark == START
        own.local = None
        live_on(own)
        assert own.run().notes == []


@pytest.mark.parametrize("wrong_again", [False, True], ids=["right", "wrong again"])
def test_order_of_last_year_that_comes_up_later_is_read_whole(tmp_path: Path, wrong_again: bool) -> None:
    """The first import read ten years by a wrong clock; later Kaufland shows an order of last year, one unit updated.

    Its other unit bears a time that was read long ago, and is found all the same.
    """
    with world_of_sent_orders(tmp_path) as own:
        filled(own)
        own.local = HeldClock(own.clock.now() - timedelta(days=3650))
        own.run()
        own.local = None
        live_on(own)
        last_year = START - timedelta(days=400)
        units = [{"ts_updated_iso": own.clock.now()}, {}]
        own.add(units=units, status="sent", ts_created_iso=last_year, ts_updated_iso=last_year)
        if wrong_again:
            own.local = HeldClock(own.clock.now() - timedelta(days=3650))
        result = own.run()
        assert (result.complete, result.counts.units_new) == (True, 2)
        assert own.stored() == own.served()


@pytest.mark.parametrize("shown", [timedelta(0), None, timedelta(days=800)], ids=str)
@pytest.mark.parametrize("poison", [timedelta(minutes=6), timedelta(days=40), timedelta(days=365 * 73)], ids=str)
def test_store_that_was_poisoned_is_put_right_by_the_next_import(
    tmp_path: Path, poison: timedelta, shown: timedelta | None
) -> None:
    """A watermark in the future, as an earlier state of this program wrote it: the next import reads all since then."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own)
        own.run()
        with own.store() as store:
            store.database.execute("UPDATE sync_state SET watermark = ?", (as_text(START + poison),))
        own.add()
        if shown != timedelta(0):
            own.simulator.misbehave(dated(shown), times=None)
        result = own.run()
        assert result.complete
        assert own.stored() == own.served()
        assert any("which this computer's clock has not reached" in note for note in result.notes)
        assert own.state().watermark == START
        live_on(own)


def test_first_import_that_was_poisoned_begins_again_where_it_should_have_begun(tmp_path: Path) -> None:
    """Two years ahead from the first import on, and months of imports that read nothing: nothing of them is lost."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own)
        own.run()
        future = as_text(START + timedelta(days=700))
        with own.store() as store:
            for table in ("order_units", "orders"):
                store.database.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            store.database.execute("UPDATE runs SET since = ?", (future,))
            store.database.execute("UPDATE sync_state SET watermark = ?", (future,))
        own.clock.advance(days=90)
        own.add()
        result = own.run()
        assert result.since == as_text(START - timedelta(days=30))
        assert own.stored() == own.served()


def test_clock_that_was_ahead_and_is_right_again(tmp_path: Path) -> None:
    """No `Date` and this computer in 2036: once either clock is right, everything is read and the watermark too."""
    with world_of_sent_orders(tmp_path) as own:
        filled(own)
        own.local = HeldClock(START + timedelta(days=3650))
        own.simulator.misbehave(dated(None), times=None)
        own.run()
        own.local = None
        own.add()
        own.run()
        assert own.stored() == own.served()
        own.simulator.behave()
        live_on(own)
