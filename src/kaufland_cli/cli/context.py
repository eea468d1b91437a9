"""The context of a command line: what `app/` works with, and how results are written."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import SettingsError, TerminalNeeded, WrongUsage
from kaufland_cli.output import Format, Output
from kaufland_cli.output.stream import ColorChoice, Stream

if TYPE_CHECKING:
    import typer

    from kaufland_cli.output.screens.questions import TerminalQuestions

TERMINAL_ROWS: Final = 50
"""Rows of a list on a terminal, unless `--limit` says otherwise."""


@dataclass
class CliContext(Context):
    """One command line."""

    color: ColorChoice = "auto"
    format: Format = Format.AUTO
    no_pager: bool = False
    call: "typer.Context | None" = None
    """The command of this call, with its options."""
    excel_csv: bool = False
    xlsx: Path | None = None
    """The workbook to write."""
    columns: tuple[str, ...] = ()
    """The fields of the list that somebody asked for; empty: the usual ones."""

    def choose_format(self, *, as_json: bool = False, as_jsonl: bool = False, as_csv: bool = False) -> None:
        """Set the format that the options of a command name. Raises `WrongUsage` for more than one."""
        options = {
            "--json": (Format.JSON, as_json),
            "--jsonl": (Format.JSONL, as_jsonl),
            "--csv": (Format.CSV, as_csv),
            "--csv=excel": (Format.EXCEL_CSV, self.excel_csv),
            "--xlsx": (Format.XLSX, self.xlsx is not None),
        }
        chosen = {option: form for option, (form, on) in options.items() if on}
        if len(chosen) > 1:
            raise WrongUsage(f"{' and '.join(chosen)} exclude each other.", hint=Hint("Choose one of them."))
        self.format = next(iter(chosen.values()), Format.AUTO)
        if self.columns and self.as_json:
            raise WrongUsage(
                f"{next(iter(chosen))} always has every field; --columns is for tables, CSV and workbooks.",
                hint=Hint("Leave out one of the two."),
            )

    @property
    def shows_tables(self) -> bool:
        """Whether a list is a table on a terminal."""
        return self.format is Format.AUTO and self.streams.stdout.isatty()

    @property
    def draws_tables(self) -> bool:
        """Whether a list is a table, on a terminal or for a pager that was started by hand (`--color always`)."""
        return self.shows_tables or (self.format is Format.AUTO and self.color == "always")

    def row_limit(self, limit: int | None) -> int | None:
        """Return how many rows to show, None for all; pipes and files get all unless `--limit` says otherwise."""
        if limit is None and self.shows_tables:
            return TERMINAL_ROWS
        return limit or None

    @property
    def as_json(self) -> bool:
        """Whether results, and so errors too, are JSON."""
        return self.format in {Format.JSON, Format.JSONL}

    @cached_property
    def output(self) -> Output:
        """Writes results; numbers and times as the settings say, or in the default form if they cannot be read."""
        return self._output(self.streams.stdout)

    @property
    def output_for_person(self) -> Output:
        """Writes everything to stderr, next to the questions."""
        return self._output(self.streams.stderr)

    def _output(self, stdout: TextIO) -> Output:
        locale, timezone, order_url = "", "Europe/Berlin", ""
        with suppress(SettingsError):
            shown = self.settings.ui
            locale, timezone, order_url = shown.locale, shown.timezone, shown.order_url
        return Output(
            stdout=stdout,
            stderr=self.streams.stderr,
            environ=self.environ,
            format=self.format,
            color=self.color,
            order_url=order_url,
            locale=locale,
            timezone=timezone,
            offset_here=self.offset_here,
            monotonic=self.clock.monotonic,
            now=self.clock.now,
            chosen=self.options.chosen,
            quiet=self.options.quiet,
            verbose=self.options.verbose,
            xlsx=self.xlsx,
            columns=self.columns,
            in_pages=self.streams.stdin.isatty() and not self.no_pager,
        )

    def again(self, *options: str) -> Hint:
        """Return the command of this call once more, with these options added or in place of those of the same name."""
        if self.call is None:
            return command(*options)
        arguments: list[str] = []
        kept: list[str] = []
        for one in self.call.command.params:
            source, value = self.call.get_parameter_source(one.name or ""), self.call.params.get(one.name or "")
            if value is None or source is None or source.name != "COMMANDLINE":
                continue
            values = [str(each) for each in (value if isinstance(value, list | tuple) else [value])]
            if one.param_type_name == "argument":
                arguments += values
            elif one.opts[0] not in options:
                if isinstance(value, bool):
                    kept.append((one.opts if value else one.secondary_opts)[0])
                else:
                    kept += [word for each in values for word in (one.opts[0], each)]
        return command(*self.call.command_path.split()[1:], *arguments, *kept, *options)

    def questions(self, instead: Hint, *, back: bool = False) -> "TerminalQuestions":
        """Return the way to ask. Raises `TerminalNeeded` with `instead` as its hint if there is no terminal."""
        from kaufland_cli.output.screens.questions import TerminalQuestions

        if not self.has_terminal:
            raise TerminalNeeded("This command asks a question, and there is no terminal to ask it on.", hint=instead)
        return TerminalQuestions(
            self.streams.stdin, Stream(self.streams.stderr, self.environ, color=self.color), back=back
        )
