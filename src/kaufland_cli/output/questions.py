"""Asks a person, on a terminal: with the present value as default, each answer checked at once."""

import getpass
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TextIO, TypeVar

from kaufland_cli.errors import KauflandError
from kaufland_cli.output.blocks import Fact, facts, marked, paragraph
from kaufland_cli.output.cells import width_of

if TYPE_CHECKING:
    from kaufland_cli.output.screen import Screen

Value = TypeVar("Value")

_MARK = 2
"""Cells of the mark before a question, and of what stands below it."""

NOTHING = "-"
"""The answer that means "no value" where a value is not needed."""


class Questions:
    """Questions on the screen, answers from the terminal; the end of input (Ctrl-D) stops like Ctrl-C."""

    def __init__(self, stdin: TextIO, screen: "Screen") -> None:
        self._stdin = stdin
        self._screen = screen

    # --- telling ---

    def title(self, text: str) -> None:
        """Begin a section: an empty line, its title, and a rule below."""
        screen = self._screen
        shown = screen.text(text)
        screen.write_all(["", screen.paint(shown, "bold"), screen.paint(screen.marks.rule * len(shown), "dim")])

    def explain(self, text: str, *, apart: bool = False) -> None:
        """Say something that helps to answer what comes next; `apart` leaves a line free before it."""
        if apart:
            self._screen.write_all([""])
        self._screen.write_all(paragraph(self._screen.text(text), self._screen, style="dim", break_words=False))

    def refuse(self, text: str) -> None:
        """Say why an answer is not taken."""
        lines = [self._screen.text(line) for line in text.splitlines()] or [""]
        said = marked(self._screen.marks.warning, lines[0], self._screen, style="yellow", indent=2)
        for line in lines[1:]:
            said += paragraph(line.strip(), self._screen, indent=4, break_words=False)
        self._screen.write_all(said)

    def confirm(self, text: str) -> None:
        """Say that an answer is taken, where the answer itself cannot be seen."""
        self._screen.write_all(marked(self._screen.marks.passed, text, self._screen, style="green", indent=2))

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Show names with what holds for them, one below the other."""
        shown = [Fact(name, self._screen.text(value), whole=_is_place(value)) for name, value in rows]
        self._screen.write_all(facts(shown, self._screen))

    # --- asking ---

    def text(self, question: str, default: str, check: Callable[[str], Value]) -> Value:
        """Ask until the answer passes `check`, which raises `KauflandError`; Enter takes the default."""
        while True:
            answer = self._read(question, default) or default
            try:
                return check(answer)
            except KauflandError as error:
                self.refuse(error.message)

    def yes_no(self, question: str, *, default: bool) -> bool:
        """Ask for yes or no; Enter takes the default."""
        while True:
            answer = self._read(question, "Y/n" if default else "y/N").lower()
            if answer in {"", "y", "yes", "j", "ja", "n", "no", "nein"}:
                return default if not answer else answer[0] in "yj"
            self.refuse("Please answer y or n.")

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Ask for one of several words; its beginning is enough, Enter takes the default."""
        while True:
            answer = self._read(question, default).lower() or default
            fitting = [word for word in choices if word.startswith(answer)]
            if len(fitting) == 1:
                return fitting[0]
            self.refuse(f"Please answer {_one_of(choices)}.")

    def hidden(self, question: str, check: Callable[[str], Value]) -> Value:
        """Ask without showing what is typed, until the answer passes the check."""
        while True:
            found = self._hidden(question, check)
            if found is not None:
                return found
            self.refuse("Nothing came in. What you type or paste is not shown; end it with Enter.")

    def hidden_or_kept(self, question: str, check: Callable[[str], Value]) -> Value | None:
        """Ask without showing what is typed; Enter alone keeps what is there: None."""
        return self._hidden(question, check)

    def _hidden(self, question: str, check: Callable[[str], Value]) -> Value | None:
        while True:
            try:
                answer = getpass.getpass(self._prompt(question, ""), stream=self._screen.stream)
            except (EOFError, KeyboardInterrupt):
                self._screen.write_all([""])
                raise KeyboardInterrupt from None
            if not answer.strip():
                return None
            try:
                return check(answer)
            except KauflandError as error:
                self.refuse(error.message)

    def _prompt(self, question: str, default: str) -> str:
        """Return the question with its default in brackets, which stand on one line wherever they fit on one."""
        screen = self._screen
        lines = marked("?", screen.text(question), screen, style="cyan")
        if not default:
            return "\n".join(lines) + ": "
        brackets = f"[{screen.text(default)}]"
        space = " "
        if screen.width is not None:
            last = width_of(screen.text(question)) + _MARK if len(lines) == 1 else width_of(lines[-1])
            if last + width_of(f" {brackets}: ") > screen.width:
                space = f"\n{' ' * _MARK}"
        return "\n".join(lines) + f"{space}{screen.paint(brackets, 'dim')}: "

    def _read(self, question: str, default: str) -> str:
        self._screen.stream.write(self._prompt(question, default))
        self._screen.stream.flush()
        try:
            line = self._stdin.readline()
        except KeyboardInterrupt:
            line = ""
        if not line:
            self._screen.write_all([""])
            raise KeyboardInterrupt
        return line.strip()


def _one_of(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _is_place(text: str) -> bool:
    """Tell whether the text is a path or an address, which must not be broken."""
    return " " not in text
