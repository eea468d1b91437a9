"""`kaufland demo`: the whole product in a minute, without an account."""

import re
import sys
from collections.abc import Iterator

import pexpect
import pytest

from support.machine import ESCAPE, Machine

QUESTION = "Run it? (q ends the tour) [yes]: "
on_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX's")


@pytest.fixture
def terminal(machine: Machine) -> Iterator["pexpect.spawn[str]"]:
    """Give a terminal with the demo on it."""
    environ = machine.environ | {"NO_COLOR": "1", "LANG": "C.UTF-8", "TERM": "xterm"}
    arguments = ["-m", "kaufland_cli", "demo"]
    child = pexpect.spawn(
        sys.executable, arguments, env=environ, timeout=30, encoding="utf-8", dimensions=(24, 80), echo=False
    )
    yield child
    child.close(force=True)


def test_demo_in_a_pipe_is_short(machine: Machine) -> None:
    """Every command of the short tour works, a sales order is created, it asks nothing and leaves nothing behind."""
    done = machine.process("demo")
    assert done.code == 0, done
    assert "✗" not in done.out + done.err
    for words in ("import-orders", "orders list", "orders show", "sales-orders push", "log show", "status"):
        assert f"kaufland {words}" in done.out
    assert "created as" in done.out
    assert "Run it?" not in done.out + done.err
    assert len(done.out.splitlines()) < 150
    assert done.out.endswith("With your own account: kaufland setup\n")
    assert machine.files() == []


@on_a_terminal
def test_commands_wait_for_enter_on_a_terminal(machine: Machine, terminal: "pexpect.spawn[str]") -> None:
    """No command runs before Enter; the tour has all steps, says how to go on, and leaves nothing behind."""
    commands = []
    while terminal.expect_exact([QUESTION, "That is the whole tour."]) == 0:
        shown = plain(terminal)
        commands += re.findall(r"\$ kaufland (.*)", shown)
        assert shown.rstrip().splitlines()[-2].startswith("$ kaufland "), "something ran before Enter"
        terminal.sendline("")
    terminal.expect(pexpect.EOF)
    assert "With your own account: kaufland setup" in plain(terminal)
    assert [words.split()[0] for words in commands] == [
        *("test-connection", "import-orders", "orders", "log", "orders"),
        *("sales-orders", "sales-orders", "sales-orders", "sales-orders", "status"),
    ]
    assert machine.files() == []


@on_a_terminal
@pytest.mark.parametrize(("key", "code"), [("q\n", 0), ("\x03", 130)])
def test_tour_can_be_left(machine: Machine, terminal: "pexpect.spawn[str]", key: str, code: int) -> None:
    """Q ends the tour and says how to go on, Ctrl-C ends the command; both leave nothing behind."""
    terminal.expect_exact(QUESTION)
    terminal.send(key)
    terminal.expect(pexpect.EOF)
    assert ("kaufland demo --serve" in plain(terminal)) == (code == 0)
    terminal.close()
    assert terminal.exitstatus == code
    assert machine.files() == []


def plain(terminal: "pexpect.spawn[str]") -> str:
    """Return what came last, without colours."""
    return ESCAPE.sub("", f"{terminal.before}{terminal.after if isinstance(terminal.after, str) else ''}")
