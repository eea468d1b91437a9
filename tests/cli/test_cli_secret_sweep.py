"""The sweep: whatever happens, no run of the secret's bytes is anywhere but in its own store."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaufland_cli.secrets import systemd_credentials
from kaufland_cli.simulator import Simulator, faults, seller_month
from support.clocks import HeldClock
from support.machine import Machine
from support.sampling import sampled

# No part of it occurs by chance, and nothing else is made of it.
SECRET = "Zq7vXw2LtB9kHd4mRf8sJp3nYc6gTa1eUz5bWq0iOx7yKv2lDh9jMr4tPs8fGn3c"
RUN = 12


def runs_of_secret() -> list[bytes]:
    """Return every run of this many bytes of the secret."""
    return [SECRET[start : start + RUN].encode() for start in range(len(SECRET) - RUN + 1)]


def assert_clean(where: str, content: bytes) -> None:
    """Insist that no run of the secret is in there."""
    found = [one for one in runs_of_secret() if one in content]
    assert not found, f"{len(found)} runs of the secret in {where}"


@pytest.fixture
def guarded() -> Iterator[Simulator]:
    """Give a simulator whose secret key is the one that is looked for."""
    from kaufland_cli.clock import SystemClock  # noqa: PLC0415

    now = SystemClock().now
    with Simulator(secret_key=SECRET, orders=seller_month(now()), now=now) as found:
        yield found


@pytest.mark.parametrize("place", sampled(["file", "systemd", "env"], "file"))
def test_secret_is_nowhere_but_in_its_store(place: str, tmp_path: Path, guarded: Simulator) -> None:
    """After setup, imports with logging on, failures of each kind and --debug, nothing holds a part of the secret."""
    machine = Machine(tmp_path / "machine", clock=HeldClock(guarded.marketplace._now()))
    words: tuple[str, ...] = ("--client-key", guarded.client_key, "--base-url", guarded.base_url, "--log-api-requests")
    if place == "systemd" and (why_not := systemd_credentials(machine.environ).why_not):
        pytest.skip(why_not)
    if place != "env":
        words = (*words, "--secret-store", place, "--secret-stdin")
    else:
        machine.more["KAUFLAND_SECRET_KEY"] = SECRET
    stdin = SECRET if place != "env" else ""
    said = [machine.run("--debug", "setup", "--no-input", *words, stdin=stdin)]
    assert said[0].code == 0, said
    said.append(machine.process("--debug", "import-orders"))
    said += [machine.run("--debug", *line) for line in (["secret", "status"], ["config", "list"])]
    guarded.misbehave(faults.status(401, SECRET[::-1].encode()), times=2)
    said += [machine.run("--debug", "import-orders", "--json"), machine.run("--debug", "test-connection")]
    for fault in (
        faults.html_page(),
        faults.cut_body(),
        faults.reset_connection(),
        faults.redirect("https://x.example"),
    ):
        guarded.behave()
        guarded.misbehave(fault, times=None)
        said.append(machine.run("--debug", "orders", "refresh", "MABCDEF"))
    guarded.stop()
    said += [machine.run("--debug", "test-connection", "--json"), machine.run("log", "show", "--jsonl")]
    said.append(machine.process("--debug", "config", "set", "secret.key", "x" + SECRET))
    machine.write_config(machine.config.read_text(encoding="utf-8") + f'\nsecret_key = "{SECRET}"\n')
    said += [machine.run("--debug", *line) for line in (["status"], ["config", "list", "--json"], ["test-connection"])]
    machine.config.unlink()

    assert {done.code for done in said} >= {0, 3, 4, 5}
    for done in said:
        assert_clean("stdout", done.out.encode())
        assert_clean("stderr", done.err.encode())
    kept = machine.config.with_name("secret_key")
    assert kept.exists() == (place == "file")
    for path in machine.files():
        if path != kept:
            assert_clean(path.name, path.read_bytes())
    assert machine.config.with_name("secret_key.cred").exists() == (place == "systemd")
    assert any(path.name.endswith(".sqlite3") for path in machine.files())


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_other_users_never_see_the_secret(tmp_path: Path, guarded: Simulator) -> None:
    """While setup and an import run, no command line shown by `ps` holds the secret, and no log and no lock does."""
    machine = Machine(tmp_path / "machine")
    machine.more |= {"KAUFLAND_SECRET_KEY": SECRET, "KAUFLAND_API_CLIENT_KEY": guarded.client_key}
    machine.more |= {"KAUFLAND_API_BASE_URL": guarded.base_url, "KAUFLAND_DEBUG_LOG_API_REQUESTS": "true"}
    guarded.misbehave(faults.slow(0.5), times=2, path="/order-units")
    seen: list[bytes] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                if b"kaufland_cli" in line:
                    seen.append(line)
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with machine.start("import-orders") as process:
            while process.poll() is None:
                for path in machine.files():  # the write-ahead log and the lock too, while they are in use
                    if path.exists():
                        assert_clean(path.name, path.read_bytes())
                time.sleep(0.05)
    finally:
        stop.set()
        watcher.join()
    assert process.returncode == 0
    assert seen
    assert_clean("the command lines", b"\n".join(seen))
