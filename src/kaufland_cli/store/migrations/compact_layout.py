"""Migration 3: a smaller layout with a search index's key, counts that are kept, and each unit's extra fields once.

Orders get a number, which the search index names them by. Fields that seldom differ from one unit to the next, and
those without a column, stand once in `extras`. What lists count is kept: orders and units that come are counted once a
page by who stores them; all else, and what goes, by triggers.
"""

_EXTRAS = """
CREATE TABLE extras (
  extras_no INTEGER PRIMARY KEY,
  content_hash BLOB NOT NULL UNIQUE,
  fulfillment_type TEXT,
  more TEXT -- the fields without a column, as JSON
)"""

_ORDERS = """
CREATE TABLE orders_numbered (
  order_no INTEGER PRIMARY KEY, -- names the order in the search index
  id_order TEXT NOT NULL UNIQUE,
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
)"""

_ORDER_COLUMNS = (
    "id_order, status, storefront, buyer_name, buyer_email, ship_to_city, billing_address_no, shipping_address_no,"
    " total_amount, goods_amount, shipping_amount, currency, lines, units, fulfillment_type,"
    " is_marketplace_deemed_supplier, created_at, updated_at, imported_at, pickup_location, details_read_at"
)

# id_order_unit has no type on purpose: a number stays a number and a text a text.
_ORDER_UNITS = """
CREATE TABLE order_units_compact (
  id_order_unit NOT NULL PRIMARY KEY,
  id_order TEXT NOT NULL REFERENCES orders_numbered (id_order) DEFERRABLE INITIALLY DEFERRED, -- it comes after
  status TEXT NOT NULL,
  storefront TEXT, currency TEXT,
  price INTEGER NOT NULL, shipping_rate INTEGER, revenue_gross INTEGER, revenue_net INTEGER, vat REAL,
  id_offer TEXT, product_no INTEGER REFERENCES products, cancel_reason TEXT,
  created_at TEXT, updated_at TEXT,
  is_marketplace_deemed_supplier INTEGER,
  id_buyer, buyer_email TEXT,
  billing_address_no INTEGER REFERENCES addresses, shipping_address_no INTEGER REFERENCES addresses,
  extras_no INTEGER REFERENCES extras,
  asked_as INTEGER NOT NULL -- orders answers by when they were asked for
)"""

_UNIT_COLUMNS = (
    "id_order_unit, id_order, status, storefront, currency, price, shipping_rate, revenue_gross, revenue_net, vat,"
    " id_offer, product_no, cancel_reason, created_at, updated_at, is_marketplace_deemed_supplier, id_buyer,"
    " buyer_email, billing_address_no, shipping_address_no"
)

_DETAILS_WANTED = """
CREATE TABLE details_wanted_again (
  id_order TEXT PRIMARY KEY REFERENCES orders_numbered (id_order),
  reason TEXT NOT NULL, wanted_at TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, next_try_at TEXT NOT NULL, last_error TEXT
)"""

# Each product with each offer under which it was sold: a search looks here first, and finds the units by the product.
_SOLD = """
CREATE TABLE sold (
  sold_no INTEGER PRIMARY KEY,
  product_no INTEGER REFERENCES products, id_offer TEXT
)"""

_SEARCH_WAITING = """
CREATE TABLE search_waiting (
  order_no INTEGER PRIMARY KEY -- orders whose texts are not in the search index (yet)
)"""

_COUNTS = """
CREATE TABLE kept_counts (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  orders INTEGER NOT NULL, units INTEGER NOT NULL,
  log_entries INTEGER NOT NULL, log_bytes INTEGER NOT NULL
)"""

# If a unit could not be read, the total of its order is unknown. `invoice_uploaded` is 0 only if invoices were read
# after the order came in and far enough back; otherwise it is unknown.
VIEW_ORDERS = """
CREATE VIEW v_orders AS SELECT
  id_order, status, storefront, buyer_name, ship_to_city,
  iif(units_failed = 0, total_amount, NULL) AS total_amount, currency,
  CASE WHEN units_failed = 0 AND total_amount IS NOT NULL THEN printf('%s%d.%02d', iif(total_amount < 0, '-', ''),
    abs(total_amount) / 100, abs(total_amount) % 100) END AS total,
  lines, units, units_failed,
  NULL AS sales_order_no,
  CASE
    WHEN EXISTS (SELECT 1 FROM order_invoices WHERE order_invoices.id_order = orders.id_order) THEN 1
    WHEN created_at >= (SELECT invoices_from FROM sync_state)
     AND imported_at <= (SELECT invoices_read_at FROM sync_state) THEN 0
  END AS invoice_uploaded,
  created_at, updated_at, imported_at, fulfillment_type, is_marketplace_deemed_supplier, buyer_email
FROM (
  SELECT *, (SELECT count(*) FROM unreadable_units WHERE unreadable_units.id_order = orders.id_order) AS units_failed
  FROM orders
) AS orders"""

VIEW_ORDER_UNITS = """
CREATE VIEW v_order_units AS SELECT
  unit.id_order_unit, unit.id_order, unit.status, product.ean, product.title, unit.id_offer,
  unit.price, unit.shipping_rate, unit.vat, unit.currency, unit.storefront,
  unit.revenue_gross, unit.revenue_net, unit.cancel_reason, unit.created_at, unit.updated_at,
  extras.fulfillment_type, unit.is_marketplace_deemed_supplier, extras.more
FROM order_units AS unit LEFT JOIN products AS product USING (product_no) LEFT JOIN extras USING (extras_no)"""

# The units of one line are equal in everything that a line shows.
VIEW_ORDER_LINES = """
CREATE VIEW v_order_lines AS SELECT
  id_order, status, ean, title, id_offer, count(*) AS quantity,
  price AS unit_price, count(*) * price AS line_amount, sum(coalesce(shipping_rate, 0)) AS shipping_amount,
  vat, currency, status = 'cancelled' AS cancelled, json_group_array(id_order_unit) AS unit_ids
FROM v_order_units
GROUP BY id_order, status, ean, title, id_offer, price, vat, currency"""

COUNT_OUT = (
    "CREATE TRIGGER order_units_counted_out AFTER DELETE ON order_units BEGIN"
    " UPDATE kept_counts SET units = units - 1; END"
)

STATEMENTS: tuple[str, ...] = (
    "DROP VIEW v_order_lines",
    "DROP VIEW v_order_units",
    "DROP VIEW v_orders",
    _EXTRAS,
    (
        "INSERT INTO extras (content_hash, fulfillment_type, more)"
        " SELECT content_hash(fulfillment_type, more), fulfillment_type, more FROM"
        " (SELECT DISTINCT fulfillment_type, more FROM order_units"
        "  WHERE fulfillment_type IS NOT NULL OR more IS NOT NULL)"
    ),
    _ORDERS,
    f"INSERT INTO orders_numbered ({_ORDER_COLUMNS}) SELECT {_ORDER_COLUMNS} FROM orders ORDER BY created_at",  # noqa: S608 - our own names
    _ORDER_UNITS,
    (
        f"INSERT INTO order_units_compact ({_UNIT_COLUMNS}, extras_no, asked_as)"  # noqa: S608 - our own names
        f" SELECT {_UNIT_COLUMNS}, (SELECT extras_no FROM extras WHERE extras.content_hash ="
        " content_hash(order_units.fulfillment_type, order_units.more)), asked_as FROM order_units ORDER BY rowid"
    ),
    _DETAILS_WANTED,
    (
        "INSERT INTO details_wanted_again SELECT id_order, reason, wanted_at, attempts, next_try_at, last_error"
        " FROM details_wanted"
    ),
    # Children first, so that no row ever points to nothing; renaming takes the references along.
    "DROP TABLE order_units",
    "DROP TABLE details_wanted",
    "DROP TABLE orders",
    "ALTER TABLE orders_numbered RENAME TO orders",
    "ALTER TABLE order_units_compact RENAME TO order_units",
    "ALTER TABLE details_wanted_again RENAME TO details_wanted",
    "CREATE INDEX orders_by_creation ON orders (created_at, id_order)",
    # With the status, so that a list by status reads this index alone.
    "CREATE INDEX order_units_by_order ON order_units (id_order, status)",
    "CREATE INDEX order_units_without_address ON order_units (id_order) WHERE shipping_address_no IS NULL",
    "CREATE INDEX order_units_by_product ON order_units (product_no)",
    _SOLD,
    "CREATE UNIQUE INDEX sold_by_product ON sold (product_no, id_offer)",
    "INSERT INTO sold (product_no, id_offer) SELECT DISTINCT product_no, id_offer FROM order_units",
    _SEARCH_WAITING,
    "INSERT INTO search_waiting SELECT order_no FROM orders",
    _COUNTS,
    (
        "INSERT INTO kept_counts VALUES (1, (SELECT count(*) FROM orders), (SELECT count(*) FROM order_units),"
        " (SELECT count(*) FROM request_log), (SELECT coalesce(sum(bytes), 0) FROM request_log))"
    ),
    ("CREATE TRIGGER orders_counted_out AFTER DELETE ON orders BEGIN UPDATE kept_counts SET orders = orders - 1; END"),
    COUNT_OUT,
    (
        "CREATE TRIGGER request_log_counted_in AFTER INSERT ON request_log BEGIN UPDATE kept_counts"
        " SET log_entries = log_entries + 1, log_bytes = log_bytes + new.bytes; END"
    ),
    (
        "CREATE TRIGGER request_log_counted_on AFTER UPDATE OF bytes ON request_log BEGIN UPDATE kept_counts"
        " SET log_bytes = log_bytes + new.bytes - old.bytes; END"
    ),
    (
        "CREATE TRIGGER request_log_counted_out AFTER DELETE ON request_log BEGIN UPDATE kept_counts"
        " SET log_entries = log_entries - 1, log_bytes = log_bytes - old.bytes; END"
    ),
    VIEW_ORDERS,
    VIEW_ORDER_UNITS,
    VIEW_ORDER_LINES,
)
