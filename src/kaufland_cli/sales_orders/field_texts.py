"""Fits text from orders into the fields of a sales order, never shortening it without a note.

Used by `addresses`, `pickup` and `lines`; the notes end up among the warnings and reasons of the sales order.
"""

import re
import unicodedata

ELLIPSIS = "…"
_CALLABLE = re.compile(r"[0-9+()/. -]+")
"""The characters of a telephone number in Business Central: it rejects letters, Microsoft's connector drops more."""
_BETWEEN_NUMBERS = re.compile(r"(?<=[0-9)])[ /.()-]+(?=[0-9+])|(?<=[0-9)])[ /.()-]*(?=\+)")
_TO_NARROW = 0xFEE0
"""The distance from a full-width character to its plain form."""
_MAX_NUMBER = 15
"""The most digits a telephone number has, country code included (E.164)."""
_SURELY_A_NUMBER = 5
"""From this many digits on, it is not an extension, a house number or a floor."""
_WITH_ITS_AREA = 7
"""From this many digits on, it is more than a country and area code."""


def length(text: str) -> int:
    """Return the length of a text as databases count it: in UTF-16 code units, so an emoji counts as two."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, limit: int) -> str:
    """Return the text in at most `limit` UTF-16 code units (one or more), ending in an ellipsis if it was cut."""
    if length(text) <= limit:
        return text
    short = text[: limit - 1]
    while length(short) > limit - 1:
        short = short[:-1]
    return short.rstrip() + ELLIPSIS


def phone_number(text: str) -> str:
    """Return the first telephone number in a text, made of digits, spaces and `+()/.-` only; empty if there is none.

    Two numbers are never joined; if in doubt, it returns fewer digits.
    """
    plain = "".join(map(_narrow, text))
    parts: list[str] = []
    end = 0
    for part in _CALLABLE.finditer(plain):
        between, end = plain[end : part.start()], part.end()
        if parts and _goes_on(parts[-1], between, part[0]):
            parts[-1] = f"{parts[-1].rstrip()} {part[0].lstrip()}"
        else:
            parts.append(part[0])
    numbers = [number for part in parts for number in map(_trimmed, _numbers(part)) if number]
    return next((number for number in numbers if _digits(number) >= _SURELY_A_NUMBER), numbers[0] if numbers else "")


def _narrow(char: str) -> str:
    """Return a full-width digit or sign, or any kind of dash, in its plain form."""
    plain = chr(ord(char) - _TO_NARROW) if "\uff01" <= char <= "\uff5e" else char
    return "-" if unicodedata.category(plain) == "Pd" else plain


def _goes_on(number: str, between: str, following: str) -> bool:
    """Return whether a number of which only the area code was seen continues after a stray character."""
    began = number.lstrip(" (/.-")[:1] in {"+", "0"} and _digits(number) < _WITH_ITS_AREA
    return began and not any(char.isalnum() for char in between) and following.lstrip()[:1] in set("123456789")


def _numbers(part: str) -> list[str]:
    """Split what may be several numbers: a later one starts with + or 0, or there are too many digits for one."""
    found: list[str] = []
    start = 0
    for gap in _BETWEEN_NUMBERS.finditer(part):
        before, after = part[start : gap.start()], part[gap.end() :]
        too_many = _too_long(part[start:])
        both_long = min(_digits(before), _digits(after)) > _SURELY_A_NUMBER
        begins = after[0] == "0" and ("/" in gap[0] or too_many)
        if after[0] == "+" or (both_long and (begins or (too_many and _trimmed(before).isdigit()))):
            found.append(before)
            start = gap.start()
    return [*found, part[start:]]


def _trimmed(number: str) -> str:
    """Strip what is left of the words around a number; a bracket stays if its counterpart is there."""
    text = number.strip(" /.-")
    while text and (text[-1] in "(/.- +" or (text[-1] == ")" and "(" not in text)):
        text = text[:-1]
    while text and (text[0] in ")/.- " or (text[0] == "(" and ")" not in text)):
        text = text[1:]
    return text if _digits(text) else ""


def _too_long(number: str) -> bool:
    """Return whether there are too many digits for one number, not counting the prefix before the country code."""
    return _digits(re.sub(r"^\D*00|\(0\)", "", number)) > _MAX_NUMBER


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


class Notes:
    """Collects what a bookkeeper should know about an order, and why it cannot become a sales order yet."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.reasons: list[str] = []

    def warn(self, sentence: str) -> None:
        """Note something that does not hold the order."""
        self.warnings.append(sentence)

    def stop(self, sentence: str) -> None:
        """Note a reason to hold the order."""
        self.reasons.append(sentence)

    def fitted(self, what: str, text: str, limit: int) -> str:
        """Return the text; if it is too long, shortened and with a warning."""
        short = cut(text, limit)
        if short != text:
            self.warn(f"{what} was shortened to {limit} characters; in full: {text}")
        return short

    def whole(self, what: str, text: str, limit: int) -> str:
        """Return the text unchanged; if it is too long, that is a reason to hold the order."""
        if length(text) > limit:
            self.stop(f"{what} is longer than {limit} characters and must not be shortened: {text}")
        return text

    def phone(self, what: str, text: str, limit: int) -> str:
        """Return the first telephone number in the text, with a warning if that is not all of it; never part of one."""
        number = phone_number(text)
        if _too_long(number) or len(number) > limit:
            number = ""
        if number != text:
            taken = f"was shortened to {number}" if number else "was left out"
            self.warn(f"{what} {taken}; in full: {text}")
        return number

    def street(self, what: str, street: str, house_number: str, limit: int) -> str:
        """Return street and house number on one line; the street may be shortened, the house number never is."""
        line = f"{street} {house_number}".strip()
        room = limit - length(house_number) - 1
        if not house_number or length(line) <= limit:
            return self.fitted(what, line, limit)
        if not street or room < 1:
            return self.whole(what, line, limit)
        self.warn(f"{what} was shortened to {limit} characters; in full: {line}")
        return f"{cut(street, room)} {house_number}"
