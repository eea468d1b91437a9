"""Runs commands of the system within a time limit."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from kaufland_cli.programs import environment_for_others, find_program

NOT_THERE: Final = 127
TOO_LONG: Final = 124


@dataclass(frozen=True, slots=True)
class CompletedCommand:
    """Exit code and output of a command."""

    code: int
    out: bytes = b""
    err: bytes = b""

    @property
    def said(self) -> str:
        """The last lines it printed, as one line for a message."""
        text = (self.err or self.out).decode("utf-8", errors="replace")
        return "; ".join(line.strip() for line in text.splitlines()[-3:] if line.strip())


class Runner(Protocol):
    """Runs a command; tests script one."""

    def __call__(self, words: Sequence[str], *, given: bytes = b"", seconds: float = 20) -> CompletedCommand:
        """Return the completed command: code `NOT_THERE` for a missing program, `TOO_LONG` after `seconds`."""
        ...


class SystemRunner:
    """Runs real commands in the given environment, without our secrets and with English output."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {**environment_for_others(environ), "LC_ALL": "C"}

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
            return CompletedCommand(NOT_THERE, err=f"{words[0]}: {error.strerror or error}".encode())
        except subprocess.TimeoutExpired:
            return CompletedCommand(TOO_LONG, err=f"{words[0]} did not answer within {seconds:.0f} seconds".encode())
        return CompletedCommand(done.returncode, done.stdout, done.stderr)
