"""What SQL may call here: comparing and folding texts, and telling contents apart."""

import json
from hashlib import blake2b
from typing import Any


def contains(part: str, *texts: object) -> bool:
    """Tell whether a text holds the part, which is given folded; SQLite's own LIKE knows no case beyond ASCII."""
    return any(text is not None and part in str(text).casefold() for text in texts)


def search_text(*texts: Any) -> str:
    """Return what the search index is built of; a NUL would end the text for SQLite."""
    return "\n".join(str(text).casefold() for text in texts if text).replace("\0", "\n")


def content_hash(*values: Any) -> bytes:
    """Return what tells one content from another."""
    return blake2b(json.dumps(values).encode(), digest_size=16).digest()
