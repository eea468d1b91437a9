"""Dates and times as a seller types them: one reader for every option, in the seller's zone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaufland_cli.app.typed_times import age, moment
from kaufland_cli.domain.moments import as_text
from kaufland_cli.errors import WrongUsage
from kaufland_cli.simulator import Simulator, make_order
from support.machine import Machine

NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # 1 December in Berlin


@pytest.mark.parametrize(
    ("typed", "begins", "ends"),
    [
        ("today", "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z"),
        (" Yesterday ", "2026-11-29T23:00:00Z", "2026-11-30T23:00:00Z"),
        ("28.11.2026", "2026-11-27T23:00:00Z", "2026-11-28T23:00:00Z"),
        ("1.5.2026", "2026-04-30T22:00:00Z", "2026-05-01T22:00:00Z"),
        ("2026-11-28", "2026-11-27T23:00:00Z", "2026-11-28T23:00:00Z"),
        ("20261128", "2026-11-27T23:00:00Z", "2026-11-28T23:00:00Z"),
        ("25.10.2026", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),  # 25 hours long
        ("2026-11-28T08:30", "2026-11-28T07:30:00Z", "2026-11-28T07:30:00Z"),
        ("2026-11-28 08:30", "2026-11-28T07:30:00Z", "2026-11-28T07:30:00Z"),
        ("2026-11-28T08:30Z", "2026-11-28T08:30:00Z", "2026-11-28T08:30:00Z"),
        ("28.11.2026 8:30", "2026-11-28T07:30:00Z", "2026-11-28T07:30:00Z"),
        ("45m", "2026-11-30T22:45:00Z", "2026-11-30T22:45:00Z"),
        ("2D", "2026-11-28T23:30:00Z", "2026-11-28T23:30:00Z"),
        ("2w", "2026-11-16T23:30:00Z", "2026-11-16T23:30:00Z"),
        ("3y", "2023-11-30T23:30:00Z", "2023-11-30T23:30:00Z"),  # over a leap day
    ],
)
def test_date_is_read_in_the_sellers_zone(typed: str, begins: str, ends: str) -> None:
    """A day begins and ends at midnight in Berlin, and an end includes it; a time or a duration is that moment."""
    assert as_text(moment(typed, "--since", NOW, "Europe/Berlin")) == begins
    assert as_text(moment(typed, "--until", NOW, "Europe/Berlin", end_of_day=True)) == ends


def test_year_ago_on_a_leap_day() -> None:
    """29 February has no day a year before: it is the 28th."""
    leap_day = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert as_text(moment("1y", "--since", leap_day, "UTC")) == "2027-02-28T12:00:00Z"
    assert age("1y", "--max-age").days == 365


@pytest.mark.parametrize(
    "typed", ["", "y", "some day", "30.2.2026", "2026-13-01", "11/28/2026", "28.11.", "-1d", "30 d", "1,5d", "٣d"]
)
def test_text_that_is_no_date_is_refused(typed: str) -> None:
    """The error repeats what was typed, shows what works, and leads to all forms."""
    with pytest.raises(WrongUsage, match="is not a valid date or time: write for example yesterday") as refused:
        moment(typed, "--since", NOW, "UTC")
    assert repr(typed) in refused.value.message
    assert str(refused.value.hint) == "All forms: kaufland help dates"


@pytest.mark.parametrize("typed", ["9999y", "1.1.0001", "31.12.9999"])
def test_date_at_the_end_of_the_calendar_is_refused(typed: str) -> None:
    """It is said to be too far away; nothing overflows."""
    with pytest.raises(WrongUsage, match="too far away"):
        moment(typed, "--since", NOW, "Pacific/Kiritimati", end_of_day=True)


def test_every_command_reads_the_same_dates(tmp_path: Path) -> None:
    """`--since` of each command takes a German date, and `--until` of a list includes its whole day."""
    machine = Machine(tmp_path)
    with Simulator(now=machine.clock.now) as simulator:
        machine.connect(simulator)
        for id_order, at in (("MBEFORE", "22:59"), ("MWITHIN", "23:00"), ("MLATE", "22:58")):
            day = "22" if id_order == "MLATE" else "21"
            created = {"ts_created_iso": f"2026-11-{day}T{at}:00Z", "ts_updated_iso": f"2026-11-{day}T{at}:00Z"}
            simulator.marketplace.add_order(make_order(id_order, [created]))
        machine.good("import-orders", "--since", "1.11.2026")
        listed = machine.good("orders", "list", "--since", "22.11.2026", "--until", "2026-11-22", "--json").json()
        assert [order["id_order"] for order in listed["orders"]] == ["MLATE", "MWITHIN"]
        for words in (
            ("log", "show", "--since", "yesterday"),
            ("reconcile", "--since", "1.11.2026"),
            ("import-orders", "--since", "yesterday", "--dry-run"),
            ("status", "--max-age", "1y"),
        ):
            machine.good(*words)


def test_period_that_ends_before_it_begins_is_refused(machine: Machine) -> None:
    """An empty list would look like no orders."""
    done = machine.run("orders", "list", "--since", "today", "--until", "yesterday")
    assert done.code == 2
    assert "no order can match" in done.err


def test_help_shows_every_form(machine: Machine) -> None:
    """`kaufland help dates` lists what these options take."""
    text = machine.good("help", "dates").out
    for form in ("yesterday", "28.11.2026", "2026-11-28T08:30", "1y"):
        assert form in text
