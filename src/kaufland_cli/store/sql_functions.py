"""Functions that our SQL calls: search in texts, hashes of contents, Business Central's codes."""

import json
import sqlite3
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.text import search_form


def add_functions(connection: sqlite3.Connection) -> None:
    """Register the functions on a connection; the migrations use them too."""
    connection.create_function("bc_code", 1, bc_code, deterministic=True)
    connection.create_function("contains", -1, contains, deterministic=True)
    connection.create_function("search_text", -1, search_text, deterministic=True)
    connection.create_function("content_hash", -1, content_hash, deterministic=True)


def contains(part: str, *texts: object) -> bool:
    """Return whether any text contains `part`, which is in search form; SQLite's own LIKE folds only ASCII."""
    for text in texts:  # noqa: SIM110 - `any` takes twice as long, for every order searched
        if text is not None and part in search_form(text):
            return True
    return False


def search_text(*texts: Any) -> str:
    """Return the text that the search index gets: one line for each text, in search form."""
    return "\n".join(form for text in texts if text is not None and (form := search_form(text)))


def content_hash(*values: Any) -> bytes:
    """Return a hash of these values; equal values have equal hashes.

    Eight bytes: that two of a million contents get the same one is less likely than one in thirty million.
    """
    return blake2b(json.dumps(values).encode(), digest_size=16).digest()[:8]


_UTC = "'%Y-%m-%dT%H:%M:%SZ'"


def time_as_number(text: str) -> str:
    """Return the SQL that makes seconds since 1970 of a UTC text, a fifth of the bytes; another text stays as it is."""
    seconds = f"strftime('%s', {text})"
    return f"iif(strftime({_UTC}, {seconds}, 'unixepoch') = {text}, CAST({seconds} AS INTEGER), {text})"


def time_as_text(column: str) -> str:
    """Return the SQL that reads a time which `time_as_number` stored, as text."""
    return f"iif(typeof({column}) = 'integer', strftime({_UTC}, {column}, 'unixepoch'), {column})"


def listed(words: Iterable[str]) -> str:
    """Return words of our own, which contain no quotation marks, as an SQL list: `('open', 'sent')`."""
    return "('" + "', '".join(sorted(words)) + "')"
