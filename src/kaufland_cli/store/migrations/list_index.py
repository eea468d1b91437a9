"""Migration 14: what lists filter by is in one index, and what each import asks about is found without a look at all.

A list walks the orders by creation, newest first, and reads only those that it shows. So the index has what is asked
for: the status, with those of the units where they differ, the storefront, and the state of the sales order. The
state is kept by triggers, as is the number of sales orders.
"""

_KEPT_IN_ORDERS = (
    "ALTER TABLE orders ADD COLUMN unit_statuses TEXT",  # where they differ from the order's: each in a line of its own
    (
        "UPDATE orders SET unit_statuses = (SELECT char(10) || group_concat(status, char(10)) || char(10) FROM"
        " (SELECT DISTINCT status FROM order_units AS unit WHERE unit.id_order = orders.id_order"
        "  AND absent_since IS NULL ORDER BY status))"
        " WHERE id_order IN (SELECT id_order FROM order_units WHERE absent_since IS NULL"
        "  GROUP BY id_order HAVING min(status) <> max(status))"
    ),
    "ALTER TABLE orders ADD COLUMN sales_order_state TEXT",
    (
        "UPDATE orders SET sales_order_state ="
        " (SELECT state FROM sales_orders WHERE sales_orders.id_order = orders.id_order)"
        " WHERE id_order IN (SELECT id_order FROM sales_orders)"
    ),
    "DROP INDEX orders_by_creation",
    (
        "CREATE INDEX orders_by_creation ON orders"
        " (created_at, id_order, status, unit_statuses, storefront, sales_order_state)"
    ),
    # Lists no longer ask the units.
    "DROP INDEX order_units_by_order",
    "CREATE INDEX order_units_by_order ON order_units (id_order)",
)

_KEPT_OF_SALES_ORDERS = (
    "ALTER TABLE row_counts ADD COLUMN sales_orders INTEGER NOT NULL DEFAULT 0",
    "UPDATE row_counts SET sales_orders = (SELECT count(*) FROM sales_orders)",
    # Orders that changed since it was last decided which of them get a sales order.
    "CREATE TABLE undecided_orders (order_no INTEGER PRIMARY KEY)",
    "ALTER TABLE sync_state ADD COLUMN decided_up_to INTEGER",  # all orders up to this number were decided
    "ALTER TABLE sync_state ADD COLUMN decided_by TEXT",  # by which starts and storefronts, as JSON
    (
        "CREATE TRIGGER sales_orders_in AFTER INSERT ON sales_orders BEGIN"
        " UPDATE orders SET sales_order_state = new.state WHERE id_order = new.id_order;"
        " UPDATE row_counts SET sales_orders = sales_orders + 1; END"
    ),
    (
        "CREATE TRIGGER sales_orders_on AFTER UPDATE OF state ON sales_orders WHEN new.state <> old.state BEGIN"
        " UPDATE orders SET sales_order_state = new.state WHERE id_order = new.id_order; END"
    ),
    (
        "CREATE TRIGGER sales_orders_out AFTER DELETE ON sales_orders BEGIN"
        " UPDATE orders SET sales_order_state = NULL WHERE id_order = old.id_order;"
        " INSERT OR IGNORE INTO undecided_orders SELECT order_no FROM orders WHERE id_order = old.id_order;"
        " UPDATE row_counts SET sales_orders = sales_orders - 1; END"
    ),
    # Whatever changes an order clears `compared_at`; its time of update need not be compared any more.
    (
        "UPDATE sales_orders SET compared_at = NULL WHERE compared_at <"
        " (SELECT coalesce(updated_at, '') FROM orders WHERE orders.id_order = sales_orders.id_order)"
    ),
    "CREATE INDEX sales_orders_to_compare ON sales_orders (id_order) WHERE compared_at IS NULL",
    "CREATE INDEX sales_orders_to_look_again ON sales_orders (id_order) WHERE look_again",
)

STATEMENTS: tuple[str, ...] = (
    *_KEPT_IN_ORDERS,
    *_KEPT_OF_SALES_ORDERS,
    # Only units that are asked for again: the address of others may stay unknown for ever.
    "DROP INDEX order_units_without_address",
    (
        "CREATE INDEX order_units_without_address ON order_units (id_order)"
        " WHERE shipping_address_no IS NULL AND status IN ('need_to_be_sent', 'open')"
    ),
    "ALTER TABLE runs ADD COLUMN last_order_no INTEGER",  # the highest number of an order when the run began
)
