"""What SQL may call here: comparing and folding texts, and telling contents apart."""

import json
import sqlite3
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.text import search_form


def add_functions(connection: sqlite3.Connection) -> None:
    """Let a connection call them; the migrations do."""
    connection.create_function("bc_code", 1, bc_code, deterministic=True)
    connection.create_function("contains", -1, contains, deterministic=True)
    connection.create_function("search_text", -1, search_text, deterministic=True)
    connection.create_function("content_hash", -1, content_hash, deterministic=True)


def contains(part: str, *texts: object) -> bool:
    """Return whether a text contains the part, given in its search form; SQLite's own LIKE folds only ASCII."""
    for text in texts:  # noqa: SIM110 - `any` takes twice as long, for each order that is looked at
        if text is not None and part in search_form(text):
            return True
    return False


def search_text(*texts: Any) -> str:
    """Return what the search index is built of: a line for each text that there is, in its search form."""
    return "\n".join(form for text in texts if text is not None and (form := search_form(text)))


def content_hash(*values: Any) -> bytes:
    """Return a hash that identifies the content."""
    return blake2b(json.dumps(values).encode(), digest_size=16).digest()


def listed(words: Iterable[str]) -> str:
    """Return words of our own, none with a quotation mark in it, as SQL lists them: `('open', 'sent')`."""
    return "('" + "', '".join(sorted(words)) + "')"
