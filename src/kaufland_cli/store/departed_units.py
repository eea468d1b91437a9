"""Units that have left their order: Kaufland's whole answer lacks them, or they belong to another order now.

A unit that a whole answer lacks stays in the store with the moment of that answer (`absent_since`). It counts in no
line, total or sales order until an answer names it again.
"""

from typing import TYPE_CHECKING

from kaufland_cli.domain.orders import BilledElsewhere, DepartedUnit
from kaufland_cli.domain.statuses import SOLD
from kaufland_cli.store.sql_functions import listed

if TYPE_CHECKING:
    from kaufland_cli.store.connection import Database


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
