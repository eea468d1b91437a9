"""JSON, JSON lines and CSV: what other programs read."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Sequence

import pytest

from kaufland_cli.output import ORDER_COLUMNS, Column, Format
from kaufland_cli.output.cards.import_summary import IMPORT
from kaufland_cli.output.records.imports import import_record
from support.output_samples import Heard, import_report, order, orders

LIST_IN_EVERY_FORMAT = """
import io, sys
from kaufland_cli.output import ORDER_COLUMNS, Format, Output
record = RECORD
for format in set(Format) - {Format.XLSX}:
    output = Output(stdout=io.StringIO(), stderr=io.StringIO(), environ={"LANG": "de_DE"}, format=format)
    output.listing("orders", [record], ORDER_COLUMNS, fields=(), schema="kaufland.orders/1", empty="")
    output.document(record, schema="kaufland.order/1")
print([name for name in sys.modules if name.split(".")[0] in {"rich", "babel", "xlsxwriter"}])
"""


def listed(
    format: Format,  # noqa: A002 (the option's word)
    records: list[dict[str, object]],
    fields: Sequence[str] = (),
    **extra: object,
) -> str:
    """Return what a list of orders looks like in a format."""
    heard = Heard(terminal=False, format=format)
    heard.output.listing(
        "orders",
        iter(records),
        ORDER_COLUMNS,
        fields=fields or list(order()),
        schema="kaufland.orders/1",
        empty="none",
        extra=extra or None,
    )
    assert heard.err == ""
    return heard.out


@pytest.mark.parametrize("count", [0, 1, 5])
def test_json_holds_the_records(count: int) -> None:
    """One object: the schema, what is said next to it, and the records under their name, unchanged."""
    records = orders()[:count]
    assert json.loads(listed(Format.JSON, records, environment="production")) == {
        "schema": "kaufland.orders/1",
        "environment": "production",
        "orders": records,
    }


def test_each_json_line_is_complete() -> None:
    """Each line is an object with its schema and the record's own fields."""
    lines = listed(Format.JSONL, orders()).splitlines()
    assert [json.loads(line) for line in lines] == [{"schema": "kaufland.orders/1", **record} for record in orders()]


def test_csv_has_every_field_of_every_record() -> None:
    """CSV heads are the fields of the records; amounts stay minor units, lists are JSON, nothing is empty."""
    fields = [*order(), "extra", "note"]
    rows = list(csv.DictReader(io.StringIO(listed(Format.CSV, [order(), order(extra=[1, "a"], note="x")], fields))))
    assert list(rows[0]) == fields
    assert (rows[0]["total_amount"], rows[0]["sales_order_no"], rows[0]["extra"]) == ("129900", "", "")
    assert (rows[1]["extra"], rows[1]["is_marketplace_deemed_supplier"]) == ('[1, "a"]', "false")


def test_empty_csv_still_has_its_heads() -> None:
    """A spreadsheet finds the same columns when there is nothing in them."""
    assert listed(Format.CSV, []) == listed(Format.CSV, [order()]).splitlines(keepends=True)[0]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\u200b=", "＝"])  # noqa: RUF001 (full width)
def test_csv_runs_no_formula(start: str) -> None:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front, also behind invisible characters."""
    text = listed(Format.CSV, [order(buyer_name=f"{start}cmd|' /C calc'!A0", total_amount=-5)])
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["buyer_name"].startswith("'")
    assert row["total_amount"] == "-5"


@pytest.mark.parametrize("format", [Format.JSON, Format.JSONL])
def test_json_is_harmless_and_exact(format: Format) -> None:  # noqa: A002 (the option's word)
    """What a terminal would act on is written as an escape in JSON, and read back it is the value itself."""
    name = "\x1b[2J\x9b31m\u202eevil\u2028\x7f\ud800"
    text = listed(format, [order(buyer_name=name)])
    assert not set(text) & set(name) - set("[2J31mevil")
    record = json.loads(text)
    assert record.get("orders", [record])[0]["buyer_name"] == name


@pytest.mark.parametrize("format", [Format.AUTO, Format.JSON, Format.JSONL])
def test_document_is_one_object(format: Format) -> None:  # noqa: A002 (the option's word)
    """A single thing is one JSON object with its schema; as JSON lines it is one line."""
    heard = Heard(terminal=False, format=format)
    heard.output.document(order(), schema="kaufland.order/1")
    assert json.loads(heard.out) == {"schema": "kaufland.order/1", **order()}
    assert (heard.out.count("\n") == 1) == (format is Format.JSONL)


def test_cards_follow_the_format() -> None:
    """With --json a card is the record of its value."""
    heard = Heard(format=Format.JSON)
    heard.output.show(IMPORT, import_report())
    assert json.loads(heard.out) == {"schema": "kaufland.import/1", **import_record(import_report())}


def test_stream_without_unicode_gets_ascii_json() -> None:
    """JSON on a stream that lacks characters loses none of them."""
    raw = io.BytesIO()
    heard = Heard(terminal=False, format=Format.JSON)
    heard.output._out.file = io.TextIOWrapper(raw, encoding="cp1252")
    heard.output._out.encoding = "cp1252"
    heard.output._out.speaks_unicode = False
    heard.output.listing("orders", orders(), ORDER_COLUMNS, fields=(), schema="kaufland.orders/1", empty="")
    assert json.loads(raw.getvalue().decode("ascii"))["orders"] == orders()


def test_lists_for_programs_load_nothing_heavy() -> None:
    """Lists in a pipe, as JSON, JSON lines and CSV load neither rich nor babel."""
    code = LIST_IN_EVERY_FORMAT.replace("RECORD", repr(order()))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_values_of_every_kind_in_a_pipe() -> None:
    """Each kind of column has a full value in a pipe, lists and unknowns included."""
    columns = [
        Column("Done", "done", "yes_no_unknown"),
        Column("Took", "ms", "duration_ms"),
        Column("Size", "size", "bytes"),
        Column("VAT", "vat", "percent"),
        Column("More", "more"),
        Column("Price", "price", "money"),
    ]
    record = {"done": None, "ms": 1234, "size": 2048, "vat": 5.5, "more": {"a": [1]}, "price": None, "currency": "PLN"}
    heard = Heard(terminal=False)
    heard.output.listing("things", [record], columns, fields=(), schema="kaufland.things/1", empty="")
    assert heard.out.splitlines()[1].split("\t") == ["?", "1234", "2048", "5.5", '{"a": [1]}', "?", "PLN"]
    shown = Heard(width=80)
    shown.output.listing("things", [record], columns, fields=(), schema="kaufland.things/1", empty="")
    assert shown.out.splitlines()[2] == """1,2 s  2,0 kB  5,5 %  {"a": [1]}  ? PLN"""
