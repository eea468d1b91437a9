"""Restores a copy of the store, or starts with an empty one, and never brings back a buyer who asked for erasure.

The new store is prepared completely next to the current one, erasures included, and then replaces it in one step: a
kill leaves either the old store or the new one. See docs/decisions/0011 and 0017.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.sales_order import without_buyer
from kaufland_cli.errors import StoreDamaged, StoreNewer, StoreUnusable
from kaufland_cli.files import create_private_file
from kaufland_cli.store.backup import (
    Copied,
    copying,
    put_in_place,
    remove_unfinished,
    set_aside,
    sweep_unfinished,
    unfinished_copy,
)
from kaufland_cli.store.inspection import StoreContents, inspection
from kaufland_cli.store.places import backup_folder, dated_copy, unfinished_file
from kaufland_cli.store.recognition import require_not_foreign
from kaufland_cli.store.record import StoreRecord, read_record, write_record
from kaufland_cli.store.sqlite_errors import understandable_errors
from kaufland_cli.store.store import Store

_COPIES: Final = Hint("To choose another copy, see: ", command("config", "path", "backups"))


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore."""

    store: Path
    kept_as: Path | None
    """Where the previous store is kept; None if there was none."""
    erased_again: list[str]
    """Orders whose buyers were erased after the copy was made, and now again."""


def restore(copy: Path | None, store: Path, now: datetime, copied: Copied | None = None) -> Restored:
    """Replace the store by a copy, or by an empty store; the caller holds the locks of imports and pushes.

    The previous store is kept in the backups folder, unchanged if it is damaged. Raises a `StoreUnusable`, with nothing
    changed, if the copy is damaged or not a store of this program, or if no copy is given and another program's file is
    in the place of the store.
    """
    if copy is None:
        require_not_foreign(store)
    else:
        examine_copy(copy)
    sweep_unfinished(store)
    erased = _erased_so_far(store)
    with copying(store), _new_store(copy, store, now, copied) as unfinished:
        with Store.open_aside(unfinished, now) as opened:
            opened.actions.after_restore()
            again = [id_order for id_order in erased if opened.erasure.erased_at(id_order) is None]
            if again:
                opened.erasure.erase(again, "request", now, without_buyer)
                opened.erasure.rewrite()
            store_id = opened.sync.store_id()
        kept_as = _keep(store, now, copied)
        put_in_place(unfinished, store)
        with understandable_errors(store):
            write_record(store, StoreRecord(exists=True, store_id=store_id, erased=tuple(erased)))
    return Restored(store, kept_as, again if copy is not None else [])


def examine_copy(copy: Path) -> StoreContents:
    """Return what a copy holds. Raises `StoreUnusable` if it is damaged or not a store of this program."""
    try:
        with inspection(copy) as found:
            if not found.version:
                raise StoreDamaged(f"{copy} is not a store of this program; nothing was changed.")
            if faults := found.faults():
                raise StoreDamaged(f"{copy} is damaged ({faults[0]}); nothing was changed.")
            return found.contents()
    except StoreUnusable as error:
        error.hint = _COPIES if not isinstance(error, StoreNewer) else error.default_hint
        raise


def _erased_so_far(store: Path) -> list[str]:
    """Return the orders whose buyers asked for erasure, from the record and, if it can be read, the store."""
    record = read_record(store)
    found = set(() if record is None else record.erased)
    with suppress(StoreUnusable):
        if store.exists():
            with inspection(store) as before:
                found |= set(before.erased_on_request())
    return sorted(found)


@contextmanager
def _new_store(copy: Path | None, store: Path, now: datetime, copied: Copied | None) -> Iterator[Path]:
    """Yield the path of the prepared new store; what is left of it afterwards is deleted."""
    if copy is not None:
        with unfinished_copy(copy, store, copied=copied) as unfinished:
            yield unfinished
        return
    unfinished = unfinished_file(store)
    with understandable_errors(unfinished):
        create_private_file(unfinished)
    try:
        Store.open_aside(unfinished, now).database.close()
        yield unfinished
    finally:
        remove_unfinished(unfinished)


def _keep(store: Path, now: datetime, copied: Copied | None) -> Path | None:
    """Keep the previous store in the backups folder: as a copy if it is sound, otherwise as it is."""
    kept_as = dated_copy(backup_folder(store), store, now)
    if not (store.exists() and store.stat().st_size):
        return set_aside(store, now)
    try:
        with inspection(store) as found:  # a store at all, not a file of another program
            is_store = bool(found.version)
        if not is_store:
            return set_aside(store, now)
        with unfinished_copy(store, kept_as, copied=copied) as unfinished:
            put_in_place(unfinished, kept_as)
    except StoreUnusable:
        return set_aside(store, now)
    return kept_as
