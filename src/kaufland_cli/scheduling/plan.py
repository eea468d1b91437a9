"""What a scheduler is to run, for whom and how often: everything that an entry is made of."""

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
    """Whose entry it is: each profile of each user has one, beside one for all profiles together."""

    profile: str
    user: str
    uid: int
    home: Path
    """The home folder that the system knows of, whatever HOME says."""
    system: bool = False
    """Installed for the whole machine by root, not by the user."""
    all_profiles: bool = False
    uses_default: bool = True
    """Whether the profile is the one that no option names."""

    @property
    def label(self) -> str:
        """The name of the entry: letters, digits, - and _ only, as cron's folder wants it."""
        owner = f"-{self.user}" if self.system else ""
        return f"kaufland-import{owner}{self._ending}"

    @property
    def words(self) -> str:
        """What the entry is for."""
        return "all profiles" if self.all_profiles else f"profile {self.profile}"

    @property
    def _ending(self) -> str:
        if self.all_profiles:
            return "-ALL"  # no profile has capital letters
        return "" if self.uses_default else f"-{self.profile}"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a scheduler looks: every `step` minutes, `offset` minutes after the round ones."""

    step: int
    offset: int

    @property
    def hours(self) -> int:
        """The step in whole hours; 0 below an hour."""
        return self.step // _HOUR

    @property
    def minute(self) -> int:
        """The first minute of an hour at which it looks."""
        return self.offset % _HOUR

    @property
    def hour(self) -> int:
        """The first hour of a day in which it looks, for steps of hours."""
        return self.offset // _HOUR


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """One entry, whichever scheduler takes it. All paths are absolute."""

    target: JobTarget
    every_minutes: int
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    """Variables without which the command would find other settings or another store."""
    written: tuple[Path, ...] = ()
    """Folders in which an import writes."""
    read: tuple[Path, ...] = ()
    """Files that it reads."""
    credentials: tuple[tuple[str, Path], ...] = ()
    """Encrypted credentials that systemd is to hand over, by their names."""
    runs_other_programs: bool = False
    """Whether an import starts programs of the seller's, which may write where they like."""
    machine: str = ""
    """What tells this machine from others."""

    @property
    def title(self) -> str:
        """The sentence that every entry carries; `every_minutes_in` reads it."""
        every = "every minute" if self.every_minutes == 1 else f"every {self.every_minutes} minutes"
        return f"Imports orders from Kaufland {every} ({self.target.words})"

    @property
    def rhythm(self) -> Rhythm:
        """When the scheduler looks.

        Sellers are spread over the interval, always at the same minutes. Where the interval does not fit into an hour
        or a day, it looks more often: the import itself knows whether it is due.
        """
        step = step_minutes(self.every_minutes)
        return Rhythm(step, crc32(f"{self.machine}:{self.target.home}:{self.target.label}".encode()) % step)


def step_minutes(interval: int) -> int:
    """Return after how many minutes a calendar has to look so that an interval is met."""
    if interval % _HOUR == 0:
        return interval if DAY % interval == 0 else _HOUR
    return next(step for step in range(min(interval, _HOUR), 0, -1) if interval % step == 0 and _HOUR % step == 0)


def every_minutes_in(text: str) -> int | None:
    """Return the interval that an entry's sentence tells."""
    if "every minute (" in text:
        return 1
    found = _EVERY.search(text)
    return int(found[1]) if found else None
