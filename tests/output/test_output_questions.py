"""How questions look on a terminal that is too narrow for them."""

import io

import pytest

from cli_helpers import Person
from kaufland_cli.output.questions import Questions
from kaufland_cli.output.screen import Screen


def asked(question: str, default: str, columns: int) -> list[str]:
    """Return what stands on the terminal when the question is asked."""
    stream = Person()
    questions = Questions(io.StringIO("\n"), Screen(stream, {"COLUMNS": str(columns), "NO_COLOR": "1"}))
    assert questions.text(question, default, str) == default
    return stream.getvalue().split("\n")


@pytest.mark.parametrize(
    ("default", "columns", "shown"),
    [
        ("8400", 80, ["? Account for shipping cost [8400]: "]),
        ("8400", 36, ["? Account for shipping cost [8400]: "]),
        ("8400", 35, ["? Account for shipping cost", "  [8400]: "]),
        ("two words", 36, ["? Account for shipping cost", "  [two words]: "]),
        ("8400", 24, ["? Account for shipping", "  cost [8400]: "]),
    ],
)
def test_a_default_is_never_broken(default: str, columns: int, shown: list[str]) -> None:
    """What stands in brackets stands on one line, below the question where there is no room beside it."""
    assert asked("Account for shipping cost", default, columns) == shown
