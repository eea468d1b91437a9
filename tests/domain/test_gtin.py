"""Article numbers of different lengths are the same number or they are none."""

import pytest

from kaufland_cli.domain.gtin import gtin14, gtin_forms, gtins


@pytest.mark.parametrize(
    "written", ["194252013212", "0194252013212", "00194252013212", " 0194252013212 ", "0-194252-013212", 194252013212]
)
def test_leading_zeros_do_not_matter(written: object) -> None:
    """UPC, EAN-13 and GTIN-14 of one article are one number."""
    assert gtin14(written) == "00194252013212"


@pytest.mark.parametrize("none", [None, "", "0", "0000000000000", "n/a", "4006381-33393X", "1" * 15, "٣", True])
def test_text_that_is_no_article_number_is_none(none: object) -> None:
    """Zeros, words and numbers that are too long name nothing."""
    assert gtin14(none) is None


def test_zeros_before_a_number_that_is_long_enough_go() -> None:
    """Only digits that count decide whether a number is too long."""
    assert gtin14("000" + "4006381333931") == "04006381333931"


def test_several_numbers_keep_their_order_once_each() -> None:
    """The first stays the first, and the same number in two lengths comes once."""
    assert gtins(["0", "4006381333931", "194252013212", "0194252013212"]) == ("04006381333931", "00194252013212")


@pytest.mark.parametrize(
    ("number", "forms"),
    [
        ("04006381333931", ("4006381333931", "04006381333931")),
        ("00194252013212", ("194252013212", "0194252013212", "00194252013212")),
        ("00000096385074", ("96385074", "000096385074", "0000096385074", "00000096385074")),
        ("10614141000415", ("10614141000415",)),
        ("00000000000007", ("7", "00000007", "000000000007", "0000000000007", "00000000000007")),
    ],
)
def test_number_may_be_written_in_these_forms(number: str, forms: tuple[str, ...]) -> None:
    """Each is that number, and each length of the family that it fits in is there."""
    assert gtin_forms(number) == forms
    assert {gtin14(form) for form in forms} == {number}
