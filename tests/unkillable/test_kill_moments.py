"""One store, killed again and again at random instants while the shop goes on selling."""

import random
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from support.kills import check_finished, check_left_behind, kill_after, machine_of, shop

STATUSES = ("received", "sent", "returned", "cancelled", "sent_and_autopaid")
STARTING_SECONDS = 0.4
"""About what the command takes until its first request."""


def kill_again_and_again(folder: Path, kills: int, seed: int) -> int:
    """Kill this many imports of one store, with changes in between; return how many the kill reached.

    How long an import takes after its first request depends on the machine, so the kills draw nearer after each import
    that outran one, and move away again after each that did not.
    """
    chance = random.Random(seed)
    struck, reach = 0, STARTING_SECONDS
    with shop() as seller:
        machine = machine_of(seller, folder / "machine")
        for turn in range(kills):
            aimed = turn % 3 > 0
            seconds = chance.uniform(0, reach if aimed else STARTING_SECONDS)
            reached = kill_after(machine, seller, seconds, first_request=aimed)
            struck += reached
            if aimed:
                reach *= 1.1 if reached else 0.7
            check_left_behind(machine, seller)
            if turn % 10 == 9:  # now and then one gets through, and the next starts from a whole store
                check_finished(machine, seller)
            seller.change(chance.randrange(2, 9), chance.choice(STATUSES), chance.randrange(1, 9000))
        check_finished(machine, seller)
    return struck


@pytest.mark.long
def test_killed_at_a_few_instants(tmp_path: Path) -> None:
    """Whenever the kills came, the file is sound after each, and in the end nothing is missing or there twice."""
    assert kill_again_and_again(tmp_path, 5, random.randrange(2**32)) > 0


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_many_instants(seed: int, tmp_path: Path) -> None:
    """The same over many kills, most of which found the import at work."""
    assert kill_again_and_again(tmp_path, 60, seed) > 20
