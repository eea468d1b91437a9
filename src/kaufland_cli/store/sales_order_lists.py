"""Reads sales orders: lists, counts, reasons and events."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.sales_order_states import STATES
from kaufland_cli.store.connection import Database
from kaufland_cli.store.order_queries import OrderQueries
from kaufland_cli.store.sales_order_row import read_reason


@dataclass(frozen=True, slots=True)
class ListedSalesOrder:
    """A sales order in a list: amounts in minor units, times as UTC text; None is not known, or not there yet."""

    id_order: str
    state: str
    number: str | None
    reason: str | None
    """Code of the first reason why it does not go on."""
    text: str | None
    fix: Hint | None
    storefront: str | None
    buyer_name: str | None
    customer_no: str | None
    currency: str | None
    total_amount: int | None
    tax_amount: int | None
    target_total_amount: int | None
    target_tax_amount: int | None
    target: str | None
    warnings: tuple[str, ...]
    order_created_at: str | None
    created_at: str | None
    updated_at: str | None


@dataclass(frozen=True, slots=True)
class SharedReason:
    """A reason that several sales orders have, as the newest of them says it."""

    reason: str
    """Its code."""
    count: int
    text: str | None
    fix: Hint | None


@dataclass(frozen=True, slots=True)
class SalesOrderEvent:
    """A step of a sales order."""

    at: str
    """UTC."""
    state: str
    text: str | None


FIELDS = tuple(field.name for field in fields(ListedSalesOrder))
# The view, plus the first reason from the table: in the view its fix is only text.
_LISTED = "sales_orders AS own JOIN v_sales_orders AS listed USING (id_order)"
_COLUMNS = ", ".join([*(f"listed.{name}" for name in FIELDS), "json_extract(own.reasons, '$[0]') AS first_reason"])


class SalesOrderLists:
    """The sales orders of the store, for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, states: Sequence[str] = (), limit: int | None = None) -> Iterator[ListedSalesOrder]:
        """Yield the sales orders in these states (none named: all), newest order first."""
        where = f" AND sales_order_state IN ({', '.join('?' * len(states))})" if states else ""
        end = "" if limit is None else f" LIMIT {int(limit)}"
        sql = (
            f"SELECT {_COLUMNS} FROM (SELECT id_order, created_at FROM orders"  # noqa: S608 - our own names
            f"  WHERE sales_order_state IS NOT NULL{where}) AS found"
            f" CROSS JOIN {_LISTED} WHERE own.id_order = found.id_order"
            f" ORDER BY found.created_at DESC, found.id_order DESC{end}"
        )
        for row in self._database.rows(sql, tuple(states)):
            yield _listed(row)

    def one(self, id_order: str) -> ListedSalesOrder | None:
        """Return the sales order of one order, as in the list; None if the order has none."""
        sql = f"SELECT {_COLUMNS} FROM {_LISTED} WHERE listed.id_order = ?"  # noqa: S608 - our own names
        row = self._database.row(sql, (id_order,))
        return None if row is None else _listed(row)

    def reasons(self, states: Sequence[str] = ()) -> list[SharedReason]:
        """Return each reason with its fix, the number of orders in these states, and the text of the newest one.

        A sales order that was created has none.
        """
        values = sorted(set(states or STATES) - {"created"})
        sql = (
            "SELECT listed.reason, count(*) AS count, listed.text,"  # noqa: S608 - our own names
            f" json_extract(own.reasons, '$[0]') AS first_reason, max(listed.order_created_at) FROM {_LISTED}"
            f" WHERE own.state IN ({', '.join('?' * len(values))}) AND listed.reason IS NOT NULL"
            " GROUP BY listed.reason, replace(listed.fix, id_order, '')"
            " ORDER BY count(*) DESC, listed.reason, listed.fix"
        )
        return [
            SharedReason(row["reason"], row["count"], row["text"], _fix(row["first_reason"]))
            for row in self._database.rows(sql, values)
        ]

    def counts(self) -> dict[str, int]:
        """Return the number of sales orders in each state, zeros included."""
        found = OrderQueries(self._database).sales_order_counts()
        return {state: found.get(state, 0) for state in STATES if state != "none"}

    def events(self, id_order: str) -> list[SalesOrderEvent]:
        """Return all events, latest first."""
        sql = "SELECT at, state, text FROM sales_order_events WHERE id_order = ? ORDER BY event_no DESC"
        return [SalesOrderEvent(**dict(row)) for row in self._database.rows(sql, (id_order,))]


def _listed(row: Any) -> ListedSalesOrder:
    warnings = tuple(json.loads(row["warnings"])) if row["warnings"] else ()
    return ListedSalesOrder(
        **{name: row[name] for name in FIELDS} | {"warnings": warnings, "fix": _fix(row["first_reason"])}
    )


def _fix(first_reason: str | None) -> Hint | None:
    return None if first_reason is None else read_reason(json.loads(first_reason)).fix
