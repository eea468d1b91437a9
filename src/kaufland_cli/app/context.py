"""What every use case works with: the environment of the call, its settings, and whoever made it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
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
    random: Callable[[], float]
    pid: int
    offset_here: OffsetHere | None = None
    """How far this machine's clocks are from UTC; None: they show the seller's time."""
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

    def show_warnings(self) -> None:
        """Warn a person at a terminal of doubtful settings; jobs and programs get no warnings."""
        if self.streams.stderr.isatty() and not self.as_json:
            for warning in self.loaded.warnings:
                self.output.warning(warning)

    # --- what to do next ---

    def typed(self, hint: Hint) -> str:
        """Return a hint as text; every command in it names the settings of this call."""
        return hint.typed(self.options.chosen)

    @abstractmethod
    def again(self, *options: str, in_place_of: str | None = None) -> Hint:
        """Return the command of this call once more, with these options added or in place of those of the same name.

        `in_place_of` is one of the values of an option that can be repeated: only that one is replaced.
        """

    @cached_property
    def numbers(self) -> NumberForm:
        """How this seller writes numbers, for texts that have some; if the settings cannot be read, the usual way."""
        locale = ""
        with suppress(SettingsError):
            locale = self.settings.ui.locale
        return number_form(locale_name(locale, self.environ))

    def moment(self, text: str) -> str:
        """Return a time of the store in the seller's time zone, with the zone if it is not the machine's."""
        return moment_in_words(text, zone_named(self.settings.ui.timezone), self.offset_here)

    # --- settings ---

    @cached_property
    def loaded(self) -> "LoadedSettings":
        """The settings in force. Raises `SettingsError`, also if options name settings that do not exist."""
        from kaufland_cli.settings.named import require_named_settings

        found = self.load()
        if not self.state.may_be_new:
            require_named_settings(found, self.environ, config_file=self.options.config_file)
        self.__dict__["loaded"] = found  # the way to the user needs them
        if not self.as_json:
            for text in found.ignored_variables:
                if text not in self.state.said_ignored:
                    self.state.said_ignored.add(text)
                    self.output.warning(text)
        return found

    def load(self) -> "LoadedSettings":
        """Read the settings again."""
        from kaufland_cli.settings import load_settings

        return load_settings(self.environ, config_file=self.options.config_file, profile=self.options.profile)

    @property
    def settings(self) -> "Settings":
        """The values of the settings in force. Raises `SettingsError`."""
        return self.loaded.settings
