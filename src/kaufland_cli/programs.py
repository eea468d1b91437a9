"""Starts other programs: found only in absolute folders, without this program's secrets, and with Ctrl-C for them.

The current folder may contain a program or a Python module that somebody else put there.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

OWN: Final = "KAUFLAND_"
PLACES: Final = frozenset({"KAUFLAND_CONFIG", "KAUFLAND_DATA_DIR", "KAUFLAND_PROFILE"})
"""Our variables that other programs may see: they name places, not secrets or accounts."""


def this_program(*words: str) -> list[str]:
    """Return the command that starts this program again; -P keeps Python from importing from the current folder."""
    file = zipapp()
    return [sys.executable, "-P", *([file] if file else ["-m", "kaufland_cli"]), *words]


def zipapp() -> str:
    """Return the absolute path of the single-file program that is running; empty if the program is installed."""
    archive = getattr(getattr(sys.modules.get("__main__"), "__loader__", None), "archive", "")
    return os.path.abspath(archive) if archive else ""  # noqa: PTH100 - a link stays what it is


def environment_for_others(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for another program: without this program's secrets and settings.

    That includes the ping URL and the client key. A password manager in `secret.command` needs none of them.
    """
    return {
        name: value for name, value in environ.items() if not name.upper().startswith(OWN) or name.upper() in PLACES
    }


def find_program(name: str, environ: Mapping[str, str]) -> str:
    """Return the path of a program in the absolute folders of PATH; empty if it is in none of them.

    Windows would search the current folder first, and other systems do so for an empty or relative entry of PATH. A
    name that contains a folder is returned unchanged.
    """
    if os.path.dirname(name):  # noqa: PTH120 - pathlib would make "x" of "./x"
        return name
    endings = ["", *environ.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";")] if sys.platform == "win32" else [""]
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        for ending in endings if os.path.isabs(folder) else ():  # noqa: PTH117
            found = os.path.join(folder, name + ending)  # noqa: PTH118 - PATH may contain any text
            if os.path.isfile(found) and os.access(found, os.X_OK):  # noqa: PTH113
                return found
    return ""


@contextmanager
def ctrl_c_left_to_the_other() -> Iterator[None]:
    """Go on at Ctrl-C: it is for the program in front, an editor or a pager.

    A handler, unlike `SIG_IGN`, is not handed down to that program.
    """
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
