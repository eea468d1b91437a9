"""The keyring store against a real Secret Service, and against its failures as they really happen."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("dbus-run-session", "dbus-daemon", "gnome-keyring-daemon")
MISSING = [program for program in PROGRAMS if shutil.which(program) is None]
needs_secret_service = pytest.mark.skipif(
    sys.platform != "linux" or bool(MISSING),
    reason=f"a real Secret Service needs Linux with the Debian packages dbus and gnome-keyring; missing: {MISSING}",
)

HERE = Path(__file__).parent
CLIENT_KEY = "0123456789abcdef0123456789abcdef"
CANARY = "canary5e" * 8
UNLOCK = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
BUS_WITHOUT_SERVICES = """<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""


class Desktop:
    """One user's private home, whose keyring is used by processes of their own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.runtime = home / "run"
        self.runtime.mkdir(mode=0o700)
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "TEST_SECRET": CANARY,
            **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},  # Windows needs it
        }

    def use(self, *steps: str, seconds: float = 5, **environ: str) -> list[dict[str, Any]]:
        """Do each step in a process of its own, without a session bus."""
        program = [sys.executable, str(HERE / "use_keyring.py"), CLIENT_KEY, str(seconds)]
        return [told for step in steps for told in self._told([*program, step], environ)]

    def log_in(self, *steps: str, seconds: float = 5, unlock: bool, bus: Path | None = None) -> list[dict[str, Any]]:
        """Do each step in a process of its own, in one session; `bus` is a configuration of the bus to use instead."""
        script = UNLOCK if unlock else ""
        script += "; ".join(f'"$0" "$1" {CLIENT_KEY} {seconds} {step}' for step in steps)
        session = ["dbus-run-session", *([f"--config-file={bus}"] if bus else []), "--"]
        return self._told([*session, "sh", "-c", script, sys.executable, str(HERE / "use_keyring.py")], {})

    def _told(self, command: list[str], environ: dict[str, str]) -> list[dict[str, Any]]:
        with subprocess.Popen(
            command,
            env=self.environ | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                output, complaints = process.communicate(timeout=30)
            finally:
                process.kill()
        assert CANARY.encode() not in output + complaints
        assert output, complaints.decode()
        return [json.loads(line) for line in output.splitlines()]

    def nobody_answers(self) -> None:
        """Put a window in place that takes the question for the keyring's password and never answers it."""
        services = self.home / "data" / "dbus-1" / "services"
        services.mkdir(parents=True)
        name = "org.gnome.keyring.SystemPrompter"
        program = f"{sys.executable} {HERE / 'silent_prompter.py'}"
        (services / f"{name}.service").write_text(f"[D-BUS Service]\nName={name}\nExec={program}\n")

    def processes(self) -> list[int]:
        """Return the processes that still live in this home."""
        mark = f"XDG_RUNTIME_DIR={self.runtime}\0".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    """Yield a private home; afterwards nothing that was started in it is left."""
    made = Desktop(tmp_path)
    yield made
    until = time.monotonic() + 3
    while made.processes() and time.monotonic() < until:
        time.sleep(0.05)
    left = made.processes()
    for process in left:
        os.kill(process, signal.SIGTERM)
    assert not left


@needs_secret_service
def test_what_one_process_keeps_another_one_finds(desktop: Desktop) -> None:
    """A saved key is found by other processes, after the next login too, encrypted meanwhile, until it is deleted."""
    first = desktop.log_in("probe", "fetch", "save", "fetch", unlock=True)
    assert "outcome" in first[0]
    assert first[1]["error"] == "SecretMissing"
    assert first[1]["hint"] == "kaufland secret set"
    assert [told.get("outcome") for told in first[2:]] == [None, True]

    kept = b"".join(path.read_bytes() for path in (desktop.home / "data" / "keyrings").iterdir())
    assert kept
    assert CANARY.encode() not in kept

    again = desktop.log_in("fetch", "delete", "delete", "fetch", unlock=True)
    assert [told.get("outcome") for told in again] == [True, True, False, None]
    assert again[-1]["error"] == "SecretMissing"


@needs_secret_service
def test_the_probe_leaves_nothing_behind(desktop: Desktop) -> None:
    """After a probe the keyring holds no more entries than before."""
    told = desktop.log_in("probe", "entries", "save", "probe", "entries", "fetch", unlock=True)
    assert [one["outcome"] for one in told] == [None, 0, None, None, 1, True]


@needs_secret_service
def test_a_keyring_that_cannot_be_unlocked_is_an_error_at_once(desktop: Desktop) -> None:
    """Locked, with no window to ask on, as over ssh: the error says locked and does not wait for the time limit."""
    desktop.log_in("save", unlock=True)
    for told in desktop.log_in("fetch", "probe", "save", "delete", unlock=False):
        assert told["error"] == "SecretStoreFailed"
        assert "locked" in told["message"]
        assert "--secret-store file" in told["hint"]
        assert told["seconds"] < 4


@needs_secret_service
def test_a_keyring_that_waits_for_a_window_ends_within_its_time_limit(desktop: Desktop) -> None:
    """Locked, with a window that no one answers: the time limit holds, the error says so, the process exits at once."""
    desktop.log_in("save", unlock=True)
    desktop.nobody_answers()
    started = time.monotonic()
    told = desktop.log_in("probe", "fetch", seconds=1, unlock=False)
    for one in told:
        assert one["error"] == "SecretStoreFailed"
        assert one["message"] == "The keyring is locked and nobody unlocked it within 1 seconds."
        assert "--secret-store file" in one["hint"]
        assert 1 <= one["seconds"] < 2
    assert time.monotonic() - started < 8


@needs_secret_service
def test_a_session_without_a_keyring_says_so(desktop: Desktop) -> None:
    """A bus on which nobody offers a keyring gives an error that says that there is none."""
    configuration = desktop.home / "bus.conf"
    configuration.write_text(BUS_WITHOUT_SERVICES)
    for told in desktop.log_in("probe", "fetch", unlock=False, bus=configuration):
        assert told["message"] == "There is no keyring here."
        assert "--secret-store file" in told["hint"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux needs a session bus for its keyring")
def test_a_process_without_a_session_bus_is_told_so_at_once(desktop: Desktop) -> None:
    """Under cron there is no session bus: every use says so within two seconds and names the way out."""
    for told in desktop.use("probe", "fetch", "save", "delete"):
        assert told["error"] == "SecretStoreFailed"
        assert "There is no keyring here" in told["message"]
        assert "DBUS_SESSION_BUS_ADDRESS is not set" in told["message"]
        assert "kaufland setup --secret-store file" in told["hint"]
        assert told["seconds"] < 2


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [
        ("keyring.backends.null.Keyring", "switched off (the null backend, which discards what it is given)"),
        ("keyring.backends.fail.Keyring", "There is no keyring here"),
        pytest.param(
            "keyring.backends.chainer.ChainerBackend",
            "There is no keyring here",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it holds the system's own keyring"),
        ),
        ("keyring.backends.nowhere.Keyring", "cannot be loaded"),
        ("keyring.backends.fail.Nothing", "cannot be loaded"),
        ("nonsense", "cannot be loaded"),
        ("discarding_keyring.Discarding", "discards what it is given"),
        ("keyrings.alt.file.PlaintextKeyring", "plain text"),
    ],
)
def test_a_backend_that_keeps_nothing_is_found_out(desktop: Desktop, backend: str, sentence: str) -> None:
    """Backends that fail, discard, keep in plain text or do not exist are refused when saving and when probing."""
    (desktop.home / "discarding_keyring.py").write_text(
        "import keyring.backend\n"
        "class Discarding(keyring.backend.KeyringBackend):\n"
        "    priority = 5\n"
        "    def set_password(self, service, username, password): pass\n"
        "    def get_password(self, service, username): return None\n"
    )
    alt = desktop.home / "keyrings" / "alt"
    alt.mkdir(parents=True)
    (alt / "file.py").write_text(
        "from discarding_keyring import Discarding\nclass PlaintextKeyring(Discarding): pass\n"
    )
    for told in desktop.use("probe", "save", PYTHON_KEYRING_BACKEND=backend, PYTHONPATH=str(desktop.home)):
        assert told["error"] == "SecretStoreFailed"
        assert sentence in told["message"]
        assert "--secret-store file" in told["hint"]
