"""After a change of the settings, brings the scheduler in sync with them, or says how to."""

from kaufland_cli.app.context import Context
from kaufland_cli.app.schedule_state import ScheduleAction, schedule_state, schedule_summary
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import KauflandError

FOLLOWED = frozenset({"order_import.auto_import_orders", "order_import.interval_minutes"})
"""The settings that the schedule follows."""


def offer_schedule(context: Context, *, ask: bool = True, agreed: bool = False) -> None:
    """Offer to install, change or remove the scheduled import if it differs from the settings.

    Without `ask` the command is named instead. If a person has `agreed` already, it is done without another question.
    """
    try:
        state = schedule_state(context)
    except (KauflandError, OSError, ValueError):
        found = schedule_summary(context)
        context.output.note(Hint(f"{' '.join(found.differences)} To check again: ", found.fix))
        return
    action, said = state.action, " ".join(state.differences)
    if action is None or (action.verb == "install" and not _can_install(context)):
        return
    fix = action.hint
    if not ask or not context.has_terminal or action.as_root:
        context.output.note(Hint(f"{said} To bring it up to date: ", fix))
        return
    if not agreed:
        context.output_for_person.note(said)
    question = "Remove it from the scheduler now?" if action.verb == "remove" else Hint("Run ", fix, " now?")
    if not agreed and not context.questions(fix).yes_no(question, default=True):
        context.output_for_person.note(Hint("Later: ", fix))
    elif action.verb == "remove":
        from kaufland_cli.app.schedule_install import remove

        remove(context, run_as=action.run_as, all_profiles=action.all_profiles)
    else:
        _install(context, action)


def _can_install(context: Context) -> bool:
    """Return whether an entry could work; if not, say why."""
    if (error := why_no_schedule(context)) is not None:
        context.output.warning(f"Auto import is on, but no scheduler can start imports yet. {error.message}")
        context.output.note(error.hint)
    return error is None


def why_no_schedule(context: Context) -> KauflandError | None:
    """Return why no scheduler can start imports here; None if one can."""
    from kaufland_cli.app.schedule_job import check_secret, host_of, job_of
    from kaufland_cli.errors import ScheduleUnusable, SettingsError
    from kaufland_cli.scheduling.schedulers import choose

    try:
        job = job_of(context)
        check_secret(context, job)
        choose(host_of(context, job.owner), None, system=False)
    except (ScheduleUnusable, SettingsError) as error:
        return error
    return None


def _install(context: Context, action: ScheduleAction) -> None:
    from kaufland_cli.app.schedule_install import InstallOptions, install

    options = InstallOptions(action.scheduler, system=action.system, all_profiles=action.all_profiles)
    install(context, options)
