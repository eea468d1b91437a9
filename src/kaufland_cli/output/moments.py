"""Times, ages and durations in words; times come as UTC text and are shown in the seller's time zone."""

from kaufland_cli.domain.numbers import PLAIN, NumberForm, tenths
from kaufland_cli.domain.text import counted

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def age_in_words(seconds: float) -> str:
    """Return how long ago something was: `just now`, `12 minutes ago`, `3 days ago`."""
    if seconds < 0:
        return "in the future by this machine's clock"
    if seconds < _MINUTE:
        return "just now"
    size, word = (_DAY, "day") if seconds >= _DAY else (_HOUR, "hour") if seconds >= _HOUR else (_MINUTE, "minute")
    return f"{counted(int(seconds // size), word)} ago"


def duration(milliseconds: float, form: NumberForm = PLAIN) -> str:
    """Return a duration: `213 ms`, `1.2 s`, `3 min 20 s`."""
    whole = round(milliseconds)  # first, so that 999.9 ms are a second
    if whole < 1000:  # noqa: PLR2004 (milliseconds in a second)
        return f"{whole} ms"
    seconds = whole / 1000
    if seconds < _MINUTE:
        return f"{tenths(seconds, form)} s"
    return f"{int(seconds // _MINUTE)} min {int(seconds % _MINUTE)} s"
