"""What an import tells while it runs, and the listener where nobody watches."""

from typing import Protocol


class ProgressListener(Protocol):
    """Who wants to know how far an import is."""

    def walk_started(self, total: int | None) -> None:
        """Hear that the walk over the order units begins; `total` is None while it is not known."""

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Hear that a page is stored, and how many rows were seen so far."""

    def details_started(self, total: int) -> None:
        """Hear that the details of so many orders are read now."""

    def detail_done(self) -> None:
        """Hear that the details of one more order are read."""

    def message(self, text: str) -> None:
        """Hear something worth a line."""


class Silence:
    """The listener where nobody watches."""

    def walk_started(self, total: int | None) -> None:
        """Stay silent."""

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Stay silent."""

    def details_started(self, total: int) -> None:
        """Stay silent."""

    def detail_done(self) -> None:
        """Stay silent."""

    def message(self, text: str) -> None:
        """Stay silent."""
