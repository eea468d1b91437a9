"""Lists and records for other programs: JSON, JSON lines, CSV, and tab-separated text.

JSON and CSV hold the records' own fields: moments as given (UTC), amounts in minor units. Nothing here is
heavy to load.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from kaufland_cli.domain.csv_text import csv_line, spreadsheet_cell
from kaufland_cli.domain.hint import Hint
from kaufland_cli.output.columns import Column
from kaufland_cli.output.safe_text import json_escaped
from kaufland_cli.output.values import piped, piped_titles

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record: TypeAlias = Mapping[str, Any]
Typed: TypeAlias = Callable[[Hint], str]
"""Writes out a hint, which may stand anywhere in a record, with the settings of the call in its commands."""


def fields_of(value: "DataclassInstance") -> dict[str, Any]:
    """Return the fields of a flat dataclass by name; `dataclasses.asdict` copies each value, which a list pays for."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def json_text(value: object, typed: Typed, *, unicode: bool, indent: int | None = None) -> str:
    """Return JSON; without `unicode` in ASCII only, for a stream that cannot show all characters."""
    return json_escaped(json.dumps(value, ensure_ascii=not unicode, indent=indent, default=typed))


def json_listing(
    name: str, records: Iterable[Record], typed: Typed, *, schema: str, extra: Record | None, unicode: bool
) -> Iterator[str]:
    """Yield the lines of one JSON object with the records under their name, a record a line."""
    head = json_text({"schema": schema, **(extra or {})}, typed, unicode=unicode)
    yield f"{head[:-1]}, {json.dumps(name)}: ["
    waiting = None
    for record in records:
        if waiting is not None:
            yield f"{waiting},"
        waiting = json_text(dict(record), typed, unicode=unicode)
    if waiting is not None:
        yield waiting
    yield "]}"


def json_lines(records: Iterable[Record], typed: Typed, *, schema: str, unicode: bool) -> Iterator[str]:
    """Yield one JSON object per line, each with its schema."""
    for record in records:
        yield json_text({"schema": schema, **record}, typed, unicode=unicode)


def csv_lines(records: Iterable[Record], fields: Sequence[str], typed: Typed) -> Iterator[str]:
    """Yield CSV with these fields, even without records; safe for spreadsheets."""
    yield csv_line([spreadsheet_cell(name) for name in fields])
    for row in records:
        yield csv_line([_csv_cell(row.get(name), typed) for name in fields])


def tab_separated(records: Iterable[Record], columns: Sequence[Column], typed: Typed) -> Iterator[str]:
    """Yield the columns with full values, after a header line."""
    yield "\t".join(title for column in columns for title in piped_titles(column))
    for record in records:
        yield "\t".join(text for column in columns for text in piped(column, record, typed))


def _csv_cell(value: object, typed: Typed) -> str:
    """Return one cell: safe text, numbers as they are, lists and objects as JSON, empty for None."""
    if value is None:
        return ""
    if isinstance(value, str | Hint):
        return spreadsheet_cell(value if isinstance(value, str) else typed(value))
    return json_text(value, typed, unicode=True)
