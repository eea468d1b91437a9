"""Finds the user's own D-Bus session bus, which Linux keyrings need, without starting a new one.

A cron job has no DBUS_SESSION_BUS_ADDRESS, even if the user is logged in or lingering. Some libraries then run
`dbus-launch`, which starts an empty bus at every call (docs/decisions/0006-secret-sources.md).
"""

import os
import re
import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from kaufland_cli.files import read_file

VARIABLE: Final = "DBUS_SESSION_BUS_ADDRESS"
NO_BUS: Final = "disabled:"
"""An address of an unknown kind: libraries report an error instead of searching further or starting a bus."""
CONNECT_SECONDS: Final = 2.0
"""Time limit for connecting to a bus."""
MAX_NOTE: Final = 4096
RUNTIME_FOLDERS: Final = Path("/run/user")


@dataclass(frozen=True, slots=True)
class SessionBus:
    """The address of the bus; if there is none, `address` is `NO_BUS` and `missing` says why."""

    address: str
    missing: str = ""


def find_session_bus(environ: Mapping[str, str], uid: int, runtime_folders: Path = RUNTIME_FOLDERS) -> SessionBus:
    """Return the bus to use for this user's keyring.

    The address in the environment comes first. If nothing answers there, as in a `tmux` that outlived its login or with
    an address copied into a crontab, the user's own bus is used. If there is none either, the dead address is named in
    `missing`. A bus of another user is never used unless the environment names it. An address that is not `unix:` is
    passed on unchanged, except those that start a bus.
    """
    named = environ.get(VARIABLE, "")
    sockets = [*_sockets(named)]
    if named and not sockets and not named.startswith("autolaunch:"):
        return SessionBus(NO_BUS, f"{VARIABLE} switches it off") if named == NO_BUS else SessionBus(named)
    if any(_listener(path) is not None for path in sockets):
        return SessionBus(named)
    for address in _places(environ, uid, runtime_folders):
        if any(_listener(path) == uid for path in _sockets(address)):
            return SessionBus(address)
    if sockets:
        return SessionBus(NO_BUS, f"nothing answers at {VARIABLE}={named} or at {runtime_folders / str(uid) / 'bus'}")
    return SessionBus(NO_BUS, f"{VARIABLE} is not set, and nothing answers at {runtime_folders / str(uid) / 'bus'}")


def _places(environ: Mapping[str, str], uid: int, runtime_folders: Path) -> Iterator[str]:
    """Yield the addresses where the user's own bus may be: systemd's first, then those of older desktops."""
    folders = [environ.get("XDG_RUNTIME_DIR", ""), str(runtime_folders / str(uid))]
    for folder in dict.fromkeys(filter(None, folders)):
        yield f"unix:path={_escaped(folder)}/bus"
    notes = Path(environ.get("HOME") or "/nonexistent", ".dbus", "session-bus")
    with suppress(OSError):
        for note in sorted(notes.iterdir(), key=lambda path: path.lstat().st_mtime, reverse=True):
            with suppress(OSError):
                text = read_file(note, MAX_NOTE).decode(errors="replace")
                if found := re.search(rf"^{VARIABLE}=['\"]?(unix:[^'\"\n]+)", text, re.MULTILINE):
                    yield found.group(1)


def _sockets(address: str) -> Iterator[str]:
    """Yield the sockets in a D-Bus address; abstract ones begin with a null byte."""
    for one in address.split(";"):
        kind, _, words = one.partition(":")
        values = dict(word.partition("=")[::2] for word in words.split(","))
        if kind == "unix" and "path" in values:
            yield _plain(values["path"])
        elif kind == "unix" and "abstract" in values:
            yield f"\0{_plain(values['abstract'])}"


def _listener(path: str) -> int | None:
    """Return the id of the user listening at a socket; None if nobody accepts a connection."""
    if sys.platform != "linux":
        return None
    with suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as link:
        link.settimeout(CONNECT_SECONDS)
        link.connect(path)
        who = struct.Struct("3i")  # process, user, group
        return int(who.unpack(link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, who.size))[1])
    return None


def _plain(text: str) -> str:
    return os.fsdecode(unquote_to_bytes(text))


def _escaped(path: str) -> str:
    return quote(os.fsencode(path), safe="/").replace("~", "%7E")
