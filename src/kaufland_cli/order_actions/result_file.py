"""What became of each line of a file, as CSV to keep next to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from kaufland_cli.domain.csv_text import csv_line, spreadsheet_cell

RowState = Literal["done", "refused", "in_doubt", "invalid", "planned", "nothing to do"]
RESULT_HEADER: Final = ("line", "order", "unit", "tracking", "carrier", "state", "text")


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One line of the file, or a unit of it if a line stands for several."""

    line: int
    order: str
    unit: str
    tracking: str
    """The numbers with commas."""
    carrier: str
    state: RowState
    text: str
    """What happened or what is wrong, a sentence; may be empty."""


def result_csv(rows: Iterable[ResultRow]) -> bytes:
    """Return the rows as CSV with commas and a header, in UTF-8 with a byte order mark; no cell runs as a formula."""
    lines = [csv_line(RESULT_HEADER)]
    for row in rows:
        cells = (str(row.line), row.order, row.unit, row.tracking, row.carrier, row.state, row.text)
        lines.append(csv_line([spreadsheet_cell(cell) for cell in cells]))
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig", "replace")
