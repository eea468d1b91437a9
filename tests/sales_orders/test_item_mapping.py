"""The mapping file: what a SKU or an EAN is sold as, and every fault in it at once."""

from pathlib import Path

import pytest

from kaufland_cli.domain.gtin import gtins
from kaufland_cli.domain.target_values import Item
from kaufland_cli.errors import SettingsError
from kaufland_cli.sales_orders.item_mapping import ItemMapping, read_item_mapping


def mapping(folder: Path, text: str, encoding: str = "utf-8") -> ItemMapping:
    """Read a mapping file with this text."""
    file = folder / "items.csv"
    file.write_bytes(text.encode(encoding))
    return read_item_mapping(file)


def faults(folder: Path, text: str) -> list[str]:
    """Return the faults that a mapping file with this text has."""
    with pytest.raises(SettingsError) as caught:
        mapping(folder, text)
    assert str(folder / "items.csv") in caught.value.message
    assert "kaufland sales-orders check" in str(caught.value.hint)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_items_are_found_by_sku_and_by_ean(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    """However a spreadsheet saves it: with its variant and its unit, or not at all."""
    rows = ["Item,SKU,ean,Variant,unit", "1000,KESSEL-17,,RED,STK", "", "1001,,4006381333931,,", '"1002",Köder 1,"",,']
    found = mapping(tmp_path, end.join(rows).replace(",", separator) + end, encoding)
    assert found.by_sku("KESSEL-17") == (Item("1000", "RED", unit="STK"),)
    assert found.by_sku(" Köder 1 ") == (Item("1002"),)
    assert found.by_sku("UNKNOWN") == ()
    assert found.by_sku("") == found.by_sku(" ") == ()
    assert list(found.by_gtins(["04006381333931"])) == [Item("1001")]
    assert list(found.by_gtins(["04006381333948", "00000000000017"])) == []


@pytest.mark.parametrize("sku", ["größe-1", "GRÖßE-1", " Größe-1", "Gro\u0308ße-1"])
def test_sku_is_compared_as_business_central_keeps_codes(tmp_path: Path, sku: str) -> None:
    """Case, blanks around it and the way an accent is written make no difference; ß and SS do."""
    found = mapping(tmp_path, "sku,item\nGröße-1,1000\nGRÖSSE-1,1001\n")
    assert found.by_sku(sku) == (Item("1000"),)


def test_sku_that_differs_in_case_from_several_is_each_of_them(tmp_path: Path) -> None:
    """Exactly written, it is its own row; else nobody can say which."""
    found = mapping(tmp_path, "sku,item\naB3x,1000\nAb3X,1001\nab3X,1001\n")
    assert found.by_sku("aB3x") == (Item("1000"),)
    assert found.by_sku("AB3X") == (Item("1000"), Item("1001"))


@pytest.mark.parametrize("written", ["12345678905", "012345678905", "0012345678905", "00012345678905"])
@pytest.mark.parametrize("sold", ["12345678905", "012345678905", "0012345678905", "00012345678905"])
def test_ean_may_have_lost_its_zeros(tmp_path: Path, written: str, sold: str) -> None:
    """Spreadsheets drop zeros in front, systems add them; the EAN is the same one."""
    found = mapping(tmp_path, f"ean,item\n{written},1000\n")
    assert list(found.by_gtins(gtins([sold]))) == [Item("1000")]


def test_several_eans_of_one_product_may_be_several_items(tmp_path: Path) -> None:
    """Each item once: the same one, however its number is written, is one."""
    found = mapping(tmp_path, "ean,item,variant\n4006381333931,a1,red\n4006381333948,A1,RED\n5900000000000,1001,\n")
    assert len(found.by_gtins(["04006381333931", "04006381333948"])) == 1
    assert len(found.by_gtins(["04006381333931", "05900000000000"])) == 2


@pytest.mark.parametrize("zeros", ["0", "00", "0000000000000", "00000000000000000"])
def test_ean_of_zeros_is_refused(tmp_path: Path, zeros: str) -> None:
    """It would be the item of every unit without an EAN."""
    assert faults(tmp_path, f"sku,ean,item\nA,,1\n,{zeros},2\n") == [
        f"line 3: ean: {zeros} is all zeros, which is not an EAN"
    ]


@pytest.mark.parametrize("nothing", [None, "", " ", "0", "0000000000000", "none", "-"])
def test_text_that_is_no_ean_finds_nothing(tmp_path: Path, nothing: str | None) -> None:
    """An empty key is never looked up."""
    found = mapping(tmp_path, "sku,ean,item\nA,,1\n,4006381333931,2\n")
    assert list(found.by_gtins(gtins([nothing]))) == []


def test_item_may_be_written_in_several_ways(tmp_path: Path) -> None:
    """Rows that name the same item to Business Central do not contradict each other; another unit does."""
    rows = "sku,item,variant,unit\nA,größe-1,rot,stk\nA,GRÖßE-1,ROT ,STK\n"
    found = mapping(tmp_path, rows)
    assert len(found.expectations()) == len(found.units()) == 1
    assert faults(tmp_path, rows + "A,größe-1,rot,KTN\n") == ["line 4: sku: A has a different item in line 2"]


def test_mapped_items_are_checked_in_the_merchandise_system(tmp_path: Path) -> None:
    """Each item and variant once, with the line that names it first."""
    found = mapping(tmp_path, "sku,item,variant\nA,1000,\n\nB,1000,RED\nC,1000,\n")
    assert found.expectations() == (("1000", "", "line 2 of items.csv"), ("1000", "RED", "line 4 of items.csv"))
    assert ItemMapping().expectations() == ()
    assert ItemMapping().by_sku("A") == ()
    assert found.units() == ()


def test_units_of_measure_are_checked_too(tmp_path: Path) -> None:
    """Each once, with the line that names it first."""
    found = mapping(tmp_path, "sku,item,unit\nA,1,STK\nB,2,\nC,3,ktn\nD,4,KTN\n")
    assert found.units() == (("STK", "line 2 of items.csv"), ("ktn", "line 4 of items.csv"))


def test_every_fault_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    """One look at the message is enough to fix the whole file."""
    rows = [
        "sku,ean,item,variant,unit",
        "A,,1000,",
        ",,1001,",
        "B,,,,LONGUNITCODE",
        'C,,123456789012345678901,"LONGVARIANT"',
        "A,,1002,",
        "A,,1000,",
        ",4.00638E+12,1003,",
        "D,1,1004,,,5",
        ",0815,1005,",
        ",815,1006,",
        ",123456789012345,1007,",
        ",0,1008,",
    ]
    assert faults(tmp_path, "\n".join(rows)) == [
        "line 3: has neither a sku nor an ean",
        "line 4: item: is missing",
        "line 4: unit: LONGUNITCODE is longer than 10 characters",
        "line 5: item: 123456789012345678901 is longer than 20 characters",
        "line 5: variant: LONGVARIANT is longer than 10 characters",
        "line 6: sku: A has a different item in line 2",
        "line 8: ean: 4.00638E+12 has characters other than digits",
        "line 9: has more cells than the header (5)",
        "line 11: ean: 815 has a different item in line 10",
        "line 12: ean: 123456789012345 has more than 14 digits",
        "line 13: ean: 0 is all zeros, which is not an EAN",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["line 1: the header is missing; its columns are sku, ean, item, variant, unit"]),
        (
            "sku,article\n",
            [
                "line 1: article: is not a known column; known are sku, ean, item, variant, unit",
                "line 1: item: the column is missing",
            ],
        ),
        ("item\n1\n", ["line 1: there is no column sku and no column ean"]),
        ("sku,item,sku\n", ["line 1: sku: appears more than once"]),
        ('sku,item\nA,1\n"B,2\n', ["line 3: cannot be read as CSV: check the quotation marks in it"]),
    ],
)
def test_file_that_is_no_mapping_says_so(tmp_path: Path, text: str, told: list[str]) -> None:
    """What is wrong with the header or the form of the file is named with its line."""
    assert faults(tmp_path, text) == told


def test_file_that_is_not_there_or_not_utf8_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    """The setting that names the file, or the way to save it, is reported."""
    with pytest.raises(SettingsError, match=r"absent\.csv") as caught:
        read_item_mapping(tmp_path / "absent.csv")
    assert "sales_orders.item_mapping_file" in str(caught.value.hint)
    with pytest.raises(SettingsError, match="not UTF-8"):
        mapping(tmp_path, "sku,item\nKÖDER,1\n", "cp1252")
