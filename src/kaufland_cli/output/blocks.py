"""The parts of every screen as values: what is shown, not how.

The cards (`output/cards`) return them; `output/screens` draws them with rich on a terminal, `output/records/plain.py`
writes them whole into a pipe. Texts in them are harmless already (`Stream.text`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice
from typing import Any, Generic, TypeAlias, TypeVar

from kaufland_cli.domain.hint import Hint
from kaufland_cli.output.columns import Column, row_style
from kaufland_cli.output.stream import Stream
from kaufland_cli.output.values import Cell, cell

Record: TypeAlias = Mapping[str, Any]
Shown = TypeVar("Shown")
LABEL_WIDTH = 13
"""Width of labels in cells, so that the values in all parts of a card line up."""
LABEL_INDENT = 2
LABEL_GAP = 2
_TIMES_COMPARED = 200
"""Times of a table that are compared with the machine's clock: a zone may differ in summer alone."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Leading texts, each with its style, then a text whose further lines are indented to its start."""

    text: str
    style: str = ""
    lead: tuple[tuple[str, str], ...] = ()
    indent: int = 0
    wraps: bool = True


@dataclass(frozen=True, slots=True)
class Title:
    """Texts on one line with a separator, or one per line if they do not fit."""

    parts: tuple[tuple[str, str], ...]
    between: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with its value; a value of several lines continues below."""

    label: str
    value: str | list[str]
    style: str = ""

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
    """Rows of cells below column titles."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    indent: int = 0
    rule: str = "─"
    cut: str = "…"

    @property
    def has_titles(self) -> bool:
        """Whether the columns have titles."""
        return any(column.title for column in self.columns)


Block: TypeAlias = Paragraph | Title | Facts | Table


class Unattended(Enum):
    """What happens to a card if nobody is watching."""

    STDOUT = "stdout"
    STDERR = "stderr"
    NOTHING = "nothing"


def _stdout(_shown: object) -> Unattended:
    return Unattended.STDOUT


def _no_record(shown: object) -> Record:
    raise TypeError(f"{type(shown).__name__} is shown to a person only")


def _no_blocks(shown: object, _stream: Stream) -> Iterable[Block]:
    raise TypeError(f"{type(shown).__name__} is written for programs only")


@dataclass(frozen=True, slots=True)
class Card(Generic[Shown]):
    """A screen: how it shows a value, the value's JSON record, and the name of its schema (`kaufland.NAME/1`).

    The value is an object of the domain or the result of a use case (`app/results.py`). Without `record`, it is shown
    to a person only; without `blocks`, it is written for programs only.
    """

    name: str
    blocks: Callable[[Shown, Stream], Iterable[Block]] = _no_blocks
    unattended: Callable[[Shown], Unattended] = _stdout
    record: Callable[[Shown], Record] = _no_record


def paragraph(text: str, *, indent: int = 0, style: str = "", wraps: bool = True) -> list[Block]:
    """Return a text in lines that fit, all with this indent."""
    return [Paragraph(text, style, indent=indent, wraps=wraps)]


def blank() -> list[Block]:
    """Return an empty line."""
    return [Paragraph("")]


def heading(text: str) -> list[Block]:
    """Return the heading of a part, with an empty line before it."""
    return [*blank(), Paragraph(text, "bold")]


def marked(mark: str, text: str, *, style: str = "", indent: int = 0) -> list[Block]:
    """Return a text after a mark; words are not broken."""
    return [Paragraph(text, lead=((mark, style),), indent=indent)]


def hint(next_step: Hint, stream: Stream, *, indent: int = 2) -> list[Block]:
    """Return the next step as a line, or nothing if it is empty."""
    return marked(stream.marks.hint, stream.typed(next_step), style="cyan", indent=indent) if next_step else []


def facts(rows: Iterable[Fact | None]) -> list[Block]:
    """Return labels with their values, without None."""
    present = tuple(row for row in rows if row is not None and row.value)
    return [Facts(present)] if present else []


def table(
    records: Iterable[Record],
    columns: Sequence[Column],
    stream: Stream,
    *,
    indent: int = 0,
    styled_by: Sequence[Column] = (),
) -> list[Block]:
    """Return a table of records, and below it in which zone its times are, if it is not the machine's.

    `styled_by` are the columns, shown or not, that give a row its colour.
    """
    found = list(records)
    rows = tuple(tuple(cell(column, record, stream) for column in columns) for record in found)
    if any(column.marks_row for column in styled_by):
        styles = [row_style(record, styled_by) for record in found]
        rows = tuple(
            tuple(replace(one, style=style or one.style) for one in row)
            for row, style in zip(rows, styles, strict=True)
        )
    shown = Table(tuple(columns), rows, indent, stream.marks.rule, stream.marks.cut)
    return [shown, *_zone(found, columns, stream, indent=indent)]


def followed(
    records: Iterable[Record], columns: Sequence[Column], stream: Stream, styled_by: Sequence[Column]
) -> Iterator[Block]:
    """Yield each record on a line as it arrives: its fields that have a value, one behind the other.

    Before the first, in which zone times are, as a table says it. `styled_by` is as for a table.
    """
    zone: list[Block] = []
    for record in records:
        if not zone:
            zone = _zone([record], columns, stream)
            yield from zone
        style = row_style(record, styled_by)
        texts = [text for column in columns if (text := cell(column, record, stream).forms[0])]
        yield Paragraph("  ".join(texts[1:]), style, lead=tuple((text, style) for text in texts[:1]))


def _zone(records: Iterable[Record], columns: Sequence[Column], stream: Stream, *, indent: int = 0) -> list[Block]:
    """Return in which zone the times of records are; nothing if it is the machine's."""
    times = (record.get(column.field) for record in records for column in columns if column.kind == "time")
    elsewhere = any(stream.is_elsewhere(at) for at in islice(filter(None, times), _TIMES_COMPARED))
    return paragraph(f"Times are in {stream.timezone}.", indent=indent, style="dim") if elsewhere else []


def message_lines(text: str | Hint, stream: Stream, mark: str = "", style: str = "") -> list[Block]:
    """Return a message of one or more lines, the first one after a mark; indents in it are kept."""
    first, *others = stream.lines(text)
    blocks = marked(mark, first, style=style) if mark else paragraph(first)
    for other in others:
        inner = other.lstrip(" ")
        blocks += paragraph(inner, indent=len(other) - len(inner))
    return blocks
