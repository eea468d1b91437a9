"""Erases the data of one order's buyer everywhere on this machine, at the buyer's request. See docs/decisions/0017.

That is the store, the files next to it, the API log and sales order files; copies of the store are only listed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.sales_order import without_buyer
from kaufland_cli.errors import KauflandError, TargetDoubtful
from kaufland_cli.store.backup import sweep_unfinished
from kaufland_cli.store.mentions import Mentions
from kaufland_cli.store.places import all_copies_of
from kaufland_cli.store.record import note_erased
from kaufland_cli.store.sqlite_errors import understandable_errors
from kaufland_cli.store.store import Store


@dataclass(slots=True)
class Erased:
    """The result of an erasure."""

    id_order: str
    at: str
    """When the data was first erased, UTC."""
    before: bool
    """Whether it had been erased before, so that only later data was left."""
    log_entries: int
    """How many entries of the API log lost their bodies."""
    files: list[Path]
    """Sales order files from which the buyer was removed."""
    backups: list[Path]
    """Copies of the store that may still hold the data."""
    other_orders: list[str]
    """Other orders of the same buyer, whose data is still stored."""
    elsewhere: str
    """Number of the sales order in another system, which keeps its own copy; empty if there is none."""
    problems: list[KauflandError] = field(default_factory=list)
    """What could not be erased."""


def erase_order(
    store: Store,
    id_order: str,
    now: datetime,
    erase_files: Callable[[str], list[Path]],
    erase_notes: Callable[[Mentions], None] = lambda _: None,
) -> Erased:
    """Erase the buyer of one order; the caller holds the locks of imports and pushes.

    `erase_files` erases sales order files and returns their paths; `erase_notes` erases files next to the store.
    Raises a `StoreUnusable` if the data is still stored, and `TargetDoubtful` if it is still needed to find out whether
    a sales order was created. Other failures are listed in the result.
    """
    before = store.erasure.erased_at(id_order)
    others = store.erasure.orders_of_same_buyer(id_order)
    row = store.sales_orders.row(id_order)
    if row is not None and row.state == "sending":
        raise TargetDoubtful(
            f"It is unclear whether a sales order was created for order {id_order}; finding out requires the data "
            "that was sent.",
            hint=Hint(command("sales-orders", "push", id_order), ", then: ", command("orders", "erase", id_order)),
        )
    path = store.database.path
    if path is not None:
        note_erased(path, [id_order])  # first, so that this buyer never comes back, whatever happens to the store
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
            backups = all_copies_of(path)
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
