"""The job that a scheduler runs: for whom, which command, and how often.

`app.schedule_job` builds a plan from the settings; the backends turn it into their own files.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

DAY: Final = 24 * 60
_HOUR: Final = 60
_EVERY: Final = re.compile(r"every (\d{1,6}) minutes?\b")


@dataclass(frozen=True, slots=True)
class JobTarget:
    """Whose job it is: each profile of each user has one, and there is one for all profiles together."""

    profile: str
    user: str
    uid: int
    home: Path
    """The home folder in the user database, whatever HOME says."""
    system: bool = False
    """Installed by root for the whole machine, not by the user."""
    all_profiles: bool = False
    uses_default: bool = True
    """Whether it is the default profile."""

    @property
    def label(self) -> str:
        """The name of the job: only letters, digits, - and _, since /etc/cron.d ignores other files."""
        owner = f"-{self.user}" if self.system else ""
        return f"kaufland-import{owner}{self._ending}"

    @property
    def words(self) -> str:
        """What it imports, in words."""
        return "all profiles" if self.all_profiles else f"profile {self.profile}"

    @property
    def _ending(self) -> str:
        if self.all_profiles:
            return "-ALL"  # no profile has capital letters
        return "" if self.uses_default else f"-{self.profile}"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the scheduler starts a run: every `step` minutes, `offset` minutes after the full hour or day."""

    step: int
    offset: int

    @property
    def hours(self) -> int:
        """The step in whole hours; 0 below an hour."""
        return self.step // _HOUR

    @property
    def minute(self) -> int:
        """The first minute of an hour with a run."""
        return self.offset % _HOUR

    @property
    def hour(self) -> int:
        """The first hour of a day with a run, for steps of whole hours."""
        return self.offset // _HOUR


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """One job, for any scheduler. All paths are absolute."""

    target: JobTarget
    every_minutes: int
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that the command needs to find the same settings and store."""
    written: tuple[Path, ...] = ()
    """Folders that an import writes to."""
    read: tuple[Path, ...] = ()
    """Files that an import reads."""
    credentials: tuple[tuple[str, Path], ...] = ()
    """Name and file of each encrypted credential that systemd passes to the job."""
    runs_other_programs: bool = False
    """Whether an import starts the seller's own programs, which may write anywhere."""
    machine: str = ""
    """An identifier of this machine."""

    @property
    def title(self) -> str:
        """The sentence in every installed job; `every_minutes_in` reads the interval back from it."""
        every = "every minute" if self.every_minutes == 1 else f"every {self.every_minutes} minutes"
        return f"Imports orders from Kaufland {every} ({self.target.words})"

    @property
    def rhythm(self) -> Rhythm:
        """When the scheduler starts a run.

        A fixed offset spreads sellers over the interval. If the interval does not divide an hour or a day, runs start
        more often: the import itself checks whether it is due.
        """
        step = step_minutes(self.every_minutes)
        return Rhythm(step, crc32(f"{self.machine}:{self.target.home}:{self.target.label}".encode()) % step)


def step_minutes(interval: int) -> int:
    """Return the longest step in minutes that divides an hour or a day and meets the interval."""
    if interval % _HOUR == 0:
        return interval if DAY % interval == 0 else _HOUR
    return next(step for step in range(min(interval, _HOUR), 0, -1) if interval % step == 0 and _HOUR % step == 0)


def every_minutes_in(text: str) -> int | None:
    """Return the interval in the text of an installed job (see `SchedulePlan.title`); None if there is none."""
    if "every minute (" in text:
        return 1
    found = _EVERY.search(text)
    return int(found[1]) if found else None
