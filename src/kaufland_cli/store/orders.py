"""Writes orders: units as they come from Kaufland, their history, and each order's summary.

All methods that write run inside a transaction that the caller has opened.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

from kaufland_cli.seller_api.moments import as_text
from kaufland_cli.seller_api.order_invoices import OrderInvoice
from kaufland_cli.seller_api.order_units import ADDRESS_FIELDS, Address, OrderUnit, Product, UnreadableUnit
from kaufland_cli.store.database import Database
from kaufland_cli.store.order_status import CANCELLED
from kaufland_cli.store.order_summaries import summarise
from kaufland_cli.store.run_book import RunBook

REQUESTS_A_RUN = 2**24
UnitChange = Literal["new", "changed", "unchanged", "failed"]

# A change of one of these is a row in the unit's history.
HISTORY_FIELDS = (
    "id_order",
    "status",
    "price",
    "shipping_rate",
    "revenue_gross",
    "revenue_net",
    "vat",
    "currency",
    "cancel_reason",
    "billing_address_no",
    "shipping_address_no",
)
# Kaufland withholds some of these for a while, or drops them later; what is known is never replaced by nothing.
NEVER_EMPTIED = (
    "billing_address_no",
    "shipping_address_no",
    "id_buyer",
    "buyer_email",
    "product_no",
    "storefront",
    "currency",
    "created_at",
)

_UNIT_COLUMNS = (
    "id_order_unit",
    "id_order",
    "status",
    "storefront",
    "currency",
    "price",
    "shipping_rate",
    "revenue_gross",
    "revenue_net",
    "vat",
    "id_offer",
    "product_no",
    "cancel_reason",
    "created_at",
    "updated_at",
    "fulfillment_type",
    "is_marketplace_deemed_supplier",
    "id_buyer",
    "buyer_email",
    "billing_address_no",
    "shipping_address_no",
    "more",
    "asked_as",
)
_INSERT_UNIT = (
    f"INSERT OR REPLACE INTO order_units ({', '.join(_UNIT_COLUMNS)}) VALUES ({', '.join('?' * len(_UNIT_COLUMNS))})"  # noqa: S608 - our own names
)


@dataclass(frozen=True, slots=True)
class StoredUnit:
    """What became of one unit of an answer."""

    key: int | str
    """The unit's id; for a unit without one, a hash of it."""
    id_order: str | None
    change: UnitChange
    status: str | None = None
    status_before: str | None = None
    created_at: str | None = None
    reason: str | None = None
    """Why it could not be read."""


@dataclass(slots=True)
class StoredPage:
    """What became of the units of one answer."""

    units: list[StoredUnit] = field(default_factory=list)
    orders_new: set[str] = field(default_factory=set)
    orders_changed: set[str] = field(default_factory=set)
    orders_cancelled: set[str] = field(default_factory=set)
    """Orders that were known and have become wholly cancelled."""
    rows_new: int = 0


class Orders:
    """The orders of the store, for writing."""

    def __init__(self, database: Database, book: RunBook) -> None:
        self._database = database
        self._book = book
        # By unit, the latest question whose answer changed nothing: kept here and not in the store, so that reading the
        # same thing again writes nothing. Answers come out of order within one run only.
        self._confirmed_as: dict[int | str, int] = {}

    def store_units(
        self, units: Iterable[OrderUnit | UnreadableUnit], *, asked_as: int, run_id: int, at: datetime, reading: int = 0
    ) -> StoredPage:
        """Store the units of one answer and bring their orders' summaries up to date.

        `asked_as` tells when the answer was asked for: it never overwrites one that was asked for later.
        """
        page = StoredPage()
        touched: dict[str, None] = {}
        moment = as_text(at)
        for unit in units:
            if isinstance(unit, UnreadableUnit):
                page.units.append(self._keep_unreadable(unit, moment))
                continue
            stored, left = self._store_unit(unit, asked_as, run_id, moment, page)
            page.units.append(stored)
            if stored.change != "unchanged":
                touched[unit.id_order] = None
            if left is not None:
                touched[left] = None
        for id_order in touched:
            self._summarise(id_order, page)
        self._book.add(page, reading)
        return page

    def store_details(self, id_order: str, pickup_location: Mapping[str, Any] | None, at: datetime) -> None:
        """Keep what only the whole order tells: the pickup point. A known one is never replaced by nothing."""
        pickup = _json(pickup_location) if pickup_location and any(pickup_location.values()) else None
        self._database.execute(
            "UPDATE orders SET pickup_location = coalesce(?, pickup_location), details_read_at = ? WHERE id_order = ?",
            (pickup, as_text(at), id_order),
        )

    def store_invoices(self, invoices: Iterable[OrderInvoice]) -> None:
        """Keep the invoices; one that is known already changes nothing."""
        self._database.execute_many(
            "INSERT OR IGNORE INTO order_invoices VALUES (?, ?, ?, ?, ?)",
            [
                (
                    invoice.id_invoice,
                    invoice.id_order,
                    invoice.original_name,
                    invoice.created_at,
                    invoice.is_marketplace_deemed_supplier,
                )
                for invoice in invoices
            ],
        )

    def _store_unit(
        self, unit: OrderUnit, asked_as: int, run_id: int, moment: str, page: StoredPage
    ) -> tuple[StoredUnit, str | None]:
        """Store one unit; return what became of it, and the order that it left if it belonged to another one."""
        known = self._known_unit(unit.id_order_unit)
        key = unit.id_order_unit if known is None else known["id_order_unit"]
        before = None if known is None else str(known["status"])
        unchanged = StoredUnit(key, unit.id_order, "unchanged", unit.status, before, unit.created_at)
        if known is not None and max(known["asked_as"], self._confirmed_as.get(key, 0)) > asked_as:
            return unchanged, None
        row = self._unit_row(unit, known)
        self._forget_unreadable(key)
        if known is not None and all(row[name] == known[name] for name in _UNIT_COLUMNS[:-1]):
            self._confirmed_as[key] = asked_as
            return unchanged, None
        row["asked_as"] = asked_as
        if known is None or known["id_order"] != unit.id_order:
            found = self._database.execute(
                "INSERT OR IGNORE INTO orders (id_order, imported_at) VALUES (?, ?)", (unit.id_order, moment)
            )
            if found.rowcount:
                page.orders_new.add(unit.id_order)
        self._database.execute(_INSERT_UNIT, [row[name] for name in _UNIT_COLUMNS])
        if known is not None:
            self._database.execute_many(
                "INSERT INTO unit_history (id_order_unit, id_order, at, run_id, field, old, new)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (key, unit.id_order, moment, run_id, name, known[name], row[name])
                    for name in HISTORY_FIELDS
                    if known[name] != row[name]
                ],
            )
        if unit.id_order not in page.orders_new:
            page.orders_changed.add(unit.id_order)
        change: UnitChange = "new" if known is None else "changed"
        left = None if known is None or known["id_order"] == unit.id_order else str(known["id_order"])
        return StoredUnit(key, unit.id_order, change, unit.status, before, unit.created_at), left

    def _known_unit(self, id_order_unit: int | str) -> Mapping[str, Any] | Any | None:
        """Return the stored unit, also where its id came as a number before and comes as text now."""
        text = str(id_order_unit)
        as_number = isinstance(id_order_unit, str) and re.fullmatch(r"[1-9][0-9]{0,17}", text)
        other = int(text) if as_number else text
        find = "SELECT * FROM order_units WHERE id_order_unit = ?"
        return self._database.row(find, (id_order_unit,)) or self._database.row(find, (other,))

    def _unit_row(self, unit: OrderUnit, known: Mapping[str, Any] | Any | None) -> dict[str, Any]:
        """Return the row to store: the answer, with what is known kept where the answer is silent."""
        more = dict(unit.more)
        if unit.buyer is not None and unit.buyer.more:
            more["buyer"] = unit.buyer.more
        if known is not None and known["more"]:
            # Two calls give the same unit with different extra fields; neither takes away what the other told.
            more = {**json.loads(known["more"]), **more}
        more = {name: value for name, value in more.items() if value is not None}
        row: dict[str, Any] = {
            "id_order_unit": unit.id_order_unit if known is None else known["id_order_unit"],
            "id_order": unit.id_order,
            "status": unit.status,
            "storefront": unit.storefront,
            "currency": unit.currency,
            "price": unit.price,
            "shipping_rate": unit.shipping_rate,
            "revenue_gross": unit.revenue_gross,
            "revenue_net": unit.revenue_net,
            "vat": unit.vat,
            "id_offer": unit.id_offer,
            "product_no": self._product_no(unit.product),
            "cancel_reason": unit.cancel_reason,
            "created_at": unit.created_at,
            "updated_at": unit.updated_at,
            "fulfillment_type": unit.fulfillment_type,
            "is_marketplace_deemed_supplier": unit.is_marketplace_deemed_supplier,
            "id_buyer": unit.buyer.id_buyer if unit.buyer else None,
            "buyer_email": unit.buyer.email if unit.buyer else None,
            "billing_address_no": self._address_no(unit.billing_address),
            "shipping_address_no": self._address_no(unit.shipping_address),
            "more": _json(more) if more else None,
        }
        if known is not None:
            for name in NEVER_EMPTIED:
                if row[name] in {None, ""}:
                    row[name] = known[name]
        return row

    def _address_no(self, address: Address | None) -> int | None:
        if address is None:
            return None
        fields = asdict(address)
        more = _json(fields.pop("more")) if address.more else None
        values = [fields[name] for name in ADDRESS_FIELDS]
        return self._number_of("addresses", "address_no", [*ADDRESS_FIELDS, "more"], [*values, more])

    def _product_no(self, product: Product | None) -> int | None:
        if product is None or not (product.id_product or product.title or product.eans or any(product.more.values())):
            return None
        values = [
            product.id_product,
            product.title,
            product.eans[0] if product.eans else None,
            json.dumps(product.eans),
            _json(product.more) if product.more else None,
        ]
        return self._number_of("products", "product_no", ["id_product", "title", "ean", "eans", "more"], values)

    def _number_of(self, table: str, number: str, names: Sequence[str], values: Sequence[Any]) -> int:
        """Return the number of the row with this content, adding it where it is new."""
        content = blake2b(json.dumps(values).encode(), digest_size=16).digest()
        find = f"SELECT {number} FROM {table} WHERE content_hash = ?"  # noqa: S608 - our own names
        found = self._database.value(find, (content,))
        if found is None:
            marks = ", ".join("?" * (len(names) + 1))
            insert = f"INSERT INTO {table} (content_hash, {', '.join(names)}) VALUES ({marks})"  # noqa: S608 - our own names
            found = self._database.execute(insert, (content, *values)).lastrowid
        return int(found)

    def _keep_unreadable(self, unit: UnreadableUnit, moment: str) -> StoredUnit:
        key = unit.id_order_unit
        if key is None:
            key = blake2b(unit.raw.encode(), digest_size=16).hexdigest()
        same = "SELECT 1 FROM unreadable_units WHERE unreadable_key = ? AND reason = ? AND raw = ?"
        if self._database.value(same, (str(key), unit.reason, unit.raw)) is None:
            self._database.execute(
                "INSERT INTO unreadable_units VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (unreadable_key) DO UPDATE SET"
                " id_order = excluded.id_order, reason = excluded.reason, raw = excluded.raw,"
                " last_seen_at = excluded.last_seen_at",
                (str(key), unit.id_order_unit, unit.id_order, unit.reason, unit.raw, moment, moment),
            )
        return StoredUnit(key, unit.id_order, "failed", reason=unit.reason)

    def _forget_unreadable(self, key: int | str) -> None:
        self._database.execute("DELETE FROM unreadable_units WHERE unreadable_key = ?", (str(key),))

    def _summarise(self, id_order: str, page: StoredPage) -> None:
        before, now = summarise(self._database, id_order)
        if now is None:
            page.orders_new.discard(id_order)
            page.orders_changed.discard(id_order)
        if now == CANCELLED and before != CANCELLED and id_order not in page.orders_new:
            page.orders_cancelled.add(id_order)


def _json(value: Mapping[str, Any]) -> str:
    """Write JSON that is equal for equal content."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
