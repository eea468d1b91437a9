"""A machine within this one, with users, crontabs and units of its own, where a real cron or systemd runs."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.cron_machine import closed_to_others
from support.machine import Done

USER, UID = "kfseller", 1999
PROGRAM = [sys.executable, "-m", "kaufland_cli"]

# Everything is mounted for this machine alone, and gone with it. A mount over /etc/passwd itself would go with the next
# user that a test adds to this machine: that replaces the file.
_COMMON = """
set -e
mount --make-rprivate /
mkdir -p -m 755 "$OWN/layers/etc/up" "$OWN/layers/etc/work"
mount -t overlay layer -o "lowerdir=/etc,upperdir=$OWN/layers/etc/up,workdir=$OWN/layers/etc/work" /etc
echo "kfseller:x:1999:1999::$OWN/home:/bin/sh" >> /etc/passwd
echo "kfseller:x:1999:" >> /etc/group
echo "kfseller:*:19000:0:99999:7:::" >> /etc/shadow
mkdir -p -m 755 "$OWN/home" "$OWN/python"
mkdir -m 755 "$OWN/root"
chown 1999:1999 "$OWN/home"
case "$BASE" in /root/*) mount --bind "$BASE" "$OWN/python"; mkdir -p "$OWN$BASE" ;; esac
mount --bind "$OWN/root" /root
case "$BASE" in /root/*) mount --bind "$OWN/python" "$BASE" ;; esac
for folder in $CLOSED; do
    layer="$OWN/layers$folder"
    mkdir -p -m 755 "$layer/up" "$layer/work"
    mount -t overlay layer -o "lowerdir=$folder,upperdir=$layer/up,workdir=$layer/work" "$folder"
done
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /home
tabs=/var/spool/cron/crontabs
[ ! -d $tabs ] || mount -t tmpfs -o "mode=1730,gid=$(getent group crontab | cut -d: -f3)" tmpfs $tabs
[ ! -d /etc/cron.d ] || mount -t tmpfs tmpfs /etc/cron.d
"""
CRON = """
mount -t tmpfs tmpfs /var/mail
exec sleep infinity
"""
# Of the machine's own units only those that a service and a timer need: none that would set up this machine again.
SYSTEMD = """
mkdir -p "$OWN/groups" "$OWN/units"
mount -t cgroup2 none "$OWN/groups"
group=$(mktemp -d "$OWN/groups/kaufland-XXXXXX")
chmod 755 "$group"
basename "$group" > "$OWN/group"
echo $$ > "$group/cgroup.procs"
cd /lib/systemd/system
cp basic.target sysinit.target sockets.target timers.target paths.target slices.target shutdown.target umount.target \\
   final.target network-online.target network.target time-set.target time-sync.target systemd-journald.service \\
   systemd-journald.socket systemd-journald-dev-log.socket "$OWN/units"
printf '[Unit]\\nRequires=basic.target\\nAfter=basic.target\\n' > "$OWN/units/private.target"
cat > "$OWN/units/user-manager.service" <<'UNIT'
[Service]
User=kfseller
Type=notify
ExecStart=/lib/systemd/systemd --user --unit=basic.target
Environment=XDG_RUNTIME_DIR=/run/user/1999
RuntimeDirectory=user/1999
RuntimeDirectoryMode=0700
Delegate=yes
UNIT
cd /
mount --bind "$OWN/units" /lib/systemd/system
mount -t tmpfs tmpfs /etc/systemd/system
mkdir "$OWN/state"
mount --bind "$OWN/state" /var/lib/systemd
[ ! -d /var/log/journal ] || mount -t tmpfs tmpfs /var/log/journal
umount -l /sys/fs/cgroup
exec unshare --cgroup sh -c '
mount -t cgroup2 none /sys/fs/cgroup
mount --make-rshared /
exec env -i container=private PATH="$PATH" /lib/systemd/systemd --system --unit=private.target --log-target=console
'
"""

_LEAVE_NO_GROUPS = """
mount -t cgroup2 none "$OWN/groups"
for try in 1 2 3 4 5; do
    find "$OWN/groups/$GROUP" -depth -type d -exec rmdir {} + 2> /dev/null && break
    sleep 0.2
done
"""


@dataclass
class PrivateMachine:
    """The machine while it runs."""

    folder: Path
    process: int

    @property
    def home(self) -> Path:
        """The home folder of its user."""
        return self.folder / "home"

    def command(self, *words: str, user: bool = True, more: Mapping[str, str] | None = None) -> list[str]:
        """Return a command of this machine that runs in that one, with nothing in its environment."""
        inside = ["nsenter", "--target", str(self.process), "--mount", "--pid", "--cgroup", "--"]
        who = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"] if user else []
        home = self.home if user else "/root"
        environ = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": f"{home}", **(more or {})}
        return [*inside, *who, "env", "-i", *(f"{name}={value}" for name, value in environ.items()), *words]

    def run(
        self,
        *words: str,
        user: bool = True,
        given: str = "",
        more: Mapping[str, str] | None = None,
        seconds: float = 60,
    ) -> Done:
        """Run a command there and return what came of it."""
        command = self.command(*words, user=user, more=more)
        ran = subprocess.run(
            command, input=given, capture_output=True, cwd="/", text=True, timeout=seconds, check=False
        )
        return Done(ran.returncode, ran.stdout, ran.stderr)

    def kaufland(
        self,
        *words: str,
        user: bool = True,
        given: str = "",
        more: Mapping[str, str] | None = None,
        seconds: float = 60,
    ) -> Done:
        """Run a command of ours there."""
        return self.run(*PROGRAM, *words, user=user, given=given, more=more, seconds=seconds)


def missing_for(*programs: str) -> str:
    """Return why such a machine cannot be had here; empty where it can."""
    for program in ("unshare", "nsenter", "setpriv", *programs):
        if shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            return f"there is no program {program}"
    tried = subprocess.run(["/usr/bin/unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "only root may have mounts of its own"


@contextmanager
def private_machine(script: str, *more_spaces: str) -> Iterator[PrivateMachine]:
    """Give a machine that runs until the block ends; everything on it is killed then.

    Its folder is not pytest's, into which no other user may look.
    """
    folder = Path(tempfile.mkdtemp(prefix="kaufland-private-"))
    folder.chmod(0o755)
    spaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *more_spaces]
    closed = " ".join(path for path in closed_to_others() if path != "/root")  # on the way to this program
    environ = {"OWN": str(folder), "BASE": sys.base_prefix, "CLOSED": closed, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    with (folder / "console").open("wb") as console:
        outer = subprocess.Popen(
            ["/usr/bin/unshare", *spaces, "sh", "-c", _COMMON + script], stdout=console, stderr=console, env=environ
        )
    try:
        yield PrivateMachine(folder, _child_of(outer, folder / "console"))
    finally:
        outer.kill()
        outer.wait()
        if (folder / "group").exists():
            environ["GROUP"] = (folder / "group").read_text(encoding="ascii").strip()
            subprocess.run(["/usr/bin/unshare", "--mount", "sh", "-c", _LEAVE_NO_GROUPS], env=environ, check=False)
        shutil.rmtree(folder)


def _child_of(outer: "subprocess.Popen[bytes]", console: Path) -> int:
    """Return the first process of that machine once its mounts are made: it has become another program then."""
    children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
    for _ in range(400):
        found = children.read_text(encoding="ascii").split()
        name = Path(f"/proc/{found[0]}/comm").read_text(encoding="ascii").strip() if found else ""
        if name in {"sleep", "systemd"}:
            return int(found[0])
        if outer.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"the private machine did not start: {console.read_text(errors='replace')}")
