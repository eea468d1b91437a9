"""Migration 12: the words of the trade in the columns, the views and what is kept as JSON."""

_VIEW_SALES_ORDERS = """
CREATE VIEW v_sales_orders AS SELECT
  id_order, state, number, reason,
  json_extract(reasons, '$[0].text') AS text, json_extract(reasons, '$[0].fix') AS fix,
  orders.storefront, orders.buyer_name, customer_no,
  coalesce(sales_orders.currency, orders.currency) AS currency,
  coalesce(sales_orders.total_amount, orders.total_amount) AS total_amount,
  tax_amount, target_total_amount, target_tax_amount, target, warnings,
  orders.created_at AS order_created_at, sales_orders.created_at, sales_orders.updated_at
FROM sales_orders LEFT JOIN orders USING (id_order)"""

# The order of the array is the order of its rows.
_REASONS_WITH_FIXES = """
UPDATE sales_orders SET reasons = (
  SELECT json_group_array(json_object(
    'code', json_extract(value, '$.code'), 'text', json_extract(value, '$.text'), 'fix', json_extract(value, '$.mend')))
  FROM json_each(reasons))
WHERE reasons <> '[]'"""

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE order_units RENAME COLUMN asked_as TO request_seq",
    "ALTER TABLE sync_state RENAME COLUMN not_before TO retry_after",
    "ALTER TABLE sync_state RENAME COLUMN not_before_told_at TO retry_after_heard_at",
    "ALTER TABLE unreadable_units RENAME COLUMN put_aside TO set_aside",
    "ALTER TABLE unreadable_units RENAME COLUMN put_aside_at TO set_aside_at",
    "ALTER TABLE kept_counts RENAME TO row_counts",
    "DROP VIEW v_sales_orders",
    "ALTER TABLE sales_orders RENAME COLUMN sold TO snapshot",
    _VIEW_SALES_ORDERS,
    _REASONS_WITH_FIXES,
)
