"""The keyring of a real session from a process that knows nothing of it: no variable names the bus."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaufland_cli.clock import SystemClock
from kaufland_cli.simulator import Simulator, seller_month
from support.keyring_desktop import Desktop, needs_secret_service
from support.machine import SECRET, Done

pytestmark = needs_secret_service


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    """Yield a private home with a short path, as sockets need it; nothing that was started in it is left."""
    with tempfile.TemporaryDirectory(prefix="kf-") as folder:
        made = Desktop(Path(folder))
        yield made
        assert not made.end()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Give a month of a seller on the real clock."""
    now = SystemClock().now
    with Simulator(orders=seller_month(now()), now=now) as found:
        yield found


def job(desktop: Desktop, *words: str, stdin: str = "") -> Done:
    """Run this program as `env -i` with a home and the user's folder would."""
    done = subprocess.run(
        [sys.executable, "-m", "kaufland_cli", *words],
        env={"HOME": str(desktop.home), "XDG_RUNTIME_DIR": str(desktop.runtime), "PATH": "/usr/bin:/bin"},
        input=stdin.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_job_finds_the_users_keyring(desktop: Desktop, simulator: Simulator) -> None:
    """Set up, and imported, with the secret key in an unlocked keyring and no variable that names the bus."""
    keys = ("--client-key", simulator.client_key, "--base-url", simulator.base_url)
    with desktop.logged_in(unlock=True):
        before = set(desktop.processes())
        done = job(desktop, "setup", "--no-input", *keys, "--secret-stdin", "--auto-import-orders", stdin=SECRET)
        assert done.code == 0, done
        assert "A job would not find the secret key: There is no keyring here" in done.err, (
            "cron names no folder either"
        )
        done = job(desktop, "secret", "status", "--json")
        assert done.json()["source"] == "the keyring of this system (entry kaufland-cli)"
        assert job(desktop, "import-orders").code == 0
        assert set(desktop.processes()) <= before, "no other bus and no other keyring was started"
    done = job(desktop, "import-orders", "--json")
    assert done.code == 3
    message = done.error()["message"]
    assert message.startswith("There is no keyring here: this process has no session bus (DBUS_SESSION_BUS_ADDRESS is")
    for name in ("file", "command", "env"):
        assert name in done.error()["hint"]


def test_job_does_not_wait_for_a_locked_keyring(desktop: Desktop) -> None:
    """Locked, with a window that nobody answers: a job hears so at once, before the window is opened."""
    with desktop.logged_in(unlock=True):
        assert "outcome" in desktop.use("save")[0]
    desktop.nobody_answers()
    with desktop.logged_in(unlock=False):
        for told in desktop.use("fetch", "probe", "save", "delete", TEST_NOBODY_THERE="yes"):
            assert told["error"] == "SecretSourceFailed"
            assert told["message"].startswith("The keyring is locked, or was never set up, and without a terminal")
            assert "Unlock it by logging in to the desktop" in told["hint"]
            assert told["seconds"] < 2
        (told,) = desktop.use("fetch", seconds=1)
        assert told["message"] == "The keyring is locked and nobody unlocked it within 1 seconds."


def test_job_does_not_set_up_a_new_keyring(desktop: Desktop) -> None:
    """Where no keyring was ever set up, a job says so, and no window asks for a first password."""
    desktop.nobody_answers()
    with desktop.logged_in(unlock=False):
        started = time.monotonic()
        (told,) = desktop.use("fetch", TEST_NOBODY_THERE="yes")
        assert "was never set up" in told["message"]
        assert time.monotonic() - started < 10


@pytest.mark.long
def test_dead_address_does_not_hide_the_bus(desktop: Desktop) -> None:
    """With the address of an earlier session in the environment, the session that runs now is found."""
    old = f"unix:path={desktop.home}/old"
    with desktop.logged_in(unlock=True):
        assert desktop.use("save", "fetch", DBUS_SESSION_BUS_ADDRESS=old)[1]["outcome"] is True
    told = desktop.use("fetch", DBUS_SESSION_BUS_ADDRESS=old)
    assert f"nothing answers at DBUS_SESSION_BUS_ADDRESS={old}" in json.dumps(told)
