"""`kaufland doctor`: runs every check on one profile, one after the other, and writes the support report."""

import getpass
import platform
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.context import Context
from kaufland_cli.app.first_steps import needs_keys
from kaufland_cli.app.secret import find_secret
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.errors import KauflandError, ProgramFault, WrongUsage, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kaufland_cli.doctor.check import Check, State, Task
    from kaufland_cli.scheduling.backend import ScheduleSummary
    from kaufland_cli.secrets import FoundSecret, SecretKind
    from kaufland_cli.settings import LoadedSettings, Locations

SETTINGS_FIRST = "The settings must be valid first."
STORE_FIRST = "There is no readable store yet."
SECRET_SECONDS = 70.0
NETWORK_SECONDS = 180.0
STORE_SECONDS = 90.0
FULL_STORE_SECONDS = 3 * 3600.0
_PEOPLE: Final = ("HOME", "USERPROFILE", "USER", "USERNAME", "LOGNAME")


class Doctor:
    """All checks of one profile; a check can use what an earlier one found."""

    def __init__(self, context: Context, *, full: bool = False) -> None:
        """`full`: check all of the store, however large it is and whenever it was checked last."""
        self.context = context
        self._full = full
        self.loaded: LoadedSettings | None = None
        self.secret: FoundSecret | None = None
        self.schedule: ScheduleSummary | None = None
        self.found: list[Check] = []
        self._recent = False

    def checks(self) -> "Iterator[Check]":
        """Run every task and yield its checks as they are made; the damage of a store is one of them.

        Without a secret key no check advises what would need one.
        """
        from kaufland_cli.doctor.check import examined

        for check in examined(self.tasks()):
            shown = replace(check, hint=NO_HINT) if self.secret is None and needs_keys(check.hint) else check
            self.found.append(shown)
            yield shown
        self.context.state.damage = None  # one of the checks reports it

    @property
    def state(self) -> "State":
        """The worst state of the checks so far."""
        from kaufland_cli.doctor.check import worst

        return worst(self.found)

    def write_report(self, file: Path | None) -> Path:
        """Write the report without personal data, never over another file, and return its path.

        Raises `WrongUsage` if the file exists and `ProgramFault` if it cannot be written.
        """
        from kaufland_cli.doctor.report import ReportParts, report
        from kaufland_cli.files import write_new_private_file
        from kaufland_cli.settings.locations import absolute

        context = self.context
        now = context.clock.now()
        path = absolute(file or Path(f"kaufland-report-{now:%Y-%m-%d-%H%M%S}.json"), context.environ)
        store = self.store_file
        parts = ReportParts(
            at=now,
            checks=self.found,
            loaded=self.loaded,
            store=store if store is not None and store.exists() else None,
            schedule=self.schedule,
            words=self._private_words(),
        )
        try:
            written = write_new_private_file(path, report(parts))
        except OSError as error:
            raise ProgramFault(
                f"The report could not be written to {path}: {reason_of(error)}.",
                hint=Hint("Choose a file in a folder that you may write to: ", command("doctor", "--report", "FILE")),
            ) from error
        if not written:
            raise WrongUsage(
                f"The file {path} already exists.",
                hint=Hint("Use another name: ", command("doctor", "--report", "FILE")),
            )
        return path

    def _private_words(self) -> list[str]:
        """Return what must never be in the report: secrets, accounts, people, and paths of this machine."""
        from kaufland_cli.doctor.masking import private_words
        from kaufland_cli.secrets import SecretKind

        words = [self.context.environ.get(name, "") for name in _PEOPLE]
        words += [self.context.environ.get(kind.variable, "") for kind in SecretKind]
        words.append(platform.node())
        with suppress(OSError, KeyError, ImportError):
            words.append(getpass.getuser())
        with suppress(KauflandError):
            places = self.places
            words += [str(path) for path in (places.config_file, places.config_file.parent, places.data_folder)]
        if self.loaded is not None:
            words += [str(self.loaded.store_file), *private_words(self.loaded)]
        return words

    def tasks(self) -> "Iterator[Task]":
        """Yield the tasks; each may rely on the results of those before it."""
        from kaufland_cli.doctor.check import Task
        from kaufland_cli.doctor.surroundings import time_zone_checks, versions_checks

        again, now = command("doctor"), self.context.clock.now()
        yield Task("versions", versions_checks)
        yield Task("time zones", partial(time_zone_checks, now))
        yield Task("settings", self._settings)
        yield Task("monitoring", self._monitoring, SECRET_SECONDS, command("secret", "status", "--mail"))
        yield Task("secret key", self._secret, SECRET_SECONDS, command("secret", "status"))
        yield Task("secret key of jobs", self._secret_of_jobs, SECRET_SECONDS, command("secret", "status"))
        yield Task("connection", self._connection, NETWORK_SECONDS, command("test-connection"))
        yield Task("store", self._store, FULL_STORE_SECONDS if self._full else STORE_SECONDS, again)
        yield Task("disk", self._disk, hint=again)
        yield Task("last import", self._imports, hint=command("status"))
        yield Task("schedule", self._schedule, hint=command("status"))
        yield Task("sales order target", self._target, NETWORK_SECONDS, command("sales-orders", "check"))

    @property
    def places(self) -> "Locations":
        """The folders and files of this profile, even if its settings are faulty."""
        from kaufland_cli.settings import find_locations

        context = self.context
        return find_locations(context.environ, config_file=context.options.config_file, profile=context.options.profile)

    @property
    def store_file(self) -> Path | None:
        """The store in use; with faulty settings, the one written last; None if there is none."""
        if self.loaded is not None:
            return self.loaded.store_file
        found = sorted(self.places.store_folder.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)
        return found[-1] if found else None

    def _settings(self) -> "Iterator[Check]":
        from kaufland_cli.doctor.settings_checks import settings_check, settings_file_check

        self.loaded, checks = settings_check(lambda: self.context.loaded)
        yield from checks
        yield from settings_file_check(self.places.config_file)

    def _monitoring(self) -> "Iterator[Check]":
        from kaufland_cli.app.import_health import remembered
        from kaufland_cli.app.schedule_state import schedule_summary
        from kaufland_cli.doctor.settings_checks import monitoring_checks
        from kaufland_cli.domain.moments import as_text
        from kaufland_cli.scheduling.schedulers import why_no_mail
        from kaufland_cli.secrets import SecretKind

        if self.loaded is None:
            yield from _skipped("monitoring")
            return
        self.schedule = schedule_summary(self.context)
        no_mails = why_no_mail(self.schedule.scheduler) if self.schedule.scheduler else None
        memory = remembered(self.context)
        yield from monitoring_checks(
            self.loaded.settings,
            lambda: self._fetched(SecretKind.MAIL),
            no_mails,
            unsent=memory.unsent is not None,
            lost=memory.lost,
            failures={
                name: f"{one.what.rstrip('.')} ({self.context.forms.moment(as_text(one.at))})"
                for name, one in memory.channel_failures.items()
            },
        )
        if self.loaded.prometheus_file is not None:
            yield from self._silent_trials(self.loaded)

    def _silent_trials(self, loaded: "LoadedSettings") -> "Iterator[Check]":
        """Try the channels whose trial reaches no person."""
        from kaufland_cli.app.notify import sources_of
        from kaufland_cli.doctor.check import failure
        from kaufland_cli.monitoring.channels import open_channels

        for channel in open_channels(sources_of(self.context, loaded)):
            if not channel.trial_notifies:
                try:
                    channel.send_trial()
                except KauflandError as error:
                    yield failure("monitoring", error)

    def _secret(self) -> "Iterable[Check]":
        from kaufland_cli.doctor.job_checks import secret_check
        from kaufland_cli.secrets import SecretKind

        if self.loaded is None:
            return _skipped("secret key")
        self.secret = self._fetched(SecretKind.SELLER)
        if self.secret is None:
            return _skipped("secret key", why="Only root can open it; systemd gives it to the scheduled import.")
        return [secret_check(self.secret, self.loaded.settings.secret.store)]

    def _fetched(self, kind: "SecretKind") -> "FoundSecret | None":
        """Return a secret; None if only the unit that imports gets it, and this user cannot open it."""
        from kaufland_cli.app.schedule_state import passed_by_scheduler
        from kaufland_cli.errors import SecretSourceFailed

        try:
            return find_secret(self.context, kind)
        except SecretSourceFailed:
            if not passed_by_scheduler(self.context, kind):
                raise
            return None

    def _secret_of_jobs(self) -> "Iterable[Check]":
        from kaufland_cli.app.bare_environment import secret_in_bare_environment
        from kaufland_cli.app.schedule_state import passed_by_scheduler
        from kaufland_cli.doctor.job_checks import JOB_SECRET, job_secret_check
        from kaufland_cli.secrets import SecretKind

        if self.loaded is None:
            return _skipped(JOB_SECRET)
        automatic = self.loaded.settings.order_import.auto_import_orders
        error = secret_in_bare_environment(self.context)
        by_unit = error is not None and passed_by_scheduler(self.context, SecretKind.SELLER)
        return [job_secret_check(None if by_unit else error, automatic=automatic, by_unit=by_unit)]

    def _connection(self) -> "Iterator[Check]":
        from kaufland_cli.app.connection import seller_api
        from kaufland_cli.app.request_log import log_of_calls
        from kaufland_cli.doctor.kaufland_checks import CONNECTION_STEPS, connection_checks
        from kaufland_cli.secrets import SecretKey, SecretKind

        if self.loaded is None:
            yield from _skipped(*CONNECTION_STEPS)
            return
        context, settings = self.context, self.loaded.settings
        signed, partner = self.secret is not None, None
        if signed and settings.api.partner_client_key:
            partner = find_secret(context, SecretKind.PARTNER).secret
        key = SecretKey("0" * 64) if self.secret is None else self.secret.secret
        with (
            # Looking changes nothing, except that a log that is wanted has these calls too.
            log_of_calls(context, warn=False) if settings.debug.log_api_requests else nullcontext() as log,
            seller_api(settings, key, partner, clock=context.clock, random=context.process.random, log=log) as api,
        ):
            default = settings.api.default_storefront
            yield from connection_checks(
                api, context.clock, context.forms.numbers, signed=signed, default_storefront=default
            )

    def _store(self) -> "Iterator[Check]":
        from kaufland_cli.doctor.store_checks import (
            backup_checks,
            leftover_copies,
            lock_checks,
            set_aside_checks,
            store_checks,
        )
        from kaufland_cli.store.backup import sweep_unfinished
        from kaufland_cli.store.places import unfinished_copies_of

        path, clock, numbers = self.store_file, self.context.clock, self.context.forms.numbers
        if path is None:
            yield from _skipped("store")
            return
        yield from lock_checks(path, clock.now())
        if path.exists():
            yield from backup_checks(path.parent / "backups", clock.now(), numbers)
        yield from set_aside_checks(path, numbers)
        yield from leftover_copies(sweep_unfinished(path), unfinished_copies_of(path))
        yield from store_checks(path, clock.now(), clock.monotonic, numbers, full=self._full)

    def _disk(self) -> "Iterable[Check]":
        from kaufland_cli.doctor.store_checks import disk_checks, store_bytes

        path = self.store_file
        return disk_checks(
            self.places.store_folder, 0 if path is None else store_bytes(path), self.context.forms.numbers
        )

    def _imports(self) -> "Iterator[Check]":
        from kaufland_cli.app.import_health import health_of
        from kaufland_cli.doctor.import_checks import (
            last_import_checks,
            leftover_checks,
            log_checks,
            longest_age,
            times_check,
        )
        from kaufland_cli.doctor.store_checks import readable_store
        from kaufland_cli.monitoring.health import is_recent

        if self.loaded is None:
            yield from _skipped("last import")
            return
        settings, now = self.loaded.settings, self.context.clock.now()
        with readable_store(self.loaded.store_file) as found:
            if found is None:
                yield from _skipped("last import", why=STORE_FIRST)
                return
            health = health_of(self.context, found.store)
            self._recent = is_recent(health.last_complete, longest_age(settings), now)
            yield from last_import_checks(found.store, health, settings, now)
            yield times_check(found.store, now)
            yield from leftover_checks(found.store, self.context.forms.numbers)
            yield from log_checks(found.store, settings, found.sizes().raw, self.context.forms.numbers)

    def _schedule(self) -> "Iterable[Check]":
        from kaufland_cli.app.schedule_state import schedule_summary
        from kaufland_cli.doctor.job_checks import schedule_check

        if self.loaded is None:
            return _skipped("schedule")
        if self.schedule is None:
            self.schedule = schedule_summary(self.context)
        return [schedule_check(self.schedule, recent=self._recent)]

    def _target(self) -> "Iterable[Check]":
        from kaufland_cli.app.pushing import checks_of_target
        from kaufland_cli.doctor.job_checks import TARGET, target_checks

        if self.loaded is None:
            return _skipped(TARGET)
        if not self.loaded.settings.creates_any_sales_orders:
            return _skipped(TARGET, why="Sales orders are switched off.")
        return target_checks(checks_of_target(self.context))


def _skipped(*names: str, why: str = SETTINGS_FIRST) -> "list[Check]":
    from kaufland_cli.doctor.check import skipped

    return [skipped(name, why) for name in names]
