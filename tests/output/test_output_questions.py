"""How questions look on a terminal that is too narrow for them."""

import io

import pytest

from kaufland_cli.errors import Interrupted
from kaufland_cli.output import Output
from kaufland_cli.output.screens.questions import TerminalQuestions
from kaufland_cli.output.stream import Stream
from support.machine import Person


def asked(question: str, default: str, columns: int) -> list[str]:
    """Return what stands on the terminal when the question is asked."""
    stream = Person()
    questions = TerminalQuestions(io.StringIO("\n"), Stream(stream, {"COLUMNS": str(columns), "NO_COLOR": "1"}))
    assert questions.text(question, default, str) == default
    return stream.getvalue().split("\n")


@pytest.mark.parametrize(
    ("default", "columns", "shown"),
    [
        ("8400", 80, ["? Account for shipping cost [8400]: "]),
        ("8400", 36, ["? Account for shipping cost [8400]: "]),
        ("8400", 35, ["? Account for shipping cost", "  [8400]: "]),
        ("two words", 36, ["? Account for shipping cost", "  [two words]: "]),
        ("[red]8400[/]", 80, ["? Account for shipping cost [[red]8400[/]]: "]),
        ("8400", 24, ["? Account for shipping", "  cost [8400]: "]),
    ],
)
def test_default_is_never_broken(default: str, columns: int, shown: list[str]) -> None:
    """What is in brackets is on one line, below the question if there is no room next to it."""
    assert asked("Account for shipping cost", default, columns) == shown


def test_output_after_ctrl_c_starts_on_a_new_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal itself ends no line there; the error that follows does, once."""

    def stop() -> str:
        raise KeyboardInterrupt

    typed = io.StringIO()
    monkeypatch.setattr(typed, "readline", stop, raising=False)
    stream = Person()
    with pytest.raises(KeyboardInterrupt):
        TerminalQuestions(typed, Stream(stream, {"NO_COLOR": "1"})).yes_no("Delete it?", default=False)
    Output(stdout=io.StringIO(), stderr=stream, environ={}, color="never").error(Interrupted("Stopped."), as_json=False)
    assert "[y/N]: \n✗ Stopped.\n" in stream.getvalue()


def test_secret_is_asked_for_once_nothing_typed_can_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question comes from what has stopped the echo before: who types at once types unseen."""
    stream = Person()
    asked: list[str] = []

    def hidden(prompt: str, stream: io.StringIO) -> str:
        assert stream.getvalue() == ""
        asked.append(prompt)
        return "c0ffee"

    monkeypatch.setattr("getpass.getpass", hidden)
    questions = TerminalQuestions(io.StringIO(), Stream(stream, {"NO_COLOR": "1"}))
    assert questions.hidden("Secret key", str) == "c0ffee"
    assert asked == ["? Secret key: "]
