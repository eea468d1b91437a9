"""A list of a person's own as lines of cells: CSV of any usual kind, or the first sheet of an Excel workbook."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from kaufland_cli.domain.hint import Hint, ToCopy
from kaufland_cli.errors import WrongUsage

MAX_BYTES: Final = 20_000_000
MAX_ROWS: Final = 100_000
_SAVE_AS_CSV: Final = Hint("Save the list as CSV (UTF-8) or XLSX.")
_SEPARATORS: Final = "\t;,"
"""The first of these that the first line has outside quotes; a comma may stand in a cell, the others hardly do."""
_KINDS: Final = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
)
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_ZIP: Final = b"PK\x03\x04"
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
_QUOTED = re.compile(r'"[^"]*"')
_SEPARATOR_LINE = re.compile(r"sep=([;,\t])", re.IGNORECASE)
_AS_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_BAD_QUOTES: Final = "A quotation mark in this line is not closed, or opens a cell and ends before the cell does."


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty."""

    number: int
    """As an editor or Excel counts, from 1."""
    cells: tuple[str, ...]
    """Without blanks around them, `="0123"` as 0123."""
    fault: str = ""
    """Why its cells cannot be read, a sentence; empty if they can."""


def read_lines(name: str, content: bytes) -> list[Line]:
    """Return the lines that are not empty, in order, at least one.

    Raises `WrongUsage` for what is no such list, or too long.
    """
    if len(content) > MAX_BYTES:
        raise WrongUsage(f"{name} is larger than {MAX_BYTES // 1_000_000} MB.", hint=Hint("Split the list."))
    if not content.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise WrongUsage(f"{name} is empty.", hint=_SAVE_AS_CSV)
    lines: list[Line] = []
    for line in _workbook(name, content) if content.startswith(_ZIP) else _csv(_decoded(name, content)):
        if line.fault or any(line.cells):
            lines.append(line)
        if len(lines) > MAX_ROWS + 1:  # one may be the header
            raise WrongUsage(f"{name} has more than {MAX_ROWS} rows.", hint=Hint("Split the list."))
    if not lines:
        raise WrongUsage(f"{name} is empty.", hint=_SAVE_AS_CSV)
    return lines


def _workbook(name: str, content: bytes) -> Iterator[Line]:
    if b"xl/workbook.xml" not in content:
        raise WrongUsage(f"{name} is a ZIP or another program's document, not CSV or XLSX.", hint=_SAVE_AS_CSV)
    if find_spec("python_calamine") is None:
        raise WrongUsage(
            "Reading an Excel workbook needs the library python-calamine, which is not installed.",
            hint=Hint(
                "With pipx: ",
                ToCopy("pipx inject kaufland-cli python-calamine"),
                "; else: ",
                ToCopy("pip install 'kaufland-cli[xlsx]'"),
                ". A CSV file is read without it.",
            ),
        )
    from kaufland_cli.order_actions.workbook import workbook_lines

    for number, cells in workbook_lines(name, content):
        yield Line(number, tuple(cell.strip() for cell in cells))


def _decoded(name: str, content: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 with a byte order mark, or Windows-1252."""
    if (kind := _kind(content)) is not None:
        raise WrongUsage(f"{name} is {kind}, not CSV or XLSX.", hint=_SAVE_AS_CSV)
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = content.decode("utf-16")
        else:
            text = _utf_8_or_windows(content)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise WrongUsage(
            f"{name} is neither UTF-8 nor UTF-16 nor Windows-1252: line {line} has bytes that are no text.",
            hint=_SAVE_AS_CSV,
        ) from error
    if "\0" in text:
        raise WrongUsage(
            f"{name} is not text: line {text.count(chr(10), 0, text.index(chr(0))) + 1} has zero bytes.",
            hint=_SAVE_AS_CSV,
        )
    return text


def _utf_8_or_windows(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _kind(content: bytes) -> str | None:
    if content.startswith(_OLD_EXCEL):
        return "protected with a password" if _ENCRYPTED in content else "an old Excel file (.xls)"
    if _MARKUP.match(content):
        return "a web page or XML"
    return next((kind for start, kind in _KINDS if content.startswith(start)), None)


def _csv(text: str) -> Iterator[Line]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip(" \t;,")), 0)
    if declared := _SEPARATOR_LINE.fullmatch(lines[first].strip(" ")):
        separator, first = declared[1], first + 1
    else:
        outside = _QUOTED.sub("", lines[first])
        separator = next((one for one in _SEPARATORS if one in outside), ";")
    yield from _records(lines, first, separator)


def _records(lines: list[str], start: int, separator: str) -> Iterator[Line]:
    """Yield the records from a line on; after one with a fault, the very next line begins a new one."""
    while start < len(lines):
        for end, cells in _sound_records(lines, start, separator):
            yield Line(start + 1, tuple(_cell(cell) for cell in cells))
            start = end
        if start < len(lines):
            yield Line(start + 1, (), _BAD_QUOTES)
            start += 1


def _sound_records(lines: list[str], start: int, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line after each record, and its cells, up to the first one whose quotation marks are wrong."""
    reader = csv.reader((f"{lines[number]}\n" for number in range(start, len(lines))), delimiter=separator, strict=True)
    end = start
    try:
        for cells in reader:
            begin, end = end, start + reader.line_num
            if _swallows(lines[begin:end], cells, separator):
                return
            yield end, cells
    except csv.Error:
        return


def _swallows(lines: list[str], cells: list[str], separator: str) -> bool:
    """Return whether a record of several lines has taken a whole line into a cell, since a quote was left open."""
    others = len(cells) - 1
    return len(lines) > 1 and separator in lines[0] and any(line.count(separator) >= others for line in lines[1:])


def _cell(text: str) -> str:
    stripped = text.strip()
    if found := _AS_FORMULA.fullmatch(stripped):
        return found[1].replace('""', '"').strip()
    return stripped
