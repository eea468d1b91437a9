"""Groups of commands, such as `kaufland orders`: alone, they show what is in them."""

import typer

from kaufland_cli.cli.session import session_of


def group(text: str) -> typer.Typer:
    """Return a group of commands with its help."""
    return typer.Typer(help=text, callback=_show_help, invoke_without_command=True)


def _show_help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), file=session_of(context).stdout)
