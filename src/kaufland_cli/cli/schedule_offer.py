"""After a change of the settings: bring what is entered in the scheduler in line with them, or say how."""

from kaufland_cli.cli.schedule_state import schedule_record
from kaufland_cli.cli.session import Session

FOLLOWED = frozenset({"order_import.auto_import_orders", "order_import.interval_minutes"})
"""The settings that the schedule follows."""


def offer_schedule(session: Session) -> None:
    """Offer to enter, change or take out the scheduled import where that is not what the settings say now."""
    record = schedule_record(session)
    if record["in_line"]:
        return
    said, mend = " ".join(record["differences"]), record["mend"]
    if "schedule install" in mend and not _can_install(session):
        return
    if not session.has_terminal or mend.startswith("sudo "):
        session.output.note(f"{said} To bring it in line: {mend}")
        return
    session.output_for_person.note(said)
    question = "Take it out of the scheduler now?" if "schedule remove" in mend else f"Run {mend} now?"
    if not session.questions(mend).yes_no(question, default=True):
        session.output_for_person.note(f"Later: {mend}")
        return
    if "schedule remove" in mend:
        _remove(session, all_profiles="--all-profiles" in mend)
    else:
        _install(session, record)


def _can_install(session: Session) -> bool:
    """Tell whether an entry could work; say what stands against it."""
    from kaufland_cli.cli.schedule_job import check_secret, job_of, surroundings
    from kaufland_cli.errors import ScheduleUnusable, SettingsError
    from kaufland_cli.scheduling.choosing import choose

    try:
        job = job_of(session)
        check_secret(session, job)
        choose(surroundings(session, job.owner), None, system=False)
    except (ScheduleUnusable, SettingsError) as error:
        session.output.warning(f"Auto import is on, but no scheduler can start imports yet. {error.message}")
        session.output.note(session.retyped(error.hint))
        return False
    return True


def _install(session: Session, record: dict[str, object]) -> None:
    from kaufland_cli.cli.schedule_install import InstallWish, install

    mend = str(record["mend"])
    named = str(record["with"]) if f"--with {record['with']}" in mend else None
    install(session, InstallWish(named, system="--system" in mend, all_profiles="--all-profiles" in mend))


def _remove(session: Session, *, all_profiles: bool) -> None:
    from kaufland_cli.cli.schedule_job import job_of
    from kaufland_cli.cli.schedule_state import entries

    for scheduler, entered in entries(session, job_of(session)):
        if entered.target.all_profiles is all_profiles:
            scheduler.remove(entered.target)
            session.output.success(f"Taken out: {', '.join(text.place for text in entered.texts)}")
