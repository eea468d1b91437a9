"""What another user of the machine can plant under a name: links, pipes, devices, endless files; and that user."""

import os
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import pytest

VICTIM, MALLORY = 4711, 4712
HUGE = 3_000_000_000

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and devices of POSIX")
as_root = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can be two users")


@contextmanager
def within(seconds: float = 10) -> Iterator[None]:
    """Fail instead of waiting for ever, as a read of a named pipe does."""
    if sys.platform == "win32":
        raise NotImplementedError

    def too_late(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the shape of a handler
        raise AssertionError(f"it hangs: nothing after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, too_late)
    outer = signal.setitimer(signal.ITIMER_REAL, seconds)  # the time limit of the whole test, which goes on afterwards
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *outer)


def pipe(path: Path) -> None:
    """Put a named pipe there, to which nobody writes."""
    if sys.platform == "win32":
        raise NotImplementedError
    os.mkfifo(path, 0o600)


def give(path: Path, user: int, group: int | None = None) -> None:
    """Let a file, folder or link belong to another user and a group, by default that of the same number."""
    if sys.platform == "win32":
        raise NotImplementedError
    os.chown(path, user, user if group is None else group, follow_symlinks=False)


def huge(path: Path) -> None:
    """Put a file of three gigabytes there, which takes no space."""
    with path.open("wb") as file:
        file.truncate(HUGE)


def endless(path: Path) -> None:
    """Put the device there that gives zeros without end."""
    if sys.platform == "win32":
        raise NotImplementedError
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except (PermissionError, AttributeError):
        path.symlink_to("/dev/zero")


def link_to_endless(path: Path) -> None:
    """Put a link there to the device that gives zeros without end."""
    path.symlink_to("/dev/zero")


def circle(path: Path) -> None:
    """Put a link there that leads to itself."""
    path.symlink_to(path)


def link(path: Path) -> None:
    """Put a link there to another file of the same user's."""
    beside = path.with_name("precious")
    beside.write_bytes(b"precious")
    path.symlink_to(beside)


def folder(path: Path) -> None:
    """Put a folder there."""
    path.mkdir()


def plug(path: Path) -> None:
    """Put a socket there."""
    if sys.platform == "win32":
        raise NotImplementedError
    with socket.socket(socket.AF_UNIX) as opened:
        before = Path.cwd()
        os.chdir(path.parent)  # a socket's path may not be long
        try:
            opened.bind(path.name)
        finally:
            os.chdir(before)


TRAPS: tuple[Callable[[Path], None], ...] = (pipe, huge, endless, link_to_endless, circle, link, folder, plug)


def device(path: Path) -> None:
    """Put a null device of our own there; skips the test where that may not be done."""
    if sys.platform == "win32":
        raise NotImplementedError
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except (PermissionError, AttributeError):
        pytest.skip("no device may be made here")


def run_as(user: int, what: Callable[[], object]) -> str:
    """Run something as another user in a process of its own, and return what came of it as text."""
    if sys.platform == "win32":
        raise NotImplementedError
    sys.stdout.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os.setgroups([])
            os.setegid(user)
            os.seteuid(user)
            try:
                said = repr(what())
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
                said = f"{type(error).__name__}: {error}"
            os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        said = answer.read().decode()
    os.waitpid(child, 0)
    return said


def shared_folder(path: Path, mode: int = 0o1777) -> Path:
    """Return a new folder of root's in which every user may put files, as in `/tmp`."""
    if sys.platform == "win32":
        raise NotImplementedError
    path.mkdir()
    path.chmod(mode)
    return path
