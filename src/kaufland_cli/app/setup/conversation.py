"""A talk in which a person can go back: the questions run again, answered as before up to the one to change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from kaufland_cli.errors import StepBack

if TYPE_CHECKING:
    from kaufland_cli.app.person import Questions, Row

Value = TypeVar("Value")


class StartAgain(Exception):
    """A person wants to answer everything once more."""


@dataclass(frozen=True, slots=True)
class _Said:
    question: str
    value: Any
    is_answer: bool
    is_default: bool


class Conversation:
    """The questions of one talk, which remembers every answer.

    After `<` or a no to the summary the same questions are asked from the start. Up to the question that a person wants
    back they are answered from memory, without a word on the screen; from there on, each earlier answer is the default
    in brackets. What was found out in between (`once`) is remembered too, so a test of the connection does not run
    again for an answer given after it.
    """

    def __init__(self, asked: "Questions") -> None:
        self._asked = asked
        self._said: list[_Said] = []
        self._next = 0
        self._defaults: dict[str, Any] = {}

    def run(self, talk: Callable[[], Value], forget: Callable[[], None]) -> Value:
        """Return what `talk` returns; it runs again, after `forget`, for every step back and every new start."""
        while True:
            try:
                return talk()
            except StepBack:
                self._step_back()
            except StartAgain:
                self._remember()
                self._said.clear()
            self._next = 0
            forget()

    def decide(self, question: str, *, default: bool) -> bool:
        """Ask what to do now; unlike an answer, it is no default when the talk comes here again."""
        return self._known_or(question, lambda: self._asked.yes_no(question, default=default), is_default=False)

    def once(self, what: str, find_out: Callable[[], Value]) -> Value:
        """Return what `find_out` found, without doing it again when the talk is repeated up to a later question."""
        return self._known_or(what, find_out, is_answer=False)

    # --- telling ---

    def title(self, text: str) -> None:
        """Begin a section."""
        if not self._repeats:
            self._asked.title(text)

    def explain(self, text: str, *, apart: bool = False) -> None:
        """Say something that helps with the next answer; `apart` leaves a line free before it."""
        if not self._repeats:
            self._asked.explain(text, apart=apart)

    def refuse(self, text: str) -> None:
        """Say why an answer cannot be used."""
        if not self._repeats:
            self._asked.refuse(text)

    def confirm(self, text: str) -> None:
        """Say that an answer was taken, where it is not shown."""
        if not self._repeats:
            self._asked.confirm(text)

    def facts(self, rows: "Iterable[Row]") -> None:
        """Show names with their values, one below the other."""
        if not self._repeats:
            self._asked.facts(rows)

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Show rows of texts below their titles."""
        if not self._repeats:
            self._asked.table(titles, rows)

    # --- asking ---

    def text(self, question: str, default: str, check: Callable[[str], Value]) -> Value:
        """Ask until `check` raises no `KauflandError`; Enter takes the default."""
        typed = ""

        def checked(answer: str) -> Value:
            nonlocal typed
            value = check(answer)
            typed = value if isinstance(value, str) and value else answer
            return value

        def ask() -> tuple[Value, str]:
            return self._asked.text(question, str(self._defaults.get(question, default)), checked), typed

        value, typed = self._known_or(question, ask)
        return value

    def yes_no(self, question: str, *, default: bool) -> bool:
        """Ask for yes or no; Enter takes the default."""
        present = bool(self._defaults.get(question, default))
        return self._known_or(question, lambda: self._asked.yes_no(question, default=present))

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Ask for one of several words; Enter takes the default."""
        present = str(self._defaults.get(question, default))
        return self._known_or(question, lambda: self._asked.choice(question, choices, present))

    def hidden(self, question: str, check: Callable[[str], Value]) -> Value:
        """Ask for a secret without showing what is typed."""
        return self._known_or(_secret_of(question), lambda: self._asked.hidden(question, check))

    def hidden_or_kept(self, question: str, check: Callable[[str], Value]) -> Value | None:
        """Ask for a secret in the same way; None where Enter keeps the present one."""
        return self._known_or(_secret_of(question), lambda: self._asked.hidden_or_kept(question, check))

    # --- memory ---

    @property
    def _repeats(self) -> bool:
        """Whether the next question is answered from memory."""
        return self._next < len(self._said)

    def _known_or(
        self, question: str, ask: Callable[[], Value], *, is_answer: bool = True, is_default: bool = True
    ) -> Value:
        if self._repeats and self._said[self._next].question == question:
            known: Value = self._said[self._next].value
            self._next += 1
            return known
        del self._said[self._next :]  # an answer before it led elsewhere
        found = self._answered(ask)
        self._said.append(_Said(question, found, is_answer, is_default and is_answer))
        self._next += 1
        return found

    def _answered(self, ask: Callable[[], Value]) -> Value:
        while True:
            try:
                return ask()
            except StepBack:
                if any(one.is_answer for one in self._said):
                    raise
                self._asked.refuse("This is the first question.")

    def _step_back(self) -> None:
        """Forget the last answer, and what was found out after it."""
        self._remember()
        while not self._said.pop().is_answer:
            pass

    def _remember(self) -> None:
        """Make defaults of all visible answers given so far; a secret is kept elsewhere."""
        for one in self._said:
            match one.value if one.is_default else None:
                case bool() | str():
                    self._defaults[one.question] = one.value
                case (_, str(typed)):
                    self._defaults[one.question] = typed


def _secret_of(question: str) -> str:
    """Return which secret a question is about: what its brackets say depends on whether there is one already."""
    return question.partition(" (")[0]
