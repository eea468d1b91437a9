"""The tables and views, as numbered migrations: each is applied once, in one transaction, and never edited again.

Amounts are integers in minor units, times are UTC text (`2026-11-24T01:49:47Z`), ids are kept as Kaufland gave them.
The views are promised to people who open the store with other programs; the tables are not.
"""

from dataclasses import dataclass

from kaufland_cli.store.migrations import actions, buyer_index, compact_layout, list_index, offers


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from a version of the store to the next."""

    number: int
    statements: tuple[str, ...]


_ADDRESSES = """
CREATE TABLE addresses (
  address_no INTEGER PRIMARY KEY,
  content_hash BLOB NOT NULL UNIQUE,
  first_name TEXT, last_name TEXT, company_name TEXT, street TEXT, house_number TEXT, postcode TEXT,
  additional_field TEXT, city TEXT, phone TEXT, country TEXT,
  more TEXT  -- what the API adds, as JSON
)"""

_PRODUCTS = """
CREATE TABLE products (
  product_no INTEGER PRIMARY KEY,
  content_hash BLOB NOT NULL UNIQUE,
  id_product, title TEXT,
  ean TEXT,  -- the first of them
  eans TEXT, -- all, as JSON
  more TEXT
)"""

# A summary of its units, kept true in the transaction that changes a unit, so that lists need not add up anything.
_ORDERS = """
CREATE TABLE orders (
  id_order TEXT PRIMARY KEY,
  status TEXT NOT NULL DEFAULT '',
  storefront TEXT,
  buyer_name TEXT, buyer_email TEXT, ship_to_city TEXT,
  billing_address_no INTEGER REFERENCES addresses, shipping_address_no INTEGER REFERENCES addresses,
  total_amount INTEGER, goods_amount INTEGER, shipping_amount INTEGER, currency TEXT,
  lines INTEGER NOT NULL DEFAULT 0, units INTEGER NOT NULL DEFAULT 0,
  fulfillment_type TEXT, is_marketplace_deemed_supplier INTEGER,
  created_at TEXT, updated_at TEXT, imported_at TEXT NOT NULL,
  pickup_location TEXT, -- as JSON
  details_read_at TEXT
) WITHOUT ROWID"""

# id_order_unit has no type on purpose: a number stays a number and a text a text.
_ORDER_UNITS = """
CREATE TABLE order_units (
  id_order_unit NOT NULL PRIMARY KEY,
  id_order TEXT NOT NULL REFERENCES orders,
  status TEXT NOT NULL,
  storefront TEXT, currency TEXT,
  price INTEGER NOT NULL, shipping_rate INTEGER, revenue_gross INTEGER, revenue_net INTEGER, vat REAL,
  id_offer TEXT, product_no INTEGER REFERENCES products, cancel_reason TEXT,
  created_at TEXT, updated_at TEXT,
  fulfillment_type TEXT, is_marketplace_deemed_supplier INTEGER,
  id_buyer, buyer_email TEXT,
  billing_address_no INTEGER REFERENCES addresses, shipping_address_no INTEGER REFERENCES addresses,
  more TEXT,
  asked_as INTEGER NOT NULL -- orders answers by when they were asked for
)"""

_UNIT_HISTORY = """
CREATE TABLE unit_history (
  history_no INTEGER PRIMARY KEY,
  id_order_unit NOT NULL, id_order TEXT NOT NULL,
  at TEXT NOT NULL, run_id INTEGER NOT NULL,
  field TEXT NOT NULL, old, new -- an address is named by its address_no
)"""

_UNREADABLE_UNITS = """
CREATE TABLE unreadable_units (
  unreadable_key TEXT PRIMARY KEY, -- the unit's id, or a hash of the whole where it has none
  id_order_unit, id_order TEXT,
  reason TEXT NOT NULL, raw TEXT NOT NULL,
  first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL
)"""

_ORDER_INVOICES = """
CREATE TABLE order_invoices (
  id_invoice NOT NULL PRIMARY KEY,
  id_order TEXT NOT NULL, -- may come before its order
  original_name TEXT, created_at TEXT, is_marketplace_deemed_supplier INTEGER
)"""

_DETAILS_WANTED = """
CREATE TABLE details_wanted (
  id_order TEXT PRIMARY KEY REFERENCES orders,
  reason TEXT NOT NULL, wanted_at TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, next_try_at TEXT NOT NULL, last_error TEXT
)"""

_RUNS = """
CREATE TABLE runs (
  run_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, -- import, narrowed import, refresh, reconcile
  started_at TEXT NOT NULL, finished_at TEXT,
  verdict TEXT, since TEXT, message TEXT,
  orders_new INTEGER, orders_changed INTEGER, orders_cancelled INTEGER,
  units_seen INTEGER, units_new INTEGER, units_changed INTEGER, units_unchanged INTEGER, units_failed INTEGER,
  requests INTEGER, seconds REAL
)"""

# start_at: where the first import begins, kept until an import is complete. watermark: checked up to here.
_SYNC_STATE = """
CREATE TABLE sync_state (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  start_at TEXT, watermark TEXT,
  each_storefront INTEGER NOT NULL DEFAULT 0, -- asking for all at once was seen to return fewer
  invoices_from TEXT, invoices_read_at TEXT, invoices_read_widely_at TEXT,
  client_key TEXT
)"""

_NEW_WORDS = """
CREATE TABLE new_words (
  kind TEXT NOT NULL, word TEXT NOT NULL, -- a status or storefront that this program did not know
  seen_at TEXT NOT NULL,
  PRIMARY KEY (kind, word)
) WITHOUT ROWID"""

_REQUEST_LOG = """
CREATE TABLE request_log (
  entry_no INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL, run_id INTEGER, attempt INTEGER NOT NULL,
  method TEXT NOT NULL, endpoint TEXT NOT NULL, url TEXT NOT NULL,
  status_code INTEGER,
  success INTEGER, -- NULL: sent, and nothing heard of it since
  duration_ms INTEGER, error_message TEXT,
  bytes INTEGER NOT NULL DEFAULT 0, -- stands before the bodies: adding it up reads none of them
  request_headers TEXT, request_body TEXT, response_headers TEXT, response_body TEXT
)"""

_RECONCILIATIONS = """
CREATE TABLE reconciliations (
  run_id INTEGER PRIMARY KEY, -- the run that compared
  at TEXT NOT NULL, since TEXT NOT NULL, storefront TEXT,
  complete INTEGER NOT NULL, by_hand INTEGER NOT NULL,
  units_compared INTEGER NOT NULL,
  missing INTEGER NOT NULL, surplus INTEGER NOT NULL, differing INTEGER NOT NULL, fixed INTEGER NOT NULL
)"""

# One row, where the seller has accepted that units are counted and not delivered. seen_units: how many the last
# comparison of the last days came to.
_ACCEPTED_TOTALS = """
CREATE TABLE accepted_totals (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  units INTEGER NOT NULL, since TEXT NOT NULL, at TEXT NOT NULL, run_id INTEGER NOT NULL, seen_units INTEGER
)"""

_VIEW_ORDER_UNITS = """
CREATE VIEW v_order_units AS SELECT
  unit.id_order_unit, unit.id_order, unit.status, product.ean, product.title, unit.id_offer,
  unit.price, unit.shipping_rate, unit.vat, unit.currency, unit.storefront,
  unit.revenue_gross, unit.revenue_net, unit.cancel_reason, unit.created_at, unit.updated_at,
  unit.fulfillment_type, unit.is_marketplace_deemed_supplier, unit.more
FROM order_units AS unit LEFT JOIN products AS product USING (product_no)"""

# Migration 5: what has become of orders in the seller's merchandise system

_SALES_ORDERS_TABLE = """
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

_SALES_ORDER_EVENTS = """
CREATE TABLE sales_order_events (
  event_no INTEGER PRIMARY KEY,
  id_order TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL, text TEXT
)"""

_SALES_ORDER_CONFIRMATIONS = """
CREATE TABLE sales_order_confirmations (
  target TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (target, what)
) WITHOUT ROWID"""

_SALES_ORDER_SWITCHES = """
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

_SALES_ORDERS = (
    _SALES_ORDERS_TABLE,
    "CREATE INDEX sales_orders_by_state ON sales_orders (state)",
    _SALES_ORDER_EVENTS,
    "CREATE INDEX sales_order_events_by_order ON sales_order_events (id_order)",
    _SALES_ORDER_CONFIRMATIONS,
    _SALES_ORDER_SWITCHES,
    _VIEW_SALES_ORDERS,
    "DROP VIEW v_orders",
    compact_layout.VIEW_ORDERS.replace(
        "NULL AS sales_order_no,",
        f"{_OF_THE_ORDER.format('number')} AS sales_order_no,\n"
        f"  coalesce({_OF_THE_ORDER.format('state')}, 'none') AS sales_order_state,",
    ),
)

# Migration 6: whose data was erased, how far the search for old orders has come, and units that were given up

# It outlives everything else that is known of the order, so that no later answer brings the data back.
_ERASED_ORDERS = """
CREATE TABLE erased_orders (
  id_order TEXT PRIMARY KEY,
  at TEXT NOT NULL,
  why TEXT NOT NULL -- request: a buyer asked for it; age: by privacy.delete_after_days
) WITHOUT ROWID"""

_UPKEEP = (
    _ERASED_ORDERS,
    # The last order looked at, in the order of creation, and when all had been looked at.
    "ALTER TABLE sync_state ADD COLUMN old_orders_created_at TEXT",
    "ALTER TABLE sync_state ADD COLUMN old_orders_id TEXT",
    "ALTER TABLE sync_state ADD COLUMN old_orders_seen_at TEXT",
    # unknown_since: from when on Kaufland has said that it does not know the order. put_aside: 'gone' or 'dismissed'.
    "ALTER TABLE unreadable_units ADD COLUMN unknown_since TEXT",
    "ALTER TABLE unreadable_units ADD COLUMN put_aside TEXT",
    "ALTER TABLE unreadable_units ADD COLUMN put_aside_at TEXT",
)

# Migration 7: units that left their order are kept, with the time since when Kaufland no longer lists them

# An amount of which a part is unknown is unknown.
_VIEW_ORDER_LINES_OF_UNITS_PRESENT = """
CREATE VIEW v_order_lines AS SELECT
  id_order, status, ean, title, id_offer, count(*) AS quantity,
  price AS unit_price, count(*) * price AS line_amount,
  iif(count(shipping_rate) = count(*), sum(shipping_rate), NULL) AS shipping_amount,
  vat, currency, status = 'cancelled' AS cancelled, json_group_array(id_order_unit) AS unit_ids
FROM v_order_units
WHERE absent_since IS NULL
GROUP BY id_order, status, ean, title, id_offer, price, vat, currency"""

_DEPARTED_UNITS = (
    "ALTER TABLE order_units ADD COLUMN absent_since TEXT",  # since when Kaufland's whole answers lack it
    "CREATE INDEX unit_history_moves_from ON unit_history (old) WHERE field = 'id_order'",
    "CREATE INDEX unit_history_moves_of ON unit_history (id_order_unit) WHERE field = 'id_order'",
    "DROP VIEW v_order_lines",
    "DROP VIEW v_order_units",
    compact_layout.VIEW_ORDER_UNITS.replace("extras.more\n", "extras.more, unit.absent_since\n"),
    _VIEW_ORDER_LINES_OF_UNITS_PRESENT,
    (
        "UPDATE orders SET shipping_amount = NULL, total_amount = NULL WHERE id_order IN"
        " (SELECT id_order FROM order_units WHERE status <> 'cancelled' AND shipping_rate IS NULL)"
    ),
)

# Migration 12: the words of the trade in columns, views and what is kept as JSON

# The order of the array is the order of its rows.
_REASONS_WITH_FIXES = """
UPDATE sales_orders SET reasons = (
  SELECT json_group_array(json_object(
    'code', json_extract(value, '$.code'), 'text', json_extract(value, '$.text'), 'fix', json_extract(value, '$.mend')))
  FROM json_each(reasons))
WHERE reasons <> '[]'"""

_RENAMED = (
    "ALTER TABLE order_units RENAME COLUMN asked_as TO request_seq",
    "ALTER TABLE sync_state RENAME COLUMN not_before TO retry_after",
    "ALTER TABLE sync_state RENAME COLUMN not_before_told_at TO retry_after_heard_at",
    "ALTER TABLE unreadable_units RENAME COLUMN put_aside TO set_aside",
    "ALTER TABLE unreadable_units RENAME COLUMN put_aside_at TO set_aside_at",
    "ALTER TABLE kept_counts RENAME TO row_counts",
    "DROP VIEW v_sales_orders",
    "ALTER TABLE sales_orders RENAME COLUMN sold TO snapshot",
    _VIEW_SALES_ORDERS.replace("'$[0].mend') AS mend", "'$[0].fix') AS fix"),
    _REASONS_WITH_FIXES,
)

# Migration 13: each detail that is missing of an order by itself, so that one can be settled without the others

# What was wanted for one reason could be wanted for another too, and only one was kept.
_DETAILS_APART = (
    """
CREATE TABLE missing_details (
  id_order TEXT NOT NULL REFERENCES orders (id_order),
  detail TEXT NOT NULL, -- pickup point, address, older units, whole order
  wanted_at TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, next_try_at TEXT NOT NULL, last_error TEXT,
  PRIMARY KEY (id_order, detail)
) WITHOUT ROWID""",
    (
        "INSERT INTO missing_details SELECT id_order, iif(reason = 'older units', reason, 'whole order'), wanted_at,"
        " attempts, next_try_at, last_error FROM details_wanted"
    ),
    "DROP TABLE details_wanted",
    "ALTER TABLE missing_details RENAME TO details_wanted",
    # The shipping address for which Kaufland named a pickup point, or said that there is none.
    "ALTER TABLE orders ADD COLUMN pickup_known_for INTEGER",
    "UPDATE orders SET pickup_known_for = shipping_address_no WHERE details_read_at IS NOT NULL AND status <> 'open'",
)

# Migration 17: what many products agree in, such as maker and category, once

# The column `more` of products stays, empty: older versions of SQLite cannot drop it.
_PRODUCT_EXTRAS = (
    """
CREATE TABLE product_extras (
  product_extras_no INTEGER PRIMARY KEY,
  content_hash BLOB NOT NULL UNIQUE,
  more TEXT NOT NULL -- the fields without a column, as JSON
)""",
    (
        "INSERT INTO product_extras (content_hash, more)"
        " SELECT content_hash(more), more FROM (SELECT DISTINCT more FROM products WHERE more IS NOT NULL)"
    ),
    "ALTER TABLE products ADD COLUMN product_extras_no INTEGER REFERENCES product_extras",
    (
        "UPDATE products SET more = NULL, product_extras_no = (SELECT product_extras_no FROM product_extras"
        " WHERE product_extras.content_hash = content_hash(products.more))"
    ),
    "UPDATE products SET content_hash = content_hash(id_product, title, ean, eans, product_extras_no)",
)

# Migration 19: deadline, condition and so on are columns for whoever reads the views

_MORE_OF_UNITS = (
    "DROP VIEW v_order_lines",
    "DROP VIEW v_order_units",
    offers.VIEW_ORDER_UNITS.replace(
        "unit.absent_since\n",
        """unit.absent_since,
  iif(product.ean IS NULL, NULL, coalesce(json(product.eans), json_array(product.ean))) AS eans,
  json_extract(extras.more, '$.delivery_time_expires_iso') AS ship_by,
  json_extract(extras.more, '$.order_received_timestamp_iso') AS received_at,
  json_extract(extras.more, '$.unit_condition') AS condition,
  json_extract(extras.more, '$.note') AS note,
  json_extract(extras.more, '$.eco_fee') AS eco_fee,
  json_extract(extras.more, '$.packaging_fee') AS packaging_fee,
  json_extract(extras.more, '$.discounts') AS discounts
""",
    ),
    _VIEW_ORDER_LINES_OF_UNITS_PRESENT,
)

MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        (
            _ADDRESSES,
            _PRODUCTS,
            _ORDERS,
            "CREATE INDEX orders_by_creation ON orders (created_at, id_order)",
            _ORDER_UNITS,
            # With the status, so that a list by status reads this index alone.
            "CREATE INDEX order_units_by_order ON order_units (id_order, status)",
            "CREATE INDEX order_units_without_address ON order_units (id_order) WHERE shipping_address_no IS NULL",
            _UNIT_HISTORY,
            "CREATE INDEX unit_history_by_order ON unit_history (id_order)",
            _UNREADABLE_UNITS,
            "CREATE INDEX unreadable_units_by_order ON unreadable_units (id_order)",
            _ORDER_INVOICES,
            "CREATE INDEX order_invoices_by_order ON order_invoices (id_order)",
            _DETAILS_WANTED,
            _RUNS,
            _SYNC_STATE,
            "INSERT INTO sync_state (only_row) VALUES (1)",
            _NEW_WORDS,
            _REQUEST_LOG,
            compact_layout.VIEW_ORDERS,
            _VIEW_ORDER_UNITS,
            compact_layout.VIEW_ORDER_LINES,
        ),
    ),
    Migration(
        2,
        (  # until when Kaufland asked to be left alone, and when it said so, both by this machine's clock
            "ALTER TABLE sync_state ADD COLUMN not_before TEXT",
            "ALTER TABLE sync_state ADD COLUMN not_before_told_at TEXT",
        ),
    ),
    Migration(3, compact_layout.STATEMENTS),
    Migration(
        4,
        (
            "ALTER TABLE sync_state ADD COLUMN reconciled_at TEXT",  # by the server's time
            _RECONCILIATIONS,
            "ALTER TABLE unreadable_units ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0",  # to read it again
            "ALTER TABLE unreadable_units ADD COLUMN last_tried_at TEXT",
        ),
    ),
    Migration(5, _SALES_ORDERS),
    Migration(6, _UPKEEP),
    Migration(7, _DEPARTED_UNITS),
    Migration(
        8,
        (  # which store this is: its copies have the same
            "ALTER TABLE sync_state ADD COLUMN store_id TEXT",
            "UPDATE sync_state SET store_id = lower(hex(randomblob(16)))",
        ),
    ),
    # 1: whether a second document came to be at the same moment is looked for once more
    Migration(9, ("ALTER TABLE sales_orders ADD COLUMN look_again INTEGER NOT NULL DEFAULT 0",)),
    Migration(
        10,
        (
            # The search index of before covers less: orders wait until there is the new one (`search_index`).
            "DELETE FROM search_waiting",
            "INSERT INTO search_waiting SELECT order_no FROM orders",
            # An address without street and names is one that is withheld, and is asked for again.
            (
                "UPDATE order_units SET shipping_address_no = NULL WHERE status IN ('open', 'need_to_be_sent')"
                " AND shipping_address_no IN (SELECT address_no FROM addresses WHERE"
                " trim(coalesce(street, '') || coalesce(first_name, '') || coalesce(last_name, '')"
                " || coalesce(company_name, '')) = '')"
                " AND id_order NOT IN (SELECT id_order FROM erased_orders)"
            ),
        ),
    ),
    Migration(11, (_ACCEPTED_TOTALS,)),
    Migration(12, _RENAMED),
    Migration(13, _DETAILS_APART),
    Migration(14, list_index.STATEMENTS),
    Migration(
        15,
        (  # the version of the program that does not ask for the list of addresses, and until when; NULL: never
            "ALTER TABLE sync_state ADD COLUMN addresses_unused_by TEXT",
            "ALTER TABLE sync_state ADD COLUMN addresses_unused_until TEXT",
        ),
    ),
    Migration(16, buyer_index.STATEMENTS),
    Migration(17, _PRODUCT_EXTRAS),
    Migration(18, (*offers.STATEMENTS, _VIEW_ORDER_LINES_OF_UNITS_PRESENT)),
    Migration(19, _MORE_OF_UNITS),
    Migration(20, actions.STATEMENTS),
)
