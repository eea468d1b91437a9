"""Picks the scheduler: the best one this system has, or the one that was named."""

import shutil
from collections.abc import Mapping

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ScheduleUnusable
from kaufland_cli.scheduling.backend import Host, InstalledJob, Scheduler
from kaufland_cli.scheduling.cron import Cron
from kaufland_cli.scheduling.plan import JobTarget
from kaufland_cli.scheduling.systemd import Systemd


def schedulers(host: Host) -> Mapping[str, Scheduler]:
    """Return the schedulers that this platform may have, best first."""
    names = {"win32": ("windows",), "darwin": ("launchd", "cron")}.get(host.platform, ("systemd", "cron"))
    return {name: scheduler_named(name, host) for name in names}


def scheduler_named(name: str, host: Host) -> Scheduler:
    """Return the scheduler called `systemd`, `cron`, `launchd` or `windows`, on any platform."""
    match name:
        case "launchd":
            from kaufland_cli.scheduling.launchd import Launchd  # noqa: PLC0415 - macOS only

            return Launchd(host)
        case "windows":
            from kaufland_cli.scheduling.windows_tasks import WindowsTasks  # noqa: PLC0415 - Windows only

            return WindowsTasks(host)
        case "cron":
            return Cron(host)
        case _:
            return Systemd(host)


def choose(host: Host, name: str | None, *, system: bool) -> Scheduler:
    """Return the named scheduler, or the best one. Raises `ScheduleUnusable` if it cannot be used here."""
    if name is not None:
        named = scheduler_named(name, host)
        if why := named.why_not(system=system):
            raise ScheduleUnusable(f"{name} cannot be used here: {why}.", hint=command("schedule", "install"))
        return named
    reasons = []
    for one in schedulers(host).values():
        why = one.why_not(system=system)
        if not why:
            return one
        reasons.append(f"{one.name}: {why}")
    raise ScheduleUnusable(
        f"No scheduler can be used here ({'; '.join(reasons)}).",
        hint=Hint("In a container, let its host start ", command("import-orders", "--scheduled"), " at the interval."),
    )


def why_no_mail(name: str, folders: str = "/usr/sbin:/usr/bin") -> str:
    """Return why this scheduler does not mail the output of a job; empty if it does."""
    if name != "cron":
        return f"{name} sends no mail"
    return "" if shutil.which("sendmail", path=folders) else "cron cannot send mail here: there is no sendmail"


def all_installed(host: Host, targets: list[JobTarget]) -> list[tuple[Scheduler, InstalledJob]]:
    """Return every installed job of these targets with its scheduler."""
    found = [(one, one.installed(target)) for one in schedulers(host).values() for target in targets]
    return [(one, installed) for one, installed in found if installed is not None]
