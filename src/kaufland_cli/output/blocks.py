"""The parts of every screen, as values: what is shown, not how it is drawn.

The cards (`output/cards`) return them; `output/screens` draws them with rich on a terminal, `output/records/plain.py`
writes them whole into a pipe. Texts in them are harmless already (`Stream.text`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from kaufland_cli.domain.hint import Hint
from kaufland_cli.output.columns import Column
from kaufland_cli.output.stream import Stream
from kaufland_cli.output.values import Cell, cell

Record: TypeAlias = Mapping[str, Any]
Shown = TypeVar("Shown")
Wrap: TypeAlias = Literal["anywhere", "between words", "never"]

LABEL_WIDTH = 13
"""Width of a label in cells, the same in all parts of a card, so that all values line up."""
LABEL_INDENT = 2
LABEL_GAP = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Leading texts, each with its style, followed by a text; its further lines are indented to its start."""

    text: str
    style: str = ""
    lead: tuple[tuple[str, str], ...] = ()
    indent: int = 0
    wrap: Wrap = "between words"


@dataclass(frozen=True, slots=True)
class Title:
    """Texts on one line with a sign between them, each on a line of its own where they do not fit."""

    parts: tuple[tuple[str, str], ...]
    between: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with its value; a value of several lines continues below."""

    label: str
    value: str | list[str]
    style: str = ""
    whole: bool = False  # a path or an address on the web: never broken, so that it can be copied

    @property
    def values(self) -> list[str]:
        """The lines of the value."""
        return [self.value] if isinstance(self.value, str) else self.value


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values."""

    rows: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below the titles of their columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    indent: int = 0
    rule: str = "─"
    cut: str = "…"

    @property
    def has_heads(self) -> bool:
        """Whether the columns have titles at all."""
        return any(column.title for column in self.columns)


Block: TypeAlias = Paragraph | Title | Facts | Table


class Unattended(Enum):
    """What becomes of a card where nobody watches."""

    STDOUT = "stdout"
    STDERR = "stderr"
    NOTHING = "nothing"


def _stdout(_shown: object) -> Unattended:
    return Unattended.STDOUT


def _as_it_is(shown: Any) -> Record:
    record: Record = shown
    return record


@dataclass(frozen=True, slots=True)
class Card(Generic[Shown]):
    """A screen: what it shows of a value, its JSON record, and the name of that record's schema (`kaufland.NAME/1`).

    The value is an object of the domain where there is one, else the record itself.
    """

    name: str
    blocks: Callable[[Shown, Stream], Iterable[Block]]
    unattended: Callable[[Shown], Unattended] = _stdout
    record: Callable[[Shown], Record] = _as_it_is
    step: Callable[[Record, Stream], Iterable[Block]] | None = None
    """What it shows of one step while the rest is still to come."""


def paragraph(text: str, *, indent: int = 0, style: str = "", wrap: Wrap = "anywhere") -> list[Block]:
    """Return a text in lines that fit, each with that indent."""
    return [Paragraph(text, style, indent=indent, wrap=wrap)]


def blank() -> list[Block]:
    """Return an empty line."""
    return [Paragraph("")]


def heading(text: str) -> list[Block]:
    """Return the heading of a part, with an empty line before it."""
    return [*blank(), Paragraph(text, "bold")]


def marked(mark: str, text: str, *, style: str = "", indent: int = 0) -> list[Block]:
    """Return a text behind a mark; no word of it is broken."""
    return [Paragraph(text, lead=((mark, style),), indent=indent)]


def hint(next_step: Hint | str, stream: Stream, *, indent: int = 2) -> list[Block]:
    """Return the next thing to do; nothing where there is none. A text comes from a record, written out already."""
    text = next_step if isinstance(next_step, str) else stream.typed(next_step)
    return marked(stream.marks.hint, text, style="cyan", indent=indent) if text else []


def facts(rows: Iterable[Fact | None]) -> list[Block]:
    """Return labels with their values; without the empty ones."""
    present = tuple(row for row in rows if row is not None and row.value)
    return [Facts(present)] if present else []


def table(records: Iterable[Record], columns: Sequence[Column], stream: Stream, *, indent: int = 0) -> list[Block]:
    """Return a table of records."""
    rows = tuple(tuple(cell(column, record, stream) for column in columns) for record in records)
    return [Table(tuple(columns), rows, indent, stream.marks.rule, stream.marks.cut)]


def message_lines(text: str, stream: Stream, mark: str = "", style: str = "") -> list[Block]:
    """Return a message of one or more lines, the first behind its mark; an indent within it stays."""
    first, *others = stream.lines(text)
    blocks = marked(mark, first, style=style) if mark else paragraph(first, wrap="between words")
    for other in others:
        inner = other.lstrip(" ")
        blocks += paragraph(inner, indent=len(other) - len(inner), wrap="between words")
    return blocks
