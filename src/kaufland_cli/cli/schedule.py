"""`kaufland schedule install / status / show / remove`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaufland_cli.app.stores import note_damage
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.options import AsJson, context_of, group
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import ExitCode, ScheduleUnusable, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.app.schedule_state import ScheduleState
    from kaufland_cli.scheduling.backend import InstalledJob, Scheduler

app = group("Let this system's scheduler import the orders.")


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


@app.command("install")
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
    from kaufland_cli.app.schedule_install import InstallOptions
    from kaufland_cli.app.schedule_install import install as enter

    context = context_of(call)
    context.choose_format(as_json=as_json)
    name = None if scheduler is None else scheduler.value
    options = InstallOptions(name, system, run_as, all_profiles, dry_run, verify=not no_test_run)
    raise typer.Exit(enter(context, options))


@app.command("status")
def status(call: typer.Context, run_as: RunsAs = None, as_json: AsJson = False) -> None:
    """Show what is installed and whether it is up to date.

    Exit code 8 if it is not what the settings say.

    Example: kaufland schedule status
    """
    from kaufland_cli.app.schedule_state import schedule_state
    from kaufland_cli.output.cards.status_card import SCHEDULE

    context = context_of(call)
    context.choose_format(as_json=as_json)
    state = schedule_state(context, run_as)
    record = {**state.record(context), **_more(context, state)}
    context.output.show(SCHEDULE, record)
    if state.differences:
        raise typer.Exit(ExitCode.UNHEALTHY)


@app.command("show")
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
        texts = [_entry(scheduler, installed) for scheduler, installed in found]
        context.output.document({"entries": texts}, schema="kaufland.schedule_entries/1")
        return
    if not found:
        raise ScheduleUnusable("Nothing is installed.", hint=command("schedule", "install"))
    for _, installed in found:
        for text in installed.texts:
            context.output.note(f"{text.place}:")
            context.output.line(text.text.rstrip("\n"))


@app.command("remove")
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
    from kaufland_cli.app.schedule_job import job_of
    from kaufland_cli.app.schedule_state import entries, needs_root

    context = context_of(call)
    context.choose_format(as_json=as_json)
    context.may_be_new = True  # an entry outlives its settings
    job = job_of(context, run_as=run_as, with_faults=True)
    all_found = entries(context, job)
    found = [one for one in all_found if one[1].target.all_profiles is all_profiles]
    if needs_root(found):
        raise WrongUsage(
            "It is installed for the whole machine; only root may change that.",
            hint=command("schedule", "remove").as_root(),
        )
    places = []
    for scheduler, installed in found:
        scheduler.remove(installed.target)
        places += [text.place for text in installed.texts]
    if as_json:
        context.output.document({"removed": places}, schema="kaufland.schedule_remove/1")
        return
    for place in places:
        context.output.success(f"Removed: {place}")
    if not places and all_found:
        other = context.typed(command("schedule", "remove", *(() if all_profiles else ("--all-profiles",))))
        context.output.note(f"Nothing is installed. The other entry: {other}")
    elif not places:
        context.output.note("Nothing was installed.")
    elif not all_profiles and job.loaded.settings.order_import.auto_import_orders:
        off = context.typed(command("config", "set", "order_import.auto_import_orders", "false"))
        context.output.note(f"The setting order_import.auto_import_orders is still on. To turn it off: {off}")


def _entry(scheduler: "Scheduler", installed: "InstalledJob") -> dict[str, Any]:
    return {
        "with": scheduler.name,
        "system": installed.target.system,
        "all_profiles": installed.target.all_profiles,
        "texts": [{"place": one.place, "text": one.text} for one in installed.texts],
    }


def _more(context: CliContext, state: "ScheduleState") -> dict[str, Any]:
    """Return what only this command finds out: where it is installed, and when it ran and runs."""
    plan = state.job.loaded.settings.order_import
    last = None
    if state.job.loaded.store_file.exists():
        from kaufland_cli.store.store import Store

        with Store.open_for_reading(state.job.loaded.store_file, context.clock.now()) as store:
            last = store.sync.last_run(finished=False)
        note_damage(context, state.job.loaded.store_file)
    first = state.found[0] if state.found else None
    return {
        "auto_import_orders": plan.auto_import_orders,
        "interval_minutes": plan.interval_minutes,
        "places": [text.place for _, installed in state.found for text in installed.texts],
        "user": state.job.owner.name,
        "system": first is not None and first[1].target.system,
        "next_run": first[0].next_run(first[1].target) if first else "",
        "last_run": last["started_at"] if last else None,
        "last_run_verdict": last["verdict"] if last else None,
        "notes": list(map(context.typed, first[0].notes(first[1].target))) if first else [],
    }
