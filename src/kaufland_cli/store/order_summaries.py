"""Sums up the units of each order in its row of `orders`, which lists read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from kaufland_cli.domain.known import known_sum
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.domain.statuses import CANCELLED, EMPTY, order_status
from kaufland_cli.domain.text import meaningful
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.intern_tables import known_product
from kaufland_cli.store.search_index import SearchIndex
from kaufland_cli.store.sql_functions import time_as_text
from kaufland_cli.store.unit_rows import UnitRow

NameAndCity = tuple[Any, ...]
"""First name, last name, company, city."""


class SummedUnit(NamedTuple):
    """The fields of a unit that its order's summary needs."""

    id_order: str
    status: str
    storefront: str | None
    currency: str | None
    price: int
    shipping_rate: int | None
    vat: float | None
    id_offer: str | None
    ean: str | None
    title: str | None
    created_at: str | None
    updated_at: str | None
    fulfillment_type: str | None
    is_marketplace_deemed_supplier: int | None
    buyer_email: str | None
    billing_address_no: int | None
    shipping_address_no: int | None


class NewOrderCache:
    """The units of new orders in one response, so that summing them up needs no query."""

    def __init__(self) -> None:
        self._units: dict[str, list[tuple[tuple[Any, ...], SummedUnit]]] = {}
        self._stale: set[str] = set()
        self.addresses: dict[int, NameAndCity] = {}

    def note(self, unit: OrderUnit, row: UnitRow) -> None:
        """Remember a new unit with its addresses."""
        billing_no, shipping_no = row.billing_address_no, row.shipping_address_no
        sold = known_product(unit.product)
        summed = SummedUnit(
            unit.id_order,
            unit.status,
            unit.storefront,
            unit.currency,
            unit.price,
            unit.shipping_rate,
            unit.vat,
            unit.id_offer,
            sold.eans[0] if sold is not None and sold.eans else None,
            None if sold is None else sold.title,
            unit.created_at,
            unit.updated_at,
            unit.fulfillment_type,
            unit.is_marketplace_deemed_supplier,
            row.buyer_email,
            billing_no,
            shipping_no,
        )
        key = row.id_order_unit
        age = (unit.updated_at is not None, unit.updated_at or "", isinstance(key, str), key)
        self._units.setdefault(unit.id_order, []).append((age, summed))
        for number, address in ((billing_no, unit.billing_address), (shipping_no, unit.shipping_address)):
            if number is not None and address is not None and number not in self.addresses:
                self.addresses[number] = (
                    address.first_name,
                    address.last_name,
                    address.company_name,
                    address.city,
                )

    def invalidate(self, id_order: str) -> None:
        """Mark that the order has other or changed units too, so its units must be queried."""
        self._stale.add(id_order)

    def units(self, id_order: str) -> list[SummedUnit] | None:
        """Return the units of a new order, latest update last; None if the store must be queried."""
        found = self._units.get(id_order)
        if found is None or id_order in self._stale:
            return None
        return [unit for _, unit in (found if len(found) == 1 else sorted(found))]


class _Summary(NamedTuple):
    """The columns of an order that sum up its units; amounts are in minor units."""

    status: str
    unit_statuses: str | None
    """The statuses of the units, each in a line of its own, if they differ; None if they do not."""
    storefront: str | None
    buyer_name: str | None
    ship_to_city: str | None
    buyer_email: str | None
    billing_address_no: int | None
    shipping_address_no: int | None
    total_amount: int | None
    goods_amount: int | None
    shipping_amount: int | None
    currency: str | None
    lines: int
    units: int
    fulfillment_type: str | None
    is_marketplace_deemed_supplier: int | None
    created_at: str | None
    updated_at: str | None


_SUMMARY_COLUMNS = _Summary._fields
_INSERT = (
    f"INSERT INTO orders (order_no, id_order, imported_at, {', '.join(_SUMMARY_COLUMNS)})"  # noqa: S608 - our own names
    f" VALUES (?, ?, ?, {', '.join('?' * len(_SUMMARY_COLUMNS))})"
)
_UPDATE = f"UPDATE orders SET {', '.join(f'{name} = ?' for name in _SUMMARY_COLUMNS)} WHERE order_no = ?"  # noqa: S608 - our own names

# The buyer goes with the units; the rest stays, so that the order can still be found.
_EMPTY = (
    f"UPDATE orders SET status = '{EMPTY}', unit_statuses = NULL, buyer_name = NULL, buyer_email = NULL,"  # noqa: S608 - our own word
    " ship_to_city = NULL, billing_address_no = NULL, shipping_address_no = NULL, total_amount = 0, goods_amount = 0,"
    " shipping_amount = 0, lines = 0, units = 0 WHERE order_no = ?"
)

_UNITS = (
    "SELECT unit.id_order, unit.status, unit.storefront, unit.currency, unit.price, unit.shipping_rate, unit.vat,"  # noqa: S608 - marks only
    f" product.id_offer, product.ean, product.title, {time_as_text('unit.created_at')},"
    f" {time_as_text('unit.updated_at')}, extras.fulfillment_type,"
    " unit.is_marketplace_deemed_supplier, unit.buyer_email, unit.billing_address_no, unit.shipping_address_no"
    " FROM order_units AS unit LEFT JOIN products AS product USING (product_no) LEFT JOIN extras USING (extras_no)"
    f" WHERE unit.id_order IN ({MARKS}) AND unit.absent_since IS NULL"
    " ORDER BY unit.id_order, unit.updated_at, unit.id_order_unit"
)
_ORDERS = (
    "SELECT id_order, order_no, status, buyer_email, billing_address_no, shipping_address_no FROM orders"  # noqa: S608 - marks only
    f" WHERE id_order IN ({MARKS})"
)
_UNDECIDED = "INSERT OR IGNORE INTO undecided_orders SELECT ?1 FROM sync_state WHERE ?1 <= decided_up_to"
_DROP_DETAILS = f"DELETE FROM details_wanted WHERE id_order IN ({MARKS})"  # noqa: S608 - marks only
_ADDRESSES = (
    "SELECT address_no, first_name, last_name, company_name, city FROM addresses"  # noqa: S608 - marks only
    f" WHERE address_no IN ({MARKS})"
)


class _Order(NamedTuple):
    """The stored columns of an order that are compared with its new summary."""

    id_order: str
    order_no: int
    status: str
    buyer_email: str | None
    billing_address_no: int | None
    shipping_address_no: int | None


def _indexed(one: _Order | _Summary) -> tuple[str | None, int | None, int | None]:
    """Return what the search index contains, apart from the id."""
    return one.buyer_email, one.billing_address_no, one.shipping_address_no


class Summaries:
    """Keeps the rows of orders in sync with their units, inside the caller's transaction."""

    def __init__(self, database: Database, search: SearchIndex) -> None:
        self._database = database
        self._search = search

    def write(
        self, id_orders: Iterable[str], fresh: NewOrderCache, at: str, greater_than: int
    ) -> dict[str, tuple[str | None, str]]:
        """Sum up these orders; return the previous (None if new) and the current status of each.

        A new order gets the import time `at` and a number above `greater_than`. An order that has lost all its units
        stays, empty: it may have a sales order, an invoice or a history.
        """
        wanted = sorted(id_orders)
        stored = (_Order(*row) for row in self._database.tuples_for_keys(_ORDERS, wanted))
        known = {order.id_order: order for order in stored}
        units = {one: new for one in wanted if one not in known and (new := fresh.units(one)) is not None}
        for row in self._database.tuples_for_keys(_UNITS, [one for one in wanted if one not in units]):
            unit = SummedUnit(*row)
            units.setdefault(unit.id_order, []).append(unit)
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
            found[id_order] = (None if before is None else before.status, summary.status)
            if before is None:
                inserted.append((next_no, id_order, at, *summary))
                next_no += 1
                continue
            changed.append((*summary, before.order_no))
            if _indexed(before) != _indexed(summary):
                outdated.append(before.order_no)
        self._search.remove_orders(outdated)
        if inserted:
            self._database.execute_many(_INSERT, inserted)
        if changed:
            self._database.execute_many(_UPDATE, changed)
        if emptied:
            self._database.execute_many(_EMPTY, emptied)
            self._database.execute_for_keys(_DROP_DETAILS, [one for one in known if one not in units])
        self._database.execute_many(_UNDECIDED, [*((row[-1],) for row in changed), *emptied])
        self._search.add_orders([*(row[0] for row in inserted), *outdated])
        return found

    def _addresses(self, units: Mapping[str, list[SummedUnit]], fresh: NewOrderCache) -> dict[int, NameAndCity]:
        """Return the names and cities of these units' addresses."""
        numbers = {
            number
            for some in units.values()
            for unit in some
            for number in (unit.billing_address_no, unit.shipping_address_no)
            if number is not None
        }
        found = {number: fresh.addresses[number] for number in numbers if number in fresh.addresses}
        for address_no, *name_and_city in self._database.tuples_for_keys(_ADDRESSES, sorted(numbers - found.keys())):
            found[address_no] = tuple(name_and_city)
        return found


def _summary(units: Sequence[SummedUnit], addresses: Mapping[int, NameAndCity]) -> _Summary:
    """Sum up the units of an order; they come sorted by update, latest last."""
    if len(units) == 1:
        return _summary_of_one(units[0], addresses)
    statuses = {unit.status for unit in units}
    active = [unit for unit in units if unit.status != CANCELLED]
    currencies = {unit.currency for unit in active or units}
    # Amounts in different currencies, or in an unknown one, have no meaningful sum.
    known = len(currencies) == 1 and all(currencies)
    goods = sum(unit.price for unit in active) if known else None
    shipping = known_sum(unit.shipping_rate for unit in active) if known else None
    billing_no = _latest(unit.billing_address_no for unit in units)
    shipping_no = _latest(unit.shipping_address_no for unit in units)
    billing = None if billing_no is None else addresses.get(billing_no)
    shipping_to = None if shipping_no is None else addresses.get(shipping_no)
    supplier = {unit.is_marketplace_deemed_supplier for unit in units}
    created = [unit.created_at for unit in units if unit.created_at]
    updated = [unit.updated_at for unit in units if unit.updated_at]
    return _Summary(
        order_status(statuses),
        "\n".join(("", *sorted(statuses), "")) if len(statuses) > 1 else None,
        _latest(unit.storefront for unit in units),
        _name(billing) or _name(shipping_to),
        _city(shipping_to),
        _latest(unit.buyer_email for unit in units),
        billing_no,
        shipping_no,
        None if goods is None or shipping is None else goods + shipping,
        goods,
        shipping,
        currencies.pop() if known else None,
        len({_line(unit) for unit in units}),
        len(units),
        _latest(unit.fulfillment_type for unit in units),
        1 if 1 in supplier else None if None in supplier else 0,
        min(created, default=None),
        max(updated, default=None),
    )


def _summary_of_one(unit: SummedUnit, addresses: Mapping[int, NameAndCity]) -> _Summary:
    """Sum up an order with one unit, as most have: the same result in a third of the time."""
    billing_no, shipping_no = unit.billing_address_no, unit.shipping_address_no
    billing = None if billing_no is None else addresses.get(billing_no)
    shipping_to = None if shipping_no is None else addresses.get(shipping_no)
    active, known = unit.status != CANCELLED, bool(unit.currency)
    goods = (unit.price if active else 0) if known else None
    shipping = (unit.shipping_rate if active else 0) if known else None
    return _Summary(
        unit.status,
        None,
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


def _line(unit: SummedUnit) -> tuple[Any, ...]:
    """Return the fields in which all units of one line are equal (see the view v_order_lines)."""
    return (unit.status, unit.ean, unit.title, unit.id_offer, unit.price, unit.vat, unit.currency)


def _name(address: NameAndCity | None) -> str | None:
    """Return the person's name, else the company's; masked and empty names count as missing."""
    if address is None:
        return None
    first, last, company, _ = address
    person = " ".join(part for part in map(meaningful, (first, last)) if part)
    return person or meaningful(company) or None


def _city(address: NameAndCity | None) -> str | None:
    if address is None:
        return None
    *_, city = address
    return meaningful(city) or None


_Value = TypeVar("_Value")


def _latest(values: Iterable[_Value | None]) -> _Value | None:
    """Return the last known value; the units come sorted by update."""
    return next((value for value in reversed(list(values)) if value is not None), None)
