"""Turns whatever ends a command early into an error that this program knows."""

import traceback
from typing import TextIO

from kaufland_cli.errors import Interrupted, KauflandError, ProgramFault


def failure_of(error: BaseException) -> KauflandError:
    """Return the error to tell."""
    match error:
        case KauflandError():
            return error
        case KeyboardInterrupt():
            return Interrupted("Stopped.")
        case OSError():
            return unwritten(error)
    return ProgramFault(f"Something went wrong that this program did not expect ({type(error).__name__}).")


def unwritten(error: OSError) -> ProgramFault:
    """Return the error for what the core has no word for: mostly a disk on which a result finds no room."""
    return ProgramFault(
        f"Something could not be read or written: {error.strerror or type(error).__name__}.",
        hint="Is there room where the output goes? kaufland --debug … shows where it happened.",
    )


def show_trace(error: BaseException, stream: TextIO) -> None:
    """Show where an error came from: no values of variables, and no secret in what libraries and servers say."""
    from kaufland_cli.http.redaction import SECRETS

    stream.write(SECRETS.text("".join(traceback.format_exception(error))))
