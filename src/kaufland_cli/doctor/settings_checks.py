"""Checks that the settings are valid and private, and that somebody is notified of failures."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from kaufland_cli.doctor.check import Check, State, failure, open_to_all, plain
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import KauflandError, SettingsError, reason_of, shell_command
from kaufland_cli.files import change_rights, others_may_read, read_written_file
from kaufland_cli.settings import LoadedSettings, Settings, find_key, masked
from kaufland_cli.settings.config_file import MAX_BYTES

NOBODY = "Nobody is notified when imports fail"


def settings_check(load: Callable[[], LoadedSettings]) -> tuple[LoadedSettings | None, list[Check]]:
    """Return the settings, or None if they are invalid, with the checks."""
    try:
        loaded = load()
        if not loaded.settings.api.client_key:
            raise SettingsError("No client key is set (api.client_key).")  # noqa: TRY301 - both end in the same check
    except SettingsError as error:
        return None, [_faulty(error)]
    api = loaded.settings.api
    text = f"{api.environment}, {api.url}, client key {masked(api.client_key)}"
    checks = [Check("settings", "ok", text, shared=_environment(loaded.settings))]
    checks += [
        Check("settings", "warning", warning, command("config", "list"), "a doubtful value")
        for warning in (*loaded.ignored_variables, *loaded.warnings)
    ]
    return loaded, checks


def settings_file_check(file: Path) -> list[Check]:
    """Return whether the settings file exists and only its owner can read it."""
    name = "settings file"
    try:
        if not file.exists():
            return [Check(name, "ok", f"None at {file}", shared="none")]
        read_written_file(file, MAX_BYTES, follow_link=True)  # raises for a file that cannot be read
        if (check := open_to_all(name, file.parent)) is not None:
            return [check]
        if others_may_read(file):
            message = f"{file} can be read or written by others on this machine"
            return [Check(name, "warning", message, change_rights("600", file), "readable by others")]
    except OSError as error:
        message = f"{file} cannot be read: {reason_of(error)}"
        return [Check(name, "failed", message, Hint(shell_command("ls", "-l", str(file))), "cannot be read")]
    return [Check(name, "ok", str(file), shared="private")]


def monitoring_checks(
    settings: Settings,
    mail_password: Callable[[], object],
    no_mails: str | None = None,
    *,
    unsent: bool = False,
    lost: str = "",
    failures: Mapping[str, str] | None = None,
) -> Iterator[Check]:
    """Yield who is notified when imports fail, and whether that can work.

    `no_mails`: why the scheduler sends no e-mails; empty if it does, None if no scheduler is known. `unsent`: whether
    an e-mail is waiting to be sent. `lost`: why earlier notifications are unknown; empty if they are known.
    `failures`: when and why a channel last failed, by its name.
    """
    own = settings.monitoring
    ways = [
        f"e-mail to {counted(len(own.recipients), 'recipient')} by {own.smtp_host}" if own.recipients else "",
        "a ping URL" if own.ping_url else "",
        "a file for Prometheus" if own.prometheus_file else "",
        "the Windows event log" if own.windows_event_log else "",
    ]
    recipients = ", ".join(way for way in ways if way)
    if own.recipients and own.smtp_user and (error := _error_of(mail_password)) is not None:
        yield failure("monitoring", error)
    elif own.recipients and unsent:
        message = "A notification could not be sent by e-mail; the next scheduled import tries again"
        yield plain("monitoring", "failed", message, command("monitoring", "test"))
    elif recipients:
        kinds = sum(bool(way) for way in ways)
        yield Check(
            "monitoring",
            "ok",
            f"Notified when imports fail: {recipients}",
            shared=counted(kinds, "way") + " to hear of failures",
        )
    elif settings.order_import.auto_import_orders:
        if no_mails:
            yield plain(
                "monitoring", "warning", f"{NOBODY}: {no_mails}", command("config", "set", "monitoring.ping_url", "URL")
            )
        else:
            by_cron = no_mails is not None
            message = "Only cron's own mails say when imports fail" if by_cron else NOBODY
            state: State = "ok" if by_cron else "warning"
            hint = NO_HINT if by_cron else command("config", "set", "monitoring.ping_url", "URL")
            yield plain("monitoring", state, f"{message} (monitoring.mail_to, monitoring.ping_url)", hint)
    for name, what in (failures or {}).items():
        message = f"Sending by {name} last failed: {what}"
        yield Check("monitoring", "warning", message, command("monitoring", "test"), f"{name} last failed")
    if lost:
        message = f"It is not known what you were already notified of: {lost}"
        yield Check(
            "monitoring",
            "warning",
            message,
            command("import-orders", "--scheduled"),
            "earlier notifications are not known",
        )
    if settings.debug.log_personal_data:
        message = "Buyers' names and addresses are kept in the API log (debug.log_personal_data)"
        yield plain("personal data", "warning", message, command("config", "set", "debug.log_personal_data", "false"))


def _error_of(fetch: Callable[[], object]) -> KauflandError | None:
    try:
        fetch()
    except KauflandError as error:
        return error
    return None


def _faulty(error: SettingsError) -> Check:
    known = sorted({problem.key for problem in error.problems if problem.key and find_key(problem.key) is not None})
    shared = f"{error.code_name()}: {counted(len(error.problems), 'fault')}" + (
        f" ({', '.join(known)})" if known else ""
    )
    return Check("settings", "failed", error.message, error.hint, shared)


def _environment(settings: Settings) -> str:
    """Return the environment; the name of any other host stays private."""
    found = settings.api.environment
    return found if found in {"production", "playground", "simulator"} else "another host"
