"""Reads orders: lists, cards and counts, as records with the stable field names of the JSON output."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kaufland_cli.domain.addresses import in_one_line, joined
from kaufland_cli.seller_api.texts import MAX_INTEGER
from kaufland_cli.store.database import Database
from kaufland_cli.store.departed_units import departed_units, in_other_sales_orders
from kaufland_cli.store.search_index import search_condition
from kaufland_cli.store.unit_rows import NO_UNIT, extras_changes

Record = dict[str, Any]

ORDER_FIELDS = (
    "id_order",
    "status",
    "storefront",
    "buyer_name",
    "ship_to_city",
    "total_amount",
    "currency",
    "total",
    "lines",
    "units",
    "units_failed",
    "sales_order_no",
    "sales_order_state",
    "invoice_uploaded",
    "created_at",
    "updated_at",
    "imported_at",
    "fulfillment_type",
    "is_marketplace_deemed_supplier",
    "buyer_email",
)
UNIT_FIELDS = (
    "id_order_unit",
    "id_order",
    "status",
    "ean",
    "title",
    "id_offer",
    "price",
    "shipping_rate",
    "vat",
    "currency",
    "storefront",
    "cancel_reason",
    "created_at",
    "updated_at",
)
_EANS = (
    "SELECT eans FROM order_units JOIN products USING (product_no)"
    " WHERE order_units.id_order_unit = v_order_units.id_order_unit"
)
_YES_NO = ("invoice_uploaded", "is_marketplace_deemed_supplier", "cancelled")


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders a list shows; empty means all. Times are UTC text."""

    statuses: Sequence[str] = ()
    """Of the order itself or of at least one of its units."""
    storefronts: Sequence[str] = ()
    created_since: str | None = None
    created_until: str | None = None
    search: str | None = None
    """Part of a text that is searched (see `search_index`), in any case, however composed and spaced."""
    without_sales_order: bool = False
    sales_order_states: Sequence[str] = ()
    limit: int | None = None

    def where(self, database: Database) -> tuple[str, list[Any]]:
        """Return the SQL condition with its values."""
        parts: list[str] = []
        values: list[Any] = []

        def add(part: str, *found: Any) -> None:
            parts.append(part)
            values.extend(found)

        if self.statuses:
            marks = _marks(self.statuses)
            add(
                f"(status IN ({marks}) OR id_order IN (SELECT id_order FROM order_units WHERE status IN ({marks})))",  # noqa: S608 - marks only
                *self.statuses,
                *self.statuses,
            )
        if self.storefronts:
            add(f"storefront IN ({_marks(self.storefronts)})", *(code.lower() for code in self.storefronts))
        if self.created_since:
            add("created_at >= ?", self.created_since)
        if self.created_until:
            add("created_at < ?", self.created_until)
        if self.without_sales_order:
            add("sales_order_no IS NULL")
        if self.sales_order_states:
            add(f"sales_order_state IN ({_marks(self.sales_order_states)})", *self.sales_order_states)
        if self.search:
            part, found = search_condition(database, self.search)
            add(part, *found)
        return (" WHERE " + " AND ".join(parts) if parts else ""), values


class OrderQueries:
    """The orders of the store, for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def orders(self, chosen: OrderFilter) -> Iterator[Record]:
        """Yield the orders, newest first."""
        where, values = chosen.where(self._database)
        limit = "" if chosen.limit is None else f" LIMIT {min(int(chosen.limit), MAX_INTEGER)}"
        columns = ", ".join(ORDER_FIELDS)
        sql = f"SELECT {columns} FROM v_orders{where} ORDER BY created_at DESC, id_order DESC{limit}"  # noqa: S608 - built above from our own names
        for row in self._database.rows(sql, values):
            yield _record(row)

    def count(self, chosen: OrderFilter) -> int:
        """Return how many orders the filter finds, whatever its limit."""
        where, values = chosen.where(self._database)
        if not where:
            return int(self._database.value("SELECT orders FROM row_counts"))
        return int(self._database.value(f"SELECT count(*) FROM v_orders{where}", values))  # noqa: S608 - as above

    def has_status(self, status: str) -> bool:
        """Tell whether an order or a unit has this status."""
        sql = "SELECT ? IN (SELECT status FROM orders) OR ? IN (SELECT status FROM order_units)"
        return bool(self._database.value(sql, (status, status)))

    def order(self, id_order: str) -> Record | None:
        """Return one order as a card: with addresses, lines, units, history and what could not be read.

        An order of which no unit could be read is a card with hardly more than the reasons.
        """
        failed = list(self.unreadable_units(id_order))
        summary = self._database.row("SELECT * FROM v_orders WHERE id_order = ?", (id_order,))
        row = self._database.row("SELECT * FROM orders WHERE id_order = ?", (id_order,))
        if summary is None or row is None:
            unread = {"id_order": id_order, "units_failed": len(failed), "failed": failed}
            nothing = dict.fromkeys(
                (*ORDER_FIELDS, "billing_address", "shipping_address", "pickup_location", "erased_at")
            )
            lists: Record = {
                name: [] for name in ("lines", "units", "departed_units", "in_other_sales_orders", "history")
            }
            return {**nothing, "totals": {}, **lists, **unread} if failed else None
        return {
            **_record(summary),
            "totals": {
                "goods": None if failed else row["goods_amount"],
                "shipping": None if failed else row["shipping_amount"],
                "total": summary["total_amount"],
            },
            "billing_address": self._address(row["billing_address_no"]),
            "shipping_address": self._address(row["shipping_address_no"]),
            "pickup_location": json.loads(row["pickup_location"]) if row["pickup_location"] else None,
            "erased_at": self._database.value("SELECT at FROM erased_orders WHERE id_order = ?", (id_order,)),
            "lines": [
                {**_record(line), "unit_ids": json.loads(line["unit_ids"])}
                for line in self._database.rows(
                    "SELECT * FROM v_order_lines WHERE id_order = ? ORDER BY cancelled, title, id_offer", (id_order,)
                )
            ],
            "units": list(self.units(id_order)),
            "departed_units": departed_units(self._database, id_order),
            "in_other_sales_orders": in_other_sales_orders(self._database, id_order),
            "history": self._history(id_order),
            "failed": failed,
        }

    def find_id(self, text: str) -> str | None:
        """Return the id of the order that a person means: as typed, or without blanks around it, or in capitals.

        An id that came from Kaufland with a blank is meant only where the blank is typed too.
        """
        sql = (
            "SELECT id_order FROM (SELECT id_order FROM orders UNION SELECT id_order FROM unreadable_units)"
            " WHERE id_order IN (?1, ?2, upper(?2)) ORDER BY id_order = ?1 DESC, id_order = ?2 DESC"
        )
        found = self._database.value(sql, (text, text.strip()))
        return None if found is None else str(found)

    def units(self, id_order: str) -> Iterator[Record]:
        """Yield the units of an order, without those that have left it."""
        columns = ", ".join(UNIT_FIELDS)
        sql = (
            f"SELECT {columns}, ({_EANS}) AS eans FROM v_order_units"  # noqa: S608 - our own names
            " WHERE id_order = ? AND absent_since IS NULL ORDER BY id_order_unit"
        )
        for row in self._database.rows(sql, (id_order,)):
            yield {**_record(row), "eans": json.loads(row["eans"] or "[]")}

    def unreadable_units(self, id_order: str | None = None) -> Iterator[Record]:
        """Yield the units that could not be read, the latest first: all of one order, or those not set aside."""
        where = " WHERE set_aside IS NULL" if id_order is None else " WHERE id_order = ?"
        sql = (
            "SELECT id_order_unit, id_order, reason, last_seen_at AS seen_at, set_aside FROM unreadable_units"  # noqa: S608 - as above
            f"{where} ORDER BY last_seen_at DESC, unreadable_key"
        )
        for row in self._database.rows(sql, () if id_order is None else (id_order,)):
            yield dict(row)

    def sales_order_counts(self) -> Record:
        """Return how many sales orders there are in each state that any is in."""
        sql = "SELECT state, count(*) FROM sales_orders GROUP BY state ORDER BY state"
        return dict(self._database.tuples(sql))

    def first_sales_order_confirmed(self) -> bool:
        """Tell whether a person has looked at a first sales order, in whatever target."""
        return self._database.value("SELECT 1 FROM sales_order_confirmations WHERE what = 'first'") is not None

    def any_sales_order(self) -> bool:
        """Tell whether there is a sales order, or an order that waits for one."""
        return self._database.value("SELECT 1 FROM sales_orders") is not None

    def counts(self) -> Record:
        """Return how many orders, units, unreadable units and waiting details there are."""
        row = self._database.row(
            "SELECT orders, units,"
            " (SELECT count(*) FROM unreadable_units WHERE set_aside IS NULL) AS units_failed,"
            " (SELECT count(*) FROM unreadable_units WHERE set_aside IS NOT NULL) AS units_set_aside,"
            " (SELECT count(*) FROM details_wanted) AS details_waiting FROM row_counts"
        )
        return {} if row is None else dict(row)

    def _history(self, id_order: str) -> list[Record]:
        """Return what changed, the latest first; an address or a product is written out in one line.

        Of extra fields there is an entry each, by Kaufland's own name. What is the order's own has no unit.
        """
        found: list[Record] = []
        for row in self._database.rows(
            "SELECT at, id_order_unit, field, old, new FROM unit_history WHERE id_order = ?1"
            " OR (field = 'id_order' AND old = ?1) ORDER BY history_no DESC",
            (id_order,),
        ):
            entry = {**dict(row), "id_order_unit": None if row["id_order_unit"] == NO_UNIT else row["id_order_unit"]}
            name = entry["field"]
            if name == "extras_no":
                changes = extras_changes(self._extras(row["new"]), self._extras(row["old"]))
                found += [{**entry, "field": one, "old": _leaf(old), "new": _leaf(new)} for one, old, new in changes]
                continue
            if name.endswith("_address_no"):
                entry["old"], entry["new"] = _told(self._address(row["old"]), self._address(row["new"]), in_one_line)
            elif name == "product_no":
                entry["old"], entry["new"] = _told(self._product(row["old"]), self._product(row["new"]), _named)
            elif name == "pickup_location":
                entry["old"], entry["new"] = _told(json.loads(row["old"]), json.loads(row["new"]), _point)
            elif name in _YES_NO:
                entry["old"], entry["new"] = (None if row[side] is None else bool(row[side]) for side in ("old", "new"))
            entry["field"] = name.removesuffix("_no")
            found.append(entry)
        return found

    def _extras(self, extras_no: int | None) -> Record:
        more = self._database.value("SELECT more FROM extras WHERE extras_no = ?", (extras_no,))
        return json.loads(more) if more else {}

    def _product(self, product_no: int | None) -> Record | None:
        row = self._database.row(
            "SELECT id_product, title, eans, more FROM products WHERE product_no = ?", (product_no,)
        )
        if row is None:
            return None
        fields = {"id_product": row["id_product"], "title": row["title"], "eans": ", ".join(json.loads(row["eans"]))}
        return {**fields, **(json.loads(row["more"]) if row["more"] else {})}

    def _address(self, address_no: int | None) -> Record | None:
        row = self._database.row("SELECT * FROM addresses WHERE address_no = ?", (address_no,))
        if row is None:
            return None
        found = {name: row[name] for name in row.keys() if name not in {"address_no", "content_hash", "more"}}  # noqa: SIM118 - a Row iterates over its values
        return {**found, **(json.loads(row["more"]) if row["more"] else {})}


def _told(old: Record | None, new: Record | None, shown: Callable[[Record], str]) -> tuple[str | None, str | None]:
    """Return both in one line; where they look alike there, the fields that differ."""
    texts = (None if old is None else shown(old), None if new is None else shown(new))
    if old is None or new is None or texts[0] != texts[1]:
        return texts
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    before, after = (", ".join(f"{name} {one.get(name)}" for name in names) for one in (old, new))
    return before, after


def _named(product: Record) -> str:
    eans = f"(EAN {product['eans']})" if product["eans"] else ""
    name = product["title"] or product["id_product"] or ""  # whatever Kaufland gave as such: a title may be no text
    return f"{name} {eans}".strip()


def _point(point: Record) -> str:
    return joined(point, "provider", "pickup_location_id")


def _leaf(value: Any) -> Any:
    """Return a value of an extra field as it stands in the history; one with parts as JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict | list) else value


def _record(row: Any) -> Record:
    """Make a record of a row; yes, no and unknown become True, False and None."""
    found = dict(row)
    for name in _YES_NO:
        if found.get(name) is not None:
            found[name] = bool(found[name])
    return found


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
