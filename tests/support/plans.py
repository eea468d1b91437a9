"""How SQLite goes about the statements that the program runs, so that a test can say what must never be scanned."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import pytest

from kaufland_cli.store.connection import Database
from kaufland_cli.store.store import Store

_PLANNED: Final = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\b", re.IGNORECASE)
_ANY_ROW: Final = re.compile(r"SELECT EXISTS \(SELECT 1 FROM \w+\)")
"""Reads one row."""
# Tables whose size does not follow that of the shop, and what is a table only to SQLite.
_SMALL: Final = re.compile(
    r"SCAN (?:temp\.)?(?:runs|sync_state|row_counts|new_words|reconciliations|accepted_totals|search_waiting"
    r"|sales_order_(?:switches|confirmations)|undecided_orders|details_wanted|unreadable_units|tally_\w+|reconcile_\w+|erasing"
    r"|sqlite_master|pragma_\w+|json_each|kept|first|v_order_lines|\(subquery-\d+\)|(?:\d+ )?CONSTANT ROWS?"
    r"|(?:order|sold)_search VIRTUAL TABLE)(?!\w)"
)


@dataclass
class Plans:
    """The statements met, with the steps of their plans."""

    steps: dict[str, list[str]] = field(default_factory=dict)

    def scans(self, *walks: str) -> dict[str, list[str]]:
        """Return the steps that read a whole table, by statement.

        `walks`: indexes that a list walks, newest orders first, and leaves where it has enough.
        """
        found = {
            sql: [step for step in steps if step.startswith("SCAN") and not _SMALL.match(step)]
            for sql, steps in self.steps.items()
        }
        walked = {sql: [step for step in steps if not step.endswith(walks)] for sql, steps in found.items()}
        return {sql: steps for sql, steps in (walked if walks else found).items() if steps}


@contextmanager
def plans_of(store: Store) -> Iterator[Plans]:
    """Yield the plans of the statements run inside; they are there at its end."""
    plans, connection, asked = Plans(), store.database._connection, dict[str, None]()
    connection.set_trace_callback(asked.setdefault)
    try:
        yield plans
    finally:
        connection.set_trace_callback(None)
    _explain(connection, asked, plans)


@contextmanager
def plans_of_all(patch: pytest.MonkeyPatch) -> Iterator[Plans]:
    """Yield the plans of the statements of every store that is opened and closed inside."""
    plans, close, listening = Plans(), Database.close, dict[int, dict[str, None]]()
    make = Database.__init__

    def listen(self: Database, connection: sqlite3.Connection, *rest: object) -> None:
        make(self, connection, *rest)  # type: ignore[arg-type]
        asked = listening[id(self)] = {}
        connection.set_trace_callback(asked.setdefault)

    def explain(self: Database) -> None:
        self._connection.set_trace_callback(None)
        self._roll_back()
        _explain(self._connection, listening.pop(id(self), {}), plans)
        close(self)

    with patch.context() as inside:
        inside.setattr(Database, "__init__", listen)
        inside.setattr(Database, "close", explain)
        yield plans


def _explain(connection: sqlite3.Connection, asked: dict[str, None], plans: Plans) -> None:
    for sql in asked:
        if _PLANNED.match(sql) and not _ANY_ROW.fullmatch(sql):
            with suppress(sqlite3.Error):  # a table of an earlier version, or one that is gone again
                plans.steps[sql] = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
