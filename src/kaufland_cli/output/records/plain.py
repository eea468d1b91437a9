"""Screens in a pipe or a file: the same text as on a terminal, in full and without colours."""

import unicodedata
from collections.abc import Iterable, Iterator

from kaufland_cli.output.blocks import LABEL_GAP, LABEL_INDENT, LABEL_WIDTH, Block, Facts, Paragraph, Table, Title

_GAP = "  "


def plain_lines(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield the lines of the blocks."""
    for block in blocks:
        match block:
            case Paragraph():
                lead = "".join(f"{text} " for text, _ in block.lead)
                yield f"{' ' * block.indent}{lead}{block.text}".rstrip()
            case Title():
                yield block.between.join(text for text, _ in block.parts)
            case Facts():
                yield from _facts(block)
            case Table():
                yield from _table(block)


def _facts(block: Facts) -> Iterator[str]:
    width = max([LABEL_WIDTH, *(_width(row.label) for row in block.rows)]) + LABEL_GAP
    for row in block.rows:
        for i, value in enumerate(row.values):
            yield f"{' ' * LABEL_INDENT}{_padded('' if i else row.label, width)}{value}".rstrip()


def _table(block: Table) -> Iterator[str]:
    heads = [column.title for column in block.columns] if block.has_titles else []
    rows = [[cell.forms[0] for cell in row] for row in block.rows]
    lines = [heads, *rows] if heads else rows
    widths = [max(_width(line[i]) for line in lines) for i in range(len(block.columns))] if lines else []
    space = " " * block.indent
    for number, line in enumerate(lines):
        cells = [
            _padded(text, width, right=column.right)
            for text, width, column in zip(line, widths, block.columns, strict=True)
        ]
        yield f"{space}{_GAP.join(cells)}".rstrip()
        if heads and number == 0:
            yield space + block.rule * (sum(widths) + len(_GAP) * (len(widths) - 1))


def _padded(text: str, width: int, *, right: bool = False) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _width(text: str) -> int:
    """Return how many terminal cells the text takes; a Chinese character takes two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)
