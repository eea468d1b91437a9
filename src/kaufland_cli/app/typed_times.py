"""Times as typed on the command line: a duration back from now, a date, or a date with time."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import WrongUsage

_FAR = timedelta(days=366)


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def age(text: str, option: str) -> timedelta:
    """Read a duration: `45m`, `12h`, `30d`, `2w`. Raises `WrongUsage`."""
    number, unit = text.strip()[:-1], text.strip()[-1:].lower()
    if unit not in _UNITS or not (number.isascii() and number.isdigit()) or len(number) > 5:  # noqa: PLR2004 - centuries are enough
        raise WrongUsage(
            f"{option} {text!r} is not a valid duration: write 45m, 12h, 30d or 2w.",
            hint=Hint(f"Example: {option} 30d"),
        )
    return timedelta(**{_UNITS[unit]: int(number)})


def moment(text: str, option: str, now: datetime, timezone: str) -> datetime:
    """Read a moment: a duration back from now (`30d`), a date, or a date with time in the seller's zone.

    Raises `WrongUsage`.
    """
    if text.strip()[-1:].lower() in _UNITS:
        try:
            found = now - age(text, option)
            _ = found - _FAR
        except OverflowError:
            raise WrongUsage(f"{option} {text!r} is too long ago.", hint=Hint(f"Example: {option} 30d")) from None
        return found
    try:
        found = datetime.fromisoformat(text.strip())
        found = (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(timezone))).astimezone(now.tzinfo)
        _ = found - _FAR, found + _FAR  # so that any zone and any overlap stays in range
    except (ValueError, OverflowError):
        raise WrongUsage(
            f"{option} {text!r} is not a valid date or time: write 30d (30 days ago), 2026-11-01 or 2026-11-01T08:30.",
            hint=Hint(f"Example: {option} 30d"),
        ) from None
    return found
