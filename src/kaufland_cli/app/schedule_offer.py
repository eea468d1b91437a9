"""After a change of the settings: bring what is entered in the scheduler in line with them, or say how."""

from kaufland_cli.app.context import Context
from kaufland_cli.app.schedule_state import schedule_record

FOLLOWED = frozenset({"order_import.auto_import_orders", "order_import.interval_minutes"})
"""The settings that the schedule follows."""


def offer_schedule(context: Context) -> None:
    """Offer to enter, change or take out the scheduled import where that is not what the settings say now."""
    record = schedule_record(context)
    if record["in_line"]:
        return
    said, mend = " ".join(record["differences"]), record["mend"]
    if "schedule install" in mend and not _can_install(context):
        return
    if not context.has_terminal or mend.startswith("sudo "):
        context.output.note(f"{said} To bring it in line: {mend}")
        return
    context.output_for_person.note(said)
    question = "Take it out of the scheduler now?" if "schedule remove" in mend else f"Run {mend} now?"
    if not context.questions(mend).yes_no(question, default=True):
        context.output_for_person.note(f"Later: {mend}")
        return
    if "schedule remove" in mend:
        _remove(context, all_profiles="--all-profiles" in mend)
    else:
        _install(context, record)


def _can_install(context: Context) -> bool:
    """Tell whether an entry could work; say what stands against it."""
    from kaufland_cli.app.schedule_job import check_secret, job_of, surroundings
    from kaufland_cli.errors import ScheduleUnusable, SettingsError
    from kaufland_cli.scheduling.choosing import choose

    try:
        job = job_of(context)
        check_secret(context, job)
        choose(surroundings(context, job.owner), None, system=False)
    except (ScheduleUnusable, SettingsError) as error:
        context.output.warning(f"Auto import is on, but no scheduler can start imports yet. {error.message}")
        context.output.note(context.retyped(error.hint))
        return False
    return True


def _install(context: Context, record: dict[str, object]) -> None:
    from kaufland_cli.app.schedule_install import InstallWish, install

    mend = str(record["mend"])
    named = str(record["with"]) if f"--with {record['with']}" in mend else None
    install(context, InstallWish(named, system="--system" in mend, all_profiles="--all-profiles" in mend))


def _remove(context: Context, *, all_profiles: bool) -> None:
    from kaufland_cli.app.schedule_job import job_of
    from kaufland_cli.app.schedule_state import entries

    for scheduler, entered in entries(context, job_of(context)):
        if entered.target.all_profiles is all_profiles:
            scheduler.remove(entered.target)
            context.output.success(f"Taken out: {', '.join(text.place for text in entered.texts)}")
