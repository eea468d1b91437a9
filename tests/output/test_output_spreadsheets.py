"""Lists for Excel: CSV that a German one opens with a double click, and workbooks with real numbers and dates."""

import csv
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.errors import WrongUsage
from kaufland_cli.output import ORDER_COLUMNS, Format, Output
from kaufland_cli.output.records import xlsx
from kaufland_cli.output.records.spreadsheet import excel_csv_lines
from kaufland_cli.output.records.xlsx import workbook
from support.output_samples import Heard, order

BERLIN = ZoneInfo("Europe/Berlin")
NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
OWN_FORMULA = re.compile(r'="[^"]*"')


def in_excel(record: dict[str, Any]) -> dict[str, str]:
    """Return the cells of a record as CSV for Excel has them."""
    text = "\n".join(excel_csv_lines([record], list(record), BERLIN, str))
    assert text.startswith("\ufeff")
    (found,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    return found


def cells(content: bytes) -> list[list[str]]:
    """Return the rows of a workbook: each value behind its type, and a formula as such."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        sheet = ET.fromstring(file.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    return [
        [
            f"{cell.get('t', 'n')}:{''.join(cell.itertext())}"
            + ("" if cell.find("x:f", NAMESPACE) is None else " formula")
            for cell in row
        ]
        for row in sheet.iterfind(".//x:row", NAMESPACE)
    ]


def test_csv_for_excel_has_amounts_and_times_as_excel_reads_them() -> None:
    """A decimal comma, euros instead of cents, times in the seller's zone, yes and no, lists in words."""
    found = in_excel(
        order(
            vat=5.5, rate=19.0, eans=["4006381333931", "22"], more={"a": 1}, buyer_email="", id_order_unit=1234567890123
        )
    )
    assert found["total_amount"] == "1299,00"
    assert found["created_at"] == "2026-11-24 02:49:00"
    assert (found["vat"], found["rate"], found["units"]) == ("5,5", "19", "1")
    assert (found["is_marketplace_deemed_supplier"], found["invoice_uploaded"]) == ("no", "")
    assert (found["eans"], found["more"], found["buyer_email"]) == ('="4006381333931, 22"', '{"a": 1}', "")
    assert found["id_order_unit"] == '="1234567890123"'


@pytest.mark.parametrize(
    "text",
    [
        "01067",
        "4006381333931",
        "1-3",
        "12/14",
        "1E5",
        "+49 40 1234",
        "5. Mai",
        "MRZ1",
        "Sept 2",
        "1.5.2026",
        "wahr",
        "-5",
    ],
)
def test_excel_turns_no_text_into_something_else(text: str) -> None:
    """Postcodes keep their zeros, EANs their digits, house numbers are no dates."""
    assert in_excel({"text": text})["text"] == f'="{text}"'


@pytest.mark.parametrize("text", ["KM-2000", "M845EA5", "Lindenallee 12", "Maier", '5 Mai"&A1&"', "12 b", "Köln"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Only what Excel would change becomes a formula, and no formula holds a quote."""
    assert in_excel({"text": text})["text"] == text


@given(st.text(st.sampled_from("=+-@\"',;\t\r\n x1.Mai5\u200b")))
def test_csv_for_excel_runs_no_formula(text: str) -> None:
    """A cell begins as a formula does only where it is ours: one text in quotes."""
    cell = in_excel({"a": text, "b": "x"})["a"]
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@")) or OWN_FORMULA.fullmatch(cell)


def test_a_workbook_has_real_numbers_dates_and_text(tmp_path: Path) -> None:
    """Amounts and times can be added up and sorted; ids and EANs are text; what looks like a formula is text too."""
    record = {
        "id_order_unit": 337990265671900,
        "price": 3999,
        "vat": 5.5,
        "created_at": "2026-11-24T01:49:00Z",
        "title": "=1+1",
        "eans": ["0123456789012"],
        "cancel_reason": None,
        "bad": "\x00\x1b\ud800x",
        "long": "y" * 40_000,
        "old_at": "1001-01-01T00:00:00Z",
    }
    head, row = cells(workbook("units", [record], list(record), BERLIN, str, tmp_path))
    assert head == [f"inlineStr:{name}" for name in record]
    assert row[:6] == [
        "inlineStr:337990265671900",
        "n:39.99",
        "n:5.5",
        "n:46350.11736111111",
        "inlineStr:=1+1",
        "inlineStr:0123456789012",
    ]
    assert row[6:] == ["inlineStr:x", "inlineStr:" + "y" * 32_767, "inlineStr:1001-01-01T00:00:00Z"]


def test_a_workbook_that_cannot_hold_the_list_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XlsxWriter would leave out the rest without a word."""
    monkeypatch.setattr(xlsx, "MAX_ROWS", 3)
    assert len(cells(workbook("orders", [order()] * 2, ["id_order"], BERLIN, str, tmp_path))) == 3
    with pytest.raises(WrongUsage, match="2 rows at most"):
        workbook("orders", [order()] * 3, ["id_order"], BERLIN, str, tmp_path)


def test_a_workbook_is_written_as_a_private_file(tmp_path: Path) -> None:
    """It has buyers' data; nothing goes to stdout."""
    heard = Heard(terminal=False)
    file = tmp_path / "orders.xlsx"
    output = Output(stdout=heard.stdout, stderr=heard.stderr, environ={}, format=Format.XLSX, xlsx=file)
    output.listing("orders", [order()], ORDER_COLUMNS, fields=("id_order", "total"), schema="s", empty="")
    assert cells(file.read_bytes()) == [["inlineStr:id_order"], ["inlineStr:MB2QG01"]]
    assert (heard.out, str(file) in heard.err) == ("", True)
    assert sys.platform == "win32" or file.stat().st_mode & 0o77 == 0
    assert list(tmp_path.iterdir()) == [file]


def test_killed_workbook_leaves_nothing_once_it_is_written_again(tmp_path: Path) -> None:
    """Everything on the way to a workbook is private and next to it, and the next one clears it."""
    file, elsewhere = tmp_path / "out" / "orders.xlsx", tmp_path / "temporary"
    elsewhere.mkdir()
    code = (
        "import os, sys; from pathlib import Path; from kaufland_cli.output import ORDER_COLUMNS, Format, Output\n"
        "def records():\n    yield {'id_order': 'M1' * 10_000}\n    yield {'id_order': 'M2'}\n    os._exit(9)\n"
        "output = Output(stdout=sys.stdout, stderr=sys.stderr, environ={}, format=Format.XLSX, "
        f"xlsx=Path({str(file)!r}))\n"
        "output.listing('orders', records(), ORDER_COLUMNS, fields=('id_order',), schema='s', empty='')"
    )
    environ = os.environ | {"TMPDIR": str(elsewhere), "TEMP": str(elsewhere), "TMP": str(elsewhere)}
    assert subprocess.run([sys.executable, "-c", code], env=environ, check=False).returncode == 9
    left = [path for path in file.parent.rglob("*") if path.is_file()]
    assert any(b"M1M1" in path.read_bytes() for path in left)
    assert all(sys.platform == "win32" or path.stat().st_mode & 0o77 == 0 for path in file.parent.rglob("*"))
    assert list(elsewhere.iterdir()) == []
    for path in left:
        os.utime(path, (0, 0))  # where no lock tells that its writer is dead, its age does
    output = Output(stdout=io.StringIO(), stderr=io.StringIO(), environ={}, format=Format.XLSX, xlsx=file)
    output.listing("orders", [order()], ORDER_COLUMNS, fields=("id_order",), schema="s", empty="")
    assert list(file.parent.iterdir()) == [file]


def test_chosen_columns_stay_whatever_is_in_them() -> None:
    """`--columns` gives these fields in this order, in a table too: none is dropped, not even an empty one."""
    heard = Heard(width=60)
    output = Output(
        stdout=heard.stdout,
        stderr=heard.stderr,
        environ={},
        color="never",
        width=60,
        columns=("sales_order_no", "updated_at", "id_order"),
    )
    output.listing("orders", [order(updated_at="2026-11-24T01:49:00Z")], ORDER_COLUMNS, fields=(), schema="s", empty="")
    assert heard.out.splitlines()[0].split() == ["Sales", "order", "updated_at", "Order"]
    assert "2026-11-24 02:49" in heard.out
