"""The user's session bus is found where desktops leave it, and only one that is this user's and alive."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaufland_cli.secrets.session_bus import NO_BUS, VARIABLE, SessionBus, find_session_bus

if sys.platform != "linux":
    pytest.skip("only Linux needs a session bus for its keyring", allow_module_level=True)

UID = os.geteuid()
Listen = Callable[[str], str]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Give a way to listen at a socket as a bus would; returns its D-Bus address."""
    opened: list[socket.socket] = []

    def at(path: str) -> str:
        one = socket.socket(socket.AF_UNIX)
        opened.append(one)
        one.bind(path)
        one.listen()
        return f"unix:abstract={path[1:]}" if path.startswith("\0") else f"unix:path={path}"

    yield at
    for one in opened:
        one.close()


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Give what stands for /run/user, with the folder of this user."""
    (tmp_path / str(UID)).mkdir()
    return tmp_path


def dead(path: Path) -> str:
    """Leave a socket at which nobody listens any more, as a bus that was killed does."""
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))
    return f"unix:path={path}"


def test_without_a_variable_the_users_own_socket_is_found(folders: Path, listen: Listen) -> None:
    """What systemd leaves in the user's folder is found from an empty environment; XDG_RUNTIME_DIR comes first."""
    usual = listen(str(folders / str(UID) / "bus"))
    assert find_session_bus({}, UID, folders) == SessionBus(usual)
    (folders / "other").mkdir()
    other = listen(str(folders / "other" / "bus"))
    assert find_session_bus({"XDG_RUNTIME_DIR": str(folders / "other")}, UID, folders) == SessionBus(other)
    assert find_session_bus({"XDG_RUNTIME_DIR": str(folders / "gone")}, UID, folders) == SessionBus(usual)


def test_socket_of_another_user_is_not_taken(folders: Path, listen: Listen) -> None:
    """A socket at which somebody else listens is not this user's bus, wherever it lies."""
    listen(str(folders / str(UID) / "bus"))
    (folders / str(UID + 1)).symlink_to(folders / str(UID))
    found = find_session_bus({"XDG_RUNTIME_DIR": str(folders / str(UID))}, UID + 1, folders)
    assert found.address == NO_BUS


def test_set_address_counts_and_a_dead_one_does_not_hide_the_bus(folders: Path, listen: Listen) -> None:
    """An address that answers is used; at a dead one, as in an old tmux, the user's own bus is; else it is named."""
    named = listen(str(folders / "named"))
    gone = dead(folders / "gone")
    assert find_session_bus({VARIABLE: gone}, UID, folders) == SessionBus(
        NO_BUS, f"nothing answers at {VARIABLE}={gone} or at {folders / str(UID) / 'bus'}"
    )
    usual = listen(str(folders / str(UID) / "bus"))
    assert find_session_bus({VARIABLE: f"{named},guid=0123"}, UID, folders).address == f"{named},guid=0123"
    assert find_session_bus({VARIABLE: f"{gone};{named}"}, UID, folders).address == f"{gone};{named}"
    assert find_session_bus({VARIABLE: gone}, UID, folders) == SessionBus(usual)
    assert find_session_bus({VARIABLE: "tcp:host=localhost,port=1"}, UID, folders).address.startswith("tcp:")


def test_address_starts_no_bus(folders: Path, listen: Listen) -> None:
    """Autolaunching is never passed on; a bus that is switched off stays off."""
    for starting in ("autolaunch:", "autolaunch:scope=x"):
        assert find_session_bus({VARIABLE: starting}, UID, folders).address == NO_BUS
    usual = listen(str(folders / str(UID) / "bus"))
    assert find_session_bus({VARIABLE: "autolaunch:"}, UID, folders).address == usual
    assert find_session_bus({VARIABLE: NO_BUS}, UID, folders) == SessionBus(NO_BUS, f"{VARIABLE} switches it off")


def test_desktops_without_systemd_leave_a_note(folders: Path, listen: Listen) -> None:
    """What `dbus-launch` wrote into the home is followed, the newest first, as long as somebody answers there."""
    notes = folders / "home" / ".dbus" / "session-bus"
    notes.mkdir(parents=True)
    abstract = listen(f"\0kf-test-{os.getpid()}")
    for age, (name, address) in enumerate(
        [("a-0", dead(folders / "gone")), ("b-1", f"{abstract},guid=12"), ("c-2", "unix:path=/nowhere")]
    ):
        (notes / name).write_text(f"# This file allows processes\n{VARIABLE}='{address}'\nDBUS_SESSION_BUS_PID=7\n")
        os.utime(notes / name, (1000 - age, 1000 - age))
    (notes / "folder").mkdir()
    (notes / "d-3").write_bytes(b"\xff\0nonsense")
    environ = {"HOME": str(folders / "home")}
    assert find_session_bus(environ, UID, folders) == SessionBus(f"{abstract},guid=12")
    assert find_session_bus(environ, UID + 1, folders).address == NO_BUS


def test_missing_session_bus_is_reported(folders: Path) -> None:
    """Without any bus the reason names the variable and the place that was looked at."""
    assert find_session_bus({}, UID, folders) == SessionBus(
        NO_BUS, f"{VARIABLE} is not set, and nothing answers at {folders / str(UID) / 'bus'}"
    )
    assert find_session_bus({VARIABLE: ""}, UID, folders).missing.startswith(f"{VARIABLE} is not set")


def test_odd_paths_are_written_as_addresses_have_them(folders: Path, listen: Listen) -> None:
    """Blanks, commas and letters beyond ASCII in a path survive in the address."""
    odd = folders / "a b,ü~"
    odd.mkdir()
    listen(str(odd / "bus"))
    found = find_session_bus({"XDG_RUNTIME_DIR": str(odd)}, UID, folders).address
    assert found == f"unix:path={folders}/a%20b%2C%C3%BC%7E/bus"
    assert find_session_bus({VARIABLE: found}, UID, folders).address == found


USE_EVERY_LIBRARY = """
import ctypes, os, sys
from contextlib import suppress
from kaufland_cli.app.secret import reach_session_bus
if sys.argv[1] == "looked": reach_session_bus(os.environ)
import keyring
keyring.get_keyring()
with suppress(OSError):
    libdbus = ctypes.CDLL("libdbus-1.so.3")  # what KWallet's backend and others stand on
    libdbus.dbus_bus_get.restype = ctypes.c_void_p
    libdbus.dbus_bus_get(0, None)
    print("libdbus")
"""


def test_libraries_start_no_bus(tmp_path: Path) -> None:
    """After the bus was looked for, no D-Bus library runs `dbus-launch`; where it was not, libdbus does."""
    launched = tmp_path / "launched"
    launcher = tmp_path / "dbus-launch"
    launcher.write_text(f"#!/bin/sh\necho started >> {launched}\n")
    launcher.chmod(0o755)
    environ = {"HOME": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin", "DISPLAY": ":77"}

    def use(word: str) -> bytes:
        return subprocess.run(
            [sys.executable, "-c", USE_EVERY_LIBRARY, word], env=environ, capture_output=True, timeout=30, check=True
        ).stdout

    libdbus = b"libdbus" in use("looked")
    assert not launched.exists()
    if libdbus:
        use("not looked")
        assert launched.exists()
