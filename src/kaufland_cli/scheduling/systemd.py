"""systemd: a timer of the user's own manager, or a system timer whose service runs as a user."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Final

from kaufland_cli.domain.hint import Hint, ToCopy
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

# systemd's own exit codes for what fails before the command starts.
_BEFORE_THE_COMMAND = range(200, 256)

HEAD: Final = "# Written by: kaufland schedule install, which overwrites changes made here.\n"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_@+=:,./%-]+")

# These need no namespaces, so they work in user units too; a kernel without one of them ignores it.
_ALWAYS: Final = (
    ("UMask", "0077"),
    ("NoNewPrivileges", "yes"),
    ("LockPersonality", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"),
    ("SystemCallArchitectures", "native"),
)
# In user units these need user namespaces, which many systems forbid: the unit would not start.
_SYSTEM: Final = (
    ("CapabilityBoundingSet", ""),
    ("ProtectClock", "yes"),
    ("ProtectControlGroups", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("SystemCallFilter", "@system-service"),
    ("SystemCallErrorNumber", "EPERM"),
)
_TEMPORARY: Final = ("/tmp", "/var/tmp")  # noqa: S108 - only names
# Home folders stay visible: they hold the store and the settings, and /run/user the bus of the keyring.
_UTC: Final = re.compile(r"[A-Z][a-z]{2} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? UTC")
"""How systemd writes a time (systemd.time(7), "Displaying timestamps")."""


class Systemd:
    """The scheduler of most Linux systems."""

    name: ClassVar[str] = "systemd"
    waits: ClassVar[int] = 30
    starts_itself: ClassVar[bool] = True

    def __init__(self, host: Host) -> None:
        self._host = host

    def why_not(self, *, system: bool) -> str:
        if not self._host.place("run/systemd/system").is_dir():
            return "systemd does not run here"
        if system:
            return ""
        ran = self._host.run_as_owner(["systemctl", "--user", "show-environment"])
        return f"this user has no systemd of its own here: {ran.said}" if ran.code else ""

    def why_no_credentials(self, *, system: bool, users_from: int) -> str:
        """Return why a unit cannot be passed an encrypted credential; empty if it can.

        `users_from` is the first version of systemd that can do so for a user's own units.
        """
        if system:
            return ""
        version = self._host.run(["systemctl", "--version"]).out.split()[1:2]
        number = int(version[0]) if version and version[0].isdigit() else 0
        if number >= users_from:
            return ""
        return (
            f"a user's own timer can have encrypted credentials only from systemd {users_from} on, and this is "
            f"{number or 'an unknown version'}"
        )

    def texts(self, plan: SchedulePlan) -> tuple[EntryText, ...]:
        service, timer = self._files(plan.target)
        return (EntryText(str(service), service_text(plan)), EntryText(str(timer), timer_text(plan)))

    def commands(self, plan: SchedulePlan) -> list[str]:
        return [shell_command(*words) for words in self._install_commands(plan.target)]

    def installed(self, target: JobTarget) -> InstalledJob | None:
        found = [(path, text) for path in self._files(target) if (text := text_of(path)) is not None]
        texts = tuple(EntryText(str(path), text) for path, text in found)
        return InstalledJob(self.name, target, texts) if texts else None

    def is_current(self, plan: SchedulePlan, installed: InstalledJob) -> bool:
        """Return whether the units are those `install` would write now, and the timer is enabled and active."""
        shown = self._shown(plan.target, self._files(plan.target)[1].name, "ActiveState", "UnitFileState")
        runs = shown.get("ActiveState", "active") == "active" and shown.get("UnitFileState", "enabled") == "enabled"
        return runs and installed.texts == self.texts(plan)

    def install(self, plan: SchedulePlan) -> None:
        """Write the units and start the timer."""
        for text in self.texts(plan):
            write_public_file(Path(text.place), text.text.encode())
        for words in self._install_commands(plan.target):
            succeeded(self._run(plan.target, words), " ".join(words))

    def remove(self, target: JobTarget) -> None:
        """Stop the timer and remove the units."""
        service, timer = self._files(target)
        if not service.exists() and not timer.exists():
            return
        # Fails if it was never enabled or the user is not logged in; then there is nothing to stop.
        self._run(target, [*self._control(target), "disable", "--now", timer.name])
        for path in (timer.parent / "timers.target.wants" / timer.name, timer, service):
            remove_file(path)
        self._run(target, [*self._control(target), "daemon-reload"])

    def start(self, plan: SchedulePlan) -> None:
        """Start the service as the timer does."""
        control, service = self._control(plan.target), self._files(plan.target)[0].name
        self._run(plan.target, [*control, "reset-failed", service])
        ran = self._run(plan.target, [*control, "start", "--no-block", service])
        succeeded(ran, shell_command("systemctl", "start", service))

    def end(self, plan: SchedulePlan) -> None:
        """Do nothing: `start` adds nothing."""

    def not_running(self) -> str:
        """Return an empty text: without systemd it cannot be chosen."""
        return ""

    def trouble(self, target: JobTarget) -> str:
        """Return how the unit failed before the command started."""
        shown = self._shown(target, self._files(target)[0].name, "ActiveState", "Result", "ExecMainStatus")
        status = shown.get("ExecMainStatus", "")
        if shown.get("ActiveState") != "failed" or not status.isdigit() or int(status) not in _BEFORE_THE_COMMAND:
            return ""
        return f"systemd could not start the command (exit code {status}, {shown.get('Result')})"

    def next_run(self, target: JobTarget) -> str:
        shown = self._shown(target, self._files(target)[1].name, "NextElapseUSecRealtime", "ActiveState")
        if not shown:  # systemd could not be asked, for example without a message bus
            return ""
        if shown.get("ActiveState") != "active":
            return "the timer is not active"
        said = shown.get("NextElapseUSecRealtime", "")
        return "{}T{}Z".format(*found.groups()) if (found := _UTC.fullmatch(said)) else said

    def notes(self, target: JobTarget) -> list[Hint]:
        """Return how to keep a user's timer running after logout."""
        if target.system or self._host.place(f"var/lib/systemd/linger/{target.user}").exists():
            return []
        always = shell_command("sudo", "loginctl", "enable-linger", target.user)
        text = f"The timer stops when {target.user} logs out, until the next login. To keep it running: "
        return [Hint(text, always)]

    def checks(self) -> Hint:
        said = ToCopy("journalctl --unit='kaufland-import*'")
        return Hint("What systemd says about it: ", said, " (a user's: ", ToCopy("journalctl --user …"), ").")

    def _files(self, target: JobTarget) -> tuple[Path, Path]:
        """Return the paths of the service and its timer."""
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


# --- the text of the units ---


def service_text(plan: SchedulePlan) -> str:
    """Return the service unit, which imports once."""
    lines = ["[Unit]", f"Description={_specifiers(plan.title)}"]
    if plan.target.system:
        lines += ["Wants=network-online.target", "After=network-online.target"]
    lines += ["", "[Service]", "Type=oneshot", f"ExecStart={_command(plan.command)}"]
    lines += [f"Environment={_quoted(f'{name}={value}')}" for name, value in plan.environment]
    lines += [f"User={plan.target.user}"] if plan.target.system else []
    lines += [f"LoadCredentialEncrypted={name}:{_specifiers(str(file))}" for name, file in plan.credentials]
    lines += ["TimeoutStartSec=2h"]
    lines += [f"{key}={value}" for key, value in (*_ALWAYS, *(_system(plan) if plan.target.system else ()))]
    return HEAD + "".join(f"{line}\n" for line in lines)


def timer_text(plan: SchedulePlan) -> str:
    """Return the timer unit; `Persistent` makes up once for all the runs that were missed."""
    lines = [
        "[Unit]",
        f"Description={_specifiers(plan.title)}",
        "",
        "[Timer]",
        f"OnCalendar={calendar(plan)}",
        "Persistent=true",
        # A fixed delay spreads sellers over the minute. It must be exact: an import that starts early is not due.
        "RandomizedDelaySec=20s",
        "FixedRandomDelay=true",
        "AccuracySec=1s",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return HEAD + "".join(f"{line}\n" for line in lines)


def calendar(plan: SchedulePlan) -> str:
    """Return the `OnCalendar` expression; in UTC, so that daylight saving time neither skips nor repeats a run."""
    rhythm = plan.rhythm
    if rhythm.step == 1:
        return "*-*-* *:*:00 UTC"
    if not rhythm.hours:
        return f"*-*-* *:{rhythm.minute:02}/{rhythm.step}:00 UTC"
    hours = {1: "*", 24: f"{rhythm.hour:02}"}.get(rhythm.hours, f"{rhythm.hour:02}/{rhythm.hours}")
    return f"*-*-* {hours}:{rhythm.minute:02}:00 UTC"


def _system(plan: SchedulePlan) -> Iterable[tuple[str, str]]:
    """Yield the options of a system unit that protect the rest of the machine."""
    paths = [*plan.written, *plan.read, *(Path(word) for word in plan.command if word.startswith("/"))]
    # A private /tmp hides files in the real one. SQLite needs either one for data that does not fit into memory.
    is_private = not any(path.is_relative_to(folder) for path in paths for folder in _TEMPORARY)
    if is_private:
        yield "PrivateTmp", "yes"
    # A command that prints the secret key may have to write to the home folder (gpg does).
    yield "ProtectSystem", "full" if plan.runs_other_programs else "strict"
    if not plan.runs_other_programs:
        yield "ProtectHome", "read-only"  # strict does not cover home folders; buses below /run/user still answer
        yield from (("ReadWritePaths", _quoted(str(path))) for path in plan.written)
        yield from () if is_private else (("ReadWritePaths", f"-{folder}") for folder in _TEMPORARY)
    yield from _SYSTEM


def _command(words: Sequence[str]) -> str:
    if any(sign in words[0] for sign in "\"'\\$"):  # systemd accepts none of these in the path of the program
        words = ["/usr/bin/env", *words]
    return " ".join(_quoted(word).replace("$", "$$") for word in words)


def _quoted(word: str) -> str:
    """Quote a word for a unit file."""
    escaped = _specifiers(word)
    if _PLAIN.fullmatch(escaped):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")
