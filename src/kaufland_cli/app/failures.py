"""Turns any exception that ends a command into an error with a message and an exit code, and shows `--debug` output."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from kaufland_cli.domain.hint import MORE, Hint, command
from kaufland_cli.errors import Interrupted, KauflandError, ProgramFault, reason_of


def failure_of(error: BaseException) -> KauflandError:
    """Return the error to show."""
    match error:
        case KauflandError():
            return error
        case KeyboardInterrupt():
            return Interrupted("Stopped.")
        case OSError():
            return unwritten(error)
    return ProgramFault(f"Something unexpected went wrong ({type(error).__name__}).")


def unwritten(error: OSError) -> ProgramFault:
    """Return the error for an `OSError` that nothing else handled: mostly a full disk while a result is written."""
    return ProgramFault(
        f"Something could not be read or written: {reason_of(error)}.",
        hint=Hint("Is there space left where the output goes? ", command("--debug", MORE), " shows where it happened."),
    )


def show_trace(error: BaseException, stream: TextIO) -> None:
    """Write the traceback without values of variables, and with secrets masked in texts of libraries and servers."""
    from kaufland_cli.http.redaction import SECRETS

    stream.write(SECRETS.text("".join(traceback.format_exception(error))))


@contextmanager
def steps_shown(stream: TextIO) -> Iterator[None]:
    """Write what the modules log to `stream` while the block runs, with secrets masked.

    Only this program's own loggers: libraries would show whole URLs.
    """
    import logging

    from kaufland_cli.domain.text import normalize
    from kaufland_cli.http.redaction import SECRETS

    class Steps(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return normalize(SECRETS.text(super().format(record)))

    handler = logging.StreamHandler(stream)
    handler.setFormatter(Steps("%(relativeCreated)d ms %(name)s: %(message)s"))
    logger = logging.getLogger("kaufland_cli")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(handler)
