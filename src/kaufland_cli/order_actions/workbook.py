"""The cells of an Excel workbook as text, digit by digit.

python-calamine is an extra (`kaufland-cli[xlsx]`) and loads only here. Why it:
docs/decisions/0026-reading-spreadsheets.md.
"""

import re
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import WrongUsage

MAX_UNPACKED: Final = 200_000_000
MAX_CELLS: Final = 5_000_000
"""The sheet is held as a rectangle: one stray cell at its far end would take all memory."""
EXACT_BELOW: Final = 10**15
"""Excel keeps 15 digits of a number and replaces the others by zeros."""
FORMULA_ERROR: Final = "#N/A"
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)>")
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_IS_ERROR = re.compile(rb"""\bt=["']e["']""")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*?\w+:id=[\"']([^\"']+)[\"']")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")


def workbook_lines(name: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each row, as Excel counts, and its cells, of the first sheet that is not hidden.

    A whole number is its digits; one of which Excel has lost digits is written with an exponent, and an error of a
    formula as `#N/A`. Raises `WrongUsage`.
    """
    try:
        _refuse_too_large(name, content)  # the library unpacks all texts of the workbook when it opens it
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        index = next(
            number
            for number, sheet in enumerate(book.sheets_metadata)
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        )
        errors = _formula_errors(name, content, index)
        rows = book.get_sheet_by_index(index).to_python(skip_empty_area=False)
    except StopIteration:
        raise WrongUsage(f"{name} has no visible sheet.", hint=Hint("Save the list as CSV.")) from None
    except (CalamineError, BadZipFile, zlib.error, KeyError, ValueError, OSError, RuntimeError) as error:
        raise damaged(name) from error
    for number, row in enumerate(rows, start=1):
        cells = [_text(value) for value in row]
        for column in errors.get(number, ()):
            if column < len(cells):
                cells[column] = FORMULA_ERROR
        yield number, cells


def damaged(name: str) -> WrongUsage:
    """Return the error that the file cannot be read as a workbook."""
    return WrongUsage(
        f"{name} is damaged or no Excel workbook.", hint=Hint("Open it in Excel and save it again, or as CSV.")
    )


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).upper()
        case float() if value.is_integer() and abs(value) < EXACT_BELOW:
            return str(int(value))
        case float() if abs(value) >= EXACT_BELOW:
            return f"{value:.5E}"
        case datetime() | date():
            return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
        case _:
            return str(value)


def _refuse_too_large(name: str, content: bytes) -> None:
    with ZipFile(BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise WrongUsage(
                f"{name} is larger than {MAX_UNPACKED // 1_000_000} MB unpacked.", hint=Hint("Save the list as CSV.")
            )


def _formula_errors(name: str, content: bytes, index: int) -> dict[int, list[int]]:
    """Return the columns, from 0, with an error in each row; the library leaves those cells empty.

    Raises `WrongUsage` for a sheet that would take too much memory.
    """
    with ZipFile(BytesIO(content)) as archive:
        sheet = archive.read(_path(archive, index))
    found: dict[int, list[int]] = {}
    last_row = last_column = 0
    for cell in _CELL.finditer(sheet):
        place = _PLACE.search(cell[1])
        if place is None:
            continue
        row, column = int(place[2]), _column(place[1])
        last_row, last_column = max(last_row, row), max(last_column, column)
        if _IS_ERROR.search(cell[1]):
            found.setdefault(row, []).append(column)
    if last_row * (last_column + 1) > MAX_CELLS:
        raise WrongUsage(
            f"{name} has a cell in row {last_row} and one in column {last_column + 1}: the sheet is too large.",
            hint=Hint("Delete what is far from the list, or save the list as CSV."),
        )
    return found


def _path(archive: ZipFile, index: int) -> str:
    wanted = _SHEET.findall(archive.read("xl/workbook.xml"))[index]
    for relation in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        if _attribute(relation, b"Id") == wanted:
            target = _attribute(relation, b"Target").decode()
            return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError(wanted)


def _attribute(tag: bytes, name: bytes) -> bytes:
    found = re.search(rb"\s" + name + rb"=[\"']([^\"']*)[\"']", tag)
    return found[1] if found else b""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
