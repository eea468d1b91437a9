"""Migration 18: a unit takes fewer bytes: its offer stands with its product, and its times are numbers.

The table `sold` held the pairs of both a second time for the search; now the search index names the products. A product
that is sold under several offers stands there once for each.
"""

from kaufland_cli.store.migrations import buyer_index, compact_layout, list_index
from kaufland_cli.store.sql_functions import time_as_number, time_as_text

# The products of units, and those that they had before.
_OFFERED = """
CREATE TABLE offered AS
SELECT product_no, id_offer FROM order_units
UNION SELECT old, id_offer FROM unit_history JOIN order_units USING (id_order_unit) WHERE field = 'product_no'
UNION SELECT new, id_offer FROM unit_history JOIN order_units USING (id_order_unit) WHERE field = 'product_no'"""

_HASH = "content_hash({id_offer}, {of}id_product, {of}title, {of}ean, {of}eans, {of}product_extras_no)"
_FURTHER_OFFERS = f"""
INSERT INTO products (content_hash, id_offer, id_product, title, ean, eans, product_extras_no)
SELECT {_HASH.format(id_offer="offered.id_offer", of="products.")},
  offered.id_offer, id_product, title, ean, eans, product_extras_no
FROM offered LEFT JOIN products USING (product_no) WHERE offered.id_offer IS NOT products.id_offer
ORDER BY product_no"""  # noqa: S608 - our own names


def _number_of(id_offer: str, product_no: str) -> str:
    """Return the query for the number that the product has with this offer."""
    was = _HASH.format(id_offer=id_offer, of="was.")
    return (
        "(SELECT products.product_no FROM (SELECT 1) LEFT JOIN products AS was"  # noqa: S608 - our own names
        f" ON was.product_no = {product_no} JOIN products ON products.content_hash = {was})"
    )


# Columns without a type have none on purpose: a number stays a number and a text a text.
_ORDER_UNITS = """
CREATE TABLE order_units_compact (
  id_order_unit NOT NULL PRIMARY KEY,
  id_order TEXT NOT NULL REFERENCES orders (id_order) DEFERRABLE INITIALLY DEFERRED, -- it comes after
  status TEXT NOT NULL,
  storefront TEXT, currency TEXT,
  price INTEGER NOT NULL, shipping_rate INTEGER, revenue_gross INTEGER, revenue_net INTEGER, vat REAL,
  product_no INTEGER REFERENCES products, cancel_reason TEXT,
  created_at, updated_at, -- seconds since 1970
  is_marketplace_deemed_supplier INTEGER,
  id_buyer, buyer_email TEXT,
  billing_address_no INTEGER REFERENCES addresses, shipping_address_no INTEGER REFERENCES addresses,
  extras_no INTEGER REFERENCES extras,
  request_seq INTEGER NOT NULL, -- orders answers by when they were asked for
  absent_since TEXT -- since when Kaufland's whole answers lack it
)"""

_UNIT_COLUMNS = (
    "id_order_unit, id_order, status, storefront, currency, price, shipping_rate, revenue_gross, revenue_net, vat,"
    " product_no, cancel_reason, is_marketplace_deemed_supplier, id_buyer, buyer_email, billing_address_no,"
    " shipping_address_no, extras_no, request_seq, absent_since"
)

VIEW_ORDER_UNITS = (
    compact_layout.VIEW_ORDER_UNITS.replace("unit.id_offer", "product.id_offer")
    .replace("extras.more\n", "extras.more, unit.absent_since\n")
    .replace("unit.created_at", f"{time_as_text('unit.created_at')} AS created_at")
    .replace("unit.updated_at", f"{time_as_text('unit.updated_at')} AS updated_at")
)

_OFFER_OF_UNIT = "(SELECT id_offer FROM order_units WHERE order_units.id_order_unit = unit_history.id_order_unit)"

STATEMENTS: tuple[str, ...] = (
    *(
        f"UPDATE {table} SET content_hash = substr(content_hash, 1, 8)"  # noqa: S608 - our own names
        for table in ("addresses", "extras", "product_extras")
    ),
    _OFFERED,
    "CREATE INDEX offered_by_product ON offered (product_no)",
    "ALTER TABLE products ADD COLUMN id_offer TEXT",
    (  # all EANs stand there only if there are several
        "UPDATE products SET eans = iif(json_array_length(eans) > 1, eans, NULL),"
        " id_offer = (SELECT id_offer FROM offered WHERE offered.product_no = products.product_no LIMIT 1)"
    ),
    f"UPDATE products SET content_hash = {_HASH.format(id_offer='id_offer', of='')}",  # noqa: S608 - our own names
    _FURTHER_OFFERS,
    (
        f"UPDATE order_units SET product_no = {_number_of('order_units.id_offer', 'order_units.product_no')}"  # noqa: S608 - our own names
        " WHERE id_offer IS NOT (SELECT id_offer FROM products WHERE products.product_no = order_units.product_no)"
    ),
    (
        f"UPDATE unit_history SET old = coalesce({_number_of(_OFFER_OF_UNIT, 'unit_history.old')}, old),"  # noqa: S608 - our own names
        f" new = coalesce({_number_of(_OFFER_OF_UNIT, 'unit_history.new')}, new) WHERE field = 'product_no'"
    ),
    "DROP TABLE offered",
    "DROP TABLE sold",
    "DROP VIEW v_order_lines",
    "DROP VIEW v_order_units",
    _ORDER_UNITS,
    (
        f"INSERT INTO order_units_compact ({_UNIT_COLUMNS}, created_at, updated_at) SELECT {_UNIT_COLUMNS},"  # noqa: S608 - our own names
        f" {time_as_number('created_at')}, {time_as_number('updated_at')} FROM order_units ORDER BY rowid"
    ),
    "DROP TABLE order_units",  # with its indexes and its trigger
    "ALTER TABLE order_units_compact RENAME TO order_units",
    *(one for one in (*list_index.STATEMENTS, *buyer_index.STATEMENTS) if " ON order_units (" in one),
    "CREATE INDEX order_units_by_product ON order_units (product_no)",
    compact_layout.COUNT_OUT.replace("kept_counts", "row_counts"),
    VIEW_ORDER_UNITS,
    "ALTER TABLE sync_state ADD COLUMN products_searched INTEGER NOT NULL DEFAULT 0",  # up to this number: in the index
)
