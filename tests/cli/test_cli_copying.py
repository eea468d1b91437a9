"""What is to be copied from a terminal of 80 columns is never broken: paths, addresses, commands, ids."""

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.main import run
from kaufland_cli.simulator import Simulator
from support.clocks import HeldClock
from support.hint_commands import commands_in
from support.machine import SECRET, Done, Machine, Person

DEEP = Path("Library") / "Application Support" / "of-a-seller-with-a-long-name" / "and-another-folder-below-it"


class OnTerminal(Machine):
    """A machine in a folder with a long name, on which every command runs on a terminal of 80 columns."""

    def run(self, *words: str, typed: str | None = None, stdin: Any = "") -> Done:  # noqa: ARG002 - the terminal is it
        """Run a command with all streams on the terminal."""
        out, err = Person(), Person()
        environ = self.environ | {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "xterm", "PAGER": ""}
        person = Person(typed or "")
        code = run(words, CliContext(environ, Streams(person, out, err), self.clock, Process(os.getpid(), lambda: 0.5)))
        return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture
def machine(tmp_path: Path) -> OnTerminal:
    """Give a machine whose paths are longer than a line and have a space in them, as on macOS."""
    return OnTerminal(tmp_path / DEEP, clock=HeldClock())


def shown(done: Done) -> str:
    """Return everything that stands on the terminal."""
    return done.out + done.err


def paths_broken(text: str, machine: Machine) -> list[str]:
    """Return the lines that end inside a path of the machine."""
    root = str(machine.folder)
    whole = re.sub(r"\n\s*", "", text)
    joined = re.sub(r"\n\s*", " ", text)
    found = max(whole.count(root), joined.count(root))
    return [] if text.count(root) == found else text.splitlines()


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("doctor",),
        ("backup",),
        ("schedule", "show"),
        ("schedule", "status"),
        ("config", "path"),
        ("config", "path", "store"),
        ("config", "path", "backups"),
        ("config", "list", "--all"),
        ("profiles", "list"),
        ("secret", "status"),
        ("test-connection",),
        ("restore", "/no/such/copy.sqlite3", "--yes"),
    ],
    ids=" ".join,
)
def test_no_path_is_broken(connected: Machine, words: tuple[str, ...]) -> None:
    """Each screen that shows a long path has it in one piece, with the space in it."""
    connected.write_config("[order_import]\ninterval_minutes = 20\n")
    connected.run("import-orders")
    text = shown(connected.run(*words))
    assert paths_broken(text, connected) == []
    if words[:2] == ("config", "path"):
        assert text.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "spoil"),
    [
        (("status",), lambda one: one.config.write_text("[api\n")),
        (("status",), lambda one: one.config.write_text("[order_import]\ninterval_minutes = 0\n")),
        (("status",), lambda one: one.store.write_bytes(b"x" * 5000)),
        (("import-orders",), lambda one: one.store.write_bytes(b"x" * 5000)),
        (("orders", "list"), lambda one: one.config.unlink() or one.config.mkdir()),
        (("restore", "config.toml", "--yes"), lambda _: None),
        (("secret", "set", "--stdin"), lambda one: one.config.write_text(f'[secret]\nkey = "{SECRET}"\n')),
    ],
    ids=["not TOML", "wrong value", "damaged", "damaged, import", "a folder", "no copy", "secret"],
)
def test_no_error_breaks_a_path_or_a_command(connected: Machine, words: tuple[str, ...], spoil: Any) -> None:
    """Errors about files: the path and every command of the hint stand in one piece."""
    connected.write_config("[order_import]\ninterval_minutes = 20\n")
    connected.run("import-orders")
    spoil(connected)
    text = shown(connected.run("--config", str(connected.config), *words))
    assert paths_broken(text, connected) == []
    assert broken_commands(text) == []


def broken_commands(text: str) -> list[str]:
    """Return the lines behind which a command goes on in the next line."""
    lines = [line.strip() for line in text.splitlines()]
    found = []
    for line, following in pairwise(lines):
        together = [" ".join(one) for one in commands_in(f"{line} {following}")]
        apart = [" ".join(one) for one in (*commands_in(line), *commands_in(following))]
        if together != apart and re.search(r"kaufland \S", line):
            found.append(f"{line} | {following}")
    return found


def test_no_command_is_broken(machine: Machine, simulator: Simulator) -> None:
    """The hints of a command line with a long --config stand in one piece, however long they are."""
    machine.write_config("")
    for words in (("import-orders",), ("orders", "show", "MNOBODY"), ("orders", "list")):
        text = shown(machine.run("--config", str(machine.config), *words))
        start = f"kaufland --config '{machine.config}' "
        assert start in text, text
        assert broken_commands(text) == []
    machine.connect(simulator)
    machine.run("import-orders")
    text = shown(machine.run("orders", "erase", "somebody-with-a-long-name@kunden.marktplatz.example"))
    assert "kaufland orders list --search somebody-with-a-long-name@kunden.marktplatz.example\n" in text


def test_setup_shows_its_places_whole(machine: Machine, simulator: Simulator) -> None:
    """The summary of setup and what it says at its end have their paths in one piece."""
    machine.more["KAUFLAND_API_BASE_URL"] = simulator.base_url
    keys = ("--client-key", simulator.client_key)
    machine.more["KAUFLAND_SECRET_KEY"] = simulator.secret_key
    text = shown(machine.run("setup", *keys, "--secret-store", "env", "--no-input"))
    assert str(machine.config) in text
    assert paths_broken(text, machine) == []
