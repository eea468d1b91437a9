"""What every scheduler can be asked to do, and the machine on which it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from kaufland_cli import files
from kaufland_cli.errors import ScheduleUnusable
from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan, every_minutes_in
from kaufland_cli.scheduling.runner import CompletedCommand, Runner

_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Host:
    """The machine: everything of it that a scheduler looks at."""

    platform: str
    """As `sys.platform` says."""
    uid: int
    """Of the user whose entries are looked at."""
    environ: Mapping[str, str]
    run: Runner
    as_owner: tuple[str, ...] = ()
    """What stands before a command so that it runs as the user whose entry it is; nothing where that user calls."""
    root: Path = Path("/")
    """Where its folders begin."""

    def run_as_owner(self, words: Sequence[str], *, given: bytes = b"") -> CompletedCommand:
        """Run a command as the user whose entry it is."""
        return self.run([*self.as_owner, *words], given=given)

    def place(self, path: str) -> Path:
        """Return a path of the system's."""
        return self.root / path


@dataclass(frozen=True, slots=True)
class EntryText:
    """A unit of an entry: where it stands, and its text."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class InstalledJob:
    """What a scheduler has installed now."""

    scheduler: str
    target: JobTarget
    texts: tuple[EntryText, ...]

    @property
    def every_minutes(self) -> int | None:
        """The interval for which it was made."""
        return next(filter(None, (every_minutes_in(one.text) for one in self.texts)), None)

    def credential(self, name: str) -> bool:
        """Tell whether systemd gives the import a credential of that name."""
        return any(f"\nLoadCredentialEncrypted={name}:" in one.text for one in self.texts)


class Scheduler(Protocol):
    """One scheduler of the system's. What the system refuses is raised as `ScheduleUnusable`."""

    name: ClassVar[str]
    waits: ClassVar[int]
    """Seconds within which a run that is asked for begins."""
    starts_itself: ClassVar[bool]
    """Whether a run begins when it is asked for, and not at the next minute."""

    def why_not(self, *, system: bool) -> str:
        """Return why it cannot be used here; empty where it can."""
        ...

    def texts(self, plan: SchedulePlan) -> tuple[EntryText, ...]:
        """Return what would be installed."""
        ...

    def commands(self, plan: SchedulePlan) -> list[str]:
        """Return the commands that would be run, for a person to read."""
        ...

    def installed(self, target: JobTarget) -> InstalledJob | None:
        """Return what is installed now."""
        ...

    def is_current(self, plan: SchedulePlan, installed: InstalledJob) -> bool:
        """Tell whether what is installed is what would be installed now."""
        ...

    def install(self, plan: SchedulePlan) -> None:
        """Enter it, in place of what is there."""
        ...

    def remove(self, target: JobTarget) -> None:
        """Take it out; nothing happens where nothing is there."""
        ...

    def start(self, plan: SchedulePlan) -> None:
        """Let the scheduler run the command as soon as it can, once."""
        ...

    def end(self, plan: SchedulePlan) -> None:
        """Take away what `start` needed."""
        ...

    def trouble(self, target: JobTarget) -> str:
        """Return why the run that was asked for did not come about, as far as the scheduler says."""
        ...

    def next_run(self, target: JobTarget) -> str:
        """Return when it runs next, in the scheduler's own words; empty where it does not say."""
        ...

    def notes(self, target: JobTarget) -> list[str]:
        """Return what a person has to know of or to do for this entry."""
        ...

    def checks(self) -> str:
        """Return what to look at where a run never begins."""
        ...


def succeeded(ran: CompletedCommand, doing: str) -> CompletedCommand:
    """Return what came of a command, or raise `ScheduleUnusable` where it failed."""
    if ran.code:
        raise ScheduleUnusable(f"{doing} failed: {ran.said or f'exit code {ran.code}'}.")
    return ran


def write_public_file(path: Path, text: bytes, mode: int = 0o644) -> None:
    """Write a file that the system reads, whole or not at all. Raises `ScheduleUnusable`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_public_file(path, text, mode)  # cron and systemd pass over the name that it has until then
    except OSError as error:
        raise ScheduleUnusable(f"{path} cannot be written: {error.strerror or error}.") from None


def remove_file(path: Path) -> bool:
    """Remove a file; tell whether there was one. Raises `ScheduleUnusable`."""
    try:
        return files.remove_written_file(path)
    except OSError as error:
        raise ScheduleUnusable(f"{path} cannot be removed: {error.strerror or error}.") from None


def text_of(path: Path) -> str | None:
    """Return the text of a file; None where there is none that can be read."""
    try:
        return files.read_written_file(path, _LARGEST, follow_link=True).decode("utf-8", errors="replace")
    except OSError:
        return None
