"""Rows sorted by time for every selection in use, so that a page out of half a million rows is cheap."""

import sys
from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

Row = dict[str, Any]

INSERT_SINGLY = 100  # up to this many new keys are inserted singly; more are sorted in together
VIEWS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows, sorted by which time field; `only` has pairs of a field and its allowed values."""

    sort: str
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def matches(self, row: Row) -> bool:
        """Return whether the row belongs to the selection; storefronts are compared regardless of case."""
        return all(_plain(field, row.get(field)) in allowed for field, allowed in self.only)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a selection, newest first, and the total number of its rows."""

    rows: list[Row]
    total: int


class PagedTable:
    """Numbered rows. Rows are replaced, never changed, so a page that was returned stays as it was."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._views: dict[Selection, _View] = {}

    def __getitem__(self, number: int) -> Row:
        return self._rows[number]

    def rows(self) -> list[Row]:
        """Return all rows in order of arrival."""
        return list(self._rows.values())

    def put(self, number: int, row: Row) -> None:
        """Insert the row, or replace the one with this number."""
        old = self._rows.get(number)
        self._rows[number] = row
        for view in self._views.values():
            view.move(number, old, row)

    def remove(self, number: int) -> None:
        """Remove the row."""
        old = self._rows.pop(number)
        for view in self._views.values():
            view.move(number, old, None)

    def page(
        self,
        selection: Selection,
        *,
        since: Mapping[str, str],
        inclusive: bool,
        offset: int,
        limit: int,
        ties: Random | None = None,
    ) -> Page:
        """Return a page of the rows whose times are after those in `since`, or equal to them if `inclusive`.

        Rows of the same time are sorted by number, highest first; `ties` shuffles them instead.
        """
        view = self._view(selection)
        first = view.first(since.get(selection.sort, ""), inclusive=inclusive)
        others = {field: text for field, text in since.items() if field != selection.sort}
        if not others and ties is None:
            end = len(view.keys) - offset
            numbers = [number for _, number in reversed(view.keys[max(first, end - limit) : max(first, end)])]
            return Page([self._rows[number] for number in numbers], len(view.keys) - first)
        keys = view.keys[first:]
        if ties is not None:
            keys.sort(key=lambda key: (key[0], ties.random()))
        found = [self._rows[number] for _, number in reversed(keys)]
        for field, text in others.items():
            found = [row for row in found if (_time(row, field) >= text if inclusive else _time(row, field) > text)]
        return Page(found[offset : offset + limit], len(found))

    def _view(self, selection: Selection) -> "_View":
        view = self._views.get(selection)
        if view is None:
            if len(self._views) >= VIEWS_KEPT:
                del self._views[next(iter(self._views))]
            view = self._views[selection] = _View(selection)
            for number, row in self._rows.items():
                view.move(number, None, row)
        view.settle()
        return view


class _View:
    """The keys (time, number) of one selection, oldest first."""

    def __init__(self, selection: Selection) -> None:
        self.keys: list[tuple[str, int]] = []
        self._selection = selection
        self._new: list[tuple[str, int]] = []

    def move(self, number: int, old: Row | None, new: Row | None) -> None:
        """Update the view for a row that was added (no `old`), changed, or removed (no `new`)."""
        before, after = self._key(number, old), self._key(number, new)
        if before == after:
            return
        if before is not None:
            self.settle()
            del self.keys[bisect_left(self.keys, before)]
        if after is not None:
            self._new.append(after)

    def settle(self) -> None:
        """Sort in the new keys."""
        if len(self._new) <= INSERT_SINGLY:
            for key in self._new:
                insort(self.keys, key)
        else:
            self.keys += self._new
            self.keys.sort()
        self._new.clear()

    def first(self, since: str, *, inclusive: bool) -> int:
        """Return the position of the oldest key at or after `since`."""
        return bisect_left(self.keys, (since, -1)) if inclusive else bisect_left(self.keys, (since, sys.maxsize))

    def _key(self, number: int, row: Row | None) -> tuple[str, int] | None:
        return None if row is None or not self._selection.matches(row) else (_time(row, self._selection.sort), number)


def _time(row: Row, field: str) -> str:
    value = row.get(field)
    return value if isinstance(value, str) else ""


def _plain(field: str, value: object) -> object:
    return value.lower() if field == "storefront" and isinstance(value, str) else value
