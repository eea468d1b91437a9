"""What messages say."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from kaufland_cli.domain.hint import NO_HINT, command
from kaufland_cli.monitoring.memory import Failure
from kaufland_cli.monitoring.message import (
    MAX_ORDERS,
    About,
    Trouble,
    counts_in_words,
    failure_notification,
    news_notification,
    recovery_notification,
    together,
)

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ABOUT = About(
    "second",
    "production",
    ZoneInfo("Europe/Berlin"),
    "Europe/Berlin",
    ("--profile", "second"),
)
FAILURE = Failure(NOW - timedelta(hours=2), NOW, 8, "3 settings_error", "There is one fault:\n  line 7", notified=True)


def test_failure_is_reported_in_full() -> None:
    """What, why, whose, since when in the seller's zone, how often, the last good import, and the next command."""
    found = failure_notification(
        ABOUT, FAILURE, message=FAILURE.what, hint=command("config", "list"), last_complete="2026-11-24 08:15"
    )
    assert found.subject == "kaufland: import failed (profile second, production): There is one fault:"
    for part in (
        "profile second, production",
        "  There is one fault:\n    line 7",
        "2026-11-24 08:30 (Europe/Berlin), 8 failed runs in a row",
        "2026-11-24 08:15",
        "kaufland --profile second config list",
        "kaufland --profile second status",
    ):
        assert part in found.text


def test_end_of_a_failure_is_reported_in_full() -> None:
    """What had failed, from when to when, how many runs, and what came since."""
    found = recovery_notification(ABOUT, FAILURE, now=NOW + timedelta(hours=1), came="3 new orders, 0 changed")
    for part in (
        "2026-11-24 08:30 to 2026-11-24 10:30",
        "8 runs",
        "There is one fault: line 7\n",
        "11:30",
        "3 new orders",
    ):
        assert part in found.text
    assert "work again" in found.subject
    assert together([found, found]).text.count("work again") == 2
    assert counts_in_words(1, 0) == "1 new order, 0 changed"


def test_orders_that_need_attention_are_reported_with_their_fix() -> None:
    """New ones first, then the others, a few of them with reason and command; counts and lists for all of them."""
    held = [
        Trouble(
            f"MH{number}",
            "held",
            "no customer",
            command("orders", "show", f"MH{number}"),
            f"2026-11-24T08:0{number}:00Z",
        )
        for number in range(6)
    ]
    lost = Trouble("", "unreadable", "the unit has no id_order", NO_HINT, "2026-11-24T07:00:00Z")
    found = news_notification(ABOUT, [*held, lost], "2026-11-24T08:03:00Z")
    lines = found.text.splitlines()
    assert found.subject.endswith("1 unit could not be read, 6 sales orders held")
    assert lines[2:8] == [
        "New:",
        "  MH5: held, no customer",
        "    kaufland --profile second orders show MH5",
        "  MH4: held, no customer",
        "    kaufland --profile second orders show MH4",
        "Still:",
    ]
    assert sum(": held" in line for line in lines) == MAX_ORDERS
    assert "  and 2 more" in lines
    assert "All of them: kaufland --profile second orders list --failed" in lines
    assert "All of them: kaufland --profile second sales-orders list --state held" in lines


def test_reminder_has_nothing_new() -> None:
    """When all of them were reported before, they are reported as still there."""
    one = Trouble("MA", "conflict", "changed", command("sales-orders", "show", "MA"), "2026-11-24T07:00:00Z")
    found = news_notification(ABOUT, [one], one.stamp)
    assert "New:" not in found.text
    assert "Still:\n  MA: in conflict, changed" in found.text
