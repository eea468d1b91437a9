"""A file that says what was shipped: an order or unit, tracking numbers and a carrier in each line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import WrongUsage
from kaufland_cli.order_actions.carrier_formats import FoundColumns, find_columns, preset_named
from kaufland_cli.order_actions.file_tables import Line, read_lines

_SHOWN: Final = 40
_MAX_CARRIER: Final = 100
_SHORTEST_GROUP: Final = 6
"""No carrier has shorter numbers: shorter groups between blanks are one number."""
_IDENT = re.compile(r"[A-Za-z0-9]{1,30}")
_UNIT = re.compile(r"[0-9]{1,19}")
_EXPONENT = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E[+-]?[0-9]{2,3}", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: .*)?|[0-9]{1,2}[./][0-9]{1,2}[./](?:[0-9]{2}|[0-9]{4})")
_FORMULA_ERROR = re.compile(r"#[A-Za-zÄÖÜ0-9/]+[!?]?")
_BETWEEN = re.compile(r"[,;|\s]+")


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """One line of the file."""

    line: int
    """As an editor or Excel counts, from 1."""
    ident: str
    """An order id or a unit id, as written."""
    tracking_numbers: tuple[str, ...]
    """Empty if the line has none; not checked for whether they can be of the carrier."""
    carrier: str
    """As written, else the preset's; empty if neither names one."""
    order: str = ""
    """The order that the line names besides a unit; empty if it names none."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """A line that cannot be carried out."""

    line: int
    text: str
    """What is wrong, a sentence."""


@dataclass(frozen=True, slots=True)
class ShipmentFile:
    """What a file says, line by line; each line is a row or a fault."""

    rows: tuple[ShipmentRow, ...]
    faults: tuple[RowFault, ...]


def read_shipment_file(name: str, content: bytes, *, columns: Mapping[str, str], preset: str = "") -> ShipmentFile:
    """Return the lines of a CSV or XLSX file; empty lines are left out.

    `columns` says which column has the `order`, `unit`, `tracking` and `carrier`: a header, or a number from 1. If it
    is empty and there is no preset, the header is recognised; a file without one has the id, the numbers and the
    carrier in this order. Where a line has both an order and a unit, the unit counts. Raises `WrongUsage` for a file
    that cannot be read at all.
    """
    lines = read_lines(name, content)
    if lines[0].fault:
        raise WrongUsage(f"{name}, line {lines[0].number}: {lines[0].fault}", hint=Hint("Close or remove the quote."))
    found = find_columns(name, lines[0].cells, columns, preset)
    if found.has_header and len(lines) == 1:
        raise WrongUsage(f"{name} has only a header, and no rows.", hint=Hint("Add a line for each order."))
    known = preset_named(preset)
    reader = _Rows(found, known.carrier if known else "")
    for line in lines[1:] if found.has_header else lines:
        reader.read(line)
    return ShipmentFile(tuple(reader.rows), tuple(reader.faults))


class _Rows:
    """Turns lines into rows and faults."""

    def __init__(self, columns: FoundColumns, carrier: str) -> None:
        self.rows: list[ShipmentRow] = []
        self.faults: list[RowFault] = []
        self._columns, self._carrier = columns, carrier
        self._seen: dict[tuple[str, str], int] = {}

    def read(self, line: Line) -> None:
        row = line.fault or self._row(line)
        if isinstance(row, ShipmentRow):
            row = self._twice(row) or row
        if isinstance(row, ShipmentRow):
            self.rows.append(row)
        else:
            self.faults.append(RowFault(line.number, row))

    def _row(self, line: Line) -> ShipmentRow | str:
        columns, cells = self._columns, line.cells
        if fault := _wrong_width(columns, cells):
            return fault
        unit, order = _at(cells, columns.unit), _at(cells, columns.order)
        tracking, carrier = cells[columns.tracking], _at(cells, columns.carrier)
        for what, text in (("id", unit or order), ("tracking number", tracking), ("carrier", carrier)):
            if fault := _changed(what, text):
                return fault
        if fault := _wrong_ident(unit, order) or _in_groups(tracking):
            return fault
        if len(carrier) > _MAX_CARRIER:
            return f"The carrier has {len(carrier)} characters."
        numbers = tuple(dict.fromkeys(filter(None, _BETWEEN.split(tracking))))
        return ShipmentRow(line.number, unit or order, numbers, carrier or self._carrier, order if unit else "")

    def _twice(self, row: ShipmentRow) -> str:
        """Return the fault that an earlier line has the same; else remember this one."""
        keys = [(row.ident.casefold(), number.casefold()) for number in row.tracking_numbers or ("",)]
        for (_, number), first in ((key, self._seen[key]) for key in keys if key in self._seen):
            what = f"with {number.upper()}" if number else "without a tracking number"
            return f"{row.ident} {_cut(what)} is twice in the file: lines {first} and {row.line}."
        self._seen.update(dict.fromkeys(keys, row.line))
        return ""


def _at(cells: tuple[str, ...], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _wrong_width(columns: FoundColumns, cells: tuple[str, ...]) -> str:
    needed = max(columns.tracking, *(place for place in (columns.order, columns.unit) if place is not None)) + 1
    if len(cells) < needed:
        return f"The line has too few cells: {len(cells)} of at least {needed}."
    if columns.width is not None and any(cells[columns.width :]):
        return (
            f"The line has {len(cells)} cells, the header {columns.width}: put quotes around a cell with a separator."
        )
    return ""


def _changed(what: str, text: str) -> str:
    """Return what a spreadsheet or a wrong export has done to a cell; empty if nothing."""
    if found := next((char for char in text if not char.isprintable() and char not in "\u00a0\u202f"), None):
        broken = "a line break" if found in "\r\n" else f"a control character (U+{ord(found):04X})"
        return f"The {what} contains {broken}."
    if what == "carrier":
        return ""
    if _EXPONENT.fullmatch(text):
        return (
            f"Excel has destroyed the {what} {text}: digits are lost. Format the column as text, enter or paste the "
            "numbers again, and save."
        )
    if _DATE.fullmatch(text):
        return f"The {what} {text} is a date. Format the column as text, and enter it again."
    if _FORMULA_ERROR.fullmatch(text):
        return f"The {what} is an error of a formula: {_cut(text)}."
    if text.startswith("="):
        return f"The {what} is a formula: {_cut(text)}."
    return ""


def _wrong_ident(unit: str, order: str) -> str:
    if not unit and not order:
        return "The line has no order and no unit."
    if unit and not _UNIT.fullmatch(unit):
        return f"{_cut(unit)} cannot be a unit id of Kaufland: those are digits."
    if not unit and not _IDENT.fullmatch(order):
        return f"{_cut(order)} cannot be an order of Kaufland: its id is letters and digits, such as M845EA5."
    return ""


def _in_groups(tracking: str) -> str:
    """Return the fault that one number seems to be written in groups; empty if not."""
    for part in re.split(r"[,;|]", tracking):
        groups = part.split()
        if len(groups) > 1 and min(map(len, groups)) < _SHORTEST_GROUP:
            return f"{_cut(part.strip())} seems to be one tracking number in groups: remove the blanks."
    return ""


def _cut(text: str) -> str:
    if "@" in text:
        return "An e-mail address"  # is not repeated on screens and in files
    return f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text
