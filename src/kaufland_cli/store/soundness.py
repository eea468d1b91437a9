"""Checks whether a store is intact, with SQLite's own checks and with what this program knows about its tables.

The doctor, backups and restore share these checks. They work on any connection and any version of the store.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from typing import Any, Final, TypeAlias

from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.sql_functions import add_functions

MAX_FAULTS: Final = 10
"""Report at most this many; SQLite would list a hundred."""
MAX_THOROUGH_BYTES: Final = 300 * 1024 * 1024
"""In a larger file, indexes are not compared with their tables: that takes by far the longest."""

Ask = Callable[[str], list[tuple[Any, ...]]]
"""Runs a query and returns all of its rows."""

_CONTENT: Final = "content"
_LINKS: Final = "links"
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY name"
# Columns with their tables, and what a migration may add without one: indexes and triggers.
_PARTS: Final = (
    "SELECT part.name, field.name FROM sqlite_master AS part, pragma_table_info(part.name) AS field"
    " WHERE part.type = 'table' AND part.sql NOT LIKE 'CREATE VIRTUAL %' AND part.name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    " UNION ALL SELECT NULL, name FROM sqlite_master WHERE type IN ('index', 'trigger')"
)
_COUNTS: Final = (
    "SELECT (SELECT count(*) FROM row_counts) = 1 AND (SELECT count(*) FROM sync_state) = 1,"
    " (SELECT orders FROM row_counts) IS (SELECT count(*) FROM orders NOT INDEXED),"
    " (SELECT units FROM row_counts) IS (SELECT count(*) FROM order_units NOT INDEXED)"
)
# What triggers keep, against what they keep it of.
_STATES: Final = (
    "SELECT (SELECT sales_orders FROM row_counts) IS (SELECT count(*) FROM sales_orders)"
    " AND (SELECT count(*) FROM orders WHERE sales_order_state IS NOT NULL) IS (SELECT count(*) FROM sales_orders)"
)


@contextmanager
def one_transaction(ask: Ask) -> Iterator[None]:
    """Make all queries inside see one snapshot, even while another program creates or updates the store."""
    ask("BEGIN")
    yield
    ask("COMMIT")


def damages(ask: Ask, *, thorough: bool, table: str = "") -> list[str]:
    """Return what SQLite's own check finds wrong with the file, or with one table in it."""
    check = "integrity_check" if thorough else "quick_check"
    found = ask(f"PRAGMA {check}({_quoted(table) if table else MAX_FAULTS})")
    return [str(text) for (text,) in found if text != "ok"][:MAX_FAULTS]


def wrong_tables(ask: Ask, migrations: Sequence[Migration] = MIGRATIONS) -> list[str]:
    """Return what is wrong with the tables: some of the store's version are missing, or some of a later one exist.

    What somebody added is ignored, and so is an index that is missing: nothing is lost with it.
    """
    with one_transaction(ask):
        ((version,),) = ask("PRAGMA user_version")
        present = set(ask(_PARTS))
    own, later = _parts_of(tuple(migrations), version)
    lacking = {table for table, _ in own - present if table is not None}
    if not own or (present & later) - own:
        return [f"its tables are not those of version {version}"]
    return [f"it is missing {', '.join(sorted(lacking))}"] if lacking else []


_Parts: TypeAlias = frozenset[tuple[str | None, str]]


@lru_cache
def _parts_of(migrations: tuple[Migration, ...], version: int) -> tuple[_Parts, _Parts]:
    """Return the parts that a store of that version has, and those that stores of any later version have."""
    own, later = _Parts(), _Parts()
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        add_functions(connection)
        with suppress(sqlite3.Error):  # a migration that fails is reported when it is applied
            for migration in migrations:
                for statement in migration.statements:
                    connection.execute(statement)
                parts = _Parts(connection.execute(_PARTS))
                own, later = (parts, later) if migration.number <= version else (own, later | parts)
    return own, later


def broken_links(ask: Ask, table: str = "") -> dict[str, int]:
    """Return how many rows refer to a missing row, by table: of all tables, or of one."""
    found: dict[str, int] = {}
    for name, *_ in ask(f"PRAGMA foreign_key_check{f'({_quoted(table)})' if table else ''}"):
        found[str(name)] = found.get(str(name), 0) + 1
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def wrong_counts(ask: Ask) -> list[str]:
    """Return which kept counts are wrong; nothing for a store that is too old to keep any."""
    if not ask("SELECT 1 FROM sqlite_master WHERE name = 'row_counts'"):
        return []
    ((single, orders, units),) = ask(_COUNTS)
    faults = [] if single else ["the import state is not in exactly one row"]
    faults += [] if orders else ["there are too few or too many orders"]
    return faults + ([] if units else ["there are too few or too many units"])


def wrong_states(ask: Ask) -> list[str]:
    """Return whether orders and their sales orders disagree; nothing for a store that is too old to keep both."""
    if not ask("SELECT 1 FROM pragma_table_info('row_counts') WHERE name = 'sales_orders'"):
        return []
    ((sound,),) = ask(_STATES)
    return [] if sound else ["there are too few or too many sales orders"]


def faults_of(ask: Ask, *, thorough: bool, migrations: Sequence[Migration] = MIGRATIONS) -> list[str]:
    """Return everything that is wrong with a store, worst first; empty if it is intact."""
    if found := damages(ask, thorough=thorough) or wrong_tables(ask, migrations):
        return found  # further checks of such a file mean nothing
    return _in_words(broken_links(ask)) + wrong_counts(ask) + wrong_states(ask)


def _in_words(links: dict[str, int]) -> list[str]:
    return [f"{count} rows in {table} refer to rows that do not exist" for table, count in sorted(links.items())]


def steps(ask: Ask) -> list[str]:
    """Return the steps in which a large store is checked, each short enough to finish in most stores."""
    found = [str(name) for (name,) in ask(_TABLES)]
    content = [f"{_CONTENT} {name}" for name in ("sqlite_master", *found)]  # the first checks the free pages too
    return ["tables", *content, *(f"{_LINKS} {name}" for name in found), "counts", "states"]


def faults_in(ask: Ask, step: str, *, thorough: bool, migrations: Sequence[Migration] = MIGRATIONS) -> list[str]:
    """Return what one step of `steps` finds wrong."""
    look, _, table = step.partition(" ")
    if look == _CONTENT:
        return damages(ask, thorough=thorough, table=table)
    if look == _LINKS:
        return _in_words(broken_links(ask, table))
    if look == "tables":
        return wrong_tables(ask, migrations)
    return wrong_counts(ask) if look == "counts" else wrong_states(ask)
