"""Draws blocks with rich in lines that fit the terminal."""

import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console, detect_legacy_windows
from rich.text import Text

from kaufland_cli.output.blocks import LABEL_GAP, LABEL_INDENT, LABEL_WIDTH, Block, Facts, Paragraph, Table, Title
from kaufland_cli.output.screens.table import table_lines
from kaufland_cli.output.stream import HELD, Stream, released

_LINES_AT_ONCE = 100
_ENDLESS = 1_000_000  # where nothing is wrapped: a pipe that was asked for colours


def console_for(stream: Stream, file: TextIO | None = None) -> Console:
    """Return a rich console for a stream; without a file it draws into memory, because only `Stream` writes.

    It does not look at the environment: `Stream` has determined what it can do.
    """
    colour = stream.colour and (stream.forced_colour or not detect_legacy_windows())
    return Console(
        file=file or io.StringIO(),
        width=stream.width or _ENDLESS,
        height=25,
        color_system="standard" if colour else None,
        force_terminal=True,
        force_jupyter=False,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=True,
        _environ={},
    )


def drawn(blocks: Iterable[Block], stream: Stream) -> Iterator[str]:
    """Yield the lines of the blocks, with escape sequences for colours if the stream shows them."""
    console = console_for(stream)
    lines = texts_of(blocks, console)
    while part := list(islice(lines, _LINES_AT_ONCE)):
        yield from painted(part, console)


def texts_of(blocks: Iterable[Block], console: Console) -> Iterator[Text]:
    """Yield the lines of the blocks as rich texts."""
    return (line for block in blocks for line in _lines(block, console))


def painted(lines: Iterable[Text], console: Console) -> list[str]:
    """Return lines as the console writes them."""
    with console.capture() as written:
        for line in lines:
            line.rstrip()
            console.print(line)
    return written.get().split("\n")[:-1]


def wrapped(text: str, width: int, console: Console, *, style: str = "") -> list[Text]:
    """Return the text in lines of at most `width` cells, broken at spaces only.

    A word that is longer stays whole, so that paths, addresses, ids and commands (`stream.HELD`) can be copied: the
    terminal wraps it without putting a line break into the copy. Only in scripts without spaces a word is broken.
    """
    if cell_len(released(text)) <= width:
        return [Text(released(text), style)]
    lines = [""]
    for word in _TWO_PARTS.sub(rf"\1{HELD}", text).split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and cell_len(released(joined)) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return [part for line in lines for part in _folded(Text(released(line), style), width, console)]


_TWO_PARTS = re.compile(r"(?<!\S)((?:~|[A-Za-z]:)?[/\\]\S*) (?=[^\s/\\:]\S*[/\\])")
"""A path up to a space in it, as in `/Users/max/Library/Application Support/kaufland`."""


def _folded(line: Text, width: int, console: Console) -> list[Text]:
    """Return the line, or several if it is too long and its letters need no spaces between words."""
    if line.cell_len <= width or line.cell_len == len(line):
        return [line]
    return list(line.wrap(console, max(2, width), overflow="fold"))


def _lines(block: Block, console: Console) -> Iterator[Text]:
    match block:
        case Paragraph():
            yield from _paragraph(block, console)
        case Title():
            yield from _title(block, console)
        case Facts():
            yield from _facts(block, console)
        case Table():
            lines = table_lines(block, console)
            yield from _stacked(block, console) if lines is None else lines


def _paragraph(block: Paragraph, console: Console) -> Iterator[Text]:
    lead = Text(" " * block.indent)
    for text, style in block.lead:
        lead.append(text, style).append(" ")
    room = console.width - lead.cell_len if block.wraps else _ENDLESS
    for i, line in enumerate(wrapped(block.text, room, console, style=block.style)):
        yield (Text(" " * lead.cell_len) if i else lead) + line


def _title(block: Title, console: Console) -> Iterator[Text]:
    line = Text(block.between).join(Text.assemble(part) for part in block.parts)
    if line.cell_len <= console.width:
        yield line
        return
    for text, style in block.parts:
        yield from wrapped(text, console.width, console, style=style)


def _facts(block: Facts, console: Console) -> Iterator[Text]:
    width = max([LABEL_WIDTH, *(cell_len(row.label) for row in block.rows)]) + LABEL_GAP
    for row in block.rows:
        label = row.label
        for value in row.values:
            beside = (" " * LABEL_INDENT, set_cell_size(label, width))
            yield from _labelled(beside, value, console, style=row.style)
            label = ""


def _stacked(block: Table, console: Console) -> Iterator[Text]:
    """Yield `title  value` lines for each row, for tables that do not fit in any form; nothing is truncated."""
    space = " " * block.indent
    if not block.has_titles:
        for row in block.rows:
            text = " ".join(cell.forms[0] for cell in row if cell.forms[0])
            yield from _paragraph(Paragraph(text, indent=block.indent), console)
        return
    width = max(cell_len(column.title) for column in block.columns) + LABEL_GAP
    for number, row in enumerate(block.rows):
        if number:
            yield Text("")
        for column, cell in zip(block.columns, row, strict=True):
            if cell.forms[0]:
                yield from _labelled(
                    (space, set_cell_size(column.title, width)), cell.forms[0], console, style=cell.style
                )


def _labelled(label: tuple[str, str], value: str, console: Console, *, style: str) -> Iterator[Text]:
    """Yield an indented label with its value to the right; long values continue on the next lines."""
    indent, name = label
    room = console.width - len(indent) - cell_len(name)
    for i, line in enumerate(wrapped(value, room, console, style=style)):
        yield Text.assemble(indent, (" " * cell_len(name) if i else name, "dim"), line)
