"""Reads raw values from the file, the environment and the command line, for `validation` to check.

Each source yields what it finds: values of known keys, problems, and warnings (plain text).
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from kaufland_cli.domain.hint import command
from kaufland_cli.domain.nearest import nearest
from kaufland_cli.errors import SettingsProblem
from kaufland_cli.settings import rules
from kaufland_cli.settings.config_file import ConfigFile, KeyPath, readable
from kaufland_cli.settings.keys import (
    CODE,
    STOREFRONTS,
    SettingKey,
    find_key,
    nearest_key,
    section_keys,
    sections,
    setting_keys,
    table_of,
)
from kaufland_cli.settings.masked import shown
from kaufland_cli.settings.rules import InvalidValue

SourceName = Literal["option", "environment", "file", "default"]

# The table in which somebody put a secret: what to call it, and the command that keeps it where it belongs.
_SECRETS_OF: Final = {
    "business_central": ("this", command("secret", "set", "--business-central")),
    "monitoring": ("the password", command("secret", "set", "--mail")),
}
_SELLERS_SECRET: Final = ("the secret key", command("secret", "set"))
_SECRET_VARIABLES: Final = (
    "KAUFLAND_SECRET_KEY",
    "KAUFLAND_PARTNER_SECRET_KEY",
    "KAUFLAND_BUSINESS_CENTRAL_SECRET",
    "KAUFLAND_MAIL_PASSWORD",
)
_OTHER_VARIABLES: Final = ("KAUFLAND_CONFIG", "KAUFLAND_DATA_DIR", "KAUFLAND_PROFILE")
_SECRET_NAMES: Final = ("key", "value", "password", "token", "web_service_key", "smtp_password", "mail_password")
_SECRET_SECTIONS: Final = ("secret", "business_central", "monitoring")

_PREFIX: Final = "KAUFLAND_"
_OPTIONS: Final = {"sales_orders.target": "--sales-order-target"}
_SWITCH: Final = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
_WHOLE_NUMBER: Final = r"[+-]?[0-9]{1,18}"
_NUMBER: Final = r"(?i)[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})(e[+-]?[0-9]{1,3})?"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from; `place` is `config.toml:12`, a variable, an option, or empty for a default."""

    source: SourceName
    place: str = ""


@dataclass(frozen=True, slots=True)
class RawValue:
    """A value for a known key, not yet validated; the key `storefronts.at` only says that the storefront exists."""

    key: str
    value: object
    origin: Origin
    place: str
    """The place for problems, with the full path of the file."""
    entries: Mapping[str, str] = field(default_factory=dict)
    """For a table, the place of each entry that has its own."""


Finding = RawValue | SettingsProblem | str


# --- the file ---


def from_file(file: ConfigFile) -> Iterator[Finding]:
    """Yield the values of the file; unknown keys, and sections that are not tables, are problems."""
    for section, table in file.data.items():
        if section not in sections():
            yield unknown_key(file.place((section,)), section, "section or key")
        elif not isinstance(table, dict):
            yield _not_a_table(file, (section,), table)
        elif section == STOREFRONTS:
            yield from _storefronts(file, table)
        else:
            yield from _table(file, (section,), section, table)


def _storefronts(file: ConfigFile, tables: dict[str, object]) -> Iterator[Finding]:
    seen: set[str] = set()
    for written, table in tables.items():
        path = (STOREFRONTS, written)
        code = written.strip().lower()
        if not rules.is_storefront_code(written):
            yield _not_a_storefront(file.place(path), f"{STOREFRONTS}.{readable(written)}")
        elif code in seen:
            problem = f"storefront {code} appears twice, in capitals and in small letters"
            yield SettingsProblem(file.place(path), f"{STOREFRONTS}.{code}", problem)
        elif not isinstance(table, dict):
            yield _not_a_table(file, (STOREFRONTS, code), table)
        else:
            seen.add(code)
            key = f"{STOREFRONTS}.{code}"
            yield RawValue(key, {}, Origin("file", file.place(path, short=True)), file.place(path))
            yield from _table(file, path, key, table)


def _table(file: ConfigFile, path: KeyPath, prefix: str, table: dict[str, object]) -> Iterator[Finding]:
    for name, value in table.items():
        key, own = f"{prefix}.{name}", (*path, name)
        if "." in name or find_key(key) is None:
            yield unknown_key(file.place(own), key)
        else:
            entries = {entry: file.place((*own, entry)) for entry in value} if isinstance(value, dict) else {}
            yield RawValue(key, value, Origin("file", file.place(own, short=True)), file.place(own), entries)


def _not_a_table(file: ConfigFile, path: KeyPath, value: object) -> SettingsProblem:
    place, key = file.place(path), ".".join(path)
    if path == ("secret",) and isinstance(value, str):
        return _no_secret_here(place, key)
    return SettingsProblem(place, key, "is a single value but has to be a table", f"[{key}] with its keys below")


def _not_a_storefront(place: str, key: str) -> SettingsProblem:
    return SettingsProblem(place, key, "is not a valid storefront", "a code such as de or at")


def unknown_key(place: str, key: str, what: str = "key") -> SettingsProblem:
    """Return the problem of a key that does not exist; its value is never shown."""
    if looks_like_secret(key):
        return _no_secret_here(place, readable(key))
    if keys := section_keys(key):
        return SettingsProblem(place, key, f"is a section; its keys are {', '.join(keys)}")
    near = nearest_key(key)
    return SettingsProblem(
        place, readable(key), f"there is no such {what}" + (f"; did you mean {near}?" if near else "")
    )


def looks_like_secret(key: str) -> bool:
    """Return whether an unknown key may hold a secret, by its name."""
    section, _, name = key.lower().rpartition(".")
    return "secret" in name or (section in _SECRET_SECTIONS and name in _SECRET_NAMES)


def _no_secret_here(place: str, key: str) -> SettingsProblem:
    what, keep = _SECRETS_OF.get(key.lower().partition(".")[0], _SELLERS_SECRET)
    return SettingsProblem(place, key, f"{what} never belongs here: remove it", hint=keep)


# --- the environment ---


def from_environment(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the values of the variables `KAUFLAND_<SECTION>_<KEY>`; an empty variable counts as not set."""
    for name in sorted(environ):
        section = _section_of_variable(name.upper())
        if not environ[name]:
            continue
        if section is None:
            if near := _nearest_variable(name):
                yield f"{readable(name)} is not a setting and is ignored; did you mean {near}?"
            continue
        key = _key_of_variable(name)
        if key is None:
            yield _unknown_variable(name, section)
        else:
            yield _from_text(key, environ[name], Origin("environment", name), name)


def variable_of(key: str) -> str:
    """Return the environment variable of a key; for an entry of a table, that of the whole table."""
    return _PREFIX + table_of(key)[0].replace(".", "_").upper()


def _section_of_variable(capitals: str) -> str | None:
    if capitals.startswith(_SECRET_VARIABLES):
        return None
    return next((name for name in sections() if capitals.startswith(f"{_PREFIX}{name.upper()}_")), None)


def _nearest_variable(name: str) -> str:
    """Return the variable that a name outside all sections was probably meant as; empty if it looks like none."""
    capitals = name.upper()
    if not capitals.startswith(_PREFIX) or capitals.startswith(_SECRET_VARIABLES) or name in _OTHER_VARIABLES:
        return ""
    known = (*_OTHER_VARIABLES, *_SECRET_VARIABLES, *(variable_of(one.key) for one in setting_keys()))
    return nearest(capitals, known, cutoff=0.85)


def _key_of_variable(name: str) -> str | None:
    for known in setting_keys():
        before, code, after = variable_of(known.key).partition(CODE.upper())
        if not code and name == before:
            return known.key
        if code and name.startswith(before) and name.endswith(after):
            found = name.removeprefix(before).removesuffix(after)
            if re.fullmatch("[A-Z]{2,8}", found):
                return known.key.replace(CODE, found.lower())
    return None


def _unknown_variable(variable: str, section: str) -> str:
    shown_name = readable(variable)
    name = variable.upper().removeprefix(f"{_PREFIX}{section.upper()}_").lower()
    code, _, rest = name.partition("_")
    key = f"{section}.{code}.{rest}" if section == STOREFRONTS else f"{section}.{name}"
    if looks_like_secret(key):
        if section == "business_central":
            return (
                f"{shown_name} is ignored; the secret of Business Central is read from KAUFLAND_BUSINESS_CENTRAL_SECRET"
            )
        return f"{shown_name} is ignored; the secret key is read from KAUFLAND_SECRET_KEY"
    near = key if find_key(key) is not None else nearest_key(key)  # written in other letters
    return f"{shown_name} is not a setting and is ignored" + (f"; did you mean {variable_of(near)}?" if near else "")


# --- the command line ---


def from_options(options: Mapping[str, object], place: str | None = None) -> Iterator[Finding]:
    """Yield the values of the command line, by dotted key; None is an option that was not used.

    Problems name `place`, or the option of the key if it is None.
    """
    for key, value in options.items():
        if value is None:
            continue
        origin = Origin("option", option_of(key))
        where = place or origin.place
        path = key.split(".")
        if find_key(key) is None:
            yield unknown_key(where, key)
        elif path[0] == STOREFRONTS and (path[1] != path[1].lower() or not rules.is_storefront_code(path[1])):
            yield _not_a_storefront(where, f"{STOREFRONTS}.{readable(path[1])}")
        elif isinstance(value, str):
            yield _from_text(key, value, origin, where)
        else:
            yield RawValue(key, value, origin, where)


def option_of(key: str) -> str:
    """Return the command-line option of a key."""
    key = table_of(key)[0]
    section, _, name = key.rpartition(".")
    if key in _OPTIONS:
        return _OPTIONS[key]
    return "--" + (f"{section}-{name}" if section in _SECRET_SECTIONS else name).replace("_", "-")


# --- values as text ---


def _from_text(key: str, text: str, origin: Origin, place: str) -> RawValue | SettingsProblem:
    known = find_key(key)
    if known is None:
        raise KeyError(key)
    try:
        return RawValue(key, _typed(known, text), origin, place)
    except InvalidValue as invalid:
        return SettingsProblem(place, key, invalid.reason, known.allowed)


def _typed(known: SettingKey, text: str) -> object:
    """Convert what a person typed to the type of the key. Raises InvalidValue."""
    word = text.strip()
    match known.kind:
        case "boolean" if word.lower() in _SWITCH:
            return _SWITCH[word.lower()]
        case "whole number" if re.fullmatch(_WHOLE_NUMBER, word):
            return int(word)
        case "number" if re.fullmatch(_NUMBER, word) and math.isfinite(float(word)):
            return float(word)
        case "boolean" | "whole number" | "number":
            raise InvalidValue(f"{shown(known.key, text)} is not allowed")
        case "list":
            return rules.command_words(text)
        case "table":
            return rules.pairs(text)
        case "choice":
            return word
        case "text":
            return text
