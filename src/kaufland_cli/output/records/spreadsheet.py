"""Lists for people with a spreadsheet: real numbers and times in the seller's zone, and CSV that Excel opens by itself.

For programs there is plain CSV (`interchange`), which has the records' own values.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from math import isfinite
from typing import Any, Final, TypeAlias

from kaufland_cli.domain.csv_text import csv_line, shown_in_spreadsheets, spreadsheet_cell
from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.moments import local_moment
from kaufland_cli.output.columns import kind_of
from kaufland_cli.output.records.interchange import Typed, json_text
from kaufland_cli.output.values import yes_no

SheetValue: TypeAlias = str | int | float | Decimal | datetime | None
"""An amount is a `Decimal` with two places; a time has no zone, as spreadsheets know none."""

FIRST_YEAR: Final = 1900
"""Spreadsheets know no earlier dates."""
BYTE_ORDER_MARK: Final = "\ufeff"
"""Tells Excel that the file is UTF-8."""
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mrz|mai|okt|dez)[a-zä]{0,8}"
_BETWEEN = r"[\s.,/-]*"
# What Excel turns into something else: an EAN, the postcode 01067, the house number 1-3, 1E5, "5 Mai", MRZ1.
_CONVERTED = re.compile(
    rf"(?=.*\d)[\d.,:/+\-\s%€$e]{{1,250}}|\d{{1,4}}{_BETWEEN}{_MONTH}{_BETWEEN}\d{{0,4}}|{_MONTH}{_BETWEEN}\d{{1,4}}"
    "|true|false|wahr|falsch",
    re.ASCII | re.IGNORECASE,
)


def sheet_fields(fields: Sequence[str]) -> list[str]:
    """Return the fields of a spreadsheet by default: without `total`, as there an amount is a number anyway."""
    return [field for field in fields if field != "total"]


def sheet_value(field: str, record: Mapping[str, Any], zone: tzinfo, typed: Typed) -> SheetValue:
    """Return a field's value as a spreadsheet should have it."""
    value, kind = record.get(field), kind_of(field)
    match value:
        case None | "":
            return None
        case bool():
            return yes_no(value)
        case int() if not field.startswith("id_"):  # of a long id Excel would show only the first digits
            return Decimal(value).scaleb(-2) if kind == "money" else value
        case float() if isfinite(value):
            return value
        case str() if kind == "time" and (moment := local_moment(value, zone)) and moment.year >= FIRST_YEAR:
            return moment.replace(tzinfo=None)
    return shown_in_spreadsheets(_text(value, typed))


def _text(value: object, typed: Typed) -> str:
    """Return a value as text: a list in words, anything with more parts as JSON."""
    if isinstance(value, Hint):
        return typed(value)
    if isinstance(value, list | tuple) and all(isinstance(one, str | int) for one in value):
        return ", ".join(map(str, value))
    return json_text(value, typed, unicode=True) if isinstance(value, list | tuple | dict) else str(value)


def excel_csv_lines(
    records: Iterable[Mapping[str, Any]], fields: Sequence[str], zone: tzinfo, typed: Typed
) -> Iterator[str]:
    """Yield CSV that Excel opens with a double click where lists are separated by `;` and decimals by a comma."""
    yield BYTE_ORDER_MARK + ";".join(fields)
    for record in records:
        yield ";".join(_cell(sheet_value(name, record, zone, typed)) for name in fields)


def _cell(value: SheetValue) -> str:
    """Return one cell; text that Excel would turn into a number or a date as a formula that comes to this text."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(" ", "seconds")
        case int() | float() | Decimal():
            return str(value).removesuffix(".0").replace(".", ",")
    return csv_line([f'="{value}"' if _CONVERTED.fullmatch(value) else spreadsheet_cell(value)])
