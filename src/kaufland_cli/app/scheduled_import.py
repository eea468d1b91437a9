"""`kaufland import-orders --scheduled`: imports if an import is due, and reports only news.

Who is notified and when: docs/decisions/0016-who-is-notified-and-when.md.
"""

import io
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.context import Context, Streams
from kaufland_cli.app.failures import failure_of, show_trace
from kaufland_cli.app.notify import RunOutcome
from kaufland_cli.app.stores import glance
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import (
    ExitCode,
    ImportIncomplete,
    ImportRunning,
    Interrupted,
    KauflandError,
    SettingsError,
    StoreUnusable,
    shell_command,
)
from kaufland_cli.monitoring.memory import Memory, stopped
from kaufland_cli.monitoring.memory_file import change_memory, read_memory
from kaufland_cli.scheduling.verification import VerificationAnswer, answer, asked, begin, note_run
from kaufland_cli.settings import find_locations

if TYPE_CHECKING:
    from kaufland_cli.app.import_orders import Imported
    from kaufland_cli.monitoring.channels import Channel
    from kaufland_cli.order_import.lock import Holder

Attempt = Callable[[Context], "Imported"]
"""Runs one import in a context."""

SCHEDULE_TOLERANCE: Final = timedelta(seconds=30)
"""A cron job at exactly the interval may start a few seconds early."""
_AUTO: Final = "order_import.auto_import_orders"


def scheduled_import(context: Context, attempt: Attempt) -> int:
    """Run an import if one is due; notify of what came of it, and return the exit code.

    With --json everything is written: the program that reads it decides what is news.
    """
    from kaufland_cli.app.notify import notify

    # Without a folder for settings and memory every run reports that: nothing can be remembered.
    folder = find_locations(
        context.environ, config_file=context.options.config_file, profile=context.options.profile
    ).store_folder
    note_run(folder)
    token = asked(folder, context.clock.now())
    if token is not None:
        attempt = _announced(attempt, folder, token)
    try:
        outcome = _outcome(context, attempt, folder, at_once=token is not None)
    except BaseException as error:
        _answer(folder, token, failure_of(error))
        raise
    if outcome is None:  # the question stays for the next run: an import started by somebody else verifies nothing
        return ExitCode.DONE
    _answer(folder, token, outcome.failure)
    notify(context, folder, outcome)
    if context.as_json and outcome.failure is not None and outcome.raised:
        raise outcome.failure
    return outcome.exit_code


def _announced(attempt: Attempt, folder: Path, token: str) -> Attempt:
    """Announce the answer before the attempt: what runs after the import holds no lock that shows it."""

    def announced(on: Context) -> "Imported":
        with suppress(OSError):
            begin(folder, token)
        return attempt(on)

    return announced


def _answer(folder: Path, token: str | None, failure: KauflandError | None) -> None:
    """Answer whoever is verifying the schedule."""
    if token is None:
        return
    given = VerificationAnswer(0, "")
    if failure is not None:
        given = VerificationAnswer(int(failure.exit_code), failure.message, failure.hint)
    with suppress(OSError):
        answer(folder, token, given)


def _outcome(context: Context, attempt: Attempt, folder: Path, *, at_once: bool) -> RunOutcome | None:
    """Run what is due; None if nothing is."""
    try:
        if not _wanted(context, at_once=at_once):
            return None
        memory = read_memory(folder).of(context.settings.api.host)
        if not at_once and not _due(context, memory):
            return None
        return _try(context, attempt, folder, memory)
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody must be notified
        return _failed(context, error)


def _failed(context: Context, error: Exception, channels: "tuple[Channel, ...]" = ()) -> RunOutcome:
    failure = failure_of(error)
    if context.options.debug:
        show_trace(error, context.streams.stderr)
    return RunOutcome(failure.exit_code, failure, raised=True, channels=channels)


def _wanted(context: Context, *, at_once: bool) -> bool:
    """Return whether auto import is on; `at_once`, for a test run of the schedule, raises if it is off.

    Raises `SettingsError` if settings that were named, or used by earlier imports, do not exist: a mistyped name would
    go unnoticed for years.
    """
    loaded = context.loaded
    file, origin = loaded.locations.config_file, loaded.origins[_AUTO]
    if origin.source == "default" and not file.exists():
        gone = f"{file} does not exist, so this schedule imports nothing."
        if context.options.config_file or context.options.profile:
            what = f"the profile {context.options.profile}" if context.options.profile else "that name"
            raise SettingsError(
                f"There are no settings for {what}: {gone}",
                hint=Hint("Correct the name in the schedule, or set it up: ", command("setup")),
            )
        if read_memory(loaded.locations.store_folder).attempted_at is not None:
            raise SettingsError(
                f"The settings used for earlier imports are gone: {gone}",
                hint=Hint(
                    "Put the file back or run ",
                    command("setup"),
                    ". To stop importing: ",
                    command("schedule", "remove"),
                ),
            )
    if at_once and not loaded.settings.order_import.auto_import_orders:
        raise SettingsError(
            "Auto import is off, so a schedule imports nothing.", hint=command("config", "set", _AUTO, "true")
        )
    return loaded.settings.order_import.auto_import_orders


def _due(context: Context, memory: Memory) -> bool:
    """Return whether an import is due: not while Kaufland asked us to back off.

    A last start in the future counts as none.
    """
    from kaufland_cli.domain.moments import read_moment

    now, started = context.clock.now(), None
    with suppress(StoreUnusable), glance(context) as store:  # the import itself reports what is wrong with it
        if store.sync.state().waiting_until(now) is not None:
            return False
        last = store.sync.last_run(finished=False)
        started = None if last is None else read_moment(last.started_at)
    starts = [start for start in (started, memory.attempted_at) if start is not None and start <= now]
    interval = timedelta(minutes=context.settings.order_import.interval_minutes)
    return not starts or now - max(starts) >= interval - SCHEDULE_TOLERANCE


def _try(context: Context, attempt: Attempt, folder: Path, memory: Memory) -> RunOutcome | None:
    from kaufland_cli.order_import.lock import running_import

    now = context.clock.now()
    holder = running_import(context.loaded.store_file)
    was_stopped = holder is None and memory.was_stopped
    if was_stopped:
        memory = _after_a_stop(context, folder, memory)
    held_since = None if holder is None else min(memory.held_since or now, now)

    def begun(present: Memory) -> Memory:
        # A run that has just ended has written its own memory; after a stopped run nothing else is running.
        known = memory if was_stopped else present.of(memory.host)
        return replace(known, attempted_at=now, held_since=held_since)

    change_memory(folder, begun)
    if holder is not None and held_since is not None:
        return _held(context, holder, held_since)
    channels = _channels(context)
    for channel in channels:
        channel.run_started()
    try:
        imported = attempt(context if context.as_json else _muted(context))
    except ImportRunning:
        return None  # another one began just now
    except Exception as error:  # noqa: BLE001 - as above
        return _failed(context, error, channels)
    return RunOutcome(imported.exit_code, _failure_in(imported), imported=imported, channels=channels)


def _after_a_stop(context: Context, folder: Path, memory: Memory) -> Memory:
    """Record that the last run never ended, and return the memory with it.

    A single one may be a restart of the machine; the second in a row counts as a failure. An import that is killed
    because it hangs or takes too much memory cannot report that itself.
    """
    from kaufland_cli.app.notify import kind_of, notify

    begun = memory.attempted_at or context.clock.now()
    error = Interrupted(
        f"The import that began at {begun:%Y-%m-%d %H:%M} UTC was stopped before it finished, like the one before "
        "it: by hand, by a time limit, for lack of memory, or with the machine.",
        hint=Hint("See how far it gets: ", command("import-orders")),
    )
    if memory.failure is None or memory.failure.kind != kind_of(error):
        return stopped(memory, kind_of(error), error.message, begun)
    notify(context, folder, RunOutcome(error.exit_code, error, raised=True))
    return read_memory(folder).of(context.settings.api.host)


def _failure_in(imported: "Imported") -> KauflandError | None:
    """Return what failed although the import ran to its end; failed single orders do not count."""
    if not imported.result.complete:
        return ImportIncomplete(imported.result.message)
    return imported.stopped_by


def _held(context: Context, holder: "Holder", held_since: datetime) -> RunOutcome | None:
    """Return a failure if the run lock is held longer than any import takes; None otherwise."""
    from kaufland_cli.domain.moments import read_moment

    now = context.clock.now()
    since = min(read_moment(holder.since) or held_since, held_since)
    longest = timedelta(minutes=3 * context.settings.order_import.interval_minutes, hours=1)
    if now - since <= longest:
        return None
    who = f"process {holder.pid}" if holder.pid else "unknown process"
    ending = ("taskkill", "/F", "/PID") if sys.platform == "win32" else ("kill",)
    stop = shell_command(*ending, str(holder.pid))
    minutes = int((now - since).total_seconds() // 60)
    failure = ImportRunning(
        f"{holder.command or 'An import'} has been running for {minutes // 60} h {minutes % 60} min ({who}). "
        "It seems to hang, and no other import can start until it ends.",
        hint=Hint("Check whether it is still working; if not: ", stop)
        if holder.pid
        else Hint("Find and end that process: ", command("status")),
    )
    return RunOutcome(failure.exit_code, failure, raised=True)


def _muted(context: Context) -> Context:
    """Return a context for the import itself: without a terminal; only `verbose` shows its summary."""
    stdout = context.streams.stdout if context.options.verbose else io.StringIO()
    muted = context.copy(streams=Streams(io.StringIO(), stdout, io.StringIO()))
    muted.__dict__["loaded"] = context.loaded  # read once
    return muted


def _channels(context: Context) -> "tuple[Channel, ...]":
    from kaufland_cli.app.notify import sources_of
    from kaufland_cli.monitoring.channels import open_channels

    return open_channels(sources_of(context, context.loaded))
