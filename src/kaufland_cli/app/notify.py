"""Sends notifications about scheduled imports through the channels of the settings, when there is news.

The text comes from `monitoring/message.py`; `monitoring/memory.py` decides whether it is news. See
docs/decisions/0016-who-is-notified-and-when.md.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.app.import_health import about, remembered
from kaufland_cli.app.results import ChannelTrial, ChannelTrials
from kaufland_cli.app.secret import secret_source
from kaufland_cli.app.stores import glance
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import (
    ExitCode,
    KauflandError,
    SettingsError,
)
from kaufland_cli.monitoring import message
from kaufland_cli.monitoring.memory import ChannelFailure, Failure, Memory, Notification, failed, news, worked
from kaufland_cli.monitoring.memory_file import change_memory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from kaufland_cli.app.import_orders import Imported
    from kaufland_cli.monitoring.channels import Channel, Sources
    from kaufland_cli.monitoring.status import Status
    from kaufland_cli.settings import LoadedSettings
    from kaufland_cli.store.store import Store

_AGAIN = "Until that is fixed, every run that fails notifies you again."


def notify(context: Context, folder: Path, outcome: "RunOutcome") -> None:
    """Record a scheduled run in `folder`, and send its news through every channel of the settings."""
    from kaufland_cli.monitoring.channels import RunEnd, open_channels

    loaded, known = _settings(context)
    now = context.clock.now()
    host = loaded.settings.api.host if known else ""
    found: list[Notification] = []
    report = _RunReport(context, outcome, message_about=about(context, loaded, known=known), now=now)

    def ended(memory: Memory) -> Memory:
        memory = memory.of(host)
        memory, news_of_run = report.failure(memory) if outcome.failure is not None else report.success(memory)
        found.extend(news_of_run)
        return replace(memory, ended_at=now, exit_code=int(outcome.exit_code), lost="")

    memory, forgotten = change_memory(folder, ended)
    if forgotten:
        found = report.everything(forgotten)
    channels = outcome.channels or open_channels(sources_of(context, loaded, known=known))
    end = RunEnd(int(outcome.exit_code), memory)
    attempts = {channel.name: channel.run_ended(end) for channel in channels}
    reported = {channel.name for channel in outcome.channels if channel.reports_runs}
    notification = message.together(found) if found else None
    good = outcome.failure is None and outcome.exit_code == ExitCode.DONE
    unsent, sent = _send(channels, notification, memory.unsent, good=good)
    attempts = {name: attempts[name] or sent.get(name) for name in attempts}
    failures = _channel_failures(memory, attempts, {*reported, *sent}, now)
    if unsent != memory.unsent or failures != memory.channel_failures:
        change_memory(
            folder,
            lambda present: replace(_with_unsent(present.of(host), memory.unsent, unsent), channel_failures=failures),
        )
    if notification is None and outcome.failure is not None and context.streams.stderr.isatty():
        notification = report.of_failure()  # a person at a terminal always sees the result
    if notification is not None and not context.as_json:
        problems = [
            Hint(f"\nThis could not be sent by {name}: {error.message} ", error.hint)
            for name, error in sent.items()
            if error
        ]
        context.output.note(Hint(notification.text, *problems))


def sources_of(context: Context, loaded: "LoadedSettings", *, known: bool = True) -> "Sources":
    """Return what channels can ask for; `known`: whether the settings are valid."""
    from kaufland_cli.monitoring.channels import Sources
    from kaufland_cli.secrets import SecretKind, fetch_secret_key

    def secret(kind: SecretKind) -> str:
        store = secret_source(context, loaded=loaded, kind=kind)
        return fetch_secret_key(store, context.environ, kind).secret.reveal()

    def status(memory: "Memory") -> "Status":
        from kaufland_cli.app.status import status_of

        return status_of(context, memory)

    return Sources(
        loaded=loaded,
        clock=context.clock,
        place=about(context, loaded, known=known).place,
        secret=secret,
        status=status,
        memory=lambda: remembered(context),
    )


def _send(
    channels: "Iterable[Channel]",
    notification: Notification | None,
    unsent: Notification | None,
    *,
    good: bool,
) -> tuple[Notification | None, dict[str, KauflandError | None]]:
    """Send it through every channel; return what has to be sent again, and for each channel used why it failed, if so.

    If there is nothing new, channels that retry send what could not be sent before.
    """
    left, sent = None, dict[str, KauflandError | None]()
    for channel in channels:
        to_send = notification or (unsent if channel.retries else None)
        if to_send is None:
            continue
        try:
            channel.notify(replace(to_send, good=good))
            sent[channel.name] = None
        except KauflandError as error:
            sent[channel.name] = error
            left = to_send if channel.retries else left
    return left, sent


def _channel_failures(
    memory: Memory, attempts: "Mapping[str, KauflandError | None]", used: "Collection[str]", now: datetime
) -> dict[str, ChannelFailure]:
    """Return the channels that last failed. A channel that is among `used` and did not fail works again.

    `attempts` has every channel of the settings, with the error of this run if there was one.
    """
    kept = {name: one for name, one in memory.channel_failures.items() if name in attempts and name not in used}
    new = {name: ChannelFailure(now, error.message) for name, error in attempts.items() if error is not None}
    return kept | new


def _with_unsent(present: Memory, before: Notification | None, unsent: Notification | None) -> Memory:
    """Remember what could not be sent, and keep what another run could not send in the meantime."""
    if present.unsent is not None and present.unsent != before:
        unsent = present.unsent if unsent is None else message.together([present.unsent, unsent])
    return replace(present, unsent=unsent)


def kind_of(error: KauflandError) -> str:
    """Return the kind of a failure; each kind has its own notifications."""
    return f"{int(error.exit_code)} {error.code_name()}"


class _RunReport:
    """What one run adds to the memory, and its notifications."""

    def __init__(
        self,
        context: Context,
        outcome: "RunOutcome",
        *,
        message_about: message.About,
        now: datetime,
    ) -> None:
        self._context = context
        self._outcome = outcome
        self._about = message_about
        self._now = now
        self._failure: Failure | None = None
        self._ended: Failure | None = None
        self._troubles: list[message.Trouble] = []

    def failure(self, memory: Memory) -> tuple[Memory, list[Notification]]:
        """Record a run that failed."""
        error = self._outcome.failure
        if error is None:
            return memory, []
        memory, notify_now = failed(memory, kind_of(error), error.message, self._now)
        self._failure = memory.failure
        lost = f"It is not known what you were notified of before: {memory.lost}. So this may be a repetition."
        return memory, [self.of_failure(lost if memory.lost else "")] if notify_now else []

    def success(self, memory: Memory) -> tuple[Memory, list[Notification]]:
        """Record a run that worked, even if single orders failed."""
        memory, self._ended = worked(memory, self._now)
        self._troubles = _troubles(self._context, self._about)
        memory, known_up_to = news(memory, [one.stamp for one in self._troubles], self._now)
        notifications = [self._of_recovery()] if self._ended is not None else []
        if known_up_to is not None:
            notifications.append(message.news_notification(self._about, self._troubles, known_up_to))
        return memory, notifications

    def everything(self, forgotten: str) -> list[Notification]:
        """Return everything there is to report, sent before or not, and why it cannot be remembered."""
        if self._failure is not None:
            return [self.of_failure(f"What you are notified of cannot be remembered: {forgotten}.", _AGAIN)]
        notifications = [self._of_recovery()] if self._ended is not None else []
        return notifications + ([message.news_notification(self._about, self._troubles, "")] if self._troubles else [])

    def of_failure(self, note: str = "", again: str = "") -> Notification:
        """Return the notification of the failure; `again` says when it is repeated, if not as usual."""
        error, failure = self._outcome.failure, self._failure
        if error is None or failure is None:
            raise ValueError("nothing failed")
        imported = self._outcome.imported
        details = [note] if note else []
        if imported is not None and imported.result.complete:
            details.append("The import itself is done; its sales orders were not all created.")
        return message.failure_notification(
            self._about,
            failure,
            message=error.message,
            hint=error.hint,
            last_complete=self._last_complete(),
            details=details,
            again=again,
        )

    def _of_recovery(self) -> Notification:
        if self._ended is None:
            raise ValueError("nothing had failed")
        imported = self._outcome.imported
        counts = None if imported is None else imported.result.counts
        came = message.counts_in_words(counts.orders_new, counts.orders_changed) if counts else "nothing"
        return message.recovery_notification(self._about, self._ended, now=self._now, came=came)

    def _last_complete(self) -> str:
        from kaufland_cli.domain.moments import read_moment

        try:
            with glance(self._context) as store:
                found = store.sync.last_complete_run()
        except KauflandError:
            return "not known, since the settings or the store cannot be read"
        moment = None if found is None else read_moment(found.finished_at)
        return "none yet" if moment is None else self._about.moment(moment)


def _settings(context: Context) -> "tuple[LoadedSettings, bool]":
    """Return the settings and whether they are valid; if not, as far as they can be read."""
    from kaufland_cli.settings import load_readable

    try:
        return context.loaded, True
    except SettingsError:
        return load_readable(
            context.environ, config_file=context.options.config_file, profile=context.options.profile
        ), False


def _troubles(context: Context, about: message.About) -> list[message.Trouble]:
    from kaufland_cli.store.needs_attention import needs_attention

    with suppress(KauflandError), glance(context) as store:
        return [
            *_overdue(store, context.clock.now(), about),
            *(
                message.Trouble(
                    id_order=one.id_order,
                    state=one.state,
                    reason=one.reason.replace("_", " ") if one.state != "unreadable" else one.reason,
                    fix=one.fix,
                    stamp=one.since,
                )
                for one in needs_attention(store.database)
            ),
        ]
    return []


def _overdue(store: "Store", now: datetime, about: message.About) -> "Iterator[message.Trouble]":
    """Yield the orders that had to be shipped by now."""
    from kaufland_cli.app.orders import units_to_ship
    from kaufland_cli.domain.due import Due
    from kaufland_cli.domain.moments import read_moment

    deadlines = {one.unit.id_order: one.unit.ship_by for one in units_to_ship(store, now) if one.due is Due.OVERDUE}
    for id_order, ship_by in deadlines.items():
        deadline = read_moment(ship_by)
        if ship_by is not None and deadline is not None:
            by = f"had to be shipped by {about.moment(deadline)}"
            yield message.Trouble(id_order, "overdue", by, command("orders", "show", id_order), ship_by)


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The result of a scheduled run that had something to do."""

    exit_code: int
    failure: KauflandError | None = None
    """Why it failed; None if it worked, even if single orders failed."""
    raised: bool = False
    """Whether the failure ended it early, so that nothing has been shown yet."""
    imported: "Imported | None" = None
    channels: "tuple[Channel, ...]" = ()
    """The channels that were notified of its start; none if it never started."""


def _without(memory: Memory, working: "Collection[str]") -> Memory:
    """Forget the failures of channels that work again."""
    left = {name: one for name, one in memory.channel_failures.items() if name not in working}
    return replace(memory, channel_failures=left)


def try_channels(context: Context) -> ChannelTrials:
    """Send a test message on every channel of the settings. Raises `SettingsError` if no channel is set up."""
    from kaufland_cli.monitoring.channels import open_channels

    trials = []
    for channel in open_channels(sources_of(context, context.loaded)):
        try:
            channel.send_trial()
            trials.append(ChannelTrial(channel.name, channel.trial))
        except KauflandError as error:
            trials.append(ChannelTrial(channel.name, error.message, error))
    working = {trial.channel for trial in trials if trial.error is None}
    if working & remembered(context).channel_failures.keys():
        change_memory(context.loaded.locations.store_folder, lambda memory: _without(memory, working))
    if not trials:
        raise SettingsError(
            "Nobody is notified: no e-mail address, ping URL, event log or Prometheus file is set up.",
            hint=Hint(
                command("config", "set", "monitoring.smtp_host", "HOST"),
                ", then: ",
                command("config", "set", "monitoring.mail_to", "ADDRESS"),
            ),
        )
    return ChannelTrials(trials)
