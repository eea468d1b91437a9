"""Tables that fit the terminal.

Three levels of brevity: in full; with short words, short heads and narrow gaps; and with days in place of moments. A
column is only left out when no level makes room for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaufland_cli.output.cells import cut, padded, width_of, wrapped
from kaufland_cli.output.columns import Column
from kaufland_cli.output.screen import Screen
from kaufland_cli.output.values import Cell, cell

_LEVELS = (0, 1, 2)
_WIDE_GAP = 2
_COMFORTABLE = (16, 9, 0)  # at each level no column is cut below this: short words and days come before short names


@dataclass(frozen=True, slots=True)
class Plan:
    """Which columns are shown, at which level, and how wide each is."""

    shown: tuple[int, ...]
    widths: tuple[int, ...]
    level: int

    @property
    def gap(self) -> str:
        """The space between two columns."""
        return " " * _gap(self.level)


def table(
    records: Iterable[Mapping[str, Any]], columns: Sequence[Column], screen: Screen, *, indent: int = 0
) -> list[str]:
    """Return the lines of a table; where not even its narrowest form fits, a block of lines for each record."""
    rows = [[cell(column, record, screen) for column in columns] for record in records]
    room = None if screen.width is None else screen.width - indent
    plan = fit(columns, rows, room)
    lines = _stacked(columns, rows, screen, room) if plan is None else _table(columns, rows, screen, plan)
    return [f"{' ' * indent}{line}".rstrip() for line in lines]


def fit(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], room: int | None) -> Plan | None:
    """Return how the columns fit into that many cells, or None if they do not."""
    natural = {level: [_natural(column, i, rows, level) for i, column in enumerate(columns)] for level in _LEVELS}
    shown = list(range(len(columns)))
    if room is None:
        return Plan(tuple(shown), tuple(natural[0]), 0)
    leaving = sorted((i for i in shown if columns[i].drop_order is not None), key=lambda i: columns[i].drop_order or 0)
    while True:
        for level in _LEVELS:
            space = room - _gap(level) * (len(shown) - 1)
            widths = _shrunk([natural[level][i] for i in shown], [columns[i] for i in shown], space, level)
            if widths is not None:
                return Plan(tuple(shown), tuple(widths), level)
        if not leaving:
            return None
        shown.remove(leaving.pop(0))


def _gap(level: int) -> int:
    return _WIDE_GAP if level == 0 else 1


def _head(column: Column, level: int) -> list[str]:
    return (column.narrow_title if level and column.narrow_title else column.title).split("\n")


def _natural(column: Column, index: int, rows: Sequence[Sequence[Cell]], level: int) -> int:
    heads = max(width_of(line) for line in _head(column, level))
    return max(heads, max((width_of(row[index].forms[level]) for row in rows), default=0))


def _shrunk(natural: list[int], columns: Sequence[Column], space: int, level: int) -> list[int] | None:
    """Return widths within the space, the widest of the columns that may shrink cut first; None if it cannot be."""
    floors = [
        width if column.shrinks_to is None else min(width, max(column.shrinks_to, _COMFORTABLE[level]))
        for width, column in zip(natural, columns, strict=True)
    ]
    if sum(floors) > space:
        return None
    widths = list(natural)
    while (excess := sum(widths) - space) > 0:
        able = [i for i, width in enumerate(widths) if width > floors[i]]
        first = max(able, key=lambda i: widths[i])
        next_widest = max((widths[i] for i in able if i != first), default=0)
        widths[first] -= min(excess, max(1, widths[first] - max(next_widest, floors[first])))
    return widths


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], screen: Screen, plan: Plan) -> list[str]:
    places = [(i, columns[i], width) for i, width in zip(plan.shown, plan.widths, strict=True)]
    heads = [_head(column, plan.level) for _, column, _ in places]
    height = max(len(head) for head in heads)
    lines = []
    for line in range(height):
        parts = [
            padded(head[place] if (place := line - height + len(head)) >= 0 else "", width, right=column.right)
            for head, (_, column, width) in zip(heads, places, strict=True)
        ]
        lines.append(screen.paint(plan.gap.join(parts).rstrip(), "bold"))
    lines.append(screen.paint(screen.marks.rule * (sum(plan.widths) + len(plan.gap) * (len(places) - 1)), "dim"))
    for row in rows:
        parts = []
        for i, column, width in places:
            text = cut(row[i].forms[plan.level], width, screen.marks.cut)
            space = " " * (width - width_of(text))
            painted = screen.paint(text, row[i].style)
            parts.append(space + painted if column.right else painted + space)
        lines.append(plan.gap.join(parts).rstrip())
    return lines


def _stacked(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], screen: Screen, room: int | None) -> list[str]:
    """Return a block of `title  value` lines for each record, with nothing cut: long values go on below."""
    label = max(width_of(column.title) for column in columns) + _WIDE_GAP
    lines: list[str] = []
    for row in rows:
        if lines:
            lines.append("")
        for column, content in zip(columns, row, strict=True):
            parts = (
                wrapped(content.forms[0], None if room is None else max(2, room - label)) if content.forms[0] else []
            )
            for i, part in enumerate(parts):
                title = padded("" if i else column.title, label)
                lines.append(screen.paint(title, "dim") + screen.paint(part, content.style))
    return lines
