"""Dates and times as typed on the command line: the one reader of every option that takes one."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import WrongUsage

FORMS: Final = (
    ("today, yesterday, tomorrow", "The whole day: --since from its start, --until to its end."),
    ("28.11.2026, 2026-11-28", "The same for any day."),
    ("28.11.2026 08:30", "That minute; put it in quotes."),
    ("2026-11-28T08:30", "The same. With +01:00 or Z at its end: in that zone."),
    ("45m, 12h, 30d, 2w, 1y", "Minutes, hours, days, weeks or years ago; of what is due: from now on."),
)
"""Each form with its meaning; a day or a time without an offset is in the seller's time zone."""

_FAR = timedelta(days=366)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION: Final = r"(?i)([0-9]{1,5})([mhdwy])"
_GERMAN: Final = r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?:[T ]+([0-9]{1,2}:[0-9]{2}))?"


def age(text: str, option: str) -> timedelta:
    """Read a duration: `45m`, `12h`, `30d`, `2w`, `1y` (365 days). Raises `WrongUsage`."""
    found = re.fullmatch(_DURATION, text.strip())
    if found is None:
        raise WrongUsage(
            f"{option} {text!r} is not a valid duration: write 45m, 12h, 30d, 2w or 1y.",
            hint=Hint(f"Example: {option} 30d"),
        )
    number, unit = int(found[1]), found[2].lower()
    return timedelta(days=365 * number) if unit == "y" else timedelta(**{_UNITS[unit]: number})


def moment(
    text: str, option: str, now: datetime, timezone: str, *, end_of_day: bool = False, ahead: bool = False
) -> datetime:
    """Read a moment in one of the `FORMS`, in UTC.

    A day is its first moment in the seller's zone; with `end_of_day` the first one of the day after, so that a list
    which ends before it includes the whole day. With `ahead`, a duration is from now on, else ago. Raises `WrongUsage`.
    """
    typed, zone = text.strip(), ZoneInfo(timezone)
    try:
        if re.fullmatch(_DURATION, typed):
            found = now + age(typed, option) if ahead else _ago(typed, option, now)
        else:
            day = _day(typed, now.astimezone(zone).date())
            if day is None:
                found = datetime.fromisoformat(_iso(typed))
                found = found if found.tzinfo else found.replace(tzinfo=zone)
            else:
                found = datetime.combine(day + timedelta(days=end_of_day), time.min, zone)
            found = found.astimezone(now.tzinfo)
        _ = found - _FAR, found + _FAR  # so that any zone and any overlap stays in range
    except OverflowError:
        raise WrongUsage(
            f"{option} {text!r} is too far away to be a valid date or time.", hint=Hint(f"Example: {option} 30d")
        ) from None
    except ValueError:
        raise WrongUsage(
            f"{option} {text!r} is not a valid date or time: write for example yesterday, 28.11.2026, 2026-11-28, "
            "2026-11-28T08:30, or 30d (30 days ago).",
            hint=Hint("All forms: ", command("help", "dates")),
        ) from None
    return found


def _ago(typed: str, option: str, now: datetime) -> datetime:
    """Return the moment that long ago; years go back to the same day of the calendar."""
    if typed[-1:].lower() != "y":
        return now - age(typed, option)
    year = now.year - int(typed[:-1])
    if year < 1:
        raise OverflowError
    try:
        return now.replace(year=year)
    except ValueError:  # 29 February
        return now.replace(year=year, day=28)


def _day(typed: str, today: date) -> date | None:
    """Return the typed day; None if the text has a time or is not a day."""
    match typed.lower():
        case "today":
            return today
        case "yesterday":
            return today - timedelta(days=1)
        case "tomorrow":
            return today + timedelta(days=1)
    try:
        return date.fromisoformat(_iso(typed))
    except ValueError:
        return None


def _iso(typed: str) -> str:
    """Return a date as ISO 8601 writes it; a German one is turned round."""
    found = re.fullmatch(_GERMAN, typed)
    if found is None:
        return typed
    day, month, year, clock = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}" + (f"T{clock:0>5}" if clock else "")
