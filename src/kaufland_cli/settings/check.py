"""All values together against the model: either settings, or every fault at once in words for people."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from kaufland_cli.errors import SettingsProblem
from kaufland_cli.settings.config_file import readable
from kaufland_cli.settings.dependencies import broken_dependencies
from kaufland_cli.settings.keys import STOREFRONTS, find_key, key_path, table_of
from kaufland_cli.settings.model import FIELDS_ALONE, Settings
from kaufland_cli.settings.rules import Refused
from kaufland_cli.settings.sources import Given
from kaufland_cli.settings.values import shown


def check(
    given: Mapping[str, Given], storefronts: Iterable[str], already_faulty: Iterable[str] = ()
) -> tuple[Settings, list[SettingsProblem], list[SettingsProblem]]:
    """Return the settings, every fault, and what is left open; the settings hold defaults where a value is at fault.

    What depends on a value at fault (also on those named in `already_faulty`) is left open: it shows when that value
    is put right.
    """
    settings, faults = check_fields(given, storefronts)
    faulty = {*(fault.key for fault in faults), *already_faulty}
    left_open: list[SettingsProblem] = []
    for broken in broken_dependencies(settings):
        judged = faulty.isdisjoint((broken.key, *broken.needs))
        place = given[broken.key].place if broken.key in given else ""
        problem = SettingsProblem(place, broken.key, broken.problem, broken.allowed)
        (faults if judged else left_open).append(problem)
    return settings, faults, left_open


def check_fields(given: Mapping[str, Given], storefronts: Iterable[str] = ()) -> tuple[Settings, list[SettingsProblem]]:
    """Return the settings and the faults of each value by itself, not what one demands of another."""
    storefronts = tuple(storefronts)
    faults, wrong = _field_faults(given, storefronts)
    good = {key: one for key, one in given.items() if key not in wrong}
    return Settings.model_validate(_nested(good, storefronts), context=FIELDS_ALONE), list(faults.values())


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


def _field_faults(
    given: Mapping[str, Given], storefronts: tuple[str, ...]
) -> tuple[dict[str, SettingsProblem], set[str]]:
    """Return the faults by key, those of a table by entry, and the keys of what was given that is at fault."""
    faults: dict[str, SettingsProblem] = {}
    wrong: set[str] = set()
    try:
        Settings.model_validate(_nested(given, storefronts), context=FIELDS_ALONE)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            parts = [str(part) for part in detail["loc"]]
            depth = 3 if parts[0] == STOREFRONTS else 2
            key, entry = ".".join(parts[:depth]), next(iter(parts[depth:]), None)
            reason = detail.get("ctx", {}).get("error")
            refused = reason if isinstance(reason, Refused) else None
            known = find_key(key)
            if entry is None or known is None or known.kind != "table":
                source, value, place = key, given[key].value if key in given else None, _place(given, key)
            else:
                source, value, place = _entry(given, key, entry)
                value = entry if "[key]" in parts else value
                key = f"{key}.{readable(entry)}"
            wrong.add(source)
            faults.setdefault(key, _fault(key, value, place, refused))
    return faults, wrong


def _place(given: Mapping[str, Given], key: str) -> str:
    return given[key].place if key in given else ""


def _entry(given: Mapping[str, Given], table: str, entry: str) -> tuple[str, object, str]:
    """Return the key under which an entry of a table was given, its value and its place."""
    for key, one in given.items():
        if key != table and table_of(key) == table_of(f"{table}.{entry}"):
            return key, one.value, one.place
    whole = given[table]
    value = whole.value.get(entry) if isinstance(whole.value, dict) else None
    return table, value, whole.entries.get(entry, whole.place)


def _fault(key: str, found: object, place: str, refused: Refused | None) -> SettingsProblem:
    known = find_key(key)
    value = shown(key, found)
    if refused:
        problem = f"{value} {refused.reason}" if refused.echo else refused.reason
    else:
        plain = {"text", "choice", "list", "table"}
        in_quotes = isinstance(found, str) and known is not None and known.kind not in plain
        problem = f"{value}{' in quotes' if in_quotes else ''} is not allowed"
    return SettingsProblem(place, key, problem, known.allowed if known else "")


def _nested(given: Mapping[str, Given], storefronts: tuple[str, ...]) -> dict[str, Any]:
    """Return the values as the model takes them; an entry that was given by itself is laid over its table."""
    nested: dict[str, Any] = {STOREFRONTS: {code: {} for code in storefronts}} if storefronts else {}
    for key, one in sorted(given.items(), key=lambda item: len(key_path(item[0]))):
        *tables, name = key_path(key)
        table = nested
        for part in tables:
            if not isinstance(table.get(part), dict):
                table[part] = {}
            table = table[part]
        if (whole := table_of(key))[1] is not None:
            for other in [other for other in table if table_of(f"{whole[0]}.{other}") == whole]:
                del table[other]
        table[name] = dict(one.value) if isinstance(one.value, dict) else one.value
    return nested
