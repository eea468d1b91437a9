"""Groups of commands, such as `kaufland orders`: alone, they show what is in them."""

import typer

from kaufland_cli.cli.options import context_of


def group(text: str) -> typer.Typer:
    """Return a group of commands with its help."""
    return typer.Typer(help=text, callback=_show_help, invoke_without_command=True)


def _show_help(call: typer.Context) -> None:
    if call.invoked_subcommand is None:
        typer.echo(call.get_help(), file=context_of(call).stdout)
