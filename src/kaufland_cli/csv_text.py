"""Lines of CSV that do no harm when a spreadsheet opens them."""

import csv
import io
import unicodedata
from collections.abc import Sequence

_UNSHOWN = frozenset({"Cc", "Cf", "Cs"})
"""Controls, writing direction and zero width, halves of a character."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 (full width counts too)


def spreadsheet_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: such text gets an apostrophe in front."""
    kept = "".join(char for char in text if char in "\t\n\r" or unicodedata.category(char) not in _UNSHOWN)
    return f"'{kept}" if kept.startswith(_FORMULA_STARTS) else kept


def csv_line(cells: Sequence[str]) -> str:
    """Return one line without its end; cells that hold separators or line ends are quoted."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)  # it quotes the characters that end lines
    return buffer.getvalue().removesuffix("\r\n")
