"""The file that says what became of each line."""

import csv
import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kaufland_cli.order_actions.result_file import RESULT_HEADER, ResultRow, result_csv
from support.sampling import examples


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_each_row_is_a_line_in_its_columns() -> None:
    """The columns are those that the documentation names; Excel sees UTF-8."""
    rows = [
        ResultRow(2, "M845EA5", "314567837", "00340434,00340435", "DHL", "done", ""),
        ResultRow(3, "MC72KX9", "", "", "Österreichische Post", "invalid", "The line has no tracking number."),
    ]
    content = result_csv(rows)
    assert content.startswith(b"\xef\xbb\xbfline,order,unit,tracking,carrier,state,text\r\n")
    assert rows_of(content) == [
        list(RESULT_HEADER),
        ["2", "M845EA5", "314567837", "00340434,00340435", "DHL", "done", ""],
        ["3", "MC72KX9", "", "", "Österreichische Post", "invalid", "The line has no tracking number."],
    ]


@settings(max_examples=examples(200), deadline=None)
@given(st.text('=+-@\t\r\n;," x1é', max_size=20))
@example("=1+1")
@example("x\ud800")
def test_no_cell_runs_as_a_formula(text: str) -> None:
    """What somebody wrote into the list comes back as text, and stays in its cell."""
    (_, row) = rows_of(result_csv([ResultRow(2, text, text, text, text, "invalid", text)]))
    assert len(row) == len(RESULT_HEADER)
    assert not any(cell.lstrip(' "').startswith(("=", "+", "-", "@")) for cell in row)
