"""Amounts in the seller's form."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kaufland_cli
from kaufland_cli.domain.numbers import PLAIN, amount, locale_name, number_form, percent, size_text, whole_number


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("de_DE.UTF-8", "1.299,00"),
        ("de-DE", "1.299,00"),
        ("en_GB", "1,299.00"),
        ("pl_PL@euro", "1 299,00"),
        ("fr_FR", "1 299,00"),
        ("de_CH", "1'299.00"),
        ("C.UTF-8", "1299.00"),
        ("POSIX", "1299.00"),
        ("", "1299.00"),
        ("xx_YY", "1299.00"),
        ("../../etc", "1299.00"),
        ("de_DE_X_Y_Z_1_2", "1299.00"),
    ],
)
def test_amounts_follow_the_locale(locale: str, text: str) -> None:
    """An amount looks as it does in the seller's country; without a known locale it is plain."""
    shown = amount(129900, number_form(locale))
    assert shown.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") == text  # either is Swiss, by the version of Babel


@pytest.mark.parametrize(
    ("minor_units", "text"),
    [(0, "0,00"), (1, "0,01"), (-5, "-0,05"), (99, "0,99"), (100, "1,00"), (-123456789, "-1.234.567,89"), (None, "?")],
)
def test_amounts_are_exact(minor_units: int | None, text: str) -> None:
    """Minor units are hundredths; what is not known is `?`, never nought."""
    assert amount(minor_units, number_form("de")) == text


@given(st.integers(min_value=-(10**40), max_value=10**40), st.sampled_from(["de", "en", "pl", "en_IN", "fr", "C"]))
def test_no_digit_is_lost(minor_units: int, locale: str) -> None:
    """However large an amount is, and in any form, its digits are all there."""
    text = amount(minor_units, number_form(locale))
    assert int("".join(char for char in text if char in "-0123456789")) == minor_units


def test_groups_of_another_size() -> None:
    """Where groups have two digits before the last three, they are written so."""
    assert whole_number(123456789, number_form("en_IN")) == "12,34,56,789"


@pytest.mark.parametrize(
    ("value", "text"),
    [(19, "19 %"), (19.0, "19 %"), (5.5, "5,5 %"), (0, "0 %"), (100, "100 %"), (None, "?"), ("n/a", "n/a")],
)
def test_percentages(value: object, text: str) -> None:
    """A VAT rate is shown as people write it; what is no number is shown as it is."""
    assert percent(value, number_form("de")) == text


@pytest.mark.parametrize(
    ("setting", "environ", "name"),
    [
        ("de_DE", {"LC_ALL": "pl_PL"}, "de_DE"),
        ("", {"LC_ALL": "pl_PL", "LC_NUMERIC": "de_DE"}, "pl_PL"),
        ("", {"LC_ALL": "", "LC_NUMERIC": "de_DE", "LC_MONETARY": "fr_FR"}, "de_DE"),
        ("", {"LC_MONETARY": "fr_FR", "LANG": "en_GB"}, "fr_FR"),
        ("", {"LANG": "en_GB"}, "en_GB"),
        ("", {}, ""),
    ],
)
def test_locale_precedence(setting: str, environ: dict[str, str], name: str) -> None:
    """The setting comes before the environment, and there LC_ALL before the others."""
    assert locale_name(setting, environ) == name


def test_plain_form_needs_nothing() -> None:
    """Without a locale an amount is digits, a point and two digits."""
    assert amount(129900) == amount(129900, PLAIN) == "1299.00"


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 B"), (1023, "1023 B"), (2048, "2,0 kB"), (1_468_006, "1,4 MB"), (3 << 30, "3,0 GB")]
)
def test_sizes_have_the_form_of_all_numbers(number: int, text: str) -> None:
    """Numbers next to `1.299,00 EUR` have a comma too."""
    assert size_text(number, number_form("de_DE")) == text


def test_one_module_decides_how_numbers_look() -> None:
    """No other one writes decimals or groups digits by itself, except for logs that nobody reads as a screen."""
    own = re.compile(r"\{[^{}]*:(,|[,\d]*\.[1-9]\d*f)[^{}]*\}")
    house = Path(kaufland_cli.__file__).parent
    found = {
        path.relative_to(house).as_posix()
        for path in house.rglob("*.py")
        if own.search(path.read_text(encoding="utf-8")) and "simulator" not in path.parts
    }
    assert found == {"domain/numbers.py"}
