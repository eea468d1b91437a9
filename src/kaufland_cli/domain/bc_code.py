"""Business Central's data type Code: item, account and customer numbers; unit, country and currency codes."""

import unicodedata

_STAYS = frozenset("\u0131\u017f")
"""The dotless i and the long s: .NET's invariant culture, unlike Python, does not capitalize them."""


def bc_code(value: object) -> str:
    """Return a value as Business Central stores it in a Code field: in capitals, without surrounding spaces.

    Each character maps to exactly one character, so ß stays ß (`Größe-1` becomes `GRÖßE-1`). Python's `upper` would
    give `GRÖSSE-1`, which is a different item. Accented letters are composed (NFC). None becomes an empty text.
    """
    text = "" if value is None else str(value).strip()
    return text.upper() if text.isascii() else "".join(map(_capital, unicodedata.normalize("NFC", text)))


def _capital(char: str) -> str:
    upper = char.upper()
    return char if char in _STAYS or len(upper) != 1 else upper


def same_code(one: object, other: object) -> bool:
    """Return whether two values are the same Code; an empty one equals nothing, not even another empty one."""
    return bool(bc_code(one)) and bc_code(one) == bc_code(other)
