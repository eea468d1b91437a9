"""What counts as empty, and what counts as the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.domain.text import (
    counted,
    is_empty,
    is_masked,
    meaningful,
    normalize,
    same_text,
    search_form,
    visible_code,
)


@pytest.mark.parametrize(
    "nothing",
    [
        None,
        "",
        " ",
        ".",
        "-",
        "--",
        "…",
        "\u200b",
        "\u200b \u00ad",
        "\t\n",
        "***",
        "* * *",
        "M***r",
        "●●●●",
        "xxx",
        "XX-XX",
        "\u3164",
        "\u115f\u1160\uffa0",
        "\u2800 .",
    ],
)
def test_text_that_says_nothing_is_empty(nothing: str | None) -> None:
    """Without a letter or digit, or masked, a text is empty."""
    assert is_empty(nothing)
    assert meaningful(nothing) == ""


@pytest.mark.parametrize(
    "something", ["A", "0", "7", "Ø", "王", "x", "XX", "Xaver", "Max", "c/o", "1*", "**A", "xx1", "Hotel Adler ***"]
)
def test_text_with_a_letter_or_digit_is_not_empty(something: str) -> None:
    """One letter or digit of any script is something, even next to a star."""
    assert not is_empty(something)


@pytest.mark.parametrize("code", ["..", "-", "a*", "(|&)", "0", "Größe 1", "Hotel ***", "ㄱ"])
def test_code_is_what_can_be_seen_of_it(code: str) -> None:
    """Signs alone may be one, of which a text that people read says nothing."""
    assert visible_code(f" {code} ") == code


@pytest.mark.parametrize("nothing", [None, "", " ", "***", "K***7", "\u200b", "\u3164", "\uffa0\u2060", "\u2800"])
def test_invisible_code_is_none(nothing: str | None) -> None:
    """Invisible, blank or masked."""
    assert visible_code(nothing) == ""


def test_masked_is_what_is_hidden_and_not_what_is_missing() -> None:
    """Stars or a row of X; no dot, no blank and no hotel."""
    assert all(map(is_masked, ["***", "*", "M***r", "●●●●", "xxx", "XX-XX", "B***n"]))
    assert not any(map(is_masked, [None, "", ".", " ", "\u200b", "Hotel Adler ***", "Max", 0]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Größe", unicodedata.normalize("NFD", "Größe")),
        ("Am  Weg 1", "Am Weg 1"),
        ("Am\u00a0Weg\t1 ", " Am Weg 1"),
        ("Müller\u200b", "Müller"),
        ("Mü\u3164ller", "Mu\uffa0\u0308ller"),
        (None, " . "),
        ("***", ""),
    ],
)
def test_same_to_a_reader_is_same(one: str | None, other: str | None) -> None:
    """Composed or decomposed, with whatever blanks: the same text."""
    assert same_text(one, other)
    assert same_text(other, one)


@pytest.mark.parametrize(("one", "other"), [("Weg 1", "Weg 2"), ("Weg", "weg"), ("Straße", "Strasse"), ("a", None)])
def test_other_text_differs(one: str, other: str | None) -> None:
    """What a reader sees as another text is another one."""
    assert not same_text(one, other)


@given(st.text())
def test_normal_form_is_stable(text: str) -> None:
    """A text in its normal form does not change again, and its decomposed form has the same."""
    assert normalize(normalize(text)) == normalize(text)
    assert normalize(unicodedata.normalize("NFD", text)) == normalize(unicodedata.normalize("NFC", text))
    assert search_form(search_form(text)) == search_form(text)


def test_search_ignores_case_and_composition() -> None:
    """A decomposed capital is found by its composed small letter."""
    assert search_form(unicodedata.normalize("NFD", "ÜBER  Straße")) == search_form("über strasse")


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 orders"), (1, "1 order"), (2, "2 orders"), (None, "? orders")],
)
def test_number_of_things_is_singular_only_for_one(number: int | None, expected: str) -> None:
    """One order is an order, none and two are orders, and so is an unknown number."""
    assert counted(number, "order") == expected


def test_number_of_things_takes_its_own_plural_and_its_own_digits() -> None:
    """A plural that is not the word with an s can be given, and so can the number as it is shown."""
    assert counted(2, "entry", "entries") == "2 entries"
    assert counted(1, "entry", "entries") == "1 entry"
    assert counted(2400, "order", shown="2.400") == "2.400 orders"
