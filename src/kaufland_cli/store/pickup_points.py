"""What Kaufland's list of addresses says about pickup points, and whether to ask for it.

`order_import.pickup_points` asks. What that list means is not verified (docs/decisions/0024), so what is known from it
can be told apart from what a whole order named: `details_read_at` is empty then.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.domain.orders import ADDRESS_FIELDS, Address
from kaufland_cli.domain.statuses import NEED_TO_BE_SENT, WAITING
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.details_wanted import MAX_WAIT
from kaufland_cli.store.sql_functions import listed

REFUSED_FOR = timedelta(days=7)
"""How long a list that Kaufland refused is left alone."""
_SAID_NONE = (
    "orders.details_read_at IS NULL AND orders.pickup_location IS NULL"
    " AND orders.pickup_known_for IS orders.shipping_address_no AND orders.pickup_known_for IS NOT NULL"
)


class PickupPoints:
    """Which orders have no pickup point by the list of addresses; methods that write need the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def may_ask(self, at: datetime, version: str) -> bool:
        """Return whether this version of the program may ask for the list.

        It may not until the time that `do_not_ask` recorded; a time too far ahead comes from a wrong clock.
        """
        row = self._database.row("SELECT addresses_unused_by, addresses_unused_until FROM sync_state")
        if row is None or row["addresses_unused_by"] != version:
            return True
        until = read_moment(row["addresses_unused_until"])
        return until is not None and not at < until <= at + REFUSED_FOR

    def do_not_ask(self, version: str, until: datetime | None) -> None:
        """Record that this version does not ask before then, at most `REFUSED_FOR` ahead; None: never."""
        self._database.execute(
            "UPDATE sync_state SET addresses_unused_by = ?, addresses_unused_until = ?",
            (version, None if until is None else as_text(until)),
        )

    def due(self, at: datetime, limit: int) -> list[str]:
        """Return the orders that are due for their pickup point and need no whole order for anything else.

        Older units are read from a list too.
        """
        rows = self._database.tuples(
            "SELECT id_order FROM details_wanted GROUP BY id_order"
            " HAVING max(detail = ?1) AND min(detail IN (?1, ?2)) AND (min(next_try_at) <= ?3 OR max(next_try_at) > ?4)"
            " ORDER BY min(next_try_at), min(wanted_at), id_order LIMIT ?5",
            (Detail.PICKUP_POINT, Detail.OLDER_UNITS, as_text(at), as_text(at + MAX_WAIT), limit),
        )
        return [id_order for (id_order,) in rows]

    def units_to_ship(self, id_orders: Collection[str]) -> dict[str, dict[str, Address | None]]:
        """Return the addresses of the units still to ship, by order and unit; not of orders with a known pickup point.

        None: Kaufland withholds the address, and may withhold the pickup point too.
        """
        fields = ", ".join(ADDRESS_FIELDS)
        rows = self._database.tuples_for_keys(
            f"SELECT id_order, id_order_unit, address_no, {fields} FROM order_units JOIN orders USING (id_order)"  # noqa: S608 - our own names
            " LEFT JOIN addresses ON address_no = order_units.shipping_address_no"
            f" WHERE id_order IN ({MARKS}) AND order_units.status IN {listed(WAITING)} AND absent_since IS NULL"
            " AND pickup_location IS NULL",
            id_orders,
        )
        found: dict[str, dict[str, Address | None]] = {}
        for id_order, id_order_unit, address_no, *texts in rows:
            address = None if address_no is None else Address(**dict(zip(ADDRESS_FIELDS, texts, strict=True)), more={})
            found.setdefault(id_order, {})[str(id_order_unit)] = address
        return found

    def has_none(self, id_orders: Collection[str]) -> None:
        """Record that these orders have no pickup point, as long as their address does not change."""
        names = [(id_order,) for id_order in id_orders]
        self._database.execute_many(
            "UPDATE orders SET pickup_known_for = shipping_address_no, details_read_at = NULL WHERE id_order = ?", names
        )
        self._database.execute_many(
            f"DELETE FROM details_wanted WHERE id_order = ? AND detail = '{Detail.PICKUP_POINT}'",  # noqa: S608 - our own word
            names,
        )

    def said_none(self, id_order: str) -> bool:
        """Return whether the list said that the order has none, for the address that it still has."""
        sql = f"SELECT 1 FROM orders WHERE id_order = ? AND {_SAID_NONE}"  # noqa: S608 - our own names
        return bool(self._database.value(sql, (id_order,)))

    def distrust(self, version: str, at: datetime) -> None:
        """Record that the list was wrong: it is not asked any more, and what it said of orders to ship is wanted again.

        Only a new version of the program, which may read it better, asks again.
        """
        self.do_not_ask(version, None)
        self._database.execute(
            "INSERT OR IGNORE INTO details_wanted (id_order, detail, wanted_at, next_try_at)"  # noqa: S608 - our own names
            f" SELECT id_order, ?1, ?2, ?2 FROM orders WHERE {_SAID_NONE} AND EXISTS (SELECT 1 FROM order_units"
            "  WHERE order_units.id_order = orders.id_order AND status = ?3 AND absent_since IS NULL)",
            (Detail.PICKUP_POINT, as_text(at), NEED_TO_BE_SENT),
        )
        self._database.execute(f"UPDATE orders SET pickup_known_for = NULL WHERE {_SAID_NONE}")  # noqa: S608 - our own names
