"""When imports count as old or failing."""

from datetime import UTC, datetime, timedelta

import pytest

from kaufland_cli.monitoring.health import Health, is_recent, judge, oldest_allowed
from kaufland_cli.monitoring.memory import Failure

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FAILURE = Failure(NOW - timedelta(hours=2), NOW - timedelta(minutes=5), 8, "5 timed_out", "what", notified=True)


def judged(
    ago: timedelta | None, *, failure: Failure | None = None, auto: bool = True, interval: int = 15, max_age: int = 0
) -> Health:
    """Judge imports of which the last complete one was so long ago."""
    return judge(
        auto_import=auto,
        interval_minutes=interval,
        max_age_minutes=max_age,
        last_complete=None if ago is None else NOW - ago,
        failure=failure,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("interval", "max_age", "minutes"), [(15, 0, 60), (60, 0, 180), (1, 0, 60), (60, 45, 45), (15, 1440, 1440)]
)
def test_old_is_what_the_setting_says_else_three_intervals(interval: int, max_age: int, minutes: int) -> None:
    """Without a setting it is three intervals, at least an hour; on the very limit it is not old yet."""
    assert oldest_allowed(interval, max_age) == timedelta(minutes=minutes)
    limit = timedelta(minutes=minutes)
    assert judged(limit, interval=interval, max_age=max_age).state == "good"
    assert judged(limit + timedelta(seconds=1), interval=interval, max_age=max_age).state == "old"


def test_failing_comes_before_old_and_an_import_by_hand_ends_it() -> None:
    """Failed runs are reported as such; a later complete import, by hand too, makes them good."""
    failing = judged(timedelta(hours=3), failure=FAILURE)
    assert (failing.state, failing.failure, failing.is_bad) == ("failing", FAILURE, True)
    assert judged(timedelta(minutes=1), failure=FAILURE) == Health("good", NOW - timedelta(minutes=1), None)


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(days=40), timedelta(days=730)], ids=str)
def test_import_dated_in_the_future_is_not_recent_and_makes_no_failure_good(ahead: timedelta) -> None:
    """A clock was wrong when it ended: nobody knows how old it is, and what fails now fails still."""
    assert judged(-ahead) == Health("old", NOW + ahead, None)
    assert judged(-ahead, failure=FAILURE) == Health("failing", NOW + ahead, FAILURE)
    assert not is_recent(NOW + ahead, timedelta(days=365), NOW)


def test_clocks_may_differ_by_minutes() -> None:
    """A clock that was set back by a little makes no import doubtful."""
    assert judged(-timedelta(minutes=5), failure=FAILURE).state == "good"


def test_without_auto_import_or_any_import_nothing_is_old() -> None:
    """Whoever imports by hand hears nothing about age; before the first import there is none."""
    assert judged(timedelta(days=90), auto=False, failure=FAILURE).state == "off"
    assert judged(None).state == "never"
    assert not judged(None).is_bad
    assert judged(None, failure=FAILURE).state == "failing"
