"""Finds the orders of one buyer, by what Kaufland sends: a number, an e-mail address, and names."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from kaufland_cli.domain.addresses import same_words
from kaufland_cli.domain.text import is_empty, search_form
from kaufland_cli.store.connection import MARKS, Database


class NamedOrders(NamedTuple):
    """The orders in whose addresses a name occurs."""

    bought: list[str]
    """The buyer has this name."""
    received: list[str]
    """The parcel goes to this name, but the buyer has another one."""


class BuyersOrder(NamedTuple):
    """What a person needs to recognize a buyer's order."""

    id_order: str
    created_at: str | None
    status: str
    buyer_name: str | None
    ship_to_city: str | None
    erased_at: str | None
    emails: tuple[str, ...]


class Buyers:
    """The buyers of the stored orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def orders_of_same_buyer(self, id_order: str) -> list[str]:
        """Return other orders with the same buyer id or e-mail address, as long as these are known.

        Includes orders that a unit of this order belonged to before.
        """
        moved = self._database.tuples(
            "SELECT moved.old FROM order_units AS own JOIN unit_history AS moved"
            " ON moved.id_order_unit = own.id_order_unit AND moved.field = 'id_order' WHERE own.id_order = ?",
            (id_order,),
        )
        found = {str(old) for (old,) in moved}
        for column in ("id_buyer", "buyer_email"):
            own = self._database.tuples(f"SELECT {column} FROM order_units WHERE id_order = ?", (id_order,))  # noqa: S608 - our own names
            known = {value for (value,) in own if _identifies(value)}
            found |= self._ids(f"SELECT id_order FROM order_units WHERE {column} IN ({MARKS})", known)  # noqa: S608 - as above
        return sorted(found - {id_order})

    def with_email(self, text: str) -> list[str]:
        """Return the orders whose buyer has, or had, this e-mail address, regardless of case."""
        wanted = search_form(text)
        rows = self._database.tuples(
            "SELECT id_order, buyer_email FROM order_units WHERE contains(?1, buyer_email)"
            " UNION SELECT id_order, old FROM unit_history WHERE field = 'buyer_email' AND contains(?1, old)",
            (wanted,),
        )
        return sorted({str(id_order) for id_order, email in rows if search_form(email) == wanted})

    def named(self, name: str) -> NamedOrders:
        """Return the orders with this name of a person or company: the same words in any order."""
        longest = max(re.findall(r"\w+", search_form(name)), key=len, default="")
        person = "coalesce(first_name, '') || ' ' || coalesce(last_name, '')"
        rows = self._database.tuples(
            f"SELECT address_no, {person}, company_name FROM addresses WHERE contains(?, {person}, company_name)",  # noqa: S608 - our own names
            (longest,),
        )
        numbers = [number for number, *names in rows if any(same_words(name, str(one or "")) for one in names)]
        found = set[str]()
        for column in ("billing_address_no", "shipping_address_no IS NOT billing_address_no AND shipping_address_no"):
            found |= self._ids(f"SELECT id_order FROM order_units WHERE {column} IN ({MARKS})", numbers)  # noqa: S608 - as above
        bought = {one.id_order for one in self.orders(found) if same_words(name, one.buyer_name or "")}
        return NamedOrders(sorted(bought), sorted(found - bought))

    def orders(self, id_orders: Iterable[str]) -> list[BuyersOrder]:
        """Return these orders, newest first."""
        ids = sorted(id_orders)
        emails = {one: dict[str, None]() for one in ids}
        sql = f"SELECT id_order, buyer_email FROM order_units WHERE id_order IN ({MARKS}) ORDER BY id_order_unit"  # noqa: S608 - marks only
        for id_order, email in self._database.tuples_for_keys(sql, ids):
            if _identifies(email):
                emails[id_order][email] = None
        rows = self._database.tuples_for_keys(
            "SELECT id_order, created_at, status, buyer_name, ship_to_city,"  # noqa: S608 - marks only
            " (SELECT at FROM erased_orders WHERE erased_orders.id_order = orders.id_order)"
            f" FROM orders WHERE id_order IN ({MARKS})",
            ids,
        )
        found = [BuyersOrder._make((*row, tuple(emails[row[0]]))) for row in rows]
        return sorted(found, key=lambda one: (one.created_at or "", one.id_order), reverse=True)

    def _ids(self, sql: str, keys: Iterable[object]) -> set[str]:
        return {str(row[0]) for row in self._database.tuples_for_keys(sql, keys)}


def _identifies(value: object) -> bool:
    """Return whether a buyer's number or address belongs to one buyer: a masked one may be that of many."""
    return not is_empty(value) and value not in {0, "0"}
