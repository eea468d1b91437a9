"""No text of a library reaches a user: wrong settings, wrong command lines and broken files are named in our words.

`Machine.run` insists on it in every test of the command line (`support.library_texts`).
"""

from collections.abc import Iterator
from typing import Any

import pytest

from kaufland_cli.cli.app import command_tree
from kaufland_cli.settings import SettingKey, setting_keys, variable_of
from kaufland_cli.settings.keys import CODE
from kaufland_cli.simulator import Simulator
from support.library_texts import library_text
from support.machine import Machine
from support.sampling import sampled

KEYS = [(one.key.replace(CODE, "at"), one) for one in setting_keys()]
WRONG_TYPES = [
    '"often"',
    "true",
    "1.5",
    "-1",
    "nan",
    "inf",
    "99999999999999999999",
    "[1]",
    '["a", 2]',
    '[["a"]]',
    "{ a = 1 }",
    '{ AT = "" }',
    "2026-01-01",
    "07:00:00",
    '""',
    '"\\u0000"',
    f'"{"x" * 2000}"',
]
# What each kind of setting refuses of these, whatever its own rules; other kinds may take a text.
WRONG_TEXTS = ["", "often", "-1", "1e999", "[1]", "{a}", "=", "\x00", "x" * 2000]
REFUSED = {"boolean": {'"often"', "1.5", "[1]"}, "whole number": {'"often"', "true", "1.5", "nan"}, "table": {"1.5"}}


@pytest.mark.parametrize("value", WRONG_TYPES, ids=lambda value: value[:12])
def test_every_setting_names_a_wrong_type(machine: Machine, value: str) -> None:
    """A value of the wrong type in the file is named with its line and what is allowed, for every setting at once."""
    tables: dict[str, list[str]] = {}
    for key, _ in KEYS:
        section, _, name = key.rpartition(".")
        tables.setdefault(section, []).append(f"{name} = {value}")
    machine.write_config("\n".join(line for name, lines in tables.items() for line in (f"[{name}]", *lines)))
    done = machine.run("config", "list")
    assert done.code == 3
    for key, known in KEYS:
        if value in REFUSED.get(known.kind, ()):
            assert f": {key}" in done.err
    named = [line for line in done.err.splitlines() if "config.toml:" in line]
    assert named
    assert all("allowed: " in line for line in named if " has no " not in line), done.err


@pytest.mark.parametrize("text", sampled(WRONG_TEXTS, "", "often", "[1]", "\x00"), ids=repr)
@pytest.mark.parametrize("from_environment", [True, False], ids=["variable", "config set"])
def test_every_setting_names_a_wrong_text(machine: Machine, text: str, *, from_environment: bool) -> None:
    """The same for what is typed: in a variable, or behind `config set`."""
    if from_environment:
        machine.more |= {variable_of(key): text for key, _ in KEYS}
        assert machine.run("config", "list").code in {0, 3}
        return
    for key, known in KEYS:
        done = machine.run("config", "set", key, text)
        assert done.code in {0, 2, 3}, (key, done)
        assert not (done.code == 0 and _is_number_or_switch(known) and text != "1e999"), (key, done)


def _is_number_or_switch(known: SettingKey) -> bool:
    return known.kind in {"boolean", "whole number", "number"}


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with its words."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*words, name))
    if not getattr(command, "commands", {}):
        yield words, command


LEAVES = list(commands(command_tree()))


@pytest.mark.parametrize(("words", "command"), LEAVES, ids=[" ".join(words) for words, _ in LEAVES])
def test_every_option_says_what_it_takes(machine: Machine, words: tuple[str, ...], command: Any) -> None:
    """A wrong value, none, one too many, a mistyped option, missing and additional words: exit 2, in our words."""
    lines: list[tuple[str, ...]] = [("--bogus",), ("--bogus=1",), ("-§",)]
    for one in command.params:
        for opt in one.opts:
            if one.param_type_name != "option" or "=" in opt or one.hidden:
                continue
            if one.is_flag:
                lines.append((f"{opt}=1",))
            else:
                lines.append((opt,))
                lines += [(opt, text) for text in ("nothing like it", "") if _is_checked(one)]
    many = any(one.nargs == -1 for one in command.params)
    if not many and words != ("help",):
        lines.append(tuple(f"word {i}" for i in range(9)))
    for line in lines:
        done = machine.run(*words, *line)
        assert done.code == 2, (line, done)
        assert f"kaufland {' '.join(words)} --help" in done.err or line == ("--csv=1",)
    assert machine.files() == []


def _is_checked(option: Any) -> bool:
    """Return whether an option takes a number or one of some words, which is seen before the command runs."""
    kind = option.type_descriptor.annotation if hasattr(option, "type_descriptor") else None
    return kind is not None and kind is not str and "str" not in str(kind) and "Path" not in str(kind)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("stauts",), "There is no command stauts. Did you mean status?"),
        (("orders", "lst"), "There is no command orders lst. Did you mean orders list?"),
        (("--profile", "a", "orders", "lst"), "There is no command orders lst. Did you mean orders list?"),
        (("orders", "list", "--stauts", "x"), "There is no option --stauts. Did you mean --status?"),
        (("orders", "list", "--json=3"), "--json takes no value."),
        (("orders", "list", "--since"), "--since needs a value."),
        (("orders", "list", "-n", "all"), "--limit takes a whole number from 0 to 1000000000."),
        (("log", "show", "first"), "ENTRY takes a whole number."),
        (("orders", "show"), "ORDER is missing."),
        (("orders", "erase", "Erika", "Muster"), "Too many words: Muster. Put a value with spaces in quotes."),
        (("status", "--color", "blue"), "--color takes auto, always or never."),
        (("config", "path", "nowhere"), "PLACE takes settings, store, backups or secret."),
    ],
    ids=lambda found: " ".join(found) if isinstance(found, tuple) else "",
)
def test_a_wrong_command_line_says_what_is_right(machine: Machine, words: tuple[str, ...], message: str) -> None:
    """The sentence names the command, option or word, and what is taken in its place."""
    done = machine.run(*words)
    assert (done.code, message in done.err) == (2, True), done


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a =",
        "[a",
        "[a]\n[a]",
        "a = 1\na = 2",
        'a = "x',
        "a = x",
        "a = 1 b",
        'a = "\\q"',
        "a = [1",
        "a = { b = 1",
        "a = { b = 1, b = 2 }",
        "= 1",
        "[]",
        "a = 1979-02-31",
        'a = "\x01"',
        'a = "\\ud800"',
    ],
)
def test_a_file_that_is_not_toml_says_so_in_our_words(machine: Machine, text: str) -> None:
    """Each mistake that the TOML reader knows is named with its line, without the reader's own words."""
    machine.write_config(text)
    done = machine.run("status")
    assert done.code == 3
    assert "is not valid TOML: " in done.err
    assert "value is too large or not valid" not in done.err


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"SQLite format 3\0" + b"x" * 5000])
def test_a_broken_store_says_so_in_our_words(connected: Machine, content: bytes, simulator: Simulator) -> None:
    """A store that SQLite cannot read is named without SQLite's own words."""
    connected.have_imported(simulator)
    connected.store.write_bytes(content)
    for words in (("status",), ("orders", "list"), ("import-orders",), ("doctor",), ("backup",)):
        done = connected.run(*words)
        assert done.code in {8, 9}, (words, done)
        assert library_text(done.out) == ""


def test_the_list_of_phrases_finds_them() -> None:
    """The phrases are looked for in every line, and what people write themselves is left alone."""
    assert library_text("✗ a\n  b: Input should be a valid integer\nc") == "  b: Input should be a valid integer"
    assert library_text("Something unexpected went wrong (KeyError).") == ""
