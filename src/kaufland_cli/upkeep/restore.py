"""Goes back to a copy of the store, and never brings back a buyer who asked to be erased since it was made."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from kaufland_cli.errors import StoreDamaged, StoreUnusable
from kaufland_cli.sales_orders.document import without_buyer
from kaufland_cli.store.backup import backup_folder, copy_store, dated_name, set_aside
from kaufland_cli.store.inspection import inspection
from kaufland_cli.store.store import Store

_COPIES: Final = "Another copy? They lie here: kaufland config path backups"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    store: Path
    kept_as: Path | None
    """The store of before; None where there was none."""
    erased_again: list[str]
    """Orders whose buyers were erased after the copy was made."""


def restore(copy: Path, store: Path, now: datetime) -> Restored:
    """Put a copy in the store's place; the caller holds the locks of imports and pushes.

    The store of before is kept beside the other copies, as it is where it is damaged. Raises a `StoreUnusable` where
    the copy is none of this program's, and then nothing has changed.
    """
    with inspection(copy) as found:
        if not found.version:
            raise StoreDamaged(f"{copy} is no store of this program; nothing was changed.", hint=_COPIES)
        if faults := found.damages(lambda: False):
            raise StoreDamaged(f"{copy} is damaged ({faults[0]}); nothing was changed.", hint=_COPIES)
    erased: list[str] = []
    kept_as: Path | None = None
    if store.exists():
        kept_as = backup_folder(store) / dated_name(store, now)
        try:
            with Store.open(store, now) as before:
                erased = before.erasure.requested()
            copy_store(store, kept_as)
        except StoreUnusable:
            kept_as = set_aside(store, now)
    copy_store(copy, store)
    with Store.open(store, now) as opened:
        again = [id_order for id_order in erased if opened.erasure.erased_at(id_order) is None]
        if again:
            opened.erasure.erase(again, "request", now, without_buyer)
            opened.erasure.rewrite()
    return Restored(store, kept_as, again)
