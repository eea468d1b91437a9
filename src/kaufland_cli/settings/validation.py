"""Validates all values against the model in one pass and words every problem for a person.

The values come from `sources`; `load` uses the result, and `edit` before it writes a change.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from kaufland_cli.domain.nearest import nearest
from kaufland_cli.errors import SettingsProblem
from kaufland_cli.settings.config_file import readable
from kaufland_cli.settings.keys import STOREFRONTS, SettingKey, find_key, sections, table_of
from kaufland_cli.settings.masked import shown
from kaufland_cli.settings.model import Settings, broken_dependencies
from kaufland_cli.settings.rules import InvalidValue
from kaufland_cli.settings.sources import Finding, RawValue


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The settings from all sources together, with their problems."""

    settings: Settings
    """An invalid value is replaced by its default."""
    values: Mapping[str, RawValue]
    problems: tuple[SettingsProblem, ...]
    deferred: tuple[SettingsProblem, ...]
    """Problems that depend on an invalid value; they count once that value is corrected."""
    warnings: tuple[str, ...]


def validate(findings: Iterable[Finding], *, together: bool = True) -> ValidationReport:
    """Validate each value by its field and, if `together`, the dependencies between settings.

    A later value of a key replaces an earlier one; an entry of a table replaces only that entry.
    """
    values: dict[str, RawValue] = {}
    problems: list[SettingsProblem] = []
    warnings: list[str] = []
    for found in findings:
        match found:
            case RawValue():
                _merge(values, found)
            case SettingsProblem():
                problems.append(found)
            case _:
                warnings.append(found)
    tables: dict[str, dict[str, Any]] = {}
    for raw in values.values():
        prefix, _, name = raw.key.rpartition(".")
        if prefix == STOREFRONTS:
            tables.setdefault(raw.key, {})
            continue
        table = tables.setdefault(prefix, {})
        try:
            table[name] = _validated(raw, name)
        except ValidationError as error:
            problems += _problems(raw, error)
    settings = _settings(tables)
    deferred: list[SettingsProblem] = []
    if together:
        problems, deferred = _with_dependencies(settings, values, problems)
    return ValidationReport(settings, values, tuple(problems), tuple(deferred), tuple(warnings))


def _merge(values: dict[str, RawValue], found: RawValue) -> None:
    table, entry = table_of(found.key)
    if entry is None:
        values[found.key] = found
        return
    below = values.get(table)
    kept = below.value if below and isinstance(below.value, dict) else {}
    kept = {name: value for name, value in kept.items() if table_of(f"{table}.{name}")[1] != entry}
    places = {**(below.entries if below else {}), entry: found.place}
    values[table] = replace(found, key=table, value={**kept, entry: found.value}, entries=places)


def _validated(raw: RawValue, name: str) -> object:
    """Return the value as it is kept. Raises ValidationError."""
    section = sections()[raw.key.partition(".")[0]]
    return getattr(section.model_validate({name: raw.value}), name)


def _settings(tables: Mapping[str, dict[str, Any]]) -> Settings:
    """Build the settings from values that are already valid."""
    built: dict[str, Any] = {
        name: model.model_construct(**tables.get(name, {})) for name, model in sections().items() if name != STOREFRONTS
    }
    built[STOREFRONTS] = {
        table.partition(".")[2]: sections()[STOREFRONTS].model_construct(**values)
        for table, values in tables.items()
        if table.startswith(f"{STOREFRONTS}.")
    }
    return Settings.model_construct(**built)


def _with_dependencies(
    settings: Settings, values: Mapping[str, RawValue], problems: list[SettingsProblem]
) -> tuple[list[SettingsProblem], list[SettingsProblem]]:
    """Return the problems including broken dependencies, and those that depend on an invalid value."""
    invalid = {name for problem in problems for name in (problem.key, table_of(problem.key)[0])}
    certain, deferred = [*problems], list[SettingsProblem]()
    for broken in broken_dependencies(settings):
        place = values[broken.key].place if broken.key in values else ""
        problem = SettingsProblem(place, broken.key, broken.problem, broken.allowed, broken.fix)
        (certain if invalid.isdisjoint((broken.key, *broken.needs)) else deferred).append(problem)
    return certain, deferred


def _problems(raw: RawValue, error: ValidationError) -> Iterator[SettingsProblem]:
    """Yield the problem of a value; for a table, one for each invalid entry."""
    known = find_key(raw.key)
    seen: set[str] = set()
    for detail in error.errors(include_url=False):
        _, *parts = (str(part) for part in detail["loc"])
        key, value, place = raw.key, raw.value, raw.place
        if known and known.kind == "table" and parts:
            entry = parts[0]
            key, place = f"{key}.{readable(entry)}", raw.entries.get(entry, place)
            value = entry if "[key]" in parts else value.get(entry) if isinstance(value, dict) else None
        elif known and known.kind == "list" and parts:
            value = detail["input"]
        if key not in seen:
            seen.add(key)
            reason = detail.get("ctx", {}).get("error")
            yield SettingsProblem(place, key, _sentence(key, known, value, reason), known.allowed if known else "")


def _sentence(key: str, known: SettingKey | None, value: object, reason: object) -> str:
    if isinstance(reason, InvalidValue):
        return f"{shown(key, value)} {reason.reason}" if reason.echo else reason.reason
    near = nearest(value.lower(), known.choices) if known and isinstance(value, str) else ""
    plain = known is None or known.kind in {"text", "choice", "list", "table"}
    in_quotes = isinstance(value, str) and not plain
    return f"{shown(key, value)}{' in quotes' if in_quotes else ''} is not allowed" + (
        f"; did you mean {near}?" if near else ""
    )
