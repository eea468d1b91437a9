"""How a text that nobody is to see is found in others."""

import pytest

from kaufland_cli.domain.masking import MASK, pattern_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Anna lives here", "*** lives here"),
        ("Annabel lives here", "Annabel lives here"),
        ("ANNA\n  Maria  Schmidt-Öhlinger", "***"),
        ("xAnna Maria Schmidt-Öhlingerx", "x***x"),
        ("nothing of it", "nothing of it"),
    ],
)
def test_short_texts_are_found_alone_and_long_ones_anywhere(text: str, shown: str) -> None:
    """The longest goes first, in whatever case and spacing; a first name inside a word stays."""
    found = pattern_of(["Anna", "Anna Maria Schmidt-Öhlinger", "DE"])
    assert found is not None
    assert found.sub(MASK, text) == shown


def test_whole_words_are_not_found_inside_others() -> None:
    """A long street name in a longer one stays readable where the caller says so."""
    found = pattern_of(["Hauptstraße 12"], alone=True)
    assert found is not None
    assert found.sub(MASK, "Hauptstraße 12, Hauptstraße 123") == "***, Hauptstraße 123"


@pytest.mark.parametrize("texts", [[], ["", "  ", "DE"]])
def test_nothing_to_look_for_is_no_pattern(texts: list[str]) -> None:
    """Texts of one or two characters are a part of too many others."""
    assert pattern_of(texts) is None
