"""Masks values of the settings for display: enough to recognise them, but nothing that grants access."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from kaufland_cli.domain.masking import MASK
from kaufland_cli.settings.config_file import readable
from kaufland_cli.settings.keys import find_key

MIN_SHOWN: Final = 13  # masking a shorter client key would hide hardly anything
_NEVER_REPEATED: Final = (
    "client_key",
    "partner_client_key",
    "client_id",
    "command",
    "business_central_command",
    "mail_command",
    "ping_url",
)
_HOLDS_A_SECRET: Final = r"[0-9A-Za-z]{30,}"  # noqa: S105 - a pattern
_LIKE_A_LOGIN: Final = r"[@?#]"
_MAX_NUMBER_BITS: Final = 64
_LIKE_A_SECRET: Final = r"[0-9A-Za-z_-]*(?=[0-9A-Za-z]{20})[0-9A-Za-z_-]+"  # noqa: S105 - a pattern
_NAMES_A_SECRET: Final = r"(?i)(?:pass(?:word|wd|phrase)?|token|secret|session|api-?key|auth|credentials?|pin)$"  # noqa: S105 - a pattern
_ASSIGNMENT: Final = r"(?i)([\w-]*(?:pass|token|secret|session|key|auth|credential)[\w-]*[=:]).+"


def masked(client_key: str) -> str:
    """Return the first and last four characters of a client key."""
    if len(client_key) < MIN_SHOWN:
        return "…" if client_key else ""
    return f"{client_key[:4]}…{client_key[-4:]}"


def displayed(key: str, value: object) -> object:
    """Return the value of a known key as a screen, a file or another program may see it; most are unchanged."""
    known = find_key(key)
    if known is None or not value:
        return value
    if known.hides == "words" and isinstance(value, Sequence) and not isinstance(value, str):
        return [*_words(value)]
    if isinstance(value, str) and "://" in value:
        return _address(value, hide_path=known.hides == "path")
    return MASK if known.hides else value


def _address(url: str, *, hide_path: bool) -> str:
    """Return an address without anything that may be a key: login, query, and parts of the path."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return MASK
    if hide_path:
        return f"{parts.scheme}://{host}/{MASK}"
    path = "/".join(MASK if re.fullmatch(_LIKE_A_SECRET, part) else part for part in parts.path.split("/"))
    more = f"?{MASK}" if parts.query or parts.fragment else ""
    login = f"{MASK}@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{login}{host}{path}{more}"


def _words(words: Sequence[object]) -> list[str]:
    """Return the words of a command, masking those that may be a password."""
    shown: list[str] = []
    for place, word in enumerate(map(str, words)):
        before = str(words[place - 1]) if place else ""
        if place and (assigned := re.fullmatch(_ASSIGNMENT, word)):
            shown.append(f"{assigned[1]}{MASK}")
        elif place and (
            re.fullmatch(_LIKE_A_SECRET, word) or (before[:1] == "-" and re.search(_NAMES_A_SECRET, before))
        ):
            shown.append(MASK)
        else:
            shown.append(str(_address(word, hide_path=False)) if "://" in word else word)
    return shown


def shown(key: str, value: object) -> str:
    """Return an invalid value as a message may show it: short, printable, and never a possible secret."""
    if key.rpartition(".")[2] in _NEVER_REPEATED:
        return "this value"
    if isinstance(value, str):
        hidden = re.search(_HOLDS_A_SECRET, value) or ("url" in key and re.search(_LIKE_A_LOGIN, value))
        return "this text" if hidden else f'"{readable(value)}"'
    if isinstance(value, list | tuple | dict):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > _MAX_NUMBER_BITS:
        return "a number this large"
    return readable(str(value).lower() if isinstance(value, bool) else str(value))
