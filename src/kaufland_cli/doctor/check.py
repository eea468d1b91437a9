"""One thing that was looked at, and how any look comes to an end with a result."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from kaufland_cli.errors import KauflandError, ProgramFault, RequestRefused, shell_command
from kaufland_cli.files import folder_open_to_all
from kaufland_cli.secrets.time_limit import run_within

State = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """What one look found."""

    name: str
    """Stable, for programs too."""
    state: State
    message: str
    hint: str = ""
    """The command that fixes it, or what else does."""
    shared: str = ""
    """What a report for others may say instead of the message: nothing in it comes from outside or names a person, a
    path or an account."""

    def record(self) -> dict[str, Any]:
        """Return the record of the JSON output."""
        return {name: value for name, value in asdict(self).items() if name != "shared"}


Look = Callable[[], Iterable[Check]]


@dataclass(frozen=True, slots=True)
class Task:
    """One or more checks that are made together."""

    name: str
    """Of the check that says so where the look came to nothing."""
    look: Look
    seconds: float = 30.0
    """After which it is given up."""
    hint: str = ""
    """What to do then."""


def examined(tasks: Iterable[Task]) -> Iterator[Check]:
    """Yield the checks of all tasks, one task after the other; a task that breaks or hangs is itself a failed check."""
    for task in tasks:
        finished = run_within(task.seconds, lambda task=task: _outcome(task))  # type: ignore[misc]
        if finished is None:
            message = f"It did not finish within {task.seconds:g} seconds."
            yield Check(task.name, "failed", message, task.hint, message)
        else:
            yield from finished.value


def failure(name: str, error: KauflandError) -> Check:
    """Return the check that an error makes of a look; of the error itself a report names the kind only."""
    status = f", HTTP {error.status_code}" if isinstance(error, RequestRefused) else ""
    return Check(name, "failed", error.message, error.hint, f"{error.code_name()}{status}")


def skipped(name: str, why: str) -> Check:
    """Return the check of what could not be looked at, for a reason that is told elsewhere."""
    return Check(name, "skipped", why, shared=why)


def plain(name: str, state: State, message: str, hint: str = "") -> Check:
    """Return a check whose message holds nothing but this program's words, counts and times."""
    return Check(name, state, message, hint, message)


def open_to_all(name: str, folder: Path) -> Check | None:
    """Return the failed check of a folder in which every user of the machine can swap files, or None."""
    found = folder_open_to_all(folder)
    if found is None:
        return None
    message = f"Everybody on this machine may write to the folder {found}, and so replace what lies in it"
    return Check(name, "failed", message, shell_command("chmod", "o-w", str(found)), "everybody may write to it")


def counted(number: int, word: str) -> str:
    """Return `1 unit`, `2 units`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def worst(checks: Iterable[Check]) -> State:
    """Return how it stands on the whole: failed, warning or ok."""
    states = {check.state for check in checks}
    return "failed" if "failed" in states else "warning" if "warning" in states else "ok"


def _outcome(task: Task) -> Sequence[Check]:
    found: list[Check] = []
    try:
        found.extend(task.look())
    except KauflandError as error:
        found.append(failure(task.name, error))
    except OSError as error:
        message = f"It could not be checked: {error.strerror or error} ({error.filename})."
        found.append(Check(task.name, "failed", message, task.hint, f"could not be looked at ({error.errno})"))
    except Exception as error:  # noqa: BLE001 - one look that breaks must not keep the others from being made
        found.append(failure(task.name, ProgramFault(f"This check broke off ({type(error).__name__}).")))
    return found
