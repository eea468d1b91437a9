"""What the single values of sales orders and of Business Central have to look like."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from kaufland_cli.domain.codes import country_code
from kaufland_cli.settings.rules import Refused, plain_text

_MAX_NUMBER = 20
_FAR = timedelta(days=366)
_PERCENT = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?")
_URL_PART = re.compile(r"[A-Za-z0-9._-]{1,100}")


def number(text: str) -> str:
    """Return the number of a customer, an account or an item: text, since it may begin with zeros or letters."""
    text = text.strip()
    if len(text) > _MAX_NUMBER:
        raise Refused("is longer than 20 characters", echo=True)
    if not text.isprintable():
        raise Refused("has characters that cannot be printed", echo=True)
    return text


def needed_number(text: str) -> str:
    """Return a number that must not be empty."""
    if not text.strip():
        raise Refused("has no number")
    return number(text)


def country(text: str) -> str:
    """Return a country's two letters (ISO 3166) in capitals."""
    code = country_code(text)
    if not code:
        raise Refused("is no country in two letters", echo=True)
    return code


def vat_percent(text: str) -> str:
    """Return a rate of VAT as it is looked up: `7`, `5.5`."""
    percent = text.strip()
    if not _PERCENT.fullmatch(percent):
        raise Refused("is no rate of VAT in percent, such as 19 or 5.5", echo=True)
    return f"{float(percent):g}"


def each_once(rule: Callable[[str], str]) -> Callable[[object], object]:
    """Return a check that no two names of a table mean the same by that rule."""

    def check(table: object) -> object:
        names: list[str] = []
        for name in table if isinstance(table, dict) else ():
            try:
                names.append(rule(str(name)))
            except Refused:
                continue  # named by the rule itself
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Refused(f"names {twice} twice")
        return table

    return check


def moment(text: str) -> str:
    """Return a moment in UTC as `2026-11-01T08:00:00Z`, or nothing; without an offset it is UTC."""
    if not text.strip():
        return ""
    try:
        found = datetime.fromisoformat(text.strip())
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        _ = found - _FAR, found + _FAR  # so that every time zone can show it
    except (ValueError, OverflowError):
        raise Refused("is no moment", echo=True) from None
    return moment_text(found)


def moment_text(moment: datetime) -> str:
    """Write a moment as the settings keep it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def url_part(text: str) -> str:
    """Return a name that becomes one part of an address, or nothing."""
    text = text.strip()
    if text and (not _URL_PART.fullmatch(text) or not text.strip(".")):
        raise Refused("has characters that no such name has, or too many of them")
    return text


def user_name(text: str) -> str:
    """Return a name to log in with; HTTP's Basic authentication ends it at a colon."""
    text = plain_text(text.strip())
    if ":" in text:
        raise Refused("has a colon in it")
    return text
