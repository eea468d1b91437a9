"""Copying and restoring a store on a terminal: how far it is, and how long it will take."""

import sys
from pathlib import Path

import pytest

from kaufland_cli.simulator import Simulator
from support.clocks import HeldClock
from support.machine import Machine
from support.output_samples import Heard, terminal_bytes

needs_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")

# A small store is copied before the first report; here they come often.
OFTEN = """
from kaufland_cli.__main__ import main
from kaufland_cli.store import backup
backup._STEPS_BETWEEN_REPORTS = 100
main()
"""


@pytest.mark.slow
@needs_a_terminal
def test_copies_show_their_progress(tmp_path: Path) -> None:
    """On a terminal `backup` and `restore` say how far the copy is, and take the line away when they are done."""
    machine, copy = Machine(tmp_path / "machine"), tmp_path / "copy.sqlite3"
    with Simulator(now=machine.clock.now) as simulator:
        machine.connect(simulator)
        machine.have_imported(simulator)
        for words in (("backup", str(copy)), ("restore", str(copy), "--yes")):
            shown = terminal_bytes("-c", OFTEN, *words, environ=machine.environ, all_of_it=True).decode()
            assert "Copying the store" in shown
            assert all("Copying" not in line.rpartition("\r")[2] for line in shown.split("\r\n"))


def test_long_copy_says_how_long_it_will_take() -> None:
    """A copy of 400 MB that has done 100 MB in ten seconds has half a minute to go."""
    clock = HeldClock()
    heard = Heard(width=100, monotonic=clock.monotonic)
    with heard.output.progress() as line:
        assert line is not None
        for done in range(0, 101, 10):
            line.bytes_copied(done * 1_000_000, 400_000_000)
            clock.advance(seconds=1)
    assert "Copying the store" in heard.err
    assert "100 of 400 MB" in heard.err
    assert "0:30 left" in heard.err
