"""The keyring from real jobs of a real cron: for users of their own, with it open, locked, or without it."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import kaufland_cli
from kaufland_cli.clock import SystemClock
from kaufland_cli.simulator import Simulator, seller_month
from support.keyring_desktop import Desktop, needs_secret_service
from support.machine import SECRET
from support.sellers import never_due

PROGRAMS = ("cron", "crontab", "useradd", "userdel")
MISSING = [program for program in PROGRAMS if shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin") is None]
IS_ROOT = sys.platform == "linux" and os.geteuid() == 0

pytestmark = [
    pytest.mark.long,
    needs_secret_service,
    pytest.mark.skipif(not IS_ROOT, reason="only root can make users with crontabs"),
    pytest.mark.skipif(bool(MISSING), reason=f"needs Debian's cron and passwd; missing: {MISSING}"),
]

PATIENCE = 150.0  # seconds: cron looks once a minute
JOB = """#!/bin/sh
{{ date +%s; {program} import-orders; echo "code $?"; date +%s; }} > "$HOME/log.new" 2>&1 < /dev/null
mv "$HOME/log.new" "$HOME/log"
"""


@dataclass
class JobUser:
    """A user of this machine for as long as the test runs."""

    name: str
    home: Path
    uid: int
    python: str
    environ: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Know the environment of a job."""
        self.environ = {"HOME": str(self.home), "LOGNAME": self.name, "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}

    def run(self, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a program of Python's as this user, with hardly anything set."""
        return subprocess.run(
            [self.python, *words],
            env=self.environ,
            cwd="/",
            user=self.uid,
            group=self.uid,
            extra_groups=[],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def set_up(self, simulator: Simulator) -> "subprocess.CompletedProcess[str]":
        """Set the program up with the secret key in the keyring, by options."""
        keys = ("--client-key", simulator.client_key, "--base-url", simulator.base_url, "--auto-import-orders")
        return self.run("-m", "kaufland_cli", "setup", "--no-input", *keys, "--secret-stdin", stdin=SECRET)

    def enter_job(self) -> None:
        """Enter an import at every minute into this user's crontab."""
        job = self.home / "job.sh"
        job.write_text(JOB.format(program=f"{self.python} -m kaufland_cli"), encoding="utf-8")
        command = ["crontab", "-u", self.name, "-"]
        subprocess.run(command, input=f"* * * * * /bin/sh {job}\n", text=True, check=True, timeout=20)

    def log(self) -> tuple[int, str]:
        """Return how many seconds the job took, and what it said."""
        lines = (self.home / "log").read_text(encoding="utf-8").splitlines()
        return int(lines[-1]) - int(lines[0]), " ".join(" ".join(lines[1:-1]).split())

    def processes(self, name: str = "") -> list[int]:
        """Return this user's processes, or those of that name."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                mine = folder.stat().st_uid == self.uid
                if mine and name in (folder / "comm").read_text(encoding="utf-8"):
                    found.append(int(folder.name))
        return found


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give a folder that every user may look into."""
    with tempfile.TemporaryDirectory(prefix="kf-cron-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def python(folder: Path) -> str:
    """Give a Python with this program that other users may run."""
    environment = folder / "venv"
    paths = [str(Path(kaufland_cli.__file__).parents[1]), sysconfig.get_path("purelib")]
    for base in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        shutil.rmtree(environment, ignore_errors=True)
        made = subprocess.run([base, "-m", "venv", "--without-pip", environment], check=False, timeout=60)
        if made.returncode:
            continue
        (packages,) = environment.glob("lib/python3*/site-packages")
        (packages / "this.pth").write_text("\n".join(paths) + "\n", encoding="utf-8")
        program = str(environment / "bin" / "python")
        nobody = JobUser("nobody", folder, 65534, program)
        with suppress(OSError):
            if nobody.run("-c", "import kaufland_cli.cli.app, keyring, httpx, pydantic").returncode == 0:
                return program
    pytest.skip("no other user may read this program or run its Python here")


def system(*words: str | Path) -> int:
    """Run a program of the system's and return its exit code."""
    return subprocess.run(words, check=False, timeout=20, capture_output=True).returncode


@contextmanager
def job_user(name: str, folder: Path, python: str) -> Iterator[JobUser]:
    """Make a user with a home and the folder that a login gives; take all of it away afterwards."""
    if sys.platform == "win32":
        raise NotImplementedError
    full, home = f"kf-{os.getpid() % 100_000}-{name}", folder / name
    assert system("useradd", "--create-home", "--home-dir", home, "--user-group", full) == 0
    user = JobUser(full, home, home.stat().st_uid, python)
    runtime = Path("/run/user", str(user.uid))
    try:
        runtime.mkdir(mode=0o700, parents=True)
        os.chown(runtime, user.uid, user.uid)
        yield user
    finally:
        system("crontab", "-r", "-u", full)
        for number in user.processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        shutil.rmtree(runtime, ignore_errors=True)
        system("userdel", "--force", full)


class Cron:
    """A cron daemon: the one of this machine, or one of our own where there is none."""

    def __init__(self) -> None:
        self._own: subprocess.Popen[bytes] | None = None

    def see_to_it(self) -> None:
        """Start one unless one runs; a second one ends by itself at once."""
        if self._own is None or self._own.poll() is not None:
            command = ["cron", "-f"]
            self._own = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """Stop our own."""
        if self._own is not None:
            self._own.kill()
            self._own.wait()


@dataclass
class Jobs:
    """Three users after cron has run their jobs."""

    unlocked: JobUser
    locked: JobUser
    without: JobUser
    simulator: Simulator


@pytest.fixture(scope="module")
def jobs(folder: Path, python: str) -> Iterator[Jobs]:
    """Set three users up, and wait until cron has run the job of each; their sessions go on."""
    now = SystemClock().now
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator(secret_key=SECRET, orders=seller_month(now()), now=now))
        never_due(simulator)
        users = [stack.enter_context(job_user(name, folder, python)) for name in ("unlocked", "locked", "without")]
        desktops = [Desktop(user.home, runtime=Path("/run/user", str(user.uid)), uid=user.uid) for user in users]
        for desktop, user in zip(desktops, users, strict=True):
            desktop.environ |= user.environ
        unlocked, locked, without = users
        with desktops[1].logged_in(unlock=True):
            assert locked.set_up(simulator).returncode == 0
        desktops[1].nobody_answers(python)
        stack.enter_context(desktops[0].logged_in(unlock=True))
        stack.enter_context(desktops[1].logged_in(unlock=False))
        done = unlocked.set_up(simulator)
        assert done.returncode == 0, done
        assert "A job would not find" not in done.stderr
        settings = Path(".config", "kaufland", "config.toml")
        (without.home / settings).parent.mkdir(parents=True)
        shutil.copy(unlocked.home / settings, without.home / settings)
        system("chown", "-R", str(without.uid), without.home)
        simulator.clear_requests()
        cron = Cron()
        stack.callback(cron.stop)
        for user in users:
            user.enter_job()
        until = time.monotonic() + PATIENCE
        while not all((user.home / "log").exists() for user in users) and time.monotonic() < until:
            cron.see_to_it()
            time.sleep(1)
        yield Jobs(unlocked, locked, without, simulator)


def test_cron_job_imports_with_the_key_of_the_unlocked_keyring(jobs: Jobs) -> None:
    """Cron names no bus; the job finds the user's, fetches the secret key from the keyring and imports."""
    _, said = jobs.unlocked.log()
    assert said.endswith("code 0"), said
    assert jobs.simulator.requests
    assert list(jobs.unlocked.home.rglob("*.sqlite3"))
    assert len(jobs.unlocked.processes("dbus-daemon")) == 1


def test_cron_job_does_not_wait_for_the_locked_keyring(jobs: Jobs) -> None:
    """The job ends within seconds and says that the keyring is locked and what to do; it starts no other bus."""
    seconds, said = jobs.locked.log()
    assert seconds <= 5
    assert "The keyring is locked" in said
    assert "Unlock it by logging in" in said
    assert "--secret-store file" in said or "--secret-store systemd" in said
    assert said.endswith("code 3")
    assert len(jobs.locked.processes("dbus-daemon")) == 1


def test_cron_job_without_any_keyring_learns_what_works(jobs: Jobs) -> None:
    """Nobody is logged in: the job says where it looked and which places would work here, and starts no bus."""
    seconds, said = jobs.without.log()
    assert seconds <= 5
    assert f"nothing answers at /run/user/{jobs.without.uid}/bus" in said
    for name in ("kaufland setup --secret-store", "file", "command", "env"):
        assert name in said
    assert said.endswith("code 3")
    assert jobs.without.processes("dbus-daemon") == []
