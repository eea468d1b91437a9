"""`kaufland monitoring`: tries the ways in which somebody hears of imports."""

from typing import Any

import typer

from kaufland_cli.cli.options import AsJson, context_of, group
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ExitCode, KauflandError, SettingsError
from kaufland_cli.output.cards.checks import MONITORING_TEST

app = group("Notify somebody when imports fail.")


@app.command("test")
def try_them(call: typer.Context, as_json: AsJson = False) -> None:
    """Send a test message on every channel that is set up.

    E-mail, ping, event log and Prometheus file. What is set up: kaufland config list

    Example: kaufland monitoring test
    """
    from kaufland_cli.app.notify import sources_of
    from kaufland_cli.monitoring.channels import open_channels

    context = context_of(call)
    context.choose_format(as_json=as_json)
    context.show_warnings()
    checks, codes = [], [int(ExitCode.DONE)]
    for channel in open_channels(sources_of(context, context.loaded)):
        check: dict[str, Any] = {"what": channel.name, "state": "passed", "message": channel.trial, "hint": ""}
        try:
            channel.send_trial()
        except KauflandError as error:
            check |= {"state": "failed", "message": error.message, "hint": context.typed(error.hint)}
            codes.append(int(error.exit_code))
        checks.append(check)
    if not checks:
        raise SettingsError(
            "Nobody is notified: no e-mail address, ping URL, event log or Prometheus file is set up.",
            hint=Hint(
                command("config", "set", "monitoring.smtp_host", "HOST"),
                ", then: ",
                command("config", "set", "monitoring.mail_to", "ADDRESS"),
            ),
        )
    context.output.show(MONITORING_TEST, {"checks": checks})
    raise typer.Exit(max(codes))
