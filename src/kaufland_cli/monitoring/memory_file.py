"""Keeps the memory in `alert-state.json` next to the store, so that it works when the store does not.

The file is padded to a fixed size, so it can be overwritten in place on a full disk. See docs/decisions/0016.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from kaufland_cli.domain.hint import command
from kaufland_cli.errors import reason_of
from kaufland_cli.files import (
    clear_unfinished,
    folder_lock,
    overwrite_in_place,
    read_file,
    read_written_file,
    unfinished,
    write_private_file,
)
from kaufland_cli.monitoring.memory import ChannelFailure, Failure, Memory, Notification, Notified

NAME: Final = "alert-state.json"
FORMER_NAME: Final = "told.json"
"""The file of earlier versions; the next write replaces it."""
SCHEMA: Final = "kaufland.alert-state/1"
FORMER_SCHEMA: Final = "kaufland.told/1"
_FORMER_WORDS: Final = {"told": "notified", "news_told_at": "news_notified_at"}
SIZE: Final = 16_384
_MAX_BYTES: Final = 1_000_000
MAX_NOTIFICATION: Final = 4_000
MAX_WHAT: Final = 500
FORGOTTEN: Final = "(This mentioned a buyer who has since been erased.)"
_FAR: Final = timedelta(days=366)


def read_memory(folder: Path) -> Memory:
    """Return the memory; an empty one that says why (`lost`) if the file cannot be read."""
    path = folder / NAME
    try:
        return _understood(_current_or_former(folder))
    except FileNotFoundError:
        return Memory()
    except OSError as error:
        return Memory(lost=f"{path} cannot be read ({reason_of(error)})")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return Memory(lost=f"{path} is damaged, or was written by another version")


def write_memory(folder: Path, memory: Memory) -> str:
    """Write the file; return why that failed, or an empty text."""
    path, content = folder / NAME, _content(memory)
    try:
        write_private_file(path, content)
    except OSError as error:
        with suppress(OSError):
            overwrite_in_place(path, content)  # half a file, after a power failure, counts as none
            return ""
        return f"{path} cannot be written ({reason_of(error)})"
    with suppress(OSError):
        (folder / FORMER_NAME).unlink(missing_ok=True)
    return ""


def change_memory(folder: Path, change: Callable[[Memory], Memory]) -> tuple[Memory, str]:
    """Change the memory under a lock; return it, and why it could not be written, or an empty text."""
    with ExitStack() as stack:
        with suppress(OSError):  # if the folder cannot be created or locked, writing reports why
            stack.enter_context(folder_lock(folder))
        memory = change(read_memory(folder))
        return memory, write_memory(folder, memory)


def forget_texts(folder: Path, speaks: Callable[[str], bool], chosen: Sequence[str] = ()) -> str:
    """Erase the texts for which `speaks` is true; return why that failed, or an empty text.

    That a run failed, and that a notification is still unsent, stays known; its text names the command that shows how
    imports are doing, with the options that choose the settings (`chosen`).
    """

    def forget(memory: Memory) -> Memory:
        failure, notification = memory.failure, memory.unsent
        if failure is not None and speaks(failure.what):
            failure = replace(failure, what=FORGOTTEN)
        if notification is not None and (speaks(notification.subject) or speaks(notification.text)):
            notification = Notification(
                "kaufland: status of imports", f"{FORGOTTEN}\nCurrent state: {command('status').typed(chosen)}"
            )
        return replace(memory, failure=failure, unsent=notification)

    if problem := _remove_unread_files(folder):
        return problem
    memory = read_memory(folder)
    if forget(memory) == memory and not memory.lost:
        return ""
    return change_memory(folder, forget)[1] or _remove_unread_files(folder)


def _remove_unread_files(folder: Path) -> str:
    """Delete what killed processes left, and the file of earlier versions; return a sentence on what remains."""
    present, former = folder / NAME, folder / FORMER_NAME
    for path in (present, former):
        clear_unfinished(path)
    with suppress(OSError):
        if present.exists():
            former.unlink(missing_ok=True)
    left = [*unfinished(present), *unfinished(former), *([former] if present.exists() and former.exists() else [])]
    return f"{left[0]} cannot be removed, or is being written just now" if left else ""


def _current_or_former(folder: Path) -> bytes:
    try:
        return read_written_file(folder / NAME, _MAX_BYTES)
    except FileNotFoundError:
        return read_file(folder / FORMER_NAME, _MAX_BYTES)


def _understood(content: bytes) -> Memory:
    found = json.loads(content)
    if found["schema"] == FORMER_SCHEMA:
        found = {**_with_current_names(found), "schema": SCHEMA}
    if found["schema"] != SCHEMA:
        raise ValueError(found["schema"])
    json.dumps(found, ensure_ascii=False).encode()  # no channel can send half a character
    return _memory(found)


def _with_current_names(found: Any) -> Any:
    """Return the content of an earlier version with the current field names."""
    if not isinstance(found, dict):
        return found
    return {_FORMER_WORDS.get(name, name): _with_current_names(inner) for name, inner in found.items()}


def _content(memory: Memory) -> bytes:
    failure, notification = memory.failure, memory.unsent
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
            "what": failure.what[:MAX_WHAT],
            "notified": failure.notified,
        },
        "notified": {kind: {"at": _text(one.at), "times": one.times} for kind, one in memory.notified.items()},
        "recoveries": memory.recoveries,
        "recovered_at": _text(memory.recovered_at),
        "news_up_to": memory.news_up_to,
        "news_notified_at": _text(memory.news_notified_at),
        "lost": memory.lost[:MAX_WHAT],
        "channel_failures": {
            name: {"at": _text(one.at), "what": one.what[:MAX_WHAT]} for name, one in memory.channel_failures.items()
        },
        "unsent": None
        if notification is None
        else {"subject": notification.subject, "text": notification.text[:MAX_NOTIFICATION]},
    }
    return json.dumps(record).encode().ljust(SIZE)


def _memory(found: Mapping[str, Any]) -> Memory:
    failure, notification = found["failure"], found["unsent"]
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
            notified=bool(failure["notified"]),
        ),
        notified={
            str(kind): Notified(_known_moment(one["at"]), int(one["times"]))
            for kind, one in dict(found["notified"]).items()
        },
        recoveries=int(found["recoveries"]),
        recovered_at=_moment(found["recovered_at"]),
        news_up_to=str(found["news_up_to"]),
        news_notified_at=_moment(found["news_notified_at"]),
        lost=str(found.get("lost", "")),
        channel_failures={
            str(name): ChannelFailure(_known_moment(one["at"]), str(one["what"]))
            for name, one in dict(found.get("channel_failures", {})).items()
        },
        unsent=None if notification is None else Notification(str(notification["subject"]), str(notification["text"])),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _known_moment(text)


def _known_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    _ = moment - _FAR, moment + _FAR  # so that any zone can show it, and any pause be counted from it
    return moment.astimezone(UTC)
