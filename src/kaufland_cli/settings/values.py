"""A value of the settings as text: read from what a person typed, and shown in a fault."""

import math
import re
from typing import Final

from kaufland_cli.settings import rules
from kaufland_cli.settings.config_file import readable
from kaufland_cli.settings.keys import SettingKey
from kaufland_cli.settings.rules import Refused

TRUE: Final = frozenset({"true", "1", "yes", "on"})
FALSE: Final = frozenset({"false", "0", "no", "off"})
_NEVER_SHOWN: Final = (
    "client_key",
    "partner_client_key",
    "client_id",
    "command",
    "business_central_command",
    "mail_command",
    "ping_url",
)
_LIKE_A_SECRET = re.compile(r"[0-9A-Za-z]{30,}")
_LIKE_A_LOGIN = re.compile(r"[@?#]")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_MAX_NUMBER_BITS: Final = 64


def from_text(known: SettingKey, text: str) -> object:
    """Return the value that a person typed, in the key's type. Raises Refused with the reason."""
    word = text.strip()
    if known.kind == "boolean":
        if word.lower() not in TRUE | FALSE:
            raise Refused(f"{shown(known.key, text)} is not allowed")
        return word.lower() in TRUE
    if known.kind == "whole number":
        if not _WHOLE_NUMBER.fullmatch(word):
            raise Refused(f"{shown(known.key, text)} is not allowed")
        return int(word)
    if known.kind == "number":
        if not _NUMBER.fullmatch(word) or not math.isfinite(float(word)):
            raise Refused(f"{shown(known.key, text)} is not allowed")
        return float(word)
    if known.kind == "list":
        return rules.command_words(text)
    if known.kind == "table":
        return rules.pairs(text)
    return word if known.kind == "choice" else text


def shown(key: str, value: object) -> str:
    """Return a refused value for the person to recognise it: short, printable, and never what may be a secret."""
    if key.rpartition(".")[2] in _NEVER_SHOWN:
        return "this value"
    if isinstance(value, str):
        hidden = _LIKE_A_SECRET.search(value) or ("url" in key and _LIKE_A_LOGIN.search(value))
        return "this text" if hidden else f'"{readable(value)}"'
    if isinstance(value, list | tuple | dict):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > _MAX_NUMBER_BITS:
        return "so large a number"
    return readable(str(value).lower() if isinstance(value, bool) else str(value))
