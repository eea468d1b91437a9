"""Lines of CSV that do no harm when a spreadsheet opens them."""

import re
import unicodedata
from collections.abc import Sequence

_UNSHOWN = frozenset({"Cc", "Cf", "Cs"})
"""Controls, writing direction and zero width, halves of a character."""
# A spreadsheet set up for German divides a line at each semicolon, whatever is quoted with commas around it, and one
# at tabs likewise; a line break in such a cell begins a line. A comma divides only where quotes are honoured.
_STARTS = r"""[ "]*[=+\-@＝＋－＠]"""  # noqa: RUF001 (full width counts too)
_FORMULA = re.compile(rf"^(?={_STARTS}|[\t\r\n])|(?<=[;\t\r\n])(?={_STARTS})")
_QUOTED = re.compile(r'[",;\t\r\n]')


def spreadsheet_cell(text: str) -> str:
    """Return text in which no spreadsheet sees a formula, at whatever separator it divides the line.

    Where one could begin (`=`, `+`, `-`, `@` at the start, or behind a semicolon, a tab or a line break) there is an
    apostrophe in front; all other text stays as it is, but for characters that nobody sees.
    """
    kept = "".join(char for char in text if char in "\t\n\r" or unicodedata.category(char) not in _UNSHOWN)
    return _FORMULA.sub("'", kept)


def csv_line(cells: Sequence[str]) -> str:
    """Return one line without its end; cells that hold a separator of any kind, a quote or a line end are quoted."""
    return ",".join(_quoted(cell) for cell in cells)


def _quoted(cell: str) -> str:
    if not _QUOTED.search(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
