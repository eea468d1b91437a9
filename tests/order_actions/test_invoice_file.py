"""Invoices as files: only whole PDFs, and only an order that a name says clearly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import WrongUsage
from kaufland_cli.order_actions.invoice_file import (
    MAX_INVOICE_BYTES,
    PLACE,
    check_pattern,
    match_order_ids,
    read_invoice,
)
from support.sampling import examples

PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\nstartxref\n9\n%%EOF\n"
ANYWHERE = f"*{PLACE}*.pdf"


def test_whole_pdf_is_read() -> None:
    """A PDF is taken as it is, also with some bytes before its head and after its end."""
    for content in (PDF, b"\n" * 1000 + PDF, PDF + b"\0" * 2000):
        assert read_invoice("a.pdf", content).content == content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"<!DOCTYPE html><html></html>", "a web page or XML, not a PDF"),
        (b"  <?xml version='1.0'?><Invoice/>", "a web page or XML, not a PDF"),
        (b"PK\x03\x04", "is not a PDF"),
        (b"\n" * 1020 + PDF, "is not a PDF"),
        (PDF[:-6], "is cut off"),
        (PDF + b"\0" * 2048, "is cut off"),
        (PDF + b"\0" * MAX_INVOICE_BYTES, "larger than 10 MB"),
    ],
)
def test_what_is_no_whole_pdf_is_refused(content: bytes, reason: str) -> None:
    """Nothing is uploaded that a buyer could not open."""
    with pytest.raises(WrongUsage) as caught:
        read_invoice("invoice-M845EA5.pdf", content)
    assert reason in caught.value.message
    assert "invoice-M845EA5.pdf" in caught.value.message


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        (ANYWHERE, "M845EA5.pdf", "M845EA5"),
        (ANYWHERE, "Rechnung_M845EA5_2026-11-30.pdf", "M845EA5"),
        (ANYWHERE, "Rechnung M845EA5.PDF", "M845EA5"),
        (ANYWHERE, "RE-1017.pdf", None),
        (ANYWHERE, "invoice-m845ea5.pdf", "M845EA5"),
        (ANYWHERE, "M845EA5.txt", None),
        (ANYWHERE, "XXM845EA5M845EA5.pdf", None),
        (f"Invoice_{PLACE}.pdf", "Invoice_M845EA5.pdf", "M845EA5"),
        (f"Invoice_{PLACE}.pdf", "Copy of Invoice_M845EA5.pdf", None),
        (f"{PLACE}_*.pdf", "M845EA5_RE20261.pdf", "M845EA5"),
        (f"??{PLACE}.pdf", "R_M845EA5.pdf", "M845EA5"),
        (f"[1]{PLACE}.pdf", "[1]M845EA5.pdf", "M845EA5"),
    ],
)
def test_order_is_found_where_the_pattern_says(pattern: str, name: str, found: str | None) -> None:
    """Only what stands by itself and looks like an order id is one."""
    assert match_order_ids(pattern, name) == ([] if found is None else [found])


def test_name_that_fits_two_orders_gives_both() -> None:
    """Whoever knows the orders chooses; with a narrower pattern it is clear."""
    assert match_order_ids(ANYWHERE, "M845EA5-MC72KX9.pdf") == ["M845EA5", "MC72KX9"]
    assert match_order_ids(f"{PLACE}-*.pdf", "M845EA5-MC72KX9.pdf") == ["M845EA5"]


@pytest.mark.parametrize("pattern", ["*.pdf", "", f"{PLACE}{PLACE}.pdf", "{order}.pdf"])
def test_pattern_says_once_where_the_id_is(pattern: str) -> None:
    """A pattern without a place for the id, or with two, is refused with one that works."""
    with pytest.raises(WrongUsage) as caught:
        check_pattern(pattern)
    assert ANYWHERE in str(caught.value.hint)
    check_pattern(ANYWHERE)


@settings(max_examples=examples(200), deadline=None)
@given(st.from_regex(r"M[0-9][A-Z0-9]{3,9}", fullmatch=True), st.text(" _-.()é", max_size=8))
def test_any_id_between_other_text_is_found(id_order: str, around: str) -> None:
    """Whatever stands around an id with a gap, the id is found whole."""
    assert match_order_ids(ANYWHERE, f"{around}{id_order}{around}.pdf") == [id_order]
