"""Reads sales orders: lists, counts, reasons and what happened, as records with the field names of the JSON output."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from kaufland_cli.store.connection import Database
from kaufland_cli.store.sales_order_row import STATES

FIELDS = (
    "id_order",
    "state",
    "number",
    "reason",
    "text",
    "fix",
    "storefront",
    "buyer_name",
    "customer_no",
    "currency",
    "total_amount",
    "tax_amount",
    "target_total_amount",
    "target_tax_amount",
    "target",
    "warnings",
    "order_created_at",
    "created_at",
    "updated_at",
)


class SalesOrderLists:
    """The sales orders of the store, for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, states: Sequence[str] = (), limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the sales orders in these states (all where none is named), the newest order first."""
        where, values = _where(states)
        end = "" if limit is None else f" LIMIT {int(limit)}"
        columns = ", ".join(FIELDS)
        sql = f"SELECT {columns} FROM v_sales_orders{where} ORDER BY order_created_at DESC, id_order DESC{end}"  # noqa: S608 - our own names
        for row in self._database.rows(sql, values):
            yield _record(row)

    def record(self, id_order: str) -> dict[str, Any] | None:
        """Return the record of one, as in the list; None where there is none."""
        columns = ", ".join(FIELDS)
        row = self._database.row(f"SELECT {columns} FROM v_sales_orders WHERE id_order = ?", (id_order,))  # noqa: S608 - our own names
        return None if row is None else _record(row)

    def reasons(self, states: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return each reason with what fixes it, how many orders in these states have it, and what the newest says."""
        where, values = _where(states)
        sql = (
            "SELECT reason, count(*) AS count, text, fix, max(order_created_at) FROM v_sales_orders"  # noqa: S608 - our own names
            f"{where}{' AND' if where else ' WHERE'} reason IS NOT NULL"
            " GROUP BY reason, replace(fix, id_order, '') ORDER BY count(*) DESC, reason, fix"
        )
        return [dict(row) for row in self._database.rows(sql, values)]

    def counts(self) -> dict[str, int]:
        """Return how many there are in each state."""
        found = dict(self._database.tuples("SELECT state, count(*) FROM sales_orders GROUP BY state"))
        return {state: found.get(state, 0) for state in STATES if state != "none"}

    def events(self, id_order: str) -> list[dict[str, Any]]:
        """Return every step, the latest first."""
        sql = "SELECT at, state, text FROM sales_order_events WHERE id_order = ? ORDER BY event_no DESC"
        return [dict(row) for row in self._database.rows(sql, (id_order,))]


def _where(states: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if not states:
        return "", ()
    return f" WHERE state IN ({', '.join('?' * len(states))})", tuple(states)


def _record(row: Any) -> dict[str, Any]:
    found = dict(row)
    found["warnings"] = json.loads(found["warnings"]) if found["warnings"] else []
    return found
