"""`kaufland monitoring`: tries the ways in which somebody hears of imports."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kaufland_cli.app.context import Context
from kaufland_cli.cli.groups import group
from kaufland_cli.cli.options import AsJson, context_of
from kaufland_cli.errors import ExitCode, KauflandError, SettingsError

if TYPE_CHECKING:
    from kaufland_cli.settings import LoadedSettings

app = group("Who hears of imports that fail, and whether they really do.")


@app.command("test")
def try_them(call: typer.Context, as_json: AsJson = False) -> None:
    """Send a trial e-mail, ping and event, and write the Prometheus file: each that the settings name.

    Which ones they name: kaufland config list

    Example: kaufland monitoring test
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    context.show_warnings()
    checks, codes = [], [int(ExitCode.DONE)]
    for what, place, work in _ways(context, context.loaded):
        check: dict[str, Any] = {"what": what, "state": "passed", "message": place, "hint": ""}
        try:
            work()
        except KauflandError as error:
            check |= {"state": "failed", "message": error.message, "hint": context.retyped(error.hint)}
            codes.append(int(error.exit_code))
        checks.append(check)
    if not checks:
        raise SettingsError(
            "Nobody is to be told: the settings name no e-mail address, ping URL, event log or Prometheus file.",
            hint="kaufland config set monitoring.smtp_host HOST, then: kaufland config set monitoring.mail_to ADDRESS",
        )
    context.output.checks(checks, schema="kaufland.monitoring_test/1")
    raise typer.Exit(max(codes))


def _ways(context: Context, loaded: "LoadedSettings") -> Iterator[tuple[str, str, Callable[[], None]]]:
    """Yield each way that the settings name: what it is, what is true when it works, and the trial."""
    wanted = loaded.settings.monitoring
    if wanted.recipients:
        yield "e-mail", f"handed over for {wanted.mail_to}; look whether it arrives", lambda: _mail(context, loaded)
    if wanted.ping_url:
        yield "ping", "the watcher took a start and a success", lambda: _ping(context)
    if wanted.windows_event_log:
        yield "event log", "an event of the source kaufland is in the application log", _event
    if loaded.prometheus_file is not None:
        yield "prometheus", f"{loaded.prometheus_file} is written", lambda: _file(context, loaded.prometheus_file)


def _mail(context: Context, loaded: "LoadedSettings") -> None:
    from kaufland_cli.app.watching import about, mail_with
    from kaufland_cli.monitoring.memory import Notification

    place = about(context, loaded).place
    text = f"This is a trial ({place}). E-mails like this one tell when scheduled imports fail or work again."
    mail_with(context, loaded, Notification(f"kaufland: trial ({place})", text), context.clock.now())


def _ping(context: Context) -> None:
    from kaufland_cli.app.watching import ping_with

    for sign in ("start", ""):
        ping_with(context, context.settings, sign, "trial\n")


def _event() -> None:
    from kaufland_cli.monitoring.windows_event_log import write_event

    write_event("This is a trial. Events like this one tell when scheduled imports fail or work again.", good=True)


def _file(context: Context, path: Path | None) -> None:
    from kaufland_cli.app.metrics import write_metrics

    if path is not None:
        write_metrics(context, path)
