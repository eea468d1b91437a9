"""Migration 7: units that have left their order are kept, with the moment since when Kaufland's answers lack them."""

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
