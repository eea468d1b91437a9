"""What to do next is a value: its commands are quoted, mean the settings of the call, and are kept as they are."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.domain.hint import MORE, NO_HINT, Command, Hint, and_then, command, read_hint

CHOSEN = ("--config", "/my shop/config.toml", "--profile", "second")
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
HINTS = st.lists(WORDS | st.lists(WORDS, min_size=1, max_size=4).map(lambda words: Command(tuple(words)))).map(
    lambda parts: Hint(*parts)
)


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (("orders", "show", "a b"), "kaufland orders show 'a b'"),
        (("orders", "show", "it's"), "kaufland orders show 'it'\"'\"'s'"),
        (("orders", "show", "-x"), "kaufland orders show -- -x"),
        (("orders", "erase", "-x", "--yes"), "kaufland orders erase --yes -- -x"),
        (("orders", "list", "--search", "-x"), "kaufland orders list --search -x"),
        (("sales-orders", "link", "-x", "NUMBER", "--yes"), "kaufland sales-orders link --yes -- -x NUMBER"),
        (("setup", "--no-input", MORE), "kaufland setup --no-input …"),
        ((), "kaufland"),
    ],
)
def test_command_is_quoted_for_the_shell(arguments: tuple[str, ...], typed: str) -> None:
    """Each value is one word of the shell; one that starts with a hyphen is never taken for an option."""
    assert str(command(*arguments)) == typed


def test_every_command_names_the_settings_of_the_call() -> None:
    """Right behind the program, in each command of the hint, quoted."""
    hint = Hint("First: ", command("status"), "; then: ", command("orders", "show", "-x"))
    options = "--config '/my shop/config.toml' --profile second"
    assert hint.typed(CHOSEN) == f"First: kaufland {options} status; then: kaufland {options} orders show -- -x"
    assert hint.typed() == str(hint) == "First: kaufland status; then: kaufland orders show -- -x"


def test_command_that_chooses_settings_keeps_its_own() -> None:
    """A command for another profile does not get the profile of the call too."""
    assert command("--profile", "NAME", "setup").typed(CHOSEN) == "kaufland --profile NAME setup"


def test_command_for_root_finds_the_program_that_the_user_has() -> None:
    """The user's shell finds it before sudo, which searches elsewhere; the options stand behind it."""
    hint = Hint("As root: ", command("schedule", "remove")).as_root()
    assert hint.typed(CHOSEN[2:]) == 'As root: sudo "$(command -v kaufland)" --profile second schedule remove'


def test_text_is_distinguished_from_the_command_after_it() -> None:
    """A semicolon behind a command, which could end in a comma otherwise."""
    assert str(and_then(Hint("Correct it"), "status")) == "Correct it, then: kaufland status"
    assert str(and_then(command("doctor"), "status")) == "kaufland doctor; then: kaufland status"


def test_secret_is_masked_before_it_is_quoted() -> None:
    """In text and in every word of a command: quoting would hide it from the search."""
    hint = Hint("It says it's: ", command("config", "set", "secret.command", "echo it's"))
    masked = hint.masked(lambda text: text.replace("it's", "***"))
    assert str(masked) == "It says ***: kaufland config set secret.command 'echo ***'"


def test_nothing_to_do_is_false() -> None:
    """A hint without text and command counts as none, and reads as nothing."""
    assert not NO_HINT
    assert not Hint("", NO_HINT)
    assert str(NO_HINT) == ""
    assert Hint("x")
    assert command()


def test_hints_that_read_the_same_are_equal() -> None:
    """However they are put together: what was kept as text compares with what is made now."""
    assert Hint("a", "b ", command("status")) == Hint("ab ", Hint(command("status")))
    assert hash(Hint("a", "b")) == hash(Hint("ab"))
    assert Hint("a") != Hint("b")
    assert Hint("a") != "a"


@given(HINTS)
def test_hint_comes_back_as_it_was_kept(hint: Hint) -> None:
    """Through JSON, whatever is in its text and commands; and so it means the settings of whichever call shows it."""
    again = read_hint(json.loads(json.dumps(hint.record())))
    assert again.parts == hint.parts
    assert again.typed(CHOSEN) == hint.typed(CHOSEN)


@given(st.lists(WORDS.filter(lambda word: word != MORE), max_size=5))
def test_shell_reads_the_words_that_were_meant(words: list[str]) -> None:
    """All of them, each once, whatever is in them; only `--` may come in addition."""
    typed = shlex.split(str(command(*words)))
    assert typed.pop(0) == "kaufland"
    if len(typed) > len(words):
        typed.remove("--")
    assert sorted(typed) == sorted(words)
