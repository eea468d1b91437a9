"""One run in the scheduler's own environment, before an entry counts as done."""

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.all_profiles import most_serious
from kaufland_cli.app.context import Context
from kaufland_cli.app.schedule_job import Job, Owner, imported_by
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.errors import ExitCode, KauflandError, ScheduleUnusable, known_errors
from kaufland_cli.files import make_private_folder
from kaufland_cli.scheduling import verification
from kaufland_cli.scheduling.verification import VerificationAnswer

if TYPE_CHECKING:
    from pathlib import Path

    from kaufland_cli.scheduling.backend import Scheduler
    from kaufland_cli.scheduling.plan import SchedulePlan

_STEP: Final = 0.5
_LONGEST: Final = verification.MAX_QUESTION.total_seconds()
# The import took place; what it says of single orders is for a person, not against the schedule.
TOOK_PLACE: Final = frozenset({ExitCode.DONE, ExitCode.PARTLY, ExitCode.UNHEALTHY})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A profile whose import is asked to answer."""

    profile: str
    folder: "Path"
    store: "Path"


def verify(context: Context, scheduler: "Scheduler", plan: "SchedulePlan", job: Job) -> VerificationAnswer:
    """Let the scheduler run the entry once, and return what the run says. Raises `ScheduleUnusable` where none came.

    Of all profiles each that imports by itself is asked; the answer is that of the one which most needs a person.
    """
    token = f"{os.getpid()}-{int(context.random() * 2**53):x}"
    asked = [_Asked(one.locations.profile, one.locations.store_folder, one.store_file) for one in imported_by(job)]
    try:
        for one in asked:
            make_folder_for(job.owner, one.folder)
            verification.ask(one.folder, token, context.clock.now())
            for path in (*one.folder.glob("schedule-verification*"), one.folder):
                _give(job.owner, path)
        scheduler.start(plan)
        found = _wait(context, scheduler, plan, asked, token)
    finally:
        try:
            scheduler.end(plan)
        finally:
            for one in asked:
                verification.withdraw(one.folder)
    return _together(found) if plan.target.all_profiles else found[job.target.profile]


def _together(found: dict[str, VerificationAnswer]) -> VerificationAnswer:
    """Return the answers of all profiles as one."""
    code = most_serious([answer.exit_code for answer in found.values()])
    messages = [f"Profile {name}: {answer.message}" for name, answer in found.items() if answer.message]
    hint = next((answer.hint for answer in found.values() if answer.exit_code == code), NO_HINT)
    return VerificationAnswer(code, "\n".join(messages), hint)


def error_of(answer: VerificationAnswer, scheduler: "Scheduler") -> KauflandError:
    """Return what the run said as an error with the run's own exit code."""
    kind = next((one for one in known_errors() if one.exit_code == answer.exit_code), ScheduleUnusable)
    return kind(
        f"{scheduler.name} started the import, and it failed there. The entry stays.\n{answer.message}",
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
    if sys.platform != "win32" and not owner.calls:
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)  # a link there may be to anything


def _wait(
    context: Context, scheduler: "Scheduler", plan: "SchedulePlan", asked: list[_Asked], token: str
) -> dict[str, VerificationAnswer]:
    """Wait for the answers: for the runs to begin, and then for as long as they take.

    An import that somebody else started verifies nothing: once it has ended, the scheduler is asked again.
    """
    from kaufland_cli.order_import.lock import running_import

    clock, begun = context.clock, context.clock.monotonic()
    begins_within, in_the_way = float(scheduler.waits), False
    found: dict[str, VerificationAnswer] = {}
    if not scheduler.starts_itself:
        context.output.note(f"{scheduler.name} starts the test run within two minutes.")
    with context.output.progress() as line:
        while True:
            waited = clock.monotonic() - begun
            found |= {
                one.profile: got for one in asked if (got := verification.answered(one.folder, token)) is not None
            }
            missing = [one for one in asked if one.profile not in found]
            if not missing:
                return found
            if trouble := scheduler.trouble(plan.target) if waited >= 1 else "":
                raise _never(scheduler, trouble)
            kind = f" of profile {', '.join(one.profile for one in missing)}" if found else ""
            if waited > _LONGEST:
                raise _never(scheduler, f"No run{kind} answered within {round(_LONGEST / 60)} minutes")
            if waited > begins_within and not any(verification.begun(one.folder, token) for one in missing):
                # Looking whether an import runs takes its lock for a moment, so only where none is about to begin.
                if any(running_import(one.store) is not None for one in missing):
                    in_the_way = True
                elif in_the_way:
                    in_the_way, begins_within = False, waited + scheduler.waits
                    scheduler.start(plan)
                else:
                    raise _never(scheduler, f"No run{kind} began within {scheduler.waits} seconds")
            if line is not None:
                line.waited(scheduler.name, round(waited), scheduler.waits)
            clock.sleep(_STEP)


def _never(scheduler: "Scheduler", what: str) -> ScheduleUnusable:
    return ScheduleUnusable(
        f"{what}, so it is not verified that {scheduler.name} can import; the entry stays. {scheduler.checks()}",
        hint=Hint("When that is fixed: ", command("schedule", "install")),
    )
