"""A pseudo-terminal for a person who reads questions and types answers."""

import getpass
import os
import re
import struct
import sys
import threading
from typing import Any, TextIO

import pexpect
import pexpect.fdpexpect
import pytest

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.main import run
from kaufland_cli.clock import SystemClock
from support.machine import Machine

SHORT = 20  # seconds for one question to come
_QUESTION = re.compile(r"^\? (.*)", re.MULTILINE)


class Terminal:
    """A pseudo-terminal on which a command runs, `setup` if none is named.

    The command runs in a thread of this process, which takes a fraction of the time; where Ctrl-C or the process itself
    matters, in one of its own.
    """

    def __init__(
        self, machine: Machine, *words: str, columns: int = 80, rows: int = 50, own_process: bool = False
    ) -> None:
        environ = machine.environ | {"NO_COLOR": "1", "LANG": "C.UTF-8", "TERM": "xterm"}
        words = words if words and not words[0].startswith("-") else ("setup", *words)
        self._here: _CommandHere | None = None
        self.child: Any
        if own_process:
            arguments = ["-m", "kaufland_cli", *words]
            self.child = pexpect.spawn(
                sys.executable, arguments, env=environ, timeout=SHORT, encoding="utf-8", dimensions=(rows, columns)
            )
            self.child.delaybeforesend = 0.02
        else:
            self._here = _CommandHere(words, environ, columns, rows)
            self.child = pexpect.fdpexpect.fdspawn(self._here.outer, timeout=SHORT, encoding="utf-8")
        self.seen = ""

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
        if self._here is not None:
            return self._here.end()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)

    @property
    def questions(self) -> list[str]:
        """All questions that were asked so far."""
        return [question.strip() for question in _QUESTION.findall(self.seen.replace("\r", ""))]


class _CommandHere:
    """A command in a thread, on a pseudo-terminal that is not the one of this process."""

    outer: int
    _inner: int
    _stdin: TextIO
    _code: int
    _patch: pytest.MonkeyPatch
    _thread: threading.Thread

    def __init__(self, words: tuple[str, ...], environ: dict[str, str], columns: int, rows: int) -> None:
        if sys.platform == "win32":
            raise NotImplementedError("a pseudo-terminal is POSIX's")
        import fcntl  # noqa: PLC0415 - POSIX only
        import termios  # noqa: PLC0415 - POSIX only

        self.outer, self._inner = os.openpty()
        fcntl.ioctl(self._inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._code = -1
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(getpass, "getpass", self._hidden)  # it would ask at the terminal of this process
        self._stdin = os.fdopen(os.dup(self._inner), encoding="utf-8")
        self._thread = threading.Thread(target=self._run, args=(words, environ), daemon=True)
        self._thread.start()

    def _run(self, words: tuple[str, ...], environ: dict[str, str]) -> None:
        with os.fdopen(self._inner, "w", encoding="utf-8") as out, self._stdin as typed:
            self._code = run(
                words, CliContext(environ, Streams(typed, out, out), SystemClock(), Process(os.getpid(), lambda: 0.5))
            )

    def _hidden(self, prompt: str = "", stream: TextIO | None = None) -> str:
        """Read a line without showing it."""
        if sys.platform == "win32" or stream is None:
            raise NotImplementedError
        import termios  # noqa: PLC0415 - POSIX only

        before = termios.tcgetattr(self._inner)
        silent: list[Any] = list(before)
        silent[3] &= ~termios.ECHO
        try:
            termios.tcsetattr(self._inner, termios.TCSAFLUSH, silent)
            stream.write(prompt)
            stream.flush()
            line = self._stdin.readline()
        finally:
            termios.tcsetattr(self._inner, termios.TCSAFLUSH, before)
        stream.write("\n")
        if not line:
            raise EOFError
        return line.rstrip("\n")

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        self._thread.join(SHORT)
        self._patch.undo()
        return self._code
