"""A crontab of its own for each machine of a test: a real program on the PATH, a file behind it, and no cron."""

import os
import subprocess
import weakref
from pathlib import Path

from support.machine import Machine

# With `runs` it stands for cron too: a line for every minute is run at once, from an environment like cron's.
_SCRIPT = """#!/bin/sh
own={folder}
case "$1" in
-l) if [ -f "$own/tab" ]; then cat "$own/tab"; else echo "no crontab for seller" >&2; exit 1; fi ;;
-)  cat > "$own/tab"
    echo written >> "$own/log"
    if [ -f "$own/runs" ]; then
        command=$(grep '^\\* \\* \\* \\* \\* ' "$own/tab" | tail -n 1 | cut -d' ' -f6-)
        [ -z "$command" ] || env -i HOME={home} PATH=/usr/bin:/bin sh -c "$command" > "$own/mail" 2>&1 < /dev/null
    fi
    exit 0 ;;
*)  echo "usage" >&2; exit 1 ;;
esac
"""


def _start_daemon(program: Path, machine: Machine) -> None:
    """Start a process that is called cron, as long as the machine lives: the schedule looks for one."""
    program.write_text("#!/bin/sh\nread line\n", encoding="utf-8")
    program.chmod(0o755)
    process = subprocess.Popen([program], stdin=subprocess.PIPE)
    weakref.finalize(machine, process.communicate)


class OwnCrontab:
    """What stands for the crontab of a machine."""

    def __init__(self, machine: Machine, *, runs: bool = False) -> None:
        self.folder = machine.folder.parent / "cron"
        self.folder.mkdir(parents=True)
        program = self.folder / "crontab"
        program.write_text(_SCRIPT.format(folder=self.folder, home=machine.folder / "home"), encoding="utf-8")
        program.chmod(0o755)
        machine.more["PATH"] = f"{self.folder}{os.pathsep}{os.environ['PATH']}"
        if runs:
            (self.folder / "runs").touch()
        _start_daemon(self.folder / "cron", machine)

    @property
    def file(self) -> Path:
        """Where its text is kept."""
        return self.folder / "tab"

    @property
    def text(self) -> str:
        """What is installed."""
        return self.file.read_text(encoding="utf-8") if self.file.exists() else ""

    @property
    def mail(self) -> str:
        """What the last run said."""
        return (self.folder / "mail").read_text(encoding="utf-8")

    @property
    def times_written(self) -> int:
        """How often it was changed."""
        log = self.folder / "log"
        return len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0
