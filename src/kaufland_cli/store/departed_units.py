"""Units that have left their order: Kaufland's whole answer lacks them, or they belong to another order now.

A unit that a whole answer lacks stays in the store with the moment of that answer (`absent_since`). It counts in no
line, total or sales order until an answer names it again. Migration 7 makes room for that.
"""

from typing import TYPE_CHECKING

from kaufland_cli.domain.orders import BilledElsewhere, DepartedUnit
from kaufland_cli.domain.statuses import SOLD
from kaufland_cli.store.sql_functions import listed

if TYPE_CHECKING:
    from kaufland_cli.store.database import Database

# An amount of which a part is unknown is unknown.
_VIEW_ORDER_LINES = """
CREATE VIEW v_order_lines AS SELECT
  id_order, status, ean, title, id_offer, count(*) AS quantity,
  price AS unit_price, count(*) * price AS line_amount,
  iif(count(shipping_rate) = count(*), sum(shipping_rate), NULL) AS shipping_amount,
  vat, currency, status = 'cancelled' AS cancelled, json_group_array(id_order_unit) AS unit_ids
FROM v_order_units
WHERE absent_since IS NULL
GROUP BY id_order, status, ean, title, id_offer, price, vat, currency"""

_VIEW_ORDER_UNITS = """
CREATE VIEW v_order_units AS SELECT
  unit.id_order_unit, unit.id_order, unit.status, product.ean, product.title, unit.id_offer,
  unit.price, unit.shipping_rate, unit.vat, unit.currency, unit.storefront,
  unit.revenue_gross, unit.revenue_net, unit.cancel_reason, unit.created_at, unit.updated_at,
  extras.fulfillment_type, unit.is_marketplace_deemed_supplier, extras.more, unit.absent_since
FROM order_units AS unit LEFT JOIN products AS product USING (product_no) LEFT JOIN extras USING (extras_no)"""

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE order_units ADD COLUMN absent_since TEXT",  # since when Kaufland's whole answers lack it
    "CREATE INDEX unit_history_moves_from ON unit_history (old) WHERE field = 'id_order'",
    "CREATE INDEX unit_history_moves_of ON unit_history (id_order_unit) WHERE field = 'id_order'",
    "DROP VIEW v_order_lines",
    "DROP VIEW v_order_units",
    _VIEW_ORDER_UNITS,
    _VIEW_ORDER_LINES,
    (
        "UPDATE orders SET shipping_amount = NULL, total_amount = NULL WHERE id_order IN"
        " (SELECT id_order FROM order_units WHERE status <> 'cancelled' AND shipping_rate IS NULL)"
    ),
)

_DEPARTED = """
SELECT unit.id_order_unit, unit.ean, unit.title, unit.id_offer, unit.absent_since AS since, NULL AS moved_to
FROM v_order_units AS unit WHERE unit.id_order = ?1 AND unit.absent_since IS NOT NULL
UNION ALL
SELECT unit.id_order_unit, unit.ean, unit.title, unit.id_offer, max(moved.at), unit.id_order
FROM unit_history AS moved JOIN v_order_units AS unit USING (id_order_unit)
WHERE moved.field = 'id_order' AND moved.old = ?1 AND unit.id_order <> ?1 GROUP BY unit.id_order_unit
ORDER BY 1"""

# A document that may exist: one that is being sent, was created, or is looked at by a person.
_IN_OTHER_SALES_ORDERS = f"""
SELECT unit.id_order_unit, sales_orders.id_order, sales_orders.number
FROM order_units AS unit
JOIN unit_history AS moved ON moved.id_order_unit = unit.id_order_unit AND moved.field = 'id_order'
JOIN sales_orders ON sales_orders.id_order = moved.old
JOIN json_each(sales_orders.snapshot, '$.units') AS kept ON kept.key = CAST(unit.id_order_unit AS TEXT)
WHERE unit.id_order = ?1 AND moved.old <> ?1 AND unit.absent_since IS NULL AND unit.status <> 'cancelled'
 AND sales_orders.state IN ('sending', 'created', 'conflict')
 AND json_extract(kept.value, '$.status') IN {listed(SOLD)}
GROUP BY 1, 2 ORDER BY 2, 1"""  # noqa: S608 - our own words


def departed_units(database: "Database", id_order: str) -> tuple[DepartedUnit, ...]:
    """Return the units that belonged to the order and do not any more."""
    return tuple(DepartedUnit(*row) for row in database.rows(_DEPARTED, (id_order,)))


def in_other_sales_orders(database: "Database", id_order: str) -> tuple[BilledElsewhere, ...]:
    """Return the order's units that are in the sales order of another order, to which they belonged once."""
    return tuple(BilledElsewhere(*row) for row in database.rows(_IN_OTHER_SALES_ORDERS, (id_order,)))
