"""Tables that fit the terminal: which columns are shown and in how many letters is ours, rich draws them.

Three levels of brevity: in full; with short words, short heads and narrow gaps; and with days in place of moments. A
column is only left out when no level makes room for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from kaufland_cli.output.amounts import UNKNOWN
from kaufland_cli.output.blocks import Table
from kaufland_cli.output.columns import Column
from kaufland_cli.output.values import Cell

_LEVELS = (0, 1, 2)
_WIDE_GAP = 2
_ROWS_AT_ONCE = 200
_COMFORTABLE = (16, 9, 0)  # at each level no column is cut below this: short words and days come before short names


@dataclass(frozen=True, slots=True)
class Plan:
    """Which columns are shown, at which level, and how wide each is."""

    shown: tuple[int, ...]
    widths: tuple[int, ...]
    level: int


def table_lines(block: Table, console: Console) -> Iterator[Text] | None:
    """Return the lines of a table, or None where not even its narrowest form fits.

    A long table is drawn in parts, so that its first rows are seen at once.
    """
    plan = fit(block.columns, block.rows, console.width - block.indent)
    return None if plan is None else _parts(block, plan, console)


def _parts(block: Table, plan: Plan, console: Console) -> Iterator[Text]:
    rule_at = max(len(_head(block.columns[i], plan.level)) for i in plan.shown)
    for start in range(0, max(1, len(block.rows)), _ROWS_AT_ONCE):
        with_heads = block.has_heads and start == 0
        drawn = _drawing(block, plan, block.rows[start : start + _ROWS_AT_ONCE], with_heads=with_heads)
        for number, line in enumerate(texts(drawn, console)):
            if with_heads and number == rule_at:
                line.stylize("dim")
            yield Text(" " * block.indent) + line


def texts(drawn: RenderableType, console: Console, options: ConsoleOptions | None = None) -> list[Text]:
    """Return the lines of what rich draws, as texts."""
    lines = console.render_lines(drawn, options, pad=False)
    return [Text.assemble(*((part.text, part.style or "") for part in line)) for line in lines]


def _drawing(block: Table, plan: Plan, rows: Sequence[Sequence[Cell]], *, with_heads: bool) -> RichTable:
    drawn = RichTable(
        box=_box(block.rule if with_heads else " "),
        show_header=with_heads,
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
    """Return lines of which only the rule below the heads is seen."""
    empty = "    \n"
    return box.Box(f"{empty}{empty} {rule}{rule} \n{empty * 5}", ascii=rule.isascii())


def cut(text: str, width: int, mark: str) -> str:
    """Return the text if it fits, else its beginning and the mark, without a space before the mark."""
    if cell_len(text) <= width:
        return text
    if width <= cell_len(mark):
        return set_cell_size(text, width).rstrip()
    return set_cell_size(text, width - cell_len(mark)).rstrip() + mark


def fit(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], room: int) -> Plan | None:
    """Return how the columns fit into that many cells, or None if they do not; one that is empty is left out."""
    natural = {level: [_natural(column, i, rows, level) for i, column in enumerate(columns)] for level in _LEVELS}
    every = range(len(columns))
    shown = [i for i in every if any(_says_something(row[i], columns[i]) for row in rows)] or list(every)
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


def _says_something(cell: Cell, column: Column) -> bool:
    """Return whether a cell is not empty; that a yes or no is unknown says nothing either."""
    return bool(cell.forms[0]) and not (column.kind == "yes_no_unknown" and cell.forms[0] == UNKNOWN)


def _gap(level: int) -> int:
    return _WIDE_GAP if level == 0 else 1


def _head(column: Column, level: int) -> list[str]:
    return (column.narrow_title if level and column.narrow_title else column.title).split("\n")


def _natural(column: Column, index: int, rows: Sequence[Sequence[Cell]], level: int) -> int:
    heads = max(cell_len(line) for line in _head(column, level))
    return max(heads, max((cell_len(row[index].forms[level]) for row in rows), default=0))


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
