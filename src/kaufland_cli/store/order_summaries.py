"""Sums up the units of orders in the orders' rows, which lists read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kaufland_cli.domain.known import known_sum
from kaufland_cli.domain.statuses import CANCELLED, EMPTY, order_status
from kaufland_cli.domain.text import meaningful
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.new_order_cache import NameAndCity, NewOrderCache, SummedUnit
from kaufland_cli.store.search_index import SearchIndex

_SUMMARY_COLUMNS = (
    "status",
    "storefront",
    "buyer_name",
    "ship_to_city",
    "buyer_email",
    "billing_address_no",
    "shipping_address_no",
    "total_amount",
    "goods_amount",
    "shipping_amount",
    "currency",
    "lines",
    "units",
    "fulfillment_type",
    "is_marketplace_deemed_supplier",
    "created_at",
    "updated_at",
)
# What of a summary the search index is built of, besides the id: e-mail address, billing and shipping address.
_SEARCHED = slice(_SUMMARY_COLUMNS.index("buyer_email"), _SUMMARY_COLUMNS.index("total_amount"))
_INSERT = (
    f"INSERT INTO orders (order_no, id_order, imported_at, {', '.join(_SUMMARY_COLUMNS)})"  # noqa: S608 - our own names
    f" VALUES (?, ?, ?, {', '.join('?' * len(_SUMMARY_COLUMNS))})"
)
_UPDATE = f"UPDATE orders SET {', '.join(f'{name} = ?' for name in _SUMMARY_COLUMNS)} WHERE order_no = ?"  # noqa: S608 - our own names

# What names the buyer goes with the units that do; the rest stays, so that the order can still be found and told.
_EMPTY = (
    f"UPDATE orders SET status = '{EMPTY}', buyer_name = NULL, buyer_email = NULL, ship_to_city = NULL,"  # noqa: S608 - our own word
    " billing_address_no = NULL, shipping_address_no = NULL, total_amount = 0, goods_amount = 0, shipping_amount = 0,"
    " lines = 0, units = 0 WHERE order_no = ?"
)

_UNITS = (
    "SELECT unit.id_order, unit.status, unit.storefront, unit.currency, unit.price, unit.shipping_rate, unit.vat,"  # noqa: S608 - marks only
    " unit.id_offer, product.ean, product.title, unit.created_at, unit.updated_at, extras.fulfillment_type,"
    " unit.is_marketplace_deemed_supplier, unit.buyer_email, unit.billing_address_no, unit.shipping_address_no"
    " FROM order_units AS unit LEFT JOIN products AS product USING (product_no) LEFT JOIN extras USING (extras_no)"
    f" WHERE unit.id_order IN ({MARKS}) AND unit.absent_since IS NULL"
    " ORDER BY unit.id_order, unit.updated_at, unit.id_order_unit"
)
_ORDERS = (
    "SELECT id_order, order_no, status, buyer_email, billing_address_no, shipping_address_no FROM orders"  # noqa: S608 - marks only
    f" WHERE id_order IN ({MARKS})"
)
_NOTHING_WANTED = f"DELETE FROM details_wanted WHERE id_order IN ({MARKS})"  # noqa: S608 - marks only
_ADDRESSES = (
    "SELECT address_no, first_name, last_name, company_name, city FROM addresses"  # noqa: S608 - marks only
    f" WHERE address_no IN ({MARKS})"
)


class _Order(NamedTuple):
    order_no: int
    status: str
    buyer_email: str | None
    billing_address_no: int | None
    shipping_address_no: int | None


class Summaries:
    """Brings rows of orders in line with their units; inside the caller's transaction."""

    def __init__(self, database: Database, search: SearchIndex) -> None:
        self._database = database
        self._search = search

    def write(
        self, id_orders: Iterable[str], fresh: NewOrderCache, at: str, greater_than: int
    ) -> dict[str, tuple[str | None, str]]:
        """Sum up these orders; return the status of each before and now.

        One that was not there before is imported `at` and gets a number `greater_than` that one. An order that has
        lost all its units stays, empty: a sales order, an invoice or a history may tell of it.
        """
        wanted = sorted(id_orders)
        known = {row[0]: _Order(*row[1:]) for row in self._database.tuples_about(_ORDERS, wanted)}
        units = {one: new for one in wanted if one not in known and (new := fresh.units(one)) is not None}
        for row in self._database.tuples_about(_UNITS, [one for one in wanted if one not in units]):
            units.setdefault(row[0], []).append(SummedUnit(*row))
        addresses = self._addresses(units, fresh)
        next_no = max(int(self._database.value("SELECT max(order_no) FROM orders") or 0), greater_than) + 1
        inserted: list[tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        outdated: list[int] = []
        emptied: list[tuple[int]] = []
        found: dict[str, tuple[str | None, str]] = {}
        for id_order in wanted:
            before = known.get(id_order)
            if id_order not in units:
                if before is not None:
                    found[id_order] = (before.status, EMPTY)
                    emptied.append((before.order_no,))
                    outdated.append(before.order_no)
                continue
            summary = _summary(units[id_order], addresses)
            found[id_order] = (None if before is None else before.status, summary[0])
            if before is None:
                inserted.append((next_no, id_order, at, *summary))
                next_no += 1
                continue
            changed.append((*summary, before.order_no))
            if before[2:] != summary[_SEARCHED]:
                outdated.append(before.order_no)
        self._search.remove_orders(outdated)
        if inserted:
            self._database.execute_many(_INSERT, inserted)
        if changed:
            self._database.execute_many(_UPDATE, changed)
        if emptied:
            self._database.execute_many(_EMPTY, emptied)
            self._database.execute_about(_NOTHING_WANTED, [one for one in known if one not in units])
        self._search.add_orders([*(row[0] for row in inserted), *outdated])
        return found

    def _addresses(self, units: Mapping[str, list[SummedUnit]], fresh: NewOrderCache) -> dict[int, NameAndCity]:
        """Return the names and cities of these units' addresses."""
        numbers = {number for one in units.values() for unit in one for number in unit[-2:] if number is not None}
        found = {number: fresh.addresses[number] for number in numbers if number in fresh.addresses}
        for row in self._database.tuples_about(_ADDRESSES, sorted(numbers - found.keys())):
            found[row[0]] = row[1:]
        return found


def _summary(units: Sequence[SummedUnit], addresses: Mapping[int, NameAndCity]) -> tuple[Any, ...]:
    """Sum up the units of an order, those updated last at the end."""
    if len(units) == 1:
        return _summary_of_one(units[0], addresses)
    status = order_status([unit.status for unit in units])
    standing = [unit for unit in units if unit.status != CANCELLED]
    currencies = {unit.currency for unit in standing or units}
    # Amounts of different currencies, or without one, add up to nothing that may be shown.
    known = len(currencies) == 1 and all(currencies)
    goods = sum(unit.price for unit in standing) if known else None
    shipping = known_sum(unit.shipping_rate for unit in standing) if known else None
    billing_no, shipping_no = _latest(units, _BILLING), _latest(units, _SHIPPING)
    billing = None if billing_no is None else addresses.get(billing_no)
    shipping_to = None if shipping_no is None else addresses.get(shipping_no)
    supplier = {unit.is_marketplace_deemed_supplier for unit in units}
    created = [unit.created_at for unit in units if unit.created_at]
    updated = [unit.updated_at for unit in units if unit.updated_at]
    return (
        status,
        _latest(units, _STOREFRONT),
        _name(billing) or _name(shipping_to),
        _city(shipping_to),
        _latest(units, _EMAIL),
        billing_no,
        shipping_no,
        None if goods is None or shipping is None else goods + shipping,
        goods,
        shipping,
        currencies.pop() if known else None,
        len({_line(unit) for unit in units}),
        len(units),
        _latest(units, _FULFILLMENT),
        1 if 1 in supplier else None if None in supplier else 0,
        min(created, default=None),
        max(updated, default=None),
    )


def _summary_of_one(unit: SummedUnit, addresses: Mapping[int, NameAndCity]) -> tuple[Any, ...]:
    """Sum up an order of one unit, as most are: the same as above, in a third of the time."""
    billing_no, shipping_no = unit.billing_address_no, unit.shipping_address_no
    billing = None if billing_no is None else addresses.get(billing_no)
    shipping_to = None if shipping_no is None else addresses.get(shipping_no)
    stands, known = unit.status != CANCELLED, bool(unit.currency)
    goods = (unit.price if stands else 0) if known else None
    shipping = (unit.shipping_rate if stands else 0) if known else None
    return (
        unit.status,
        unit.storefront,
        _name(billing) or _name(shipping_to),
        _city(shipping_to),
        unit.buyer_email,
        billing_no,
        shipping_no,
        None if goods is None or shipping is None else goods + shipping,
        goods,
        shipping,
        unit.currency if known else None,
        1,
        1,
        unit.fulfillment_type,
        unit.is_marketplace_deemed_supplier,
        unit.created_at or None,
        unit.updated_at or None,
    )


_STOREFRONT = SummedUnit._fields.index("storefront")
_EMAIL = SummedUnit._fields.index("buyer_email")
_FULFILLMENT = SummedUnit._fields.index("fulfillment_type")
_BILLING = SummedUnit._fields.index("billing_address_no")
_SHIPPING = SummedUnit._fields.index("shipping_address_no")


def _line(unit: SummedUnit) -> tuple[Any, ...]:
    """Return what units of one line are equal in (see the view v_order_lines)."""
    return (unit.status, unit.ean, unit.title, unit.id_offer, unit.price, unit.vat, unit.currency)


def _name(address: NameAndCity | None) -> str | None:
    """Return the person's name, else the company's; what is masked or empty is none."""
    if address is None:
        return None
    person = " ".join(part for part in map(meaningful, address[:2]) if part)
    return person or meaningful(address[2]) or None


def _city(address: NameAndCity | None) -> str | None:
    return None if address is None else meaningful(address[3]) or None


def _latest(units: Sequence[SummedUnit], place: int) -> Any:
    """Return the value of the unit updated last, of those that have one."""
    for unit in reversed(units):
        if unit[place] is not None:
            return unit[place]
    return None
