"""Receives the progress of an import; by default it is ignored."""

from typing import Protocol


class Listener(Protocol):
    """Receives the progress of a run."""

    def walk_started(self, total: int | None) -> None:
        """Note that pages of units are being read; `total` units, if Kaufland reported the number."""
        ...

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Note that a page was stored; `rows_seen` units so far in this walk."""
        ...

    def details_started(self, total: int) -> None:
        """Note that single orders are being fetched; the argument is how many."""
        ...

    def detail_done(self) -> None:
        """Note that one of these orders was stored."""
        ...


class NoListener:
    """Ignores progress."""

    def walk_started(self, total: int | None) -> None:
        """Do nothing."""

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Do nothing."""

    def details_started(self, total: int) -> None:
        """Do nothing."""

    def detail_done(self) -> None:
        """Do nothing."""
