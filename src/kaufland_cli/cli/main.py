"""Runs a command and turns whatever ends it into an exit code and, after an error, one message."""

import os
import random
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

import typer
from typer.exceptions import TyperException

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.app.failures import failure_of, show_trace, unwritten
from kaufland_cli.app.first_steps import for_this_call
from kaufland_cli.cli.context import CliContext
from kaufland_cli.clock import SystemClock
from kaufland_cli.domain.text import is_text
from kaufland_cli.errors import ExitCode, KauflandError, WrongUsage
from kaufland_cli.output import Output
from kaufland_cli.output.stream import help_width


def main() -> NoReturn:
    """Run the program and exit with its code."""
    signal.signal(signal.SIGTERM, _interrupt)
    _open_what_is_closed()
    _use_utf8(sys.stdin, "utf-8-sig")
    for stream in (sys.stdout, sys.stderr):
        _use_utf8(stream, "utf-8")
    context = CliContext(
        environ=dict(os.environ),
        streams=Streams(sys.stdin, sys.stdout, sys.stderr),
        clock=SystemClock(),
        process=Process(os.getpid(), random.random, _offset_here),
    )
    code = run(sys.argv[1:], context)
    try:
        context.streams.stdout.flush()
    except BrokenPipeError:
        _discard(context.streams.stdout)
    except OSError as error:
        code = _report(context, unwritten(error), as_json=False)
        _discard(context.streams.stdout)
    sys.exit(int(code))


def run(arguments: Sequence[str], context: CliContext) -> int:
    """Run one command line and return its exit code."""
    as_json = not {"--json", "--jsonl"}.isdisjoint(arguments)
    try:
        code = _invoke(arguments, context)
        if context.state.damage is None:
            return code
        failure: KauflandError = context.state.damage
    except BrokenPipeError:
        _discard(context.streams.stdout)
        return ExitCode.DONE
    except KeyboardInterrupt as error:
        failure = failure_of(error)
    except Exception as error:  # noqa: BLE001 - nothing may get past this place
        failure = context.state.damage or failure_of(error)  # errors that follow from a damaged store mean nothing
        if context.options.debug:
            show_trace(error, context.streams.stderr)
    return _report(context, failure, as_json=as_json)


def _report(context: CliContext, failure: KauflandError, *, as_json: bool) -> int:
    """Show what went wrong, if stderr is still open, and return the exit code."""
    from kaufland_cli.http.redaction import SECRETS

    failure.message = SECRETS.own_text(failure.message)
    failure.hint = for_this_call(context, failure.hint).masked(SECRETS.own_text)
    try:
        _output_of_failure(context).error(failure, as_json=as_json)
    except OSError:
        _discard(context.streams.stderr)
    return failure.exit_code


def _invoke(arguments: Sequence[str], context: CliContext) -> int:
    from kaufland_cli.cli.app import command_tree
    from kaufland_cli.cli.list_options import as_flags

    if any(not is_text(argument) for argument in arguments):
        raise WrongUsage("One of the words after kaufland is not valid UTF-8.")
    try:
        found = command_tree(*arguments[:1]).main(
            args=as_flags(arguments),
            prog_name="kaufland",
            standalone_mode=False,
            obj=context,
            terminal_width=help_width(context.streams.stdout, context.environ),
        )
    except TyperException as error:
        from kaufland_cli.cli.usage_errors import in_our_words

        raise in_our_words(error, command_tree(), arguments) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer would make it a failure
            raise BrokenPipeError from None
        raise
    code = found if isinstance(found, int) else 0
    if code == ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return code


def _output_of_failure(context: CliContext) -> Output:
    """Return the usual output, or a plain one if that fails."""
    try:
        return context.output
    except Exception:  # noqa: BLE001 - the error must be shown whatever else is broken
        return Output(
            stdout=context.streams.stdout,
            stderr=context.streams.stderr,
            environ=context.environ,
            chosen=context.options.chosen,
        )


def _offset_here(moment: datetime) -> timedelta | None:
    """Return how far the clocks of this machine are from UTC at that moment; None for years it knows nothing of."""
    try:
        return moment.astimezone().utcoffset()
    except (OverflowError, OSError, ValueError):
        return None


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the shape of a signal handler
    """Treat SIGTERM like Ctrl-C."""
    raise KeyboardInterrupt


def _open_what_is_closed() -> None:
    """Open the null device for each closed standard stream, so that no other file gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end


def _use_utf8(stream: TextIO, encoding: str) -> None:
    """Read and write UTF-8 in pipes and files on every system, and never fail over a character.

    `utf-8-sig` skips the byte order mark that some programs write.
    """
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if stream.isatty():  # a terminal knows its own encoding
        reconfigure(errors="replace")
    else:
        reconfigure(encoding=encoding, errors="replace")


def _discard(stream: TextIO) -> None:
    """Redirect a closed pipe to the null device, so that the interpreter's last flush does not fail."""
    try:
        number = stream.fileno()
    except OSError:  # not a real file, as in a test
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
