"""Moments in the seller's zone and ages in words."""

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kaufland_cli.domain.moments import OffsetHere, day_in_words, moment_in_words, zone_named
from kaufland_cli.output import ORDER_COLUMNS, Output
from kaufland_cli.output.blocks import Paragraph, table
from kaufland_cli.output.moments import age_in_words, duration
from kaufland_cli.output.stream import Stream
from kaufland_cli.simulator import Simulator, make_order
from support.machine import Machine
from support.output_samples import Heard, order

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin")


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
    """A zone that does not exist counts as UTC; refusing it is the settings' business."""
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


def in_summer_and_winter(moment: datetime) -> timedelta:
    """Say what clocks in London show."""
    return moment.astimezone(ZoneInfo("Europe/London")).utcoffset() or timedelta()


@pytest.mark.parametrize(
    ("here", "text", "shown"),
    [
        (in_summer_and_winter, "2026-11-24T01:49:00Z", "2026-11-24 02:49 CET"),
        (in_summer_and_winter, "2026-07-24T01:49:00Z", "2026-07-24 03:49 CEST"),
        (
            lambda moment: moment.astimezone(ZoneInfo("Europe/Paris")).utcoffset(),
            "2026-11-24T01:49:00Z",
            "2026-11-24 02:49",
        ),
        (lambda _moment: timedelta(hours=1), "2026-11-24T01:49:00Z", "2026-11-24 02:49"),
        (lambda _moment: timedelta(hours=1), "2026-07-24T01:49:00Z", "2026-07-24 03:49 CEST"),
        (lambda _moment: None, "2026-11-24T01:49:00Z", "2026-11-24 02:49"),
        (in_summer_and_winter, "long ago", "long ago"),
    ],
)
def test_a_moment_carries_its_zone_where_clocks_here_show_another_time(here: OffsetHere, text: str, shown: str) -> None:
    """It is the time that counts, not the name of the zone: Paris shows what Berlin does."""
    assert moment_in_words(text, BERLIN, here) == shown


def test_a_table_says_once_where_its_times_are() -> None:
    """Below the list, so that no cell gets wider; nothing is said where clocks here show the same time."""
    for here, said in ((lambda _moment: timedelta(), True), (lambda _moment: timedelta(hours=1), False)):
        heard = Heard(width=80)
        output = Output(
            stdout=heard.stdout, stderr=heard.stderr, environ={}, color="never", width=120, offset_here=here
        )
        output.listing("orders", [order()], ORDER_COLUMNS, fields=(), schema="s", empty="")
        assert ("Times are in Europe/Berlin." in heard.out) == said
        assert "2026-11-24 02:49 " in heard.out
        card = Heard(width=80)
        stream = Stream(card.stdout, {}, offset_here=here)
        texts = [block.text for block in table([order()], ORDER_COLUMNS, stream) if isinstance(block, Paragraph)]
        assert texts == ["Times are in Europe/Berlin."] * said, "in a card too"


@pytest.mark.skipif(sys.platform == "win32", reason="TZ with such a name is POSIX's")
def test_on_a_server_in_utc_the_times_say_whose_they_are(tmp_path: Path) -> None:
    """The real program on a machine with another zone: in cards behind each time, in JSON as ever."""
    machine = Machine(tmp_path)
    with Simulator(orders=[make_order("M1", [{}])], now=machine.clock.now) as simulator:
        machine.connect(simulator)
        machine.have_imported(simulator)
        shown = {
            zone: machine.process("orders", "show", "M1", environ=machine.environ | {"TZ": zone}).out for zone in ZONES
        }
    assert re.search(r"Imported +\d{4}-\d\d-\d\d \d\d:\d\d CES?T$", shown["UTC"], re.MULTILINE)
    assert re.search(r"Imported +\d{4}-\d\d-\d\d \d\d:\d\d$", shown["Europe/Berlin"], re.MULTILINE)
