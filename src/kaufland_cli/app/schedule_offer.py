"""After a change of the settings: bring what is installed in the scheduler in sync with them, or say how."""

from kaufland_cli.app.context import Context
from kaufland_cli.app.schedule_state import schedule_record

FOLLOWED = frozenset({"order_import.auto_import_orders", "order_import.interval_minutes"})
"""The settings that the schedule follows."""


def offer_schedule(context: Context) -> None:
    """Offer to enter, change or remove the scheduled import where that is not what the settings say now."""
    record = schedule_record(context)
    if record["in_sync"]:
        return
    said, fix = " ".join(record["differences"]), record["fix"]
    if "schedule install" in fix and not _can_install(context):
        return
    if not context.has_terminal or fix.startswith("sudo "):
        context.output.note(f"{said} To bring it in line: {fix}")
        return
    context.output_for_person.note(said)
    question = "Take it out of the scheduler now?" if "schedule remove" in fix else f"Run {fix} now?"
    if not context.questions(fix).yes_no(question, default=True):
        context.output_for_person.note(f"Later: {fix}")
        return
    if "schedule remove" in fix:
        _remove(context, all_profiles="--all-profiles" in fix)
    else:
        _install(context, record)


def _can_install(context: Context) -> bool:
    """Tell whether an entry could work; say what stands against it."""
    from kaufland_cli.app.schedule_job import check_secret, host_of, job_of
    from kaufland_cli.errors import ScheduleUnusable, SettingsError
    from kaufland_cli.scheduling.choosing import choose

    try:
        job = job_of(context)
        check_secret(context, job)
        choose(host_of(context, job.owner), None, system=False)
    except (ScheduleUnusable, SettingsError) as error:
        context.output.warning(f"Auto import is on, but no scheduler can start imports yet. {error.message}")
        context.output.note(context.retyped(error.hint))
        return False
    return True


def _install(context: Context, record: dict[str, object]) -> None:
    from kaufland_cli.app.schedule_install import InstallOptions, install

    fix = str(record["fix"])
    named = str(record["with"]) if f"--with {record['with']}" in fix else None
    install(context, InstallOptions(named, system="--system" in fix, all_profiles="--all-profiles" in fix))


def _remove(context: Context, *, all_profiles: bool) -> None:
    from kaufland_cli.app.schedule_job import job_of
    from kaufland_cli.app.schedule_state import entries

    for scheduler, installed in entries(context, job_of(context)):
        if installed.target.all_profiles is all_profiles:
            scheduler.remove(installed.target)
            context.output.success(f"Removed: {', '.join(text.place for text in installed.texts)}")
