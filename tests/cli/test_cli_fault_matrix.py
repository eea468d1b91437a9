"""Whatever the server does wrong, and wherever: the right verdict, exit code and words, within bounds, nothing lost."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.fault_scene import Scene
from support.fault_table import BEGINS, ROWS, Row


def cases(*, passing: bool = False) -> Iterator[Any]:
    """Yield each fault at each place; by default each is tried on the middle page, elsewhere a few."""
    for number, row in enumerate(row for row in ROWS if row.passing or not passing):
        for place in BEGINS:
            elsewhere = ("first page", "last page")[number % 2]
            often = not number % 6 and place == elsewhere
            often = often or (place == "middle page" and (passing or number % 2 == 0))
            sample = row.sampled and often and (place == "middle page" or not row.in_real_time)
            yield pytest.param(row, place, id=f"{row.name}-{place}", marks=() if sample else pytest.mark.long)


@pytest.mark.parametrize(("row", "place"), list(cases()))
def test_fault_that_lasts(row: Row, place: str, scene: Scene) -> None:
    """Verdict, exit code, message and hint are the right ones; every page that was read is stored, and nothing claimed.

    The next run, on a server that behaves, makes the store equal to it.
    """
    rule = scene.strike(row, place, None)
    done = scene.run()
    assert done.code == row.code, done
    assert rule.struck > 0
    summary = done.json()
    if row.error:
        told = done.error()
        assert (told["error"], told["exit_code"], summary["verdict"]) == (row.error, row.code, "error")
        assert row.said in told["message"]
        assert row.hint in told["hint"]
    else:
        assert summary["verdict"] == {0: "success", 8: "incomplete"}[row.code]
        assert done.err == ""
    assert row.said in summary["message"]
    assert summary["complete"] == (row.code == 0)
    stored, served = scene.stored(), scene.served()
    assert stored.items() <= served.items()
    asked_last = max((number for number, (_, units) in enumerate(scene.witness.told) if units is None), default=0)
    assert scene.witness.good_before(asked_last) <= stored.keys()
    if row.code == 0:
        assert stored == served
    assert (scene.checked_up_to() is not None) == (row.code == 0)
    scene.recover()


@pytest.mark.parametrize(("row", "place"), list(cases(passing=True)))
def test_fault_that_passes(row: Row, place: str, scene: Scene) -> None:
    """Met once it is unseen: the run is a success, and the store is equal to the server."""
    rule = scene.strike(row, place, 1)
    done = scene.run()
    assert (done.code, done.err, done.json()["verdict"]) == (0, "", "success"), done
    assert rule.struck == 1
    assert scene.stored() == scene.served()
    assert scene.checked_up_to() is not None


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row.name, marks=() if row.sampled else pytest.mark.long)
        for row in ROWS
        if not row.only_pages
    ],
)
def test_fault_at_the_connection_test(row: Row, scene: Scene) -> None:
    """The first request of all names the fault, its step and its hint; a fault that passes is a warning to nobody."""
    rule = scene.strike(row, "ping", None)
    done = scene.machine.run("test-connection", "--json")
    assert done.code == row.code, done
    assert 1 <= rule.struck <= 2
    (failed,) = (step for step in done.json()["steps"] if step["state"] == "failed")
    assert failed["step"] == ("credentials" if row.code == 4 else "connection")
    assert (row.said_at_test or row.said) in failed["message"]
    assert (row.hint_at_test or row.hint) in failed["hint"]
    if row.passing:
        scene.simulator.behave()
        scene.strike(row, "ping", 1)
        assert scene.machine.run("test-connection").code == 0
