"""Verifies that a scheduler runs the import: a request next to the store, and the answer of the run that finds it.

`schedule install` writes the request; the scheduled import answers it. So the test uses the same command and the same
environment as later runs. A job with other folders, other settings or no secret key does not answer, or says why
(docs/decisions/0015-test-run-of-a-schedule.md).
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from kaufland_cli.domain.hint import NO_HINT, Hint, read_hint
from kaufland_cli.files import clear_unfinished, read_written_file, remove_written_file, write_private_file

_QUESTION: Final = "schedule-verification.json"
_ANSWER: Final = "schedule-verification-answer.json"
_UNVERIFIED: Final = "schedule-not-verified"
_MAX_BYTES: Final = 64 * 1024
MAX_QUESTION: Final = timedelta(minutes=15)
"""An older request is ignored, because nobody is waiting for its answer."""


@dataclass(frozen=True, slots=True)
class VerificationAnswer:
    """The result of the test run."""

    exit_code: int
    message: str
    """What went wrong; empty if nothing did."""
    hint: Hint = NO_HINT


def ask(folder: Path, token: str, now: datetime) -> None:
    """Ask the next scheduled run to import even if it is not due, and to report the result."""
    withdraw(folder)
    write_private_file(folder / _QUESTION, json.dumps({"token": token, "asked_at": now.isoformat()}).encode())


def asked(folder: Path, now: datetime) -> str | None:
    """Return the token of the open request, or None."""
    clear_unfinished(folder / _ANSWER)  # left by a run that was killed while it answered
    found = _read(folder / _QUESTION)
    try:
        asked_at = datetime.fromisoformat(found["asked_at"])
        return str(found["token"]) if now - MAX_QUESTION <= asked_at <= now else None
    except (KeyError, TypeError, ValueError):
        return None


def begin(folder: Path, token: str) -> None:
    """Record that the requested run has begun. Raises OSError if nothing can be written."""
    write_private_file(folder / _ANSWER, json.dumps({"token": token}).encode())


def begun(folder: Path, token: str) -> bool:
    """Return whether the run for this request has begun."""
    return _read(folder / _ANSWER).get("token") == token


def answer(folder: Path, token: str, given: VerificationAnswer) -> None:
    """Answer the request and remove it, so that no other run answers. Raises OSError if nothing can be written."""
    remove_written_file(folder / _QUESTION)
    content = {"token": token, "exit_code": given.exit_code, "message": given.message, "hint": given.hint.record()}
    write_private_file(folder / _ANSWER, json.dumps(content).encode())


def answered(folder: Path, token: str) -> VerificationAnswer | None:
    """Return the answer to this request; None as long as there is none."""
    found = _read(folder / _ANSWER)
    try:
        if found["token"] != token:
            return None
        return VerificationAnswer(int(found["exit_code"]), str(found["message"]), read_hint(found["hint"]))
    except (KeyError, TypeError, ValueError):
        return None


def withdraw_answer(folder: Path, speaks: Callable[[str], bool]) -> None:
    """Remove an answer that names a person whose data is being erased; `speaks` finds them. Raises OSError."""
    found = _read(folder / _ANSWER)
    if not found or any(speaks(str(text)) for text in found.values()):  # an unreadable one may name anybody
        remove_written_file(folder / _ANSWER)


def withdraw(folder: Path) -> None:
    """Remove request and answer."""
    for name in (_QUESTION, _ANSWER):
        remove_written_file(folder / name)


def note_unverified(folder: Path) -> None:
    """Record that no run has come yet of the entry that was just installed. Raises OSError."""
    write_private_file(folder / _UNVERIFIED, b"No scheduled run has come since the schedule was installed.\n")


def note_run(folder: Path) -> None:
    """Record that a scheduled run came; if that cannot be written, the schedule stays not verified."""
    with suppress(OSError):
        remove_written_file(folder / _UNVERIFIED)


def is_unverified(folder: Path) -> bool:
    """Return whether no run has come since the entry was installed."""
    return (folder / _UNVERIFIED).exists()


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_written_file(path, _MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
