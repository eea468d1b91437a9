"""Tables that fit the terminal: we decide which columns are shown and how abbreviated, rich draws them.

There are three levels: in full; with short words, short titles and narrow gaps; and with days instead of times. A
column is left out only if no level makes room for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from kaufland_cli.domain.numbers import UNKNOWN
from kaufland_cli.output.blocks import Table
from kaufland_cli.output.columns import Column
from kaufland_cli.output.values import Cell

_LEVELS = (0, 1, 2)
_WIDE_GAP = 2
_ROWS_AT_ONCE = 200
_COMFORTABLE = (16, 9, 0)  # at each level no column is cut below this: short words and days come before short names


@dataclass(frozen=True, slots=True)
class Plan:
    """Which columns are shown, at which level, and their widths."""

    shown: tuple[int, ...]
    widths: tuple[int, ...]
    level: int


def table_lines(block: Table, console: Console) -> Iterator[Text] | None:
    """Return the lines of a table, or None if not even its narrowest form fits.

    A long table is drawn in parts, so that its first rows appear at once.
    """
    plan = fit(block.columns, block.rows, console.width - block.indent)
    return None if plan is None else _parts(block, plan, console)


def _parts(block: Table, plan: Plan, console: Console) -> Iterator[Text]:
    rule_at = max(len(_head(block.columns[i], plan.level)) for i in plan.shown)
    for start in range(0, max(1, len(block.rows)), _ROWS_AT_ONCE):
        with_titles = block.has_titles and start == 0
        drawn = _drawing(block, plan, block.rows[start : start + _ROWS_AT_ONCE], with_titles=with_titles)
        for number, line in enumerate(texts(drawn, console)):
            if with_titles and number == rule_at:
                line.stylize("dim")
            yield Text(" " * block.indent) + line


def texts(drawn: RenderableType, console: Console, options: ConsoleOptions | None = None) -> list[Text]:
    """Return what rich draws, as lines of text."""
    lines = console.render_lines(drawn, options, pad=False)
    return [Text.assemble(*((part.text, part.style or "") for part in line)) for line in lines]


def _drawing(block: Table, plan: Plan, rows: Sequence[Sequence[Cell]], *, with_titles: bool) -> RichTable:
    drawn = RichTable(
        box=_box(block.rule if with_titles else " "),
        show_header=with_titles,
        show_edge=False,
        pad_edge=False,
        padding=(0, _gap(plan.level) - 1, 0, 0),
        header_style="bold",
    )
    for i, width in zip(plan.shown, plan.widths, strict=True):
        column = block.columns[i]
        title = "\n".join(_head(column, plan.level))
        justify: JustifyMethod = "right" if column.right else "left"
        drawn.add_column(Text(title), width=width, justify=justify, no_wrap=True, vertical="bottom")
    for row in rows:
        texts = (
            cut(row[i].forms[plan.level], width, block.cut) for i, width in zip(plan.shown, plan.widths, strict=True)
        )
        drawn.add_row(*(Text.assemble((text, row[i].style)) for i, text in zip(plan.shown, texts, strict=True)))
    return drawn


def _box(rule: str) -> box.Box:
    """Return a box that shows only the rule below the titles."""
    empty = "    \n"
    return box.Box(f"{empty}{empty} {rule}{rule} \n{empty * 5}", ascii=rule.isascii())


def cut(text: str, width: int, mark: str) -> str:
    """Return the text if it fits, else its beginning and the mark without a space before it."""
    if cell_len(text) <= width:
        return text
    if width <= cell_len(mark):
        return set_cell_size(text, width).rstrip()
    return set_cell_size(text, width - cell_len(mark)).rstrip() + mark


def fit(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], room: int) -> Plan | None:
    """Return how the columns fit into this many cells, or None if they do not; empty columns are left out."""
    natural = {level: [_natural_width(column, i, rows, level) for i, column in enumerate(columns)] for level in _LEVELS}
    every = range(len(columns))
    shown = [i for i in every if columns[i].always or any(_worth_showing(row[i], columns[i]) for row in rows)] or list(
        every
    )
    leaving = sorted((i for i in shown if columns[i].drop_order is not None), key=lambda i: columns[i].drop_order or 0)
    while True:
        for level in _LEVELS:
            space = room - _gap(level) * (len(shown) - 1)
            widths = _shrunk_widths([natural[level][i] for i in shown], [columns[i] for i in shown], space, level)
            if widths is not None:
                return Plan(tuple(shown), tuple(widths), level)
        if not leaving:
            return None
        shown.remove(leaving.pop(0))


def _worth_showing(cell: Cell, column: Column) -> bool:
    """Return whether a cell is worth showing: it is neither empty nor an unknown yes or no."""
    return bool(cell.forms[0]) and not (column.kind == "yes_no_unknown" and cell.forms[0] == UNKNOWN)


def _gap(level: int) -> int:
    return _WIDE_GAP if level == 0 else 1


def _head(column: Column, level: int) -> list[str]:
    return (column.narrow_title if level and column.narrow_title else column.title).split("\n")


def _natural_width(column: Column, index: int, rows: Sequence[Sequence[Cell]], level: int) -> int:
    heads = max(cell_len(line) for line in _head(column, level))
    return max(heads, max((cell_len(row[index].forms[level]) for row in rows), default=0))


def _shrunk_widths(natural: list[int], columns: Sequence[Column], space: int, level: int) -> list[int] | None:
    """Return widths that fit, shrinking the widest shrinkable columns first; None if that is impossible."""
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
