"""Keeps the memory in a small file beside the store, so that it works where the store does not.

The file is padded to one size: on a full disk it can still be written over in place.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from kaufland_cli.files import clear_unfinished, overwrite_in_place, read_file, write_private_file
from kaufland_cli.monitoring.memory import Failure, Letter, Memory, Told

NAME: Final = "told.json"
SCHEMA: Final = "kaufland.told/1"
SIZE: Final = 16_384
_LARGEST: Final = 1_000_000
LONGEST_LETTER: Final = 4_000
LONGEST_WHAT: Final = 500


def read_memory(folder: Path) -> Memory:
    """Return what is remembered; nothing where the file is absent, broken, foreign or of a newer program."""
    try:
        found = json.loads(read_file(folder / NAME, _LARGEST))
        return _memory(found) if found["schema"] == SCHEMA else Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return Memory()


def write_memory(folder: Path, memory: Memory) -> bool:
    """Write the file; say whether it will be remembered."""
    path, content = folder / NAME, _content(memory)
    clear_unfinished(path)
    with suppress(OSError):
        write_private_file(path, content)
        return True
    with suppress(OSError):
        overwrite_in_place(path, content)  # half of it, after a power cut, counts as none
        return True
    return False


def _content(memory: Memory) -> bytes:
    failure, letter = memory.failure, memory.unsent
    record = {
        "schema": SCHEMA,
        "host": memory.host,
        "attempted_at": _text(memory.attempted_at),
        "held_since": _text(memory.held_since),
        "ended_at": _text(memory.ended_at),
        "exit_code": memory.exit_code,
        "failure": None
        if failure is None
        else {
            "since": _text(failure.since),
            "last_at": _text(failure.last_at),
            "runs": failure.runs,
            "kind": failure.kind,
            "what": failure.what[:LONGEST_WHAT],
            "told": failure.told,
        },
        "told": {kind: {"at": _text(told.at), "times": told.times} for kind, told in memory.told.items()},
        "recoveries": memory.recoveries,
        "recovered_at": _text(memory.recovered_at),
        "news_up_to": memory.news_up_to,
        "news_told_at": _text(memory.news_told_at),
        "unsent": None if letter is None else {"subject": letter.subject, "text": letter.text[:LONGEST_LETTER]},
    }
    return json.dumps(record).encode().ljust(SIZE)


def _memory(found: Mapping[str, Any]) -> Memory:
    failure, letter = found["failure"], found["unsent"]
    return Memory(
        host=str(found["host"]),
        attempted_at=_moment(found["attempted_at"]),
        held_since=_moment(found["held_since"]),
        ended_at=_moment(found["ended_at"]),
        exit_code=None if found["exit_code"] is None else int(found["exit_code"]),
        failure=None
        if failure is None
        else Failure(
            since=_known_moment(failure["since"]),
            last_at=_known_moment(failure["last_at"]),
            runs=int(failure["runs"]),
            kind=str(failure["kind"]),
            what=str(failure["what"]),
            told=bool(failure["told"]),
        ),
        told={
            str(kind): Told(_known_moment(told["at"]), int(told["times"])) for kind, told in dict(found["told"]).items()
        },
        recoveries=int(found["recoveries"]),
        recovered_at=_moment(found["recovered_at"]),
        news_up_to=str(found["news_up_to"]),
        news_told_at=_moment(found["news_told_at"]),
        unsent=None if letter is None else Letter(str(letter["subject"]), str(letter["text"])),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _known_moment(text)


def _known_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)
