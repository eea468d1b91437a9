"""Reading lists of what was shipped: each line is a row or a fault with its number, and nothing is guessed."""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import util
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import WrongUsage
from kaufland_cli.order_actions import file_tables, workbook
from kaufland_cli.order_actions.carrier_formats import PRESETS
from kaufland_cli.order_actions.file_tables import MAX_BYTES
from kaufland_cli.order_actions.shipment_file import ShipmentFile, ShipmentRow, read_shipment_file
from support.sampling import examples

SAMPLES = Path(__file__).parent / "samples"
IDENTS = st.from_regex(r"M[0-9][A-Z0-9]{5}|[1-9][0-9]{9,18}", fullmatch=True)
NUMBERS = st.from_regex(r"00340[0-9]{15}|JJD[0-9]{16}|0[0-9]{13}|1Z[0-9A-Z]{16}", fullmatch=True)
CARRIERS = st.sampled_from(["DHL", "DPD", "Österreichische Post", "Post, Express", "Kuehne & Nagel"])


def read(text: str | bytes, **columns: str) -> ShipmentFile:
    content = text.encode() if isinstance(text, str) else text
    return read_shipment_file("list.csv", content, columns=columns)


def refusal(content: bytes, name: str = "list.csv", preset: str = "", **columns: str) -> str:
    with pytest.raises(WrongUsage) as caught:
        read_shipment_file(name, content, columns=columns, preset=preset)
    assert caught.value.has_own_hint
    return caught.value.message


def sheet(rows: Sequence[Sequence[Any]], *, hidden_first: bool = False) -> bytes:
    """Return a workbook with these rows; None is an empty cell, `#N/A` an error of a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        if hidden_first:
            book.add_worksheet("old").hide()
        page = book.add_worksheet("list")
        page.activate()
        page.set_first_sheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                match value:
                    case None:
                        continue
                    case "#N/A":
                        page.write_formula(row, column, "=NA()", None, "#N/A")
                    case str():
                        page.write_string(row, column, value)
                    case datetime():
                        page.write_datetime(row, column, value, day)
                    case _:
                        page.write_number(row, column, value)
    return file.getvalue()


# --- what is read ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """How a list is written."""

    separator: str
    encoding: str
    line_end: str
    header: Sequence[str]
    declared: bool
    quote_all: bool
    blank_lines: bool


SHAPES = st.builds(
    Shape,
    st.sampled_from(";,\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.sampled_from([(), ("id_order", "Tracking number", "Carrier"), ("Bestell-Nr.", "SENDUNGSNUMMER", "Paketdienst")]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
TABLES = st.lists(
    st.tuples(IDENTS, st.lists(NUMBERS, max_size=3, unique=True), CARRIERS),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[0],
)


@settings(max_examples=examples(600), deadline=None)
@given(TABLES, SHAPES, st.sampled_from([",", " ", "|", ", "]))
def test_any_csv_is_read_back(table: list[tuple[str, list[str], str]], shape: Shape, between: str) -> None:
    """The same list is read from every separator, encoding, line end and header, with the lines as an editor counts."""
    file = io.StringIO()
    dialect = csv.excel()
    dialect.delimiter, dialect.lineterminator = shape.separator, shape.line_end
    dialect.quoting = csv.QUOTE_ALL if shape.quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(file, dialect)
    if shape.declared:
        file.write(f"sep={shape.separator}{shape.line_end}")
    if shape.header:
        writer.writerow(shape.header)
    expected = []
    for ident, numbers, carrier in table:
        if shape.blank_lines:
            file.write(shape.line_end)
        line = file.getvalue().count(shape.line_end) + 1
        writer.writerow([ident, between.join(numbers), carrier])
        expected.append(ShipmentRow(line, ident, tuple(numbers), carrier))
    content = file.getvalue().encode(shape.encoding)
    found = read(content)
    assert found == ShipmentFile(tuple(expected), ())


@settings(max_examples=examples(60), deadline=None)
@given(TABLES, st.booleans())
def test_any_workbook_is_read_back(table: list[tuple[str, list[str], str]], hidden_first: bool) -> None:
    """A workbook gives the same rows; numbers are their digits, and text keeps its zeros."""
    rows = [(_number_if_exact(ident), ",".join(numbers), carrier) for ident, numbers, carrier in table]
    found = read(sheet([("unit or order", "", ""), *rows][1:], hidden_first=hidden_first))
    expected = [ShipmentRow(line, row[0], tuple(row[1]), row[2]) for line, row in enumerate(table, start=1)]
    assert (found.rows, found.faults) == (tuple(expected), ())


def _number_if_exact(ident: str) -> str | int:
    return int(ident) if ident.isdigit() and len(ident) < 16 else ident


def test_number_cells_are_never_in_scientific_notation() -> None:
    """12345678901234 as a number in Excel is these digits."""
    found = read(sheet([("order", "tracking"), ("M845EA5", 12345678901234), (314567837012345, "00123456")]))
    assert [(row.ident, row.tracking_numbers) for row in found.rows] == [
        ("M845EA5", ("12345678901234",)),
        ("314567837012345", ("00123456",)),
    ]


def test_zeros_that_excel_was_told_to_keep_are_kept() -> None:
    """`="0123"`, quoted for CSV or not, is 0123."""
    found = read('M845EA5;="00340434";DHL\nMC72KX9;"=""00340435""";DHL\n')
    assert [row.tracking_numbers for row in found.rows] == [("00340434",), ("00340435",)]


def test_unit_goes_before_order() -> None:
    """A line with both is about the unit alone; one without a unit is about the order."""
    found = read("id_order;id_order_unit;tracking\nM845EA5;314567837;0123456\nMC72KX9;;0123457\n")
    assert [row.ident for row in found.rows] == ["314567837", "MC72KX9"]


def test_lines_of_one_order_stay_rows_of_their_own() -> None:
    """Several parcels of one order are several rows, and one line may have several numbers."""
    found = read("M845EA5;0123456\nM845EA5;0123457|0123458 0123459\n")
    assert [row.tracking_numbers for row in found.rows] == [("0123456",), ("0123457", "0123458", "0123459")]
    assert found.faults == ()


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"order": "my ref", "tracking": "BOX"}, "Box;x;MyRef\n0123456;;M845EA5\n"),
        ({"order": "3", "tracking": "1"}, "0123456;;M845EA5\n"),
        ({"order": "3", "tracking": "1"}, "Box;x;My Ref\n0123456;;M845EA5\n"),
        ({"order": "3", "tracking": "Box"}, "Box;x;Order\n0123456;;M845EA5\n"),
    ],
)
def test_columns_are_chosen_by_header_or_number(columns: dict[str, str], text: str) -> None:
    """Case and blanks of a header do not count; numbers work with and without a header."""
    found = read(text, **columns)
    assert [(row.ident, row.tracking_numbers) for row in found.rows] == [("M845EA5", ("0123456",))]
    assert found.faults == ()


def test_line_break_in_another_column_is_no_fault() -> None:
    """An address of two lines in quotes belongs to its row, and later rows keep the lines that an editor shows."""
    found = read('order;address;tracking\nM845EA5;"Hof 3\nHaus 2";0123456\nMC72KX9;;0123457\n')
    assert [(row.line, row.ident) for row in found.rows] == [(2, "M845EA5"), (4, "MC72KX9")]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_presets_read_the_exports_of_carriers(preset: str) -> None:
    """A preset finds its columns among others, and fills in the carrier's name."""
    content = (SAMPLES / f"{preset}.csv").read_bytes()
    found = read_shipment_file(f"{preset}.csv", content, columns={}, preset=preset)
    assert found.faults == ()
    assert [row.ident for row in found.rows] == ["M845EA5", "MC72KX9"]
    assert all(len(row.tracking_numbers) == 1 and row.tracking_numbers[0].isdigit() for row in found.rows)
    assert {row.carrier for row in found.rows} == {preset.upper()}
    assert PRESETS[preset].source.startswith("unverified")


def test_columns_go_before_the_preset() -> None:
    """What a person says of a column counts more than what the preset expects."""
    content = b"Sendungsnummer;Sendungsreferenz;Kaufland;Dienst\n201298452277;A-1;M845EA5;DHL Express\n"
    columns = {"order": "Kaufland", "carrier": "Dienst"}
    found = read_shipment_file("a.csv", content, columns=columns, preset="DHL")
    assert found.rows == (ShipmentRow(2, "M845EA5", ("201298452277",), "DHL Express"),)


# --- faults of lines ------------------------------------------------------------------------------------

FAULTY = [
    ("M845EA5;;0123456;DHL", ""),
    (";;0123457;DHL", "no order and no unit"),
    ("M845EA6", "too few cells: 1 of at least 3"),
    ("M845EA6;", "too few cells: 2 of at least 3"),
    ("M845EA6;;0123456;DHL;;more", "6 cells, the header 4"),
    ("M845-EA6;;0123456;DHL", "cannot be an order of Kaufland"),
    ("lena.vogt@example.com;;0123456;DHL", "An e-mail address cannot be an order of Kaufland"),
    ("M845EA6;31456x;0123456;DHL", "cannot be a unit id"),
    ("M845EA6;;1,23457E+13;DHL", "Excel has destroyed the tracking number 1,23457E+13"),
    ("3,14568E+14;;0123456;DHL", "Excel has destroyed the id"),
    ("M845EA6;;02.01.2026;DHL", "is a date"),
    ("M845EA6;;#NV;DHL", "an error of a formula: #NV"),
    ("M845EA6;;=A1&B1;DHL", "is a formula"),
    ("M845EA6;;012\x073456;DHL", "control character (U+0007)"),
    ("M845\x1bEA6;;0123456;DHL", "control character (U+001B)"),
    ("M845EA6;;0123456;D\x08HL", "control character (U+0008)"),
    ("M845EA6;;0034 0434 1610;DHL", "in groups"),
    ("M845EA5;;0123456;DPD", "twice in the file: lines 2 and 19"),
    ('M845EA6;;"0123456;DHL', "quotation mark"),
    ('M845EA6;;"0123456"x;DHL', "quotation mark"),
    ("MC72KX9;;;Other", ""),
    ("mc72kx9;;;Other", "without a tracking number is twice in the file: lines 22 and 23"),
    (f"M845EA6;;0123456;{'x' * 101}", "101 characters"),
    ("M845EA7;;0123458;DHL", ""),
    ('M845EA8;;0123459;"DHL', "quotation mark"),
]


def test_every_fault_of_a_bad_file_is_named_with_its_line() -> None:
    """A file with 22 faults of 20 kinds: each is named with its line, and the lines between them are read."""
    text = "\n".join(["order;unit;tracking;carrier", *(line for line, _ in FAULTY)])
    found = read(text)
    expected = {number: reason for number, (_, reason) in enumerate(FAULTY, start=2)}
    faults = {fault.line: fault.text for fault in found.faults}
    assert faults.keys() == {number for number, reason in expected.items() if reason}
    assert [(number, faults[number]) for number in faults if expected[number] not in faults[number]] == []
    assert all(text.endswith(".") for text in faults.values())
    assert [row.line for row in found.rows] == [number for number, reason in expected.items() if not reason]


def test_faults_of_a_workbook_are_named_with_its_rows() -> None:
    """Digits that Excel lost, errors of formulas, dates and fractions are no tracking numbers; empty rows count."""
    rows: list[tuple[Any, ...]] = [
        (None, None),
        ("order", "tracking"),
        ("M845EA5", 340434161094015902),
        (None, None),
        ("M845EA6", "#N/A"),
        ("M845EA7", datetime(2026, 1, 2)),  # noqa: DTZ001 (Excel knows no zones)
        ("M845EA8", "0123456"),
    ]
    found = read(sheet(rows))
    assert [(fault.line, fault.text.split(":")[0]) for fault in found.faults] == [
        (3, "Excel has destroyed the tracking number 3.40434E+17"),
        (5, "The tracking number is an error of a formula"),
        (6, "The tracking number 2026-01-02 is a date. Format the column as text, and enter it again."),
    ]
    assert [row.line for row in found.rows] == [7]


def test_open_quote_does_not_hide_the_next_order() -> None:
    """Two open quotes that happen to fit together do not make a line disappear inside a cell."""
    found = read('order;tracking;name\nM845EA5;0123456;"Vogt\nM845EA6;0123457;"\nM845EA7;0123458;\n')
    assert [fault.line for fault in found.faults] == [2, 3]
    assert [row.ident for row in found.rows] == ["M845EA7"]


@settings(max_examples=examples(600), deadline=None)
@given(st.binary(max_size=60) | st.text('M845;,"\n\r\t =E+|#', max_size=60).map(str.encode))
def test_any_bytes_are_rows_faults_or_a_refusal(content: bytes) -> None:
    """Whatever the file holds, it is read or refused as wrong usage."""
    try:
        found = read(content)
    except WrongUsage:
        return
    lines = [row.line for row in found.rows] + [fault.line for fault in found.faults]
    assert len(lines) == len(set(lines)) > 0


# --- files that cannot be read at all -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n;;;\r\n", "is empty"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"PK\x03\x04nothing", "is a ZIP"),
        (b"PK\x03\x04 xl/workbook.xml cut off", "is damaged or no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\x89PNG\r\n", "a picture"),
        (b"order;tracking\nM1;\x81\xfc\n", "line 2 has bytes that are no text"),
        ("order;tracking\nM1;1\n".encode("utf-16-le"), "is not text: line 1 has zero bytes"),
        (b"\xff\xfeM", "neither UTF-8"),
        (b"order;tracking\n", "only a header"),
        (b"order;name\nM845EA5;x\n", "no column for the tracking number; it has order, name"),
        (b"Name;Ort\nVogt;Ulm\n", "none of the known headers; it has Name, Ort"),
        (b"order;Bestellnummer;tracking\nM1;M1;1\n", "two columns that can be the order id: order and Bestellnummer"),
        (b'"order;tracking\nM1;1', "line 1: A quotation mark"),
    ],
)
def test_file_that_is_no_list_is_refused(content: bytes, reason: str) -> None:
    """What cannot be read at all is refused as a whole, with what it is and what to do."""
    assert reason in refusal(content)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (
            {"order": "Bestelnummer", "tracking": "Box"},
            "no column Bestelnummer; it has Bestellnummer, Box. Did",
        ),
        ({"order": "Bestellnummer"}, "no column for the tracking number"),
        ({"tracking": "Box"}, "no column for the order or unit id"),
        ({"order": "1", "tracking": "1"}, "two things at once"),
        ({"order": "0", "tracking": "2"}, "a number from 1"),
        ({"order": "", "tracking": "2"}, "a number from 1"),
        ({"parcel": "1", "tracking": "2"}, "none of the columns"),
    ],
)
def test_column_that_the_file_does_not_have_is_named(columns: dict[str, str], reason: str) -> None:
    """A wrong column is refused with the headers that there are, and the nearest of them."""
    assert reason in refusal(b"Bestellnummer;Box\nM845EA5;0123456\n", **columns)


def test_unknown_preset_is_refused() -> None:
    """A preset that there is not is refused with those that there are."""
    assert "dhl, dpd and gls" in refusal(b"M1;1", preset="dhk")
    assert "no column Sendungsreferenz or Referenz" in refusal(b"order;tracking\nM1;1\n", preset="dhl")


def test_limits_of_size_and_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too large or too long is refused before its rows are looked at."""
    assert "20 MB" in refusal(b"M" * (MAX_BYTES + 1))
    monkeypatch.setattr(file_tables, "MAX_ROWS", 3)
    assert len(read("order;tracking\nM1;1\nM2;2\nM3;3\n").rows) == 3
    assert "more than 3 rows" in refusal(b"M1;1\nM2;2\nM3;3\nM4;4\nM5;5\n")


def test_sheet_with_a_stray_cell_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell at the far end of a sheet is refused before the rectangle up to it is held in memory."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet().write_string(1_048_575, 16_383, "x")
    assert "row 1048576 and one in column 16384" in refusal(file.getvalue(), "list.xlsx")
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 1000)
    assert "unpacked" in refusal(sheet([("M1", "1")]), "list.xlsx")


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without python-calamine a workbook is refused with how to install it; CSV is read all the same."""
    find = util.find_spec
    monkeypatch.setattr(file_tables, "find_spec", lambda name: None if name == "python_calamine" else find(name))
    with pytest.raises(WrongUsage) as caught:
        read_shipment_file("list.xlsx", sheet([("M1", "1")]), columns={})
    assert "pip install 'kaufland-cli[xlsx]'" in str(caught.value.hint)
    assert read("M1;1\n").rows


def test_damaged_workbook_is_refused_wherever_the_damage_is() -> None:
    """Any damaged byte of a workbook gives rows, faults or a refusal, never an error of a library."""
    whole = sheet([("order", "tracking"), *((f"M{number:05}", f"{number:012}") for number in range(40))])
    for place in range(0, len(whole), max(len(whole) // 400, 1)):
        hurt = whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :]
        with suppress(WrongUsage):
            read_shipment_file("list.xlsx", hurt, columns={})


def test_size_is_judged_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to a large one is refused before the library, which holds all of it, sees it."""

    def never(_content: object) -> None:
        raise AssertionError("unpacked")

    monkeypatch.setattr(workbook, "CalamineWorkbook", type("Book", (), {"from_filelike": staticmethod(never)}))
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 1000)
    assert "unpacked" in refusal(sheet([("M1", "1")]), "list.xlsx")


def test_column_number_of_any_length_is_a_name() -> None:
    """A number that no column can have is looked for among the headers."""
    assert "no column 9999" in refusal(b"order;tracking\nM1;1\n", order="order", tracking="9" * 5000)
