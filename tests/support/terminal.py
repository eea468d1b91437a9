"""Runs a command on a terminal of a given size, as a person sees it."""

import os
import struct
import subprocess
import sys
from collections.abc import Mapping


def on_terminal(*words: str, environ: Mapping[str, str], columns: int = 80, rows: int = 24) -> str:
    """Return what the program writes on a terminal of that size, both streams together."""
    if sys.platform == "win32":
        raise NotImplementedError("a pseudo-terminal is POSIX's")
    import fcntl  # noqa: PLC0415 - POSIX only
    import termios  # noqa: PLC0415 - POSIX only

    outer, inner = os.openpty()
    try:
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        command = [sys.executable, "-m", "kaufland_cli", *words]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=inner, stderr=inner, env={"TERM": "xterm", **environ}
        )
        os.close(inner)
        written = _all_of(outer)
        process.wait(30)
    finally:
        os.close(outer)
    return written.decode("utf-8").replace("\r\n", "\n")


def _all_of(outer: int) -> bytes:
    found = b""
    while True:
        try:
            part = os.read(outer, 65536)
        except OSError:  # Linux: the program has closed its end
            return found
        if not part:
            return found
        found += part
