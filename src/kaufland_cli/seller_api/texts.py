"""Text and JSON from outside, made into what can be kept: stored as UTF-8, written as JSON again, read by SQLite."""

import json
import math
from typing import Any

DEEPEST_NESTING = 64
"""Kaufland's answers nest about eight levels; what nests far deeper cannot be written out again."""
LONGEST_NUMBER = 400
"""Digits; Python refuses to read far longer ones."""


def clean(text: str) -> str:
    """Replace what cannot be stored as UTF-8 (half of a surrogate pair)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def read_json(text: bytes) -> Any:
    """Read JSON; a number that no other program could read (NaN, Infinity, 1e999) becomes the text that stood there.

    Raises ValueError where it is no JSON or nests deeper than `DEEPEST_NESTING`.
    """
    try:
        found = json.loads(text, parse_constant=str, parse_float=_fraction, parse_int=_whole_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    level = [found]
    for _ in range(DEEPEST_NESTING):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return found
    raise ValueError("nested too deeply")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _fraction(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _whole_number(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_NUMBER else text
