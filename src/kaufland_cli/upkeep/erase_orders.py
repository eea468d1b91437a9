"""Erases a buyer's data everywhere on this machine, at the buyer's request. See docs/decisions/0017.

That is the store, the files next to it, the API log and sales order files; copies of the store are only listed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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

    id_orders: Sequence[str]
    at: str
    """When the data was first erased, UTC."""
    before: bool
    """Whether it had been erased from all of these orders before, so that only later data was left."""
    log_entries: int
    """How many entries of the API log lost their bodies."""
    files: list[Path]
    """Sales order files from which the buyer was removed."""
    backups: list[Path]
    """Copies of the store that may still hold the data."""
    other_orders: list[str]
    """Other orders of the same buyer, whose data is still stored."""
    elsewhere: list[str]
    """Numbers of the sales orders in another system, which keeps its own copy."""
    problems: list[KauflandError] = field(default_factory=list)
    """What could not be erased."""


def erase_orders(
    store: Store,
    id_orders: Sequence[str],
    now: datetime,
    erase_files: Callable[[str], list[Path]],
    erase_notes: Callable[[Mentions], None] = lambda _: None,
) -> Erased:
    """Erase the buyer from these orders; the caller holds the locks of imports and pushes.

    `erase_files` erases the sales order files of an order and returns their paths; `erase_notes` erases files next to
    the store. Raises a `StoreUnusable` if the data is still stored, and `TargetDoubtful`, with nothing erased, if that
    of one order is still needed to find out whether a sales order was created. Other failures are listed in the result.
    """
    before = [store.erasure.erased_at(one) for one in id_orders]
    others = {other for one in id_orders for other in store.buyers.orders_of_same_buyer(one)} - {*id_orders}
    rows = {one: store.sales_orders.row(one) for one in id_orders}
    for id_order, row in rows.items():
        if row is not None and row.state == "sending":
            raise TargetDoubtful(
                f"It is unclear whether a sales order was created for order {id_order}; finding out requires the data "
                "that was sent.",
                hint=Hint(command("sales-orders", "push", id_order), ", then: ", command("orders", "erase", id_order)),
            )
    path = store.database.path
    if path is not None:
        note_erased(path, id_orders)  # first, so that this buyer never comes back, whatever happens to the store
    mentions = store.erasure.mentions(id_orders)
    entries = store.erasure.erase_from_records(mentions)
    store.erasure.erase(id_orders, "request", now, without_buyer)
    problems: list[KauflandError] = []
    with _noted(problems):
        erase_notes(mentions)
    files: dict[str, list[Path]] = {}
    for id_order in id_orders:
        with _noted(problems):
            files[id_order] = erase_files(id_order)
    with _noted(problems):
        store.erasure.rewrite()
    backups: list[Path] = []
    if path is not None:
        with understandable_errors(path):
            sweep_unfinished(path)
            backups = all_copies_of(path)
    return Erased(
        id_orders=id_orders,
        at=min((found[0] for found in before if found), default=as_text(now)),
        before=all(before),
        log_entries=entries,
        files=[file for found in files.values() for file in found],
        backups=backups,
        other_orders=sorted(others),
        elsewhere=[row.number for one, row in rows.items() if row and row.number and not files.get(one)],
        problems=problems,
    )


@contextmanager
def _noted(problems: list[KauflandError]) -> Iterator[None]:
    try:
        yield
    except KauflandError as error:
        problems.append(error)
