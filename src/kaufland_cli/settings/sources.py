"""Single values from the file, the environment and the command line, before they are checked together."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from kaufland_cli.errors import SettingsProblem
from kaufland_cli.settings import rules
from kaufland_cli.settings.config_file import ConfigFile, readable
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
from kaufland_cli.settings.line_numbers import KeyPath
from kaufland_cli.settings.rules import Refused
from kaufland_cli.settings.values import from_text

SourceName = Literal["option", "environment", "file", "default"]
NO_SECRET_HERE: Final = "the secret key never belongs here: remove it, then run `kaufland secret set`"  # noqa: S105 -- a sentence
NO_OTHER_SECRET_HERE: Final = "this never belongs here: remove it, then run `kaufland secret set --business-central`"  # noqa: S105 -- a sentence
_PREFIX: Final = "KAUFLAND_"
NO_MAIL_PASSWORD_HERE: Final = "the password never belongs here: remove it, then run `kaufland secret set --mail`"  # noqa: S105 -- a sentence
_SECRET_VARIABLES: Final = (
    "KAUFLAND_SECRET_KEY",
    "KAUFLAND_PARTNER_SECRET_KEY",
    "KAUFLAND_BUSINESS_CENTRAL_SECRET",
    "KAUFLAND_MAIL_PASSWORD",
)
_SECRET_NAMES: Final = ("key", "value", "password", "token", "web_service_key", "smtp_password", "mail_password")
_SECRET_SECTIONS: Final = ("secret", "business_central", "monitoring")


_OPTIONS: Final = {"sales_orders.target": "--sales-order-target"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: `config.toml:12`, a variable, an option, or nothing for a default."""

    source: SourceName
    place: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A value that was given for a known key; `place` names it in faults."""

    value: object
    origin: Origin
    place: str
    entries: Mapping[str, str] = field(default_factory=dict)
    """Of a table, the place of each entry where it has one of its own."""


@dataclass(slots=True)
class Source:
    """All that one source gives."""

    given: dict[str, Given] = field(default_factory=dict)
    storefronts: list[str] = field(default_factory=list)
    problems: list[SettingsProblem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def unknown_key(place: str, key: str, what: str = "key") -> SettingsProblem:
    """Return the fault of a key that does not exist; its value is never shown."""
    if looks_like_secret(key):
        return SettingsProblem(place, readable(key), _no_secret_here(key))
    if keys := section_keys(key):
        return SettingsProblem(place, key, f"that is a section; its keys are {', '.join(keys)}")
    near = nearest_key(key)
    return SettingsProblem(
        place, readable(key), f"there is no such {what}" + (f"; the nearest is {near}" if near else "")
    )


def _no_secret_here(key: str) -> str:
    match key.lower().partition(".")[0]:
        case "business_central":
            return NO_OTHER_SECRET_HERE
        case "monitoring":
            return NO_MAIL_PASSWORD_HERE
        case _:
            return NO_SECRET_HERE


def looks_like_secret(key: str) -> bool:
    """Tell whether somebody may have put the secret under this unknown key."""
    section, _, name = key.lower().rpartition(".")
    return "secret" in name or (section in _SECRET_SECTIONS and name in _SECRET_NAMES)


def from_file(file: ConfigFile) -> Source:
    """Return what the file gives; unknown keys and sections that are no tables are problems."""
    found = Source()
    for section, table in file.data.items():
        if section not in sections():
            found.problems.append(unknown_key(file.place((section,)), section, "section or key"))
        elif not isinstance(table, dict):
            secret = section == "secret" and isinstance(table, str)
            found.problems.append(_no_table(file, (section,), f"[{section}]", secret=secret))
        elif section == STOREFRONTS:
            for code, own in table.items():
                _read_storefront(file, code, own, found)
        else:
            _read_table(file, (section,), section, table, found)
    return found


def _read_storefront(file: ConfigFile, written: str, table: object, found: Source) -> None:
    path = (STOREFRONTS, written)
    try:
        code = rules.storefront_code(written)
    except Refused:
        place, shown = file.place(path), f"{STOREFRONTS}.{readable(written)}"
        found.problems.append(SettingsProblem(place, shown, "is no code of a storefront", "a code such as de or at"))
        return
    if code in found.storefronts:
        problem = f"storefront {code} is there twice, in capitals and in small letters"
        found.problems.append(SettingsProblem(file.place(path), f"{STOREFRONTS}.{code}", problem))
    elif not isinstance(table, dict):
        found.problems.append(_no_table(file, path, f"[{STOREFRONTS}.{code}]"))
    else:
        found.storefronts.append(code)
        _read_table(file, path, f"{STOREFRONTS}.{code}", table, found)


def _read_table(file: ConfigFile, path: KeyPath, prefix: str, table: dict[str, object], found: Source) -> None:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        own = (*path, name)
        place = file.place(own)
        if "." in name or find_key(key) is None:
            found.problems.append(unknown_key(place, key))
        else:
            entries = {entry: file.place((*own, entry)) for entry in value} if isinstance(value, dict) else {}
            found.given[key] = Given(value, Origin("file", file.place(own, short=True)), place, entries)


def _no_table(file: ConfigFile, path: KeyPath, header: str, *, secret: bool = False) -> SettingsProblem:
    problem = NO_SECRET_HERE if secret else "is a single value and has to be a table"
    return SettingsProblem(file.place(path), ".".join(path), problem, "" if secret else f"{header} and its keys below")


def from_environment(environ: Mapping[str, str]) -> Source:
    """Return what the variables `KAUFLAND_<SECTION>_<KEY>` give; an empty variable counts as not there."""
    found = Source()
    for name in sorted(environ):
        capitals = name.upper()
        if capitals.startswith(_SECRET_VARIABLES) or not environ[name]:
            continue
        if not any(capitals.startswith(f"{_PREFIX}{section.upper()}_") for section in sections()):
            continue
        key = _key_of_variable(name)
        if key is None:
            found.warnings.append(_unknown_variable(capitals, readable(name)))
        else:
            _read_text(key, environ[name], Origin("environment", name), found)
    return found


def variable_of(key: str) -> str:
    """Return the environment variable that stands for a key; for an entry of a table that of the whole table."""
    return _PREFIX + table_of(key)[0].replace(".", "_").upper()


def _key_of_variable(name: str) -> str | None:
    for known in setting_keys():
        pattern = re.escape(variable_of(known.key)).replace(re.escape(CODE.upper()), "([A-Z]{2,8})")
        if match := re.fullmatch(pattern, name):
            return known.key.replace(CODE, match[1].lower()) if match.groups() else known.key
    return None


def _unknown_variable(capitals: str, shown: str) -> str:
    section = next(section for section in sections() if capitals.startswith(f"{_PREFIX}{section.upper()}_"))
    name = capitals.removeprefix(f"{_PREFIX}{section.upper()}_").lower()
    code, _, rest = name.partition("_")
    key = f"{section}.{code}.{rest}" if section == STOREFRONTS else f"{section}.{name}"
    if looks_like_secret(key):
        if section == "business_central":
            return f"{shown} is not read; the secret of Business Central is read from KAUFLAND_BUSINESS_CENTRAL_SECRET"
        return f"{shown} is not read; the secret key is read from KAUFLAND_SECRET_KEY"
    near = nearest_key(key)
    if section == STOREFRONTS:
        near = near.replace(CODE, code) if code.isalpha() else near
    return f"{shown} is no setting and is not read" + (f"; the nearest is {variable_of(near)}" if near else "")


def from_options(options: Mapping[str, object]) -> Source:
    """Return what the command line gives: dotted keys; None means that the option was not used."""
    found = Source()
    for key, value in options.items():
        if value is None:
            continue
        origin = Origin("option", option_of(key))
        if find_key(key) is None:
            found.problems.append(unknown_key(origin.place, key))
        elif isinstance(value, str):
            _read_text(key, value, origin, found)
        else:
            found.given[key] = Given(value, origin, origin.place)
    return found


def option_of(key: str) -> str:
    """Return the command-line option that stands for a key."""
    key = table_of(key)[0]
    section, _, name = key.rpartition(".")
    if key in _OPTIONS:
        return _OPTIONS[key]
    return "--" + (f"{section}-{name}" if section in _SECRET_SECTIONS else name).replace("_", "-")


def _read_text(key: str, text: str, origin: Origin, found: Source) -> None:
    known = _known(key)
    try:
        found.given[key] = Given(from_text(known, text), origin, origin.place)
    except Refused as refused:
        found.problems.append(SettingsProblem(origin.place, key, refused.reason, known.allowed))


def _known(key: str) -> SettingKey:
    known = find_key(key)
    if known is None:
        raise KeyError(key)
    return known


def storefronts_in(given: Mapping[str, object]) -> Iterator[str]:
    """Yield the codes of the storefronts that the keys name."""
    for key in given:
        section, _, rest = key.partition(".")
        if section == STOREFRONTS:
            yield rest.partition(".")[0]
