"""`kaufland test-connection`."""

from typing import Any

import typer

from kaufland_cli.app.request_log import log_of_calls
from kaufland_cli.app.secret import find_secret
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.options import AsJson, context_of


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test-connection")(try_connection)


def try_connection(call: typer.Context, as_json: AsJson = False) -> None:
    """Test the connection step by step.

    Says which step fails and what to do: settings, secret key, DNS lookup, connection, clock, credentials, rights on
    orders, storefronts. Nothing is changed.

    Example: kaufland test-connection
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    raise typer.Exit(run_test(context))


def run_test(context: CliContext) -> int:
    """Run the connection test with the settings in force, show it, and return the exit code."""
    from kaufland_cli.app.connection import seller_api
    from kaufland_cli.doctor.connection_test import ConnectionTest
    from kaufland_cli.output.cards.checks import CONNECTION, connection_step
    from kaufland_cli.secrets import SecretKey, SecretKind

    def show(step: Any) -> None:
        context.output.step(connection_step, step.record(context.chosen))

    test = ConnectionTest(context.clock, show)

    partner: SecretKey | None = None

    def fetch() -> tuple[SecretKey, str]:
        nonlocal partner
        found = find_secret(context)
        if context.settings.api.partner_client_key:
            partner = find_secret(context, SecretKind.PARTNER).secret
        return found.secret, found.source

    settings = test.settings(lambda: context.settings)
    secret = test.secret(fetch) if settings is not None else None
    if settings is not None and secret is not None:
        with (
            log_of_calls(context) as log,
            seller_api(settings, secret, partner, clock=context.clock, random=context.random, log=log) as api,
        ):
            test.api(api)
    context.output.show(CONNECTION, test.report.record(context.chosen))
    if test.report.error is None:
        for warning in context.loaded.warnings:
            context.output.warning(warning)
        return 0
    return test.report.error.exit_code
