"""Who is told how far an import has come; by default nobody."""

from typing import Protocol


class Listener(Protocol):
    """Hears about progress while it happens."""

    def walk_started(self, total: int | None) -> None:
        """Hear that pages of units are being read; `total` units if Kaufland said so."""
        ...

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Hear that a page is stored; `rows_seen` units so far in this walk."""
        ...

    def details_started(self, total: int) -> None:
        """Hear that whole orders are being read, so many."""
        ...

    def detail_done(self) -> None:
        """Hear that one of them is stored."""
        ...


class NoListener:
    """Hears and does nothing."""

    def walk_started(self, total: int | None) -> None:
        """Do nothing."""

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Do nothing."""

    def details_started(self, total: int) -> None:
        """Do nothing."""

    def detail_done(self) -> None:
        """Do nothing."""
