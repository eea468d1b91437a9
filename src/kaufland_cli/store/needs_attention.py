"""Lists what needs a person: unreadable units, and sales orders that do not continue on their own."""

from collections.abc import Iterator
from typing import NamedTuple

from kaufland_cli.store.connection import Database

_SQL = """
SELECT coalesce(id_order, '') AS id_order, 'unreadable' AS state, reason,
  CASE WHEN id_order IS NULL THEN '' ELSE 'kaufland orders show ' || id_order END AS fix, first_seen_at AS since
FROM unreadable_units WHERE set_aside IS NULL
UNION ALL
SELECT id_order, state, coalesce(reason, ''), coalesce(json_extract(reasons, '$[0].fix'), ''), updated_at
FROM sales_orders
WHERE state IN ('held', 'error', 'conflict') AND NOT held_by_hand OR state = 'sending' AND reason IS NOT NULL
ORDER BY since DESC, id_order
"""


class NeedsAttention(NamedTuple):
    """One order, or one unit of an order, that needs a person."""

    id_order: str
    """Empty if it is not known."""
    state: str
    """`unreadable`, or the state of the sales order."""
    reason: str
    """Of a sales order its stable code, because its text may contain a buyer's name."""
    fix: str
    """The command that fixes it; empty if there is none."""
    since: str
    """UTC."""


def needs_attention(database: Database) -> Iterator[NeedsAttention]:
    """Yield what needs a person, newest first; not what a person holds or has set aside."""
    for row in database.rows(_SQL):
        yield NeedsAttention(**dict(row))
