"""Every key of the settings with what it allows, read from the model: the one list of keys that all others use."""

import difflib
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Literal

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from kaufland_cli.settings import rules
from kaufland_cli.settings.model import Settings
from kaufland_cli.settings.rules import Allowed, Hides, InvalidValue
from kaufland_cli.settings.sections import Section, StorefrontSettings

CODE: Final = "<code>"
STOREFRONTS: Final = "storefronts"

Kind = Literal["boolean", "whole number", "number", "text", "choice", "list", "table"]


@dataclass(frozen=True, slots=True)
class SettingKey:
    """One key: `storefronts.<code>.…` stands for that key of every storefront.

    The value of a table (text -> text) may be given whole, or one entry at a time: `sales_orders.customers.AT`.
    """

    key: str
    kind: Kind
    allowed: str
    default: object
    description: str
    setup_page_field: str = ""
    hides: str = ""
    """What of a value is never shown unasked: see `Hides`."""
    entry_rule: Callable[[str], str] | None = field(default=None, repr=False, compare=False)
    """Of a table: returns the name of an entry as it is kept, or raises InvalidValue."""


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
    """Return the model of each section; of `storefronts` the one of each storefront."""
    return {
        name: StorefrontSettings if name == STOREFRONTS else typing.cast("type[Section]", one.annotation)
        for name, one in Settings.model_fields.items()
    }


def find_key(key: str) -> SettingKey | None:
    """Return the key, also for one storefront (`storefronts.at.enabled`) or for one entry of a table.

    None where there is no such key.
    """
    *_, last = path = key_path(key)
    table = _by_key().get(_general_key(path[: _depth(path)]))
    if table is None or len(path) == _depth(path):
        return table
    return replace(table, key=f"{table.key}.{last}", kind="text", default=None) if table.kind == "table" else None


def key_path(key: str) -> tuple[str, ...]:
    """Return the parts of a dotted key; what follows a table's own key is the name of one entry, dots and all."""
    parts = key.split(".")
    depth = _depth(parts)
    known = _by_key().get(_general_key(parts[:depth]))
    return (*parts[:depth], ".".join(parts[depth:])) if known and known.entry_rule and len(parts) > depth else (*parts,)


def table_of(key: str) -> tuple[str, str | None]:
    """Return a key and None, or of one entry of a table the table's key and the entry's name as it is kept.

    A name that the table's rule refuses is returned as it is.
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
    """Return how many parts the key of a setting has."""
    return len(("storefronts", "at", "enabled") if path[0] == STOREFRONTS else ("api", "base_url"))


def _general_key(path: Sequence[str]) -> str:
    if path[0] == STOREFRONTS and len(path) > 1:
        path = (STOREFRONTS, CODE, *path[2:])
    return ".".join(path)


def value_of(settings: Settings, key: str) -> object:
    """Return the value of a known dotted key; None for a storefront or a table that has none of its own."""
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
    """Return every key that these settings have a value for, those of each storefront included."""
    keys: list[str] = []
    for known in setting_keys():
        keys += [known.key.replace(CODE, code) for code in settings.storefronts] if CODE in known.key else [known.key]
    return keys


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


def _one_of(words: Iterable[str]) -> str:
    """Join words as `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


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
        default=one.get_default(),
        description=one.description or "",
        setup_page_field=one.title or "",
        hides=next((item.what for item in one.metadata if isinstance(item, Hides)), ""),
        entry_rule=_entry_rule(one.annotation) if kind == "table" else None,
    )


def _entry_rule(annotation: object) -> Callable[[str], str]:
    """Return the rule for the names of a table's entries, which stands in the type of the names."""
    names = typing.get_args(annotation)[0]
    rule = next(item for item in names.__metadata__ if isinstance(item, AfterValidator))
    return typing.cast("Callable[[str], str]", rule.func)


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
    if origin is dict:
        return "table", ()
    kinds: dict[object, Kind] = {bool: "boolean", int: "whole number", float: "number", str: "text"}
    return kinds[annotation], ()


def _allowed(one: FieldInfo, kind: Kind, choices: tuple[str, ...]) -> str:
    # Of `… | None` the rules stand inside the union.
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
            return _one_of(choices)
        case "whole number":
            return f"a whole number from {low} to {high}"
        case "number":
            return f"a number above 0, up to {high}"
        case _:
            return "text in quotes"
