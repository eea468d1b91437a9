"""Tells what came of a scheduled import, to whom the settings say, if it is news."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.app.metrics import metrics_text
from kaufland_cli.app.watching import about, mail_with
from kaufland_cli.errors import (
    ExitCode,
    KauflandError,
    SettingsError,
)
from kaufland_cli.monitoring import message
from kaufland_cli.monitoring.memory import Failure, Memory, Notification, failed, news, worked
from kaufland_cli.monitoring.memory_file import change_memory

if TYPE_CHECKING:
    from kaufland_cli.app.import_orders import Imported
    from kaufland_cli.monitoring.ping import Watcher

if TYPE_CHECKING:
    from kaufland_cli.settings import LoadedSettings

_AGAIN = "Until that is put right, every run that fails tells it again."


def tell(context: Context, folder: Path, outcome: "Outcome") -> None:
    """Take note of a scheduled run, and tell of it what is to be told now."""
    loaded, known = _settings(context)
    now = context.clock.now()
    host = loaded.settings.api.host if known else ""
    letters: list[Notification] = []
    telling = _Telling(context, loaded, outcome, message_about=about(context, loaded, known=known), now=now)

    def ended(memory: Memory) -> Memory:
        memory = memory.of(host)
        memory, found = telling.failure(memory) if outcome.failure is not None else telling.success(memory)
        letters.extend(found)
        return replace(memory, ended_at=now, exit_code=int(outcome.exit_code), lost="")

    memory, forgotten = change_memory(folder, ended)
    if forgotten:
        letters = telling.everything(forgotten)
    telling.ping(memory)
    telling.write_metrics(memory)
    letter = message.together(letters) if letters else None
    problems = []
    if letter is not None and loaded.settings.monitoring.windows_event_log:
        problems.append(_event(letter, good=outcome.failure is None and outcome.exit_code == ExitCode.DONE))
    unsent, problem = _mail(context, loaded, letter or memory.unsent, now)
    problems.append(problem)
    if unsent != memory.unsent:
        change_memory(folder, lambda present: _with_unsent(present.of(host), memory.unsent, unsent))
    if letter is None and outcome.failure is not None and context.stderr.isatty():
        letter = telling.of_failure()  # a person at a terminal always hears what the command came to
    if letter is not None and not context.as_json:
        context.output.note("\n".join([letter.text, *(line for line in problems if line)]))


def _with_unsent(present: Memory, before: Notification | None, unsent: Notification | None) -> Memory:
    """Remember what could not be sent; what another run could not send meanwhile stays too."""
    if present.unsent is not None and present.unsent != before:
        unsent = present.unsent if unsent is None else message.together([present.unsent, unsent])
    return replace(present, unsent=unsent)


def kind_of(error: KauflandError) -> str:
    """Return what tells failures apart: each kind is told by itself."""
    return f"{int(error.exit_code)} {error.code_name()}"


class _Telling:
    """The texts of one run, and the signs that every run gives."""

    def __init__(
        self,
        context: Context,
        loaded: "LoadedSettings",
        outcome: "Outcome",
        *,
        message_about: message.About,
        now: datetime,
    ) -> None:
        self._context = context
        self._loaded = loaded
        self._outcome = outcome
        self._about = message_about
        self._now = now
        self._failure: Failure | None = None
        self._ended: Failure | None = None
        self._troubles: list[message.Trouble] = []

    def failure(self, memory: Memory) -> tuple[Memory, list[Notification]]:
        """Note a run that failed."""
        error = self._outcome.failure
        if error is None:
            return memory, []
        memory, now_told = failed(memory, kind_of(error), error.message, self._now)
        self._failure = memory.failure
        lost = f"What was told before is not known: {memory.lost}; so this may have been told already."
        return memory, [self.of_failure(lost if memory.lost else "")] if now_told else []

    def success(self, memory: Memory) -> tuple[Memory, list[Notification]]:
        """Note a run that worked, whatever became of single orders."""
        memory, self._ended = worked(memory, self._now)
        self._troubles = _troubles(self._context)
        memory, known_up_to = news(memory, [one.stamp for one in self._troubles], self._now)
        letters = [self._of_recovery()] if self._ended is not None else []
        if known_up_to is not None:
            letters.append(message.news_letter(self._about, self._troubles, known_up_to))
        return memory, letters

    def everything(self, forgotten: str) -> list[Notification]:
        """Return whatever there is to say, told before or not, and why it cannot be remembered."""
        if self._failure is not None:
            return [self.of_failure(f"What is told cannot be remembered: {forgotten}.", _AGAIN)]
        letters = [self._of_recovery()] if self._ended is not None else []
        return letters + ([message.news_letter(self._about, self._troubles, "")] if self._troubles else [])

    def of_failure(self, note: str = "", again: str = "") -> Notification:
        """Say what fails; `again` says when it is told again, where that is not as usual."""
        error, failure = self._outcome.failure, self._failure
        if error is None or failure is None:
            raise ValueError("nothing failed")
        imported = self._outcome.imported
        details = [note] if note else []
        if imported is not None and imported.complete:
            details.append("The import itself is done; its sales orders were not all created.")
        return message.failure_letter(
            self._about,
            failure,
            message=error.message,
            hint=error.hint,
            last_complete=self._last_complete(),
            details=details,
            again=again,
        )

    def ping(self, memory: Memory) -> None:
        """Say to the watcher how the run ended: without words of the error, which may hold a path or a name."""
        if self._outcome.watcher is None:
            return
        failure = memory.failure
        state = "worked" if failure is None else f"failed: {failure.kind}; {failure.runs} in a row"
        code = int(self._outcome.exit_code)
        self._outcome.watcher.end(good=failure is None, body=f"{self._about.place}: exit code {code}, {state}\n")

    def write_metrics(self, memory: Memory) -> None:
        """Write the file for Prometheus, if one is wanted."""
        file = self._loaded.prometheus_file
        if file is None:
            return
        from kaufland_cli.monitoring.prometheus import write_readable

        with suppress(OSError, KauflandError):  # its age tells
            write_readable(file, metrics_text(self._context, self._loaded, memory))

    def _of_recovery(self) -> Notification:
        record = self._outcome.imported.record if self._outcome.imported is not None else {}
        if self._ended is None:
            raise ValueError("nothing had failed")
        came = message.came_in_words(record)
        return message.recovery_letter(self._about, self._ended, now=self._now, came=came)

    def _last_complete(self) -> str:
        from kaufland_cli.seller_api.moments import read_moment

        try:
            with self._context.glance() as store:
                found = store.sync.last_complete_run()
        except KauflandError:
            return "not known, since the settings or the store cannot be read"
        moment = None if found is None else read_moment(found["finished_at"])
        return "none yet" if moment is None else self._about.moment(moment)


def _settings(context: Context) -> "tuple[LoadedSettings, bool]":
    """Return the settings, and whether they are right; else as far as they can be read."""
    from kaufland_cli.settings import load_what_can_be_read

    try:
        return context.loaded, True
    except SettingsError:
        return load_what_can_be_read(context.environ, config_file=context.config_file, profile=context.profile), False


def _troubles(context: Context) -> list[message.Trouble]:
    from kaufland_cli.store.needs_attention import needs_attention

    with suppress(KauflandError), context.glance() as store:
        return [
            message.Trouble(id_order, state, reason.replace("_", " ") if state != "unreadable" else reason, fix, stamp)
            for id_order, state, reason, fix, stamp in needs_attention(store.database)
        ]
    return []


def _mail(
    context: Context, loaded: "LoadedSettings", letter: Notification | None, now: datetime
) -> tuple[Notification | None, str]:
    """Send the letter if e-mails are wanted; return it where it has to be tried again, and what went wrong."""
    if letter is None or not loaded.settings.monitoring.recipients:
        return None, ""
    try:
        mail_with(context, loaded, letter, now)
    except KauflandError as error:
        return letter, f"This could not be sent by e-mail: {error.message} {context.retyped(error.hint)}"
    return None, ""


def _event(letter: Notification, *, good: bool) -> str:
    from kaufland_cli.monitoring.windows_event_log import write_event

    try:
        write_event(letter.text, good=good)
    except KauflandError as error:
        return error.message
    return ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scheduled run that had something to do."""

    exit_code: int
    failure: KauflandError | None = None
    """Why it failed; None where it worked, with orders that failed or without."""
    raised: bool = False
    """Whether the failure ended it early, so that nothing was written of it yet."""
    imported: "Imported | None" = None
    watcher: "Watcher | None" = None
