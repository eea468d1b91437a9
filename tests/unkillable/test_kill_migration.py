"""Killed in the middle of bringing an old store up to date, the store is the old or the new one, never half of both."""

import shutil
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from support.kill_driver import Plan
from support.kills import names_of_steps, run_by_plan, strike
from support.old_store import check_migrated_or_not, machine_with_old_store
from support.old_store import schemas as schemas_of_versions

COMMAND = ("orders", "list", "--json")
PLAN = Plan(one_more_migration=True)


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[int, set[str]]:
    """Give the schema of each version."""
    return schemas_of_versions(tmp_path_factory.mktemp("versions"))


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


@pytest.mark.long
def test_killed_in_the_copy_and_in_the_migration(schemas: dict[int, set[str]], tmp_path: Path) -> None:
    """A sample: when the copy is written and has no name yet, and at the COMMIT of the migration."""
    names = steps(tmp_path / "count")
    for number in (names.index("after VACUUM INTO ?"), len(names) - names[::-1].index("before COMMIT") - 1):
        kill_and_migrate(number + 1, tmp_path / str(number), schemas)


PARTS = 10


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_every_step_of_a_migration(part: int, schemas: dict[int, set[str]], tmp_path: Path) -> None:
    """Every step of opening, copying and migrating an old store, one kill each."""
    for number in range(1 + part, len(steps(tmp_path / "count")) + 1, PARTS):
        kill_and_migrate(number, tmp_path / str(number), schemas)
