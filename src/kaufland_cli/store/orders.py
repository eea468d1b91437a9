"""Writes orders for `order_import`: units, what only the whole order has, and invoices.

All methods run inside the caller's transaction.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kaufland_cli.domain.known import agree, changed_parts, is_unknown, known_spelling_kept, known_unless_masked
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.orders import ADDRESS_FIELDS, Address, OrderInvoice, OrderUnit, PickupLocation, UnreadableUnit
from kaufland_cli.domain.statuses import OPEN
from kaufland_cli.errors import KauflandError, StoreUnusable
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.intern_tables import InternTables
from kaufland_cli.store.page_writer import PageWriter, StoredPage
from kaufland_cli.store.run_tally import RunTally
from kaufland_cli.store.search_index import SearchIndex
from kaufland_cli.store.unit_rows import INSERT_HISTORY, NO_UNIT, unit_key

_KNOWN_ORDERS = f"SELECT id_order FROM orders WHERE id_order IN ({MARKS})"  # noqa: S608 - marks only
_NUMBER = "pickup_location_id"
_POINT_IDENTITY = ("provider", _NUMBER)
"""The fields that identify a pickup point."""


def _latest_point(new: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the pickup point to store: the new one with known details, or the known one if the new has no number."""
    if all(agree(new.get(name), known.get(name)) for name in _POINT_IDENTITY):
        return dict(known_spelling_kept(new, known))
    if is_unknown(new.get(_NUMBER)) and not is_unknown(known.get(_NUMBER)):
        return known
    return dict(known_unless_masked(new, known))


def _may_come_from_one_unit(error: Exception) -> bool:
    """Return whether one unit's content may have caused the error, rather than the store."""
    return type(error) is StoreUnusable or not isinstance(error, KauflandError)


class Orders:
    """The orders of the store, for writing."""

    def __init__(self, database: Database, tally: RunTally) -> None:
        self._database = database
        self._tally = tally
        self._interned = InternTables(database)
        self._search = SearchIndex(database)

    def store_units(
        self,
        units: Sequence[OrderUnit | UnreadableUnit],
        *,
        request_seq: int,
        run_id: int,
        at: datetime,
        pass_no: int = 0,
        whole_order: str | None = None,
    ) -> StoredPage:
        """Store the units of one response and update the summaries of their orders.

        `request_seq` is the run number times `SEQ_STRIDE` plus the number of the request in the run. A response of a
        later run wins; within a run the later update wins, otherwise the later request. `pass_no` is the pass over the
        list that the response belongs to; 0 if it is not from the list. `whole_order` is the id of the order whose
        units the response claims to list in full: units missing from it are absent from then on.

        A unit that cannot be stored is kept as an unreadable one, and the others are stored all the same.
        """

        def new_writer() -> PageWriter:
            return PageWriter(
                self._database,
                self._interned,
                self._search,
                self._tally,
                request_seq=request_seq,
                run_id=run_id,
                at=as_text(at),
                pass_no=pass_no,
            )

        try:
            return new_writer().store(units, whole_order)
        except Exception as error:
            if not units or not _may_come_from_one_unit(error):
                raise
        # One bad unit must not stop all imports: each is stored by itself.
        page = StoredPage()
        for unit in units:
            try:
                page.add(new_writer().store([unit]))
            except Exception as error:
                if not _may_come_from_one_unit(error) or isinstance(unit, UnreadableUnit):
                    raise
                reason, raw = f"it could not be stored ({type(error).__name__})", json.dumps(raw_unit(unit))
                page.add(new_writer().store([UnreadableUnit(unit.id_order_unit, unit.id_order, reason, raw)]))
        return page

    def store_known_orders(
        self,
        units: Sequence[OrderUnit | UnreadableUnit],
        *,
        request_seq: int,
        run_id: int,
        at: datetime,
        pass_no: int,
    ) -> StoredPage:
        """Store the units of orders that are stored already; the others only count as rows of the pass."""
        found = self._database.tuples_for_keys(_KNOWN_ORDERS, {unit.id_order for unit in units})
        known = {id_order for (id_order,) in found}
        ours = [unit for unit in units if unit.id_order in known]
        page = self.store_units(ours, request_seq=request_seq, run_id=run_id, at=at, pass_no=pass_no)
        others = [str(unit_key(unit)) for unit in units if unit.id_order not in known]
        page.rows_new += self._tally.note_rows(others, pass_no)
        return page

    def store_details(
        self, id_order: str, pickup_location: PickupLocation | None, *, run_id: int, at: datetime
    ) -> None:
        """Store what only the whole order has: the pickup point. Known values are never replaced by nothing.

        A different pickup point replaces the known one if it has a number; the history keeps both. While all units are
        open, Kaufland may still withhold the point, as it does the address.
        """
        kept = self._database.value("SELECT pickup_location FROM orders WHERE id_order = ?", (id_order,))
        known: Mapping[str, Any] = json.loads(kept) if kept else {}
        found = _latest_point({} if pickup_location is None else pickup_location.fields, known)
        pickup = json.dumps(found, sort_keys=True, separators=(",", ":")) if any(found.values()) else None
        self._database.execute(
            "UPDATE orders SET pickup_location = iif(EXISTS"
            " (SELECT 1 FROM erased_orders WHERE erased_orders.id_order = orders.id_order), NULL, ?),"
            " details_read_at = ?,"
            " pickup_known_for = iif(EXISTS (SELECT 1 FROM order_units WHERE order_units.id_order = orders.id_order"
            "  AND status <> ? AND absent_since IS NULL), shipping_address_no, NULL)"
            " WHERE id_order = ?",
            (pickup, as_text(at), OPEN, id_order),
        )
        if next(changed_parts(found, known), None) is not None:
            change = (NO_UNIT, id_order, as_text(at), run_id, "pickup_location", kept, pickup)
            self._database.execute(INSERT_HISTORY, change)
        if pickup != kept:
            self._database.execute("UPDATE sales_orders SET compared_at = NULL WHERE id_order = ?", (id_order,))

    def store_invoices(self, invoices: Iterable[OrderInvoice]) -> None:
        """Store the invoices that are not stored yet."""
        self._database.execute_many(
            "INSERT OR IGNORE INTO order_invoices VALUES"
            " (?1, ?2, iif(EXISTS (SELECT 1 FROM erased_orders WHERE id_order = ?2), NULL, ?3), ?4, ?5)",
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


_API_NAMES = {"created_at": "ts_created_iso", "updated_at": "ts_updated_iso"}
_OBJECTS = frozenset({"buyer", "billing_address", "shipping_address", "product", "more"})


def raw_unit(unit: OrderUnit) -> dict[str, Any]:
    """Return a unit in the API's form, so that it can be kept as unreadable and read again later."""
    plain = {_API_NAMES.get(name, name): getattr(unit, name) for name in OrderUnit._fields if name not in _OBJECTS}
    buyer, product = unit.buyer, unit.product
    return {
        **plain,
        **unit.more,
        "buyer": None if buyer is None else {"id_buyer": buyer.id_buyer, "email": buyer.email, **buyer.more},
        "billing_address": _raw_address(unit.billing_address),
        "shipping_address": _raw_address(unit.shipping_address),
        "product": None
        if product is None
        else {
            "id_product": product.id_product,
            "title": product.title,
            "eans": list(product.eans),
            **product.more,
        },
    }


def _raw_address(address: Address | None) -> dict[str, Any] | None:
    if address is None:
        return None
    return {**{name: getattr(address, name) for name in ADDRESS_FIELDS}, **address.more}
