"""Lists what needs a person: unreadable units, and sales orders that do not continue on their own."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.domain.sales_order_states import STOPPED
from kaufland_cli.store.connection import Database
from kaufland_cli.store.sales_order_row import read_reason
from kaufland_cli.store.sql_functions import listed

_SQL = f"""
SELECT coalesce(id_order, '') AS id_order, 'unreadable' AS state, reason, NULL AS first_reason, first_seen_at AS since
FROM unreadable_units WHERE set_aside IS NULL
UNION ALL
SELECT id_order, state, coalesce(reason, ''), json_extract(reasons, '$[0]'), updated_at
FROM sales_orders
WHERE state IN {listed(STOPPED)} AND NOT held_by_hand OR state = 'sending' AND reason IS NOT NULL
ORDER BY since DESC, id_order
"""  # noqa: S608 - our own words


class NeedsAttention(NamedTuple):
    """One order, or one unit of an order, that needs a person."""

    id_order: str
    """Empty if it is not known."""
    state: str
    """`unreadable`, or the state of the sales order."""
    reason: str
    """Of a sales order its stable code, because its text may contain a buyer's name."""
    fix: Hint
    since: str
    """UTC."""


def needs_attention(database: Database) -> Iterator[NeedsAttention]:
    """Yield what needs a person, newest first; not what a person holds or has set aside."""
    for row in database.rows(_SQL):
        first = row["first_reason"]
        fix = NO_HINT if first is None else read_reason(json.loads(first)).fix
        if row["state"] == "unreadable" and row["id_order"]:
            fix = command("orders", "show", row["id_order"])
        yield NeedsAttention(row["id_order"], row["state"], row["reason"], fix, row["since"])
