"""The mapping file: what a SKU or an EAN is sold as, and every fault in it at once."""

from pathlib import Path

import pytest

from kaufland_cli.errors import SettingsError
from kaufland_cli.sales_orders.item_mapping import NO_MAPPING, ItemMapping, read_item_mapping
from kaufland_cli.sales_orders.target import Item


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
    assert "kaufland sales-orders check" in caught.value.hint
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_sku_counts_before_the_ean(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    """However a spreadsheet saves it: found by SKU, else by EAN, with its variant, else not at all."""
    rows = ["Item,SKU,ean,Variant", "1000,KESSEL-17,,RED", "", "1001,,4006381333931,", '"1002",Köder 1,"",']
    found = mapping(tmp_path, end.join(rows).replace(",", separator) + end, encoding)
    assert found.find("KESSEL-17", "4006381333931") == Item("1000", "RED")
    assert found.find("UNKNOWN", "4006381333931") == Item("1001")
    assert found.find("Köder 1", "") == Item("1002")
    assert found.find("", "") is None
    assert found.find("kessel-17", "1") is None


def test_an_ean_may_have_lost_its_zeros(tmp_path: Path) -> None:
    """Spreadsheets drop zeros in front; the EAN is the same one."""
    found = mapping(tmp_path, "ean,item\n12345678905,1000\n")
    assert found.find("", "0012345678905") == Item("1000")


def test_what_it_names_is_checked_in_the_merchandise_system(tmp_path: Path) -> None:
    """Each item and variant once, with the line that names it first."""
    found = mapping(tmp_path, "sku,item,variant\nA,1000,\n\nB,1000,RED\nC,1000,\n")
    assert found.expectations() == (("1000", "", "line 2 of items.csv"), ("1000", "RED", "line 4 of items.csv"))
    assert NO_MAPPING.expectations() == ()
    assert NO_MAPPING.find("A", "1") is None


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """One look at the message is enough to mend the whole file."""
    rows = [
        "sku,ean,item,variant",
        "A,,1000,",
        ",,1001,",
        "B,,,",
        'C,,123456789012345678901,"LONGVARIANT"',
        "A,,1002,",
        "A,,1000,",
        ",4.00638E+12,1003,",
        "D,1,1004,,5",
        ",0815,1005,",
        ",815,1006,",
    ]
    assert faults(tmp_path, "\n".join(rows)) == [
        "line 3: has neither a sku nor an ean",
        "line 4: item: is missing",
        "line 5: item: 123456789012345678901 is longer than 20 characters",
        "line 5: variant: LONGVARIANT is longer than 10 characters",
        "line 6: sku: A is another item in line 2",
        "line 8: ean: 4.00638E+12 is not made of digits only",
        "line 9: has more cells than the header, which has 4",
        "line 11: ean: 815 is another item in line 10",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["line 1: there is no header; its columns are sku, ean, item, variant"]),
        (
            "sku,article\n",
            [
                "line 1: article: is no column; there are sku, ean, item, variant",
                "line 1: item: there is no such column",
            ],
        ),
        ("item\n1\n", ["line 1: there is neither a column sku nor a column ean"]),
        ("sku,item,sku\n", ["line 1: sku: stands there twice"]),
        ('sku,item\nA,1\n"B,2\n', ["line 3: cannot be read as CSV: unexpected end of data"]),
    ],
)
def test_a_file_that_is_no_mapping_says_so(tmp_path: Path, text: str, told: list[str]) -> None:
    """What is wrong with the header or the form of the file is named with its line."""
    assert faults(tmp_path, text) == told


def test_a_file_that_is_not_there_or_not_utf8_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    """The setting that names the file, or the way to save it, is told."""
    with pytest.raises(SettingsError, match=r"absent\.csv") as caught:
        read_item_mapping(tmp_path / "absent.csv")
    assert "sales_orders.item_mapping_file" in caught.value.hint
    with pytest.raises(SettingsError, match="not UTF-8"):
        mapping(tmp_path, "sku,item\nKÖDER,1\n", "cp1252")
