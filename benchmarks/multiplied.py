"""Makes a store of a million units in a minute: earlier copies of what a real import stored, with other buyers.

The newest copy is what the import left, so the next import finds nothing new.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from kaufland_cli.domain.order_snapshot import OrderSnapshot, UnitSnapshot
from kaufland_cli.domain.statuses import NEED_TO_BE_SENT, OPEN
from kaufland_cli.store.connection import Database
from kaufland_cli.store.database import open_database
from kaufland_cli.store.search_index import prepare_search_index

DAYS_APART = 14
"""How much earlier the orders of each copy were placed."""
UNITS_APART = 10**9
HELD = 997
"""One sales order of so many is held; all others were created."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_ADDRESS = (
    "first_name, last_name, company_name, street, house_number, postcode, additional_field, city, phone, country, more"
)
_OTHER_ADDRESS = _ADDRESS.replace("last_name", "last_name || :code AS last_name")
_CHANGED = {
    "order_no": "order_no - :orders",
    "id_order": "id_order || :code",
    "id_order_unit": "id_order_unit + :units",
    "status": f"iif(status IN ('{OPEN}', '{NEED_TO_BE_SENT}'), 'sent', status)",
    "id_buyer": "id_buyer + :units",
    "buyer_email": "replace(buyer_email, '@', :code || '@')",
    "buyer_name": "buyer_name || :code",
    **{
        name: f"{name} + :addresses"
        for name in ("address_no", "billing_address_no", "shipping_address_no", "pickup_known_for")
    },
    **{
        name: f"strftime('%Y-%m-%dT%H:%M:%SZ', {name}, :earlier)"
        for name in ("created_at", "updated_at", "imported_at", "details_read_at")
    },
}
"""The columns in which a copy differs, and how."""
_EARLIER_UNITS = {name: f"{name} - :seconds" for name in ("created_at", "updated_at")}


def multiply(path: Path, copies: int) -> None:
    """Add earlier copies of all orders to a store, until there are `copies` times as many.

    All of them but the newest copy have sales orders.
    """
    with open_database(path, datetime.now(UTC)) as database:
        for index in ("order_search", "product_search"):
            database.execute(f"DROP TABLE IF EXISTS {index}")
        with database.without_foreign_keys(), database.transaction():
            orders, addresses = _of_one_copy(database)
            _make_room(database, orders * (copies - 1))
            for copy in range(1, copies):
                _add_copy(database, copy, orders, addresses)
            database.execute(
                "UPDATE row_counts SET orders = (SELECT count(*) FROM orders),"
                " units = (SELECT count(*) FROM order_units)"
            )
            _add_sales_orders(database)
        prepare_search_index(database)
        database.row("PRAGMA wal_checkpoint(TRUNCATE)")


def _of_one_copy(database: Database) -> tuple[int, int]:
    """Return the number of orders and the highest number of an address, and remember the orders."""
    database.execute("CREATE TEMP TABLE newest AS SELECT id_order FROM orders")
    sql = "SELECT (SELECT count(*) FROM orders), (SELECT max(address_no) FROM addresses)"
    return database.tuples(sql)[0]


def _make_room(database: Database, more: int) -> None:
    """Give the orders the highest numbers, as the newest ones have."""
    for table in ("orders", "search_waiting"):
        database.execute(f"UPDATE {table} SET order_no = -order_no")  # noqa: S608 - our own names
        database.execute(f"UPDATE {table} SET order_no = ? - order_no", (more,))  # noqa: S608 - our own names
    database.execute("UPDATE runs SET last_order_no = last_order_no + ?", (more,))
    database.execute("UPDATE sync_state SET decided_up_to = decided_up_to + ?", (more,))


def _add_copy(database: Database, copy: int, orders: int, addresses: int) -> None:
    values = {
        "code": _LETTERS[copy // len(_LETTERS)] + _LETTERS[copy % len(_LETTERS)],
        "earlier": f"-{copy * DAYS_APART} days",
        "seconds": copy * DAYS_APART * 86_400,
        "orders": copy * orders,
        "units": copy * UNITS_APART,
        "addresses": copy * addresses,
        "highest": addresses,
    }
    _run(
        database,
        f"INSERT INTO addresses (address_no, content_hash, {_ADDRESS})"  # noqa: S608 - our own names
        f" SELECT address_no + :addresses, content_hash({_ADDRESS}), {_ADDRESS}"
        f" FROM (SELECT address_no, {_OTHER_ADDRESS} FROM addresses WHERE address_no <= :highest)",
        values,
    )
    for table in ("orders", "order_units"):
        names = [str(name) for (name,) in database.tuples(f"SELECT name FROM pragma_table_info('{table}')")]  # noqa: S608 - our own names
        changed = _CHANGED if table == "orders" else _CHANGED | _EARLIER_UNITS
        found = ", ".join(changed.get(name, name) for name in names)
        chosen = "id_order IN (SELECT id_order FROM newest)"
        _run(database, f"INSERT INTO {table} ({', '.join(names)}) SELECT {found} FROM {table} WHERE {chosen}", values)  # noqa: S608 - our own names


def _run(database: Database, sql: str, values: Mapping[str, object]) -> None:
    database.execute_many(sql, [{name: value for name, value in values.items() if f":{name}" in sql}])


def _add_sales_orders(database: Database) -> None:
    """Add a sales order for each order that is not among the newest."""
    snapshot = OrderSnapshot({"1": UnitSnapshot("sent", 1999, 0, 19.0, "SKU-1", 1)}, "Musterweg 1, 97070 Würzburg")
    reason = {"code": "no_customer", "text": "There is no customer for AT.", "fix": "Set one.", "hint": ["Set one."]}
    database.execute(
        "INSERT INTO sales_orders (id_order, state, reason, reasons, target, number, target_id, customer_no, currency,"  # noqa: S608 - our own names
        " total_amount, target_total_amount, snapshot, compared_at, created_at, updated_at, attempts)"
        f" SELECT id_order, iif(held, 'held', 'created'), iif(held, 'no_customer', NULL), iif(held, ?, '[]'), 'file',"
        "  iif(held, NULL, 'SO-' || order_no), iif(held, NULL, 'file-' || order_no), 'D00010', currency, total_amount,"
        "  iif(held, NULL, total_amount), iif(held, NULL, ?), iif(held, NULL, updated_at), created_at, updated_at, 1"
        f" FROM (SELECT *, order_no % {HELD} = 0 AS held FROM orders)"
        " WHERE id_order NOT IN (SELECT id_order FROM newest)",
        (json.dumps([reason]), json.dumps(snapshot.record())),
    )
