"""`kaufland demo`: the whole product in a minute, without an account."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pexpect
import pytest

from kaufland_cli.app import demo
from kaufland_cli.clock import SystemClock
from support.machine import ESCAPE, Done, Machine, own_words, run_in_process
from support.typing_person import Terminal

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
    for words in ("import-orders", "orders due", "orders show", "sales-orders push", "log show", "status"):
        assert f"kaufland {words}" in done.out
    assert "created as" in done.out
    assert "Run it?" not in done.out + done.err
    assert len(done.out.splitlines()) < 150
    assert done.out.endswith("With your own account: kaufland setup\n")
    assert machine.files() == []


@on_a_terminal
def test_commands_wait_for_enter_on_a_terminal(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command runs before Enter; the tour has all steps, says how to go on, and leaves nothing behind."""
    ran: list[Done] = []

    def run(words: list[str], *, env: dict[str, str], check: bool) -> "subprocess.CompletedProcess[bytes]":
        assert not check
        ran.append(run_in_process(own_words(words), env, SystemClock(), io.StringIO(), io.StringIO()))
        return subprocess.CompletedProcess(words, ran[-1].code)

    monkeypatch.setattr(demo, "subprocess", SimpleNamespace(run=run))
    terminal, commands = Terminal(machine, "demo"), []
    while terminal.child.expect_exact([QUESTION, "That is the whole tour."]) == 0:
        commands += re.findall(r"\$ kaufland (.*)", plain(terminal.child))
        assert len(ran) == len(commands) - 1, "something ran before Enter"
        terminal.child.sendline("")
    assert terminal.end() == 0
    assert "With your own account: kaufland setup" in terminal.seen
    assert [words.split()[0] for words in commands] == [
        *("test-connection", "import-orders", "orders", "log", "orders"),
        *("sales-orders", "sales-orders", "sales-orders", "sales-orders", "orders", "invoices", "actions", "status"),
    ]
    assert len(ran) == len(commands)
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


def plain(terminal: Any) -> str:
    """Return what came last, without colours."""
    return ESCAPE.sub("", f"{terminal.before}{terminal.after if isinstance(terminal.after, str) else ''}")
