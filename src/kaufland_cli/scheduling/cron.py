"""cron: the user's crontab, or a file in /etc/cron.d for the whole machine."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar

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
from kaufland_cli.scheduling.crontab_text import block, block_in, with_block, without_block
from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan

_NONE_YET = re.compile(r"no crontab for|can't open '[^']*': No such file")
"""How cron, cronie and busybox say that a user has no crontab, which is no failure."""


class Cron:
    """The scheduler that every Unix has, or can have."""

    name: ClassVar[str] = "cron"
    waits: ClassVar[int] = 130
    starts_itself: ClassVar[bool] = False

    def __init__(self, host: Host) -> None:
        self._host = host
        self._seen: bytes | None = None
        """The crontab as it was looked at last; what changes it reads it again."""

    def why_not(self, *, system: bool) -> str:
        """Return why it cannot be used here; empty where it can."""
        if self._host.platform == "win32":
            return "Windows has no cron"
        if system:
            folder = self._host.place("etc/cron.d")
            return "" if folder.is_dir() else f"there is no folder {folder}"
        return "" if self._has_crontab() else "there is no program crontab (Debian: apt install cron)"

    def texts(self, plan: SchedulePlan) -> tuple[EntryText, ...]:
        """Return what would be installed."""
        return (EntryText(self._place(plan.target), block(plan)),)

    def commands(self, plan: SchedulePlan) -> list[str]:
        """Return the commands that would be run."""
        return [] if plan.target.system else ["crontab -l", "crontab -"]

    def installed(self, target: JobTarget) -> InstalledJob | None:
        """Return what is installed now."""
        text = text_of(self._file(target)) if target.system else self._block(target)
        return InstalledJob(self.name, target, (EntryText(self._place(target), text),)) if text else None

    def is_current(self, plan: SchedulePlan, installed: InstalledJob) -> bool:
        """Tell whether what is installed is what would be installed now."""
        return installed.texts == self.texts(plan)

    def install(self, plan: SchedulePlan) -> None:
        """Enter it, in place of what is there."""
        self._write(plan, block(plan))

    def remove(self, target: JobTarget) -> None:
        """Take it out."""
        if target.system:
            remove_file(self._file(target))
        elif self._has_crontab():
            with self._alone(target):
                present = self._crontab()
                left = without_block(present, target)
                if left != present:
                    self._replace(left)

    def start(self, plan: SchedulePlan) -> None:
        """Add a line for every minute: cron cannot be told to run something now."""
        self._write(plan, block(plan, at_once=True))

    def end(self, plan: SchedulePlan) -> None:
        """Take that line away again."""
        self._write(plan, block(plan))

    def trouble(self, target: JobTarget) -> str:  # noqa: ARG002 - cron keeps no record that a user may read
        """Return nothing: cron does not tell."""
        return ""

    def next_run(self, target: JobTarget) -> str:  # noqa: ARG002 - the same
        """Return nothing: cron does not tell."""
        return ""

    def notes(self, target: JobTarget) -> list[str]:  # noqa: ARG002 - the same for all
        """Return that cron forgets what it missed."""
        return ["cron does not make up for runs missed while the machine slept; the next one reads everything since."]

    def checks(self) -> str:
        """Return what to look at where a run never begins."""
        return (
            "Is the cron service running (sudo service cron start; systemctl status cron)? Its own log says what it "
            "started (journalctl -u cron, /var/log/syslog)."
        )

    def _block(self, target: JobTarget) -> str:
        """Return our lines; nothing where the user may have no crontab."""
        if not self._has_crontab():
            return ""
        try:
            self._seen = self._crontab() if self._seen is None else self._seen  # one look for several targets
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
        """Let no other process of this program change the same user's crontab meanwhile: cron itself has no lock."""
        with ExitStack() as stack:
            try:
                if target.home.is_dir():
                    stack.enter_context(folder_lock(target.home))
            except LockHeld:
                raise ScheduleUnusable("Another kaufland command is changing the crontab. Nothing was done.") from None
            except OSError:
                pass  # a home that may not be opened
            yield

    def _crontab(self) -> bytes:
        """Return the user's crontab. Raises `ScheduleUnusable` rather than take a failure for an empty one."""
        ran = self._host.run_as_owner(["crontab", "-l"])
        if ran.code and _NONE_YET.search(ran.said):
            return b""
        return succeeded(ran, "Reading the crontab (crontab -l)").out

    def _replace(self, crontab: bytes) -> None:
        self._seen = None
        succeeded(self._host.run_as_owner(["crontab", "-"], given=crontab), "Writing the crontab (crontab -)")
        if self._crontab() != crontab:
            raise ScheduleUnusable("The crontab was written, but its content is not what was written.")

    def _file(self, target: JobTarget) -> Path:
        return self._host.place(f"etc/cron.d/{target.label}")

    def _place(self, target: JobTarget) -> str:
        return str(self._file(target)) if target.system else f"crontab of {target.user}"
