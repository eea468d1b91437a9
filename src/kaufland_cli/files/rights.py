"""Hints about rights to files: only what this user may do, and only to files of their own."""

import os
import shlex
import sys
from pathlib import Path

from kaufland_cli.domain.hint import MORE, NO_HINT, Command, Hint, ToCopy


def change_rights(change: str, path: Path, otherwise: Hint = NO_HINT) -> Hint:
    """Return the command that changes the rights to a file (`600`, `o-w`).

    If this user may not do that, `otherwise` is returned, or who has to.
    """
    otherwise = otherwise or Hint("Only its owner may change that: ", ToCopy(shlex.join(("ls", "-ld", str(path)))))
    if sys.platform == "win32":
        return otherwise
    try:
        may = os.geteuid() in {0, path.stat().st_uid}
    except OSError:
        may = False
    return Hint(ToCopy(shlex.join(("chmod", change, str(path))))) if may else otherwise


def use_as_owner(path: Path, otherwise: Hint) -> Hint:
    """Return how root uses a file of another user: by running the same command as that user; else `otherwise`."""
    if sys.platform == "win32" or os.geteuid():
        return otherwise
    import pwd  # noqa: PLC0415 - POSIX only

    try:
        owner = pwd.getpwuid(path.stat().st_uid).pw_name
    except (OSError, KeyError):
        return otherwise
    return Hint("Run it as its owner: ", Command((MORE,), user=owner))
