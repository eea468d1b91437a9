"""`kaufland test-connection`."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from kaufland_cli.cli.options import AsJson
from kaufland_cli.cli.session import Session, session_of
from kaufland_cli.errors import StoreUnusable

if TYPE_CHECKING:
    from kaufland_cli.store.request_log import RequestLogWriter


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test-connection")(try_connection)


def try_connection(context: typer.Context, as_json: AsJson = False) -> None:
    """Test the connection step by step.

    Says which step fails and what to do: settings, secret key, name, connection, clock, credentials, rights on orders,
    storefronts. Nothing is changed.

    Example: kaufland test-connection
    """
    session = session_of(context)
    session.choose_format(as_json=as_json)
    raise typer.Exit(run_test(session))


def run_test(session: Session) -> int:
    """Run the connection test with the settings in force, show it, and return the exit code."""
    from kaufland_cli.connection import ConnectionTest, seller_api
    from kaufland_cli.secret_key import SecretKey, Whose, length_warning

    test = ConnectionTest(session.clock, lambda step: session.output.connection_step(_shown(session, asdict(step))))

    partner: SecretKey | None = None

    def fetch() -> tuple[SecretKey, str]:
        nonlocal partner
        found = session.secret()
        if session.settings.api.partner_client_key:
            partner = session.secret(Whose.PARTNER).secret
        return found.secret, found.source

    settings = test.settings(lambda: session.settings)
    secret = test.secret(fetch) if settings is not None else None
    if settings is not None and secret is not None:
        with (
            _log(session) as log,
            seller_api(settings, secret, partner, clock=session.clock, random=session.random, log=log) as api,
        ):
            test.api(api)
    record = test.report.record()
    session.output.connection_end({**record, "steps": [_shown(session, step) for step in record["steps"]]})
    if test.report.error is None:
        for warning in (*session.loaded.warnings, length_warning(secret) if secret else None):
            if warning:
                session.output.warning(warning)
        return 0
    return test.report.error.exit_code


def _shown(session: Session, step: dict[str, Any]) -> dict[str, Any]:
    return {**step, "hint": session.retyped(step["hint"])}


@contextmanager
def _log(session: Session) -> Iterator["RequestLogWriter | None"]:
    """Log where there is a store already: a test leaves no store behind, and does not depend on one."""
    with ExitStack() as stack:
        try:
            log = session.log_writer(stack.enter_context(session.store()))
        except StoreUnusable as error:
            session.output.warning(error.message)
            log = None
        yield log
