"""The parts that every card is made of: a heading, and labels with their values."""

from collections.abc import Iterable
from dataclasses import dataclass

from kaufland_cli.output.cells import padded, width_of, wrapped
from kaufland_cli.output.screen import Screen

_INDENT = 2
_GAP = 2
_LABEL = 13  # the same in every part of a card, so that the values stand in one column


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what stands beside it; more lines stand below one another."""

    label: str
    value: str | list[str]
    style: str = ""
    whole: bool = False  # a path or an address on the web: never broken, so that it can be copied


def heading(text: str, screen: Screen) -> list[str]:
    """Return the heading of a part, with an empty line before it."""
    return ["", screen.paint(text, "bold")]


def facts(rows: Iterable[Fact | None], screen: Screen) -> list[str]:
    """Return labels with their values beside them, long values going on below; without the empty ones."""
    present = [row for row in rows if row is not None and row.value]
    label = max([_LABEL, *(width_of(row.label) for row in present)]) + _GAP
    room = None if screen.width is None else max(1, screen.width - _INDENT - label)
    lines = []
    for row in present:
        values = [row.value] if isinstance(row.value, str) else row.value
        parts = [part for value in values for part in wrapped(value, room, break_words=not row.whole)]
        for i, part in enumerate(parts):
            name = screen.paint(padded("" if i else row.label, label), "dim")
            lines.append(f"{' ' * _INDENT}{name}{screen.paint(part, row.style)}".rstrip())
    return lines


def paragraph(text: str, screen: Screen, *, indent: int = 0, style: str = "", break_words: bool = True) -> list[str]:
    """Return a text in lines that fit, each with that indent."""
    room = None if screen.width is None else screen.width - indent
    space = " " * indent
    return [space + screen.paint(part, style) for part in wrapped(text, room, break_words=break_words)]


def marked(mark: str, text: str, screen: Screen, *, style: str = "", indent: int = 0) -> list[str]:
    """Return a text behind a mark; its further lines stand below the text, and no word is broken."""
    inner = indent + width_of(mark) + 1
    lines = paragraph(text, screen, indent=inner, break_words=False)
    lines[0] = f"{' ' * indent}{screen.paint(mark, style)} {lines[0][inner:]}"
    return lines


def hint(text: str, screen: Screen, *, indent: int = 2) -> list[str]:
    """Return the next thing to do."""
    return marked(screen.marks.hint, text, screen, style="cyan", indent=indent) if text else []
