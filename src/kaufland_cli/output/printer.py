"""The object through which the program prints everything."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.moments import OffsetHere
from kaufland_cli.domain.numbers import locale_name
from kaufland_cli.errors import ActionsInvalid, Interrupted, KauflandError, SettingsError, WrongUsage
from kaufland_cli.output.blocks import (
    Block,
    Card,
    Record,
    Shown,
    Unattended,
    followed,
    hint,
    message_lines,
    table,
)
from kaufland_cli.output.cards import card_of
from kaufland_cli.output.columns import Column, chosen_columns
from kaufland_cli.output.records.interchange import csv_lines, json_lines, json_listing, json_text, tab_separated
from kaufland_cli.output.stream import ColorChoice, Stream

if TYPE_CHECKING:
    from kaufland_cli.app.results import Result
    from kaufland_cli.doctor.connection_test import ConnectionStep
    from kaufland_cli.output.screens.progress import ProgressLine


class Format(StrEnum):
    """How results are written: AUTO is a table on a terminal and tab-separated text in a pipe."""

    AUTO = "auto"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    EXCEL_CSV = "csv=excel"
    XLSX = "xlsx"


class Output:
    """Writes results to stdout and everything else to stderr; decides only how things look.

    `color`: the option comes before NO_COLOR, and that before what the terminal can do; without colour not one escape
    sequence is written. `order_url`: the page of an order in the seller portal, with `{id_order}` in it, to link to;
    empty for no links. `locale`: how amounts are written (`de_DE`); empty takes it from the environment. `timezone`:
    where moments are shown; they carry it where the machine's clock shows another time (`offset_here`). `width` is for
    terminals only; without it COLUMNS holds, else the terminal's own width. `monotonic`: seconds, for the time that is
    left. `chosen`: the options that choose the settings of this call. `quiet`: a terminal is shown no more than a pipe,
    and no remarks. `verbose`: summaries go to a pipe too. `in_pages`: somebody is there to turn the pages of a list
    that is longer than the screen. `xlsx`: the file to write lists to. `columns`: the fields that lists are to have;
    empty: the usual ones. `now`: the present time, for what is today's.
    """

    def __init__(
        self,
        *,
        stdout: TextIO,
        stderr: TextIO,
        environ: Mapping[str, str],
        format: Format = Format.AUTO,  # noqa: A002 (the word of the option)
        color: ColorChoice = "auto",
        order_url: str = "",
        locale: str = "",
        timezone: str = "Europe/Berlin",
        offset_here: OffsetHere | None = None,
        width: int | None = None,
        monotonic: Callable[[], float] | None = None,
        now: Callable[[], datetime] | None = None,
        chosen: Sequence[str] = (),
        quiet: bool = False,
        verbose: bool = False,
        in_pages: bool = False,
        xlsx: Path | None = None,
        columns: Sequence[str] = (),
    ) -> None:
        self._xlsx = xlsx
        self._columns = columns
        self._environ = environ if in_pages else None
        self._quiet = quiet
        self._verbose = verbose and not quiet
        self._monotonic = monotonic
        self._chosen = chosen
        self.format = format
        name = locale_name(locale, environ)
        self._out, self._err = (
            Stream(
                stream,
                environ,
                color=color,
                order_url=order_url,
                width=width,
                locale=name,
                timezone=timezone,
                offset_here=offset_here,
                chosen=chosen,
                now=now,
            )
            for stream in (stdout, stderr)
        )

    # --- lists and single things ------------------------------------------------------------------------------------

    def listing(
        self,
        name: str,
        records: Iterable[Record],
        columns: Sequence[Column],
        *,
        fields: Sequence[str],
        schema: str,
        empty: str | Hint | Callable[[], str | Hint],
        extra: Record | None = None,
        footer: Callable[[Stream], Iterable[Block]] | None = None,
    ) -> None:
        """Write a list in the chosen format.

        `fields` are those of each record, the head of a CSV; `empty` is what a terminal shows if there are none, and
        `footer` what it shows below the table, in the same pages.
        """
        unicode, usual = self._out.speaks_unicode, columns
        if self._columns:
            fields, columns = self._columns, chosen_columns(columns, self._columns)
        match self.format:
            case Format.JSON:
                lines = json_listing(name, records, self._typed, schema=schema, extra=extra, unicode=unicode)
            case Format.JSONL:
                lines = json_lines(records, self._typed, schema=schema, unicode=unicode)
            case Format.CSV:
                lines = csv_lines(records, fields, self._typed)
            case Format.EXCEL_CSV:
                from kaufland_cli.output.records.spreadsheet import (  # noqa: PLC0415 (only where used)
                    excel_csv_lines,
                    sheet_fields,
                )

                lines = excel_csv_lines(records, self._columns or sheet_fields(fields), self._out.zone, self._typed)
            case Format.XLSX:
                self._write_workbook(name, records, fields)
                return
            case Format.AUTO:
                if self._out.is_terminal or self._out.forced_colour:
                    self._table(list(records), columns, usual, empty, footer)
                    return
                lines = tab_separated(records, columns, self._typed)
        for line in lines:
            self._out.write(line)
        self._out.file.flush()

    def _write_workbook(self, name: str, records: Iterable[Record], fields: Sequence[str]) -> None:
        from kaufland_cli.files import fault_of, scratch_folder, write_private_file  # noqa: PLC0415 (only where used)
        from kaufland_cli.output.records.spreadsheet import sheet_fields  # noqa: PLC0415
        from kaufland_cli.output.records.xlsx import workbook  # noqa: PLC0415 (XlsxWriter may not be installed)

        if self._xlsx is None:
            raise TypeError(name)
        fields = self._columns or sheet_fields(fields)
        try:
            with scratch_folder(self._xlsx) as scratch:
                content = workbook(name, records, fields, self._out.zone, self._typed, scratch)
            write_private_file(self._xlsx, content, follow_link=True)
        except OSError as error:
            raise WrongUsage(
                f"{self._xlsx} {fault_of(error, 'could not be written')}.",
                hint=Hint("Close it if Excel has it open, or write another file."),
            ) from None
        self.success(f"Written: {self._xlsx}")

    def _table(
        self,
        rows: Sequence[Record],
        columns: Sequence[Column],
        usual: Sequence[Column],
        empty: str | Hint | Callable[[], str | Hint],
        footer: Callable[[Stream], Iterable[Block]] | None,
    ) -> None:
        """Show a list to a person; its `usual` columns give the rows their colours."""
        if not rows:
            self.note(empty() if callable(empty) else empty)
            return
        below = () if footer is None else footer(self._out)
        lines = self._lines(chain(table(rows, columns, self._out, styled_by=usual), below), self._out)
        if self._environ is None or not self._out.height:
            self._out.write_all(lines)
            return
        from kaufland_cli.output.pager import write_in_pages  # noqa: PLC0415 (only where used)

        write_in_pages(lines, self._out, self._environ)

    def follow(
        self,
        records: Iterable[Record],
        columns: Sequence[Column],
        on_terminal: Sequence[Column],
        *,
        fields: Sequence[str],
        schema: str,
    ) -> None:
        """Write records as they arrive, each at once. Ctrl-C is the way to end it.

        `columns` are those of a pipe, `on_terminal` those of a terminal. Raises `WrongUsage` for a format with an end.
        """
        usual = columns
        if self._columns:
            fields, columns = self._columns, chosen_columns(columns, self._columns)
            on_terminal = columns
        if self.format is Format.JSONL:
            lines = json_lines(records, self._typed, schema=schema, unicode=self._out.speaks_unicode)
        elif self.format is Format.CSV:
            lines = csv_lines(records, fields, self._typed)
        elif self.format is not Format.AUTO:
            raise WrongUsage("--follow has no end, so it writes one record a line.", hint=Hint("Use --jsonl or --csv."))
        elif self._out.is_terminal or self._out.forced_colour:
            blocks = followed(records, on_terminal, self._out, usual)
            lines = (text for block in blocks for text in self._lines([block], self._out))
        else:
            lines = tab_separated(records, columns, self._typed)
        try:
            for text in lines:
                self._out.write_all([text])
        except KeyboardInterrupt:
            self.leave_line()

    def document(self, record: Record, *, schema: str) -> None:
        """Write one record as a JSON object, on one line with `--jsonl`."""
        indent = None if self.format is Format.JSONL else 2
        text = json_text({"schema": schema, **record}, self._typed, unicode=self._out.speaks_unicode, indent=indent)
        self._out.write_all([text])

    # --- cards ------------------------------------------------------------------------------------------------------

    def show(self, card: Card[Shown], value: Shown) -> None:
        """Show a value as its card, or write its record as JSON; `Card.unattended` says what goes to a pipe."""
        if self.format in {Format.JSON, Format.JSONL}:
            self.document(card.record(value), schema=f"kaufland.{card.name}/1")
            return
        place = Unattended.STDOUT if self._out.is_terminal and not self._quiet else card.unattended(value)
        if place is Unattended.NOTHING and self._verbose:
            place = Unattended.STDOUT
        if place is not Unattended.NOTHING:
            stream = self._out if place is Unattended.STDOUT else self._err
            stream.write_all(self._lines(card.blocks(value, stream), stream))

    def step(self, blocks: Callable[[Shown, Stream], Iterable[Block]], value: Shown) -> None:
        """Show a part of a card as it happens; in JSON it is part of the whole record."""
        if self.format is Format.AUTO:
            self._out.write_all(self._lines(blocks(value, self._out), self._out))

    def show_result(self, result: "Result") -> None:
        """Show the result that a use case gives this name (`app.person.Result`)."""
        self.show(card_of(result), result)

    def show_step(self, step: "ConnectionStep") -> None:
        """Show one step of a result as it happens; in JSON it is part of the whole record."""
        from kaufland_cli.output.cards.checks import connection_step  # noqa: PLC0415 (only where used)

        self.step(connection_step, step)

    def show_note(self, result: "Result") -> None:
        """Show a result on stderr, because it is only a remark."""
        self._err.write_all(self._lines(card_of(result).blocks(result, self._err), self._err))

    def show_passed_on(self, heading: str, text: str) -> None:
        """Print another process's output to stderr, line by line and unwrapped, below a heading."""
        self._err.write_all([self._err.text(heading), *(f"  {line}" for line in self._err.lines(text))])

    @staticmethod
    def _lines(blocks: Iterable[Block], stream: Stream) -> Iterable[str]:
        """Return the blocks as lines; rich is loaded only for a terminal or for colours."""
        if stream.is_terminal or stream.colour:
            from kaufland_cli.output.screens.drawing import drawn  # noqa: PLC0415 (rich is heavy)

            return drawn(blocks, stream)
        from kaufland_cli.output.records.plain import plain_lines  # noqa: PLC0415 (only where used)

        return plain_lines(blocks)

    # --- messages ---------------------------------------------------------------------------------------------------

    def leave_line(self) -> None:
        """Begin a new line on a terminal, which shows ^C where somebody pressed Ctrl-C."""
        if self._err.is_terminal:
            self._err.write_all([""])

    def line(self, text: str | Hint) -> None:
        """Write a line of a result."""
        self._out.write_all(self._out.lines(text))

    def note(self, text: str | Hint) -> None:
        """Print a remark; none with `quiet`."""
        if not self._quiet:
            self._say(text, "", "")

    def to_copy(self, text: str | Hint) -> None:
        """Print a text to copy on its own line, however long it is."""
        self._err.write_all([self._err.text(text)])

    def success(self, text: str | Hint) -> None:
        """Print what was done, with a check mark; nothing with `quiet`."""
        if not self._quiet:
            self._say(text, self._err.marks.passed, "green")

    def warning(self, text: str | Hint) -> None:
        """Print a warning."""
        self._say(text, self._err.marks.warning, "yellow")

    def error(self, exception: KauflandError, *, as_json: bool) -> None:
        """Print an error and its hint to stderr."""
        if as_json:
            self._err.write_all([json_text(_error_record(exception), self._typed, unicode=self._err.speaks_unicode)])
            return
        if isinstance(exception, Interrupted):
            self.leave_line()
        blocks = message_lines(exception.message, self._err, self._err.marks.failed, "bold red")
        blocks += hint(exception.hint, self._err)
        self._err.write_all(self._lines(blocks, self._err))

    def _typed(self, hint: Hint) -> str:
        return hint.typed(self._chosen)

    def _say(self, text: str | Hint, mark: str, style: str) -> None:
        self._err.write_all(self._lines(message_lines(text, self._err, mark, style), self._err))

    # --- progress ---------------------------------------------------------------------------------------------------

    @contextmanager
    def progress(self) -> Iterator["ProgressLine | None"]:
        """Yield a listener that draws a bar while the block runs; None if nobody is watching."""
        if self._quiet or not self._err.shows_progress:
            yield None
            return
        from kaufland_cli.output.screens.progress import ProgressLine  # noqa: PLC0415 (rich is heavy)

        line = ProgressLine(self._err, self._monotonic)
        try:
            yield line
        finally:
            line.clear()


def _error_record(exception: KauflandError) -> dict[str, object]:
    record: dict[str, object] = {
        "schema": "kaufland.error/1",
        "error": exception.code_name(),
        "message": exception.message,
        "hint": exception.hint,
        "exit_code": int(exception.exit_code),
    }
    if isinstance(exception, SettingsError | ActionsInvalid):
        record["problems"] = [
            {"place": fault.place, "key": fault.key, "problem": fault.problem, "allowed": fault.allowed}
            for fault in exception.problems
        ]
    return record
