"""Lists what a person has to look at: unreadable units, and sales orders that cannot go on by themselves."""

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
    """One order, or one of its units, that a person has to look at."""

    id_order: str
    """Empty if it is not known."""
    state: str
    """`unreadable`, or the state of the sales order."""
    reason: str
    """For a sales order its stable code, because the text may contain a buyer's name."""
    fix: Hint
    since: str
    """UTC."""


def needs_attention(database: Database) -> Iterator[NeedsAttention]:
    """Yield what a person has to look at, newest first; without what a person held or set aside."""
    for row in database.rows(_SQL):
        first = row["first_reason"]
        fix = NO_HINT if first is None else read_reason(json.loads(first)).fix
        if row["state"] == "unreadable" and row["id_order"]:
            fix = command("orders", "show", row["id_order"])
        yield NeedsAttention(row["id_order"], row["state"], row["reason"], fix, row["since"])
