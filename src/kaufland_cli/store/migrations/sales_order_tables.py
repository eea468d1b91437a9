"""Migration 5: what has become of orders in the seller's merchandise system."""

from kaufland_cli.store.migrations import compact_layout

_SALES_ORDERS = """
CREATE TABLE sales_orders (
  id_order TEXT PRIMARY KEY REFERENCES orders (id_order),
  state TEXT NOT NULL, -- pending, held, sending, created, error, conflict; an order without a row has none
  reason TEXT, -- the code of the first of the reasons
  reasons TEXT NOT NULL DEFAULT '[]', -- as JSON: code, text, mend
  target TEXT, number TEXT, target_id TEXT, customer_no TEXT,
  customer_by_hand TEXT, held_by_hand INTEGER NOT NULL DEFAULT 0,
  currency TEXT, total_amount INTEGER, tax_amount INTEGER, -- as sent
  target_total_amount INTEGER, target_tax_amount INTEGER, -- as answered
  sold TEXT, -- as JSON: what the document was made of
  warnings TEXT, -- as JSON
  asked_at TEXT, -- when the last request to create it went out
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before TEXT, -- until when that request's work may still come to something
  compared_at TEXT, -- the order's updated_at when it was last compared with its document
  created_at TEXT, updated_at TEXT NOT NULL
) WITHOUT ROWID"""

_EVENTS = """
CREATE TABLE sales_order_events (
  event_no INTEGER PRIMARY KEY,
  id_order TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL, text TEXT
)"""

_CONFIRMATIONS = """
CREATE TABLE sales_order_confirmations (
  target TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (target, what)
) WITHOUT ROWID"""

_SWITCHES = """
CREATE TABLE sales_order_switches (
  storefront TEXT PRIMARY KEY, -- '' for all without settings of their own
  on_since TEXT, -- since when sales orders are wanted; NULL while they are not
  off_at TEXT -- when they were first seen not to be wanted
) WITHOUT ROWID"""

_VIEW_SALES_ORDERS = """
CREATE VIEW v_sales_orders AS SELECT
  id_order, state, number, reason,
  json_extract(reasons, '$[0].text') AS text, json_extract(reasons, '$[0].mend') AS mend,
  orders.storefront, orders.buyer_name, customer_no,
  coalesce(sales_orders.currency, orders.currency) AS currency,
  coalesce(sales_orders.total_amount, orders.total_amount) AS total_amount,
  tax_amount, target_total_amount, target_tax_amount, target, warnings,
  orders.created_at AS order_created_at, sales_orders.created_at, sales_orders.updated_at
FROM sales_orders LEFT JOIN orders USING (id_order)"""

_OF_THE_ORDER = "(SELECT {} FROM sales_orders WHERE sales_orders.id_order = orders.id_order)"

STATEMENTS = (
    _SALES_ORDERS,
    "CREATE INDEX sales_orders_by_state ON sales_orders (state)",
    _EVENTS,
    "CREATE INDEX sales_order_events_by_order ON sales_order_events (id_order)",
    _CONFIRMATIONS,
    _SWITCHES,
    _VIEW_SALES_ORDERS,
    "DROP VIEW v_orders",
    compact_layout.VIEW_ORDERS.replace(
        "NULL AS sales_order_no,",
        f"{_OF_THE_ORDER.format('number')} AS sales_order_no,\n"
        f"  coalesce({_OF_THE_ORDER.format('state')}, 'none') AS sales_order_state,",
    ),
)
