"""The orders that need a person: units that cannot be read, and sales orders that do not go on by themselves."""

from collections.abc import Iterator

from kaufland_cli.store.connection import Database

_SQL = """
SELECT coalesce(id_order, ''), 'unreadable', reason,
  CASE WHEN id_order IS NULL THEN '' ELSE 'kaufland orders show ' || id_order END, first_seen_at
FROM unreadable_units WHERE set_aside IS NULL
UNION ALL
SELECT id_order, state, coalesce(reason, ''), coalesce(json_extract(reasons, '$[0].fix'), ''), updated_at
FROM sales_orders
WHERE state IN ('held', 'error', 'conflict') AND NOT held_by_hand OR state = 'sending' AND reason IS NOT NULL
ORDER BY 5 DESC, 1
"""


def needs_attention(database: Database) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield each: id of the order (empty where it is not known), state, reason, what fixes it, and since when.

    The reason of a sales order is its stable word: its sentence may hold a buyer's name. Orders that a person holds
    are none of them, nor are units that were set aside.
    """
    yield from database.tuples(_SQL)
