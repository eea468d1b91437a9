"""`kaufland status`."""

from pathlib import Path
from typing import Annotated

import typer

from kaufland_cli.app.context import show_settings_warnings
from kaufland_cli.app.first_steps import next_import
from kaufland_cli.app.status import advice, is_fresh, status_of
from kaufland_cli.app.stores import note_damage
from kaufland_cli.app.typed_times import age
from kaufland_cli.cli.options import AsJson, context_of
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import ExitCode


def add_to(app: typer.Typer) -> None:
    app.command("status")(status)


def status(
    call: typer.Context,
    max_age: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Exit with 8 unless an import was complete within this age, for example 45m."),
    ] = None,
    prometheus: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it to this file too (NAME.prom), for Prometheus' textfile collector."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the last import and what comes next.

    What is stored, what is due next, the log, and the other environments.

    Example: kaufland status --max-age 45m
    """
    from kaufland_cli.output.cards.status_card import STATUS

    context = context_of(call)
    context.choose_format(as_json=as_json)
    limit = age(max_age, "--max-age") if max_age is not None else None
    show_settings_warnings(context)
    if prometheus is not None:  # first, so that it is written even if the store cannot be read
        from kaufland_cli.app.metrics_file import write_prometheus_file

        write_prometheus_file(context, prometheus)
    found = status_of(context)
    note_damage(context)
    context.output.show(STATUS, found)
    if not as_json:
        said = advice(context, found)
        for warning in said.warnings:
            context.output.warning(warning)
        if said.next_command and context.streams.stderr.isatty():
            context.output.note(Hint("Next: ", said.next_command))
    if limit is not None and not is_fresh(found, context.clock.now(), limit):
        if not context.as_json:
            context.output.warning(Hint(f"No import was complete within {max_age}. Try: ", next_import(context)))
        raise typer.Exit(ExitCode.UNHEALTHY)
