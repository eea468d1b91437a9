"""The one object through which the program speaks to its user."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from kaufland_cli.errors import KauflandError, SettingsError
from kaufland_cli.output.amounts import locale_name
from kaufland_cli.output.columns import Column
from kaufland_cli.output.interchange import csv_lines, json_lines, json_listing, json_text, tab_separated
from kaufland_cli.output.screen import ColorChoice, Screen

if TYPE_CHECKING:
    from kaufland_cli.output.progress_line import ProgressLine

Record = Mapping[str, Any]


class Format(StrEnum):
    """How results are written: AUTO is a table on a terminal and tab-separated text in a pipe."""

    AUTO = "auto"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class Output:
    """Writes results to stdout and everything else to stderr; knows how things look and decides nothing else.

    `color`: the option comes before NO_COLOR, and that before what the terminal can do; without colour not one escape
    sequence is written. `locale`: how amounts are written (`de_DE`); empty takes it from the environment. `timezone`:
    where moments are shown. `width` is for terminals only; without it
    COLUMNS holds, else the terminal's own width.
    """

    def __init__(
        self,
        *,
        stdout: TextIO,
        stderr: TextIO,
        environ: Mapping[str, str],
        format: Format = Format.AUTO,  # noqa: A002 (the word of the option)
        color: ColorChoice = "auto",
        locale: str = "",
        timezone: str = "Europe/Berlin",
        width: int | None = None,
    ) -> None:
        self.format = format
        name = locale_name(locale, environ)
        self._out, self._err = (
            Screen(stream, environ, color=color, width=width, locale=name, timezone=timezone)
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
        empty: str,
        extra: Record | None = None,
    ) -> None:
        """Write a list in the chosen format.

        `fields` are those of each record, the head of a CSV; `empty` is what a terminal is told when there is nothing.
        """
        lines = self._listing_lines(name, records, columns, fields=fields, schema=schema, empty=empty, extra=extra)
        for line in lines:
            self._out.write(line)
        self._out.stream.flush()

    def _listing_lines(
        self,
        name: str,
        records: Iterable[Record],
        columns: Sequence[Column],
        *,
        fields: Sequence[str],
        schema: str,
        empty: str,
        extra: Record | None,
    ) -> Iterable[str]:
        unicode = self._out.speaks_unicode
        match self.format:
            case Format.JSON:
                return json_listing(name, records, schema=schema, extra=extra, unicode=unicode)
            case Format.JSONL:
                return json_lines(records, schema=schema, unicode=unicode)
            case Format.CSV:
                return csv_lines(records, fields)
            case Format.AUTO:
                if not self._out.is_terminal:
                    return tab_separated(records, columns)
                rows = list(records)
                if not rows:
                    self.note(empty)
                    return []
                from kaufland_cli.output.table import table  # noqa: PLC0415 (measuring text is heavy)

                return table(rows, columns, self._out)

    def document(self, record: Record, *, schema: str) -> None:
        """Write one thing as a JSON object, in one line where one object a line is asked for."""
        indent = None if self.format is Format.JSONL else 2
        text = json_text({"schema": schema, **record}, unicode=self._out.speaks_unicode, indent=indent)
        self._out.write_all([text])

    # --- cards ------------------------------------------------------------------------------------------------------

    def order_card(self, order: Record) -> None:
        """Show one order with its buyer, addresses, amounts, lines and history."""
        if not self._as_document(order, "order"):
            from kaufland_cli.output.order_card import order_card  # noqa: PLC0415 (only where used)

            self._out.write_all(order_card(order, self._out))

    def status_card(self, status: Record) -> None:
        """Show how it stands."""
        if not self._as_document(status, "status"):
            from kaufland_cli.output.status_card import status_card  # noqa: PLC0415 (only where used)

            self._out.write_all(status_card(status, self._out))

    def schedule_card(self, record: Record) -> None:
        """Show what is entered in the system's scheduler, and what of it is not as the settings say."""
        if not self._as_document(record, "schedule"):
            from kaufland_cli.output.schedule_card import schedule_card  # noqa: PLC0415 (only where used)

            self._out.write_all(schedule_card(record, self._out))

    def log_entry(self, entry: Record) -> None:
        """Show one call to the API with its headers and bodies."""
        if not self._as_document(entry, "log_entry"):
            from kaufland_cli.output.log_entry import log_entry  # noqa: PLC0415 (only where used)

            self._out.write_all(log_entry(entry, self._out))

    def connection_step(self, step: Record) -> None:
        """Show one step of a connection test as it ends; as JSON the steps come with the report."""
        if self.format not in {Format.JSON, Format.JSONL}:
            from kaufland_cli.output.connection import step_lines  # noqa: PLC0415 (only where used)

            self._out.write_all(step_lines(step, self._out))

    def connection_end(self, report: Record) -> None:
        """Show what a connection test came to, after its steps."""
        if not self._as_document(report, "connection"):
            from kaufland_cli.output.connection import end_lines  # noqa: PLC0415 (only where used)

            self._out.write_all(end_lines(report, self._out))

    def doctor_check(self, check: Record) -> None:
        """Show one check as it ends; as JSON the checks come together at the end."""
        if self.format is Format.AUTO:
            from kaufland_cli.output.doctor import check_lines  # noqa: PLC0415 (only where used)

            self._out.write_all(check_lines(check, self._out))

    def doctor_end(self, record: Record) -> None:
        """Show what all checks came to, after them."""
        if not self._as_document(record, "doctor"):
            from kaufland_cli.output.doctor import end_lines  # noqa: PLC0415 (only where used)

            self._out.write_all(end_lines(record, self._out))

    def passed_on(self, heading: str, text: str) -> None:
        """Tell on stderr what another process said, line by line as it is, below a heading."""
        self._err.write_all([self._err.text(heading), *(f"  {line}" for line in self._err.lines(text))])

    def import_summary(self, result: Record) -> None:
        """Show what an import came to; without a terminal nothing on success, one whole message on stderr otherwise."""
        if self._as_document(result, "import"):
            return
        from kaufland_cli.output.import_summary import import_summary, succeeded  # noqa: PLC0415 (only where used)

        if self._out.is_terminal:
            self._out.write_all(import_summary(result, self._out))
        elif not succeeded(result):
            self._err.write_all(import_summary(result, self._err))

    def reconciliation(self, result: Record, units: Iterable[Record], *, fields: Sequence[str]) -> None:
        """Show what comparing with Kaufland came to, with the differing units.

        Without a terminal nothing where nothing differs, one whole message on stderr otherwise.
        """
        if self.format is not Format.AUTO:
            schema = "kaufland.reconcile/1"
            self.listing("units", units, (), fields=fields, schema=schema, empty="", extra=result)
            return
        from kaufland_cli.output.reconciliation import reconciliation  # noqa: PLC0415 (only where used)

        if self._out.is_terminal:
            self._out.write_all(reconciliation(result, units, self._out))
        elif result.get("verdict") != "equal" or result.get("notes"):
            self._err.write_all(reconciliation(result, units, self._err))

    def sales_order_card(self, record: Record) -> None:
        """Show one sales order with its state, reasons, amounts of both sides, lines and history."""
        if not self._as_document(record, "sales_order"):
            from kaufland_cli.output.sales_orders import sales_order_card  # noqa: PLC0415 (only where used)

            self._out.write_all(sales_order_card(record, self._out))

    def sales_order_reasons(self, reasons: Sequence[Record]) -> None:
        """Tell on a terminal, below the list, what its reasons mean and what fixes them."""
        if not reasons:
            return
        from kaufland_cli.output.sales_orders import reason_groups  # noqa: PLC0415 (only where used)

        self._out.write_all(reason_groups(reasons, self._out))

    def sales_order_documents(self, documents: Sequence[Record]) -> None:
        """Show documents as they would be sent, with what stands against them."""
        if self.format is not Format.AUTO:
            self.document({"documents": list(documents)}, schema="kaufland.sales_order_documents/1")
            return
        from kaufland_cli.output.sales_orders import document_lines, reason_lines  # noqa: PLC0415 (only where used)

        for one in documents:
            if one.get("document"):
                self._out.write_all(document_lines(one["document"], self._out))
            else:
                self._out.write_all([f"Order {self._out.text(one.get('id_order'))} becomes no sales order yet."])
            for reason in one.get("reasons") or []:
                self._out.write_all(reason_lines(reason, self._out))
            self._out.write_all([""])

    def push_summary(self, result: Record) -> None:
        """Show what a push came to.

        One that nobody asked for by hand says nothing without a terminal where all went well, else it is one message on
        stderr.
        """
        if self._as_document(result, "push"):
            return
        from kaufland_cli.output.sales_orders import push_summary  # noqa: PLC0415 (only where used)

        if self._out.is_terminal or result.get("by_hand"):
            self._out.write_all(push_summary(result, self._out))
        elif result.get("needs_attention"):
            self._err.write_all(push_summary(result, self._err))

    def older_orders(self, orders: Sequence[Record], sums: Record, there: Sequence[str], target: str) -> None:
        """Show a person which older orders would become sales orders: count, sum, and which are there already."""
        for order in orders:
            mark = f", in {target} already" if order["id_order"] in there else ""
            total = self._err.amount(order["total_amount"], order["currency"])
            shop = self._err.text(order["storefront"]) or "?"
            self.note(f"{order['id_order']}  {shop}  {self._err.moment(order['created_at'])}  {total}{mark}")
        total = " + ".join(self._err.amount(amount, currency) for currency, amount in sums.items())
        self.note(f"{self._err.counted(len(orders), 'order')}, {total}; {len(there)} of them in {target} already.")

    def checks(self, checks: Sequence[Record], *, schema: str = "kaufland.sales_order_check/1") -> None:
        """Show what was checked, by default in the place where sales orders are created."""
        if self.format is not Format.AUTO:
            self.document({"checks": list(checks)}, schema=schema)
            return
        from kaufland_cli.output.blocks import hint, marked  # noqa: PLC0415 (measuring text is heavy)

        marks = self._out.marks
        looks = {
            "passed": (marks.passed, "green"),
            "failed": (marks.failed, "bold red"),
            "warning": (marks.warning, "yellow"),
            "skipped": (marks.skipped, "dim"),
        }
        for one in checks:
            mark, style = looks[str(one["state"])]
            text = f"{self._out.text(one['what'])}: {self._out.text(one['message'])}"
            self._out.write_all(marked(mark, text, self._out, style=style))
            self._out.write_all(hint(self._out.text(one.get("hint")), self._out))

    def _as_document(self, record: Record, name: str) -> bool:
        """Write the record as JSON if that is the format; say whether it was."""
        as_json = self.format in {Format.JSON, Format.JSONL}
        if as_json:
            self.document(record, schema=f"kaufland.{name}/1")
        return as_json

    # --- words ------------------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """Write a result of plain text."""
        self._out.write_all(self._out.lines(text))

    def note(self, text: str) -> None:
        """Tell something that may be left out."""
        self._say(text, "", "")

    def to_copy(self, text: str) -> None:
        """Tell something to be copied: alone on one line, however long it is."""
        self._err.write_all([self._err.text(text)])

    def success(self, text: str) -> None:
        """Tell that something was done."""
        self._say(text, self._err.marks.passed, "green")

    def warning(self, text: str) -> None:
        """Tell something that a person should look at."""
        self._say(text, self._err.marks.warning, "yellow")

    def error(self, exception: KauflandError, *, as_json: bool) -> None:
        """Tell what went wrong and what to do next, on stderr."""
        if as_json:
            self._err.write_all([json_text(_error_record(exception), unicode=self._err.speaks_unicode)])
            return
        from kaufland_cli.output.blocks import hint  # noqa: PLC0415 (measuring text is heavy)

        self._say(exception.message, self._err.marks.failed, "bold red")
        self._err.write_all(hint(self._err.text(exception.hint), self._err))

    def _say(self, text: str, mark: str, style: str) -> None:
        from kaufland_cli.output.blocks import marked, paragraph  # noqa: PLC0415 (measuring text is heavy)

        first, *others = self._err.lines(text)
        lines = marked(mark, first, self._err, style=style) if mark else paragraph(first, self._err, break_words=False)
        for other in others:
            inner = other.lstrip(" ")
            lines += paragraph(inner, self._err, indent=len(other) - len(inner), break_words=False)
        self._err.write_all(lines)

    # --- progress ---------------------------------------------------------------------------------------------------

    @contextmanager
    def progress(self) -> Iterator["ProgressLine | None"]:
        """Give a listener that draws a bar while the block runs; None where nobody watches."""
        if not self._err.shows_progress:
            yield None
            return
        from kaufland_cli.output.progress_line import ProgressLine  # noqa: PLC0415 (only where somebody watches)

        line = ProgressLine(self._err)
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
    if isinstance(exception, SettingsError):
        record["problems"] = [
            {"place": fault.place, "key": fault.key, "problem": fault.problem, "allowed": fault.allowed}
            for fault in exception.problems
        ]
    return record
