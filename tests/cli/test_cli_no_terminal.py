"""Without a terminal nothing asks: the command ends at once and names the option to use instead."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from kaufland_cli.simulator import Simulator
from support.machine import SECRET, Machine
from support.sampling import sampled

ASKING = [
    (("setup",), 2, "--no-input"),
    (("secret", "set"), 2, "--secret-stdin"),
    (("secret", "delete"), 2, "--yes"),
    (("log", "clear"), 2, "--yes"),
    (("import-orders",), 3, "--accept-client-key"),
    (("orders", "refresh", "MXXXXXX"), 3, "--accept-client-key"),
]


@pytest.fixture
def changed(machine: Machine, simulator: Simulator) -> Machine:
    """Give a machine on which every one of these commands has something to ask."""
    machine.connect(simulator)
    machine.more |= {"KAUFLAND_DEBUG_LOG_API_REQUESTS": "true"}
    machine.have_imported(simulator)
    machine.more |= {"KAUFLAND_SECRET_STORE": "file", "KAUFLAND_API_CLIENT_KEY": "af51" * 8}
    machine.good("secret", "set", "--secret-stdin", stdin=SECRET)
    return machine


def _closed(command: list[str], environ: dict[str, str]) -> "subprocess.CompletedProcess[bytes]":
    shell = ["sh", "-c", '"$@" <&-', "sh", *command]
    return subprocess.run(shell, capture_output=True, env=environ, timeout=20, check=False)


def _nowhere(command: list[str], environ: dict[str, str]) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=environ, timeout=20, check=False)


def _open_pipe(command: list[str], environ: dict[str, str]) -> "subprocess.CompletedProcess[bytes]":
    """Give a pipe into which nobody ever writes: whoever reads from it hangs."""
    reading, writing = os.pipe()
    try:
        return subprocess.run(command, stdin=reading, capture_output=True, env=environ, timeout=20, check=False)
    finally:
        os.close(reading)
        os.close(writing)


Way = Callable[[list[str], dict[str, str]], "subprocess.CompletedProcess[bytes]"]


@pytest.mark.parametrize(("words", "code", "option"), ASKING, ids=[" ".join(words) for words, _, _ in ASKING])
def test_commands_without_a_terminal_ask_nothing(
    words: tuple[str, ...], code: int, option: str, changed: Machine
) -> None:
    """With a silent pipe for stdin, from which whoever reads hangs, each command ends at once, in words that help."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as silent:
        done = changed.run(*words, stdin=silent)
        os.close(writing)
    assert (done.code, done.out) == (code, ""), done
    assert option in done.err


REALLY = [(way, *asking) for way in (_closed, _nowhere, _open_pipe) for asking in ASKING]


@pytest.mark.parametrize(
    ("way", "words", "code", "option"),
    sampled(REALLY, (_closed, *ASKING[0]), (_open_pipe, *ASKING[4])),
    ids=[f"{way.__name__} {' '.join(words)}" for way, words, *_ in REALLY],
)
def test_real_commands_ask_nothing_either(
    way: Way, words: tuple[str, ...], code: int, option: str, changed: Machine
) -> None:
    """With stdin closed, empty or a silent pipe a process ends at once, in words that help."""
    if way is _closed and sys.platform == "win32":
        pytest.skip("a shell of POSIX closes it")
    done = way([sys.executable, "-m", "kaufland_cli", *words], changed.environ)
    assert done.returncode == code, done
    assert done.stdout == b""
    assert option in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_commands_with_json_ask_nothing(changed: Machine) -> None:
    """A program that reads JSON is never asked, even at a terminal."""
    done = changed.run("import-orders", "--json", typed="y\n")
    assert (done.code, done.error()["error"]) == (3, "client_key_changed")


def test_options_do_without_questions(changed: Machine) -> None:
    """Each of these commands does its work with the option that its error named."""
    changed.more["KAUFLAND_SECRET_KEY"] = ""
    changed.good("secret", "set", "--secret-stdin", stdin=SECRET)
    assert changed.good("secret", "status", "--json").json()["length"] == 64
    changed.good("secret", "delete", "--yes")
    assert changed.run("secret", "status").code == 3
    changed.good("log", "clear", "--yes")
    assert changed.good("log", "show", "--json").json()["entries"] == []


def test_person_is_asked_first(changed: Machine) -> None:
    """At a terminal these commands ask, and no means no; Ctrl-D stops."""
    assert "Nothing was deleted" in changed.run("log", "clear", typed="\n").err
    assert changed.run("log", "clear", typed="").code == 130
    assert changed.good("log", "show", "--json").json()["entries"]
    assert changed.run("log", "clear", typed="y\n").code == 0
    assert changed.good("log", "show", "--json").json()["entries"] == []
    refused = changed.run("import-orders", typed="n\n")
    assert (refused.code, "not changed" in refused.err) == (3, True)
    assert "Nothing was deleted" in changed.run("secret", "delete", typed="n\n").err


@pytest.mark.skipif(sys.platform == "win32", reason="file descriptors are POSIX's")
@pytest.mark.parametrize("closed", sampled(["<&-", ">&-", "2>&-", "<&- >&- 2>&-"], "<&- >&- 2>&-"))
def test_closed_streams_harm_nothing(closed: str, changed: Machine) -> None:
    """Whichever standard stream the caller closed, commands run and the store stays whole."""
    changed.more["KAUFLAND_API_CLIENT_KEY"] = "de30" * 8
    shell = ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-m", "kaufland_cli"]
    for words in (["orders", "list"], ["orders", "show", "MNONE"], ["--help"]):
        done = subprocess.run([*shell, *words], capture_output=True, env=changed.environ, timeout=20, check=False)
        assert done.returncode == (2 if "MNONE" in words else 0), done
        assert b"Traceback" not in done.stderr
    assert len(changed.good("orders", "list", "--json").json()["orders"]) == 40
