"""Text from orders, brought into the fields of a sales order: cleaned, and never shortened without saying so."""

import re
import unicodedata

ELLIPSIS = "…"
_BLANK = frozenset({"Cc", "Cs", "Zl", "Zp", "Zs"})
"""Controls, halves of a character, separators of lines and paragraphs, blanks of any width."""
_NO_TEXT = "Cf"
"""Writing direction, zero width, soft hyphen: nothing that belongs on a parcel."""


def cleaned(value: object) -> str:
    """Return the value as one line of text; controls and line breaks become blanks, None becomes nothing."""
    if value is None:
        return ""
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", str(value)):
        category = unicodedata.category(char)
        if category != _NO_TEXT:
            kept.append(" " if category in _BLANK else char)
    return re.sub(" +", " ", "".join(kept)).strip()


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
