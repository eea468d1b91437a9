"""A film of the first hour: the real program on a terminal of 80 columns and 24 rows, from setup to the schedule."""

import re
import sys
from pathlib import Path

import pytest

from kaufland_cli.simulator import Simulator
from support.crontab import OwnCrontab
from support.machine import ESCAPE, SECRET, Machine, units_held
from support.typing_person import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX's")

COLUMNS, ROWS = 80, 24


class Film:
    """A new seller's terminal: one command after the other, each of its screens looked at."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.machine = Machine(folder / "machine", more={"PAGER": "cat"})
        self.simulator = simulator
        self.crontab = OwnCrontab(self.machine, runs=True)
        systemctl = self.crontab.folder / "systemctl"  # cron, also where the tests run under systemd
        systemctl.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        systemctl.chmod(0o755)

    def set_up(self, *offers: str) -> str:
        """Answer the four questions and the two offers."""
        base_url = ("--base-url", self.simulator.base_url)
        at = Terminal(self.machine, *base_url, columns=COLUMNS, rows=ROWS, own_process=True)
        at.answer("Client key", self.simulator.client_key)
        at.answer("Secret key", SECRET)
        at.answer("More settings")
        at.answer("Save this")
        at.answer("Import the orders of the last 30 days now", offers[0])
        at.answer("Import new orders every 15 minutes from now on", offers[1])
        return self._shown(at)

    def run(self, *words: str) -> str:
        """Run a command without questions."""
        return self._shown(Terminal(self.machine, *words, columns=COLUMNS, rows=ROWS))

    def list_orders(self) -> None:
        """List the orders, and find each of the server's."""
        said = self.run("orders", "list")
        held = {order for order, _ in units_held(self.simulator).values()}
        assert len(held) == 40
        assert {order for order in held if order not in said} == set()

    def _shown(self, at: Terminal) -> str:
        """Insist that the command went well and that its screen fits; return what it showed."""
        assert at.end() == 0, at.seen
        shown = ESCAPE.sub("", at.seen)
        # Paths, and addresses with them, stay whole, so that they can be copied.
        wide = [line for line in re.split(r"[\r\n]+", shown) if len(line) > COLUMNS and "/" not in line]
        assert wide == []
        assert SECRET not in shown
        assert "Traceback" not in shown
        return shown.replace("\r\n", "\n")


@pytest.fixture
def film(tmp_path: Path, real_simulator: Simulator) -> Film:
    """Give a seller who has just installed the program."""
    return Film(tmp_path, real_simulator)


def test_first_hour_step_by_step(film: Film) -> None:
    """Setup, import, list, schedule: each step names the next one, and the last one imports by itself."""
    said = film.set_up("n", "n")
    assert said.index("Later: kaufland schedule install") < said.index("Next: kaufland import-orders")
    said = film.run("import-orders")
    assert "✓ Import complete." in said
    assert "40 orders" in said
    film.list_orders()
    assert film.machine.run("config", "set", "order_import.auto_import_orders", "true").code == 0
    said = film.run("schedule", "install", "--with", "cron")
    assert "verified by a test run" in said
    assert "import-orders --scheduled" in film.crontab.text
    assert "cron" in film.run("schedule", "status")
    assert "OK" in film.run("status")


@pytest.mark.long
def test_first_hour_by_enter_alone(film: Film) -> None:
    """Both offers of setup do the work: orders are there, the schedule is, and the closing lines come last."""
    said = film.set_up("", "")
    order = [
        said.index(text)
        for text in ("✓ Settings saved", "✓ Import complete.", "verified by a test run", "Next: kaufland orders list")
    ]
    assert order == sorted(order)
    assert "import-orders --scheduled" in film.crontab.text
    assert film.machine.run("config", "get", "order_import.auto_import_orders").out == "true\n"
    film.list_orders()
    assert "OK" in film.run("status")
