"""Lists as an Excel workbook: real numbers and dates, and text that is never run as a formula.

XlsxWriter is an extra (`kaufland-cli[xlsx]`) and loads only here. Why it: docs/decisions/0023-spreadsheets.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from kaufland_cli.domain.csv_text import spreadsheet_cell
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import WrongUsage
from kaufland_cli.output.records.interchange import Typed
from kaufland_cli.output.records.spreadsheet import SheetValue, sheet_value

MAX_ROWS: Final = 1_048_576
MAX_TEXT: Final = 32_767
_WIDTHS: Final = (8, 60)
_AMOUNT, _TIME = "#,##0.00", 22
"""Excel shows both in the form of whoever opens the file; 22 is its own number for a date with a time."""


def workbook(
    name: str, records: Iterable[Mapping[str, Any]], fields: Sequence[str], zone: tzinfo, typed: Typed, scratch: Path
) -> bytes:
    """Return a workbook with one sheet: a head that stays in place, and a row for each record.

    Times are in `zone`. Rows wait in the folder `scratch` until all are there. Raises `WrongUsage` for more
    rows than a sheet can have.
    """
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": str(scratch)}) as book:
        formats = {
            "amount": book.add_format({"num_format": _AMOUNT}),
            "time": book.add_format({"num_format": _TIME}),
            "quoted": book.add_format({"quote_prefix": True}),  # stays text when somebody edits the cell
        }
        head = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, field in enumerate(fields):
            sheet.write_string(0, column, field, head)
        widths = [max(len(field) + 3, _WIDTHS[0]) for field in fields]
        row = 0
        for row, record in enumerate(records, start=1):
            if row == MAX_ROWS:
                raise WrongUsage(f"An Excel sheet holds {MAX_ROWS - 1} rows at most.", hint=Hint("Use --csv instead."))
            for column, field in enumerate(fields):
                value = sheet_value(field, record, zone, typed)
                widths[column] = max(widths[column], _width(value))
                _write(sheet, row, column, value, formats)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(width, _WIDTHS[1]))
        sheet.autofilter(0, 0, row, len(fields) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{row + 1}"})  # no green corner at each EAN
    return file.getvalue()


def _write(sheet: Any, row: int, column: int, value: SheetValue, formats: Mapping[str, Any]) -> None:
    match value:
        case None:
            return
        case datetime():
            sheet.write_datetime(row, column, value, formats["time"])
        case Decimal():
            sheet.write_number(row, column, float(value), formats["amount"])
        case int() | float():
            sheet.write_number(row, column, value)
        case _:
            harmless = spreadsheet_cell(value) == value
            sheet.write_string(row, column, value[:MAX_TEXT], None if harmless else formats["quoted"])


def _width(value: SheetValue) -> int:
    return len("30.11.2026 10:45") if isinstance(value, datetime) else len(str(value or ""))
