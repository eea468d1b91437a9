"""Filters as an invented Business Central understands them: documented expressions, with texts taken literally or not.

Whether the real one takes `* | & ( ) '` in a text literally is not documented: the program has to be right in both
cases.
"""

import fnmatch
import re
from collections.abc import Iterator
from typing import Any

from kaufland_cli.domain.bc_code import bc_code, same_code
from support.business_central_books import Refused, Row

CODES = frozenset({"number", "code", "gtin", "itemNumber", "externalDocumentNumber", "customerNumber", "currencyCode"})
"""Fields of the type Code: what they are compared with becomes capitals first."""
_TEXT = r"'((?:[^']|'')*)'"
_CONDITION = re.compile(
    rf"(?:(\w+) (eq|le) (?:{_TEXT}|([0-9-]+))|(startswith|contains)\((\w+),{_TEXT}\))(?: (and|or) |$)"
)
_SPECIAL = re.compile(r"[*?|&()'<>=@%]|\.\.")


def matches(row: Row, conditions: str, *, masks: bool) -> bool:
    """Tell whether a row fulfils conditions; with `masks`, texts are filters of Business Central's own language."""
    alternatives: list[list[bool]] = [[]]
    names: set[str] = set()
    joined = ""
    for name, kind, value, joined_by in _conditions(conditions):
        alternatives[-1].append(_fulfils(row.get(name), name, kind, value, masks=masks))
        names.add(name)
        joined += joined_by or ""
        if joined_by == "or":
            alternatives.append([])
    if "or" in joined and ("and" in joined or len(names) > 1):
        raise _not_understood("or")  # over one field only
    return any(all(one) for one in alternatives)


def _conditions(text: str) -> Iterator[tuple[str, str, str, str | None]]:
    position = 0
    while position < len(text):
        found = _CONDITION.match(text, position)
        if found is None:
            raise _not_understood(text)
        name, operator, quoted, plain, function, field, part, joined_by = found.groups()
        value = plain if plain is not None else (quoted if quoted is not None else part).replace("''", "'")
        yield name or field, operator or function, value, joined_by
        position = found.end()


def _fulfils(value: Any, name: str, kind: str, wanted: str, *, masks: bool) -> bool:
    if name in CODES:
        value, wanted = bc_code(value), bc_code(wanted)
    text = "" if value is None else str(value)
    if kind == "le":
        return text <= wanted
    if masks and _SPECIAL.search(wanted):
        return _by_mask(text, {"eq": wanted, "startswith": f"{wanted}*", "contains": f"*{wanted}*"}[kind])
    if kind == "eq":
        return text == wanted or (name in CODES and same_code(text, wanted))
    return text.startswith(wanted) if kind == "startswith" else wanted in text


def _by_mask(text: str, mask: str) -> bool:
    """Understand `|`, `&`, `*` and `?`, and refuse what else means something and cannot be understood."""
    if re.search(r"[()'<>=@%]|\.\.", mask):
        raise _not_understood(mask)
    found = False
    for alternative in mask.split("|"):
        parts = alternative.split("&")
        if not all(parts):
            raise _not_understood(mask)
        patterns = [re.sub(r"([\[\]])", r"[\1]", part) for part in parts]
        found = found or all(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)
    return found


def _not_understood(text: str) -> Refused:
    return Refused(f"The filter {text} is not understood.", "Application_FilterErrorException")
