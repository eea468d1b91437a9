"""Remembers what is still missing of stored orders (`Detail`) until it is fetched, and when to try again.

`order_import.details` adds and settles; `order_queries` says what is missing of one order.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.statuses import WAITING
from kaufland_cli.store.connection import Database
from kaufland_cli.store.sql_functions import listed, time_as_text

FIRST_WAIT = timedelta(minutes=15)
MAX_WAIT = timedelta(hours=24)
_NOT_ERASED = "NOT EXISTS (SELECT 1 FROM erased_orders WHERE erased_orders.id_order = order_units.id_order)"


class WaitingOrder(NamedTuple):
    """An order that waits for its older units; times are UTC text."""

    id_order: str
    created_at: str
    updated_at: str
    """When the latest of its stored units was updated."""


class DetailsWanted:
    """The details to be fetched; methods that write one order run inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def want(self, id_order: str, detail: Detail, at: datetime) -> None:
        """Record that something is missing of a stored order; what is waiting already becomes due now.

        A pickup point is not wanted again while the order has the address for which Kaufland named it, or named none.
        """
        self._database.execute(
            "INSERT INTO details_wanted (id_order, detail, wanted_at, next_try_at)"
            " SELECT id_order, ?1, ?2, ?2 FROM orders WHERE id_order = ?3"
            "  AND (?1 <> ?4 OR pickup_known_for IS NULL OR pickup_known_for IS NOT shipping_address_no)"
            " ON CONFLICT (id_order, detail) DO UPDATE SET next_try_at = min(next_try_at, excluded.next_try_at)",
            (detail, as_text(at), id_order, Detail.PICKUP_POINT),
        )

    def want_missing_addresses(self, at: datetime, created_before: datetime) -> None:
        """Record each order created before that moment that still has a unit to ship and no address."""
        with self._database.transaction():
            self._database.execute(
                "INSERT OR IGNORE INTO details_wanted (id_order, detail, wanted_at, next_try_at)"  # noqa: S608 - our own words
                " SELECT DISTINCT id_order, ?1, ?2, ?2 FROM order_units"
                f" WHERE status IN {listed(WAITING)} AND shipping_address_no IS NULL"
                f" AND {time_as_text('created_at')} < ?3 AND absent_since IS NULL AND {_NOT_ERASED}",
                (Detail.ADDRESS, as_text(at), as_text(created_before)),
            )

    def due(self, at: datetime, limit: int) -> dict[str, frozenset[Detail]]:
        """Return the orders to fetch now, with what is missing: orders to be shipped first, older units last.

        Otherwise longest waiting first. A next try further ahead than `MAX_WAIT` comes from a wrong clock, so such an
        order is due too.
        """
        rows = self._database.tuples(
            "SELECT id_order, group_concat(detail) FROM details_wanted GROUP BY id_order"
            " HAVING min(next_try_at) <= ? OR max(next_try_at) > ?"
            " ORDER BY max(detail = ?) DESC, min(detail = ?), min(next_try_at), min(wanted_at), id_order LIMIT ?",
            (as_text(at), as_text(at + MAX_WAIT), Detail.PICKUP_POINT, Detail.OLDER_UNITS, limit),
        )
        return {id_order: frozenset(map(Detail, details.split(","))) for id_order, details in rows}

    def done(self, id_order: str, *, except_for: Collection[Detail] = ()) -> None:
        """Record that nothing is missing of the order any more, except for these details."""
        marks = ", ".join("?" * len(except_for))
        self._database.execute(
            f"DELETE FROM details_wanted WHERE id_order = ? AND detail NOT IN ({marks})",  # noqa: S608 - marks only
            (id_order, *except_for),
        )

    def try_again(self, id_order: str, at: datetime, error: str) -> None:
        """Record a failed try; the wait doubles each time."""
        attempts = self._database.value("SELECT max(attempts) FROM details_wanted WHERE id_order = ?", (id_order,)) or 0
        wait = min(FIRST_WAIT * 2 ** min(attempts, 10), MAX_WAIT)
        self._database.execute(
            "UPDATE details_wanted SET attempts = ?, next_try_at = ?, last_error = ? WHERE id_order = ?",
            (attempts + 1, as_text(at + wait), error, id_order),
        )

    def only_older_units(self, storefront: str | None) -> list[WaitingOrder]:
        """Return the orders of which nothing but older units may be missing, the oldest first; due or not."""
        return [
            WaitingOrder(*row)
            for row in self._database.tuples(
                "SELECT id_order, created_at, updated_at FROM details_wanted JOIN orders USING (id_order)"
                " WHERE (?1 IS NULL OR storefront = ?1) AND created_at IS NOT NULL AND updated_at IS NOT NULL"
                " GROUP BY id_order HAVING min(detail) = ?2 AND max(detail) = ?2 ORDER BY created_at, id_order",
                (storefront, Detail.OLDER_UNITS),
            )
        ]

    def units_were_counted(self, counts: Mapping[str, int]) -> None:
        """Record how many units Kaufland counts in each order: one with as many stored units lacks none.

        Nothing is known of an order with a unit that could not be read, or that is missing at Kaufland.
        """
        with self._database.transaction():
            self._database.execute_many(
                "DELETE FROM details_wanted WHERE id_order = ?1 AND detail = ?2"
                " AND (SELECT count(*) FROM order_units WHERE id_order = ?1) = ?3"
                " AND NOT EXISTS (SELECT 1 FROM order_units WHERE id_order = ?1 AND absent_since IS NOT NULL)"
                " AND NOT EXISTS (SELECT 1 FROM unreadable_units WHERE id_order = ?1)",
                [(id_order, Detail.OLDER_UNITS, count) for id_order, count in counts.items()],
            )

    def units_were_read(self, since: datetime, storefront: str | None) -> None:
        """Record that all units updated since then were read: orders created later have no older ones."""
        with self._database.transaction():
            self._database.execute(
                "DELETE FROM details_wanted WHERE detail = ? AND EXISTS (SELECT 1 FROM orders WHERE"
                " orders.id_order = details_wanted.id_order AND created_at > ? AND (? IS NULL OR storefront = ?))",
                (Detail.OLDER_UNITS, as_text(since), storefront, storefront),
            )

    def address_missing(self, id_order: str) -> bool:
        """Return whether a unit of the order still has to ship and has no shipping address."""
        return bool(
            self._database.value(
                "SELECT 1 FROM order_units WHERE id_order = ? AND shipping_address_no IS NULL"  # noqa: S608 - our own words
                f" AND status IN {listed(WAITING)} AND absent_since IS NULL AND {_NOT_ERASED} LIMIT 1",
                (id_order,),
            )
        )
