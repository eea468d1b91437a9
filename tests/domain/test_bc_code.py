"""Codes as Business Central stores them."""

import pytest

from kaufland_cli.domain.bc_code import bc_code, same_code


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Größe-1", "GRÖßE-1"),
        (" kessel-17 ", "KESSEL-17"),
        ("ŉx", "ŉX"),
        ("ﬁx", "ﬁX"),
        ("\u0131\u017f", "\u0131\u017f"),
        ("čaj", "ČAJ"),
        ("Gro\u0308ße-1", "GRÖßE-1"),
        (8400, "8400"),
        (None, ""),
    ],
)
def test_capitals_take_one_place_each(written: object, stored: str) -> None:
    """Each character stays one character, whatever capital other programs would write."""
    assert bc_code(written) == stored


def test_empty_text_is_no_code() -> None:
    """Two empty codes name nothing, so they are not the same."""
    assert not same_code("", " ")
    assert not same_code(None, None)
    assert same_code("größe-1", "GRÖßE-1")
    assert not same_code("größe-1", "GRÖSSE-1")
