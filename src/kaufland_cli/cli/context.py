"""The context of a command line: what `app/` works with, and how results are written."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.text import all_of
from kaufland_cli.errors import SettingsError, TerminalNeeded, WrongUsage
from kaufland_cli.output import Format, Output
from kaufland_cli.output.stream import ColorChoice, Stream

if TYPE_CHECKING:
    import typer

    from kaufland_cli.output.screens.questions import TerminalQuestions

LIST_OPTIONS: Final = ("--json", "--jsonl", "--csv", "--csv=excel", "--xlsx", "--columns", "--limit")
"""The options that every list takes, whatever is in it."""
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
            raise WrongUsage(f"{all_of(chosen)} exclude each other.", hint=Hint("Choose one of them."))
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

    @property
    def writes_total(self) -> bool:
        """Whether a list says how many rows match regardless of its limit: one JSON document does."""
        return self.format is Format.JSON

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
            offset_here=self.process.offset_here,
            monotonic=self.clock.monotonic,
            now=self.clock.now,
            chosen=self.options.chosen,
            quiet=self.options.quiet,
            verbose=self.options.verbose,
            xlsx=self.xlsx,
            columns=self.columns,
            in_pages=self.streams.stdin.isatty() and not self.no_pager,
        )

    def take_only(self, why: str, *taken: str) -> None:
        """Refuse options of this command that would change nothing here. Raises `WrongUsage`.

        `why` begins the sentence that says so; `taken` are the options that count. Arguments and global options do.
        """
        if self.call is None:
            return
        typed = [one.opts[0] for one, _ in self._typed_on(self.call) if one.param_type_name == "option"]
        own = {one.opts[0] for one in self.call.command.params if not getattr(one, "hidden", False)}
        if idle := [name for name in typed if name in own and name not in taken]:
            raise WrongUsage(f"{why}, so {all_of(idle)} would change nothing.", hint=self.again(without=idle))

    def again(self, *options: str, in_place_of: str | None = None, without: Collection[str] = ()) -> Hint:
        """Return the command of this call once more, with these options added or in place of those of the same name.

        `in_place_of` is one of the values of an option that can be repeated: only that one is replaced. Options named
        in `without` are left out.
        """
        if self.call is None:
            return command(*options)
        arguments: list[str] = []
        kept: list[str] = []
        for one, value in self._typed_on(self.call):
            if one.opts[0] in without:
                continue
            values = [str(each) for each in (value if isinstance(value, list | tuple) else [value])]
            if one.param_type_name == "argument":
                arguments += values
            elif isinstance(value, bool):
                kept += [] if one.opts[0] in options else [(one.opts if value else one.secondary_opts)[0]]
            else:
                others = [each for each in values if one.opts[0] not in options or in_place_of not in {None, each}]
                kept += [word for each in others for word in (one.opts[0], each)]
        return command(*self.call.command_path.split()[1:], *arguments, *kept, *options)

    def _typed_on(self, call: "typer.Context") -> Iterator[tuple[Any, object]]:
        """Yield the arguments and options that were typed, with their values, without what `options.chosen` has."""
        root = call.find_root()
        for one in (*call.command.params, *root.command.params):
            name = one.name or ""
            place = root if one in root.command.params else call
            source = place.get_parameter_source(name)
            value = self._taken_over(name) if not one.expose_value or place is root else call.params.get(name)
            if value is not None and source is not None and source.name == "COMMANDLINE":
                yield one, value

    def _taken_over(self, name: str) -> object:
        """Return the value of an option that goes into this context and not to the command."""
        match name:
            case "excel":
                return self.excel_csv
            case "columns":
                return ",".join(self.columns)
            case "color" | "no_pager" | "xlsx":
                return getattr(self, name)
            case "debug" | "quiet" | "verbose":
                return getattr(self.options, name)
        return None

    def questions(self, instead: Hint, *, back: bool = False) -> "TerminalQuestions":
        """Return the way to ask. Raises `TerminalNeeded` with `instead` as its hint if there is no terminal."""
        from kaufland_cli.output.screens.questions import TerminalQuestions

        if not self.has_terminal:
            raise TerminalNeeded("This command asks a question, and there is no terminal to ask it on.", hint=instead)
        return TerminalQuestions(
            self.streams.stdin, Stream(self.streams.stderr, self.environ, color=self.color), back=back
        )
