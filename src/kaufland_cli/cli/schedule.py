"""`kaufland schedule install / status / show / remove`."""

from enum import StrEnum
from typing import Annotated

import typer

from kaufland_cli.cli.options import AsJson, context_of, group
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import ExitCode, ScheduleUnusable

_group = group("Let this system's scheduler import the orders.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="schedule")


class With(StrEnum):
    """The schedulers that can be named."""

    SYSTEMD = "systemd"
    CRON = "cron"
    LAUNCHD = "launchd"
    WINDOWS = "windows"


RunAs = Annotated[
    str | None,
    typer.Option("--run-as", metavar="USER", help="With --system: run imports as this user.", show_default=False),
]
RunsAs = Annotated[
    str | None,
    typer.Option("--run-as", metavar="USER", help="As root: run imports as this user.", show_default=False),
]


@_group.command("install")
def install(
    call: typer.Context,
    scheduler: Annotated[With | None, typer.Option("--with", help="Use this scheduler.", show_default=False)] = None,
    system: Annotated[
        bool, typer.Option("--system", help="For the whole machine, as root: runs without a login.")
    ] = False,
    run_as: RunAs = None,
    all_profiles: Annotated[
        bool, typer.Option("--all-profiles", help="One entry that imports the orders of all profiles.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be installed; change nothing.")] = False,
    no_test_run: Annotated[
        bool, typer.Option("--no-test-run", help="Skip the test run, for instance when building an image.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Install the import and verify it with a test run.

    Run it again at any time for another interval or scheduler: there is one entry per profile, and an earlier one is
    replaced. Other programs' entries are never touched.

    Example: kaufland schedule install

    sudo "$(command -v kaufland)" schedule install --system --run-as shop
    """
    from kaufland_cli.app import schedule_install

    context = context_of(call)
    context.choose_format(as_json=as_json)
    name = None if scheduler is None else scheduler.value
    options = schedule_install.InstallOptions(name, system, run_as, all_profiles, dry_run, verify=not no_test_run)
    raise typer.Exit(schedule_install.install(context, options))


@_group.command("status")
def status(call: typer.Context, run_as: RunsAs = None, as_json: AsJson = False) -> None:
    """Show what is installed and whether it is up to date.

    Exit code 8 if it is not what the settings say.

    Example: kaufland schedule status
    """
    from kaufland_cli.app.schedule_state import schedule_report
    from kaufland_cli.output.cards.status_card import SCHEDULE

    context = context_of(call)
    context.choose_format(as_json=as_json)
    found = schedule_report(context, run_as)
    context.output.show(SCHEDULE, found)
    if not found.summary.in_sync:
        raise typer.Exit(ExitCode.UNHEALTHY)


@_group.command("show")
def show(call: typer.Context, run_as: RunsAs = None, as_json: AsJson = False) -> None:
    """Print the entries in the scheduler.

    Example: kaufland schedule show
    """
    from kaufland_cli.app.schedule_job import job_of
    from kaufland_cli.app.schedule_state import entries

    context = context_of(call)
    context.choose_format(as_json=as_json)
    found = entries(context, job_of(context, run_as=run_as, with_faults=True))
    if as_json:
        from kaufland_cli.output.records.schedule import entries_record

        context.output.document(entries_record(found), schema="kaufland.schedule_entries/1")
        return
    if not found:
        raise ScheduleUnusable("Nothing is installed.", hint=command("schedule", "install"))
    for _, installed in found:
        for text in installed.texts:
            context.output.note(f"{text.place}:")
            context.output.line(text.text.rstrip("\n"))


@_group.command("remove")
def remove(
    call: typer.Context,
    run_as: RunsAs = None,
    all_profiles: Annotated[
        bool, typer.Option("--all-profiles", help="The entry that imports the orders of all profiles.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the import from every scheduler.

    The settings stay as they are, and so does what has been imported.

    Example: kaufland schedule remove
    """
    from kaufland_cli.app import schedule_install

    context = context_of(call)
    context.choose_format(as_json=as_json)
    schedule_install.remove(context, run_as=run_as, all_profiles=all_profiles)
