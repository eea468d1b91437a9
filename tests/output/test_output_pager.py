"""Lists longer than the screen go through a pager: what gets there, how it ends, and what happens without one."""

import shutil
import signal
import sys
from pathlib import Path

import pexpect
import pytest

from kaufland_cli.output import ORDER_COLUMNS, Output
from kaufland_cli.output.pager import write_in_pages
from kaufland_cli.output.stream import Stream
from support.output_samples import Heard, Terminal, order

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the pagers here are scripts of a POSIX shell")

LINES = [f"\x1b[1mline {number} ✓\x1b[0m" for number in range(5000)]

LONG_LIST = """
import os, sys
from kaufland_cli.output import ORDER_COLUMNS, Output
from support.output_samples import order
output = Output(stdout=sys.stdout, stderr=sys.stderr, environ=os.environ, in_pages=True)
rows = [order(id_order=f"M{number}") for number in range(200)]
output.listing("orders", rows, ORDER_COLUMNS, fields=(), schema="kaufland.orders/1", empty="")
print("and on")
"""


def stream(height: int = 24) -> Stream:
    """Return a terminal of that height."""
    found = Stream(Terminal(), {})
    found.height = height
    return found


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """Give a pager that keeps what it is shown, and its environment."""
    script = tmp_path / "pager"
    script.write_text(f"#!/bin/sh\nenv > {tmp_path}/environment\ncat > {tmp_path}/shown\n", encoding="utf-8")
    script.chmod(0o755)
    return script


def test_long_list_goes_through_the_pager(pager: Path) -> None:
    """Every line with its colours; the terminal itself gets none. Neither secrets nor settings are handed on."""
    terminal = stream()
    environ = {"PAGER": f"'{pager}' --any", "PATH": "/usr/bin:/bin", "KAUFLAND_SECRET_KEY": "s" * 64}
    write_in_pages(iter(LINES), terminal, environ)
    assert (pager.parent / "shown").read_text(encoding="utf-8").splitlines() == LINES
    assert terminal.file.read() == ""
    seen = (pager.parent / "environment").read_text(encoding="utf-8")
    assert "LESS=FRX" in seen
    assert "KAUFLAND" not in seen


@pytest.mark.parametrize(("lines", "paged"), [(23, False), (24, True)])
def test_list_that_fits_needs_no_pager(pager: Path, lines: int, paged: bool) -> None:
    """With the line for what is typed next, 23 lines fit on 24."""
    terminal = stream()
    write_in_pages(LINES[:lines], terminal, {"PAGER": str(pager)})
    assert (pager.parent / "shown").exists() == paged
    assert bool(terminal.file.getvalue()) != paged  # type: ignore[attr-defined]


@pytest.mark.parametrize("wanted", ["cat", "", "nosuchpager", "less '", "sh -c 'head -2 >&2; exit 1'", "false", "/"])
def test_without_a_pager_the_list_is_shown_whole(wanted: str) -> None:
    """No pager wanted, none found, or one that fails: nothing is hidden, and nothing is an error."""
    terminal = stream()
    write_in_pages(iter(LINES), terminal, {"PAGER": wanted, "PATH": "/usr/bin:/bin"})
    assert terminal.file.getvalue().splitlines() == LINES  # type: ignore[attr-defined]


def test_pager_may_end_early() -> None:
    """What `q` does: the rest of the list is wanted no more."""
    terminal = stream()
    write_in_pages(LINES, terminal, {"PAGER": "head -1", "PATH": "/usr/bin:/bin"})
    assert terminal.file.getvalue() == ""  # type: ignore[attr-defined]


def test_ctrl_c_is_for_the_pager() -> None:
    """A pager that ends by Ctrl-C ends the command as Ctrl-C does; afterwards Ctrl-C is what it was."""
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        write_in_pages(LINES, stream(), {"PAGER": "sh -c 'kill -INT $$'", "PATH": "/usr/bin:/bin"})
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("terminal", [True, False])
def test_only_a_person_gets_pages(pager: Path, terminal: bool) -> None:
    """A pipe gets no pages, and nobody does without a keyboard or with `--no-pager` (`in_pages`)."""
    heard = Heard(terminal=terminal)
    output = Output(
        stdout=heard.stdout, stderr=heard.stderr, environ={"PAGER": str(pager)}, width=80, in_pages=not terminal
    )
    output._out.height = 24 if terminal else 0
    output.listing("orders", [order()] * 100, ORDER_COLUMNS, fields=(), schema="s", empty="")
    assert not (pager.parent / "shown").exists()
    assert len(heard.out.splitlines()) > 100


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("less") is None, reason="less is not here")
def test_less_on_a_terminal() -> None:
    """A screen of 24 lines, then `less` waits; Ctrl-C does not end it, `q` does, and the program goes on."""
    tests = str(Path(__file__).parents[1])
    environ = {"PYTHONPATH": tests, "TERM": "xterm", "PATH": "/usr/bin:/bin", "LANG": "C"}
    child = pexpect.spawn(
        sys.executable, ["-c", LONG_LIST], dimensions=(24, 80), env=environ, timeout=20, encoding="utf-8"
    )
    child.expect_exact("M20")
    assert "───" in str(child.before), "the signs are not mangled, whatever the locale"
    assert "\x1b[33mopen" in str(child.before)
    child.expect_exact("\n:")
    child.send(" ")
    child.expect_exact("M40")
    child.sendintr()
    child.send("G")
    child.expect_exact("M199")
    child.send("q")
    child.expect_exact("and on")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
