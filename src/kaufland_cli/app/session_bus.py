"""Lets the libraries behind the keyring find the user's session bus; they read the environment of this process."""

import os
import sys
from collections.abc import Mapping


def reach_session_bus(environ: Mapping[str, str]) -> str:
    """Find the bus of this user and name it where the libraries look; return why there is none, or an empty text.

    Where there is none they are told so as well: told nothing, one of them would start a bus (`dbus-launch`).
    """
    if sys.platform != "linux":
        return ""
    from kaufland_cli.secrets.session_bus import VARIABLE, find_session_bus

    found = find_session_bus(environ, os.geteuid())
    os.environ[VARIABLE] = found.address
    return found.missing
