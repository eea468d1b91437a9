"""systemd: a timer of the user's own, or one of the machine's that runs as a user."""

from pathlib import Path
from typing import ClassVar

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
from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan
from kaufland_cli.scheduling.runner import CompletedCommand
from kaufland_cli.scheduling.systemd_text import service_text, timer_text

# Exit codes of systemd's own, before the command itself begins.
_BEFORE_THE_COMMAND = range(200, 256)


class Systemd:
    """The scheduler of most Linux systems."""

    name: ClassVar[str] = "systemd"
    waits: ClassVar[int] = 30
    starts_itself: ClassVar[bool] = True

    def __init__(self, host: Host) -> None:
        self._host = host

    def why_not(self, *, system: bool) -> str:
        """Return why it cannot be used here; empty where it can."""
        if not self._host.place("run/systemd/system").is_dir():
            return "systemd does not run here"
        if system:
            return ""
        ran = self._host.run_as_owner(["systemctl", "--user", "show-environment"])
        return f"this user has no systemd of its own here: {ran.said}" if ran.code else ""

    def why_no_credentials(self, *, system: bool, users_from: int) -> str:
        """Return why a unit could not get an encrypted credential; empty where it can.

        `users_from` is the version of systemd from which on a user's own units can have them.
        """
        if system:
            return ""
        version = self._host.run(["systemctl", "--version"]).out.split()[1:2]
        number = int(version[0]) if version and version[0].isdigit() else 0
        if number >= users_from:
            return ""
        return (
            f"a user's own timer gets encrypted credentials only from systemd {users_from} on, and this is "
            f"{number or 'an unknown version'}"
        )

    def texts(self, plan: SchedulePlan) -> tuple[EntryText, ...]:
        """Return what would be installed."""
        service, timer = self._files(plan.target)
        return (EntryText(str(service), service_text(plan)), EntryText(str(timer), timer_text(plan)))

    def commands(self, plan: SchedulePlan) -> list[str]:
        """Return the commands that would be run."""
        return [shell_command(*words) for words in self._install_commands(plan.target)]

    def installed(self, target: JobTarget) -> InstalledJob | None:
        """Return what is installed now."""
        found = [(path, text) for path in self._files(target) if (text := text_of(path)) is not None]
        texts = tuple(EntryText(str(path), text) for path, text in found)
        return InstalledJob(self.name, target, texts) if texts else None

    def is_current(self, plan: SchedulePlan, installed: InstalledJob) -> bool:
        """Tell whether what is installed is what would be installed now, with the timer still on."""
        shown = self._shown(plan.target, self._files(plan.target)[1].name, "ActiveState", "UnitFileState")
        runs = shown.get("ActiveState", "active") == "active" and shown.get("UnitFileState", "enabled") == "enabled"
        return runs and installed.texts == self.texts(plan)

    def install(self, plan: SchedulePlan) -> None:
        """Enter it, in place of what is there, and let the timer run."""
        for text in self.texts(plan):
            write_public_file(Path(text.place), text.text.encode())
        for words in self._install_commands(plan.target):
            succeeded(self._run(plan.target, words), " ".join(words))

    def remove(self, target: JobTarget) -> None:
        """Stop the timer and take the units out."""
        service, timer = self._files(target)
        if not service.exists() and not timer.exists():
            return
        # Fails where it was never enabled or nobody is logged in, which is as good.
        self._run(target, [*self._control(target), "disable", "--now", timer.name])
        for path in (timer.parent / "timers.target.wants" / timer.name, timer, service):
            remove_file(path)
        self._run(target, [*self._control(target), "daemon-reload"])

    def start(self, plan: SchedulePlan) -> None:
        """Start the service, as the timer will."""
        control, service = self._control(plan.target), self._files(plan.target)[0].name
        self._run(plan.target, [*control, "reset-failed", service])
        ran = self._run(plan.target, [*control, "start", "--no-block", service])
        succeeded(ran, shell_command("systemctl", "start", service))

    def end(self, plan: SchedulePlan) -> None:
        """Take nothing away."""

    def trouble(self, target: JobTarget) -> str:
        """Return what the unit failed at before the command itself began."""
        shown = self._shown(target, self._files(target)[0].name, "ActiveState", "Result", "ExecMainStatus")
        status = shown.get("ExecMainStatus", "")
        if shown.get("ActiveState") != "failed" or not status.isdigit() or int(status) not in _BEFORE_THE_COMMAND:
            return ""
        return f"systemd could not start the command (exit code {status}, {shown.get('Result')})"

    def next_run(self, target: JobTarget) -> str:
        """Return when the timer elapses next."""
        shown = self._shown(target, self._files(target)[1].name, "NextElapseUSecRealtime", "ActiveState")
        if not shown:  # who may not ask, as without a message bus, learns nothing
            return ""
        if shown.get("ActiveState") != "active":
            return "the timer is not active"
        return shown.get("NextElapseUSecRealtime", "")

    def notes(self, target: JobTarget) -> list[str]:
        """Return what to do so that a user's timer outlives the login."""
        if target.system or self._host.place(f"var/lib/systemd/linger/{target.user}").exists():
            return []
        always = shell_command("sudo", "loginctl", "enable-linger", target.user)
        return [f"The timer stops when {target.user} logs out, until the next login. To keep it running: {always}"]

    def checks(self) -> str:
        """Return what to look at where a run never begins."""
        return "What systemd says about it: journalctl --unit='kaufland-import*' (a user's: journalctl --user …)."

    def _files(self, target: JobTarget) -> tuple[Path, Path]:
        """Return the service and its timer."""
        folder = self._host.place("etc/systemd/system") if target.system else target.home / ".config/systemd/user"
        return folder / f"{target.label}.service", folder / f"{target.label}.timer"

    def _control(self, target: JobTarget) -> list[str]:
        return ["systemctl"] if target.system else ["systemctl", "--user"]

    def _run(self, target: JobTarget, words: list[str]) -> CompletedCommand:
        return self._host.run(words) if target.system else self._host.run_as_owner(words)

    def _install_commands(self, target: JobTarget) -> list[list[str]]:
        control, timer = self._control(target), self._files(target)[1].name
        return [[*control, "daemon-reload"], [*control, "enable", timer], [*control, "restart", timer]]

    def _shown(self, target: JobTarget, unit: str, *names: str) -> dict[str, str]:
        wanted = [f"--property={name}" for name in names]
        ran = self._run(target, [*self._control(target), "show", unit, *wanted])
        lines = ran.out.decode(errors="replace").splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}
