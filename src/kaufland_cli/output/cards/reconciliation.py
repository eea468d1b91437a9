"""The result of comparing the store with Kaufland: by day and storefront, and unit by unit."""

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.output.blocks import (
    Block,
    Card,
    Fact,
    Unattended,
    blank,
    facts,
    heading,
    hint,
    marked,
    paragraph,
    table,
)
from kaufland_cli.output.columns import Column
from kaufland_cli.output.records.reconciliation import difference_record, reconcile_record
from kaufland_cli.output.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kaufland_cli.app.results import ReconcileReport
    from kaufland_cli.order_import.reconcile import ReconcileResult
    from kaufland_cli.store.reconciliation import DayDifferences, UnitDifference

_MAX_DAYS = 31
_MAX_UNITS = 20

_DAY_COLUMNS = (
    Column("Day", "day"),
    Column("Storefront", "storefront", narrow_title="Shop"),
    Column("Missing", "missing", "count"),
    Column("Surplus", "surplus", "count"),
    Column("Differing", "differing", "count"),
)
_FIXED_COLUMN = Column("Stored now", "fixed", "count", narrow_title="Stored\nnow")
_STORED_COLUMN = Column("Stored now", "fixed", "yes_no_unknown", narrow_title="Stored\nnow")
_NAMES = {"id_order": "order", "shipping_rate": "shipping"}
_AMOUNTS = {"price", "shipping_rate"}
_UNIT_COLUMNS = (
    Column("Order", "id_order", "order_id"),
    Column("Unit", "id_order_unit"),
    Column("Storefront", "storefront", drop_order=1, narrow_title="Shop"),
    Column("Created", "created_at", "time", drop_order=2),
    Column("Found", "difference"),
    Column("What", "what", shrinks_to=30),
)


def reconciliation(report: "ReconcileReport", stream: Stream) -> list[Block]:
    """Return the lines of the result; of many days and units the newest, and how many more there are."""
    result = report.result
    lines = [*_headline(result, stream), *facts(_figures(result, stream))]
    if report.days:
        lines += _by_day(report.days, result, stream)
        lines += _single(report, stream)
    if result.notes:
        lines += blank()
        for note in result.notes:
            lines += marked(stream.marks.warning, stream.text(note), style="yellow")
    return [*lines, *blank(), *_end(result, stream)]


def _headline(result: "ReconcileResult", stream: Stream) -> list[Block]:
    match result.verdict:
        case "equal":
            return marked(stream.marks.passed, "The store and Kaufland agree.", style="bold green")
        case "incomplete":
            text = "Not everything could be fetched: run again."
            return marked(stream.marks.warning, text, style="bold yellow")
    return marked(stream.marks.failed, "The store and Kaufland do not agree.", style="bold red")


def _figures(result: "ReconcileResult", stream: Stream) -> list[Fact | None]:
    counts = result.counts
    took = f"{stream.duration(result.seconds * 1000)}, {stream.counted(result.requests, 'request')}"
    recent = stream.counted(counts.since_last_import, "unit")
    new = f"{recent} of these changed since the last import; the next import fetches them"

    def number(name: str, count: int, meaning: str) -> Fact:
        text = stream.counted(count, "unit") + (f" {meaning}" if count else "")
        return Fact(name, text, "red" if count else "")

    return [
        Fact("Environment", stream.text(result.environment)),
        Fact("Ordered since", stream.moment(result.since)),
        Fact("Storefront", stream.text(result.storefront)),
        Fact("Compared", stream.counted(counts.units_compared, "unit")),
        number("Missing", counts.missing, "at Kaufland, not in the store"),
        number("Surplus", counts.surplus, "in the store, not in Kaufland's list")
        if result.complete
        else Fact("Surplus", "not checked", "yellow"),
        number("Differing", counts.differing, "different at Kaufland"),
        Fact("New since", new) if counts.since_last_import and not result.fix else None,
        Fact("Stored now", f"{stream.counted(counts.fixed, 'unit')}, as Kaufland has them", "green")
        if counts.fixed
        else None,
        Fact("Took", took),
    ]


def _by_day(days: "Sequence[DayDifferences]", result: "ReconcileResult", stream: Stream) -> list[Block]:
    columns = (*_DAY_COLUMNS, _FIXED_COLUMN) if result.fix else _DAY_COLUMNS
    rows = [asdict(day) for day in days[:_MAX_DAYS]]
    lines = [*heading("By day and storefront"), *table(rows, columns, stream, indent=2)]
    if len(days) > _MAX_DAYS:
        lines += paragraph(f"and {stream.number(len(days) - _MAX_DAYS)} more, all with --json", indent=2)
    return lines


def _single(report: "ReconcileReport", stream: Stream) -> list[Block]:
    columns = (*_UNIT_COLUMNS, _STORED_COLUMN) if report.result.fix else _UNIT_COLUMNS
    rows = [difference_record(unit) | {"what": _what(unit, stream)} for unit in islice(report.units, _MAX_UNITS)]
    lines = [*heading("Units"), *table(rows, columns, stream, indent=2)]
    more = report.result.counts.different - len(rows)
    if more > 0:
        lines += paragraph(f"and {stream.number(more)} more, all of them with --json or --csv", indent=2)
    return lines


def _what(unit: "UnitDifference", stream: Stream) -> str:
    """Return in words what differs: as it is stored, and as Kaufland has it."""
    parts = [
        f"{_NAMES.get(name, name)} {_value(name, one.stored, stream)} {stream.marks.hint}"
        f" {_value(name, one.kaufland, stream)}"
        for name, one in unit.fields.items()
    ]
    if unit.reason:
        parts.append(f"cannot be read: {unit.reason}")
    if unit.since_last_import and not unit.fixed:
        parts.append("new since the last import")
    return stream.text("; ".join(parts))


def _value(name: str, value: Any, stream: Stream) -> str:
    if value is None:
        return "none"
    return stream.amount(value) if name in _AMOUNTS else str(value).replace("_", " ")


def _end(result: "ReconcileResult", stream: Stream) -> list[Block]:
    lines = paragraph("Nothing was changed at Kaufland.")
    if result.verdict == "incomplete":
        return lines + hint(command("reconcile"), stream, indent=0)
    if result.counts.different and not result.fix:
        return lines + hint(Hint("Store Kaufland's version: ", command("reconcile", "--fix")), stream, indent=0)
    return lines


def _unattended(report: "ReconcileReport") -> Unattended:
    differs = report.result.verdict != "equal" or report.result.notes
    return Unattended.STDERR if differs else Unattended.NOTHING


RECONCILIATION = Card("reconcile", reconciliation, _unattended, reconcile_record)
