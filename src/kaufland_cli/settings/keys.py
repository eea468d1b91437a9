"""Every key of the settings with what it allows, derived from the model."""

import difflib
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Literal

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from kaufland_cli.domain.text import one_of
from kaufland_cli.settings import rules
from kaufland_cli.settings.model import Settings
from kaufland_cli.settings.rules import Allowed, Hides, InvalidValue
from kaufland_cli.settings.sections import Section, StorefrontSettings

CODE: Final = "<code>"
STOREFRONTS: Final = "storefronts"

Kind = Literal["boolean", "whole number", "number", "text", "choice", "list", "table"]


@dataclass(frozen=True, slots=True)
class SettingKey:
    """One key; `storefronts.<code>.…` stands for the key of every storefront.

    A table (text -> text) can be set as a whole or one entry at a time: `sales_orders.customers.AT`.
    """

    key: str
    kind: Kind
    allowed: str
    default: object
    description: str
    setup_page_field: str = ""
    choices: tuple[str, ...] = ()
    """The words to choose from, for a choice."""
    hides: str = ""
    """The part of the value that is hidden by default: see `Hides`."""
    entry_rule: Callable[[str], str] | None = field(default=None, repr=False, compare=False)
    """For a table: returns the name of an entry as it is kept, or raises InvalidValue."""


@cache
def setting_keys() -> tuple[SettingKey, ...]:
    """Return every key in the order of the model."""
    found: list[SettingKey] = []
    for section, model in sections().items():
        prefix = f"{STOREFRONTS}.{CODE}" if section == STOREFRONTS else section
        found += [_setting_key(f"{prefix}.{name}", one) for name, one in model.model_fields.items()]
    return tuple(found)


@cache
def sections() -> Mapping[str, type[Section]]:
    """Return the model of each section; for `storefronts`, that of a single storefront."""
    return {
        name: StorefrontSettings if name == STOREFRONTS else typing.cast("type[Section]", one.annotation)
        for name, one in Settings.model_fields.items()
    }


def find_key(key: str) -> SettingKey | None:
    """Return the key, also of one storefront (`storefronts.at.enabled`) or one entry of a table; None if unknown."""
    *_, last = path = key_path(key)
    table = _by_key().get(_general_key(path[: _depth(path)]))
    if table is None or len(path) == _depth(path):
        return table
    return replace(table, key=f"{table.key}.{last}", kind="text", default=None) if table.kind == "table" else None


def key_path(key: str) -> tuple[str, ...]:
    """Return the parts of a dotted key; the name of a table's entry is one part, even with dots."""
    parts = key.split(".")
    depth = _depth(parts)
    known = _by_key().get(_general_key(parts[:depth]))
    return (*parts[:depth], ".".join(parts[depth:])) if known and known.entry_rule and len(parts) > depth else (*parts,)


def table_of(key: str) -> tuple[str, str | None]:
    """Split the key of a table's entry into the table's key and the entry's name; any other key is returned with None.

    The name is returned as it is kept, or unchanged if the table's rule refuses it.
    """
    path = key_path(key)
    own, entry = path[: _depth(path)], path[_depth(path) :]
    known = _by_key().get(_general_key(own))
    if not entry or known is None or known.entry_rule is None:
        return key, None
    try:
        return ".".join(own), known.entry_rule(entry[0])
    except InvalidValue:
        return ".".join(own), entry[0]


def _depth(path: Sequence[str]) -> int:
    """Return the number of parts of a setting's key."""
    return len(("storefronts", "at", "enabled") if path[0] == STOREFRONTS else ("api", "base_url"))


def _general_key(path: Sequence[str]) -> str:
    if path[0] == STOREFRONTS and len(path) > 1:
        path = (STOREFRONTS, CODE, *path[2:])
    return ".".join(path)


def value_of(settings: Settings, key: str) -> object:
    """Return the value of a known dotted key; None for a storefront or a table without one."""
    table, entry = table_of(key)
    section, *rest = table.split(".")
    if section == STOREFRONTS:
        found: object = getattr(settings.storefronts.get(rest[0]), rest[1], None)
    else:
        found = getattr(getattr(settings, section), rest[0])
    if entry is None:
        return found
    return found.get(entry) if isinstance(found, dict) else None


def all_keys(settings: Settings) -> list[str]:
    """Return every key that has a value in these settings, including those of each storefront."""
    keys: list[str] = []
    for known in setting_keys():
        keys += [known.key.replace(CODE, code) for code in settings.storefronts] if CODE in known.key else [known.key]
    return keys


def section_keys(key: str) -> list[str]:
    """Return the keys of a section, or of one storefront (`storefronts.at`); empty if it is neither."""
    section, _, code = key.partition(".")
    if section == STOREFRONTS and code:
        return [f"{key}.{name}" for name in StorefrontSettings.model_fields] if rules.is_storefront_code(code) else []
    return [known.key for known in setting_keys() if known.key.startswith(f"{key}.") and key in sections()]


def nearest_key(key: str) -> str:
    """Return the key or section most similar to an unknown one, never that one itself; empty if there is none."""
    section, _, name = key.rpartition(".")
    code = section.partition(".")[2].lower() if section.startswith(f"{STOREFRONTS}.") else ""
    siblings = [known for known in _by_key() if known.rpartition(".")[0] == _general(section)]
    same_section = {known.rpartition(".")[2]: known for known in siblings}
    anywhere = {known.rpartition(".")[2]: known for known in reversed(_by_key())}
    if not section:  # a name by itself may be meant as a section or as a key
        anywhere = {**anywhere, **{name: name for name in sections() if "." not in name}}
    for candidates, wanted in ((same_section, name), (anywhere, name), ({**_by_key(), **sections()}, key)):
        near = difflib.get_close_matches(wanted.lower(), candidates, n=2, cutoff=0.6)
        for one in near:
            found = candidates[one]
            meant = found if isinstance(found, str) else one
            if meant != key:
                return meant.replace(CODE, code) if rules.is_storefront_code(code) else meant
    return ""


@cache
def _by_key() -> dict[str, SettingKey]:
    return {known.key: known for known in setting_keys()}


def _general(section: str) -> str:
    return f"{STOREFRONTS}.{CODE}" if section.startswith(f"{STOREFRONTS}.") else section


def _setting_key(key: str, one: FieldInfo) -> SettingKey:
    kind, choices = _kind(one.annotation)
    return SettingKey(
        key=key,
        kind=kind,
        allowed=_allowed(one, kind, choices),
        choices=choices,
        default=one.get_default(),
        description=one.description or "",
        setup_page_field=one.title or "",
        hides=next((item.what for item in one.metadata if isinstance(item, Hides)), ""),
        entry_rule=_entry_rule(one.annotation) if kind == "table" else None,
    )


def _entry_rule(annotation: object) -> Callable[[str], str]:
    """Return the rule for the names of a table's entries, from their type."""
    names = typing.get_args(annotation)[0]
    rule = next(item for item in names.__metadata__ if isinstance(item, AfterValidator))
    return typing.cast("Callable[[str], str]", rule.func)


def _kind(annotation: object) -> tuple[Kind, tuple[str, ...]]:
    """Return the kind of value and, for a choice, the words to choose from."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _kind(arguments[0])
    if origin in {types.UnionType, typing.Union}:  # only ever `… | None`
        return _kind(arguments[0])
    if origin is Literal:
        return "choice", arguments
    if origin is list:
        return "list", ()
    if origin is dict:
        return "table", ()
    kinds: dict[object, Kind] = {bool: "boolean", int: "whole number", float: "number", str: "text"}
    return kinds[annotation], ()


def _allowed(one: FieldInfo, kind: Kind, choices: tuple[str, ...]) -> str:
    # For `… | None` the rules are inside the union.
    inside = [item for part in typing.get_args(one.annotation) for item in getattr(part, "__metadata__", ())]
    for item in (*one.metadata, *inside):
        if isinstance(item, Allowed):
            return item.text
    low = next((item.ge for item in one.metadata if hasattr(item, "ge")), "")
    high = next((item.le for item in one.metadata if hasattr(item, "le")), "")
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
