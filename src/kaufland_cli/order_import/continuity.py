"""Checks that pages, which arrive in any order, join into one list without a gap (docs/decisions/0005).

Each page begins with the last row of the page before it. While we read, rows only move down, because newer ones are put
on top. So if the first row of a page is also on the page before it, no row between the two is missing, whichever was
requested first. (A row that changed meanwhile counts as another row, at the top.) Pages come from `scan.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.seller_api.endpoints import UnitsPage


class Row(NamedTuple):
    """A row of the list: the same unit with another update time is another row."""

    unit: int | str | None
    version: str | int | None


@dataclass(frozen=True, slots=True)
class PageSpan:
    """The rows of a page at their place in the list."""

    offset: int
    rows: Sequence[Row]
    ends: bool
    """Whether the list ended with this page."""
    asked_after_end: bool = False
    """Whether it was requested behind the last row, after the page before it arrived. If empty, the list ended."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Two neighbouring pages that do not join."""

    before: PageSpan
    first_after: Row | None
    """None: the page after was empty."""

    @property
    def offset(self) -> int:
        """The offset of the last row of the page before, from where to read again."""
        return self.before.offset + len(self.before.rows) - 1


class ContinuityCheck:
    """The pages of one scan. Only those whose neighbour has not arrived yet are kept."""

    def __init__(self) -> None:
        self._without_next: dict[int, PageSpan] = {}
        self._without_previous: dict[int, Row | None] = {}
        self.contiguous = True
        """Whether all neighbours so far join, some of them over a page that was read again."""

    def add(self, place: int, span: PageSpan) -> list[Gap]:
        """Add a page; return the gaps between it and its neighbours."""
        gaps = []
        if place > 0:
            before = self._without_next.pop(place - 1, None)
            if before is None:
                self._without_previous[place] = _first(span)
            elif not (_join(before, _first(span)) or (span.asked_after_end and not span.rows)):
                gaps.append(Gap(before, _first(span)))
        if place + 1 in self._without_previous:
            first_after = self._without_previous.pop(place + 1)
            if not _join(span, first_after):
                gaps.append(Gap(span, first_after))
        else:
            self._without_next[place] = span
        return gaps

    def fill(self, gap: Gap, span: PageSpan) -> None:
        """Take in the page that was read to fill a gap."""
        if not (_join(gap.before, _first(span)) and _join(span, gap.first_after)):
            self.contiguous = False


def rows_of(page: UnitsPage, *, by_creation: bool = False) -> list[Row]:
    """Return the rows of a page. In a list sorted by creation a row is the same one whatever changes in it."""
    return [_row(unit, by_creation=by_creation) for unit in page.units]


def _row(unit: OrderUnit | UnreadableUnit, *, by_creation: bool) -> Row:
    if by_creation and unit.id_order_unit is not None:
        return Row(unit.id_order_unit, None)
    return Row(unit.id_order_unit, unit.updated_at if isinstance(unit, OrderUnit) else hash(unit.raw))


def _first(span: PageSpan) -> Row | None:
    return span.rows[0] if span.rows else None


def _join(before: PageSpan, first_after: Row | None) -> bool:
    return before.ends or (first_after is not None and first_after in before.rows)
