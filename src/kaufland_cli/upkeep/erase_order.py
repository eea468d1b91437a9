"""Erases the data of one order's buyer everywhere on this machine, at that buyer's request.

The store, its notes, the API log and written sales orders; copies of the store are only listed. See
docs/decisions/0017.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.sales_order import without_buyer
from kaufland_cli.errors import KauflandError, TargetDoubtful, command
from kaufland_cli.store.backup import sweep_unfinished
from kaufland_cli.store.mentions import Mentions
from kaufland_cli.store.places import all_copies_beside
from kaufland_cli.store.record import note_erased
from kaufland_cli.store.sqlite_errors import understandable_errors
from kaufland_cli.store.store import Store


@dataclass(slots=True)
class Erased:
    """What came of it."""

    id_order: str
    at: str
    """When the data was erased first, UTC."""
    before: bool
    """Whether it had been erased already, so that only what came to light since was left to do."""
    log_entries: int
    """Entries of the API log that lost their bodies."""
    files: list[Path]
    """The written sales orders out of which the buyer was taken."""
    backups: list[Path]
    """Copies of the store that may still hold the data."""
    other_orders: list[str]
    """Orders of the same buyer, whose data is still there."""
    elsewhere: str
    """The sales order's number in another system, whose copy stays; empty where there is none."""
    problems: list[KauflandError] = field(default_factory=list)
    """What is left to do."""


def erase_order(
    store: Store,
    id_order: str,
    now: datetime,
    erase_files: Callable[[str], list[Path]],
    erase_notes: Callable[[Mentions], None] = lambda _: None,
) -> Erased:
    """Erase it; the caller holds the locks of imports and pushes. `erase_notes` does so in notes beside the store.

    Raises a `StoreUnusable` where the data is still there, and `TargetDoubtful` where it is still needed to find out
    whether a sales order was created; what is left to do otherwise stands in the result.
    """
    before = store.erasure.erased_at(id_order)
    others = store.erasure.of_the_same_buyer(id_order)
    row = store.sales_orders.row(id_order)
    if row is not None and row.state == "sending":
        raise TargetDoubtful(
            f"It is unclear whether a sales order was created for order {id_order}; finding out requires the data "
            "that was sent.",
            hint=f"{command('sales-orders', 'push', id_order)}, then: {command('orders', 'erase', id_order)}",
        )
    path = store.database.path
    if path is not None:
        note_erased(path, [id_order])  # first: whatever happens to the store, this buyer does not come back
    mentions = store.erasure.mentions([id_order])
    entries = store.erasure.erase_from_records(mentions)
    store.erasure.erase([id_order], "request", now, without_buyer)
    problems: list[KauflandError] = []
    try:
        erase_notes(mentions)
    except KauflandError as error:
        problems.append(error)
    files: list[Path] = []
    try:
        files = erase_files(id_order)
    except KauflandError as error:
        problems.append(error)
    try:
        store.erasure.rewrite()
    except KauflandError as error:
        problems.append(error)
    backups: list[Path] = []
    if path is not None:
        with understandable_errors(path):
            sweep_unfinished(path)
            backups = all_copies_beside(path)
    return Erased(
        id_order=id_order,
        at=before[0] if before else as_text(now),
        before=before is not None,
        log_entries=entries,
        files=files,
        backups=backups,
        other_orders=others,
        elsewhere=row.number if row and row.number and not files else "",
        problems=problems,
    )
