"""Reads JSON from Kaufland into values that can be stored, written as JSON again, and read by other programs."""

import json
import math
import re
from typing import Any

MAX_NESTING = 64
"""Kaufland nests about eight levels. Anything far deeper could not be written as JSON again, so it stays text."""
MAX_DIGITS = 400
"""Python refuses to read much longer numbers."""


def read_json(text: bytes) -> Any:
    """Read JSON. Raises ValueError if the text is not JSON.

    A number that other programs could not read (NaN, Infinity, 1e999) stays text, and so does an object or list
    below `MAX_NESTING`. One odd field loses neither its unit nor the page.
    """
    document = text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        found = _decoded(document)
    except RecursionError:
        return _decoded(_without_depths(document))
    return _decoded(_without_depths(document)) if _nests_too_deeply(found) else found


def _decoded(document: str) -> Any:
    return (_WITH_LONG_NUMBERS if _LONG_NUMBER.search(document[::_STRIDE]) else _PLAIN).decode(document)


def _nests_too_deeply(found: Any) -> bool:
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(MAX_NESTING):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def _without_depths(document: str) -> str:
    """Replace each object or list that is nested too deeply by a string with its JSON text, without parsing it."""
    kept: list[str] = []
    depth = end = 0
    for found in _STRUCTURE.finditer(document):
        mark = found[0]
        if mark in _OPENING:
            depth += 1
            if depth == MAX_NESTING + 1:
                kept.append(document[end : found.start()])
                end = found.start()
        elif mark in _CLOSING:
            depth -= 1
            if depth == MAX_NESTING:
                kept.append(json.dumps(document[end : found.end()]))
                end = found.end()
    if depth:
        raise ValueError("unbalanced brackets")
    return "".join([*kept, document[end:]])


def _fraction(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _whole_number(text: str) -> int | str:
    return int(text) if len(text) <= MAX_DIGITS else text


_OPENING, _CLOSING = frozenset("[{"), frozenset("]}")
# Matches a string as a whole, so that brackets inside it do not count.
_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
# A hook for integers costs as much as the rest of parsing, so it is used only if an integer may be too long: sampling
# every fiftieth character finds eight digits in a row.
_STRIDE = 50
_LONG_NUMBER = re.compile(rf"[0-9]{{{MAX_DIGITS // _STRIDE}}}")
_PLAIN = json.JSONDecoder(parse_constant=str, parse_float=_fraction)
_WITH_LONG_NUMBERS = json.JSONDecoder(parse_constant=str, parse_float=_fraction, parse_int=_whole_number)
