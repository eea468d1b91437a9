"""One field of a record as text: for a table (in full and short) and for a pipe."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.numbers import UNKNOWN, amount
from kaufland_cli.output.columns import Column
from kaufland_cli.output.safe_text import shown
from kaufland_cli.output.stream import Stream, released

_STATUS_STYLES = {
    "open": "yellow",
    "need_to_be_sent": "bold yellow",
    "sent": "green",
    "received": "green",
    "sent_and_autopaid": "green",
    "cancelled": "dim",
    "returned": "red",
    "returned_paid": "red",
    "pending": "dim",
    "held": "bold yellow",
    "sending": "yellow",
    "created": "green",
    "error": "bold red",
    "conflict": "bold red",
}

DUE_WORDS = {"unknown": "without a deadline"}
"""Groups of `domain.due` that people call by another name."""

_SIGNALS = {
    "green": ("OK", "green"),
    "red": ("failed", "red"),
    "overdue": ("overdue", "bold red"),
    "today": ("today", "bold yellow"),
}

# The status in fewer letters, still unmistakable: short, and shortest.
_SHORT_STATUSES = {
    "need_to_be_sent": ("to be sent", "to be sent"),
    "sent_and_autopaid": ("autopaid", "autopaid"),
    "partially_cancelled": ("part cancelled", "part canc."),
    "partially_returned": ("part returned", "part ret."),
    "partially_sent": ("part sent", "part sent"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """How a table shows a field: in full, short, and shortest."""

    forms: tuple[str, str, str]
    style: str = ""


def status_style(status: object) -> str:
    """Return the colour of an order's or unit's status; none for an unknown one."""
    name = str(status)
    return "magenta" if name.startswith("partially_") else _STATUS_STYLES.get(name, "")


def status_words(status: object) -> str:
    """Return a status as people say it: `need to be sent`."""
    return str(status).replace("_", " ")


def yes_no(value: object) -> str:
    """Return yes, no, or `?` for unknown."""
    return UNKNOWN if value is None else "yes" if value else "no"


def sales_order_in_short(number: object, state: object) -> str:
    """Return the sales order's number, or its state in capitals if it has no number or needs attention; else empty."""
    known = str(state or "none")
    if number:
        return f"{number} CONFLICT" if known == "conflict" else str(number)
    return "" if known == "none" else known.upper()


def cell(column: Column, record: Mapping[str, Any], stream: Stream) -> Cell:
    """Return how a table shows this field."""
    value = record.get(column.field)
    match column.kind:
        case "status":
            full = UNKNOWN if value is None else stream.text(status_words(value))
            return Cell((full, *_SHORT_STATUSES.get(str(value), (full, full))), status_style(value))
        case "due" | "health" if value in _SIGNALS:
            text, style = _SIGNALS[str(value)]
            return Cell((text, text, text), style)
        case "order_id":
            text = stream.text(value)
            return Cell((text, text, text), stream.order_style(value))
        case "time":
            return Cell(_time_forms(column, value, stream))
        case "yes_no_unknown":
            text = yes_no(value)
        case "money":
            absent = column.optional and value is None
            text = "" if absent else stream.amount(_integer(value), record.get(column.currency))
        case "percent":
            text = stream.percent(value)
        case "sales_order":
            text = stream.text(sales_order_in_short(value, record.get("sales_order_state")))
            return Cell((text, text, text), "" if value else _STATUS_STYLES.get(text.lower(), ""))
        case "duration_ms" | "bytes" if isinstance(value, int | float) and isfinite(value):
            text = stream.duration(value) if column.kind == "duration_ms" else stream.size(value)
        case _:
            text = _plain(value, stream)
    return Cell((text, text, text))


def _time_forms(column: Column, value: object, stream: Stream) -> tuple[str, str, str]:
    if column.time_first:
        short = stream.time_first(value)
        return stream.time_first(value, seconds=True), short, short
    moment, day = stream.moment(value, bare=True), stream.day(value)
    return moment, day if column.narrow_first else moment, day


def _plain(value: object, stream: Stream) -> str:
    if isinstance(value, Hint):
        return released(stream.typed(value))
    return stream.text(json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value)


def piped_titles(column: Column) -> list[str]:
    """Return the column's titles in a pipe, where an amount and its currency are two columns."""
    return [column.title, "Currency"] if column.kind == "money" else [column.title]


def piped(column: Column, record: Mapping[str, Any], typed: Callable[[Hint], str]) -> list[str]:
    """Return the field's full value for a pipe: raw status, moment in UTC, amount in plain form and its currency."""
    value = record.get(column.field)
    if column.kind == "money":
        bare = "" if column.optional and value is None else amount(_integer(value))
        return [bare, shown(record.get(column.currency) or "")]
    if column.kind == "yes_no_unknown":
        return [yes_no(value)]
    if column.kind == "sales_order":
        return [shown(sales_order_in_short(value, record.get("sales_order_state")))]
    if isinstance(value, list | dict):
        return [shown(json.dumps(value, ensure_ascii=False))]
    if isinstance(value, Hint):
        return [shown(typed(value))]
    return ["" if value is None else shown(value)]


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None
