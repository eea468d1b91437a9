"""How use cases speak to and ask whoever started them: `cli/` passes it in, `output/` implements it."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from kaufland_cli.app.results import Result
    from kaufland_cli.doctor.connection_test import ConnectionStep
    from kaufland_cli.domain.hint import Hint
    from kaufland_cli.errors import KauflandError

Value = TypeVar("Value")
Row = tuple[str, str | list[str]]
"""A name and its value, or several values below one another."""


class Progress(Protocol):
    """Shows progress; each kind of work has its own line."""

    def walk_started(self, total: int | None) -> None:
        """Note that pages are read: of `total` units, None if Kaufland did not say."""

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Note that a page was stored; `rows_seen` units so far."""

    def details_started(self, total: int) -> None:
        """Note that single orders are fetched, `total` of them."""

    def detail_done(self) -> None:
        """Note that one of these orders was stored."""

    def bytes_copied(self, done: int, total: int) -> None:
        """Note that `done` of `total` bytes of the store were copied."""

    def orders_pushed(self, done: int, total: int) -> None:
        """Note that `done` of `total` sales orders were created."""

    def actions_ended(self, done: int, total: int) -> None:
        """Note that `done` of `total` actions at Kaufland have ended."""

    def waited(self, what: str, seconds: int, limit: int) -> None:
        """Note that `what` has been awaited for `seconds`, at most `limit` seconds."""


class Person(Protocol):
    """Whoever started the command: a person at a terminal, a program that reads a pipe, or a job's mail."""

    def line(self, text: "str | Hint") -> None:
        """Write a result of plain text."""

    def leave_line(self) -> None:
        """Begin a new line where somebody pressed Ctrl-C."""

    def note(self, text: "str | Hint") -> None:
        """Write a remark."""

    def success(self, text: "str | Hint") -> None:
        """Write what was done."""

    def warning(self, text: "str | Hint") -> None:
        """Write what somebody should look at."""

    def show_passed_on(self, heading: str, text: str) -> None:
        """Pass on the output of another process unchanged, below a heading."""

    def error(self, exception: "KauflandError", *, as_json: bool) -> None:
        """Write what went wrong and what to do next."""

    def show_result(self, result: "Result") -> None:
        """Show a result, or write it as JSON."""

    def show_step(self, step: "ConnectionStep") -> None:
        """Show one step of the connection test as it happens; in JSON it is part of the whole record."""

    def show_note(self, result: "Result") -> None:
        """Show on stderr what helps to answer the next question."""

    def progress(self) -> "AbstractContextManager[Progress | None]":
        """Yield a listener that shows progress while the block runs; None if there is no terminal."""


class Questions(Protocol):
    """Asks a person at a terminal until the answer is valid; Ctrl-C and the end of input stop the command.

    If going back is allowed, any question can raise `StepBack`.
    """

    def title(self, text: str) -> None:
        """Begin a section."""

    def explain(self, text: str, *, apart: bool = False) -> None:
        """Explain the next question; `apart` puts a blank line before it."""

    def refuse(self, text: "str | Hint") -> None:
        """Say why an answer is not valid."""

    def confirm(self, text: str) -> None:
        """Confirm an answer that is not shown."""

    def facts(self, rows: "Iterable[Row]") -> None:
        """Show names with their values, one below the other."""

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Show rows of texts below their titles."""

    def text(self, question: str, default: str, check: Callable[[str], Value]) -> Value:
        """Ask until `check` raises no `KauflandError`; Enter takes the default."""

    def yes_no(self, question: "str | Hint", *, default: bool) -> bool:
        """Ask for yes or no; Enter takes the default."""

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Ask for one of several words; Enter takes the default."""

    def hidden(self, question: str, check: Callable[[str], Value]) -> Value:
        """Ask for a secret without showing what is typed."""

    def hidden_or_kept(self, question: str, check: Callable[[str], Value]) -> Value | None:
        """Ask for a secret in the same way; None if Enter keeps the present one."""
