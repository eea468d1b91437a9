"""Moments in the seller's zone and ages in words."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from kaufland_cli.domain.moments import day_in_words, moment_in_words, zone_named
from kaufland_cli.output.moments import age_in_words, duration

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-24T01:49:00Z", "2026-11-24 02:49"),
        ("2026-07-24T01:49:59Z", "2026-07-24 03:49"),
        ("2026-11-24T01:49:00.123456+00:00", "2026-11-24 02:49"),
        ("2026-11-24T01:49:00+05:00", "2026-11-23 21:49"),
        ("2019-07-19T17:24:05", "2019-07-19 19:24"),
        ("2016-05-06 23:07:41", "2016-05-07 01:07"),
        ("yesterday", "yesterday"),
        ("", ""),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_moments_are_shown_in_the_sellers_zone(text: str, shown: str) -> None:
    """UTC becomes the seller's time, summer time included; what cannot be read is shown as it is."""
    assert moment_in_words(text, BERLIN) == shown


def test_day_is_the_sellers_day() -> None:
    """Shortly before midnight UTC it is the next day in Berlin."""
    assert day_in_words("2026-11-23T23:30:00Z", BERLIN) == "2026-11-24"
    assert day_in_words("soon", BERLIN) == "soon"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd"])
def test_no_zone_breaks_the_screen(name: str) -> None:
    """A zone that does not exist is UTC here; refusing it is the settings' business."""
    assert zone_named(name) is UTC


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "in the future by this machine's clock"),
        (0, "just now"),
        (59.9, "just now"),
        (60, "1 minute ago"),
        (720, "12 minutes ago"),
        (3599, "59 minutes ago"),
        (7200, "2 hours ago"),
        (86399, "23 hours ago"),
        (90000, "1 day ago"),
        (864000, "10 days ago"),
    ],
)
def test_ages_in_words(seconds: float, words: str) -> None:
    """An age is shown in its largest unit."""
    assert age_in_words(seconds) == words


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0 ms"), (999, "999 ms"), (999.9, "1.0 s"), (1234, "1.2 s"), (59949, "59.9 s"), (200000, "3 min 20 s")],
)
def test_lengths_of_time(milliseconds: float, text: str) -> None:
    """A duration is shown in the unit that fits it."""
    assert duration(milliseconds) == text
