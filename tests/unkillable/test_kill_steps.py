"""Killed at any numbered step, an import loses nothing, stores nothing twice, and the next one finishes its work."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from support.kill_driver import Plan, Series
from support.kills import (
    Shop,
    check_finished,
    check_left_behind,
    machine_of,
    machine_store,
    names_of_steps,
    shop,
    stored,
    strike,
)
from support.sampling import sampled

PARTS = 12
# Pages may arrive in another order than when the steps were counted; only near the end may a step not come.
SURE_TO_COME = 0.9


@dataclass
class Scene:
    """An import that is about to run, and how many steps it has."""

    shop: Shop
    data: Path | None
    """The stores as they are before it."""
    names: dict[Series, list[str]]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Give the first import of a seller."""
    with shop() as fresh:
        yield Scene(fresh, None, names_of_steps(machine_of(fresh, tmp_path_factory.mktemp("first") / "count")))


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Give a later import, after much has changed."""
    folder = tmp_path_factory.mktemp("later")
    with shop() as busy:
        before = machine_of(busy, folder / "before")
        check_finished(before, busy)
        busy.change()
        yield Scene(busy, before.data, names_of_steps(machine_of(busy, folder / "count", before.data)))


def kill_and_recover(scene: Scene, series: Series, number: int, folder: Path) -> None:
    """Kill the import at one step, look at what is left, and let the next one finish."""
    machine = machine_of(scene.shop, folder, scene.data)
    struck = strike(machine, Plan(series=series, number=number))
    assert struck is not None or number > SURE_TO_COME * len(scene.names[series]), f"{series} {number} never came"
    try:
        check_left_behind(machine, scene.shop)
        check_finished(machine, scene.shop)
    except AssertionError as error:
        error.add_note(f"killed at {struck}")
        raise
    shutil.rmtree(folder)


@pytest.mark.parametrize("scene", sampled(["first", "later"], "first"))
def test_killed_at_some_steps(request: pytest.FixtureRequest, scene: str, tmp_path: Path) -> None:
    """A sample of the steps: in a page, before a COMMIT, at a request."""
    found: Scene = request.getfixturevalue(scene)
    writing, http = len(found.names["writing"]), len(found.names["http"])
    commits = [number for number, name in enumerate(found.names["writing"], start=1) if name.endswith(" COMMIT")]
    chosen: list[tuple[Series, int]] = [("writing", writing * 2 // 3), ("http", http // 2)]
    chosen.append(("writing", commits[len(commits) // 2]))
    for series, number in chosen:
        kill_and_recover(found, series, number, tmp_path / f"{series} {number}")


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("scene", ["first", "later"])
def test_killed_at_every_step(request: pytest.FixtureRequest, scene: str, part: int, tmp_path: Path) -> None:
    """Every step that writes and every request, one kill each, of a first import and of a later one."""
    found: Scene = request.getfixturevalue(scene)
    for series, names in found.names.items():
        for number in range(1 + part, len(names) + 1, PARTS):
            kill_and_recover(found, series, number, tmp_path / f"{series} {number}")


def test_kill_strikes_where_it_says(first: Scene, tmp_path: Path) -> None:
    """Before the COMMIT of a page nothing of it is there, after it all of it: seen from the store itself."""
    held = []
    way = ("before INSERT INTO order_units", "before COMMIT", "after COMMIT")
    for place in range(len(way)):
        machine = machine_of(first.shop, tmp_path / str(place))
        assert strike(machine, Plan(names=way[: place + 1])) is not None
        held.append(len(stored(machine_store(machine))))
    assert held[:2] == [0, 0]
    assert held[2] > 50
