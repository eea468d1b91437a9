"""Where nothing can be remembered, every scheduled import that fails says so, and why it cannot be remembered."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from kaufland_cli.monitoring.memory_file import NAME
from kaufland_cli.simulator import Simulator, faults
from support.disk import fill
from support.machine import Done, Machine
from support.mail_server import MailBox, MailServer
from support.ping_server import PingServer

if sys.platform == "win32":
    pytest.skip("folders that may not be written are of POSIX", allow_module_level=True)


@pytest.fixture
def scheduled(connected: Machine) -> Machine:
    """Give a machine with auto import."""
    connected.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    return connected


@contextmanager
def disk(folder: Path, options: str) -> Iterator[None]:
    """Put a small disk in the place of a folder, what is in it included."""
    folder.mkdir(parents=True, exist_ok=True)
    before = shutil.copytree(folder, folder.parent / "before", dirs_exist_ok=True)
    mount = [str(shutil.which("mount")), "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted with the rights to do so")
    try:
        shutil.copytree(before, folder, dirs_exist_ok=True)
        if options:
            subprocess.run([mount[0], "-o", f"remount,{options}", str(folder)], check=True)
        else:
            fill(folder)
        yield
    finally:
        subprocess.run([str(shutil.which("umount")), "-l", str(folder)], check=True)


@contextmanager
def no_folder(folder: Path) -> Iterator[None]:
    """Let the folder be a file, so that it cannot be made."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be", encoding="utf-8")
    yield


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let the folder be one that may only be read, by its disk for root and by its mode for others."""
    if os.geteuid() == 0:
        with disk(folder, "ro"):
            yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    places = [folder, *folder.rglob("*")]
    for path in places:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        yield
    finally:
        for path in places:
            path.chmod(0o700)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Let no byte be left on the disk of the folder."""
    with disk(folder, ""):
        yield


@contextmanager
def no_file(folder: Path) -> Iterator[None]:
    """Let the place of the memory be taken by a folder."""
    (folder / "default" / NAME / "below").mkdir(parents=True)
    yield


WHERE = {"no folder": no_folder, "read-only": read_only, "full": full, "no file": no_file}


def days(machine: Machine, every: timedelta, runs: int) -> list[Done]:
    """Run what the scheduler runs, so often."""
    found = []
    for _ in range(runs):
        machine.clock.present += every
        found.append(machine.run("import-orders", "--scheduled"))
    return found


@pytest.mark.parametrize("scene", WHERE.values(), ids=WHERE)
@pytest.mark.parametrize("every", [timedelta(days=1), timedelta(minutes=20)], ids=["daily", "every 20 minutes"])
def test_every_run_reports_what_fails(
    scheduled: Machine, simulator: Simulator, scene: Callable[[Path], AbstractContextManager[None]], every: timedelta
) -> None:
    """By stderr, e-mail and ping, at any minute: what failed, why it is not remembered, and when it is reported."""
    simulator.misbehave(faults.status(503), times=None)
    scheduled.more["KAUFLAND_API_TIMEOUT_SECONDS"] = "1"
    with (
        MailServer(MailBox()) as mails,
        PingServer() as pings,
        scene(scheduled.data),
    ):
        scheduled.more |= {
            "KAUFLAND_MONITORING_MAIL_TO": "ops@example.com",
            "KAUFLAND_MONITORING_SMTP_HOST": "127.0.0.1",
            "KAUFLAND_MONITORING_SMTP_PORT": str(mails.port),
            "KAUFLAND_MONITORING_SMTP_SECURITY": "none",
            "KAUFLAND_MONITORING_PING_URL": pings.url,
        }
        found = days(scheduled, every, 4)
    assert all(done.code in {5, 9} for done in found), found
    for done in found:
        assert "The scheduled import failed" in done.err
        assert NAME in done.err
        assert "cannot be remembered" in done.err
        assert "every run that fails notifies you again" in done.err
        assert "once a day" not in done.err
    assert len(mails.box.messages) == len(found)
    assert sum(path.endswith("/fail") for path, _ in pings.watched.signs) == len(found)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\0" * 16_384, b'{"schema": "kaufland.alert-state/9"}', b"\xff"],
    ids=["empty", "cut", "zeros", "newer", "no text"],
)
def test_damaged_memory_silences_nothing(scheduled: Machine, simulator: Simulator, content: bytes) -> None:
    """A failure that may have been reported already is reported with the reason, and from then on as rarely as ever."""
    simulator.misbehave(faults.status(503), times=None)
    first, second = days(scheduled, timedelta(minutes=20), 2)
    assert ("first failed run" in first.err, second.err) == (True, "")
    (scheduled.data / "default" / NAME).write_bytes(content)
    third, fourth = days(scheduled, timedelta(minutes=20), 2)
    assert "It is not known what you were notified of before" in third.err
    assert NAME in third.err
    assert fourth.err == ""
    simulator.behave()
    (end,) = days(scheduled, timedelta(minutes=20), 1)
    assert "work again" in end.err


def test_orders_that_need_attention_are_reported_too(scheduled: Machine, simulator: Simulator) -> None:
    """Where it cannot be remembered that they were reported, each run reports them."""
    simulator.marketplace.change_unit(next(iter(simulator.marketplace.units)), price="?")
    with no_file(scheduled.data):
        found = days(scheduled, timedelta(days=1), 3)
    assert [(done.code, "some orders need attention" in done.err) for done in found] == [(6, True)] * 3


def test_doctor_says_that_nothing_is_remembered(scheduled: Machine) -> None:
    """A damaged memory is a warning until an import has written it again; what stands in its place too."""

    def warned() -> list[str]:
        checks = scheduled.run("doctor", "--json").json()["checks"]
        found = [one["message"] for one in checks if one["name"] == "monitoring" and one["state"] == "warning"]
        return [message for message in found if not message.startswith("Nobody is notified")]

    days(scheduled, timedelta(days=1), 1)
    assert warned() == []
    (scheduled.data / "default" / NAME).write_bytes(b"{")
    (message,) = warned()
    assert NAME in message
    days(scheduled, timedelta(days=1), 1)
    assert warned() == []
    (scheduled.data / "default" / NAME).unlink()
    with no_file(scheduled.data):
        assert len(warned()) == 1
