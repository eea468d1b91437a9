"""The secret key as the output of a command, with real commands."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kaufland_cli.errors import SecretMissing, SecretSourceFailed
from kaufland_cli.secrets import SecretKey, SecretKind
from kaufland_cli.secrets.command_source import CommandSource

TEXT = "0f1e2d3c4b5a6978" * 4
PROGRAM = Path(sys.executable).name


def python(code: str, *, time_limit: float = 20) -> CommandSource:
    """Make the store of a command that runs this Python code."""
    return CommandSource([sys.executable, "-c", code], time_limit=time_limit, environ=os.environ)


def test_first_line_is_the_key() -> None:
    """Further lines, line ends of any kind and complaints on standard error are none of it."""
    store = python(f"import sys; sys.stderr.write('warning'); sys.stdout.buffer.write(b'{TEXT}\\r\\nuser: ada\\n')")
    assert store.fetch() == SecretKey(TEXT)
    store.probe()
    assert python(f"print('{TEXT}', end='')").fetch() == SecretKey(TEXT)


def test_command_runs_without_a_shell() -> None:
    """An argument reaches the command as it is."""
    store = CommandSource([sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME;`id`|*"], environ=os.environ)
    assert store.fetch().reveal() == "$HOME;`id`|*"


def test_command_shares_no_stream_with_this_program() -> None:
    """What waits on standard input is not read by the command, and its complaints do not reach standard error."""
    command = "import sys; sys.stderr.write('complaint'); print(f'read-{len(sys.stdin.read())}')"
    program = (
        "import os, sys; from kaufland_cli.secrets.command_source import CommandSource; "
        "store = CommandSource([sys.executable, '-c', sys.argv[1]], environ=os.environ); "
        "print(store.fetch().reveal(), len(sys.stdin.read()))"
    )
    done = subprocess.run([sys.executable, "-c", program, command], input=b"typed", capture_output=True, check=True)
    assert done.stdout.split() == [b"read-0", b"5"]
    assert done.stderr == b""


@pytest.mark.parametrize("code", ["", "print()", "print('\\nsecond line')", "print('  ')"])
def test_empty_first_line_is_a_missing_key(code: str) -> None:
    """A command that prints nothing, or an empty first line, gave no key."""
    with pytest.raises(SecretMissing, match="it is empty") as caught:
        python(code).fetch()
    assert PROGRAM in caught.value.message


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("print('words'); raise SystemExit(3)", "failed with exit code 3"),
        ("import sys; sys.stderr.write('words'); sys.exit(1)", "failed with exit code 1"),
        ("print('two words')", "one line of plain letters"),
        ("import sys; sys.stdout.buffer.write(b'words\\xff')", "one line of plain letters"),
        ("while True: print('words' * 1000)", "prints more than 64 KiB"),
    ],
)
def test_command_that_fails_is_named_without_its_output(code: str, sentence: str) -> None:
    """The error names the program and what happened, and shows neither its arguments nor what it printed."""
    with pytest.raises(SecretSourceFailed, match=sentence) as caught:
        python(code).fetch()
    assert PROGRAM in caught.value.message
    assert "words" not in caught.value.message + str(caught.value.hint)
    assert "secret.command" in str(caught.value.hint)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_command_that_is_killed_says_so() -> None:
    """The signal that ended the command is named."""
    with pytest.raises(SecretSourceFailed, match="was ended by signal 9"):
        python("import os; os.kill(os.getpid(), 9)").fetch()


def test_command_that_does_not_exist_or_may_not_run_says_so(tmp_path: Path) -> None:
    """Not found, no right to run it, not a program, and an impossible name are errors that name it."""
    text = tmp_path / "text"
    text.write_text("no program")
    with pytest.raises(SecretSourceFailed, match="nowhere, which prints the secret key, is not found"):
        CommandSource([str(tmp_path / "nowhere"), "words"], environ=os.environ).fetch()
    with pytest.raises(SecretSourceFailed, match=r"text, which prints the secret key, (may not|cannot) be run"):
        CommandSource([str(text), "words"], environ=os.environ).fetch()
    with pytest.raises(SecretSourceFailed, match="is not found"):
        CommandSource(["a\0b"], environ=os.environ).fetch()
    text.chmod(0o700)
    with pytest.raises(SecretSourceFailed, match="cannot be run"):
        CommandSource([str(text)], environ=os.environ).fetch()


def test_missing_command_is_an_error_that_shows_how_to_set_one() -> None:
    """An empty `secret.command` says so."""
    with pytest.raises(SecretSourceFailed, match=r"secret\.command is empty") as caught:
        CommandSource([], environ=os.environ).fetch()
    assert "kaufland config set secret.command" in str(caught.value.hint)


@pytest.mark.parametrize(
    "code", ["import time; time.sleep(60)", "import sys, time; sys.stdout.close(); time.sleep(60)"]
)
def test_command_that_does_not_end_is_stopped(code: str) -> None:
    """The time limit holds, whether or not the command has closed its output."""
    started = time.monotonic()
    with pytest.raises(SecretSourceFailed, match=r"did not end within 0\.5 seconds and was stopped"):
        python(code, time_limit=0.5).fetch()
    assert time.monotonic() - started < 5


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops the command alone")
def test_processes_of_the_command_are_stopped_with_it(tmp_path: Path) -> None:
    """A child that outlives its parent and keeps the output open does not outlive the time limit."""
    mark = tmp_path / "mark"
    child = f"import time, pathlib; time.sleep(1.2); pathlib.Path({str(mark)!r}).touch()"
    with pytest.raises(SecretSourceFailed, match="did not end"):
        python(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])", time_limit=0.5).fetch()
    time.sleep(1.2)
    assert not mark.exists()


def test_command_source_is_read_only() -> None:
    """The secret is kept where the command finds it: writing is refused and the error says so."""
    store = python(f"print('{TEXT}')")
    assert not store.writable
    with pytest.raises(SecretSourceFailed, match="only reads it"):
        store.for_writing()


def test_partner_key_cannot_come_from_a_command() -> None:
    """A command gives one key; the partner's needs another place, and the error names two."""
    with pytest.raises(SecretSourceFailed, match="not the partner's") as caught:
        CommandSource([sys.executable], SecretKind.PARTNER, environ=os.environ).fetch()
    assert "KAUFLAND_PARTNER_SECRET_KEY" in str(caught.value.hint)
