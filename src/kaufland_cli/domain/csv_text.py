"""CSV that is safe to open in a spreadsheet: no cell is run as a formula."""

import re
import unicodedata
from collections.abc import Sequence

_UNSHOWN = frozenset({"Cc", "Cf", "Cs"})
"""Control characters, invisible formatting characters, unpaired surrogates."""
# A spreadsheet set to German splits lines at semicolons, even inside quotes meant for commas; the same goes for tabs,
# and for line breaks in such a cell. Commas split lines only where quotes are respected.
_STARTS = r"""[ "]*[=+\-@＝＋－＠]"""  # noqa: RUF001 (full width counts too)
_FORMULA = re.compile(rf"^(?={_STARTS}|[\t\r\n])|(?<=[;\t\r\n])(?={_STARTS})")
_QUOTED = re.compile(r'[",;\t\r\n]')


def shown_in_spreadsheets(text: str) -> str:
    """Return the text without invisible characters; tabs and line breaks stay."""
    if text.isprintable():  # nearly every text
        return text
    return "".join(char for char in text if char in "\t\n\r" or unicodedata.category(char) not in _UNSHOWN)


def spreadsheet_cell(text: str) -> str:
    """Return the text in a form that no spreadsheet takes for a formula, whichever separator it splits lines at.

    An apostrophe goes wherever a formula could start: before `=`, `+`, `-` or `@` at the start of the text or after a
    semicolon, tab or line break. Invisible characters are removed; the rest stays as it is.
    """
    return _FORMULA.sub("'", shown_in_spreadsheets(text))


def csv_line(cells: Sequence[str]) -> str:
    """Return one line without a line end; cells with a comma, semicolon, tab, quote or line break are quoted."""
    return ",".join(_quoted(cell) for cell in cells)


def _quoted(cell: str) -> str:
    if not _QUOTED.search(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
