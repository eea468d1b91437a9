"""A desktop for tests: a private home with a session bus of its own and a real GNOME Keyring on it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
    """One user's private home, whose keyring is used by processes of their own.

    With `uid` the session is another user's, whose folder `runtime` is then there already.
    """

    def __init__(self, home: Path, *, runtime: Path | None = None, uid: int | None = None) -> None:
        self.home = home
        self.uid = uid
        self.runtime = runtime or home / "run"
        if runtime is None:
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

    def nobody_answers(self, python: str = sys.executable) -> None:
        """Put a window in place that takes the question for the keyring's password and never answers it."""
        services = self.home / "data" / "dbus-1" / "services"
        services.mkdir(parents=True)
        name = "org.gnome.keyring.SystemPrompter"
        program = f"{python} {HERE / 'silent_prompter.py'}"
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

    @contextmanager
    def logged_in(self, *, unlock: bool) -> Iterator[None]:
        """Let the session bus run where systemd would have it, with a keyring that is unlocked, or locked."""
        bus = f"unix:path={self.runtime}/bus"
        command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={bus}"]
        who: dict[str, Any] = {} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}
        with subprocess.Popen(command, env=self.environ, cwd="/", **who) as daemon:
            try:
                until = time.monotonic() + 10
                while not (self.runtime / "bus").exists() and time.monotonic() < until:
                    time.sleep(0.02)
                if unlock:  # else the bus starts a locked one as soon as somebody asks for it
                    environ, command = self.environ | {"DBUS_SESSION_BUS_ADDRESS": bus}, ["sh", "-c", UNLOCK]
                    subprocess.run(command, env=environ, cwd="/", timeout=20, check=True, **who)
                yield
            finally:
                daemon.kill()
        (self.runtime / "bus").unlink(missing_ok=True)

    def end(self) -> list[int]:
        """Return the processes that are left some time after the session; they are stopped."""
        until = time.monotonic() + 3
        while self.processes() and time.monotonic() < until:
            time.sleep(0.05)
        left = self.processes()
        for process in left:
            os.kill(process, signal.SIGTERM)
        return left
