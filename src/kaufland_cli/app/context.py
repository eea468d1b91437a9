"""What every use case works with: the environment of the call, its settings, and whoever made it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from kaufland_cli.clock import Clock
from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.moments import OffsetHere, moment_in_words, zone_named
from kaufland_cli.domain.numbers import NumberForm, locale_name, number_form
from kaufland_cli.errors import SettingsError, StoreDamaged

if TYPE_CHECKING:
    from kaufland_cli.app.person import Person, Questions
    from kaufland_cli.settings import LoadedSettings, Settings


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams of the call."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO


@dataclass(frozen=True, slots=True)
class CallOptions:
    """The options that every command takes."""

    config_file: Path | None = None
    profile: str | None = None
    debug: bool = False
    quiet: bool = False
    """Whether only results, warnings and errors are shown."""
    verbose: bool = False
    """Whether summaries are also shown in a pipe and in jobs."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Those that choose the settings, to repeat in commands that are shown."""
        config = ("--config", str(self.config_file)) if self.config_file else ()
        return (*config, "--profile", self.profile) if self.profile else config

    def load_settings(self, environ: Mapping[str, str]) -> "LoadedSettings":
        """Read the settings that these options choose, now. Raises `SettingsError`."""
        from kaufland_cli.settings import load_settings

        return load_settings(environ, config_file=self.config_file, profile=self.profile)


@dataclass(frozen=True, slots=True)
class Process:
    """What this process has from its machine."""

    pid: int
    random: Callable[[], float]
    """Returns a number from 0 to 1, for waits and names that nobody else chooses."""
    offset_here: OffsetHere | None = None
    """How far this machine's clocks are from UTC; None: they show the seller's time."""


@dataclass(frozen=True, slots=True)
class Forms:
    """How this seller writes numbers and times, in texts that have some."""

    numbers: NumberForm
    zone: tzinfo
    offset_here: OffsetHere | None

    def moment(self, text: str) -> str:
        """Return a time of the store in the seller's time zone, with the zone if it is not the machine's."""
        return moment_in_words(text, self.zone, self.offset_here)


@dataclass(slots=True)
class CallState:
    """What becomes known while the call runs."""

    damage: StoreDamaged | None = None
    """Damage found in the store that this command opened; the command ends with this error."""
    may_be_new: bool = False
    """Whether the settings that this command names may not exist yet, or no longer."""
    said_ignored: set[str] = field(default_factory=set)
    """Variables that this call has already reported as ignored."""
    warns_of_imports: bool = False
    """Whether to warn once, when the store is opened, that the last import is old or that imports fail."""


@dataclass
class Context(ABC):
    """One call of the program. Everything that comes from outside is handed in here and nowhere else."""

    environ: Mapping[str, str]
    streams: Streams
    clock: Clock
    process: Process
    options: CallOptions = CallOptions()
    state: CallState = field(default_factory=CallState)

    def copy(self, **changes: Any) -> Self:
        """Return the same call with other values; what becomes known in the copy is its own."""
        return replace(self, state=replace(self.state), **changes)

    # --- the person ---

    @property
    @abstractmethod
    def output(self) -> "Person":
        """Speaks to whoever started the command."""

    @property
    @abstractmethod
    def output_for_person(self) -> "Person":
        """Writes everything to stderr, next to the questions."""

    @property
    @abstractmethod
    def as_json(self) -> bool:
        """Whether results, and so errors too, are JSON."""

    @abstractmethod
    def questions(self, instead: Hint, *, back: bool = False) -> "Questions":
        """Return what asks a person; with `back` they can go back from a question (`StepBack`).

        Raises `TerminalNeeded` with `instead` as its hint if there is no terminal.
        """

    @property
    def has_terminal(self) -> bool:
        """Whether there is a terminal on which to ask."""
        return self.streams.stdin.isatty() and self.streams.stderr.isatty() and not self.as_json

    @abstractmethod
    def again(self, *options: str, in_place_of: str | None = None, without: Collection[str] = ()) -> Hint:
        """Return the command of this call once more, with these options added or in place of those of the same name.

        `in_place_of` is one of the values of an option that can be repeated: only that one is replaced. Options named
        in `without` are left out.
        """

    @cached_property
    def forms(self) -> Forms:
        """How this seller writes numbers and times; the usual way if the settings cannot be read."""
        locale, timezone = "", "Europe/Berlin"
        with suppress(SettingsError):
            locale, timezone = self.settings.ui.locale, self.settings.ui.timezone
        numbers = number_form(locale_name(locale, self.environ))
        return Forms(numbers, zone_named(timezone), self.process.offset_here)

    # --- settings ---

    @cached_property
    def loaded(self) -> "LoadedSettings":
        """The settings in force. Raises `SettingsError`, also if options name settings that do not exist."""
        from kaufland_cli.settings.named import require_named_settings

        found = self.options.load_settings(self.environ)
        if not self.state.may_be_new:
            require_named_settings(found, self.environ, config_file=self.options.config_file)
        self.__dict__["loaded"] = found  # the way to the user needs them
        if not self.as_json:
            for text in found.ignored_variables:
                if text not in self.state.said_ignored:
                    self.state.said_ignored.add(text)
                    self.output.warning(text)
        return found

    @property
    def settings(self) -> "Settings":
        """The values of the settings in force. Raises `SettingsError`."""
        return self.loaded.settings


def show_settings_warnings(context: Context) -> None:
    """Warn a person at a terminal of doubtful settings; jobs and programs get no warnings."""
    if context.streams.stderr.isatty() and not context.as_json:
        for warning in context.loaded.warnings:
            context.output.warning(warning)
