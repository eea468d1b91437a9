"""`kaufland doctor`."""

import getpass
import platform
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaufland_cli.app.examination import Examination
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.options import AsJson, context_of
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ExitCode, KauflandError, ProgramFault, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.doctor.check import Check

_PEOPLE = ("HOME", "USERPROFILE", "USER", "USERNAME", "LOGNAME")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    call: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="With --report, the file to write.", show_default=False),
    ] = None,
    report: Annotated[
        bool,
        typer.Option("--report", help="Write a report for whoever helps you, without secrets and personal data."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check everything and suggest a fix for each problem.

    Settings, secret key (also as a job finds it), clock, connection, store and its disk, schedule, last imports,
    versions. Every check runs, whatever the others find. Exit code 8 if one failed.

    Example: kaufland doctor

    To send to whoever helps: kaufland doctor --report
    """
    from kaufland_cli.doctor.check import examined, worst
    from kaufland_cli.output.cards.checks import DOCTOR, doctor_check

    context = context_of(call)
    context.choose_format(as_json=as_json)
    if file is not None and not report:
        raise WrongUsage("A file can only be given with --report.", hint=command("doctor", "--report", str(file)))
    examination = Examination(context)
    checks: list[Check] = []
    for check in examined(examination.tasks()):
        checks.append(check)
        context.output.step(doctor_check, check.record(context.chosen))
    context.damage = None  # one of the checks says so, with the exit code of them all
    written = _write(context, examination, checks, file) if report else None
    record = {
        "state": worst(checks),
        "checks": [check.record(context.chosen) for check in checks],
        "report": None if written is None else str(written),
    }
    context.output.show(DOCTOR, record)
    if record["state"] == "failed":
        raise typer.Exit(ExitCode.UNHEALTHY)


def _write(context: CliContext, examination: Examination, checks: "list[Check]", file: Path | None) -> Path:
    """Write the report, never over another file, and return its path."""
    from kaufland_cli.doctor.report import ReportParts, report
    from kaufland_cli.files import write_new_private_file
    from kaufland_cli.settings.locations import absolute

    now = context.clock.now()
    path = absolute(file or Path(f"kaufland-report-{now:%Y-%m-%d-%H%M%S}.json"), context.environ)
    store = examination.store_file
    parts = ReportParts(
        at=now,
        checks=checks,
        loaded=examination.loaded,
        store=store if store is not None and store.exists() else None,
        schedule=examination.schedule,
        words=_private_words(context, examination),
    )
    try:
        written = write_new_private_file(path, report(parts))
    except OSError as error:
        raise ProgramFault(
            f"The report could not be written to {path}: {error.strerror or error}.",
            hint=Hint("Choose a file in a folder that you may write to: ", command("doctor", "--report", "FILE")),
        ) from error
    if not written:
        raise WrongUsage(
            f"The file {path} already exists.", hint=Hint("Use another name: ", command("doctor", "--report", "FILE"))
        )
    return path


def _private_words(context: CliContext, examination: Examination) -> list[str]:
    """Return what must not stand in the report whatever happens: secrets, accounts, people, places here."""
    from kaufland_cli.doctor.masking import private_words
    from kaufland_cli.secrets import SecretKind

    words = [context.environ.get(name, "") for name in _PEOPLE]
    words += [context.environ.get(kind.variable, "") for kind in SecretKind]
    words.append(platform.node())
    with suppress(OSError, KeyError, ImportError):
        words.append(getpass.getuser())
    with suppress(KauflandError):
        places = examination.places
        words += [str(path) for path in (places.config_file, places.config_file.parent, places.data_folder)]
    if examination.loaded is not None:
        words += [str(examination.loaded.store_file), *private_words(examination.loaded)]
    return words
