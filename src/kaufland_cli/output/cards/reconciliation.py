"""The result of comparing the store with Kaufland: by day and storefront, and unit by unit.

The record comes from `order_import.reconcile`, the units from `store.reconciliation`.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.output.blocks import (
    Block,
    Card,
    Fact,
    Record,
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
from kaufland_cli.output.stream import Stream

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


def reconciliation(result: Record, stream: Stream) -> list[Block]:
    """Return the lines of the result: the newest days and units, and how many more there are."""
    lines = [*_headline(result, stream), *facts(_figures(result, stream))]
    days: Sequence[Record] = result.get("days") or []
    if days:
        lines += _by_day(days, result, stream)
        lines += _single(result, stream)
    notes = result.get("notes") or []
    if notes:
        lines += blank()
        for note in notes:
            lines += marked(stream.marks.warning, stream.text(note), style="yellow")
    return [*lines, *blank(), *_end(result, stream)]


def _headline(result: Record, stream: Stream) -> list[Block]:
    match result.get("verdict"):
        case "equal":
            return marked(stream.marks.passed, "The store and Kaufland agree.", style="bold green")
        case "incomplete":
            text = "Not everything could be fetched: run again."
            return marked(stream.marks.warning, text, style="bold yellow")
    return marked(stream.marks.failed, "The store and Kaufland do not agree.", style="bold red")


def _figures(result: Record, stream: Stream) -> list[Fact | None]:
    recent = result.get("since_last_import")
    seconds = result.get("seconds")
    requests = stream.counted(result.get("requests"), "request")
    took = f"{stream.duration(seconds * 1000)}, {requests}" if isinstance(seconds, int | float) else requests

    def number(name: str, meaning: str) -> Fact:
        count = result.get(name)
        text = stream.counted(count, "unit") + (f" {meaning}" if count else "")
        return Fact(name.capitalize(), text, "red" if count else "")

    return [
        Fact("Environment", stream.text(result.get("environment"))),
        Fact("Ordered since", stream.moment(result.get("since"))),
        Fact("Storefront", stream.text(result.get("storefront") or "")),
        Fact("Compared", stream.counted(result.get("units_compared"), "unit")),
        number("missing", "at Kaufland, not in the store"),
        number("surplus", "in the store, not in Kaufland's list")
        if result.get("complete")
        else Fact("Surplus", "not checked", "yellow"),
        number("differing", "different at Kaufland"),
        Fact(
            "New since",
            f"{stream.counted(recent, 'unit')} of these changed since the last import; the next import fetches them",
        )
        if recent and not result.get("fix")
        else None,
        Fact("Stored now", f"{stream.counted(result.get('fixed'), 'unit')}, as Kaufland has them", "green")
        if result.get("fixed")
        else None,
        Fact("Took", took),
    ]


def _by_day(days: Sequence[Record], result: Record, stream: Stream) -> list[Block]:
    columns = (*_DAY_COLUMNS, _FIXED_COLUMN) if result.get("fix") else _DAY_COLUMNS
    lines = [*heading("By day and storefront"), *table(days[:_MAX_DAYS], columns, stream, indent=2)]
    if len(days) > _MAX_DAYS:
        lines += paragraph(f"and {stream.number(len(days) - _MAX_DAYS)} more, all with --json", indent=2)
    return lines


def _single(result: Record, stream: Stream) -> list[Block]:
    columns = (*_UNIT_COLUMNS, _STORED_COLUMN) if result.get("fix") else _UNIT_COLUMNS
    shown = [{**unit, "what": _what(unit, stream)} for unit in islice(result["units"], _MAX_UNITS)]
    lines = [*heading("Units"), *table(shown, columns, stream, indent=2)]
    more = sum(result.get(name) or 0 for name in ("missing", "surplus", "differing")) - len(shown)
    if more > 0:
        lines += paragraph(f"and {stream.number(more)} more, all of them with --json or --csv", indent=2)
    return lines


def _what(unit: Record, stream: Stream) -> str:
    """Return what differs, with the stored value and Kaufland's."""
    fields: Mapping[str, Record] = unit.get("fields") or {}
    parts = [
        f"{_NAMES.get(name, name)} {_value(name, one.get('stored'), stream)} {stream.marks.hint}"
        f" {_value(name, one.get('kaufland'), stream)}"
        for name, one in fields.items()
    ]
    if unit.get("reason"):
        parts.append(f"cannot be read: {unit['reason']}")
    if unit.get("since_last_import") and not unit.get("fixed"):
        parts.append("new since the last import")
    return stream.text("; ".join(parts))


def _value(name: str, value: Any, stream: Stream) -> str:
    if value is None:
        return "none"
    return stream.amount(value) if name in _AMOUNTS else str(value).replace("_", " ")


def _end(result: Record, stream: Stream) -> list[Block]:
    lines = paragraph("Nothing was changed at Kaufland.")
    found = sum(result.get(name) or 0 for name in ("missing", "surplus", "differing"))
    if result.get("verdict") == "incomplete":
        return lines + hint(command("reconcile"), stream, indent=0)
    if found and not result.get("fix"):
        return lines + hint(Hint("Store Kaufland's version: ", command("reconcile", "--fix")), stream, indent=0)
    return lines


def _unattended(result: Record) -> Unattended:
    differs = result.get("verdict") != "equal" or result.get("notes")
    return Unattended.STDERR if differs else Unattended.NOTHING


RECONCILIATION = Card("reconcile", reconciliation, _unattended)
