"""The Task Scheduler of Windows, through `schtasks` and XML task definitions."""

import re
import subprocess
import tempfile
from html import escape
from pathlib import Path
from typing import ClassVar, Final

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ScheduleUnusable
from kaufland_cli.scheduling.backend import EntryText, Host, InstalledJob, succeeded
from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan

_HOUR: Final = 60
_FOLDER: Final = "Kaufland"
_KEPT: Final = ("Description", "Interval", "Command", "Arguments", "LogonType")


class WindowsTasks:
    """The scheduler of Windows."""

    name: ClassVar[str] = "windows"
    waits: ClassVar[int] = 60
    starts_itself: ClassVar[bool] = True

    def __init__(self, host: Host) -> None:
        self._host = host

    def why_not(self, **_: bool) -> str:
        return "" if self._host.platform == "win32" else "the Task Scheduler is part of Windows"

    def texts(self, plan: SchedulePlan) -> tuple[EntryText, ...]:
        return (EntryText(f"task {_name(plan.target)}", task_text(plan)),)

    def commands(self, plan: SchedulePlan) -> list[str]:
        return [subprocess.list2cmdline(_create(plan.target, "FILE"))]

    def installed(self, target: JobTarget) -> InstalledJob | None:
        ran = self._host.run(["schtasks", "/Query", "/TN", _name(target), "/XML"])
        if ran.code:
            return None
        text = ran.text
        # Both kinds have the same name; S4U means that the task runs without a login.
        if ("S4U" in text) is not target.system:
            return None
        return InstalledJob(self.name, target, (EntryText(f"task {_name(target)}", text),))

    def is_current(self, plan: SchedulePlan, installed: InstalledJob) -> bool:
        """Compare only what Windows returns as it was written."""
        shown, wanted = _kept(installed.texts[0].text), _kept(self.texts(plan)[0].text)
        return len(shown) == len(wanted) and all(map(_is_shown_as, shown, wanted))

    def install(self, plan: SchedulePlan) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "task.xml"
            file.write_bytes(task_text(plan).encode("utf-16"))  # with a byte order mark, which schtasks needs
            succeeded(self._host.run(_create(plan.target, str(file))), "schtasks /Create")

    def remove(self, target: JobTarget) -> None:
        if self.installed(target) is not None:
            succeeded(self._host.run(["schtasks", "/Delete", "/TN", _name(target), "/F"]), "schtasks /Delete")

    def start(self, plan: SchedulePlan) -> None:
        succeeded(self._host.run(["schtasks", "/Run", "/TN", _name(plan.target)]), "schtasks /Run")

    def end(self, plan: SchedulePlan) -> None:
        """Do nothing: `start` adds nothing."""

    def not_running(self) -> str:
        """Return an empty text: its service cannot be stopped."""
        return ""

    def trouble(self, _target: JobTarget) -> str:
        """Return an empty text: what schtasks prints depends on the language of the system."""
        return ""

    def next_run(self, target: JobTarget) -> str:
        ran = self._host.run(["schtasks", "/Query", "/TN", _name(target), "/FO", "CSV", "/NH"])
        cells = [cell.strip('" \r\n') for cell in ran.text.split(",")]
        return cells[1] if not ran.code and len(cells) > 1 else ""

    def notes(self, target: JobTarget) -> list[Hint]:
        if target.system:
            text = "A task that runs without a login cannot open the Credential Manager; secret.store = file works."
            return [Hint(text)]
        return [
            Hint(
                f"It runs while {target.user} is logged in. To run it always, as an administrator: ",
                command("schedule", "install", "--system"),
            )
        ]

    def checks(self) -> Hint:
        return Hint(f"Look at the column Last Run Result of the task in taskschd.msc, folder {_FOLDER}.")


def task_text(plan: SchedulePlan) -> str:
    """Return the task definition; a missed start is made up for, and two runs never overlap."""
    rhythm, target = plan.rhythm, plan.target
    command, arguments = _command(plan)
    start = f"2026-01-01T{rhythm.hour % 24:02}:{rhythm.minute:02}:00"
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>kaufland schedule install</Author>
    <Description>{escape(plan.title, quote=False)}</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Enabled>true</Enabled>
      <StartBoundary>{start}</StartBoundary>
      <Repetition>
        <Interval>PT{rhythm.step}M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <RandomDelay>PT20S</RandomDelay>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{escape(target.user, quote=False)}</UserId>
      <LogonType>{"S4U" if target.system else "InteractiveToken"}</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>PT2H</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(command, quote=False)}</Command>
      <Arguments>{escape(arguments, quote=False)}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def _command(plan: SchedulePlan) -> tuple[str, str]:
    """Return program and arguments; cmd.exe sets the variables, since a task definition cannot."""
    if not plan.environment:
        return plan.command[0], subprocess.list2cmdline(plan.command[1:])
    if any(sign in value for _, value in plan.environment for sign in '"%'):
        raise ScheduleUnusable("A path with a quotation mark or percent sign cannot be handed to a task of Windows.")
    settings = "".join(f'set "{name}={value}" && ' for name, value in plan.environment)
    return r"%SystemRoot%\System32\cmd.exe", f'/d /s /c "{settings}{subprocess.list2cmdline(plan.command)}"'


def _kept(text: str) -> list[str]:
    """Return the values that Windows does not rewrite, as it does with user names."""
    return [found for name in _KEPT for found in re.findall(rf"<{name}>(.*?)</{name}>", text)]


def _is_shown_as(shown: str, written: str) -> bool:
    """Tell whether schtasks may show the text so: a letter that the code page lacks becomes `?` or a similar one."""
    return len(shown) == len(written) and all(
        one == other or (one.isascii() and not other.isascii()) for one, other in zip(shown, written, strict=True)
    )


def _create(target: JobTarget, file: str) -> list[str]:
    return ["schtasks", "/Create", "/TN", _name(target), "/XML", file, "/F"]


def _name(target: JobTarget) -> str:
    return f"\\{_FOLDER}\\{target.label.replace(f'-{target.user}', '') if target.system else target.label}"
