"""cron: the user's crontab, or a file in /etc/cron.d for the whole machine.

Our lines form a block between two comment lines; everybody else's lines stay as they are to the byte.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar, Final

from kaufland_cli.domain.hint import Hint, ToCopy
from kaufland_cli.errors import ScheduleUnusable
from kaufland_cli.files import LockHeld, folder_lock
from kaufland_cli.programs import find_program
from kaufland_cli.scheduling.backend import (
    EntryText,
    Host,
    InstalledJob,
    remove_file,
    succeeded,
    text_of,
    write_public_file,
)
from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan

_BEGIN: Final = "# kaufland: begin"
_END: Final = "# kaufland: end"
_OURS: Final = (b"import-orders --scheduled", b"Written by: kaufland schedule install")
_DAEMONS: Final = frozenset({"cron", "crond", "fcron", "busybox"})
_SYSTEMD_CRON: Final = ("lib/systemd/system/cron.target", "usr/lib/systemd/system/cron.target")
"""Where systemd-cron is installed, which turns crontabs into timers and has no daemon."""
EVERY_MINUTE: Final = "* * * * *"
_NONE_YET = re.compile(r"no crontab for|can't open '[^']*': No such file")
"""What cron, cronie and busybox print if a user has no crontab, which is not a failure."""


class Cron:
    """The scheduler of every Unix."""

    name: ClassVar[str] = "cron"
    waits: ClassVar[int] = 130
    starts_itself: ClassVar[bool] = False

    def __init__(self, host: Host) -> None:
        self._host = host
        self._seen: bytes | None = None
        """The crontab as last read, for several look-ups; changing it reads it again."""

    def why_not(self, *, system: bool) -> str:
        if self._host.platform == "win32":
            return "Windows has no cron"
        if system:
            folder = self._host.place("etc/cron.d")
            return "" if folder.is_dir() else f"there is no folder {folder}"
        return "" if self._has_crontab() else "there is no program crontab (Debian: apt install cron)"

    def texts(self, plan: SchedulePlan) -> tuple[EntryText, ...]:
        return (EntryText(self._place(plan.target), block(plan)),)

    def commands(self, plan: SchedulePlan) -> list[str]:
        return [] if plan.target.system else ["crontab -l", "crontab -"]

    def installed(self, target: JobTarget) -> InstalledJob | None:
        text = text_of(self._file(target)) if target.system else self._block(target)
        return InstalledJob(self.name, target, (EntryText(self._place(target), text),)) if text else None

    def is_current(self, plan: SchedulePlan, installed: InstalledJob) -> bool:
        return installed.texts == self.texts(plan)

    def install(self, plan: SchedulePlan) -> None:
        self._write(plan, block(plan))

    def remove(self, target: JobTarget) -> None:
        if target.system:
            remove_file(self._file(target))
        elif self._has_crontab():
            with self._alone(target):
                present = self._crontab()
                left = without_block(present, target)
                if left != present:
                    self._replace(left)

    def start(self, plan: SchedulePlan) -> None:
        """Add a line that runs every minute: cron cannot start a job on request."""
        self._write(plan, block(plan, at_once=True))

    def end(self, plan: SchedulePlan) -> None:
        """Remove that line."""
        self._write(plan, block(plan))

    def not_running(self) -> str:
        """Return that no cron daemon is among the processes; empty if one is, or if that cannot be seen."""
        processes = self._host.place("proc")
        if self._host.platform != "linux" or not text_of(processes / "1" / "comm"):
            return ""  # elsewhere the system starts cron; where processes are hidden, nothing can be said
        if any(self._host.place(place).exists() for place in _SYSTEMD_CRON):
            return ""
        names = (text_of(path) or "" for path in processes.glob("[0-9]*/comm"))
        return "" if any(name.strip() in _DAEMONS for name in names) else "No cron daemon is running"

    def trouble(self, _target: JobTarget) -> str:
        """Return an empty text: cron keeps no record that a user may read."""
        return ""

    def next_run(self, _target: JobTarget) -> str:
        """Return an empty text: cron does not report it."""
        return ""

    def notes(self, _target: JobTarget) -> list[Hint]:
        text = "cron does not make up for runs missed while the machine slept; the next one reads everything since."
        return [Hint(text)]

    def checks(self) -> Hint:
        return Hint(
            "Is the cron service running (",
            ToCopy("sudo service cron start"),
            "; ",
            ToCopy("systemctl status cron"),
            ")? Its own log says what it started (",
            ToCopy("journalctl -u cron"),
            ", /var/log/syslog).",
        )

    def _block(self, target: JobTarget) -> str:
        """Return our block; empty if the user may not have a crontab."""
        if not self._has_crontab():
            return ""
        try:
            self._seen = self._crontab() if self._seen is None else self._seen  # read once for several targets
        except ScheduleUnusable:
            return ""
        return block_in(self._seen, target).decode(errors="replace")

    def _has_crontab(self) -> bool:
        return find_program("crontab", self._host.environ) != ""

    def _write(self, plan: SchedulePlan, text: str) -> None:
        if plan.target.system:
            write_public_file(self._file(plan.target), text.encode())
            return
        with self._alone(plan.target):
            present = self._crontab()
            wanted = with_block(present, plan.target, text.encode())
            if wanted != present:
                self._replace(wanted)

    @contextmanager
    def _alone(self, target: JobTarget) -> Iterator[None]:
        """Keep other processes of this program from changing the same crontab: cron itself has no lock."""
        with ExitStack() as stack:
            try:
                if target.home.is_dir():
                    stack.enter_context(folder_lock(target.home))
            except LockHeld:
                raise ScheduleUnusable("Another kaufland command is changing the crontab. Nothing was done.") from None
            except OSError:
                pass  # the home folder may not be opened
            yield

    def _crontab(self) -> bytes:
        """Return the user's crontab. Raises `ScheduleUnusable`: a failure must not pass for an empty crontab."""
        ran = self._host.run_as_owner(["crontab", "-l"])
        if ran.code and _NONE_YET.search(ran.said):
            return b""
        return succeeded(ran, "Reading the crontab (crontab -l)").out

    def _replace(self, crontab: bytes) -> None:
        self._seen = None
        succeeded(self._host.run_as_owner(["crontab", "-"], given=crontab), "Writing the crontab (crontab -)")
        if self._crontab() != crontab:
            raise ScheduleUnusable("The crontab was written, but reading it back gives something else.")

    def _file(self, target: JobTarget) -> Path:
        return self._host.place(f"etc/cron.d/{target.label}")

    def _place(self, target: JobTarget) -> str:
        return str(self._file(target)) if target.system else f"crontab of {target.user}"


# --- the text of a crontab ---


def cron_moments(plan: SchedulePlan) -> str:
    """Return the five time fields."""
    rhythm = plan.rhythm
    if rhythm.step == 1:
        return EVERY_MINUTE
    if not rhythm.hours:
        return f"{rhythm.minute}-59/{rhythm.step} * * * *"
    hours = {1: "*", 24: str(rhythm.hour)}.get(rhythm.hours, f"{rhythm.hour}-23/{rhythm.hours}")
    return f"{rhythm.minute} {hours} * * *"


def cron_command(plan: SchedulePlan) -> str:
    """Return the command with percent signs escaped, which would end the line for cron."""
    words: Sequence[str] = plan.command
    if plan.environment:  # with env, since the crontab may set another shell
        words = ["env", *(f"{name}={value}" for name, value in plan.environment), *words]
    return shlex.join(words).replace("%", r"\%")


def cron_line(plan: SchedulePlan, moments: str) -> str:
    """Return one line; in /etc/cron.d it names the user too."""
    user = f"{plan.target.user} " if plan.target.system else ""
    return f"{moments} {user}{cron_command(plan)}"


def block(plan: SchedulePlan, *, at_once: bool = False) -> str:
    """Return our block; `at_once` adds a line that runs every minute, for the test run."""
    lines = [_begin(plan.target), f"# {plan.title}. Written by: kaufland schedule install"]
    lines += [cron_line(plan, cron_moments(plan))]
    lines += [cron_line(plan, EVERY_MINUTE)] if at_once else []
    return "".join(f"{line}\n" for line in [*lines, _end(plan.target)])


def with_block(crontab: bytes, target: JobTarget, text: bytes) -> bytes:
    """Return the crontab with our block: in its old place, or at the end."""
    before, found, after = _parts(crontab, target)
    if not found and before and not before.endswith(b"\n"):
        before += b"\n"  # cron requires a line break after every line
    return before + text + after


def without_block(crontab: bytes, target: JobTarget) -> bytes:
    """Return the crontab without our block."""
    before, _, after = _parts(crontab, target)
    return before + after


def block_in(crontab: bytes, target: JobTarget) -> bytes:
    """Return our block; empty if there is none."""
    return _parts(crontab, target)[1]


def _begin(target: JobTarget) -> str:
    return f"{_BEGIN} {target.words}"


def _end(target: JobTarget) -> str:
    return f"{_END} {target.words}"


def _parts(crontab: bytes, target: JobTarget) -> tuple[bytes, bytes, bytes]:
    """Return the text before our block, the block, and the text after it."""
    lines = _lines(crontab)
    first = _position(lines, _begin(target))
    if first is None:
        return crontab, b"", b""
    last = _position(lines[first:], _end(target))
    if last is None:  # the last line was deleted by hand: only lines that are surely ours count
        last = 0
        while first + last + 1 < len(lines) and any(mark in lines[first + last + 1] for mark in _OURS):
            last += 1
    end = first + last + 1
    return b"".join(lines[:first]), b"".join(lines[first:end]), b"".join(lines[end:])


def _lines(crontab: bytes) -> list[bytes]:
    """Return the lines as cron reads them: only a line feed ends one."""
    *whole, rest = crontab.split(b"\n")
    return [*(line + b"\n" for line in whole), rest]


def _position(lines: Iterable[bytes], wanted: str) -> int | None:
    return next((number for number, line in enumerate(lines) if line.rstrip(b"\r\n") == wanted.encode()), None)
