"""The tree of commands, and the options of the program, which work anywhere.

`kaufland orders list --profile a` is `kaufland --profile a orders list`.
"""

import copy
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TextIO

import typer

from kaufland_cli import __version__
from kaufland_cli.app.context import CallOptions
from kaufland_cli.cli import completion
from kaufland_cli.cli.help import Program
from kaufland_cli.cli.list_options import accept_for_lists
from kaufland_cli.cli.options import context_of
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import WrongUsage
from kaufland_cli.output.stream import ColorChoice

if TYPE_CHECKING:
    from kaufland_cli.cli.context import CliContext

_program = typer.Typer(
    name="kaufland",
    cls=Program,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes cut the names of options at 80 columns
    context_settings={"help_option_names": ["-h", "--help"]},
)


REPORT_ON_IMPORTS = frozenset({"demo", "doctor", "import-orders", "monitoring", "schedule", "setup", "status"})
"""Commands that need no warning about old or failing imports, because they report on imports anyway."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kaufland {__version__}")
        raise typer.Exit


@_program.callback(invoke_without_command=True)
def kaufland(
    call: typer.Context,
    config_file: Annotated[
        Path | None, typer.Option("--config", metavar="PATH", help="Another settings file.", show_default=False)
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Another seller account, with its own settings, store and secret.",
            autocompletion=completion.profiles,
        ),
    ] = None,
    color: Annotated[ColorChoice, typer.Option(help="When to use colours.")] = "auto",
    no_pager: Annotated[bool, typer.Option("--no-pager", help="Do not page long lists on a terminal.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show only results, warnings and errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show summaries in a pipe and in jobs too.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show each step, and where an error comes from.")] = False,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Import your orders from Kaufland Global Marketplace, and know that none is missing.

    Start with kaufland demo (no account needed) or kaufland setup

    Every day: kaufland import-orders, kaufland orders list, kaufland status

    Example: kaufland orders list --status need_to_be_sent --since 7d
    """
    context = context_of(call)
    in_journal = writes_to_journal(context.streams.stdout, context.environ)
    context.options = CallOptions(config_file, profile, quiet=quiet, verbose=verbose or in_journal)
    context.color, context.no_pager = color, no_pager
    _refuse_quiet_and_verbose(call)
    take_over(call, "debug", debug)
    context.state.may_be_new = call.invoked_subcommand in {"setup", "demo"}
    context.state.warns_of_imports = call.invoked_subcommand not in REPORT_ON_IMPORTS
    if call.invoked_subcommand is None:
        typer.echo(call.get_help(), file=context.streams.stdout)


_MODULES: Final = {
    "setup": "setup",
    "test-connection": "connection",
    "import-orders": "import_orders",
    "reconcile": "reconcile",
    "status": "status",
    "backup": "backup",
    "restore": "backup",
    "doctor": "doctor",
    "orders": "orders",
    "sales-orders": "sales_orders",
    "invoices": "invoices",
    "actions": "actions",
    "profiles": "profiles",
    "log": "log",
    "schedule": "schedule",
    "config": "config",
    "secret": "secret",
    "monitoring": "monitoring",
    "demo": "demo",
    "help": "help",
}
"""The module of each command. Only that of the command that runs is loaded: all of them take longer than most run."""


@cache
def command_tree(first: str = "") -> Any:
    """Return the program with all its commands; with the name of one, only with its module's, if it needs no others.

    Built once, since commands keep no state.
    """
    program = copy.deepcopy(_program)
    alone = first in _MODULES and first != "help"
    for module in dict.fromkeys([_MODULES[first]] if alone else _MODULES.values()):
        import_module(f"kaufland_cli.cli.{module}").add_to(program)
    tree = typer.main.get_command(program)
    accept_for_lists(tree)
    accept_anywhere(tree)
    return tree


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
        _refuse_quiet_and_verbose(call)
        take_over(call, option.name, value)
    return value


def _refuse_quiet_and_verbose(call: typer.Context) -> None:
    """Raise `WrongUsage` if both were typed, wherever they stand."""
    for name in ("quiet", "verbose"):
        sources = [place.get_parameter_source(name) for place in (call.find_root(), call)]
        if not any(source is not None and source.name == "COMMANDLINE" for source in sources):
            return
    raise WrongUsage("--quiet and --verbose exclude each other.", hint=Hint("Choose one of them."))
