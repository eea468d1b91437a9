"""A disk that is full while an old store is brought up to date leaves the old store, for the old program too.

What only reads goes on meanwhile: it updates the store in memory.
"""

import json
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("file limits and mounts are of POSIX", allow_module_level=True)

from kaufland_cli.store.database import open_database
from kaufland_cli.store.migrations.schema import MIGRATIONS
from support.disk import Disk, check_told
from support.kill_driver import Plan
from support.kills import run_by_plan, stored
from support.machine import Machine
from support.old_store import NOW, ORDERS, check_migrated_or_not, old_store, schema, schemas

READING = ("orders", "list", "--json", "--limit", "0")
WRITING = ("log", "prune")
PLAN = Plan(one_more_migration=True)
PLENTY = 64_000_000


def check_old_store_is_whole(path: Path) -> None:
    """Insist that the store is a whole one, and that the program of its version can go on with it.

    Where an earlier step went through, it stands, and so does the copy from before it; else nothing takes room.
    """
    version = schema(path)[0]
    known = [step for step in MIGRATIONS if step.number <= version]
    with open_database(path, NOW, known) as old, old.transaction():
        assert old.value("SELECT count(*) FROM v_orders") == ORDERS
        old.execute("UPDATE sync_state SET client_key = 'ab'")
    left = [one for one in path.parent.rglob("*") if one.is_file() and one != path]
    assert len(left) == (version > 1), "something was left that takes room on a full disk"


def check_readable(machine: Machine) -> None:
    """Insist that the orders can be listed on the full disk."""
    code, out, err = run_by_plan(machine, PLAN, *READING)
    assert (code, err, len(json.loads(out)["orders"])) == (0, "", ORDERS)


def check_made_up_for(machine: Machine, path: Path, folder: Path) -> None:
    """Insist that the next command, with room again, brings the store up to date."""
    code, _, err = run_by_plan(machine, PLAN, *WRITING)
    assert code == 0, err
    check_migrated_or_not(machine, schemas(folder))
    assert len(stored(path)) == ORDERS


@pytest.mark.long
@pytest.mark.parametrize("stores", [1, 2], ids=["for the copy", "for the migration"])
def test_full_disk_during_a_migration(small_disk: Disk, tmp_path: Path, stores: int) -> None:
    """Whether the copy or the migration finds no room: exit 9, the old store as it was; with room, all goes through."""
    machine = Machine(tmp_path / "machine", more={"KAUFLAND_API_CLIENT_KEY": "de30" * 8})
    path = Path(machine.good("config", "path", "store").out.strip())
    small_disk(machine.data, PLENTY)
    old_store(path)
    small_disk(machine.data, path.stat().st_size * stores + 80_000)
    code, _, err = run_by_plan(machine, PLAN, *WRITING)
    check_told(code, err)
    check_readable(machine)
    small_disk(machine.data, PLENTY)
    check_old_store_is_whole(path)
    check_made_up_for(machine, path, tmp_path / "schemas")


def test_disk_without_room_for_the_copy(tmp_path: Path) -> None:
    """The same without a disk of its own: the system refuses to let the copy grow."""
    machine = Machine(tmp_path / "machine", more={"KAUFLAND_API_CLIENT_KEY": "de30" * 8})
    path = Path(machine.good("config", "path", "store").out.strip())
    old_store(path)
    plan = Plan(one_more_migration=True, largest_file=path.stat().st_size // 2)
    code, _, err = run_by_plan(machine, plan, *WRITING)
    check_told(code, err)
    check_old_store_is_whole(path)
    check_made_up_for(machine, path, tmp_path / "schemas")
