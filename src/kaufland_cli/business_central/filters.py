"""Filters that ask Business Central for the rows of a code, whatever signs the code has in it.

Business Central's own filters give `* ? | & ( ) ' < > = @ %` and `..` a meaning. Whether `$filter` takes them literally
is not documented, so they are never sent: a code that has any is asked for by the longest part without them, and the
rows are compared where they arrive (`Company.rows_with`). `startswith`, `contains`, and `or` over one field are among
the documented expressions. Source: "Using filter expressions in OData URIs".
"""

import re
from collections.abc import Iterable

from kaufland_cli.domain.bc_code import bc_code

_PLAIN = re.compile(r"(?:[\w /+#,:-]|(?<!\.)\.(?!\.))+")
"""Signs that mean themselves in every kind of filter; a single dot does, two of them are a range."""


def text(value: str) -> str:
    """Write a text as a literal of a filter."""
    return "'" + value.replace("'", "''") + "'"


def is_plain(code: str) -> bool:
    """Return whether no sign of this code could mean anything but itself."""
    return _PLAIN.fullmatch(code) is not None


def about(name: str, value: str) -> str:
    """Return a condition that every row fulfils whose field is this code; other rows may fulfil it too.

    Nothing where no part of the code can be asked for: then all rows are.
    """
    code = bc_code(value)
    if is_plain(code):
        return f"{name} eq {text(code)}"
    longest = max((part.strip() for part in _PLAIN.findall(code)), key=len, default="")
    if not longest:
        return ""
    return f"{'startswith' if code.startswith(longest) else 'contains'}({name},{text(longest)})"


def one_of(name: str, values: Iterable[str]) -> str:
    """Return the condition that a field is one of these values, each of them plain."""
    return " or ".join(f"{name} eq {text(value)}" for value in values)
