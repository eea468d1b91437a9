"""`kaufland status`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kaufland_cli.app.status import is_fresh, status_record, was_stopped
from kaufland_cli.app.stores import note_damage
from kaufland_cli.app.typed_times import age
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.options import AsJson, context_of
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.errors import ExitCode, WrongUsage


def add_to(app: typer.Typer) -> None:
    """Add the command."""
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
    context.show_warnings()
    if prometheus is not None:  # first, so that it tells of a store that cannot be read too
        from kaufland_cli.app.notify import sources_of
        from kaufland_cli.app.watching import remembered
        from kaufland_cli.monitoring.channels.prometheus import write_metrics

        if prometheus.suffix != ".prom":
            raise WrongUsage(
                f"The textfile collector reads files whose names end in .prom, not {prometheus.name!r}.",
                hint=Hint("Example: --prometheus kaufland.prom"),
            )
        write_metrics(sources_of(context, context.loaded), prometheus, remembered(context))
    record = status_record(context)
    note_damage(context)
    context.output.show(STATUS, record)
    if record["times_ahead"] and not context.as_json:
        context.output.warning(
            f"Times in the store lie in the future ({', '.join(record['times_ahead'])}): a clock was wrong, or this "
            f"computer's is wrong now. The next import corrects them: {context.typed(command('import-orders'))}"
        )
    if not context.as_json and record["running"] is None and was_stopped(context):
        context.output.warning(
            f"The last import was stopped early. The next one continues: {context.typed(command('import-orders'))}"
        )
    elif context.stderr.isatty() and not context.as_json and (step := _next_command(context, record)):
        context.output.note(f"Next: {context.typed(step)}")
    if limit is not None and not is_fresh(record, context.clock.now(), limit):
        if not context.as_json:
            context.output.warning(
                f"No import was complete within {max_age}. Try: {context.typed(context.next_import)}"
            )
        raise typer.Exit(ExitCode.UNHEALTHY)


def _next_command(context: CliContext, record: dict[str, Any]) -> Hint:
    """Return what a person may want to type now; empty where all is well."""
    if context.damage is not None:
        return NO_HINT  # the error says it
    if record["last_order_sync"] is None:
        return context.next_import
    failing = record["last_order_sync_status"] == "red" or record["health"] in {"old", "failing"}
    return command("doctor") if failing else NO_HINT
