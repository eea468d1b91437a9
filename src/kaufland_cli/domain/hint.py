"""What to do next, as a value: sentences, and commands of this program in them.

An error, a check or a reason carries a `Hint`; the edge (`cli/`, `output/`, notifications) writes it out, with the
settings of the call in every command. Nothing ever looks for a command inside a sentence.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

_OPTION = re.compile(r"--[a-z][a-z-]*")
_OPTION_WITH_VALUE = re.compile(r"--[a-z][a-z-]*=[a-z]+")
_CHOICE_OF_SETTINGS = ("--config", "--profile")
AS_ROOT = 'sudo "$(command -v kaufland)"'
"""Starts the program as root; the user's shell finds it, since `sudo` searches other folders."""
AS_ROOT_AT_HOME = 'sudo env HOME=$HOME "$(command -v kaufland)"'
"""The same with the user's own settings and store."""
MORE = "…"
"""Stands in a command for more words of the person's own; behind options alone, for the command of this call."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of this program: the words after `kaufland`, one value each, not quoted."""

    arguments: tuple[str, ...]
    user: str = ""
    """Who runs it, if not whoever types it; `sudo` alone does not find a program that pipx or uv installed."""
    all_accounts: bool = False
    """Whether it covers all seller accounts, so that no option that chooses one goes with it."""

    def typed(self, chosen: Sequence[str] = ()) -> str:
        """Return the command as a person would type it in a POSIX shell, quoted.

        `chosen` are the options that choose the settings of this call (`--profile shop`); a command that names other
        settings itself goes without them. A value that starts with a hyphen goes after `--`, and so does every value
        after it, so it is never taken for an option.
        """
        chooses = self.all_accounts or (self.arguments[:1] and self.arguments[0] in _CHOICE_OF_SETTINGS)
        options = () if chooses else tuple(chosen)
        words: list[str] = []
        behind: list[str] = []
        for before, word in zip(("", *self.arguments), self.arguments, strict=False):
            of_an_option = _OPTION.fullmatch(word) or _OPTION.fullmatch(before) or _OPTION_WITH_VALUE.fullmatch(word)
            (behind if not of_an_option and (behind or word.startswith("-")) else words).append(word)
        whole = (*options, *words, *(["--", *behind] if behind else ()))
        return " ".join((self._program, *(word if word == MORE else shlex.quote(word) for word in whole)))

    @property
    def _program(self) -> str:
        if not self.user:
            return "kaufland"
        return AS_ROOT if self.user == "root" else f'sudo -u {shlex.quote(self.user)} "$(command -v kaufland)"'


class ToCopy(str):
    """A text to copy that is no command of this program, such as one of the system's; no screen breaks it."""

    __slots__ = ()


@dataclass(frozen=True, init=False, eq=False)
class Hint:
    """What to do next: text and commands in the order in which they are read, joined without anything in between.

    Hints that read the same are equal.
    """

    parts: tuple[str | Command, ...]

    def __init__(self, *parts: "str | Command | Hint") -> None:
        flat = (inner for part in parts for inner in (part.parts if isinstance(part, Hint) else (part,)))
        object.__setattr__(self, "parts", tuple(part for part in flat if part != ""))

    def typed(self, chosen: Sequence[str] = ()) -> str:
        """Return the text to show, every command in it with the options that choose this call's settings."""
        return "".join(part if isinstance(part, str) else part.typed(chosen) for part in self.parts)

    def __str__(self) -> str:
        return self.typed()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hint) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands in it, in order."""
        return tuple(part for part in self.parts if isinstance(part, Command))

    def as_root(self) -> "Hint":
        """Return the same with commands for root."""
        return self.changed(lambda one: replace(one, user="root"))

    def changed(self, change: Callable[[Command], Command]) -> "Hint":
        """Return the same with every command changed."""
        return Hint(*(change(part) if isinstance(part, Command) else part for part in self.parts))

    def masked(self, mask: Callable[[str], str]) -> "Hint":
        """Return the same with every text and every word of a command passed through `mask`."""
        masked = self.changed(lambda one: replace(one, arguments=tuple(map(mask, one.arguments))))
        return Hint(*(type(part)(mask(part)) if isinstance(part, str) else part for part in masked.parts))

    def record(self) -> list[str | list[str]]:
        """Return it as plain values, to be kept: text as it is, a command as the list of its words."""
        return [list(part.arguments) if isinstance(part, Command) else part for part in self.parts]


NO_HINT = Hint()


def read_hint(record: Iterable[str | Iterable[str]]) -> Hint:
    """Return the hint that `Hint.record` wrote down."""
    return Hint(*(part if isinstance(part, str) else Command(tuple(part)) for part in record))


def command(*arguments: str) -> Hint:
    """Return the hint to type one command of this program."""
    return Hint(Command(arguments))


def and_then(fix: Hint, *arguments: str) -> Hint:
    """Return a hint: what to do first (`fix`, which may lead to a command itself), then this command."""
    return Hint(fix, "; then: " if fix.commands else ", then: ", command(*arguments))
