"""Every key of the settings with what it allows, and the pages generated from them."""

import difflib
import json
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from kaufland_cli.settings import rules
from kaufland_cli.settings.model import PAGE, Settings, StorefrontSettings
from kaufland_cli.settings.rules import Allowed

CODE: Final = "<code>"
STOREFRONTS: Final = "storefronts"

Kind = Literal["boolean", "whole number", "number", "text", "choice", "list"]


@dataclass(frozen=True, slots=True)
class SettingKey:
    """One key: `storefronts.<code>.…` stands for that key of every storefront."""

    key: str
    kind: Kind
    allowed: str
    default: object
    title: str
    description: str
    setup_page_field: str = ""

    @property
    def default_text(self) -> str:
        """The default as it would stand in the file; empty where the file cannot say it."""
        return "" if self.default is None else toml_value(self.default)


@cache
def setting_keys() -> tuple[SettingKey, ...]:
    """Return every key in the order of the model."""
    found: list[SettingKey] = []
    for section, model in sections().items():
        prefix = f"{STOREFRONTS}.{CODE}" if section == STOREFRONTS else section
        found += [_setting_key(f"{prefix}.{name}", field) for name, field in model.model_fields.items()]
    return tuple(found)


@cache
def sections() -> Mapping[str, type[BaseModel]]:
    """Return the model of each section; of `storefronts` the one of each storefront."""
    return {
        name: StorefrontSettings if name == STOREFRONTS else typing.cast("type[BaseModel]", field.annotation)
        for name, field in Settings.model_fields.items()
    }


def find_key(key: str) -> SettingKey | None:
    """Return the key, also for one storefront (`storefronts.at.enabled`); None where there is no such key."""
    parts = key.split(".")
    if len(parts) == len(("storefronts", "at", "enabled")) and parts[0] == STOREFRONTS:
        key = f"{STOREFRONTS}.{CODE}.{parts[2]}"
    return _by_key().get(key)


def section_keys(key: str) -> list[str]:
    """Return the keys of a section, or of one storefront (`storefronts.at`); none where it is neither."""
    section, _, code = key.partition(".")
    if section == STOREFRONTS and code:
        return [f"{key}.{name}" for name in StorefrontSettings.model_fields] if rules.is_storefront_code(code) else []
    return [known.key for known in setting_keys() if known.key.startswith(f"{key}.") and key in sections()]


def nearest_key(key: str) -> str:
    """Return the known key or section most like an unknown one; empty where nothing is like it."""
    section, _, name = key.rpartition(".")
    siblings = [known for known in _by_key() if known.rpartition(".")[0] == _general(section)]
    same_section = {known.rpartition(".")[2]: known for known in siblings}
    anywhere = {known.rpartition(".")[2]: known for known in reversed(_by_key())}
    for candidates, wanted in ((same_section, name), (anywhere, name), ({**_by_key(), **sections()}, key)):
        near = difflib.get_close_matches(wanted.lower(), candidates, n=1, cutoff=0.6)
        if near:
            found = candidates[near[0]]
            return found if isinstance(found, str) else near[0]
    return ""


def toml_value(value: object) -> str:
    """Return a plain value as TOML writes it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)


def one_of(words: Iterable[str]) -> str:
    """Join words as `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


@cache
def _by_key() -> dict[str, SettingKey]:
    return {known.key: known for known in setting_keys()}


def _general(section: str) -> str:
    return f"{STOREFRONTS}.{CODE}" if section.startswith(f"{STOREFRONTS}.") else section


def _setting_key(key: str, field: FieldInfo) -> SettingKey:
    kind, choices = _kind(field.annotation)
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return SettingKey(
        key=key,
        kind=kind,
        allowed=str(extra.get("allowed", "")) or _allowed(field, kind, choices),
        default=field.get_default(),
        title=field.title or "",
        description=field.description or "",
        setup_page_field=str(extra.get(PAGE, "")),
    )


def _kind(annotation: object) -> tuple[Kind, tuple[str, ...]]:
    """Return the kind of value, and the words to choose from where it is a choice."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _kind(arguments[0])
    if origin in {types.UnionType, typing.Union}:  # only ever `… | None`
        return _kind(arguments[0])
    if origin is Literal:
        return "choice", arguments
    if origin is list:
        return "list", ()
    kinds: dict[object, Kind] = {bool: "boolean", int: "whole number", float: "number", str: "text"}
    return kinds[annotation], ()


def _allowed(field: FieldInfo, kind: Kind, choices: tuple[str, ...]) -> str:
    for item in field.metadata:
        if isinstance(item, Allowed):
            return item.text
    low = next((f"{item.ge:g}" for item in field.metadata if isinstance(item, annotated_types.Ge)), "")
    high = next((item.le for item in field.metadata if isinstance(item, annotated_types.Le)), "")
    match kind:
        case "boolean":
            return "true or false"
        case "choice":
            return one_of(choices)
        case "whole number":
            return f"a whole number from {low} to {high}"
        case "number":
            return f"a number above 0, up to {high}"
        case _:
            return "text in quotes"
