"""One run in the scheduler's own environment, before an entry counts as done."""

import os
from typing import TYPE_CHECKING, Final

from kaufland_cli.cli.schedule_job import Job, Owner, profiles_that_import
from kaufland_cli.cli.session import Session
from kaufland_cli.errors import ExitCode, KauflandError, ScheduleUnusable, known_errors
from kaufland_cli.private_files import make_private_folder
from kaufland_cli.scheduling import proof
from kaufland_cli.scheduling.proof import ProofAnswer

if TYPE_CHECKING:
    from pathlib import Path

    from kaufland_cli.scheduling.backend import Scheduler
    from kaufland_cli.scheduling.plan import SchedulePlan
    from kaufland_cli.settings import LoadedSettings

_STEP: Final = 0.5
_LONGEST: Final = proof.LONGEST_QUESTION.total_seconds()
# The import took place; what it says of single orders is for a person, not against the schedule.
TOOK_PLACE: Final = frozenset({ExitCode.DONE, ExitCode.PARTLY, ExitCode.UNHEALTHY})


def prove(session: Session, scheduler: "Scheduler", plan: "SchedulePlan", job: Job) -> ProofAnswer:
    """Let the scheduler run the entry once, and return what the run says. Raises `ScheduleUnusable` where none came."""
    asked = _settings_of_the_question(plan, job)
    folder = asked.locations.store_folder
    token = f"{os.getpid()}-{int(session.random() * 2**53):x}"
    make_folder_for(job.owner, folder)
    proof.ask(folder, token, session.clock.now())
    for path in (*folder.glob("schedule-proof*"), folder):
        _give(job.owner, path)
    try:
        scheduler.start(plan)
        found = _wait(session, scheduler, plan, asked, token)
    finally:
        try:
            scheduler.end(plan)
        finally:
            proof.withdraw(folder)
    return found


def _settings_of_the_question(plan: "SchedulePlan", job: Job) -> "LoadedSettings":
    """Return whose run is asked: of all profiles, the first that imports by itself."""
    return profiles_that_import(job)[0] if plan.target.all_profiles else job.loaded


def error_of(answer: ProofAnswer, scheduler: "Scheduler") -> KauflandError:
    """Return what the run said as an error with the run's own exit code."""
    kind = next((one for one in known_errors() if one.exit_code == answer.exit_code), ScheduleUnusable)
    return kind(
        f"{scheduler.name} started the import, and there it failed. The entry stays.\n{answer.message}",
        hint=answer.hint or None,
    )


def make_folder_for(owner: Owner, folder: "Path") -> None:
    """Create a folder that belongs to the user as whom imports run."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    make_private_folder(folder)
    for path in missing:
        _give(owner, path)


def _give(owner: Owner, path: "Path") -> None:
    """Let a file that root has created belong to the user as whom imports run."""
    if not owner.calls:
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)  # a link there may be to anything


def _wait(
    session: Session,
    scheduler: "Scheduler",
    plan: "SchedulePlan",
    asked: "LoadedSettings",
    token: str,
) -> ProofAnswer:
    """Wait for the answer: for the run to begin, and then for as long as it takes.

    An import that somebody else has begun proves nothing: once it has ended, the scheduler is asked again.
    """
    from kaufland_cli.order_import.lock import running_import

    clock, begun, folder = session.clock, session.clock.monotonic(), asked.locations.store_folder
    begins_within, in_the_way = float(scheduler.waits), False
    if not scheduler.starts_itself:
        session.output.note(
            f"{scheduler.name} starts the first run within two minutes; it proves that the entry works."
        )
    with session.output.progress() as line:
        while True:
            waited = clock.monotonic() - begun
            found = proof.answered(folder, token)
            if found is not None:
                return found
            if trouble := scheduler.trouble(plan.target) if waited >= 1 else "":
                raise _never(scheduler, trouble)
            if waited > _LONGEST:
                raise _never(scheduler, f"No run answered within {round(_LONGEST / 60)} minutes")
            if waited > begins_within and not proof.begun(folder, token):
                # Looking whether an import runs takes its lock for a moment, so only where none is about to begin.
                if running_import(asked.store_file) is not None:
                    in_the_way = True
                elif in_the_way:
                    in_the_way, begins_within = False, waited + scheduler.waits
                    scheduler.start(plan)
                else:
                    raise _never(scheduler, f"No run began within {scheduler.waits} seconds")
            if line is not None:
                line.waited(scheduler.name, round(waited), scheduler.waits)
            clock.sleep(_STEP)


def _never(scheduler: "Scheduler", what: str) -> ScheduleUnusable:
    return ScheduleUnusable(
        f"{what}, so it is not proved that {scheduler.name} can import; the entry stays. {scheduler.checks()}",
        hint="When that is mended: kaufland schedule install",
    )
