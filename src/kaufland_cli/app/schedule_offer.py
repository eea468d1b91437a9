"""After a change of the settings, brings the scheduler in sync with them, or says how to."""

from kaufland_cli.app.context import Context
from kaufland_cli.app.schedule_state import ScheduleAction, schedule_record, schedule_state
from kaufland_cli.errors import KauflandError

FOLLOWED = frozenset({"order_import.auto_import_orders", "order_import.interval_minutes"})
"""The settings that the schedule follows."""


def offer_schedule(context: Context) -> None:
    """Offer to install, change or remove the scheduled import if it differs from the settings."""
    try:
        state = schedule_state(context)
    except (KauflandError, OSError, ValueError):
        record = schedule_record(context)
        context.output.note(f"{' '.join(record['differences'])} To check again: {record['fix']}")
        return
    action, said = state.action, " ".join(state.differences)
    if action is None or (action.verb == "install" and not _can_install(context)):
        return
    hint = action.hint
    fix = context.typed(hint)
    if not context.has_terminal or action.as_root:
        context.output.note(f"{said} To bring it up to date: {fix}")
        return
    context.output_for_person.note(said)
    question = "Remove it from the scheduler now?" if action.verb == "remove" else f"Run {fix} now?"
    if not context.questions(hint).yes_no(question, default=True):
        context.output_for_person.note(f"Later: {fix}")
    elif action.verb == "remove":
        _remove(context, all_profiles=action.all_profiles)
    else:
        _install(context, action)


def _can_install(context: Context) -> bool:
    """Return whether an entry could work; if not, say why."""
    from kaufland_cli.app.schedule_job import check_secret, host_of, job_of
    from kaufland_cli.errors import ScheduleUnusable, SettingsError
    from kaufland_cli.scheduling.schedulers import choose

    try:
        job = job_of(context)
        check_secret(context, job)
        choose(host_of(context, job.owner), None, system=False)
    except (ScheduleUnusable, SettingsError) as error:
        context.output.warning(f"Auto import is on, but no scheduler can start imports yet. {error.message}")
        context.output.note(context.typed(error.hint))
        return False
    return True


def _install(context: Context, action: ScheduleAction) -> None:
    from kaufland_cli.app.schedule_install import InstallOptions, install

    options = InstallOptions(action.scheduler, system=action.system, all_profiles=action.all_profiles)
    install(context, options)


def _remove(context: Context, *, all_profiles: bool) -> None:
    from kaufland_cli.app.schedule_job import job_of
    from kaufland_cli.app.schedule_state import entries

    for scheduler, installed in entries(context, job_of(context)):
        if installed.target.all_profiles is all_profiles:
            scheduler.remove(installed.target)
            context.output.success(f"Removed: {', '.join(text.place for text in installed.texts)}")
