"""Reads the times in the headers of a response: `Date` and `Retry-After`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_RETRY_AFTER_SECONDS = 365 * 24 * 3600


def read_http_date(text: str | None) -> datetime | None:
    """Read the `Date` (or `Retry-After`) header, UTC; None if it is missing or invalid."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read `Retry-After` (seconds or a date) as seconds from now, at most a year; None if it is missing or invalid."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:12]), MAX_RETRY_AFTER_SECONDS))
    moment = read_http_date(text)
    if moment is None:
        return None
    # Relative to the server's own clock, because ours may be off.
    seconds = (moment - (read_http_date(headers.get("date")) or now)).total_seconds()
    return min(max(0.0, seconds), MAX_RETRY_AFTER_SECONDS)
