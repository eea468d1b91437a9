"""Which orders become sales orders: those that qualify, are recent enough, and have none yet."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.domain.statuses import OF_KAUFLAND, SOLD, UNDECIDED
from kaufland_cli.store.connection import Database
from kaufland_cli.store.sales_orders import SalesOrders
from kaufland_cli.store.sql_functions import listed

_NEVER = "9999"  # later than any time

CHECKED_ORDERS: Final = 10_000
"""How many orders the checks look at: what none of so many has will hardly come with the next ones."""
_NEWEST = (
    "(SELECT currency, storefront, billing_address_no, shipping_address_no FROM orders"
    " ORDER BY created_at DESC, id_order DESC LIMIT ?)"
)

# `domain.statuses.qualifies` in SQL.
_QUALIFIES = f"""
  fulfillment_type IS NOT '{OF_KAUFLAND}'
  AND NOT EXISTS (SELECT 1 FROM order_units AS u WHERE u.id_order = orders.id_order
                  AND u.status IN {listed(UNDECIDED)} AND u.absent_since IS NULL)
  AND EXISTS (SELECT 1 FROM order_units AS u WHERE u.id_order = orders.id_order
              AND u.status IN {listed(SOLD)} AND u.absent_since IS NULL)
"""  # noqa: S608 - our own words

_UNDECIDED = (
    "(SELECT order_no FROM undecided_orders UNION SELECT order_no FROM orders"
    " WHERE order_no > (SELECT coalesce(decided_up_to, 0) FROM sync_state)) CROSS JOIN orders USING (order_no)"
)
"""The orders that came or changed since `SalesOrderCandidates.collect` looked."""


class _Switch(NamedTuple):
    """Whether sales orders are wanted for a storefront; one of the two is None."""

    on_since: datetime | None
    off_at: datetime | None


class OlderOrder(NamedTuple):
    """An order without a sales order; the amount is in minor units, the time UTC text."""

    id_order: str
    storefront: str | None
    total_amount: int | None
    currency: str | None
    created_at: str


class SalesOrderCandidates:
    """The stored orders that may become sales orders."""

    def __init__(self, database: Database, sales_orders: SalesOrders) -> None:
        self._database = database
        self._sales_orders = sales_orders

    def record_switches(
        self, wanted: Mapping[str, datetime | None], off: Sequence[str], now: datetime
    ) -> dict[str, datetime]:
        """Record since when each storefront gets sales orders, and return these times by storefront.

        `wanted` maps storefronts to the start time in the settings, if any; `""` stands for all storefronts without
        settings of their own. `off` lists the storefronts without sales orders. A storefront that was off starts again
        when it is switched on; one that appears later starts when the others did.
        """
        rows = {
            row["storefront"]: _Switch(read_moment(row["on_since"]), read_moment(row["off_at"]))
            for row in self._database.rows("SELECT * FROM sales_order_switches")
        }
        found: dict[str, datetime] = {}
        with self._database.transaction():
            for code in sorted(off):
                if code not in rows or rows[code].on_since is not None:
                    self._switch(code, None, now)
            for code in sorted(wanted):
                since, off_at = rows.get(code, _Switch(None, None))
                if since is None:
                    start = wanted[code]
                    general = rows.get("", _Switch(None, None)).on_since
                    since = start if start is not None and (off_at is None or start >= off_at) else now
                    if code and code not in rows and general is not None:
                        since = general
                    self._switch(code, since, None)
                found[code] = since
        return found

    def _switch(self, code: str, on_since: datetime | None, off_at: datetime | None) -> None:
        self._database.execute(
            "INSERT INTO sales_order_switches (storefront, on_since, off_at) VALUES (?, ?, ?)"
            " ON CONFLICT (storefront) DO UPDATE SET on_since = excluded.on_since, off_at = excluded.off_at",
            (code, on_since and as_text(on_since), off_at and as_text(off_at)),
        )

    def ready(self, starts: Mapping[str, datetime], off: Sequence[str]) -> list[str]:
        """Return the orders that qualify and are not waiting yet, oldest first.

        `starts` maps storefronts to their start time, `""` to that of all others; storefronts in `off` get none.
        """
        return self._ready(starts, off, "orders")

    def _ready(self, starts: Mapping[str, datetime], off: Sequence[str], among: str) -> list[str]:
        """Return those of the orders `among` which to look, in SQL."""
        if not starts:
            return []
        general = starts.get("")
        cases = {code: as_text(start) for code, start in starts.items() if code}
        bounds = "".join(" WHEN ? THEN ?" for _ in cases)
        bound = f"CASE coalesce(storefront, '') {bounds} ELSE ? END" if cases else "?"
        sql = (
            f"SELECT id_order FROM {among} WHERE created_at >= ? AND created_at >= {bound}"  # noqa: S608 - our own names
            f" AND coalesce(storefront, '') NOT IN ({', '.join('?' * len(off))})"
            f" AND sales_order_state IS NULL AND {_QUALIFIES} ORDER BY created_at, id_order"
        )
        values = [part for case in cases.items() for part in case]
        elsewhere = as_text(general) if general is not None else _NEVER
        earliest = as_text(min(starts.values()))
        return [row[0] for row in self._database.tuples(sql, (earliest, *values, elsewhere, *off))]

    def collect(self, starts: Mapping[str, datetime], off: Sequence[str], now: datetime) -> int:
        """Queue the orders that are ready; return how many.

        As long as the starts stay the same, only new and changed orders are looked at.
        """
        if not starts:
            return 0
        decided_by = json.dumps([{code: as_text(starts[code]) for code in sorted(starts)}, sorted(off)])
        with self._database.transaction():
            up_to, before = self._database.tuples("SELECT decided_up_to, decided_by FROM sync_state")[0]
            newest = self._database.value("SELECT max(order_no) FROM orders")
            found = self._ready(starts, off, _UNDECIDED if before == decided_by else "orders")
            for id_order in found:
                self._sales_orders.queue(id_order, now)
            if (up_to, before) != (newest, decided_by):
                self._database.execute("UPDATE sync_state SET decided_up_to = ?, decided_by = ?", (newest, decided_by))
            self._database.execute("DELETE FROM undecided_orders")
        return len(found)

    def currencies_and_countries(self) -> tuple[list[str], list[str]]:
        """Return the currencies and countries of the newest orders, as Business Central codes."""
        currencies = self._database.tuples(
            f"SELECT DISTINCT bc_code(currency) FROM (SELECT DISTINCT currency FROM {_NEWEST})"  # noqa: S608 - our own
            " WHERE currency IS NOT NULL ORDER BY 1",
            (CHECKED_ORDERS,),
        )
        countries = self._database.tuples(
            f"SELECT DISTINCT bc_code(country) FROM (SELECT DISTINCT country FROM {_NEWEST}"  # noqa: S608 - our own names
            " CROSS JOIN addresses ON address_no IN (billing_address_no, shipping_address_no))"
            " WHERE country IS NOT NULL ORDER BY 1",
            (CHECKED_ORDERS,),
        )
        return [row[0] for row in currencies], [row[0] for row in countries]

    def older(self, since: datetime) -> list[OlderOrder]:
        """Return the orders created since then that qualify but have no sales order and are not waiting for one."""
        sql = (
            f"SELECT {', '.join(OlderOrder._fields)} FROM orders WHERE created_at >= ?"  # noqa: S608 - our own names
            f" AND sales_order_state IS NULL AND {_QUALIFIES} ORDER BY created_at, id_order"
        )
        return [OlderOrder(*row) for row in self._database.tuples(sql, (as_text(since),))]

    def qualifies(self, id_order: str) -> bool:
        """Return whether the order may become a sales order (see `domain.statuses.qualifies`)."""
        sql = f"SELECT 1 FROM orders WHERE id_order = ? AND {_QUALIFIES}"  # noqa: S608 - our own names
        return self._database.value(sql, (id_order,)) is not None

    def destinations(self) -> list[tuple[str, str]]:
        """Return the pairs of storefront and destination country of the newest orders."""
        sql = (
            f"SELECT DISTINCT storefront, bc_code(country) FROM (SELECT DISTINCT storefront, country FROM {_NEWEST}"  # noqa: S608 - our own names
            " CROSS JOIN addresses ON address_no = shipping_address_no)"
            " WHERE storefront IS NOT NULL AND country IS NOT NULL ORDER BY 1, 2"
        )
        return [(row[0], row[1]) for row in self._database.tuples(sql, (CHECKED_ORDERS,))]
