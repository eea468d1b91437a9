"""New stores are copies of one: the migrations take longer than most tests of what comes after them.

Processes of their own, and stores with other migrations, go through the migrations all the same.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from kaufland_cli.store import database as database_module
from kaufland_cli.store.connection import Database, connect
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration

_migrated = database_module.empty_database
_prepare = database_module._prepare


@cache
def _template() -> Database:
    return _migrated()


def _copy_into(database: Database) -> None:
    _template()._connection.backup(database._connection)
    database.execute("UPDATE sync_state SET store_id = lower(hex(randomblob(16)))")  # each has its own


def _empty(migrations: Sequence[Migration] = MIGRATIONS) -> Database:
    if migrations is not MIGRATIONS:
        return _migrated(migrations)
    database = Database(connect(":memory:"), None)
    _copy_into(database)
    return database


def _prepared(database: Database, now: Any, migrations: Sequence[Migration], **options: Any) -> None:
    if migrations is MIGRATIONS and database.value("PRAGMA page_count") == 0:
        _copy_into(database)
    _prepare(database, now, migrations, **options)


def use_template() -> None:
    """Copy the template wherever this process makes a new store."""
    vars(database_module).update(empty_database=_empty, _prepare=_prepared)
