"""What the tests of the store share: units as the API gives them, and a store to keep them in."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.output.records.orders import order_record
from kaufland_cli.seller_api.parsers import read_order_unit
from kaufland_cli.simulator import make_order
from kaufland_cli.store.page_writer import StoredPage
from kaufland_cli.store.store import Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CREATED = "2026-11-18T08:00:00Z"


def raw_unit(id_order_unit: int | str = 1, id_order: str = "M1", **fields: Any) -> dict[str, Any]:
    """Return one complete unit as the API gives it, changed as said."""
    given = {"ts_created_iso": CREATED, "ts_updated_iso": CREATED, "revenue_gross": 2609, "revenue_net": 2192}
    unit = make_order(id_order, [given | fields | {"id_order_unit": id_order_unit}]).arrived(NOW).units[0]
    return dict(unit)


def order_unit(id_order_unit: int | str = 1, id_order: str = "M1", **fields: Any) -> OrderUnit | UnreadableUnit:
    """Return one unit as the reader gives it."""
    return read_order_unit(raw_unit(id_order_unit, id_order, **fields))


def keep(
    store: Store,
    *units: OrderUnit | UnreadableUnit,
    request_seq: int = 1,
    run_id: int = 1,
    at: datetime = NOW,
    whole_order: str | None = None,
) -> StoredPage:
    """Store units as one answer, which may claim to be the whole of an order."""
    with store.database.transaction():
        return store.orders.store_units(units, request_seq=request_seq, run_id=run_id, at=at, whole_order=whole_order)


def card(store: Store, id_order: str = "M1") -> dict[str, Any]:
    """Return the card of an order that must be there."""
    found = store.queries.order(id_order)
    assert found is not None
    return order_record(found)


def column(store: Store, sql: str, values: Iterable[Any] = ()) -> list[Any]:
    """Return the first column of a query."""
    return [row[0] for row in store.database.rows(sql, tuple(values))]


def new_store(folder: Path) -> Store:
    """Open a store in a folder of its own."""
    return Store.open(folder / "data" / "store.sqlite3", NOW)


def content(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, those of the search index included."""
    tables = column(
        store,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND sql NOT LIKE 'CREATE VIRTUAL %'",
    )
    return {table: [tuple(row) for row in store.database.rows(f'SELECT * FROM "{table}"')] for table in tables}  # noqa: S608 - our own tables
