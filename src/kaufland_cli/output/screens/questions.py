"""Asks questions on a terminal: the current value is the default, and each answer is checked at once.

rich (`rich.prompt`) repeats the question. Reading the answer is ours: the end of input (Ctrl-D) has to stop like
Ctrl-C, where rich would take the default.
"""

import getpass
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO, TypeVar, cast

from rich.cells import cell_len
from rich.console import Console
from rich.prompt import InvalidResponse, PromptBase
from rich.text import Text, TextType

from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.key_text import looks_like_secret_key
from kaufland_cli.domain.text import one_of
from kaufland_cli.errors import KauflandError, StepBack
from kaufland_cli.output.blocks import Block, Fact, Paragraph, blank, facts, heading, marked, paragraph, table
from kaufland_cli.output.columns import Column
from kaufland_cli.output.screens.drawing import console_for, drawn, texts_of
from kaufland_cli.output.stream import Stream

Value = TypeVar("Value")

BACK = "<"
_SEEN = (
    "That looks like a secret key, and everybody can read it on this screen now. When you are done, clear the "
    "scrollback of the terminal too.\nType a secret key only where the question says that it is not shown."
)
_YES = {"y", "yes", "j", "ja"}
_NO = {"n", "no", "nein"}


class TerminalQuestions:
    """Asks questions on a terminal; the end of input (Ctrl-D) stops like Ctrl-C."""

    def __init__(self, stdin: TextIO, stream: Stream, *, back: bool = False) -> None:
        """With `back`, the answer `<` to any question raises `StepBack`."""
        self._back = back
        self._stdin = stdin
        self._stream = stream
        self._console = console_for(stream, stream.file)

    # --- output ---

    def title(self, text: str) -> None:
        """Start a section: an empty line, its title, and a rule."""
        shown = self._stream.text(text)
        self._show([*heading(shown), Paragraph(self._stream.marks.rule * cell_len(shown), "dim")])

    def explain(self, text: str, *, apart: bool = False) -> None:
        """Show something that helps with the next answer; `apart` puts an empty line before it."""
        said = paragraph(self._stream.text(text), style="dim")
        self._show([*blank(), *said] if apart else said)

    def refuse(self, text: str | Hint) -> None:
        """Say why an answer cannot be used."""
        first, *others = self._stream.lines(text)
        said = marked(self._stream.marks.warning, first, style="yellow", indent=2)
        for line in others:
            said += paragraph(line.strip(), indent=4)
        self._show(said)

    def confirm(self, text: str) -> None:
        """Confirm an answer that is not shown."""
        self._show(marked(self._stream.marks.passed, self._stream.text(text), style="green", indent=2))

    def facts(self, rows: Iterable[tuple[str, str | list[str]]]) -> None:
        """Show names and values, one per line."""
        self._show(facts(self._fact(name, value) for name, value in rows))

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Show a table."""
        columns = [Column(title, title) for title in titles]
        records = [dict(zip(titles, row, strict=True)) for row in rows]
        self._show(table(records, columns, self._stream, indent=2))

    # --- questions ---

    def text(self, question: str, default: str, check: Callable[[str], Value]) -> Value:
        """Ask until the answer passes `check`, which raises `KauflandError`; Enter takes the default."""
        return self._ask(question, default, lambda answer: check(answer or default))

    def yes_no(self, question: str | Hint, *, default: bool) -> bool:
        """Ask for yes or no; Enter takes the default."""

        def check(answer: str) -> bool:
            if answer.lower() in _YES | _NO | {""}:
                return answer.lower() in _YES if answer else default
            raise InvalidResponse("Please answer y or n.")

        return self._ask(question, "Y/n" if default else "y/N", check)

    def choice(self, question: str, choices: Sequence[str], default: str) -> str:
        """Ask for one of these choices; its first letters are enough, Enter takes the default."""

        def check(answer: str) -> str:
            fitting = [word for word in choices if word.startswith(answer.lower() or default)]
            if len(fitting) == 1:
                return fitting[0]
            raise InvalidResponse(f"Please answer {one_of(choices)}.")

        return self._ask(question, default, check)

    def hidden(self, question: str, check: Callable[[str], Value]) -> Value:
        """Ask without showing what is typed, until the answer passes `check`."""

        def check_typed(answer: str) -> Value:
            if answer.strip():
                return check(answer)
            raise InvalidResponse("Nothing came in. What you type or paste is not shown; end it with Enter.")

        return self._ask(question, "", check_typed, hidden=True)

    def hidden_or_kept(self, question: str, check: Callable[[str], Value]) -> Value | None:
        """Ask without showing what is typed; None if Enter alone keeps the present value."""
        return self._ask(question, "", lambda answer: check(answer) if answer.strip() else None, hidden=True)

    def _ask(self, question: str | Hint, default: str, check: Callable[[str], Value], *, hidden: bool = False) -> Value:
        def taken(answer: str) -> Value:
            if self._back and answer.strip() == BACK:
                raise StepBack
            if not hidden and looks_like_secret_key(answer):
                raise InvalidResponse(_SEEN)
            return check(answer)

        prompt = _Prompt(self._prompt(question, default), taken, self.refuse, self._console, hidden=hidden)
        found: Value = prompt(stream=self._stdin)
        return found

    def _fact(self, name: str, value: str | list[str]) -> Fact:
        if isinstance(value, list):
            return Fact(name, [self._stream.text(line) for line in value])
        return Fact(name, self._stream.text(value))

    def _prompt(self, question: str | Hint, default: str) -> Text:
        """Return the question with its default in brackets, on one line if both fit."""
        lines = list(texts_of(marked("?", self._stream.text(question), style="cyan"), self._console))
        prompt = Text("\n").join(lines)
        if default:
            brackets = f"[{self._stream.text(default)}]"
            fits = lines[-1].cell_len + cell_len(f" {brackets}: ") <= self._console.width
            prompt.append(" " if fits else "\n  ").append(brackets, "dim")
        return prompt.append(": ")

    def _show(self, blocks: Iterable[Block]) -> None:
        self._stream.write_all(drawn(blocks, self._stream))


class _Prompt(PromptBase[Any]):
    """A question for rich's loop, repeated until `check` accepts the answer."""

    def __init__(
        self,
        prompt: Text,
        check: Callable[[str], object],
        refuse: Callable[[str], None],
        console: Console,
        *,
        hidden: bool,
    ) -> None:
        super().__init__(prompt, console=console, password=hidden)
        self._check = check
        self._refuse = refuse

    def make_prompt(self, default: object) -> Text:  # noqa: ARG002 (the default stands in the prompt already)
        """Return the whole prompt."""
        return self.prompt

    @classmethod
    def get_input(cls, console: Console, prompt: TextType, password: bool, stream: TextIO | None = None) -> str:
        """Read a line. The end of input raises `KeyboardInterrupt` too; what is shown next starts a new line."""
        with console.capture() as shown:
            console.print(prompt, end="")
        try:
            if password:
                # It shows the prompt itself, once nothing that is typed can be seen; rich shows it before.
                return getpass.getpass(shown.get(), stream=cast("TextIO", console.file))
            console.file.write(shown.get())
            console.file.flush()
            line = stream.readline() if stream is not None else ""
        except (EOFError, KeyboardInterrupt):
            line = ""
        if not line:
            raise KeyboardInterrupt
        return line.strip()

    def process_response(self, value: str) -> object:
        """Return the value of the answer. Raises `InvalidResponse`."""
        try:
            return self._check(value)
        except KauflandError as error:
            raise InvalidResponse(error.message) from None

    def on_validate_error(self, value: str, error: InvalidResponse) -> None:  # noqa: ARG002 (rich's)
        """Say why the answer cannot be used."""
        self._refuse(str(error.message))
