"""Migration 6: whose data was erased, how far the search for old orders has come, and pieces that were given up."""

# It outlives everything else that is known of the order, so that no later answer brings the data back.
_ERASED_ORDERS = """
CREATE TABLE erased_orders (
  id_order TEXT PRIMARY KEY,
  at TEXT NOT NULL,
  why TEXT NOT NULL -- request: a buyer asked for it; age: by privacy.delete_after_days
) WITHOUT ROWID"""

STATEMENTS: tuple[str, ...] = (
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
