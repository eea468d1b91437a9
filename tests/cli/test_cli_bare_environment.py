"""A job's environment, tried out before the job is: what is found in a shell may not be found there."""

import io
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from kaufland_cli.app import bare_environment
from kaufland_cli.app.context import Process, Streams
from kaufland_cli.cli.context import CliContext
from kaufland_cli.errors import SecretMissing, SecretSourceFailed, SettingsError
from kaufland_cli.simulator import Simulator
from support.machine import SECRET, Machine


def session_on(machine: Machine) -> CliContext:
    """Return a session as a command on that machine has it."""
    return CliContext(
        environ=machine.environ,
        streams=Streams(io.StringIO(), io.StringIO(), io.StringIO()),
        clock=machine.clock,
        process=Process(os.getpid(), lambda: 0.5),
    )


@pytest.fixture(autouse=True)
def jobs() -> None:
    """Let every job be a process of its own."""


@pytest.fixture
def kept(machine: Machine) -> Machine:
    """Give a machine on which the secret key lies in a file."""
    machine.write_config('[api]\nclient_key = "de30"\n[secret]\nstore = "file"\n')
    machine.good("secret", "set", "--secret-stdin", stdin=SECRET)
    return machine


def test_secret_that_a_job_finds_is_no_error(kept: Machine) -> None:
    """With the secret key in a file, this program finds it though hardly anything is set."""
    assert bare_environment.secret_in_bare_environment(session_on(kept)) is None


@pytest.mark.long
def test_error_of_a_job_comes_back_with_its_class(kept: Machine) -> None:
    """A missing secret, a store that fails and settings that are not there are distinguished, each with its way out."""
    found = bare_environment.secret_in_bare_environment
    kept.more["KAUFLAND_SECRET_STORE"] = "env"
    kept.more["KAUFLAND_SECRET_KEY"] = SECRET
    assert found(session_on(kept)) is None, "the file is what the settings name, and the shell's variables are not seen"
    kept.write_config('[api]\nclient_key = "de30"\n[secret]\nstore = "env"\n')
    told = found(session_on(kept))
    assert type(told) is SecretMissing
    assert "KAUFLAND_SECRET_KEY is not set" in told.message
    assert "--secret-store file" in str(told.hint)
    kept.write_config('[api]\nclient_key = "de30"\n[secret]\nstore = "command"\ncommand = ["no-such-program"]\n')
    assert type(found(session_on(kept))) is SecretSourceFailed
    kept.write_config("")
    kept.more["KAUFLAND_API_CLIENT_KEY"] = "de30"
    told = found(session_on(kept))
    assert type(told) is SettingsError
    assert "No client key is set" in told.message


def test_bare_environment_has_only_what_a_scheduler_gives(machine: Machine) -> None:
    """No variable of the desktop, of a shell or of this program reaches the job; where the store lies does."""
    machine.more |= {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x", "KAUFLAND_SECRET_KEY": SECRET, "PYTHONPATH": "/x"}
    context = session_on(machine)
    given = bare_environment.bare_environment(context, context.options.load_settings(context.environ))
    assert given.pop("KAUFLAND_DATA_DIR") == str(machine.data)
    assert SECRET not in given.values()
    if sys.platform != "win32":
        assert set(given) <= {"HOME", "LOGNAME", "USER", "SHELL", "PATH"}
        assert given["PATH"] == "/usr/bin:/bin"
        assert given["HOME"] == machine.environ["HOME"]
    assert not [name for name in given if name.startswith(("KAUFLAND", "PYTHON"))]


@pytest.mark.skipif(sys.platform == "win32", reason="a script of the shell is POSIX's")
def test_store_that_hangs_ends_within_the_time_limit(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store gives nothing, the wait ends, and what it had started is stopped with it."""
    monkeypatch.setattr(bare_environment, "TIME_LIMIT", 1.5)
    program, started = machine.folder / "hang", machine.folder / "started"
    machine.write_config(f'[api]\nclient_key = "de30"\n[secret]\nstore = "command"\ncommand = ["{program}"]\n')
    program.write_text(f"#!/bin/sh\necho $$ > {started}\nexec sleep 77\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    begun = time.monotonic()
    told = bare_environment.secret_in_bare_environment(session_on(machine))
    assert time.monotonic() - begun < 15
    assert type(told) is SecretSourceFailed
    assert "within 1.5 seconds" in told.message
    if started.exists() and Path("/proc").exists():
        assert not Path("/proc", started.read_text().strip()).exists()


def test_setup_by_options_refuses_a_keyring_that_is_not_there(machine: Machine, simulator: Simulator) -> None:
    """On a server without a keyring nothing is written, and the error names the places that would work."""
    words = ("--base-url", simulator.base_url, "--client-key", simulator.client_key, "--auto-import-orders")
    done = machine.process("setup", "--no-input", *words, "--secret-stdin", stdin=SECRET.encode())
    if sys.platform != "linux":
        pytest.skip("other systems always have a keyring")
    assert done.code == 3, done
    assert "There is no keyring here" in done.err
    assert "What works here: file" in done.err
    assert "--secret-store file --secret-stdin" in done.err
    assert machine.files() == []
