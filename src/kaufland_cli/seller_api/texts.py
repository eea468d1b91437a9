"""Text and JSON from outside, made into what can be kept: stored as UTF-8, written as JSON again, read by SQLite."""

import json
import math
import re
from typing import Any

MAX_INTEGER = 2**63 - 1
"""What SQLite holds."""
DEEPEST_NESTING = 64
"""Kaufland's answers nest about eight levels; what nests far deeper could not be written out again, and stays text."""
MAX_NUMBER = 400
"""Digits; Python refuses to read far longer ones."""


def clean(text: str) -> str:
    """Replace what cannot be stored as UTF-8 (half of a surrogate pair)."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def read_json(text: bytes) -> Any:
    """Read JSON; a number that no other program could read (NaN, Infinity, 1e999) becomes the text that stood there.

    So does an object or list below `DEEPEST_NESTING`: one odd field costs neither its unit nor the page.
    Raises ValueError where it is no JSON.
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
    for _ in range(DEEPEST_NESTING):
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
    """Write each object or list that lies too deep as a string of its own JSON text; nothing is read for that."""
    kept: list[str] = []
    depth = end = 0
    for found in _STRUCTURE.finditer(document):
        mark = found[0]
        if mark in _OPENING:
            depth += 1
            if depth == DEEPEST_NESTING + 1:
                kept.append(document[end : found.start()])
                end = found.start()
        elif mark in _CLOSING:
            depth -= 1
            if depth == DEEPEST_NESTING:
                kept.append(json.dumps(document[end : found.end()]))
                end = found.end()
    if depth:
        raise ValueError("a bracket without its other half")
    return "".join([*kept, document[end:]])


def _fraction(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _whole_number(text: str) -> int | str:
    return int(text) if len(text) <= MAX_NUMBER else text


_OPENING, _CLOSING = frozenset("[{"), frozenset("]}")
# A string is passed over whole, so that a bracket in it counts for nothing; one that never ends is none.
_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
# A hook for whole numbers costs as much as the rest of the reading, so it is there only where one may be too long: a
# run of so many digits fills eight places of every fiftieth.
_STRIDE = 50
_LONG_NUMBER = re.compile(rf"[0-9]{{{MAX_NUMBER // _STRIDE}}}")
_PLAIN = json.JSONDecoder(parse_constant=str, parse_float=_fraction)
_WITH_LONG_NUMBERS = json.JSONDecoder(parse_constant=str, parse_float=_fraction, parse_int=_whole_number)
