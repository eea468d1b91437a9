"""A pseudo-terminal with the real program on it, for a person who reads questions and types answers."""

import re
import sys

import pexpect

from support.machine import Machine

SHORT = 20  # seconds for one question to come
_QUESTION = re.compile(r"^\? (.*)", re.MULTILINE)


class Terminal:
    """A pseudo-terminal on which a command runs, `setup` if none is named."""

    def __init__(self, machine: Machine, *words: str, columns: int = 80, rows: int = 50) -> None:
        environ = machine.environ | {"NO_COLOR": "1", "LANG": "C.UTF-8", "TERM": "xterm"}
        arguments = ["-m", "kaufland_cli", *(words if words and not words[0].startswith("-") else ("setup", *words))]
        self.child = pexpect.spawn(
            sys.executable, arguments, env=environ, timeout=SHORT, encoding="utf-8", dimensions=(rows, columns)
        )
        self.seen = ""
        self.child.delaybeforesend = 0.02

    def see(self, *texts: str) -> str:
        """Wait until all the texts were shown, one after the other; return what came before the last."""
        for text in texts:
            self.child.expect_exact(text)
            self.seen += f"{self.child.before}{self.child.after}"
        return str(self.child.before)

    def answer(self, question: str, text: str = "") -> str:
        """Wait for a question and answer it, with nothing by Enter alone; return what stood in its brackets."""
        self.see(f"? {question}")
        rest = self.see(": ")
        self.child.sendline(text)
        return rest.rpartition("[")[2].rstrip("]") if "[" in rest else ""

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        self.child.expect(pexpect.EOF)
        self.seen += str(self.child.before)
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)

    @property
    def questions(self) -> list[str]:
        """All questions that were asked so far."""
        return [question.strip() for question in _QUESTION.findall(self.seen.replace("\r", ""))]
