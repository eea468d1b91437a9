"""Reads sales orders: lists, counts, reasons and events, as records with the field names of the JSON output.

`fix` in a record is a `Hint`, or None if there is no reason.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from kaufland_cli.domain.sales_order_states import STATES
from kaufland_cli.store.connection import Database
from kaufland_cli.store.sales_order_row import read_reason

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
# The view, plus the first reason from the table: in the view its fix is only text.
_LISTED = "v_sales_orders AS listed JOIN sales_orders AS own USING (id_order)"
_COLUMNS = ", ".join([*(f"listed.{name}" for name in FIELDS), "json_extract(own.reasons, '$[0]') AS first_reason"])


class SalesOrderLists:
    """The sales orders of the store, for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, states: Sequence[str] = (), limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the sales orders in these states (none named: all), newest order first."""
        where, values = _where(states)
        end = "" if limit is None else f" LIMIT {int(limit)}"
        order = "listed.order_created_at DESC, listed.id_order DESC"
        sql = f"SELECT {_COLUMNS} FROM {_LISTED}{where} ORDER BY {order}{end}"  # noqa: S608 - our own names
        for row in self._database.rows(sql, values):
            yield _record(row)

    def record(self, id_order: str) -> dict[str, Any] | None:
        """Return the record of one sales order, as in the list; None if the order has none."""
        sql = f"SELECT {_COLUMNS} FROM {_LISTED} WHERE listed.id_order = ?"  # noqa: S608 - our own names
        row = self._database.row(sql, (id_order,))
        return None if row is None else _record(row)

    def reasons(self, states: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return each reason with its fix, the number of orders in these states, and the text of the newest one."""
        where, values = _where(states)
        sql = (
            "SELECT listed.reason, count(*) AS count, listed.text,"  # noqa: S608 - our own names
            f" json_extract(own.reasons, '$[0]') AS first_reason, max(listed.order_created_at) FROM {_LISTED}"
            f"{where}{' AND' if where else ' WHERE'} listed.reason IS NOT NULL"
            " GROUP BY listed.reason, replace(listed.fix, id_order, '')"
            " ORDER BY count(*) DESC, listed.reason, listed.fix"
        )
        return [_with_fix(dict(row)) for row in self._database.rows(sql, values)]

    def counts(self) -> dict[str, int]:
        """Return the number of sales orders in each state, zeros included."""
        found = dict(self._database.tuples("SELECT state, count(*) FROM sales_orders GROUP BY state"))
        return {state: found.get(state, 0) for state in STATES if state != "none"}

    def events(self, id_order: str) -> list[dict[str, Any]]:
        """Return all events, latest first."""
        sql = "SELECT at, state, text FROM sales_order_events WHERE id_order = ? ORDER BY event_no DESC"
        return [dict(row) for row in self._database.rows(sql, (id_order,))]


def _where(states: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if not states:
        return "", ()
    return f" WHERE listed.state IN ({', '.join('?' * len(states))})", tuple(states)


def _record(row: Any) -> dict[str, Any]:
    found = _with_fix(dict(row))
    found["warnings"] = json.loads(found["warnings"]) if found["warnings"] else []
    return found


def _with_fix(found: dict[str, Any]) -> dict[str, Any]:
    first = found.pop("first_reason")
    found["fix"] = None if first is None else read_reason(json.loads(first)).fix
    return found
