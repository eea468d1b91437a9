"""Runs a command and turns whatever ends it into an exit code and, where it went wrong, one message."""

import os
import random
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn, TextIO

import typer
from typer.exceptions import TyperException

from kaufland_cli.cli.session import Session
from kaufland_cli.clock import SystemClock
from kaufland_cli.errors import ExitCode, Interrupted, KauflandError, ProgramFault, WrongUsage
from kaufland_cli.output import Format, Output


def main() -> NoReturn:
    """Run the program as a process of its own."""
    signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    session = Session(
        environ=dict(os.environ),
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        clock=SystemClock(),
        random=random.random,
        pid=os.getpid(),
    )
    code = run(sys.argv[1:], session)
    code = _flush(sys.stdout, code)
    sys.exit(int(code))


def run(arguments: Sequence[str], session: Session) -> int:
    """Run one command line and return its exit code."""
    as_json = {"--json", "--jsonl"} & set(arguments)
    try:
        return _invoke(arguments, session)
    except BrokenPipeError:
        _discard(session.stdout)
        return ExitCode.DONE
    except KauflandError as error:
        failure = error
        _show_trace(session, error)
    except KeyboardInterrupt:
        failure = Interrupted("Stopped.")
    except Exception as error:  # noqa: BLE001 - the one place where nothing may get through
        failure = ProgramFault(f"Something went wrong that this program did not expect ({type(error).__name__}).")
        _show_trace(session, error)
    try:
        _output_of_failure(session).error(failure, as_json=bool(as_json))
    except BrokenPipeError:
        _discard(session.stderr)
    return failure.exit_code


def _invoke(arguments: Sequence[str], session: Session) -> int:
    from kaufland_cli.cli.app import app

    command: Any = typer.main.get_command(app)
    try:
        found = command.main(args=list(arguments), prog_name="kaufland", standalone_mode=False, obj=session)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        hint = f"{context.command_path} --help" if context is not None else "kaufland --help"
        raise WrongUsage(error.format_message(), hint=hint) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    code = found if isinstance(found, int) else 0
    if code == ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return code


def _output_of_failure(session: Session) -> Output:
    """Return the usual output, or a plain one where even that cannot be made."""
    try:
        return session.output
    except Exception:  # noqa: BLE001 - an error must reach the person whatever else is broken
        return Output(stdout=session.stdout, stderr=session.stderr, environ=session.environ, format=Format.AUTO)


def _show_trace(session: Session, error: BaseException) -> None:
    """With --debug, show where an error came from: never the values of variables, which may hold secrets."""
    if session.debug:
        traceback.print_exception(error, file=session.stderr)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the shape of a signal handler
    """Treat the system's polite request to end like Ctrl-C."""
    raise KeyboardInterrupt


def _speak_utf8(stream: TextIO) -> None:
    """Write UTF-8 into pipes and files everywhere, and never fail over a character that a terminal cannot show."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if stream.isatty():
        reconfigure(errors="replace")
    else:
        reconfigure(encoding="utf-8", errors="replace")


def _flush(stream: TextIO, code: int) -> int:
    """Write what is left; a reader that has gone away (`| head`) is no error."""
    try:
        stream.flush()
    except BrokenPipeError:
        _discard(stream)
    except OSError:
        return int(ExitCode.PROGRAM_FAULT) if code == 0 else code
    return code


def _discard(stream: TextIO) -> None:
    """Let nothing more be written to a pipe that nobody reads, so that the interpreter's last flush is quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
