"""What is known is never replaced by what is unknown, and unknown is not 0."""

from typing import Any

import pytest

from kaufland_cli.domain.known import is_unknown, known_kept, known_sum


@pytest.mark.parametrize("nothing", [None, "", " ", ".", "\u200b", "***", "Be***er"])
@pytest.mark.parametrize("known", ["Lindenallee", 0, 19.0, False])
def test_nothing_replaces_nothing(nothing: object, known: object) -> None:
    """No value, and no text that says nothing, takes the place of what is known; 0 and false are known."""
    assert is_unknown(nothing)
    assert not is_unknown(known)
    assert known_kept(nothing, known) == known
    assert known_kept(known, nothing) == known


def test_known_values_may_change() -> None:
    """Another known value is taken, also 0 and false."""
    assert [known_kept(new, 5) for new in (0, 7, False, "x")] == [0, 7, False, "x"]


def test_objects_are_looked_at_field_by_field() -> None:
    """Also inside of each other; what only one of them has is kept."""
    known = {"a": 1, "b": {"c": "x", "d": 2}, "e": [1]}
    new: dict[str, Any] = {"a": None, "b": {"c": "", "d": 3, "f": None}, "e": [], "g": 4}
    assert known_kept(new, known) == {"a": 1, "b": {"c": "x", "d": 3, "f": None}, "e": [], "g": 4}


@pytest.mark.parametrize(
    ("amounts", "total"), [([], 0), ([1, 2], 3), ([0], 0), ([1, None], None), ([None], None), ([None, 0], None)]
)
def test_sum_with_an_unknown_part_is_unknown(amounts: list[int | None], total: int | None) -> None:
    """Unknown is not 0."""
    assert known_sum(amounts) == total
