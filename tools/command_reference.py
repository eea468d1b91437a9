"""Every command with its summary, text, examples and options, read from the program's command tree.

generate_docs.py makes the page `docs/commands.md` from it, and man_pages.py the man pages.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kaufland_cli.cli.app import command_tree

Kind = Literal["text", "example"]


@dataclass(frozen=True, slots=True)
class Command:
    """One command or group of commands; `words` are what is typed, starting with `kaufland`."""

    words: tuple[str, ...]
    summary: str
    body: Sequence[tuple[Kind, str]]
    usage: str
    arguments: Sequence[tuple[str, str]]
    options: Sequence[tuple[str, str]]
    is_group: bool

    @property
    def name(self) -> str:
        """The command as typed."""
        return " ".join(self.words)


def commands() -> Iterator[Command]:
    """Yield the program itself, then each group and its commands, in the order of `kaufland --help`."""
    yield from _walk(command_tree(), ("kaufland",))


def _walk(command: Any, words: tuple[str, ...]) -> Iterator[Command]:
    inner = getattr(command, "commands", {})
    yield _described(command, words, is_group=bool(inner))
    for name, one in inner.items():
        yield from _walk(one, (*words, name))


def _described(command: Any, words: tuple[str, ...], *, is_group: bool) -> Command:
    context = type(command).context_class(command, info_name=" ".join(words))
    summary, *rest = [" ".join(text.split()) for text in (command.help or "").split("\n\n")]
    given = [one for one in command.get_params(context) if one.get_help_record(context)]
    arguments = [one for one in given if one.param_type_name == "argument"]
    options = [one.get_help_record(context) for one in given if one.param_type_name == "option" and one.name != "help"]
    follows = ["COMMAND"] if is_group else [_in_usage(one) for one in arguments]
    return Command(
        words,
        summary,
        _kinds(rest),
        " ".join([*words, "[OPTIONS]", *follows]),
        [(_argument_name(one), one.get_help_record(context)[1].replace("  [required]", "")) for one in arguments],
        options,
        is_group,
    )


def _argument_name(argument: Any) -> str:
    return re.sub(r"[^A-Z]", "", str(argument.metavar or argument.name).upper())


def _in_usage(argument: Any) -> str:
    name = _argument_name(argument) + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _kinds(paragraphs: Sequence[str]) -> list[tuple[Kind, str]]:
    """Tell prose from examples: after the first example, a paragraph that is a command is an example too."""
    found: list[tuple[Kind, str]] = []
    for text in paragraphs:
        command = text.removeprefix("Example: ")
        follows = any(kind == "example" for kind, _ in found) and re.match(r"(sudo )?kaufland ", command)
        is_example = command != text or follows
        found.append(("example", command) if is_example else ("text", text))
    return found
