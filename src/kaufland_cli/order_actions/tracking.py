"""What cannot be a tracking number of a carrier; everything that could be one passes.

A wrong refusal keeps a seller from reporting a parcel, a wrong pass is seen at the carrier. So only what is well known
counts, and of the many forms of a carrier only a mistake is refused that no form of it has.
"""

import re
from collections.abc import Callable
from typing import Final

MIN_LENGTH: Final = 4
MAX_LENGTH: Final = 50
_SHOWN: Final = 40
_FORBIDDEN = re.compile(r"[^A-Za-z0-9/-]")
_FILLERS = re.compile(
    r"test(ing)?|tracking ?(number|nummer)?|sendungsnummer|dummy|example|beispiel|none|null|nil|nan|n/?a|k/?a|keine?"
    r"|leer|empty|unknown|unbekannt|tb[ad]|folgt|false|true|undefined|missing",
    re.IGNORECASE,
)
_WEB = re.compile(r"[a-z]+://|www\.", re.IGNORECASE)
_UPS = re.compile(r"1Z[0-9A-Z]{16}")
_DHL = re.compile(r"(JJD|JVGL)[0-9]{8,}")
_S10_OF_GERMANY = re.compile(r"[A-Z]{2}[0-9]{9}DE")
_MIN_DHL_DIGITS: Final = 7
_OTHER_DHL_DIGITS: Final = 14
"""A longer number of digits that begins like one of 20 is one of 20."""
_DHL_GERMANY, _DHL_GERMANY_DIGITS = "003404", 20


def implausible(carrier: str, number: str) -> str | None:
    """Return why this cannot be a tracking number of the carrier, as a sentence; None if it can.

    `carrier` is Kaufland's name for it, such as `DHL` or `UPS`; upper and lower case count as equal. One that is not
    known here is held to the rules for all: 4 to 50 letters, digits, hyphens and slashes, at least two of them
    different, and no word that stands for none at all.
    """
    name = carrier.strip().casefold()
    return _no_number(name, number) or _RULES.get(name, _nothing_known)(number.upper())


def _no_number(carrier: str, number: str) -> str | None:
    """Source: what people leave in the column; Kaufland describes no form (`tracking_numbers` is a string)."""
    if not number.strip():
        return "The tracking number is empty."
    if "@" in number:
        return "An e-mail address is not a tracking number."
    if _WEB.match(number):
        return "A web address is not a tracking number: give only the number."
    if _FILLERS.fullmatch(number) or number.casefold() == carrier or len(set(number)) == 1:
        return f"{_shown(number)} is not a tracking number."
    if found := _FORBIDDEN.search(number):
        what = "a blank" if found[0].isspace() else _character(found[0])
        return f"The tracking number {_shown(number)} contains {what}; only letters, digits, - and / are possible."
    if not MIN_LENGTH <= len(number) <= MAX_LENGTH:
        return f"{_shown(number)} has {len(number)} characters; a tracking number has {MIN_LENGTH} to {MAX_LENGTH}."
    return None


def _dhl(number: str) -> str | None:
    """DHL: 15 digits and more that begin with 003404 are 20, the last a check digit; other digits alone are 7 or more.

    12 digits, `JJD…`, `JVGL…`, `3S…`, `GM…` and 10 to 39 characters of DHL eCommerce are left alone; two letters, nine
    digits and `DE` have a check digit. Sources: dhl.com/cz-en/home/tracking/id-labels.html (the forms of all DHL
    companies, the shortest 7 digits); paketda.de/firmenkunden/paket-pruefziffern.html (20 digits, modulo 10 weighted
    3 1 3 1); UPU standard S10.
    """
    if number.isdigit() and len(number) < _MIN_DHL_DIGITS:
        return f"{number} has {len(number)} digits; numbers of DHL have at least {_MIN_DHL_DIGITS}."
    if number.isdigit() and number.startswith(_DHL_GERMANY) and len(number) > _OTHER_DHL_DIGITS:
        if len(number) != _DHL_GERMANY_DIGITS:
            return f"{_shown(number)} has {len(number)} digits; numbers of DHL that begin with 003404 have 20."
        if sum(int(digit) * weight for digit, weight in zip(number, (3, 1) * 10, strict=True)) % 10:
            return _wrong_digit(number)
    return _wrong_s10(number) or _of_ups(number)


def _deutsche_post(number: str) -> str | None:
    """Deutsche Post: registered and international items have the form of the UPU. Source: UPU standard S10."""
    return _wrong_s10(number) or _of_ups(number)


def _ups(number: str) -> str | None:
    """UPS: `1Z` and 16 letters or digits; numbers that begin otherwise (9, 12 or 26 digits, `T…`) are left alone.

    Source: well known, and the same in every collection of patterns seen on GitHub.
    """
    if number.startswith("1Z") and not _UPS.fullmatch(number):
        return f"{_shown(number)} has {len(number)} characters; a number of UPS has 18: 1Z and 16 letters or digits."
    return _of_dhl(number)


def _of_others(number: str) -> str | None:
    """DPD, GLS and Hermes: their own forms differ by country; numbers of DHL or UPS are none of them."""
    return _of_ups(number) or _of_dhl(number)


def _wrong_s10(number: str) -> str | None:
    """Source: UPU standard S10: weights 8 6 4 2 3 5 9 7, 11 minus the rest, 10 becomes 0 and 11 becomes 5."""
    if not _S10_OF_GERMANY.fullmatch(number):
        return None
    weighted = sum(int(digit) * weight for digit, weight in zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = {10: 0, 11: 5}.get(11 - weighted % 11, 11 - weighted % 11)
    if int(number[10]) == check:
        return None
    return _wrong_digit(number)


def _wrong_digit(number: str) -> str:
    return f"{_shown(number)} has a wrong digit: its check digit does not fit."


def _of_ups(number: str) -> str | None:
    """Source of the check digit: jkeen/tracking_number_data on GitHub: every second place counts twice."""
    if not _UPS.fullmatch(number):
        return None
    values = [int(char) if char.isdigit() else (ord(char) - 63) % 10 for char in number[2:]]
    if (sum(values[0:15:2]) + 2 * sum(values[1:15:2]) + values[15]) % 10:
        return None
    return f"{_shown(number)} is a number of UPS."


def _of_dhl(number: str) -> str | None:
    return f"{_shown(number)} is a number of DHL." if _DHL.fullmatch(number) else None


def _nothing_known(_number: str) -> None:
    return None


_RULES: Final[dict[str, Callable[[str], str | None]]] = {
    "deutsche post": _deutsche_post,
    "dhl": _dhl,
    "dpd": _of_others,
    "gls": _of_others,
    "hermes": _of_others,
    "ups": _ups,
}


def _shown(number: str) -> str:
    return f"{number[:_SHOWN]}…" if len(number) > _SHOWN else number


def _character(char: str) -> str:
    return f"“{char}”" if char.isprintable() else f"a control character (U+{ord(char):04X})"
