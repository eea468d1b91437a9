"""`kaufland schedule install / remove`: from the settings to one entry in the system's scheduler, verified by a run.

Why a test run: docs/decisions/0015-test-run-of-a-schedule.md.
"""

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.all_profiles import most_serious
from kaufland_cli.app.context import Context
from kaufland_cli.app.results import InstalledSchedule, PlannedSchedule, RemovedSchedule, ScheduleEntry
from kaufland_cli.app.schedule_job import (
    Job,
    Owner,
    check_secret,
    host_of,
    imported_by,
    job_of,
    plan_of,
    profile_names,
    smallest_interval,
)
from kaufland_cli.app.schedule_state import ScheduleAction, entries, needs_root
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.errors import (
    ExitCode,
    Interrupted,
    KauflandError,
    ScheduleUnusable,
    SecretMissing,
    SettingsError,
    WrongUsage,
    known_errors,
)
from kaufland_cli.files import make_private_folder
from kaufland_cli.scheduling import verification
from kaufland_cli.scheduling.schedulers import all_installed, choose, scheduler_named
from kaufland_cli.scheduling.systemd import Systemd
from kaufland_cli.scheduling.verification import VerificationAnswer

if TYPE_CHECKING:
    from pathlib import Path

    from kaufland_cli.scheduling.backend import Host, InstalledJob, Scheduler
    from kaufland_cli.scheduling.plan import SchedulePlan

AUTO_IMPORT: Final = "order_import.auto_import_orders"
MAX_WAIT_SECONDS: Final = verification.MAX_QUESTION.total_seconds()
WAIT_STEP_SECONDS: Final = 0.5
# The import took place: single orders may need attention, but the schedule works.
COMPLETED: Final = frozenset({ExitCode.DONE, ExitCode.PARTLY, ExitCode.UNHEALTHY})


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """The options of `kaufland schedule install`."""

    scheduler: str | None = None
    system: bool = False
    run_as: str | None = None
    all_profiles: bool = False
    dry_run: bool = False
    verify: bool = True

    def typed(self, *, as_root: bool = False) -> Hint:
        """Return the command with these options, to be typed by root if only root may do it."""
        return ScheduleAction("install", self.scheduler, self.system, self.all_profiles, self.run_as, as_root).hint


def install(context: Context, options: InstallOptions) -> int:
    """Replace what is installed, verify it with a test run, show the result, and return the exit code."""
    job = job_of(context, all_profiles=options.all_profiles, run_as=options.run_as)
    host = host_of(context, job.owner)
    before = _present(host, job)
    _check_rights(job, options, before)
    _check_not_shared(context, job, options)
    if not options.all_profiles:
        _check_secret(context, job, options)
        job = _with_auto_import(context, job, options)
    scheduler = _chosen(context, host, options)
    every = smallest_interval(job) if options.all_profiles else None
    plan = plan_of(job, system=options.system, every_minutes=every)
    if plan.credentials:
        _check_credentials(scheduler, plan, options)
    if options.dry_run:
        _show_plan(context, scheduler, plan)
        return ExitCode.DONE
    for folder in plan.written:
        make_folder_for(job.owner, folder)
    unchanged = any(
        installed.target == plan.target and scheduler.name == one.name and scheduler.is_current(plan, installed)
        for one, installed in before
    )
    if not unchanged:
        scheduler.install(plan)
    moved = _remove_others(before, scheduler, plan)
    _say_installed(context, scheduler, plan, moved, unchanged=unchanged)
    if any(_imports_with_other_settings(installed, plan, job) for _, installed in before):
        context.output.warning(
            "The previous entry imported with another settings file; nothing starts those imports now. For "
            "two sellers, set up a profile and an entry for each: "
            f"{command('--profile', 'NAME', 'setup')!s}"
        )
    _warn(context, job, scheduler, plan)
    if options.verify or not unchanged:
        _note_unverified(job)
    answer = verify(context, scheduler, plan, job) if options.verify else None
    if answer is None and job.owner.calls and not options.all_profiles:
        _warn_of_lost_secret(context, job)
    _report(context, scheduler, plan, job, answer, moved, unchanged=unchanged)
    return ExitCode.DONE if answer is None else answer.exit_code


def _check_rights(job: Job, options: InstallOptions, before: "list[tuple[Scheduler, InstalledJob]]") -> None:
    """Raise `WrongUsage` if the caller may not install it there."""
    if options.run_as and not options.system:
        raise WrongUsage("--run-as needs --system.", hint=replace(options, system=True).typed(as_root=True))
    if sys.platform == "win32" or options.dry_run:
        return
    if options.system and os.getuid():
        raise WrongUsage(
            "--system installs it for the whole machine, which only root may do.",
            hint=options.typed(as_root=True),
        )
    if needs_root(before):
        shared = any(installed.target.all_profiles for _, installed in before if installed.target.system)
        raise WrongUsage(
            "It is currently installed for the whole machine, which only root may change.",
            hint=ScheduleAction("remove", all_profiles=shared, run_as=options.run_as, as_root=True).hint,
        )
    if not options.system and not job.owner.calls:
        raise WrongUsage(
            f"This would be installed for root, not for {job.owner.name}.",
            hint=Hint(
                "Without sudo: ",
                options.typed(),
                "; or for the whole machine: ",
                replace(options, system=True).typed(as_root=True),
            ),
        )


def _check_not_shared(context: Context, job: Job, options: InstallOptions) -> None:
    """Raise `WrongUsage` if an entry for all profiles imports this one already."""
    if options.all_profiles or options.dry_run or context.options.config_file:
        return
    shared = [one for one in entries(context, job) if one[1].target.all_profiles]
    if shared:
        remove, place = command("schedule", "remove", "--all-profiles"), shared[0][1].texts[0].place
        raise WrongUsage(
            f"The entry for all profiles ({place}) imports this one already. Nothing was installed.",
            hint=Hint("To use one entry per profile instead: ", remove.as_root() if needs_root(shared) else remove),
        )


def _chosen(context: Context, host: "Host", options: InstallOptions) -> "Scheduler":
    """Return the scheduler to use; with --dry-run, one that is not available here only causes a warning."""
    if not (options.dry_run and options.scheduler):
        return choose(host, options.scheduler, system=options.system)
    scheduler = scheduler_named(options.scheduler, host)
    if why := scheduler.why_not(system=options.system):
        context.output.warning(f"{scheduler.name} cannot be used here: {why}.")
    return scheduler


def _with_auto_import(context: Context, job: Job, options: InstallOptions) -> Job:
    """Return the job with auto import on, after asking. Raises `SettingsError` if it stays off."""
    if job.loaded.settings.order_import.auto_import_orders:
        return job
    hint = command("config", "set", AUTO_IMPORT, "true")
    if options.dry_run:
        context.output.warning(
            Hint("Auto import is off, so a scheduled import would do nothing. To turn it on: ", hint)
        )
        return job
    off = SettingsError("Auto import is off, so a scheduled import would do nothing. Nothing was installed.", hint=hint)
    if not context.has_terminal:
        raise off
    if not context.questions(hint).yes_no("Auto import is off. Switch it on?", default=True):
        raise off
    from kaufland_cli.settings.edit import change_settings

    file = job.loaded.locations.config_file
    change_settings(file, {AUTO_IMPORT: True}, environ=context.environ, now=context.clock.now())
    context.output.success(f"{AUTO_IMPORT} is set.")
    return job_of(context, run_as=options.run_as)


def _check_secret(context: Context, job: Job, options: InstallOptions) -> None:
    """Raise a `SettingsError` if the import would not find its secret key; without a test run it may come later."""
    try:
        check_secret(context, job)
    except SettingsError as error:
        later = isinstance(error, SecretMissing) and not options.verify
        if not (options.dry_run or later):
            error.message += " Nothing was installed."
            raise
        context.output.warning(Hint(f"{error.message} ", error.hint))


def _check_credentials(scheduler: "Scheduler", plan: "SchedulePlan", options: InstallOptions) -> None:
    """Raise `ScheduleUnusable` if the scheduler cannot pass on an encrypted credential."""
    from kaufland_cli.secrets import FIRST_FOR_USER_UNITS

    if plan.target.all_profiles:
        raise ScheduleUnusable(
            "The secret key of a profile is an encrypted credential of systemd (secret.store = systemd), and a unit "
            "for all profiles would be given that of one of them.",
            hint=command("--profile", "NAME", "schedule", "install", "--with", "systemd", "--system").as_root(),
        )
    if isinstance(scheduler, Systemd):
        why = scheduler.why_no_credentials(system=plan.target.system, users_from=FIRST_FOR_USER_UNITS)
    else:
        why = f"only systemd hands one over, not {scheduler.name}"
    if why:
        raise ScheduleUnusable(
            f"The secret key is an encrypted credential of systemd (secret.store = systemd), and {why}.",
            hint=replace(options, scheduler="systemd", system=True).typed(as_root=True),
        )


def _present(host: "Host", job: Job) -> "list[tuple[Scheduler, InstalledJob]]":
    """Return what is installed for the same imports: of one profile, or of every profile."""
    targets = [job.at(system=False), job.at(system=True)]
    if job.target.all_profiles:
        targets += [
            replace(target, all_profiles=False, profile=name, uses_default=name == "default")
            for target in targets
            for name in profile_names(job.loaded.locations)
        ]
    return all_installed(host, targets)


def _remove_others(
    before: "list[tuple[Scheduler, InstalledJob]]", scheduler: "Scheduler", plan: "SchedulePlan"
) -> "list[InstalledJob]":
    """Remove what the new entry replaces; return it."""
    moved = []
    for one, installed in before:
        if (one.name, installed.target) != (scheduler.name, plan.target):
            one.remove(installed.target)
            moved.append(installed)
    return moved


def _show_plan(context: Context, scheduler: "Scheduler", plan: "SchedulePlan") -> None:
    texts, commands = scheduler.texts(plan), scheduler.commands(plan)
    if context.as_json:
        context.output.show_result(PlannedSchedule(_entry(scheduler, plan), commands))
        return
    for text in texts:
        context.output.note(f"{text.place}:")
        context.output.line(text.text.rstrip("\n"))
    for words in commands:
        context.output.note(f"Then: {words}")


def _say_installed(
    context: Context, scheduler: "Scheduler", plan: "SchedulePlan", moved: "list[InstalledJob]", *, unchanged: bool
) -> None:
    where = ", ".join(text.place for text in scheduler.texts(plan))
    if unchanged:
        context.output.note(f"Already installed, nothing to change: {where} ({plan.target.words})")
    else:
        context.output.note(f"Installed: {where} ({plan.target.words})")
    for installed in moved:
        for text in installed.texts:
            context.output.note(f"Removed: {text.place} ({installed.target.words})")


def _warn(context: Context, job: Job, scheduler: "Scheduler", plan: "SchedulePlan") -> None:
    """Warn of variables that the schedule does not see, and note what else the scheduler needs."""
    if job.unseen:
        names = ", ".join(variable for variable, _ in job.unseen)
        keep = [part for _, key in job.unseen for part in ("\n  ", command("config", "set", key, "VALUE"))]
        context.output.warning(
            Hint(f"The schedule does not see these variables of this shell: {names}. To keep them:", *keep)
        )
    for note in scheduler.notes(plan.target):
        context.output.note(note)


def _imports_with_other_settings(installed: "InstalledJob", plan: "SchedulePlan", job: Job) -> bool:
    """Return whether an entry of the same profile uses another settings file than the new one."""
    if installed.target.all_profiles or plan.target.all_profiles or installed.target.profile != plan.target.profile:
        return False
    texts = [text.text for text in installed.texts]
    named = any("--config" in text for text in texts)
    if not named or "--config" not in plan.command:
        return named or "--config" in plan.command
    return not any(str(job.loaded.locations.config_file) in text for text in texts)


def _warn_of_lost_secret(context: Context, job: Job) -> None:
    """Without a test run, warn if a job would not find the secret key."""
    from kaufland_cli.app.bare_environment import secret_in_bare_environment

    if lost := secret_in_bare_environment(context, job.loaded):
        context.output.warning(Hint(f"A job would not find the secret key: {lost.message} ", lost.hint))


def _report(
    context: Context,
    scheduler: "Scheduler",
    plan: "SchedulePlan",
    job: Job,
    answer: VerificationAnswer | None,
    moved: "list[InstalledJob]",
    *,
    unchanged: bool,
) -> None:
    """Show the result. Raises the error of the test run."""
    if answer is not None and answer.exit_code not in COMPLETED:
        raise error_of(answer, scheduler)
    if context.as_json:
        gone = [text.place for installed in moved for text in installed.texts]
        context.output.show_result(InstalledSchedule(_entry(scheduler, plan), unchanged, gone, answer))
    elif answer is None:
        context.output.warning(Hint("Not verified (no test run). See how it is doing: ", _look(job)))
    else:
        if answer.message:
            context.output.warning(answer.message)
        context.output.success(f"{plan.title}, by {scheduler.name}: verified by a test run.")


def _look(job: Job) -> Hint:
    """Return the command that shows how imports are doing."""
    if not job.owner.calls:
        return command("schedule", "status", "--run-as", job.owner.name)
    return command("profiles", "list") if job.target.all_profiles else command("status")


def _entry(scheduler: "Scheduler", plan: "SchedulePlan") -> ScheduleEntry:
    return ScheduleEntry(scheduler.name, plan.target, plan.every_minutes, scheduler.texts(plan))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A profile whose import has to answer."""

    profile: str
    folder: "Path"
    store: "Path"


def verify(context: Context, scheduler: "Scheduler", plan: "SchedulePlan", job: Job) -> VerificationAnswer:
    """Let the scheduler run the entry once, and return the answer. Raises `ScheduleUnusable` if there is none.

    For all profiles, each one with auto import on has to answer; the most serious answer counts.
    """
    if why := scheduler.not_running():
        raise _never(scheduler, plan, job.owner, why)
    token = f"{os.getpid()}-{int(context.process.random() * 2**53):x}"
    asked = [_Asked(one.locations.profile, one.locations.store_folder, one.store_file) for one in imported_by(job)]
    try:
        for one in asked:
            make_folder_for(job.owner, one.folder)
            verification.ask(one.folder, token, context.clock.now())
            for path in (*one.folder.glob("schedule-verification*"), one.folder):
                _give(job.owner, path)
        scheduler.start(plan)
        found = _wait(context, scheduler, plan, job.owner, asked, token)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Stopped waiting for the test run. The entry is installed and live: {scheduler.name} starts imports. It "
            "is not verified until the first run.",
            hint=command("schedule", "status"),
        ) from None
    finally:
        try:
            scheduler.end(plan)
        finally:
            for one in asked:
                verification.withdraw(one.folder)
    return _together(found) if plan.target.all_profiles else found[job.target.profile]


def _note_unverified(job: Job) -> None:
    """Record, for each profile that the entry imports, that it has not started a run yet."""
    for one in imported_by(job):
        folder = one.locations.store_folder
        make_folder_for(job.owner, folder)
        verification.note_unverified(folder)
        for path in folder.glob("schedule-*"):
            _give(job.owner, path)


def _together(found: dict[str, VerificationAnswer]) -> VerificationAnswer:
    """Return the answers of all profiles as one."""
    code = most_serious([answer.exit_code for answer in found.values()])
    messages = [f"Profile {name}: {answer.message}" for name, answer in found.items() if answer.message]
    hint = next((answer.hint for answer in found.values() if answer.exit_code == code), NO_HINT)
    return VerificationAnswer(code, "\n".join(messages), hint)


def error_of(answer: VerificationAnswer, scheduler: "Scheduler") -> KauflandError:
    """Return the answer as an error with the exit code of the run."""
    kind = next((one for one in known_errors() if one.exit_code == answer.exit_code), ScheduleUnusable)
    return kind(
        f"{scheduler.name} started the import, and it failed there. The entry stays.\n{answer.message}",
        hint=answer.hint or None,
    )


def make_folder_for(owner: Owner, folder: "Path") -> None:
    """Create a folder owned by the user who runs the imports."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    make_private_folder(folder)
    for path in missing:
        _give(owner, path)


def _give(owner: Owner, path: "Path") -> None:
    """Change the owner of what root has created to the user who runs the imports."""
    if sys.platform != "win32" and not owner.calls:
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)  # a link could lead anywhere


def _wait(
    context: Context, scheduler: "Scheduler", plan: "SchedulePlan", owner: Owner, asked: list[_Asked], token: str
) -> dict[str, VerificationAnswer]:
    """Wait until the runs begin, and then for as long as they take; return the answers by profile.

    An import started by somebody else verifies nothing: when it has ended, the scheduler starts the entry again.
    """
    from kaufland_cli.order_import.lock import running_import

    clock, begun = context.clock, context.clock.monotonic()
    begins_within, in_the_way = float(scheduler.waits), False
    found: dict[str, VerificationAnswer] = {}
    if not scheduler.starts_itself:
        context.output.note(f"{scheduler.name} starts the test run within two minutes.")
    with context.output.progress() as line:
        while True:
            waited = clock.monotonic() - begun
            found |= {
                one.profile: got for one in asked if (got := verification.answered(one.folder, token)) is not None
            }
            missing = [one for one in asked if one.profile not in found]
            if not missing:
                return found
            if trouble := scheduler.trouble(plan.target) if waited >= 1 else "":
                raise _never(scheduler, plan, owner, trouble)
            kind = f" of profile {', '.join(one.profile for one in missing)}" if found else ""
            if waited > MAX_WAIT_SECONDS:
                minutes = round(MAX_WAIT_SECONDS / 60)
                raise _never(scheduler, plan, owner, f"No run{kind} answered within {minutes} minutes")
            if waited > begins_within and not any(verification.begun(one.folder, token) for one in missing):
                # The look itself takes the run lock for a moment, so it must not happen while a run may begin.
                if any(running_import(one.store) is not None for one in missing):
                    in_the_way = True
                elif in_the_way:
                    in_the_way, begins_within = False, waited + scheduler.waits
                    scheduler.start(plan)
                else:
                    raise _never(scheduler, plan, owner, f"No run{kind} began within {scheduler.waits} seconds")
            if line is not None:
                line.waited(scheduler.name, round(waited), scheduler.waits)
            clock.sleep(WAIT_STEP_SECONDS)


def _never(scheduler: "Scheduler", plan: "SchedulePlan", owner: Owner, what: str) -> ScheduleUnusable:
    target = plan.target
    whose = owner.name if target.system and not owner.calls else None
    again = InstallOptions(None, target.system, whose, target.all_profiles)
    return ScheduleUnusable(
        f"{what}, so it is not verified that {scheduler.name} can import; the entry stays.",
        hint=Hint(scheduler.checks(), " When that is fixed: ", again.typed(as_root=target.system)),
    )


def remove(context: Context, *, run_as: str | None, all_profiles: bool) -> None:
    """Remove the import from every scheduler and show what was removed. Raises `WrongUsage` if that needs root."""
    context.state.may_be_new = True  # an entry outlives its settings
    job = job_of(context, run_as=run_as, with_faults=True)
    all_found = entries(context, job)
    found = [one for one in all_found if one[1].target.all_profiles is all_profiles]
    if needs_root(found):
        raise WrongUsage(
            "It is installed for the whole machine; only root may change that.",
            hint=ScheduleAction("remove", all_profiles=all_profiles, run_as=run_as, as_root=True).hint,
        )
    for scheduler, installed in found:
        scheduler.remove(installed.target)
    places = [text.place for _, installed in found for text in installed.texts]
    if context.as_json:
        context.output.show_result(RemovedSchedule(places))
        return
    for place in places:
        context.output.success(f"Removed: {place}")
    if not places and all_found:
        root = needs_root(all_found)
        other = ScheduleAction("remove", all_profiles=not all_profiles, run_as=run_as, as_root=root)
        context.output.note(Hint("Nothing is installed. The other entry: ", other.hint))
    elif not places:
        context.output.note("Nothing was installed.")
    elif not all_profiles and job.loaded.settings.order_import.auto_import_orders:
        off = command("config", "set", AUTO_IMPORT, "false")
        context.output.note(Hint(f"The setting {AUTO_IMPORT} is still on. To turn it off: ", off))
