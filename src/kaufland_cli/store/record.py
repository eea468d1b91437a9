"""A small file next to the store that records what the store itself cannot.

It says which store belongs there, when it was last checked, what was found, and which buyers asked to be erased (see
docs/decisions/0017). Without it, a store that was emptied, deleted or swapped would pass for a new one.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import StoreDamaged, StoreGone
from kaufland_cli.files import read_written_file, write_private_file
from kaufland_cli.store.places import backups_of, sqlite_files_of

SCHEMA: Final = "kaufland.store_record/1"
MAX_RECORD: Final = 4 * 1024 * 1024
_ALERT_STATES: Final = ("told.json", "alert-state.json")


@dataclass(frozen=True, slots=True)
class StoreRecord:
    """What the file records of one store; times are UTC text."""

    exists: bool = False
    """Whether its creation was completed; before that there is nothing to lose."""
    store_id: str | None = None
    """The identity of the store; None if not known yet."""
    checked_at: str | None = None
    """When the last full check ended, whether it took one session or several."""
    last_session_at: str | None = None
    """When the last check session ended, whether or not it reached the end of the store."""
    check_seconds: float = 0.0
    """How long that session took."""
    next_step: str = ""
    """The step where the next session continues; empty for the first."""
    is_partial: bool = False
    """Whether a step was skipped because it alone takes too long; the check is then not a full one."""
    damage: str = ""
    """The damage found; empty if none."""
    erased: tuple[str, ...] = ()
    """The orders whose buyers asked to be erased."""


def record_file(store: Path) -> Path:
    """Return the path of the record."""
    return store.with_name(f"{store.name}.record.json")


def read_record(store: Path) -> StoreRecord | None:
    """Return the record; None if there is no file. An unreadable file still proves that there was a store."""
    path = record_file(store)
    try:
        found = json.loads(read_written_file(path, MAX_RECORD))
        if found["schema"] != SCHEMA:
            return StoreRecord(exists=True)
        last_session = found.get("last_session_at", found.get("looked_at"))  # its name in earlier versions
        return StoreRecord(
            exists=bool(found["exists"]),
            store_id=None if found["store_id"] is None else str(found["store_id"]),
            checked_at=None if found["checked_at"] is None else str(found["checked_at"]),
            last_session_at=None if last_session is None else str(last_session),
            check_seconds=float(found["check_seconds"]),
            next_step=str(found.get("next_step", "")),
            is_partial=bool(found.get("is_partial", False)),
            damage=str(found["damage"]),
            erased=tuple(str(one) for one in found["erased"]),
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return StoreRecord(exists=True)


def write_record(store: Path, record: StoreRecord) -> None:
    """Write the record. Raises OSError."""
    write_private_file(record_file(store), json.dumps({"schema": SCHEMA, **asdict(record)}).encode())


def change_record(store: Path, change: Callable[[StoreRecord], StoreRecord]) -> None:
    """Change the record of a store, if it has one; a record that cannot be written stays as it is."""
    before = read_record(store)
    if before is None:
        return
    after = change(before)
    if after != before:
        with suppress(OSError):
            write_record(store, after)


def note_damage(store: Path, what: str) -> None:
    """Record that the store is damaged, so that nothing is written to it from now on."""
    change_record(store, lambda record: replace(record, damage=record.damage or what))


def note_erased(store: Path, id_orders: Iterable[str]) -> None:
    """Record the orders whose buyers asked to be erased, in case the store is lost."""
    change_record(store, lambda record: replace(record, erased=tuple(sorted({*record.erased, *id_orders}))))


def require_store_exists(store: Path, record: StoreRecord | None, *, holds_nothing: bool) -> None:
    """Raise `StoreGone` if there was a store and its file is now empty (`holds_nothing`) or missing."""
    if record is not None and not record.exists:
        return  # its first creation was interrupted
    traces = [*sqlite_files_of(store), *backups_of(store)]
    if holds_nothing:  # locks and alert state are created before the first store: without a file they prove nothing
        names = (f"{store.name}.lock", f"{store.name}.sales-orders.lock", *_ALERT_STATES)
        traces += [one for name in names if (one := store.with_name(name)).exists()]
    if record is not None or traces:
        raise StoreGone(
            f"{store} {'is empty' if holds_nothing else 'is gone'}, although there was a store. Going on would forget "
            "its sales orders and bring back erased buyers.",
            hint=way_out(store),
        )


def require_same_store(store: Path, record: StoreRecord, store_id: str | None) -> None:
    """Raise `StoreGone` if this is not the recorded store."""
    if record.store_id is not None and store_id != record.store_id:
        raise StoreGone(
            f"{store} is not the store that was in use here.",
            hint=Hint("To use it anyway: ", command("restore", str(store)), "; ", way_out(store)),
        )


def require_undamaged(store: Path, record: StoreRecord | None) -> None:
    """Raise `StoreDamaged` if the store was found damaged and has not been replaced since."""
    if record is not None and record.damage:
        raise damaged(store, record.damage)


def known_damage(store: Path) -> StoreDamaged | None:
    """Return the error for a store with recorded damage; None if no damage is known."""
    record = read_record(store)
    return None if record is None or not record.damage else damaged(store, record.damage)


def damaged(store: Path, what: str) -> StoreDamaged:
    """Return the error for a damaged store; `what` is the damage."""
    return StoreDamaged(
        f"{store} was found damaged ({what}). Nothing is written to it until it is replaced.", hint=way_out(store)
    )


def way_out(store: Path) -> Hint:
    """Return how to go on without this store: from the newest copy, or with an empty store that imports fill again."""
    fresh = Hint(command("restore", "--fresh"), ", then: ", command("import-orders", "--since", "30d"))
    copies: list[Path] = []
    with suppress(OSError):
        copies = backups_of(store)
    if not copies and read_record(store) is None and _holds_something(store):  # perhaps no store ever was there
        return Hint(
            "If it is another program's file, set KAUFLAND_DATA_DIR to another folder, then: ",
            command("import-orders"),
            ". If it was your store and you have a copy: ",
            command("restore", "FILE"),
        )
    if not copies:
        return Hint("With a copy of it: ", command("restore", "FILE"), "; without one, start afresh: ", fresh)
    return Hint("To go back to the newest copy: ", command("restore", str(copies[0])), "; to start afresh: ", fresh)


def _holds_something(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
