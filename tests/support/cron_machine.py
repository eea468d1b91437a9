"""A server without a desktop: processes, users, crontabs and mails of its own, over the file system of this machine.

It is made of Linux namespaces and of layers that take what is written, so that nothing of it is left behind, and a real
cron daemon runs in it. It needs root and Debian's package `cron`; the network is that of this machine.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

import kaufland_cli

USER = "shop"
HOME = f"/home/{USER}"
PROGRAMS = ("unshare", "nsenter", "setpriv", "useradd", "cron", "crontab", "mount")
LAYERED = ("/etc", "/home", "/run", "/usr/sbin", "/var/spool")
# What cron gives a job, and what a login on such a server comes down to.
ENVIRON = {"HOME": HOME, "LOGNAME": USER, "USER": USER, "SHELL": "/bin/sh", "PATH": "/usr/local/bin:/usr/bin:/bin"}

_MAKE = r"""
set -e
layers=$1; shift
mount --make-rprivate /
mount -t tmpfs -o mode=755 layers "$layers"
for folder in "$@"; do
  mkdir -p "$layers$folder/up" "$layers$folder/work"
  chmod --reference="$folder" "$layers$folder/up"; chmod o+x "$layers$folder/up"
  mount -t overlay layer -o "lowerdir=$folder,upperdir=$layers$folder/up,workdir=$layers$folder/work" "$folder"
done
rm -rf /var/spool/cron/crontabs/* /etc/cron.d/* /etc/cron.hourly /etc/cron.daily /run/crond.*
: > /etc/crontab
useradd --create-home --home-dir /home/shop --shell /bin/sh shop
mkdir -p -m 1777 /var/spool/sent
rm -f /usr/sbin/sendmail
printf '#!/bin/sh\numask 022\ncat > "$(mktemp /var/spool/sent/$(date +%%s%%N).XXXXXX)"\n' > /usr/sbin/sendmail
chmod 755 /usr/sbin/sendmail
echo ready
while sleep 3600; do :; done
"""


class CronMachine:
    """The machine while it runs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", _MAKE]
        self._machine = subprocess.Popen(
            [*command, "make", str(folder), *LAYERED, *closed_to_others()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._machine.stdout is not None
        if self._machine.stdout.readline().strip() != "ready":
            self._machine.kill()
            pytest.skip(f"no namespaces can be made here: {self._machine.communicate()[1].strip()}")
        children = Path(f"/proc/{self._machine.pid}/task/{self._machine.pid}/children")
        self._first = children.read_text(encoding="ascii").split()[0]
        self.program = str(Path(sys.executable).parent / "kaufland")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._machine.kill()
        self._machine.communicate()

    def command(self, words: Sequence[str], environ: Mapping[str, str] = {}, user: str = USER) -> list[str]:
        """Return the command that runs another one on the machine, as a user, with the environment of a bare login."""
        given = [f"{name}={value}" for name, value in ({**ENVIRON, **environ}).items()]
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user != "root" else []
        there = ["nsenter", f"--target={self._first}", "--mount", "--pid", "--"]
        return [*there, *as_user, "env", "--ignore-environment", f"--chdir={HOME}", *given, *words]

    def run(
        self,
        *words: str,
        environ: Mapping[str, str] = {},
        user: str = USER,
        typed: str | None = None,
        seconds: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the machine to its end."""
        return subprocess.run(
            self.command(words, environ, user),
            input=typed,
            stdin=subprocess.DEVNULL if typed is None else None,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def kaufland(self, *words: str, typed: str | None = None, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run this program on the machine, as the shop's user."""
        return self.run(self.program, *words, typed=typed, seconds=seconds)

    def shell(self, script: str, user: str = "root") -> str:
        """Run a script that has to succeed; return what it prints."""
        done = self.run("sh", "-c", script, user=user, environ={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_cron(self) -> None:
        """Start the cron daemon, as the machine's own start would."""
        self.shell("cron")

    def stop_cron(self) -> None:
        """Stop the cron daemon; jobs that run go on."""
        self.shell('kill "$(cat /run/crond.pid)"')

    def mails(self) -> list[EmailMessage]:
        """Return the mails that cron sent, in the order of sending."""
        script = r"""for mail in $(ls /var/spool/sent | sort); do cat "/var/spool/sent/$mail"; printf '\000'; done"""
        texts = self.shell(script).split("\0")[:-1]
        return [message_from_string(text, policy=policy.default) for text in texts]

    def processes(self) -> str:
        """Return the command lines of everything that runs on the machine."""
        return self.shell("for place in /proc/[0-9]*; do tr '\\0' ' ' < $place/cmdline; echo; done 2>/dev/null; true")


@contextmanager
def cron_machine(folder: Path) -> Iterator[CronMachine]:
    """Make the machine for a test; skips the test where none can be made."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if sys.platform != "linux" or missing:
        pytest.skip(f"a machine with a real cron needs Linux with these programs: {', '.join(missing)}")
    if not Path("/proc/self/loginuid").exists() and not Path("/proc/self/ns").exists():
        pytest.skip("this Linux has no namespaces")
    with CronMachine(folder) as machine:
        yield machine


def wait_for(what: str, true: Callable[[], bool], seconds: float) -> float:
    """Wait until it is true and return how long that took; fail after this many seconds."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} seconds: {what}"
        time.sleep(0.5)
    return time.monotonic() - began


def closed_to_others() -> list[str]:
    """Return the folders on the way to this program that another user may not pass."""
    needed = (Path(sys.executable).resolve(), Path(sys.prefix), Path(kaufland_cli.__file__).resolve())
    above = {folder for path in needed for folder in path.parents}
    return sorted(str(folder) for folder in above if not folder.stat().st_mode & 0o001)
