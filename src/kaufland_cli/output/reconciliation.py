"""What comparing the store with Kaufland came to: per day and storefront, and the single units."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from kaufland_cli.output.blocks import Fact, facts, heading, hint, marked, paragraph
from kaufland_cli.output.columns import Column
from kaufland_cli.output.moments import duration
from kaufland_cli.output.screen import Screen

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
    Column("Order", "id_order"),
    Column("Unit", "id_order_unit"),
    Column("Storefront", "storefront", drop_order=1, narrow_title="Shop"),
    Column("Created", "created_at", "time", drop_order=2),
    Column("Found", "difference"),
    Column("What", "what", shrinks_to=30),
)


def reconciliation(result: Mapping[str, Any], units: Iterable[Mapping[str, Any]], screen: Screen) -> list[str]:
    """Return the lines of the result; of many days and units the newest, and how many more there are."""
    lines = [*_headline(result, screen), *facts(_figures(result, screen), screen)]
    days: Sequence[Mapping[str, Any]] = result.get("days") or []
    if days:
        lines += _by_day(days, result, screen)
        lines += _single(units, result, screen)
    notes = result.get("notes") or []
    if notes:
        lines.append("")
        for note in notes:
            lines += marked(screen.marks.warning, screen.text(note), screen, style="yellow")
    return [*lines, "", *_end(result, screen)]


def _headline(result: Mapping[str, Any], screen: Screen) -> list[str]:
    match result.get("verdict"):
        case "equal":
            return marked(screen.marks.passed, "The store and Kaufland agree.", screen, style="bold green")
        case "incomplete":
            text = "Not everything could be read: run again."
            return marked(screen.marks.warning, text, screen, style="bold yellow")
    return marked(screen.marks.failed, "The store and Kaufland do not agree.", screen, style="bold red")


def _figures(result: Mapping[str, Any], screen: Screen) -> list[Fact | None]:
    recent = result.get("since_last_import")
    seconds = result.get("seconds")
    requests = screen.counted(result.get("requests"), "request")
    took = f"{duration(seconds * 1000)}, {requests}" if isinstance(seconds, int | float) else requests

    def number(name: str, meaning: str) -> Fact:
        count = result.get(name)
        text = screen.counted(count, "unit") + (f" {meaning}" if count else "")
        return Fact(name.capitalize(), text, "red" if count else "")

    return [
        Fact("Environment", screen.text(result.get("environment"))),
        Fact("Ordered since", screen.moment(result.get("since"))),
        Fact("Storefront", screen.text(result.get("storefront") or "")),
        Fact("Compared", screen.counted(result.get("units_compared"), "unit")),
        number("missing", "at Kaufland, not in the store"),
        number("surplus", "in the store, not in Kaufland's list")
        if result.get("complete")
        else Fact("Surplus", "not looked for", "yellow"),
        number("differing", "known otherwise"),
        Fact(
            "Of those new",
            f"{screen.counted(recent, 'unit')} changed since the last import: the next import brings them",
        )
        if recent and not result.get("fix")
        else None,
        Fact("Stored now", f"{screen.counted(result.get('fixed'), 'unit')}, as Kaufland has them", "green")
        if result.get("fixed")
        else None,
        Fact("Took", took),
    ]


def _by_day(days: Sequence[Mapping[str, Any]], result: Mapping[str, Any], screen: Screen) -> list[str]:
    from kaufland_cli.output.table import table  # noqa: PLC0415 (measuring text is heavy)

    columns = (*_DAY_COLUMNS, _FIXED_COLUMN) if result.get("fix") else _DAY_COLUMNS
    lines = [*heading("By day and storefront", screen), *table(days[:_MAX_DAYS], columns, screen, indent=2)]
    if len(days) > _MAX_DAYS:
        lines += paragraph(f"and {screen.number(len(days) - _MAX_DAYS)} more, all with --json", screen, indent=2)
    return lines


def _single(units: Iterable[Mapping[str, Any]], result: Mapping[str, Any], screen: Screen) -> list[str]:
    from kaufland_cli.output.table import table  # noqa: PLC0415 (measuring text is heavy)

    columns = (*_UNIT_COLUMNS, _STORED_COLUMN) if result.get("fix") else _UNIT_COLUMNS
    shown = [{**unit, "what": _what(unit, screen)} for unit in islice(units, _MAX_UNITS)]
    lines = [*heading("Units", screen), *table(shown, columns, screen, indent=2)]
    more = sum(result.get(name) or 0 for name in ("missing", "surplus", "differing")) - len(shown)
    if more > 0:
        lines += paragraph(f"and {screen.number(more)} more, all of them with --json or --csv", screen, indent=2)
    return lines


def _what(unit: Mapping[str, Any], screen: Screen) -> str:
    """Return in words what differs: as it is stored, and as Kaufland has it."""
    fields: Mapping[str, Mapping[str, Any]] = unit.get("fields") or {}
    parts = [
        f"{_NAMES.get(name, name)} {_value(name, one.get('stored'), screen)} {screen.marks.hint}"
        f" {_value(name, one.get('kaufland'), screen)}"
        for name, one in fields.items()
    ]
    if unit.get("reason"):
        parts.append(f"cannot be read: {unit['reason']}")
    if unit.get("since_last_import") and not unit.get("fixed"):
        parts.append("new since the last import")
    return screen.text("; ".join(parts))


def _value(name: str, value: Any, screen: Screen) -> str:
    if value is None:
        return "none"
    return screen.amount(value) if name in _AMOUNTS else str(value).replace("_", " ")


def _end(result: Mapping[str, Any], screen: Screen) -> list[str]:
    lines = paragraph("Nothing was changed at Kaufland.", screen)
    found = sum(result.get(name) or 0 for name in ("missing", "surplus", "differing"))
    if result.get("verdict") == "incomplete":
        return lines + hint("kaufland reconcile", screen, indent=0)
    if found and not result.get("fix"):
        return lines + hint("Store Kaufland's version: kaufland reconcile --fix", screen, indent=0)
    return lines
