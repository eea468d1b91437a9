"""`kaufland monitoring test`."""

import typer

from kaufland_cli.app.context import show_settings_warnings
from kaufland_cli.cli.options import AsJson, context_of, group
from kaufland_cli.output.cards.checks import MONITORING_TEST

_group = group("Notify somebody when imports fail.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="monitoring")


@_group.command("test")
def try_channels_out(call: typer.Context, as_json: AsJson = False) -> None:
    """Send a test message on every channel that is set up.

    E-mail, ping, event log and Prometheus file. What is set up: kaufland config list

    Example: kaufland monitoring test
    """
    from kaufland_cli.app.notify import try_channels

    context = context_of(call)
    context.choose_format(as_json=as_json)
    show_settings_warnings(context)
    found = try_channels(context)
    context.output.show(MONITORING_TEST, found)
    raise typer.Exit(found.exit_code)
