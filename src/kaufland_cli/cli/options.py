"""What several commands share: options, and groups such as `kaufland orders`, which show their help."""

from typing import Annotated, cast

import typer

from kaufland_cli.cli import completion
from kaufland_cli.cli.context import CliContext

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
AsJsonLines = Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="CSV with all fields, safe to open in a spreadsheet.")]
OrderId = Annotated[
    str,
    typer.Argument(
        metavar="ORDER",
        help="The order id, for example M845EA5.",
        autocompletion=completion.orders,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
AcceptClientKey = Annotated[
    bool,
    typer.Option(
        "--accept-client-key",
        help="The client key has changed but it is the same seller account: go on with the orders stored so far.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", "-n", min=0, max=10**9, metavar="N", help="Show at most N (0 = all). On a terminal: 50 by default."
    ),
]


def context_of(call: typer.Context) -> CliContext:
    """Return the context that the program was called with, which knows this command from here on."""
    context = cast("CliContext", call.obj)
    context.call = call
    return context


def group(text: str) -> typer.Typer:
    """Return a group of commands; typed alone, it shows its help."""
    return typer.Typer(help=text, callback=_show_help, invoke_without_command=True)


def _show_help(call: typer.Context) -> None:
    if call.invoked_subcommand is None:
        typer.echo(call.get_help(), file=context_of(call).streams.stdout)
