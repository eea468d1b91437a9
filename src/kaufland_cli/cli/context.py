"""The context of a command line: what `app/` works with, and how results are written on this terminal or pipe."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import SettingsError, TerminalNeeded, WrongUsage
from kaufland_cli.output import Format, Output
from kaufland_cli.output.stream import ColorChoice, Stream

if TYPE_CHECKING:
    from kaufland_cli.output.screens.questions import Questions


@dataclass
class CliContext(Context):
    """One command line."""

    color: ColorChoice = "auto"
    format: Format = Format.AUTO

    def choose_format(self, *, as_json: bool = False, as_jsonl: bool = False, as_csv: bool = False) -> None:
        """Take over the format options of a command. Raises `WrongUsage` for more than one."""
        chosen = [form for form, on in ((Format.JSON, as_json), (Format.JSONL, as_jsonl), (Format.CSV, as_csv)) if on]
        if len(chosen) > 1:
            raise WrongUsage("Use only one of --json, --jsonl and --csv.", hint=Hint("Choose one of them."))
        self.format = chosen[0] if chosen else Format.AUTO

    @property
    def as_json(self) -> bool:
        """Whether results, and so errors too, are JSON."""
        return self.format in {Format.JSON, Format.JSONL}

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
            chosen=self.chosen,
            quiet=self.quiet,
            verbose=self.verbose,
        )

    def questions(self, instead: Hint) -> "Questions":
        """Return the way to ask. Raises `TerminalNeeded`, naming what to use instead, where nobody is there."""
        from kaufland_cli.output.screens.questions import Questions

        if not self.has_terminal:
            raise TerminalNeeded("This command asks a question, and there is no terminal to ask it on.", hint=instead)
        return Questions(self.stdin, Stream(self.stderr, self.environ, color=self.color))
