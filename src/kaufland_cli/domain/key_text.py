"""Keys as people copy them: with quotes and blanks around them, or the secret key where the client key belongs."""

import re
from typing import Final

_AROUND: Final = "\"'`´‘’‚‛“”„‟«»‹›\u200b\u200c\u200d\u2060\ufeff"  # noqa: RUF001 - quotes of every kind
_SECRET_KEY: Final = r"[0-9A-Fa-f]{64}"  # noqa: S105 - a pattern


def bare_key(text: str) -> str:
    """Return a key without the quotes, blanks and invisible characters around it; no key of Kaufland's has any."""
    bare = text.strip()
    while bare != (shorter := bare.strip(_AROUND).strip()):
        bare = shorter
    return bare


def looks_like_secret_key(text: str) -> bool:
    """Return whether a text is 64 hexadecimal characters, as every secret key of Kaufland's."""
    return re.fullmatch(_SECRET_KEY, bare_key(text)) is not None
