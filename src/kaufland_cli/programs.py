"""Starting other programs: found in absolute folders alone, and without the secrets of this one in their environment.

A folder in which a command happens to run may hold a program, or a module of Python, that somebody else put there.
"""

import os
import sys
from collections.abc import Mapping
from typing import Final

OWN: Final = "KAUFLAND_"
PLACES: Final = frozenset({"KAUFLAND_CONFIG", "KAUFLAND_DATA_DIR", "KAUFLAND_PROFILE"})
"""Of this program's variables those that every other program may see: they name places, no secret and no account."""


def this_program(*words: str) -> list[str]:
    """Return the words that start this very program; -P keeps the present folder out of where modules are found."""
    return [sys.executable, "-P", "-m", "kaufland_cli", *words]


def environment_for_others(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a program that is not this one: all but this program's secrets and settings.

    What the password manager of `secret.command` needs is none of them. A ping URL and a client key are left out too.
    """
    return {
        name: value for name, value in environ.items() if not name.upper().startswith(OWN) or name.upper() in PLACES
    }


def find_program(name: str, environ: Mapping[str, str]) -> str:
    """Return the path of a program, looked for in the absolute folders of PATH; empty where it is in none of them.

    Windows would look into the present folder first, as others do for an empty or relative entry of PATH. A name with
    a folder in it stays as it is.
    """
    if os.path.dirname(name):  # noqa: PTH120 - "./x" is not "x", as pathlib has it
        return name
    endings = ["", *environ.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";")] if sys.platform == "win32" else [""]
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        for ending in endings if os.path.isabs(folder) else ():  # noqa: PTH117
            found = os.path.join(folder, name + ending)  # noqa: PTH118 - any text may stand in PATH
            if os.path.isfile(found) and os.access(found, os.X_OK):  # noqa: PTH113
                return found
    return ""
