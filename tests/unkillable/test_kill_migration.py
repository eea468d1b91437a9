"""Killed in the middle of bringing an old store up to date, the store is the old or the new one, never half of both."""

import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from cli_helpers import Machine
from kaufland_cli.store.database import open_database
from kaufland_cli.store.schema import MIGRATIONS
from kill_driver import ONE_MORE, Plan
from kill_helpers import names_of_steps, run_by_plan, stored, strike

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STEPS = (*MIGRATIONS, ONE_MORE)
ORDERS = 400
COMMAND = ("orders", "list", "--json")
PLAN = Plan(one_more_migration=True)


def old_store(path: Path) -> None:
    """Write a store as the first version of the program would: its tables are fixed for ever."""
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


def schema(path: Path) -> tuple[int, set[str]]:
    """Return version and schema of a store."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        return version, {str(row[0]) for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")}


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[int, set[str]]:
    """Give the schema of each version."""
    found = {}
    for last in range(1, len(STEPS) + 1):
        path = tmp_path_factory.mktemp("version") / "store.sqlite3"
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
        assert schema(copy) == (1, schemas[1])
        assert len(stored(copy)) == ORDERS


def kill_and_migrate(number: int, folder: Path, schemas: dict[int, set[str]]) -> None:
    """Kill the first command of a newer version at one step; the next one finishes the migration."""
    machine = machine_with_old_store(folder)
    struck = strike(machine, Plan(number=number, one_more_migration=True), *COMMAND)
    assert struck is not None
    try:
        check_migrated_or_not(machine, schemas)
        code, out, err = run_by_plan(machine, PLAN, *COMMAND)
        assert (code, err) == (0, "")
        assert '"M0"' in out
        check_migrated_or_not(machine, schemas)
        assert list(machine.data.rglob("*.unfinished")) == [], "half a copy was left for ever"
    except AssertionError as error:
        error.add_note(f"killed at {struck}")
        raise
    shutil.rmtree(folder)


def steps(folder: Path) -> list[str]:
    """Return the steps of migrating an old store."""
    return names_of_steps(machine_with_old_store(folder), PLAN, *COMMAND)["writing"]


def test_killed_in_the_copy_and_in_the_migration(schemas: dict[int, set[str]], tmp_path: Path) -> None:
    """A sample: while the copy is written, before it gets its name, in the middle of the statements, at the COMMIT."""
    names = steps(tmp_path / "count")
    wanted = (names.index("after VACUUM INTO ?"), names.index("before UPDATE orders SET"))
    for number in (*wanted, len(names) - names[::-1].index("before COMMIT") - 1):
        kill_and_migrate(number + 1, tmp_path / str(number), schemas)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_at_every_step_of_a_migration(schemas: dict[int, set[str]], tmp_path: Path) -> None:
    """Every step of opening, copying and migrating an old store, one kill each."""
    for number in range(1, len(steps(tmp_path / "count")) + 1):
        kill_and_migrate(number, tmp_path / str(number), schemas)
