"""The text of systemd's units."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from kaufland_cli.scheduling.plan import SchedulePlan

HEAD: Final = "# Written by: kaufland schedule install, which overwrites changes made here.\n"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_@+=:,./%-]+")

# These need no namespaces, so they work in every unit, the user's own too; where a kernel lacks one, it is passed over.
_ALWAYS: Final = (
    ("UMask", "0077"),
    ("NoNewPrivileges", "yes"),
    ("LockPersonality", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"),
    ("SystemCallArchitectures", "native"),
)
# A user's manager could have these only with user namespaces, which many systems refuse: the unit would not start.
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
_TEMPORARY: Final = ("/tmp", "/var/tmp")  # noqa: S108 - names
# Home folders stay visible: the store, the settings and the keyring's bus (/run/user) lie there.


def service_text(plan: SchedulePlan) -> str:
    """Return the unit that imports once."""
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
    """Return the unit that starts the other one at its moments, and once for all those missed."""
    lines = [
        "[Unit]",
        f"Description={_specifiers(plan.title)}",
        "",
        "[Timer]",
        f"OnCalendar={calendar(plan)}",
        "Persistent=true",
        # Spread over the minute, always by the same time, and exact: an early start would be one that is not due.
        "RandomizedDelaySec=20s",
        "FixedRandomDelay=true",
        "AccuracySec=1s",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return HEAD + "".join(f"{line}\n" for line in lines)


def calendar(plan: SchedulePlan) -> str:
    """Return the moments; in UTC, so that summer time neither skips nor doubles one."""
    rhythm = plan.rhythm
    if rhythm.step == 1:
        return "*-*-* *:*:00 UTC"
    if not rhythm.hours:
        return f"*-*-* *:{rhythm.minute:02}/{rhythm.step}:00 UTC"
    hours = {1: "*", 24: f"{rhythm.hour:02}"}.get(rhythm.hours, f"{rhythm.hour:02}/{rhythm.hours}")
    return f"*-*-* {hours}:{rhythm.minute:02}:00 UTC"


def _system(plan: SchedulePlan) -> Iterable[tuple[str, str]]:
    """Return what protects the rest of the machine."""
    paths = [*plan.written, *plan.read, *(Path(word) for word in plan.command if word.startswith("/"))]
    # A private /tmp hides what lies in the real one; SQLite needs one of them for what does not fit into memory.
    is_private = not any(path.is_relative_to(folder) for path in paths for folder in _TEMPORARY)
    if is_private:
        yield "PrivateTmp", "yes"
    # A program that prints the secret key may have to write in the home folder (gpg does).
    yield "ProtectSystem", "full" if plan.runs_other_programs else "strict"
    if not plan.runs_other_programs:
        yield "ProtectHome", "read-only"  # strict leaves homes as they are; buses below /run/user still answer
        yield from (("ReadWritePaths", _quoted(str(path))) for path in plan.written)
        yield from () if is_private else (("ReadWritePaths", f"-{folder}") for folder in _TEMPORARY)
    yield from _SYSTEM


def _command(words: Sequence[str]) -> str:
    if any(sign in words[0] for sign in "\"'\\$"):  # which systemd takes in no program's own path
        words = ["/usr/bin/env", *words]
    return " ".join(_quoted(word).replace("$", "$$") for word in words)


def _quoted(word: str) -> str:
    """Return a word as systemd reads it back."""
    escaped = _specifiers(word)
    if _PLAIN.fullmatch(escaped):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")
