"""Runs commands of the system within a time limit."""

import codecs
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from kaufland_cli.errors import reason_of
from kaufland_cli.programs import environment_for_others, find_program

if sys.platform == "win32":
    import ctypes

NOT_THERE: Final = 127
TOO_LONG: Final = 124


@dataclass(frozen=True, slots=True)
class CompletedCommand:
    """Exit code and output of a command."""

    code: int
    out: bytes = b""
    err: bytes = b""

    code_page: str = "utf-8"
    """The encoding of the output if it is neither UTF-8 nor UTF-16; on Windows, the console's code page."""

    @property
    def text(self) -> str:
        """What it printed to standard output."""
        return _decoded(self.out, self.code_page)

    @property
    def said(self) -> str:
        """The last lines it printed, as one line for a message."""
        text = _decoded(self.err or self.out, self.code_page)
        return "; ".join(line.strip() for line in text.splitlines()[-3:] if line.strip())


class Runner(Protocol):
    """Runs a command; tests script one."""

    def __call__(self, words: Sequence[str], *, given: bytes = b"", seconds: float = 20) -> CompletedCommand:
        """Return the completed command: code `NOT_THERE` for a missing program, `TOO_LONG` after `seconds`."""
        ...


class SystemRunner:
    """Runs real commands in the given environment, without our secrets; their output is English, their times UTC."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {**environment_for_others(environ), "LC_ALL": "C", "TZ": "UTC"}

    def __call__(self, words: Sequence[str], *, given: bytes = b"", seconds: float = 20) -> CompletedCommand:
        program = find_program(words[0], self._environ)
        if not program:
            return CompletedCommand(NOT_THERE, err=f"{words[0]}: No such program".encode())
        try:
            done = subprocess.run(
                [program, *words[1:]],
                input=given,
                capture_output=True,
                env=self._environ,
                timeout=seconds,
                check=False,
            )
        except OSError as error:
            return CompletedCommand(NOT_THERE, err=f"{words[0]}: {reason_of(error)}".encode())
        except subprocess.TimeoutExpired:
            return CompletedCommand(TOO_LONG, err=f"{words[0]} did not answer within {seconds:.0f} seconds".encode())
        return CompletedCommand(done.returncode, done.stdout, done.stderr, console_code_page())


def console_code_page() -> str:
    """Return the codec of what console programs print into a pipe."""
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        with suppress(LookupError):
            return codecs.lookup(f"cp{kernel.GetConsoleOutputCP() or kernel.GetOEMCP()}").name
    return "utf-8"


def _decoded(printed: bytes, code_page: str) -> str:
    """Return the text; UTF-16 is known by its byte order mark or its zero bytes, UTF-8 by being valid."""
    if printed.startswith((b"\xff\xfe", b"\xfe\xff")):
        return printed.decode("utf-16", errors="replace")
    if b"\0" in printed:
        return printed.decode("utf-16-le", errors="replace")
    with suppress(UnicodeDecodeError):
        return printed.decode("utf-8")
    return printed.decode(code_page, errors="replace")
