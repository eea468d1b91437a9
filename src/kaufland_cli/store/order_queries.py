"""Reads orders from the store: lists, whole orders and counts."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from kaufland_cli.domain.addresses import in_one_line
from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.domain.orders import (
    ADDRESS_FIELDS,
    MAX_INTEGER,
    Address,
    BilledElsewhere,
    Buyer,
    Change,
    DepartedUnit,
    FailedUnit,
    Order,
    OrderLine,
    OrderSummary,
    OrderTotal,
    OrderUnit,
    PickupLocation,
    Product,
)
from kaufland_cli.domain.sales_order_states import MAY_HAVE_DOCUMENT, STATES
from kaufland_cli.domain.statuses import NEED_TO_BE_SENT, OF_KAUFLAND, SOLD
from kaufland_cli.domain.text import meaningful
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.intern_tables import all_eans, known_product
from kaufland_cli.store.search_index import search_condition
from kaufland_cli.store.sql_functions import listed
from kaufland_cli.store.unit_rows import FAILED_UNIT_COLUMNS, NO_UNIT, UNIT_COLUMNS, extras_changes

if TYPE_CHECKING:
    from kaufland_cli.domain.actions import Action

Record = dict[str, Any]

_SUMMARY = tuple(field.name for field in fields(OrderSummary))
_UNIT_COLUMNS = (
    f"{UNIT_COLUMNS}, product.id_offer, product.id_product, product.title, product.ean, product.eans,"
    " product_extras.more AS product_more, extras.fulfillment_type, extras.more"
)
_UNIT_TABLES = (
    "order_units AS unit LEFT JOIN products AS product USING (product_no)"
    " LEFT JOIN product_extras USING (product_extras_no) LEFT JOIN extras USING (extras_no)"
)
_UNITS = (
    f"SELECT {_UNIT_COLUMNS} FROM {_UNIT_TABLES}"  # noqa: S608 - our own names
    " WHERE unit.id_order = ? AND unit.absent_since IS NULL ORDER BY unit.id_order_unit"
)
# A unit that is missing from the whole order stays in the store with the time of that response (`absent_since`). It is
# in no line, total or sales order until Kaufland sends it again.
_DEPARTED = """
SELECT unit.id_order_unit, unit.ean, unit.title, unit.id_offer, unit.absent_since AS since, NULL AS moved_to
FROM v_order_units AS unit WHERE unit.id_order = ?1 AND unit.absent_since IS NOT NULL
UNION ALL
SELECT unit.id_order_unit, unit.ean, unit.title, unit.id_offer, max(moved.at), unit.id_order
FROM unit_history AS moved JOIN v_order_units AS unit USING (id_order_unit)
WHERE moved.field = 'id_order' AND moved.old = ?1 AND unit.id_order <> ?1 GROUP BY unit.id_order_unit
ORDER BY 1"""

_IN_OTHER_SALES_ORDERS = f"""
SELECT unit.id_order_unit, sales_orders.id_order, sales_orders.number
FROM order_units AS unit
JOIN unit_history AS moved ON moved.id_order_unit = unit.id_order_unit AND moved.field = 'id_order'
JOIN sales_orders ON sales_orders.id_order = moved.old
JOIN json_each(sales_orders.snapshot, '$.units') AS kept ON kept.key = CAST(unit.id_order_unit AS TEXT)
WHERE unit.id_order = ?1 AND moved.old <> ?1 AND unit.absent_since IS NULL AND unit.status <> 'cancelled'
 AND sales_orders.state IN {listed(MAY_HAVE_DOCUMENT)}
 AND json_extract(kept.value, '$.status') IN {listed(SOLD)}
GROUP BY 1, 2 ORDER BY 2, 1"""  # noqa: S608 - our own words
_MISSING = "SELECT detail FROM details_wanted WHERE id_order = ?"
# Marked as sent or cancelled here since the last complete import, which knows better. Clocks may differ.
_HANDLED = """
SELECT id_order_unit FROM actions WHERE state = 'done' AND kind IN ('ship', 'cancel')
AND ended_at >= coalesce((SELECT strftime('%Y-%m-%dT%H:%M:%SZ', watermark, '-10 minutes') FROM sync_state), '')"""
# Each created one has a number.
_WITHOUT_SALES_ORDER = (
    "sales_order_state IS NOT 'created'"
    " AND (SELECT number FROM sales_orders WHERE sales_orders.id_order = orders.id_order) IS NULL"
)
# The highest number of an order that was there before the first run that ended at this time or later; 0 if that is not
# recorded, or the run before that one is not, since runs are not kept for ever.
_LAST_BEFORE = """
SELECT coalesce((SELECT min(last_order_no) FROM runs WHERE run_id >= first.run_id
 AND NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.run_id >= first.run_id AND later.last_order_no IS NULL)
 AND (first.run_id = 1 OR EXISTS (SELECT 1 FROM runs AS before WHERE before.run_id = first.run_id - 1))), 0)
FROM (SELECT min(run_id) AS run_id FROM runs WHERE max(started_at, coalesce(finished_at, '9')) >= ?) AS first"""
_COUNTED = set(STATES) - {"created"}
"""The states that are counted; all other sales orders are created, as nearly all are."""
_BOOLEANS = ("invoice_uploaded", "is_marketplace_deemed_supplier")


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders a list shows; empty means all. Times are UTC text."""

    statuses: Sequence[str] = ()
    """The order itself or at least one of its units has one of these."""
    storefronts: Sequence[str] = ()
    created_since: str | None = None
    created_until: str | None = None
    imported_since: str | None = None
    search: str | None = None
    """Part of a searched text (see `search_index`), regardless of case, Unicode form and spacing."""
    without_sales_order: bool = False
    sales_order_states: Sequence[str] = ()
    limit: int | None = None

    def where(self, database: Database) -> tuple[str, list[Any]]:
        """Return the SQL condition on the table of orders with its values."""
        parts: list[str] = []
        values: list[Any] = []

        def add(part: str, *found: Any) -> None:
            parts.append(part)
            values.extend(found)

        if self.statuses:
            among_units = " OR ".join("instr(unit_statuses, ?)" for _ in self.statuses)
            add(
                f"(status IN ({_marks(self.statuses)}) OR unit_statuses IS NOT NULL AND ({among_units}))",
                *self.statuses,
                *(f"\n{status}\n" for status in self.statuses),
            )
        if self.storefronts:
            add(f"storefront IN ({_marks(self.storefronts)})", *(code.lower() for code in self.storefronts))
        if self.created_since:
            add("created_at >= ?", self.created_since)
        if self.created_until:
            add("created_at < ?", self.created_until)
        if self.imported_since:
            add("imported_at >= ?", self.imported_since)
            add("order_no > ?", database.value(_LAST_BEFORE, (self.imported_since,)))
        if self.without_sales_order:
            add(_WITHOUT_SALES_ORDER)
        if self.sales_order_states:
            add(f"coalesce(sales_order_state, 'none') IN ({_marks(self.sales_order_states)})", *self.sales_order_states)
        if self.search:
            part, found = search_condition(database, self.search)
            add(part, *found)
        return (" WHERE " + " AND ".join(parts) if parts else ""), values


class StoreCounts(NamedTuple):
    """How much there is in the store."""

    orders: int
    units: int
    units_failed: int
    """Units that could not be read and still count as a problem."""
    units_set_aside: int
    details_waiting: int
    """Orders whose details are still to be fetched."""


class OrderQueries:
    """The orders of the store, for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def orders(self, chosen: OrderFilter) -> Iterator[OrderSummary]:
        """Yield the orders, newest first."""
        where, values = chosen.where(self._database)
        limit = "" if chosen.limit is None else f" LIMIT {min(int(chosen.limit), MAX_INTEGER)}"
        columns = ", ".join(f"listed.{name}" for name in _SUMMARY)
        sql = (
            f"SELECT {columns} FROM (SELECT id_order, created_at FROM orders{where}) AS found"  # noqa: S608 - built above from our own names
            " CROSS JOIN v_orders AS listed ON listed.id_order = found.id_order"
            f" ORDER BY found.created_at DESC, found.id_order DESC{limit}"
        )
        for row in self._database.rows(sql, values):
            yield _summary(row)

    def count(self, chosen: OrderFilter) -> int:
        """Return how many orders the filter finds; its limit is ignored."""
        where, values = chosen.where(self._database)
        if not where:
            return int(self._database.value("SELECT orders FROM row_counts"))
        return int(self._database.value(f"SELECT count(*) FROM orders{where}", values))  # noqa: S608 - as above

    def units(self, chosen: OrderFilter) -> Iterator[OrderUnit]:
        """Yield the units of the orders that the filter finds, the newest order first; at most `limit` units.

        A status that only some units of an order have finds only these units.
        """
        sql, values = self._units_found(chosen)
        limit = "" if chosen.limit is None else f" LIMIT {min(int(chosen.limit), MAX_INTEGER)}"
        order = "chosen.created_at DESC, chosen.id_order DESC, unit.id_order_unit"
        for row in self._database.rows(f"SELECT {_UNIT_COLUMNS} {sql} ORDER BY {order}{limit}", values):
            yield self._unit(row)

    def count_units(self, chosen: OrderFilter) -> int:
        """Return how many units `units` yields without a limit."""
        sql, values = self._units_found(chosen)
        return int(self._database.value(f"SELECT count(*) {sql}", values))

    def _units_found(self, chosen: OrderFilter) -> tuple[str, list[Any]]:
        where, values = chosen.where(self._database)
        marks = _marks(chosen.statuses)
        among = f" AND (chosen.status IN ({marks}) OR unit.status IN ({marks}))" if chosen.statuses else ""
        sql = (
            f"FROM (SELECT id_order, status, created_at FROM orders{where}) AS chosen CROSS JOIN {_UNIT_TABLES}"  # noqa: S608 - our own names
            f" WHERE unit.id_order = chosen.id_order AND unit.absent_since IS NULL{among}"
        )
        return sql, [*values, *chosen.statuses, *chosen.statuses]

    def addresses(self, id_order: str) -> tuple[Address | None, Address | None]:
        """Return the billing and the shipping address of an order."""
        sql = "SELECT billing_address_no, shipping_address_no FROM orders WHERE id_order = ?"
        numbers = self._database.row(sql, (id_order,)) or (None, None)
        return self._address(numbers[0]), self._address(numbers[1])

    def deadlines(self) -> dict[str | None, int]:
        """Return how many units the seller has to ship by each deadline, as Kaufland wrote it; None: it gave none."""
        sql, values = self._units_found(OrderFilter(statuses=[NEED_TO_BE_SENT]))
        deadline = "json_extract(extras.more, '$.delivery_time_expires_iso')"
        mine = f"unit.status = ? AND extras.fulfillment_type IS NOT ? AND unit.id_order_unit NOT IN ({_HANDLED})"
        rows = self._database.tuples(
            f"SELECT {deadline}, count(*) {sql} AND {mine} GROUP BY 1", [*values, NEED_TO_BE_SENT, OF_KAUFLAND]
        )
        return dict(rows)

    def unfinished_actions(self) -> dict[str, int]:
        """Return how many actions at Kaufland have not ended, by state; states without any are left out."""
        sql = (
            "SELECT state, count(*) FROM actions WHERE state IN ('planned', 'sending', 'in_doubt')"
            " GROUP BY state ORDER BY state"
        )
        return dict(self._database.tuples(sql))

    def handled_units(self) -> set[str]:
        """Return the units that were marked as sent or cancelled here, which the last import cannot know yet."""
        return {str(unit) for (unit,) in self._database.tuples(_HANDLED)}

    def pickup_locations(self, id_orders: Iterable[str]) -> dict[str, PickupLocation]:
        """Return the pickup points of these orders, of those that have one."""
        sql = f"SELECT id_order, pickup_location FROM orders WHERE pickup_location <> '' AND id_order IN ({MARKS})"  # noqa: S608 - only marks
        return {
            id_order: PickupLocation.of(json.loads(kept))
            for id_order, kept in self._database.tuples_for_keys(sql, id_orders)
        }

    def totals(self, chosen: OrderFilter) -> list[OrderTotal]:
        """Return the totals of the orders that the filter finds, by currency, largest first; its limit is ignored."""
        where, values = chosen.where(self._database)
        return self._totals(f"SELECT id_order FROM orders{where}", values)  # noqa: S608 - as above

    def totals_of(self, id_orders: Sequence[str]) -> list[OrderTotal]:
        """Return the totals of these orders."""
        return self._totals("SELECT value FROM json_each(?)", [json.dumps(id_orders)])

    def _totals(self, among: str, values: Sequence[Any]) -> list[OrderTotal]:
        sql = (
            "SELECT currency, count(*), sum(units), coalesce(sum(total_amount), 0), count(*) - count(total_amount)"  # noqa: S608 - as above
            f" FROM v_orders WHERE id_order IN ({among}) GROUP BY currency ORDER BY count(*) DESC, currency"
        )
        return [OrderTotal(*row) for row in self._database.tuples(sql, values)]

    def ids_beginning(self, text: str, limit: int) -> list[str]:
        """Return at most `limit` ids that begin with this text, newest orders first."""
        sql = (
            "SELECT id_order FROM orders WHERE substr(id_order, 1, length(?1)) = ?1"
            " ORDER BY created_at DESC, id_order DESC LIMIT ?2"
        )
        return [row["id_order"] for row in self._database.rows(sql, (text, limit))]

    def has_status(self, status: str) -> bool:
        """Return whether an order or a unit has this status."""
        sql = "SELECT EXISTS (SELECT 1 FROM orders WHERE status = ? OR instr(unit_statuses, ?))"
        return bool(self._database.value(sql, (status, f"\n{status}\n")))

    def has_storefront(self, code: str) -> bool:
        """Return whether any stored order is from this storefront."""
        return bool(self._database.value("SELECT EXISTS (SELECT 1 FROM orders WHERE storefront = ?)", (code,)))

    def storefronts(self) -> set[str]:
        """Return the storefronts of the stored orders."""
        found = self._database.tuples("SELECT DISTINCT storefront FROM orders WHERE storefront IS NOT NULL")
        return {str(code) for (code,) in found}

    def order(self, id_order: str) -> Order | None:
        """Return one order with addresses, lines, units, history and unreadable units; None if it is not stored.

        If none of its units could be read, it has little more than their reasons.
        """
        failed = tuple(self.unreadable_units(id_order))
        summary = self._database.row(f"SELECT {', '.join(_SUMMARY)} FROM v_orders WHERE id_order = ?", (id_order,))  # noqa: S608 - our own names
        row = self._database.row("SELECT * FROM orders WHERE id_order = ?", (id_order,))
        if summary is None or row is None:
            unread = OrderSummary(id_order=id_order, units_failed=len(failed))
            return Order(summary=unread, failed=failed) if failed else None
        return Order(
            summary=_summary(summary),
            goods_amount=None if failed else row["goods_amount"],
            shipping_amount=None if failed else row["shipping_amount"],
            billing_address=self._address(row["billing_address_no"]),
            shipping_address=self._address(row["shipping_address_no"]),
            pickup_location=_pickup_location(row["pickup_location"]),
            erased_at=self._database.value("SELECT at FROM erased_orders WHERE id_order = ?", (id_order,)),
            lines=tuple(self._lines(id_order)),
            units=tuple(self._units(id_order)),
            departed_units=_departed_units(self._database, id_order),
            in_other_sales_orders=_in_other_sales_orders(self._database, id_order),
            history=tuple(self._history(id_order)),
            failed=failed,
            actions=self._actions(id_order),
            missing_details=frozenset(Detail(detail) for (detail,) in self._database.tuples(_MISSING, (id_order,))),
        )

    def _actions(self, id_order: str) -> "tuple[Action, ...]":
        if not self._database.value("SELECT EXISTS (SELECT 1 FROM actions WHERE id_order = ?)", (id_order,)):
            return ()
        from kaufland_cli.store.actions import Actions  # noqa: PLC0415 - most orders have none

        return tuple(Actions(self._database).of_order(id_order))

    def find_id(self, text: str) -> str | None:
        """Return the id of the order that a person typed: exactly, without surrounding blanks, or in capitals.

        An id with a blank in it, as Kaufland sent it, is found only if the blank is typed too.
        """
        sql = (
            "SELECT id_order FROM (SELECT id_order FROM orders WHERE id_order IN (?1, ?2, upper(?2))"
            " UNION SELECT id_order FROM unreadable_units WHERE id_order IN (?1, ?2, upper(?2)))"
            " ORDER BY id_order = ?1 DESC, id_order = ?2 DESC"
        )
        found = self._database.value(sql, (text, text.strip()))
        return None if found is None else str(found)

    def _lines(self, id_order: str) -> Iterator[OrderLine]:
        sql = "SELECT * FROM v_order_lines WHERE id_order = ? ORDER BY cancelled, title, id_offer"
        for row in self._database.rows(sql, (id_order,)):
            found = {name: row[name] for name in OrderLine._fields}
            unit_ids = tuple(json.loads(row["unit_ids"]))
            yield OrderLine(**{**found, "cancelled": bool(row["cancelled"]), "unit_ids": unit_ids})

    def _units(self, id_order: str) -> Iterator[OrderUnit]:
        for row in self._database.rows(_UNITS, (id_order,)):
            yield self._unit(row)

    def _unit(self, row: sqlite3.Row) -> OrderUnit:
        more = _more(row["more"])
        buyer = Buyer(row["id_buyer"], row["buyer_email"], more.pop("buyer", {}))
        known = any(value is not None for value in buyer[:2]) or buyer.more
        return OrderUnit(
            id_order_unit=row["id_order_unit"],
            id_order=row["id_order"],
            status=row["status"],
            storefront=row["storefront"],
            currency=row["currency"],
            price=row["price"],
            shipping_rate=row["shipping_rate"],
            revenue_gross=row["revenue_gross"],
            revenue_net=row["revenue_net"],
            vat=row["vat"],
            id_offer=row["id_offer"],
            cancel_reason=row["cancel_reason"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            fulfillment_type=row["fulfillment_type"],
            is_marketplace_deemed_supplier=_as_bool(row["is_marketplace_deemed_supplier"]),
            buyer=buyer if known else None,
            billing_address=self._address(row["billing_address_no"]),
            shipping_address=self._address(row["shipping_address_no"]),
            product=_product(row),
            more=more,
        )

    def unreadable_units(self, id_order: str | None = None) -> Iterator[FailedUnit]:
        """Yield the unreadable units, latest first: all of one order, or of all orders those not set aside."""
        where = " WHERE set_aside IS NULL" if id_order is None else " WHERE id_order = ?"
        sql = (
            f"SELECT {FAILED_UNIT_COLUMNS} FROM unreadable_units"  # noqa: S608 - as above
            f"{where} ORDER BY last_seen_at DESC, unreadable_key"
        )
        for row in self._database.tuples(sql, () if id_order is None else (id_order,)):
            yield FailedUnit(*row)

    def sales_order_counts(self) -> Record:
        """Return the number of sales orders in each state; states without any are left out."""
        sql = (
            f"SELECT state, count(*) FROM sales_orders WHERE state IN {listed(_COUNTED)} GROUP BY state ORDER BY state"  # noqa: S608 - our own words
        )
        found = dict(self._database.tuples(sql))
        created = int(self._database.value("SELECT sales_orders FROM row_counts")) - sum(found.values())
        return dict(sorted([*found.items(), *([("created", created)] if created else [])]))

    def first_sales_order_confirmed(self) -> bool:
        """Return whether a person has confirmed a first sales order, in any target."""
        return self._database.value("SELECT 1 FROM sales_order_confirmations WHERE what = 'first'") is not None

    def any_sales_order(self) -> bool:
        """Return whether there is a sales order, or an order waiting for one."""
        return self._database.value("SELECT 1 FROM sales_orders") is not None

    def counts(self) -> StoreCounts:
        """Return the numbers of orders, units, unreadable units, and orders whose details are still to be fetched."""
        row = self._database.row(
            "SELECT orders, units,"
            " (SELECT count(*) FROM unreadable_units WHERE set_aside IS NULL) AS units_failed,"
            " (SELECT count(*) FROM unreadable_units WHERE set_aside IS NOT NULL) AS units_set_aside,"
            " (SELECT count(DISTINCT id_order) FROM details_wanted) AS details_waiting FROM row_counts"
        )
        return StoreCounts(**dict(row)) if row is not None else StoreCounts(0, 0, 0, 0, 0)

    def _history(self, id_order: str) -> Iterator[Change]:
        """Yield the changes, latest first; an address or a product is written as one line.

        Each extra field has its own entry, under Kaufland's name. A change of the order itself has no unit.
        """
        sql = (
            "SELECT at, id_order_unit, field, old, new FROM unit_history WHERE id_order = ?1"
            " OR (field = 'id_order' AND old = ?1) ORDER BY history_no DESC"
        )
        for row in self._database.rows(sql, (id_order,)):
            at, name, old, new = row["at"], row["field"], row["old"], row["new"]
            unit = None if row["id_order_unit"] == NO_UNIT else row["id_order_unit"]
            if name == "extras_no":
                for one, before, after in extras_changes(self._extras(new), self._extras(old)):
                    yield Change(at, unit, one, _field_value(before), _field_value(after))
                continue
            if name.endswith("_address_no"):
                old, new = _as_lines(self._address(old), self._address(new), in_one_line)
            elif name == "product_no":
                (offer_before, old), (offer, new) = self._sold(old), self._sold(new)
                if offer != offer_before:
                    yield Change(at, unit, "id_offer", offer_before, offer)
                if old == new:
                    continue
                old, new = _as_lines(old, new, _product_line)
            elif name == "pickup_location":
                old, new = _as_lines(_pickup_location(old), _pickup_location(new), _pickup_line)
            elif name in _BOOLEANS:
                old, new = _as_bool(old), _as_bool(new)
            yield Change(at, unit, name.removesuffix("_no"), old, new)

    def _extras(self, extras_no: int | None) -> Record:
        return _more(self._database.value("SELECT more FROM extras WHERE extras_no = ?", (extras_no,)))

    def _sold(self, product_no: int | None) -> tuple[str | None, Product | None]:
        """Return the offer and the product that have this number."""
        row = self._database.row(
            "SELECT id_offer, id_product, title, ean, eans, product_extras.more AS product_more FROM products"
            " LEFT JOIN product_extras USING (product_extras_no) WHERE product_no = ?",
            (product_no,),
        )
        return (None, None) if row is None else (row["id_offer"], _product(row))

    def _address(self, address_no: int | None) -> Address | None:
        row = self._database.row("SELECT * FROM addresses WHERE address_no = ?", (address_no,))
        if row is None:
            return None
        return Address(**{name: row[name] for name in ADDRESS_FIELDS}, more=_more(row["more"]))


Shown = TypeVar("Shown", Address, Product, PickupLocation)


def _as_lines(old: Shown | None, new: Shown | None, shown: Callable[[Shown], str]) -> tuple[str | None, str | None]:
    """Return each as one line; if the lines are equal, only the fields that differ."""
    texts = (None if old is None else shown(old), None if new is None else shown(new))
    if old is None or new is None or texts[0] != texts[1]:
        return texts
    before, after = _fields_of(old), _fields_of(new)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    differing = [", ".join(f"{name} {one.get(name)}" for name in names) for one in (before, after)]
    return differing[0], differing[1]


def _fields_of(whole: Address | Product | PickupLocation) -> Mapping[str, Any]:
    if isinstance(whole, Address | PickupLocation):
        return whole.fields
    return {"id_product": whole.id_product, "title": whole.title, "eans": ", ".join(whole.eans), **whole.more}


def _product_line(product: Product) -> str:
    eans = f"(EAN {', '.join(product.eans)})" if product.eans else ""
    name = product.title or product.id_product or ""  # as Kaufland sent it; a title is not always text
    return f"{name} {eans}".strip()


def _pickup_location(kept: str | None) -> PickupLocation | None:
    return PickupLocation.of(json.loads(kept)) if kept else None


def _pickup_line(point: PickupLocation) -> str:
    return " ".join(text for part in (point.provider, point.number) if (text := meaningful(part)))


def _field_value(value: Any) -> Any:
    """Return the value of an extra field as the history shows it; objects and lists as JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict | list) else value


def _summary(row: sqlite3.Row) -> OrderSummary:
    found = {name: row[name] for name in _SUMMARY}
    return OrderSummary(**found | {name: _as_bool(found[name]) for name in _BOOLEANS})


def _product(row: sqlite3.Row) -> Product | None:
    eans = all_eans(row["ean"], row["eans"])
    return known_product(Product(row["id_product"], row["title"], eans, _more(row["product_more"])))


def _more(text: str | None) -> Record:
    found: Record = json.loads(text) if text else {}
    return found


def _as_bool(value: object) -> bool | None:
    return None if value is None else bool(value)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _departed_units(database: Database, id_order: str) -> tuple[DepartedUnit, ...]:
    """Return units that no longer belong to the order: missing from its response, or moved to another order."""
    return tuple(DepartedUnit(*row) for row in database.rows(_DEPARTED, (id_order,)))


def _in_other_sales_orders(database: Database, id_order: str) -> tuple[BilledElsewhere, ...]:
    """Return the order's units that are in the sales order of another order, where they used to belong."""
    return tuple(BilledElsewhere(*row) for row in database.rows(_IN_OTHER_SALES_ORDERS, (id_order,)))
