"""Asks a person, on a terminal: with the present value as default, each answer checked at once."""

import getpass
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO, TypeVar

from kaufland_cli.errors import KauflandError

if TYPE_CHECKING:
    from kaufland_cli.output.printer import Output

Value = TypeVar("Value")


class Questions:
    """Questions on stderr, answers from the terminal; the end of input (Ctrl-D) stops like Ctrl-C."""

    def __init__(self, stdin: TextIO, stderr: TextIO, output: "Output") -> None:
        self._stdin = stdin
        self._stderr = stderr
        self._output = output

    def text(self, question: str, default: str, check: Callable[[str], Value]) -> Value:
        """Ask until the answer passes `check`, which raises `KauflandError`; Enter takes the default."""
        while True:
            answer = self._read(f"{question} [{default}]: " if default else f"{question}: ") or default
            try:
                return check(answer)
            except KauflandError as error:
                self._output.warning(error.message)

    def yes_no(self, question: str, *, default: bool) -> bool:
        """Ask for yes or no; Enter takes the default."""
        while True:
            answer = self._read(f"{question} [{'Y/n' if default else 'y/N'}]: ").lower()
            if answer in {"", "y", "yes", "j", "ja", "n", "no", "nein"}:
                return default if not answer else answer[0] in "yj"
            self._output.warning("Please answer y or n.")

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Ask for one of several words; Enter takes the default."""
        while True:
            answer = self._read(f"{question} ({', '.join(choices)}) [{default}]: ").lower() or default
            if answer in choices:
                return answer
            self._output.warning(f"Please answer one of: {', '.join(choices)}.")

    def hidden(self, question: str, check: Callable[[str], Value]) -> Value:
        """Ask without showing what is typed, until the answer passes the check."""
        while True:
            found = self.hidden_or_kept(question, check, kept=False)
            if found is not None:
                return found

    def hidden_or_kept(self, question: str, check: Callable[[str], Value], *, kept: bool = True) -> Value | None:
        """Ask without showing what is typed; with `kept`, Enter alone keeps what is there: None."""
        while True:
            try:
                answer = getpass.getpass(f"{question}: ", stream=self._stderr)
            except EOFError:
                raise KeyboardInterrupt from None
            if kept and not answer.strip():
                return None
            try:
                return check(answer)
            except KauflandError as error:
                self._output.warning(error.message)

    def _read(self, prompt: str) -> str:
        self._stderr.write(prompt)
        self._stderr.flush()
        line = self._stdin.readline()
        if not line:
            self._stderr.write("\n")
            raise KeyboardInterrupt
        return line.strip()
