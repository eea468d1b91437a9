"""When a scheduler looks, and what an entry says of itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.scheduling.plan import DAY, every_minutes_in, step_minutes
from support.schedule_samples import PLAN, TARGET

INTERVALS = st.integers(1, 10_080)


@pytest.mark.parametrize(
    ("interval", "step"),
    [(1, 1), (7, 1), (15, 15), (25, 5), (45, 15), (60, 60), (90, 30), (120, 120), (300, 60), (1440, 1440), (2880, 60)],
)
def test_calendar_looks_often_enough(interval: int, step: int) -> None:
    """At the interval itself where that fits into an hour or a day, else at what fits into both."""
    assert step_minutes(interval) == step


@given(INTERVALS)
def test_every_interval_is_met_by_its_step(interval: int) -> None:
    """Whatever the interval, it is a whole number of steps, and a step fits into a day."""
    step = step_minutes(interval)
    assert interval % step == 0
    assert DAY % step == 0
    assert step <= 60 or step % 60 == 0


@given(INTERVALS, st.text(max_size=20))
def test_sellers_are_spread_and_each_stays_where_it_is(interval: int, machine: str) -> None:
    """The minute comes from machine, home and profile: the same every time, and within the step."""
    plan = replace(PLAN, every_minutes=interval, machine=machine)
    assert 0 <= plan.rhythm.offset < plan.rhythm.step
    assert plan.rhythm == replace(plan).rhythm


def test_not_all_sellers_begin_in_the_same_minute() -> None:
    """Among a hundred machines every minute of a quarter of an hour is used."""
    minutes = {replace(PLAN, machine=str(number)).rhythm.minute for number in range(100)}
    assert minutes == set(range(15))


@given(INTERVALS)
def test_entry_shows_its_interval(interval: int) -> None:
    """What stands in an entry is read back from it."""
    assert every_minutes_in(f"# {replace(PLAN, every_minutes=interval).title}. Written by us") == interval
    assert every_minutes_in("*/15 * * * * something else every day") is None


def test_each_profile_and_user_has_its_own_name() -> None:
    """No two entries of a machine share a name, which has no sign that a scheduler would not take."""
    other = replace(TARGET, profile="second", uses_default=False)
    targets = [TARGET, other, replace(TARGET, all_profiles=True)]
    targets += [replace(one, system=True) for one in targets]
    labels = [one.label for one in targets]
    assert len(set(labels)) == len(labels)
    assert all(label.replace("-", "").replace("_", "").isalnum() for label in labels)
