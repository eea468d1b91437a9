"""Text from orders, brought into the fields of a sales order, and never shortened without saying so."""

import re
import unicodedata

ELLIPSIS = "…"
_CALLABLE = re.compile(r"[0-9+()/. -]+")
"""What a telephone number of Business Central is made of: it refuses letters, Microsoft's connector leaves out more."""
_BETWEEN_NUMBERS = re.compile(r"(?<=[0-9)])[ /.()-]+(?=[0-9+])|(?<=[0-9)])[ /.()-]*(?=\+)")
_TO_NARROW = 0xFEE0
"""From a character of double width to its plain one."""
_MAX_NUMBER = 15
"""Digits of a telephone number, with its country (E.164)."""
_SURELY_A_NUMBER = 5
"""Digits of something that is no extension, house number or floor."""
_WITH_ITS_AREA = 7
"""Digits of a number that is not just its country and area."""


def length(text: str) -> int:
    """Return how many places a text takes in a field: databases count halves of a pair (UTF-16), an emoji as two."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, limit: int) -> str:
    """Return the text in at most so many places (one or more), an ellipsis at its end where something went."""
    if length(text) <= limit:
        return text
    short = text[: limit - 1]
    while length(short) > limit - 1:
        short = short[:-1]
    return short.rstrip() + ELLIPSIS


def phone_number(text: str) -> str:
    """Return the first telephone number in a text, with nothing but digits, blanks and `+()/.-`; empty without one.

    Two numbers are never joined; in doubt, less is taken.
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
    """Return a digit or mark of double width, and any dash, as the plain one that it stands for."""
    plain = chr(ord(char) - _TO_NARROW) if "\uff01" <= char <= "\uff5e" else char
    return "-" if unicodedata.category(plain) == "Pd" else plain


def _goes_on(number: str, between: str, following: str) -> bool:
    """Tell whether a number that only began (with its area) goes on behind a character that does not belong there."""
    began = number.lstrip(" (/.-")[:1] in {"+", "0"} and _digits(number) < _WITH_ITS_AREA
    return began and not any(char.isalnum() for char in between) and following.lstrip()[:1] in set("123456789")


def _numbers(part: str) -> list[str]:
    """Divide what may be several numbers: a later one begins with + or 0, or there are more digits than one has."""
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
    """Take off what is left of the words around a number; a bracket stays where its other half is."""
    text = number.strip(" /.-")
    while text and (text[-1] in "(/.- +" or (text[-1] == ")" and "(" not in text)):
        text = text[:-1]
    while text and (text[0] in ")/.- " or (text[0] == "(" and ")" not in text)):
        text = text[1:]
    return text if _digits(text) else ""


def _too_long(number: str) -> bool:
    """Tell whether there are more digits than a number has, not counting what is dialled before its country."""
    return _digits(re.sub(r"^\D*00|\(0\)", "", number)) > _MAX_NUMBER


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


class Notes:
    """Collects what a bookkeeper should know of an order, and why it cannot become a sales order yet."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.reasons: list[str] = []

    def warn(self, sentence: str) -> None:
        """Note something that does not stop the order."""
        self.warnings.append(sentence)

    def stop(self, sentence: str) -> None:
        """Note a reason to hold the order."""
        self.reasons.append(sentence)

    def fitted(self, what: str, text: str, limit: int) -> str:
        """Return the text, shortened with a warning where it is too long."""
        short = cut(text, limit)
        if short != text:
            self.warn(f"{what} was shortened to {limit} characters; in full: {text}")
        return short

    def whole(self, what: str, text: str, limit: int) -> str:
        """Return the text as it is; where it is too long, that is a reason to hold the order."""
        if length(text) > limit:
            self.stop(f"{what} is longer than {limit} characters and must not be shortened: {text}")
        return text

    def phone(self, what: str, text: str, limit: int) -> str:
        """Return the first telephone number in the text; a part of one is none."""
        number = phone_number(text)
        if _too_long(number) or len(number) > limit:
            number = ""
        if number != text:
            taken = f"was taken over only as {number}" if number else "was left out"
            self.warn(f"{what} {taken}; in full: {text}")
        return number

    def street(self, what: str, street: str, house_number: str, limit: int) -> str:
        """Return street and house number on one line; the street is shortened, the house number never."""
        line = f"{street} {house_number}".strip()
        room = limit - length(house_number) - 1
        if not house_number or length(line) <= limit:
            return self.fitted(what, line, limit)
        if not street or room < 1:
            return self.whole(what, line, limit)
        self.warn(f"{what} was shortened to {limit} characters; in full: {line}")
        return f"{cut(street, room)} {house_number}"
