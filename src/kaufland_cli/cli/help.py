"""The help of the whole program in one screen, and `kaufland help`."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from kaufland_cli.cli import completion
from kaufland_cli.cli.options import context_of
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.cli.context import CliContext

GROUPS = {
    "Daily": ("import-orders", "status", "orders"),
    "Setting up": ("demo", "setup", "test-connection", "config", "secret", "profiles", "schedule", "monitoring"),
    "To Kaufland": ("invoices", "actions"),
    "Sales orders": ("sales-orders",),
    "Upkeep": ("doctor", "reconcile", "log", "backup", "restore"),
    "Help": ("help",),
}
"""Every command, as the help of the program groups them."""

_ALONE = frozenset({"install_completion", "show_completion"})
"""The options of the program that no command accepts."""
_GROUP_WIDTH = max(map(len, GROUPS)) + 2
_NAME_WIDTH = max(len(name) for names in GROUPS.values() for name in names) + 2


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("help")(show_help)


class Program(TyperGroup):
    """The whole program; its help fits on a terminal of 80 columns and 24 lines."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature of typer
        """Write every command with its summary, by group, and the global options in short."""
        formatter.write("Usage: kaufland COMMAND [OPTIONS]. Start with kaufland demo or kaufland setup.\n")
        listed = {name for names in GROUPS.values() for name in names}
        groups = {**GROUPS, "Other": tuple(name for name in self.commands if name not in listed)}
        for group, names in groups.items():
            for position, name in enumerate(names):
                head = ("" if position else group).ljust(_GROUP_WIDTH) + name.ljust(_NAME_WIDTH)
                text = (self.commands[name].help or "").split("\n\n", 1)[0]
                lines = textwrap.wrap(text, formatter.width + 2, initial_indent=head, subsequent_indent=" " * len(head))
                formatter.write("\n".join(lines) + "\n")
        formatter.write(
            "Options: --profile NAME, --config PATH, --color WHEN, --no-pager, -q, -v, -V\n"
            "They work anywhere; see kaufland help options. Completion: --install-completion\n"
        )


def show_help(
    call: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND",
            help="For example orders list; dates, exit-codes, options.",
            autocompletion=completion.help_words,
        ),
    ] = None,
) -> None:
    """Explain a command, dates, exit codes or options.

    kaufland help dates shows what options such as --since take; kaufland help exit-codes lists what the program ends
    with; kaufland help options the options of every command.

    Example: kaufland help orders list
    """
    context = context_of(call)
    match words or []:
        case ["dates"]:
            from kaufland_cli.app.typed_times import FORMS

            typer.echo(
                _described(call, "Dates and times, in the time zone of ui.timezone", FORMS), file=context.streams.stdout
            )
        case ["exit-codes"]:
            rows = [(str(int(code)), f"{code.meaning}.") for code in ExitCode]
            typer.echo(_described(call, "Exit codes", rows), file=context.streams.stdout)
        case ["options"]:
            _show_options(call, context)
        case names:
            typer.echo(_found(call.find_root(), names).get_help(), file=context.streams.stdout)


def _show_options(call: typer.Context, context: "CliContext") -> None:
    root: Any = call.find_root()
    anywhere, alone = list[tuple[str, str]](), list[tuple[str, str]]()
    for one in root.command.get_params(root):
        if (record := one.get_help_record(root)) is not None:
            (alone if one.name in _ALONE else anywhere).append(record)
    parts = (("Options, anywhere in a command", anywhere), ("Options without a command", alone))
    typer.echo("\n\n".join(_described(call, title, rows) for title, rows in parts), file=context.streams.stdout)


def _described(call: Any, title: str, rows: Sequence[tuple[str, str]]) -> str:
    formatter = call.make_formatter()
    with formatter.section(title):
        formatter.write_dl(rows)
    return str(formatter.getvalue()).strip("\n")


def _found(context: Any, names: list[str]) -> Any:
    """Return the context of a command, to ask for its help. Raises `WrongUsage`, naming the nearest command."""
    for name in names:
        inner = getattr(context.command, "commands", {})
        if name not in inner:
            before = names[: names.index(name)]
            near = nearest(name, [*inner, *(() if before else completion.HELP_TOPICS)])
            raise WrongUsage(
                f"There is no command {' '.join(names)!r}.{did_you_mean(near)}",
                hint=command("help", *before, near) if near else command(*before, "--help"),
            )
        context = type(context)(inner[name], info_name=name, parent=context)
    return context
