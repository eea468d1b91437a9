"""The result of one check, and how tasks are run so that each of them ends with a result."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kaufland_cli.domain.hint import NO_HINT, Hint
from kaufland_cli.errors import KauflandError, ProgramFault, RequestRefused, reason_of
from kaufland_cli.files import change_rights, folder_open_to_all
from kaufland_cli.time_limit import run_within

State = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    name: str
    """Stable, because programs may read it."""
    state: State
    message: str
    hint: Hint = NO_HINT
    """The command or step that fixes it."""
    shared: str = ""
    """What a support report says instead of the message: no text from outside, no person, path or account."""


@dataclass(frozen=True, slots=True)
class Task:
    """One or more checks that run together."""

    name: str
    """Name of the check that reports a task that broke or hung."""
    run: Callable[[], Iterable[Check]]
    seconds: float = 30.0
    """Time limit."""
    hint: Hint = NO_HINT
    """What to do if it broke or hung."""


def examined(tasks: Iterable[Task]) -> Iterator[Check]:
    """Run the tasks one after the other and yield their checks; a task that breaks or hangs is a failed check."""
    for task in tasks:
        finished = run_within(task.seconds, lambda task=task: _outcome(task))  # type: ignore[misc]
        if finished is None:
            message = f"It did not finish within {task.seconds:g} seconds."
            yield Check(task.name, "failed", message, task.hint, message)
        else:
            yield from finished.value


def failure(name: str, error: KauflandError) -> Check:
    """Return the failed check for an error; a report names only the kind of the error."""
    status = f", HTTP {error.status_code}" if isinstance(error, RequestRefused) else ""
    return Check(name, "failed", error.message, error.hint, f"{error.code_name()}{status}")


def skipped(name: str, why: str) -> Check:
    """Return a check that was skipped for a reason that another check reports."""
    return Check(name, "skipped", why, shared=why)


def plain(name: str, state: State, message: str, hint: Hint = NO_HINT) -> Check:
    """Return a check whose message may also go into a report: only our own words, counts and times."""
    return Check(name, state, message, hint, message)


def open_to_all(name: str, folder: Path) -> Check | None:
    """Return a failed check if every user of the machine can replace files in the folder, otherwise None."""
    found = folder_open_to_all(folder)
    if found is None:
        return None
    message = f"Everybody on this machine may write to the folder {found}, and so replace what lies in it"
    return Check(name, "failed", message, change_rights("o-w", found), "everybody may write to it")


def worst(checks: Iterable[Check]) -> State:
    """Return the worst state: failed, warning or ok."""
    states = {check.state for check in checks}
    return "failed" if "failed" in states else "warning" if "warning" in states else "ok"


def _outcome(task: Task) -> Sequence[Check]:
    found: list[Check] = []
    try:
        found.extend(task.run())
    except KauflandError as error:
        found.append(failure(task.name, error))
    except OSError as error:
        message = f"It could not be checked: {reason_of(error)} ({error.filename})."
        found.append(Check(task.name, "failed", message, task.hint, f"could not be checked ({error.errno})"))
    except Exception as error:  # noqa: BLE001 - one check that breaks must not stop the others
        found.append(failure(task.name, ProgramFault(f"This check broke off ({type(error).__name__}).")))
    return found
