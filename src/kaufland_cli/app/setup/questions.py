"""Questions of `kaufland setup` about one setting or secret, with a way back; the answers go to the draft.

To go back, all of them are asked again from the start, answered from memory up to the one to change (`Conversation`).
"""

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kaufland_cli.app.setup.draft import SetupDraft
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import StepBack, WrongUsage
from kaufland_cli.secrets import SecretKey, SecretKind, length_warning
from kaufland_cli.settings import value_of
from kaufland_cli.settings.edit import parse_value

if TYPE_CHECKING:
    from kaufland_cli.app.person import Questions, Row

NOTHING: Final = "-"
"""The answer for "no value", if a value is optional."""


class SettingQuestions:
    """Asks for settings. The current value is the default, and each answer is validated at once."""

    def __init__(self, asked: "Questions", draft: SetupDraft) -> None:
        self._asked = asked
        self._draft = draft

    def _value(self, key: str, question: str, default: str | None = None) -> str:
        """Ask for one setting."""
        present = default if default is not None else str(value_of(self._draft.values, key))
        self._draft.answers[key] = found = self._asked.text(question, present, partial(checked, key))
        return str(found)

    def _optional(self, key: str, question: str) -> str:
        """Ask for a setting that may be empty; `-` stands for empty."""
        return self._value(key, question, str(value_of(self._draft.values, key)) or NOTHING)

    def _needed(self, key: str, question: str, reason: str) -> str:
        """Ask for a setting that must not be empty."""
        while not self._value(key, question):
            self._asked.refuse(reason)
        return str(self._draft.answers[key])

    def _yes_no(self, key: str, question: str) -> bool:
        answer = self._asked.yes_no(question, default=bool(value_of(self._draft.values, key)))
        self._draft.answers[key] = answer
        return answer

    def _choice(self, key: str, question: str, choices: tuple[str, ...]) -> str:
        answer = self._asked.choice(question, choices, str(value_of(self._draft.values, key)))
        self._draft.answers[key] = answer
        return answer

    def _command(self, key: str, question: str, example: str) -> None:
        """Ask for a command that prints a secret; it is shown as one line and kept as a list."""
        present = value_of(self._draft.values, key)
        shown = shlex.join(present) if isinstance(present, list | tuple) else ""

        def check(text: str) -> object:
            found = present if present and text == shown else parse_value(key, text)
            if not found:
                raise WrongUsage(f"A command is needed, for example: {example}")
            return found

        self._draft.answers[key] = self._asked.text(question, shown, check)

    def _secret(self, kind: SecretKind, question: str, *, refused: bool = False) -> None:
        """Ask for a secret that this program keeps; Enter keeps the present one unless it was just refused."""
        draft = self._draft
        if not draft.secret_source(kind).writable:
            draft.new_secrets.pop(kind, None)
            return
        read = partial(SecretKey, kind=kind)
        known = draft.present_secret(kind)
        if refused and known and not self._asked.yes_no(f"Keep the {kind.words} that was just tried?", default=False):
            known = None
        while True:
            if known is None:
                secret = self._asked.hidden(question, read)
            else:
                name = question.partition(" (")[0]
                typed = self._asked.hidden_or_kept(f"{name} (not shown; Enter keeps the present one)", read)
                secret = typed or known.secret  # kept, and moved if the place has changed
            warning = length_warning(secret, kind)
            if warning is None:
                self._asked.confirm(f"*** ({secret.length} characters, {secret.fingerprint or 'short'})")
                break
            self._asked.refuse(f"{warning} Was it copied whole?")
            if self._asked.yes_no("Use it anyway?", default=False):
                break
        draft.new_secrets[kind] = secret


def checked(key: str, text: str) -> object:
    """Return an answer as the value of the setting. Raises `WrongUsage` with the reason and what is allowed."""
    try:
        return parse_value(key, "" if text == NOTHING else text)
    except WrongUsage as error:
        raise WrongUsage(error.message.removeprefix(f"{key}: ")) from None


Value = TypeVar("Value")


class StartAgain(Exception):
    """Raised if a person wants to answer everything again."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    question: str
    value: Any
    is_answer: bool
    is_default: bool


class Conversation:
    """Asks questions and remembers every answer.

    After `<`, or "no" to the summary, the same questions run again from the start. Up to the question that a person
    wants to change they are answered from memory, without any output; from there on, each earlier answer is the default
    in brackets. Results of `once` are remembered too, so the connection is not tested again for an answer given after
    the test.
    """

    def __init__(self, asked: "Questions") -> None:
        self._asked = asked
        self._said: list[_Remembered] = []
        self._next = 0
        self._defaults: dict[str, Any] = {}

    def run(self, ask_all: Callable[[], Value], forget: Callable[[], None]) -> Value:
        """Return what `ask_all` returns; after each step back or new start, call `forget` and run it again."""
        while True:
            try:
                return ask_all()
            except StepBack:
                self._step_back()
            except StartAgain:
                self._remember()
                self._said.clear()
            self._next = 0
            forget()

    def decide(self, question: str, *, default: bool) -> bool:
        """Ask what to do next; unlike an answer, it is not the default the next time."""
        return self._remembered_or(question, lambda: self._asked.yes_no(question, default=default), is_default=False)

    def once(self, what: str, find_out: Callable[[], Value]) -> Value:
        """Return what `find_out` returns; it does not run again when a later question is changed."""
        return self._remembered_or(what, find_out, is_answer=False)

    # --- output ---

    def title(self, text: str) -> None:
        """Start a section."""
        if not self._is_replaying:
            self._asked.title(text)

    def explain(self, text: str, *, apart: bool = False) -> None:
        """Show something that helps with the next answer; `apart` puts an empty line before it."""
        if not self._is_replaying:
            self._asked.explain(text, apart=apart)

    def refuse(self, text: str | Hint) -> None:
        """Say why an answer cannot be used."""
        if not self._is_replaying:
            self._asked.refuse(text)

    def confirm(self, text: str) -> None:
        """Confirm an answer that is not shown."""
        if not self._is_replaying:
            self._asked.confirm(text)

    def facts(self, rows: "Iterable[Row]") -> None:
        """Show names and values, one per line."""
        if not self._is_replaying:
            self._asked.facts(rows)

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Show a table."""
        if not self._is_replaying:
            self._asked.table(titles, rows)

    # --- questions ---

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

        value, typed = self._remembered_or(question, ask)
        return value

    def yes_no(self, question: str | Hint, *, default: bool) -> bool:
        """Ask for yes or no; Enter takes the default."""
        present = bool(self._defaults.get(str(question), default))
        return self._remembered_or(str(question), lambda: self._asked.yes_no(question, default=present))

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Ask for one of these choices; Enter takes the default."""
        present = str(self._defaults.get(question, default))
        return self._remembered_or(question, lambda: self._asked.choice(question, choices, present))

    def hidden(self, question: str, check: Callable[[str], Value]) -> Value:
        """Ask for a secret without showing what is typed."""
        return self._remembered_or(_without_brackets(question), lambda: self._asked.hidden(question, check))

    def hidden_or_kept(self, question: str, check: Callable[[str], Value]) -> Value | None:
        """Ask for a secret in the same way; None if Enter keeps the present one."""
        return self._remembered_or(_without_brackets(question), lambda: self._asked.hidden_or_kept(question, check))

    # --- memory ---

    @property
    def _is_replaying(self) -> bool:
        """Whether the next question is answered from memory."""
        return self._next < len(self._said)

    def _remembered_or(
        self, question: str, ask: Callable[[], Value], *, is_answer: bool = True, is_default: bool = True
    ) -> Value:
        if self._is_replaying and self._said[self._next].question == question:
            known: Value = self._said[self._next].value
            self._next += 1
            return known
        del self._said[self._next :]  # a changed answer led to another question
        found = self._answered(ask)
        self._said.append(_Remembered(question, found, is_answer, is_default and is_answer))
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
        """Forget the last answer and everything found out after it."""
        self._remember()
        while not self._said.pop().is_answer:
            pass

    def _remember(self) -> None:
        """Make all visible answers given so far the defaults; secrets are kept elsewhere."""
        for one in self._said:
            match one.value if one.is_default else None:
                case bool() | str():
                    self._defaults[one.question] = one.value
                case (_, str(typed)):
                    self._defaults[one.question] = typed


def _without_brackets(question: str) -> str:
    """Return the question without brackets: their text depends on whether there is a secret already."""
    return question.partition(" (")[0]
