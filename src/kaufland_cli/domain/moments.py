"""Times in the one form that the program stores and compares: UTC, whole seconds, `2026-11-24T01:49:47Z`.

They come from Kaufland's JSON (`seller_api.parsers`), from the clock and from the store.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TypeAlias
from zoneinfo import ZoneInfo

OffsetHere: TypeAlias = Callable[[datetime], timedelta | None]
"""Returns how far this machine's clocks are from UTC at that moment; None if that cannot be said."""

# Live responses end in Z. Samples in Kaufland's documentation end in T, have a blank in the middle, or no zone.
_MOMENT = re.compile(
    r"\s*(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T\s]+(\d{2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?)?"
    r"\s*(?:([+-])(\d{2}):?(\d{2})?|[ZzTt])?\s*",
    re.ASCII,
)
_ONE_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII)
_BEYOND = frozenset({"0000", "0001", "9999"})
"""Years in which moving a time to another zone or by a day can overflow. No order has such a time."""


def is_moment_text(text: str) -> bool:
    """Return whether the text already has the one form, as nearly all times have."""
    if _ONE_FORM.fullmatch(text) is None or text[:4] in _BEYOND:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:  # no such day
        return False
    return True


def as_text(moment: datetime) -> str:
    """Return a time in the one form, without fractions of a second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def read_moment(text: object) -> datetime | None:
    """Read a time from the API, tolerantly; without a zone it is UTC. None if it is not a valid time."""
    if not isinstance(text, str):
        return None
    if is_moment_text(text):
        return datetime.fromisoformat(text)
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    if year in _BEYOND:
        return None
    try:
        zone = UTC
        if sign:
            offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes or 0))
            zone = timezone(-offset if sign == "-" else offset)
        whole = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59), tzinfo=zone
        )
        return whole.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def moment_text(text: object) -> str | None:
    """Return a time from the API in the one form; None if it is not a valid time."""
    if isinstance(text, str) and is_moment_text(text):
        return text
    moment = read_moment(text)
    return None if moment is None else as_text(moment)


def zone_named(name: str) -> tzinfo:
    """Return the time zone of that name; UTC if there is none (the settings refuse such a name before)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def local_moment(text: str, zone: tzinfo) -> datetime | None:
    """Return the moment in the zone; without an offset it is UTC. None if the text cannot be read."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def moment_in_words(text: str, zone: tzinfo, offset_here: OffsetHere | None = None) -> str:
    """Return `2026-11-24 02:49` in the zone; text that cannot be read comes back as it is.

    The zone follows (`2026-11-24 02:49 CET`) where clocks here show another time at that moment; `offset_here` says how
    far they are from UTC.
    """
    moment = local_moment(text, zone)
    if moment is None:
        return text
    words = moment.strftime("%Y-%m-%d %H:%M")
    return f"{words} {moment.tzname()}" if is_elsewhere(moment, offset_here) else words


def is_elsewhere(moment: datetime, offset_here: OffsetHere | None) -> bool:
    """Return whether clocks here show another time than this one; not if that is unknown."""
    here = None if offset_here is None else offset_here(moment)
    return here is not None and here != moment.utcoffset()


def day_in_words(text: str, zone: tzinfo) -> str:
    """Return `2026-11-24`, the day in the zone; text that cannot be read comes back as it is."""
    moment = local_moment(text, zone)
    return moment.strftime("%Y-%m-%d") if moment else text
