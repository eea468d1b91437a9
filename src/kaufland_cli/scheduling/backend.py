"""The interface of a scheduler backend, and the machine it works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from kaufland_cli import files
from kaufland_cli.domain.hint import NO_HINT, Hint
from kaufland_cli.errors import ScheduleUnusable
from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan, every_minutes_in
from kaufland_cli.scheduling.runner import CompletedCommand, Runner

_MAX_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Host:
    """The machine, as far as a scheduler has to know it."""

    platform: str
    """As in `sys.platform`."""
    uid: int
    """The user whose jobs are meant."""
    environ: Mapping[str, str]
    run: Runner
    as_owner: tuple[str, ...] = ()
    """Words before a command that make it run as the owner of the job; empty if the owner is running this program."""
    root: Path = Path("/")
    """The root folder; tests use another one."""

    def run_as_owner(self, words: Sequence[str], *, given: bytes = b"") -> CompletedCommand:
        """Run a command as the owner of the job."""
        return self.run([*self.as_owner, *words], given=given)

    def place(self, path: str) -> Path:
        """Return the path of a system file, given without the leading slash."""
        return self.root / path


@dataclass(frozen=True, slots=True)
class EntryText:
    """One file or block that a scheduler reads: its place and its text."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class InstalledJob:
    """A job that a scheduler has installed now."""

    scheduler: str
    target: JobTarget
    texts: tuple[EntryText, ...]

    @property
    def every_minutes(self) -> int | None:
        """The import interval it was installed for; None if its text does not say."""
        return next(filter(None, (every_minutes_in(one.text) for one in self.texts)), None)

    def credential(self, name: str) -> bool:
        """Return whether systemd passes the import a credential of that name."""
        return any(f"\nLoadCredentialEncrypted={name}:" in one.text for one in self.texts)


@dataclass(frozen=True, slots=True)
class ScheduleSummary:
    """What is installed for an account, and whether it is what the settings say."""

    installed: bool = False
    scheduler: str | None = None
    """Its name; None if nothing is installed."""
    every_minutes: int | None = None
    differences: tuple[str, ...] = ()
    """What differs from the settings, in sentences."""
    fix: Hint = NO_HINT
    all_profiles: bool = False
    """Whether it imports the orders of all profiles."""
    verified: bool | None = None
    """Whether a run has come since it was installed; None if nothing is installed."""

    @property
    def in_sync(self) -> bool:
        """Whether it is what the settings say."""
        return not self.differences


class Scheduler(Protocol):
    """One scheduler of the system. Methods raise `ScheduleUnusable` when the system refuses.

    A backend that does not need an argument names it with a leading underscore, so those are passed by position.
    """

    name: ClassVar[str]
    waits: ClassVar[int]
    """Seconds within which a run begins after `start`."""
    starts_itself: ClassVar[bool]
    """Whether `start` begins a run at once instead of at the next full minute."""

    def why_not(self, *, system: bool) -> str:
        """Return why this scheduler cannot be used here; empty if it can."""
        ...

    def texts(self, plan: SchedulePlan) -> tuple[EntryText, ...]:
        """Return what `install` would write."""
        ...

    def commands(self, plan: SchedulePlan) -> list[str]:
        """Return the commands that `install` would run, for a person to read."""
        ...

    def installed(self, target: JobTarget) -> InstalledJob | None:
        """Return the installed job; None if there is none."""
        ...

    def is_current(self, plan: SchedulePlan, installed: InstalledJob) -> bool:
        """Return whether the installed job is the one `install` would write now."""
        ...

    def install(self, plan: SchedulePlan) -> None:
        """Install the job, replacing an earlier one."""
        ...

    def remove(self, target: JobTarget) -> None:
        """Remove the job; do nothing if there is none."""
        ...

    def start(self, plan: SchedulePlan) -> None:
        """Ask the scheduler to run the job once, as soon as it can."""
        ...

    def end(self, plan: SchedulePlan) -> None:
        """Undo what `start` added."""
        ...

    def not_running(self) -> str:
        """Return why no run can start, if that is known before waiting for one; else empty."""
        ...

    def trouble(self, target: JobTarget, /) -> str:
        """Return why the run did not start, as far as the scheduler reports it; else empty."""
        ...

    def next_run(self, target: JobTarget, /) -> str:
        """Return the next run as UTC text, or in the scheduler's own words; empty if it does not report one."""
        ...

    def notes(self, target: JobTarget, /) -> list[Hint]:
        """Return what a person should know about this job, or do for it."""
        ...

    def checks(self) -> Hint:
        """Return where to look if a run never begins."""
        ...


def succeeded(ran: CompletedCommand, doing: str) -> CompletedCommand:
    """Return the completed command. Raises `ScheduleUnusable` if it failed; `doing` is the subject of the message."""
    if ran.code:
        raise ScheduleUnusable(f"{doing} failed: {ran.said or f'exit code {ran.code}'}.")
    return ran


def write_public_file(path: Path, text: bytes, mode: int = 0o644) -> None:
    """Write a file that the scheduler reads, completely or not at all. Raises `ScheduleUnusable`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_public_file(path, text, mode)  # cron and systemd ignore its temporary name
    except OSError as error:
        raise ScheduleUnusable(f"{path} {files.fault_of(error, 'cannot be written')}.") from None


def remove_file(path: Path) -> bool:
    """Remove a file and return whether it existed. Raises `ScheduleUnusable`."""
    try:
        return files.remove_written_file(path)
    except OSError as error:
        raise ScheduleUnusable(f"{path} {files.fault_of(error, 'cannot be removed')}.") from None


def text_of(path: Path) -> str | None:
    """Return the text of a file; None if it does not exist or cannot be read."""
    try:
        return files.read_written_file(path, _MAX_FILE, follow_link=True).decode("utf-8", errors="replace")
    except OSError:
        return None
