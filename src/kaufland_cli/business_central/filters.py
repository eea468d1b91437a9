"""Filters that find the rows with a certain code in Business Central, whatever characters the code contains.

In Business Central's own filters `* ? | & ( ) ' < > = @ %` and `..` have a meaning. Whether `$filter` takes them
literally is not documented, so they are never sent: a code with any of them is searched by its longest part without
them, and the rows are compared again when they arrive (`Company.rows_with`). `startswith`, `contains`, and `or` over
one field are documented. Source: "Using filter expressions in OData URIs".
"""

import re
from collections.abc import Iterable

from kaufland_cli.domain.bc_code import bc_code

_PLAIN = re.compile(r"(?:[\w /+#,:-]|(?<!\.)\.(?!\.))+")
"""Characters that have no special meaning in any filter; a single dot has none, two are a range."""


def text(value: str) -> str:
    """Return a text as a literal of a filter."""
    return "'" + value.replace("'", "''") + "'"


def is_plain(code: str) -> bool:
    """Return whether no character of this code has a special meaning."""
    return _PLAIN.fullmatch(code) is not None


def about(name: str, value: str) -> str:
    """Return a condition that all rows with this code meet; other rows may meet it too.

    Empty if no part of the code can be searched; then all rows must be read.
    """
    code = bc_code(value)
    if is_plain(code):
        return f"{name} eq {text(code)}"
    longest = max((part.strip() for part in _PLAIN.findall(code)), key=len, default="")
    if not longest:
        return ""
    return f"{'startswith' if code.startswith(longest) else 'contains'}({name},{text(longest)})"


def one_of(name: str, values: Iterable[str]) -> str:
    """Return the condition that a field has one of these values, which must all be plain (`is_plain`)."""
    return " or ".join(f"{name} eq {text(value)}" for value in values)
