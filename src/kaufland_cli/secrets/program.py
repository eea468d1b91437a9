"""Runs a program that prints or reads a secret: without a shell, within limits of time and output."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, cast

from kaufland_cli.programs import environment_for_others, find_program
from kaufland_cli.time_limit import run_within

MAX_OUTPUT = 64 * 1024
_NOT_FOUND = "is not found"


def run_program(
    command: Sequence[str], time_limit: float, given: bytes | None = None, *, environ: Mapping[str, str]
) -> tuple[bytes, str]:
    """Return the output and an empty string, or no output and how the program failed.

    `given` is written to its standard input, which is empty otherwise. Its standard error is discarded, since it may
    contain the secret. It gets `environ` without this program's own variables. `time_limit` is in seconds; a program
    that takes longer is stopped together with its children.
    """
    program = find_program(command[0], environ)
    if not program:
        return b"", _NOT_FOUND
    try:
        process = subprocess.Popen(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment_for_others(environ),
            start_new_session=True,  # so that it can be stopped together with its children
        )
    except (OSError, ValueError) as error:
        return b"", _why_not_started(error)
    try:
        finished = run_within(time_limit, lambda: _output_and_exit_code(process, given))
    finally:
        if process.returncode is None:  # too slow, endless, or interrupted
            _kill(process)
    if finished is None:
        return b"", f"did not end within {time_limit:g} seconds and was stopped"
    output, exit_code = finished.value
    if exit_code is None:
        return b"", f"prints more than {MAX_OUTPUT // 1024} KiB and was stopped"
    if exit_code != 0:
        return b"", f"failed with exit code {exit_code}" if exit_code > 0 else f"was ended by signal {-exit_code}"
    return output, ""


def _why_not_started(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return _NOT_FOUND
        case PermissionError():
            return "may not be run"
        case _:
            return "cannot be run"


def _output_and_exit_code(process: subprocess.Popen[bytes], given: bytes | None) -> tuple[bytes, int | None]:
    """Return the output and the exit code, which is None if the output is too long."""
    if given is not None:
        with suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as pipe:
            pipe.write(given)
    with cast("IO[bytes]", process.stdout) as pipe:
        output = pipe.read(MAX_OUTPUT + 1)
        return output, None if len(output) > MAX_OUTPUT else process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Stop the program together with its children; on Windows only the program."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
