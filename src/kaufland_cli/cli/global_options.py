"""Global options work anywhere: `kaufland orders list --profile a` is `kaufland --profile a orders list`."""

import copy
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TextIO

import typer

from kaufland_cli.app.context import CallOptions
from kaufland_cli.cli.options import context_of

if TYPE_CHECKING:
    from kaufland_cli.cli.context import CliContext

_OF_THE_CALL = frozenset(field.name for field in fields(CallOptions))
GLOBAL = _OF_THE_CALL | {"color", "no_pager"}
"""The parameters of the program that every command accepts, by the names of their fields in the context."""


def accept_anywhere(program: Any) -> None:
    """Let every command of the tree accept the global options of the program; its own help does not repeat them."""
    options = [one for one in program.params if one.name in GLOBAL or one.name == "version"]
    for command in commands_below(program):
        command.params += [_accepted_by_a_command(option) for option in options]


def take_over(call: typer.Context, name: str, value: Any) -> None:
    """Take over the value of a global option. With `--debug`, every step from here on is shown."""
    context: CliContext = context_of(call)
    if name == "debug" and value and not context.options.debug:
        from kaufland_cli.app.failures import steps_shown

        call.find_root().with_resource(steps_shown(context.streams.stderr))
    if name in _OF_THE_CALL:
        context.options = replace(context.options, **{name: value})
    else:
        setattr(context, name, value)


def writes_to_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether systemd collects this stream in its journal (JOURNAL_STREAM in systemd.exec(5))."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def commands_below(command: Any) -> Iterator[Any]:
    """Yield the commands of a group, and those of the groups in it."""
    for inner in getattr(command, "commands", {}).values():
        yield inner
        yield from commands_below(inner)


def _accepted_by_a_command(option: Any) -> Any:
    own = copy.copy(option)
    own.hidden, own.expose_value = True, False
    if option.name in GLOBAL:
        own.default, own.callback = None, _take_over_if_given
    return own


def _take_over_if_given(call: typer.Context, option: Any, value: object) -> object:
    if value:
        take_over(call, option.name, value)
    return value
