"""Business Central's type Code: numbers of items, accounts and customers, codes of units, countries and currencies."""

import unicodedata

_STAYS = frozenset("\u0131\u017f")
"""The dotless i and the long s: they have a capital elsewhere and keep their form in .NET's invariant culture."""


def bc_code(value: object) -> str:
    """Return a value as Business Central stores it in a Code field: in capitals, without surrounding blanks.

    Each character becomes at most one other one, so ß stays ß (`Größe-1` is `GRÖßE-1`, not `GRÖSSE-1`); Python's own
    `upper` would name another item. Letters with an accent are composed, as people type them. None is nothing.
    """
    text = "" if value is None else str(value).strip()
    return text.upper() if text.isascii() else "".join(map(_capital, unicodedata.normalize("NFC", text)))


def _capital(char: str) -> str:
    upper = char.upper()
    return char if char in _STAYS or len(upper) != 1 else upper


def same_code(one: object, other: object) -> bool:
    """Tell whether two values are the same Code; nothing is not the same as anything."""
    return bool(bc_code(one)) and bc_code(one) == bc_code(other)
