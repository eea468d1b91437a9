"""Compares what is installed in the system's scheduler with the settings, and finds what brings it in sync."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from kaufland_cli.app.context import Context
from kaufland_cli.app.first_steps import for_this_call
from kaufland_cli.app.results import ScheduleReport
from kaufland_cli.app.schedule_job import Job, host_of, imported_by, job_of, plan_of
from kaufland_cli.app.stores import note_damage
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.errors import KauflandError, reason_of
from kaufland_cli.scheduling.backend import InstalledJob, Scheduler, ScheduleSummary
from kaufland_cli.scheduling.schedulers import all_installed
from kaufland_cli.scheduling.verification import is_unverified

if TYPE_CHECKING:
    from kaufland_cli.secrets import SecretKind


@dataclass(frozen=True, slots=True)
class ScheduleAction:
    """What brings the schedule in sync with the settings: install a new entry, or remove what is there."""

    verb: Literal["install", "remove"]
    scheduler: str | None = None
    """The scheduler to use; None for the best one here, or for any that has the entry."""
    system: bool = False
    all_profiles: bool = False
    run_as: str | None = None
    as_root: bool = False
    """Whether only root may do it and the caller is not root."""

    @property
    def hint(self) -> Hint:
        """Return the command to type, with sudo where it needs root."""
        words = [
            *(("--with", self.scheduler) if self.scheduler else ()),
            *(("--system",) if self.system else ()),
            *(("--run-as", self.run_as) if self.run_as else ()),
            *(("--all-profiles",) if self.all_profiles else ()),
        ]
        wanted = command("schedule", self.verb, *words)
        return wanted.as_root() if self.as_root else wanted


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """What is installed, and how it differs from the settings."""

    job: Job
    found: tuple[tuple[Scheduler, InstalledJob], ...]
    differences: tuple[str, ...] = ()
    action: ScheduleAction | None = None
    """What fixes it; None if nothing differs."""

    def summary(self, context: Context) -> ScheduleSummary:
        """Return the state without what it was found from."""
        fix = for_this_call(context, self.action.hint) if self.action else NO_HINT
        if not self.found:
            return ScheduleSummary(differences=self.differences, fix=fix)
        first = self.found[0][1]
        return ScheduleSummary(
            installed=True,
            scheduler=first.scheduler,
            every_minutes=first.every_minutes,
            differences=self.differences,
            fix=fix,
            all_profiles=first.target.all_profiles,
            verified=not is_unverified(self.job.loaded.locations.store_folder),
        )


def schedule_summary(context: Context) -> ScheduleSummary:
    """Return what is installed; an error is a difference, and nothing is raised."""
    try:
        return schedule_state(context).summary(context)
    except (KauflandError, OSError, ValueError) as error:
        said = error.message if isinstance(error, KauflandError) else reason_of(error)
        differences = (f"Cannot find out what is installed: {said}",)
        return ScheduleSummary(differences=differences, fix=command("schedule", "status"))


def schedule_state(context: Context, run_as: str | None = None) -> ScheduleState:
    """Compare what is installed with the settings that a scheduled import sees. Raises a `KauflandError`."""
    job = job_of(context, run_as=run_as)
    plan = job.loaded.settings.order_import
    found = entries(context, job)
    if not found:
        if not plan.auto_import_orders:
            return ScheduleState(job, ())
        missing = "Auto import is on, but no scheduler runs imports."
        by_systemd = job.loaded.settings.secret.store == "systemd"
        action = ScheduleAction("install", "systemd" if by_systemd else None, system=by_systemd, as_root=by_systemd)
        return ScheduleState(job, (), (missing,), action)
    found.sort(key=lambda one: not one[1].target.all_profiles)  # the entry for all profiles can replace the others
    scheduler, installed = found[0]
    root = needs_root(found)
    if not plan.auto_import_orders and not (installed.target.all_profiles and _others_import(context, run_as)):
        said = f"{scheduler.name} runs imports, but they do nothing: auto import is off."
        action = ScheduleAction("remove", all_profiles=installed.target.all_profiles, run_as=run_as, as_root=root)
        return ScheduleState(job, tuple(found), (said,), action)
    differences = [*_differences(context, job, scheduler, installed, run_as)]
    if len(found) > 1:
        others = ", ".join(entry.texts[0].place for _, entry in found[1:])
        differences.append(f"It is installed more than once: also {others}.")
    shared = next((entry for _, entry in found if entry.target.all_profiles), None)
    if shared is not None and len(found) > 1:
        differences[-1] = "Two entries import it: one of its own, and the one for all profiles."
        installed = shared
    if not differences:
        return ScheduleState(job, tuple(found))
    target = installed.target
    action = ScheduleAction(
        "install",
        scheduler.name if len(found) == 1 else None,
        system=target.system,
        all_profiles=target.all_profiles,
        run_as=run_as if target.system else None,
        as_root=root,
    )
    return ScheduleState(job, tuple(found), tuple(differences), action)


def passed_by_scheduler(context: Context, kind: "SecretKind") -> bool:
    """Return whether the scheduler passes a secret to the import, so that only the import has it."""
    if context.settings.secret.store != "systemd":
        return False
    with suppress(KauflandError, OSError):
        return any(installed.credential(kind.credential) for _, installed in entries(context, job_of(context)))
    return False


def entries(context: Context, job: Job) -> list[tuple[Scheduler, InstalledJob]]:
    """Return what is installed for this profile, and for all profiles together unless --config names a file."""
    targets = [job.at(system=False), job.at(system=True)]
    if context.options.config_file is None or "--config" not in job.command:
        targets += [replace(place, all_profiles=True) for place in targets]
    return all_installed(host_of(context, job.owner), targets)


def needs_root(found: Iterable[tuple[Scheduler, InstalledJob]]) -> bool:
    """Return whether one of the entries is installed for the whole machine and the caller is not root."""
    return sys.platform != "win32" and bool(os.getuid()) and any(installed.target.system for _, installed in found)


def _others_import(context: Context, run_as: str | None) -> bool:
    return bool(imported_by(job_of(context, all_profiles=True, run_as=run_as)))


def _differences(
    context: Context, job: Job, scheduler: Scheduler, installed: InstalledJob, run_as: str | None
) -> list[str]:
    wanted, every = job.loaded.settings.order_import.interval_minutes, installed.every_minutes
    target = installed.target
    if target.all_profiles:
        if job.loaded.settings.order_import.auto_import_orders and (every is None or every > wanted):
            return [f"It runs every {every or '?'} minutes; the settings say {wanted}."]
        job = job_of(context, all_profiles=True, run_as=run_as)
        wanted = every or wanted
    elif every != wanted:
        return [f"It runs every {every or '?'} minutes; the settings say {wanted}."]
    if not scheduler.is_current(plan_of(job, system=target.system, every_minutes=wanted), installed):
        return ["It belongs to another installation, settings file or store, or was changed by hand."]
    return []


def schedule_report(context: Context, run_as: str | None) -> ScheduleReport:
    """Return what `kaufland schedule status` shows. Raises a `KauflandError`."""
    state = schedule_state(context, run_as)
    plan, loaded = state.job.loaded.settings.order_import, state.job.loaded
    last = None
    if loaded.store_file.exists():
        from kaufland_cli.store.store import Store

        with Store.open_for_reading(loaded.store_file, context.clock.now()) as store:
            last = store.sync.last_run(finished=False)
        note_damage(context, loaded.store_file)
    first = state.found[0] if state.found else None
    return ScheduleReport(
        summary=state.summary(context),
        auto_import_orders=plan.auto_import_orders,
        interval_minutes=plan.interval_minutes,
        places=[text.place for _, installed in state.found for text in installed.texts],
        user=state.job.owner.name,
        system=first is not None and first[1].target.system,
        next_run=first[0].next_run(first[1].target) if first else "",
        last_run=last,
        notes=first[0].notes(first[1].target) if first else (),
    )
