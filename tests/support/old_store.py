"""A store as the first version of the program wrote it, and what must hold while it is brought up to date."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from kaufland_cli.store.database import open_database
from kaufland_cli.store.migrations.schema import MIGRATIONS
from kaufland_cli.store.record import record_file
from support.kill_driver import ONE_MORE
from support.kills import stored
from support.machine import Machine

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STEPS = (*MIGRATIONS, ONE_MORE)
ORDERS = 400


def old_store(path: Path) -> None:
    """Write a store as the first version of the program would: its tables are fixed for ever, no record next to it."""
    with open_database(path, NOW, MIGRATIONS[:1]) as database, database.transaction():
        for number in range(ORDERS):
            database.execute(
                "INSERT INTO orders (id_order, status, storefront, total_amount, currency, lines, units, imported_at)"
                " VALUES (?, 'sent', 'de', 1999, 'EUR', 1, 1, '2026-11-20T12:00:00Z')",
                (f"M{number}",),
            )
            database.execute(
                "INSERT INTO order_units (id_order_unit, id_order, status, storefront, currency, price, more, asked_as)"
                " VALUES (?, ?, 'sent', 'de', 'EUR', 1999, ?, 1)",
                (number, f"M{number}", f'{{"note":"{"n" * 300}"}}'),
            )
    record_file(path).unlink()


def schema(path: Path) -> tuple[int, set[str]]:
    """Return version and schema of a store, without the search index, which comes when it is wanted."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        return version, {
            str(row[0])
            for row in connection.execute(
                "SELECT sql FROM sqlite_master WHERE sql NOT NULL AND name NOT LIKE '%!_search%' ESCAPE '!'"
            )
        }


def schemas(folder: Path) -> dict[int, set[str]]:
    """Return the schema of each version, made in a folder of its own."""
    found = {}
    for last in range(1, len(STEPS) + 1):
        path = folder / str(last) / "store.sqlite3"
        open_database(path, NOW, STEPS[:last]).close()
        version, found[last] = schema(path)
        assert version == STEPS[last - 1].number
    return {STEPS[last - 1].number: tables for last, tables in found.items()}


def machine_with_old_store(folder: Path) -> Machine:
    """Return a machine whose store the first version of the program wrote."""
    machine = Machine(folder)
    old_store(Path(machine.good("config", "path", "store").out.strip()))
    return machine


def check_migrated_or_not(machine: Machine, schemas: dict[int, set[str]]) -> None:
    """Insist that the store is one version, whole, with its orders, and so is every copy that is named as one."""
    store = next(path for path in machine.data.rglob("*.sqlite3") if path.parent.name != "backups")
    version, tables = schema(store)
    assert tables == schemas[version], "half a migration"
    assert len(stored(store)) == ORDERS
    copies = list(machine.data.rglob("backups/*.sqlite3"))
    assert copies or version == 1, "migrated without a copy"
    for copy in copies:
        version, tables = schema(copy)
        assert tables == schemas[version], "half a copy"
        assert len(stored(copy)) == ORDERS
