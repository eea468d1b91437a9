"""All values together against the model: either settings, or every fault at once in words for people."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from kaufland_cli.errors import SettingsProblem
from kaufland_cli.settings.dependencies import broken_dependencies
from kaufland_cli.settings.keys import STOREFRONTS, find_key
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
    faults = _field_faults(given, storefronts)
    good = {key: one for key, one in given.items() if key not in faults}
    return Settings.model_validate(_nested(good, storefronts), context=FIELDS_ALONE), list(faults.values())


def value_of(settings: Settings, key: str) -> object:
    """Return the value of a known dotted key; None for a storefront that has none of its own."""
    section, *rest = key.split(".")
    if section == STOREFRONTS:
        return getattr(settings.storefronts.get(rest[0]), rest[1], None)
    return getattr(getattr(settings, section), rest[0])


def _field_faults(given: Mapping[str, Given], storefronts: tuple[str, ...]) -> dict[str, SettingsProblem]:
    try:
        Settings.model_validate(_nested(given, storefronts), context=FIELDS_ALONE)
    except ValidationError as error:
        faults: dict[str, SettingsProblem] = {}
        for detail in error.errors(include_url=False, include_input=False):
            parts = [str(part) for part in detail["loc"]]
            key = ".".join(parts[: 3 if parts[0] == STOREFRONTS else 2])
            reason = detail.get("ctx", {}).get("error")
            faults.setdefault(key, _fault(key, given[key], reason if isinstance(reason, Refused) else None))
        return faults
    return {}


def _fault(key: str, one: Given, refused: Refused | None) -> SettingsProblem:
    known = find_key(key)
    value = shown(key, one.value)
    if refused:
        problem = f"{value} {refused.reason}" if refused.echo else refused.reason
    else:
        in_quotes = isinstance(one.value, str) and known is not None and known.kind not in {"text", "choice", "list"}
        problem = f"{value}{' in quotes' if in_quotes else ''} is not allowed"
    return SettingsProblem(one.place, key, problem, known.allowed if known else "")


def _nested(given: Mapping[str, Given], storefronts: tuple[str, ...]) -> dict[str, Any]:
    nested: dict[str, Any] = {STOREFRONTS: {code: {} for code in storefronts}} if storefronts else {}
    for key, one in given.items():
        *tables, name = key.split(".")
        table = nested
        for part in tables:
            table = table.setdefault(part, {})
        table[name] = one.value
    return nested
