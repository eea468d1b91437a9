"""Verifies that a scheduler runs the import: a question next to the store, and the answer of the run that finds it.

The test run is a scheduled run, so it verifies the very command in the very environment of later ones. A job that finds
other folders, other settings or no secret key gives no answer, or says why.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from kaufland_cli.files import clear_unfinished, read_written_file, remove_written_file, write_private_file

_QUESTION: Final = "schedule-verification.json"
_ANSWER: Final = "schedule-verification-answer.json"
_LARGEST: Final = 64 * 1024
MAX_QUESTION: Final = timedelta(minutes=15)
"""A question that is older was left behind by somebody who no longer waits."""


@dataclass(frozen=True, slots=True)
class VerificationAnswer:
    """What the run came to."""

    exit_code: int
    message: str
    """What went wrong; empty where nothing did."""
    hint: str


def ask(folder: Path, token: str, now: datetime) -> None:
    """Ask the next scheduled run to import at once, whenever it would be due, and to say what came of it."""
    withdraw(folder)
    write_private_file(folder / _QUESTION, json.dumps({"token": token, "asked_at": now.isoformat()}).encode())


def asked(folder: Path, now: datetime) -> str | None:
    """Return the token of the question that waits for an answer, or None."""
    clear_unfinished(folder / _ANSWER)  # of a run that was killed when it answered somebody who no longer waits
    found = _read(folder / _QUESTION)
    try:
        asked_at = datetime.fromisoformat(found["asked_at"])
        return str(found["token"]) if now - MAX_QUESTION <= asked_at <= now else None
    except (KeyError, TypeError, ValueError):
        return None


def begin(folder: Path, token: str) -> None:
    """Say that the run which the question asks for has begun. Raises OSError where nothing can be written."""
    write_private_file(folder / _ANSWER, json.dumps({"token": token}).encode())


def begun(folder: Path, token: str) -> bool:
    """Tell whether a run has begun that will answer this very question."""
    return _read(folder / _ANSWER).get("token") == token


def answer(folder: Path, token: str, given: VerificationAnswer) -> None:
    """Answer the question, so that no other run does. Raises OSError where nothing can be written."""
    remove_written_file(folder / _QUESTION)
    content = {"token": token, "exit_code": given.exit_code, "message": given.message, "hint": given.hint}
    write_private_file(folder / _ANSWER, json.dumps(content).encode())


def answered(folder: Path, token: str) -> VerificationAnswer | None:
    """Return the answer to this very question, or None while there is none."""
    found = _read(folder / _ANSWER)
    try:
        if found["token"] != token:
            return None
        return VerificationAnswer(int(found["exit_code"]), str(found["message"]), str(found["hint"]))
    except (KeyError, TypeError, ValueError):
        return None


def withdraw_answer(folder: Path, speaks: Callable[[str], bool]) -> None:
    """Take an answer away that speaks of somebody who is to be forgotten. Raises OSError."""
    found = _read(folder / _ANSWER)
    if not found or any(speaks(str(text)) for text in found.values()):  # what cannot be read may speak of anybody
        remove_written_file(folder / _ANSWER)


def withdraw(folder: Path) -> None:
    """Take question and answer away."""
    for name in (_QUESTION, _ANSWER):
        remove_written_file(folder / name)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_written_file(path, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
