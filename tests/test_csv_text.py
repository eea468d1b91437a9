"""CSV that a spreadsheet opens without running any of it, whatever it takes for the separator."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kaufland_cli.domain.csv_text import csv_line, spreadsheet_cell

STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 (full width counts too)
CELLS = st.lists(st.text(st.sampled_from("=+-@\"',;\t\r\n x1＝&")), min_size=1, max_size=4)  # noqa: RUF001


def fields(line: str, separators: str) -> Iterator[str]:
    """Yield the fields as a spreadsheet reads them that divides at these separators.

    A quote counts at the start of a field only; what follows its other half belongs to the field.
    """
    place = 0
    while place <= len(line):
        field = ""
        if line[place : place + 1] == '"':
            place += 1
            while place < len(line) and (line[place] != '"' or line[place : place + 2] == '""'):
                field += line[place]
                place += 2 if line[place] == '"' else 1
            place += 1
        rest = re.match(f"[^{separators}\r\n]*", line[place:])
        assert rest is not None
        yield field + rest[0]
        place += len(rest[0]) + 1


@given(CELLS)
@example(["x;=1+1;y"])
@example(["a", 'x;"=1+1&"'])
@example(["a", "x\n=1+1"])
@example(["a;", "=1"])
@example(["x\t =1"])
def test_no_field_is_a_formula(cells: list[str]) -> None:
    """Divided at commas, semicolons, tabs or all of them: no field begins as a formula does, blanks aside."""
    line = csv_line([spreadsheet_cell(cell) for cell in cells])
    for separators in (",", ";", "\t", ",;\t"):
        for field in fields(line, separators):
            assert not field.lstrip(" ").startswith(STARTS), (separators, line)


@given(CELLS)
def test_cells_come_back_as_they_were(cells: list[str]) -> None:
    """Read as CSV, each cell is what was written; quotes, separators and line ends are data."""
    assert next(csv.reader(io.StringIO(csv_line(cells) + "\r\n", newline=""))) == (cells if cells != [""] else [])


@pytest.mark.parametrize(
    "text",
    ["", "x;y", "Weg 1; Hof", "a\r\nb", "10,- EUR", "Kette 2-fach", 'sagte "ja"', "c/o Beispiel, =", "5 + 5", "'x"],
)
def test_text_without_a_formula_stays_as_it_is(text: str) -> None:
    """Separators, quotes and marks where no formula could begin change nothing."""
    assert spreadsheet_cell(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("x;=1+1;y", "x;'=1+1;y"),
        ("x; -2", "x;' -2"),
        ("x\t@A1", "x\t'@A1"),
        ("x\r\n+1", "x\r\n'+1"),
        ('x;"=1&"', 'x;\'"=1&"'),
        (";;=1", ";;'=1"),
        ("\t=1", "'\t'=1"),
        ("\u200b=1", "'=1"),
    ],
)
def test_formula_gets_an_apostrophe(text: str, safe: str) -> None:
    """At the start of the cell, and wherever a field of another spreadsheet would begin."""
    assert spreadsheet_cell(text) == safe
