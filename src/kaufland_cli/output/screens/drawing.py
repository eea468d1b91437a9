"""Draws blocks with rich in lines that fit the terminal."""

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console, detect_legacy_windows
from rich.text import Text

from kaufland_cli.output.blocks import LABEL_GAP, LABEL_INDENT, LABEL_WIDTH, Block, Facts, Paragraph, Table, Title
from kaufland_cli.output.screens.table import table_lines
from kaufland_cli.output.stream import Stream

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


def wrapped(text: str, width: int, console: Console, *, style: str = "", break_words: bool = True) -> list[Text]:
    """Return the text in lines of at most `width` cells, broken between words.

    A word longer than a line is broken too, unless it should stay whole to be copied (`break_words=False`).
    """
    if not break_words:
        return [Text.assemble((line, style)) for line in _between_words(text, width)]
    lines = list(Text.assemble((text, style)).wrap(console, max(2, width), overflow="fold"))
    for line in lines:
        line.rstrip()
    return lines


def _between_words(text: str, width: int) -> list[str]:
    """Return lines in which a word longer than a line stays whole; rich would break it or truncate it."""
    if cell_len(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and cell_len(joined) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


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
    room = _ENDLESS if block.wrap == "never" else console.width - lead.cell_len
    break_words = block.wrap == "anywhere"
    for i, line in enumerate(wrapped(block.text, room, console, style=block.style, break_words=break_words)):
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
            yield from _labelled(beside, value, console, style=row.style, break_words=not row.whole)
            label = ""


def _stacked(block: Table, console: Console) -> Iterator[Text]:
    """Yield `title  value` lines for each row, for tables that do not fit in any form; nothing is truncated."""
    space = " " * block.indent
    if not block.has_titles:
        for row in block.rows:
            text = " ".join(cell.forms[0] for cell in row if cell.forms[0])
            yield from _paragraph(Paragraph(text, indent=block.indent, wrap="anywhere"), console)
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


def _labelled(
    label: tuple[str, str], value: str, console: Console, *, style: str, break_words: bool = True
) -> Iterator[Text]:
    """Yield an indented label with its value to the right; long values continue on the next lines."""
    indent, name = label
    room = console.width - len(indent) - cell_len(name)
    for i, line in enumerate(wrapped(value, room, console, style=style, break_words=break_words)):
        yield Text.assemble(indent, (" " * cell_len(name) if i else name, "dim"), line)
