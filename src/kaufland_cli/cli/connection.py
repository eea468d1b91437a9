"""`kaufland test-connection`."""

import typer

from kaufland_cli.app.connection import run_connection_test
from kaufland_cli.cli.options import AsJson, context_of


def add_to(app: typer.Typer) -> None:
    app.command("test-connection")(try_connection)


def try_connection(call: typer.Context, as_json: AsJson = False) -> None:
    """Test the connection step by step.

    Says which step fails and what to do: settings, secret key, DNS lookup, connection, clock, credentials, rights on
    orders, storefronts. Nothing is changed.

    Example: kaufland test-connection
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    raise typer.Exit(run_connection_test(context))
