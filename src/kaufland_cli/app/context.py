"""What every command works with: the environment it was called in, its settings, its secret and its output."""

import re
import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from kaufland_cli.clock import Clock
from kaufland_cli.errors import (
    SettingsError,
    StoreDamaged,
    TerminalNeeded,
    WrongUsage,
    command,
)
from kaufland_cli.output import Format, Output
from kaufland_cli.output.stream import ColorChoice, Stream

if TYPE_CHECKING:
    from kaufland_cli.output.screens.questions import Questions
    from kaufland_cli.settings import LoadedSettings, Settings
    from kaufland_cli.store.store import Store

Row = TypeVar("Row")

# A command in a sentence, unless options that choose other settings stand in it already.
_COMMAND = re.compile(
    r"\bkaufland (?="
    r"(?:setup|test-connection|import-orders|reconcile|orders|sales-orders|status|log|config|secret|backup|restore|monitoring"
    r"|schedule|doctor|profiles)\b)"
)


@dataclass
class Context:
    """One call of the program. Everything that comes from outside is handed in here and nowhere else."""

    environ: Mapping[str, str]
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    clock: Clock
    random: Callable[[], float]
    pid: int
    config_file: Path | None = None
    profile: str | None = None
    color: ColorChoice = "auto"
    debug: bool = False
    format: Format = Format.AUTO
    options: dict[str, object] = field(default_factory=dict)
    """Settings given as options: dotted keys."""
    damage: StoreDamaged | None = None
    """What is known to be wrong with the store that this command opened: it ends with this error."""
    remark: "Callable[[Context, Store], str | None] | None" = None
    """What this command tells a person at a terminal in passing, for instance that the last import is old."""

    # --- output ---

    def choose_format(self, *, as_json: bool = False, as_jsonl: bool = False, as_csv: bool = False) -> None:
        """Take over the format options of a command. Raises `WrongUsage` for more than one."""
        chosen = [form for form, on in ((Format.JSON, as_json), (Format.JSONL, as_jsonl), (Format.CSV, as_csv)) if on]
        if len(chosen) > 1:
            raise WrongUsage("Use only one of --json, --jsonl and --csv.", hint="Choose one of them.")
        self.format = chosen[0] if chosen else Format.AUTO

    @cached_property
    def output(self) -> Output:
        """The way to the user, in the user's own form of numbers and times as far as the settings can be read."""
        return self._output(self.stdout)

    @property
    def output_for_person(self) -> Output:
        """The way to the person who is being asked: all of it on stderr, where the questions are."""
        return self._output(self.stderr)

    def _output(self, stdout: TextIO) -> Output:
        locale, timezone, order_url = "", "Europe/Berlin", ""
        with suppress(SettingsError):
            shown = self.settings.ui
            locale, timezone, order_url = shown.locale, shown.timezone, shown.order_url
        return Output(
            stdout=stdout,
            stderr=self.stderr,
            environ=self.environ,
            format=self.format,
            color=self.color,
            order_url=order_url,
            locale=locale,
            timezone=timezone,
            monotonic=self.clock.monotonic,
        )

    def show_warnings(self) -> None:
        """Tell a person at a terminal what is doubtful in the settings; jobs and programs hear nothing of it."""
        if self.stderr.isatty() and not self.as_json:
            for warning in self.loaded.warnings:
                self.output.warning(warning)

    def command(self, words: str, *values: str) -> str:
        """Return a command to type that means the same settings as this call does; values from outside come last."""
        return self._with_chosen(command(*words.split(), *values).removeprefix("kaufland "))

    def _with_chosen(self, words: str) -> str:
        chosen = [f"--config {shlex.quote(str(self.config_file))}"] if self.config_file else []
        chosen += [f"--profile {shlex.quote(self.profile)}"] if self.profile else []
        return " ".join(["kaufland", *chosen, words])

    @property
    def next_import(self) -> str:
        """The command that leads to the first orders: an import, and before that the setup."""
        return self.command("import-orders" if self.settings.api.client_key else "setup")

    def retyped(self, text: str) -> str:
        """Return a text in which every command to type means the same settings as this call does."""
        return _COMMAND.sub(lambda _: self._with_chosen(""), text)

    @property
    def as_json(self) -> bool:
        """Whether results, and so errors too, are JSON."""
        return self.format in {Format.JSON, Format.JSONL}

    # --- questions ---

    @property
    def has_terminal(self) -> bool:
        """Whether a person can be asked something."""
        return self.stdin.isatty() and self.stderr.isatty() and not self.as_json

    def questions(self, instead: str) -> "Questions":
        """Return the way to ask. Raises `TerminalNeeded`, naming what to use instead, where nobody is there."""
        from kaufland_cli.output.screens.questions import Questions

        if not self.has_terminal:
            raise TerminalNeeded("This command asks a question, and there is no terminal to ask it on.", hint=instead)
        return Questions(self.stdin, Stream(self.stderr, self.environ, color=self.color))

    # --- settings and secret ---

    @cached_property
    def loaded(self) -> "LoadedSettings":
        """The settings in force. Raises `SettingsError`."""
        return self.load()

    def load(self) -> "LoadedSettings":
        """Read the settings again."""
        from kaufland_cli.settings import load_settings

        return load_settings(self.environ, config_file=self.config_file, profile=self.profile, options=self.options)

    @property
    def settings(self) -> "Settings":
        """The values of the settings in force. Raises `SettingsError`."""
        return self.loaded.settings
