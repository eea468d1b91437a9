"""Says in our words what is wrong with a command line: those of the libraries change with their versions.

What an option takes is read from its type; an exception only says which option and of which kind the error is.
"""

import re
import typing
from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from kaufland_cli.domain.hint import command
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.domain.text import one_of
from kaufland_cli.errors import WrongUsage

_WORDS_TOO_MANY = re.compile(r"\s\((.*)\)\W*$")


def in_our_words(error: Exception, program: Any, arguments: Sequence[str]) -> WrongUsage:
    """Return the error to show for an exception of typer's; `program` is the command tree."""
    names, found, rest = _command(program, arguments)
    return WrongUsage(_message(error, program, names, found, rest), hint=command(*names, "--help"))


def _message(error: Any, program: Any, names: list[str], found: Any, rest: Sequence[str]) -> str:
    match type(error).__name__:
        case "NoSuchOption":
            known = [opt for one in found.params for opt in one.opts]
            return f"There is no option {error.option_name}.{_meant(error.option_name, known)}"
        case "BadOptionUsage":
            option = next((one for one in found.params if error.option_name in one.opts), None)
            takes = "takes no value" if option is not None and option.is_flag else "needs a value"
            return f"{error.option_name} {takes}."
        case "MissingParameter":
            return f"{_label(error.param)} is missing."
        case "BadParameter" if error.param is not None:
            return f"{_label(error.param)} takes {_taken(error.param.name, found, program)}."
    if inner := getattr(found, "commands", {}):
        asked = " ".join((*names, *rest[:1]))
        return f"There is no command {asked}.{_meant(rest[0], inner, names)}" if rest else f"{asked} needs a command."
    extra = _WORDS_TOO_MANY.search(str(error))
    return f"Too many words: {extra[1] if extra else ' '.join(rest)}. Put a value with spaces in quotes."


def _meant(word: str, known: Iterable[str], names: Sequence[str] = ()) -> str:
    by_name = {one.lstrip("-"): one for one in known}  # hyphens would make any two options similar
    near = nearest(word.lstrip("-"), by_name)
    return did_you_mean(" ".join((*names, by_name[near])) if near else "")


def _command(program: Any, arguments: Sequence[str]) -> tuple[list[str], Any, list[str]]:
    """Return the command that the words name, by name and itself, and the words after it that are no options."""
    with_value = {opt for one in program.params if not one.is_flag for opt in one.opts}
    names: list[str] = []
    found, rest = program, list[str]()
    words = iter(arguments)
    for word in words:
        if word.startswith("-"):
            if word in with_value:
                next(words, None)
        elif not rest and word in getattr(found, "commands", {}):
            names.append(word)
            found = found.commands[word]
        else:
            rest.append(word)
    return names, found, rest


def _label(param: Any) -> str:
    """Return an option's long form, or the placeholder of an argument."""
    if param.param_type_name == "option":
        return str(max(param.opts, key=len))
    return str(param.metavar or param.name.upper())


def _taken(name: str, found: Any, program: Any) -> str:
    """Return what an option or argument takes, by the type that it has in our code."""
    for one in (found, program):  # a command accepts the options of the program too
        hints = typing.get_type_hints(one.callback, include_extras=True) if one.callback else {}
        if name in hints:
            return _in_words(hints[name])
    return "another value"


def _in_words(annotation: Any, low: int | None = None, high: int | None = None) -> str:
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        kind, own = arguments[0], arguments[1]
        return _in_words(kind, getattr(own, "min", None), getattr(own, "max", None))
    if typing.get_origin(annotation) is typing.Literal:
        return one_of(map(str, arguments))
    if arguments:  # `… | None`, or a list
        return _in_words(arguments[0], low, high)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return one_of(str(one.value) for one in annotation)
    if annotation is int:
        low_only = "" if low is None else f" of {low} or more"
        return "a whole number" + (f" from {low} to {high}" if None not in {low, high} else low_only)
    return {float: "a number", Path: "a path"}.get(annotation, "another value")
