"""Decides what a support report may contain: harmless settings, and no names, addresses, paths or secrets."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from kaufland_cli.domain.masking import MASK, pattern_of
from kaufland_cli.settings import LoadedSettings, find_key, value_of
from kaufland_cli.settings.pages import toml_value

# Text settings that reveal nothing about the seller.
SHAREABLE_TEXTS: Final = frozenset(
    {"api.default_storefront", "ui.timezone", "ui.locale", "sales_orders.default_country"}
)
SHAREABLE_KINDS: Final = frozenset({"boolean", "whole number", "number", "choice"})
_MAIL: Final = re.compile(r"[^\s\"'<>@,;:()]+@[^\s\"'<>@,;:()]+")
_PATH: Final = re.compile(r"(?<![\w.<)…])(?:[A-Za-z]:[\\/]|~?/|\\\\)[^\s\"'<>|,;]*")
_ADDRESS: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)


def shared_settings(loaded: LoadedSettings) -> dict[str, str]:
    """Return every setting with its source; of texts, lists and tables only whether they are set."""
    return {key: f"{_shared_value(loaded, key)} ({origin.source})" for key, origin in loaded.origins.items()}


class Sweep:
    """Removes addresses, paths and known private words from texts, as the last step before a report is written."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = pattern_of(words)

    def clean(self, value: Any) -> Any:
        """Return the value with every text in it cleaned; field names are our own and stay."""
        if isinstance(value, Mapping):
            return {name: self.clean(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """Return the text without URLs, e-mail addresses, paths and known private words."""
        if self._known:
            text = self._known.sub(MASK, text)
        for pattern, instead in ((_ADDRESS, "<address>"), (_MAIL, "<mail>"), (_PATH, "<path>")):
            text = pattern.sub(instead, text)
        return text


def private_words(loaded: LoadedSettings) -> list[str]:
    """Return the values of settings that a report must not contain."""
    found: list[str] = []
    for key in loaded.origins:
        known = find_key(key)
        if known is not None and known.kind not in SHAREABLE_KINDS and key not in SHAREABLE_TEXTS:
            found += _texts(value_of(loaded.settings, key), known.default)
    return found


def _texts(value: Any, default: object) -> list[str]:
    if value == default or value is None:
        return []
    if isinstance(value, Mapping):
        return [str(inner) for inner in value.values()]
    return [str(inner) for inner in value] if isinstance(value, list | tuple) else [str(value)]


def _shared_value(loaded: LoadedSettings, key: str) -> str:
    value, known = value_of(loaded.settings, key), find_key(key)
    if known is None or value is None or value in ("", [], {}):
        return "nothing"
    if known.kind in SHAREABLE_KINDS or key in SHAREABLE_TEXTS:
        return value if isinstance(value, str) else toml_value(value)
    if isinstance(value, list | tuple | Mapping):
        return f"{len(value)} entries"
    return "the usual" if value == known.default else "set"
