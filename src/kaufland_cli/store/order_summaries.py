"""Sums up the units of an order in the order's row, which lists read."""

from collections.abc import Sequence
from typing import Any

from kaufland_cli.store.database import Database
from kaufland_cli.store.order_status import CANCELLED, order_status

# Units that are equal in all of these are one line (see the view v_order_lines).
_LINE_KEY = ("status", "ean", "title", "id_offer", "price", "vat", "currency")


def summarise(database: Database, id_order: str) -> tuple[str | None, str | None]:
    """Bring an order's row in line with its units; return its status before and now.

    An order without a unit is no order: its row goes, and the status now is None.
    """
    units = list(
        database.rows(
            "SELECT unit.*, product.ean, product.title FROM order_units AS unit"
            " LEFT JOIN products AS product USING (product_no) WHERE id_order = ?"
            " ORDER BY unit.updated_at, id_order_unit",
            (id_order,),
        )
    )
    before = database.value("SELECT status FROM orders WHERE id_order = ?", (id_order,))
    if not units:  # they all came to belong to another order; their history tells
        database.execute("DELETE FROM details_wanted WHERE id_order = ?", (id_order,))
        database.execute("DELETE FROM orders WHERE id_order = ?", (id_order,))
        return before, None
    status = order_status([unit["status"] for unit in units])
    standing = [unit for unit in units if unit["status"] != CANCELLED]
    currencies = {unit["currency"] for unit in standing or units}
    # Amounts of different currencies, or without one, add up to nothing that may be shown.
    known = len(currencies) == 1 and all(currencies)
    goods = sum(unit["price"] for unit in standing) if known else None
    shipping = sum(unit["shipping_rate"] or 0 for unit in standing) if known else None
    billing, shipping_to = (_latest(units, f"{kind}_address_no") for kind in ("billing", "shipping"))
    lines = {tuple(unit[name] for name in _LINE_KEY) for unit in units}
    supplier = {unit["is_marketplace_deemed_supplier"] for unit in units}
    database.execute(
        "UPDATE orders SET status = ?, storefront = ?, buyer_name = ?, buyer_email = ?, ship_to_city = ?,"
        " billing_address_no = ?, shipping_address_no = ?, total_amount = ?, goods_amount = ?,"
        " shipping_amount = ?, currency = ?, lines = ?, units = ?, fulfillment_type = ?,"
        " is_marketplace_deemed_supplier = ?, created_at = ?, updated_at = ? WHERE id_order = ?",
        (
            status,
            _latest(units, "storefront"),
            _name(database, billing) or _name(database, shipping_to),
            _latest(units, "buyer_email"),
            database.value("SELECT city FROM addresses WHERE address_no = ?", (shipping_to,)),
            billing,
            shipping_to,
            None if goods is None or shipping is None else goods + shipping,
            goods,
            shipping,
            currencies.pop() if known else None,
            len(lines),
            len(units),
            _latest(units, "fulfillment_type"),
            1 if 1 in supplier else None if None in supplier else 0,
            min((unit["created_at"] for unit in units if unit["created_at"]), default=None),
            max((unit["updated_at"] for unit in units if unit["updated_at"]), default=None),
            id_order,
        ),
    )
    return before, status


def _name(database: Database, address_no: int | None) -> str | None:
    """Return the person's name, else the company's."""
    row = database.row("SELECT * FROM addresses WHERE address_no = ?", (address_no,))
    if row is None:
        return None
    person = " ".join(part.strip() for part in (row["first_name"], row["last_name"]) if part and part.strip())
    return person or row["company_name"] or None


def _latest(units: Sequence[Any], name: str) -> Any:
    """Return the value of the unit updated last, of those that have one."""
    return next((unit[name] for unit in reversed(units) if unit[name] is not None), None)
