"""launchd, the scheduler of macOS: a user's agent, or a daemon of the machine that runs as a user."""

from html import escape
from pathlib import Path
from typing import Any, ClassVar

from kaufland_cli.domain.hint import Hint, ToCopy, command
from kaufland_cli.errors import shell_command
from kaufland_cli.scheduling.backend import (
    EntryText,
    Host,
    InstalledJob,
    remove_file,
    succeeded,
    text_of,
    write_public_file,
)
from kaufland_cli.scheduling.plan import DAY, JobTarget, SchedulePlan

_HOUR = 60


class Launchd:
    """The scheduler of macOS."""

    name: ClassVar[str] = "launchd"
    waits: ClassVar[int] = 30
    starts_itself: ClassVar[bool] = True

    def __init__(self, host: Host) -> None:
        self._host = host

    def why_not(self, *, system: bool) -> str:
        if self._host.platform != "darwin":
            return "launchd is the scheduler of macOS"
        if system:
            return ""
        ran = self._host.run(["launchctl", "print", f"gui/{self._host.uid}"])
        return f"this user is not logged in at the screen: {ran.said}" if ran.code else ""

    def texts(self, plan: SchedulePlan) -> tuple[EntryText, ...]:
        return (EntryText(str(self._file(plan.target)), plist_text(plan)),)

    def commands(self, plan: SchedulePlan) -> list[str]:
        domain, file = self._domain(plan.target), self._file(plan.target)
        return [
            shell_command("launchctl", "bootout", f"{domain}/{plan.target.label}"),
            shell_command("launchctl", "bootstrap", domain, str(file)),
        ]

    def installed(self, target: JobTarget) -> InstalledJob | None:
        text = text_of(self._file(target))
        return None if text is None else InstalledJob(self.name, target, (EntryText(str(self._file(target)), text),))

    def is_current(self, plan: SchedulePlan, installed: InstalledJob) -> bool:
        return installed.texts == self.texts(plan)

    def install(self, plan: SchedulePlan) -> None:
        target, file = plan.target, self._file(plan.target)
        write_public_file(file, plist_text(plan).encode())
        self._host.run(["launchctl", "bootout", f"{self._domain(target)}/{target.label}"])
        succeeded(self._host.run(["launchctl", "bootstrap", self._domain(target), str(file)]), "launchctl bootstrap")

    def remove(self, target: JobTarget) -> None:
        if self._file(target).exists():
            self._host.run(["launchctl", "bootout", f"{self._domain(target)}/{target.label}"])
            remove_file(self._file(target))

    def start(self, plan: SchedulePlan) -> None:
        name = f"{self._domain(plan.target)}/{plan.target.label}"
        succeeded(self._host.run(["launchctl", "kickstart", name]), "launchctl kickstart")

    def end(self, plan: SchedulePlan) -> None:
        """Do nothing: `start` adds nothing."""

    def not_running(self) -> str:
        """Return an empty text: launchd is the first process."""
        return ""

    def trouble(self, _target: JobTarget) -> str:
        """Return an empty text: what launchctl prints is not an interface, as its manual says."""
        return ""

    def next_run(self, _target: JobTarget) -> str:
        """Return an empty text: launchd does not report it."""
        return ""

    def notes(self, target: JobTarget) -> list[Hint]:
        if target.system:
            return []
        return [
            Hint(
                f"It runs while {target.user} is logged in. To run it always, as a daemon: ",
                command("schedule", "install", "--system").as_root(),
            )
        ]

    def checks(self) -> Hint:
        return Hint("What launchd says about it: ", ToCopy("launchctl print"), " followed by the name above.")

    def _file(self, target: JobTarget) -> Path:
        folder = self._host.place("Library/LaunchDaemons") if target.system else target.home / "Library/LaunchAgents"
        return folder / f"{target.label}.plist"

    def _domain(self, target: JobTarget) -> str:
        return "system" if target.system else f"gui/{target.uid}"


def plist_text(plan: SchedulePlan) -> str:
    """Return the property list.

    It uses calendar times instead of an interval: only those are made up for when the machine wakes up.
    """
    import plistlib  # noqa: PLC0415 - it loads an XML parser

    content: dict[str, Any] = {
        "Label": plan.target.label,
        "ProgramArguments": list(plan.command),
        "StartCalendarInterval": calendar(plan),
        "ProcessType": "Background",
        "Umask": 0o077,
    }
    if plan.environment:
        content["EnvironmentVariables"] = dict(plan.environment)
    if plan.target.system:
        content["UserName"] = plan.target.user
    text = plistlib.dumps(content, sort_keys=False).decode()
    head, tag, rest = text.partition("<plist")
    # Two hyphens would end the comment.
    comment = escape(plan.title, quote=False).replace("--", "- -")
    return f"{head}<!-- {comment}. Written by: kaufland schedule install -->\n{tag}{rest}"


def calendar(plan: SchedulePlan) -> list[dict[str, int]]:
    """Return the start times of a day, or of one hour if every hour is alike."""
    rhythm = plan.rhythm
    if rhythm.step <= _HOUR:
        return [{"Minute": minute} for minute in range(rhythm.offset, _HOUR, rhythm.step)]
    return [{"Hour": at // _HOUR, "Minute": at % _HOUR} for at in range(rhythm.offset, DAY, rhythm.step)]
