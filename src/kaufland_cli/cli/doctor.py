"""`kaufland doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from kaufland_cli.app.doctor import Doctor
from kaufland_cli.app.results import DoctorReport
from kaufland_cli.cli.options import AsJson, context_of
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import ExitCode, WrongUsage


def add_to(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(
    call: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="With --report, the file to write.", show_default=False),
    ] = None,
    report: Annotated[
        bool,
        typer.Option("--report", help="Write a report for whoever helps you, without secrets and personal data."),
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Check all of a large store now, which takes a while.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check everything; suggest a fix for each problem.

    Settings, secret key (for jobs too), clock, connection, store and its disk, schedule, last imports,
    versions. Every check runs, even if others fail. Exit code 8 if one failed. Imports check a large store in
    parts; what they found counts for a week, and --full checks it now.

    Example: kaufland doctor

    To send to whoever helps: kaufland doctor --report
    """
    from kaufland_cli.output.cards.checks import DOCTOR, doctor_check

    context = context_of(call)
    context.choose_format(as_json=as_json)
    if file is not None and not report:
        raise WrongUsage("A file can only be given with --report.", hint=command("doctor", "--report", str(file)))
    run = Doctor(context, full=full)
    checks = []
    for check in run.checks():
        checks.append(check)
        context.output.step(doctor_check, check)
    written = run.write_report(file) if report else None
    context.output.show(DOCTOR, DoctorReport(run.state, checks, written))
    if run.state == "failed":
        raise typer.Exit(ExitCode.UNHEALTHY)
