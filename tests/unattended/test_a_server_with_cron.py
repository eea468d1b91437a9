"""A server without a desktop, a real cron daemon, and the program left alone for minutes."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.simulator import Simulator, make_order
from support.cron_machine import HOME, USER, CronMachine, cron_machine, wait_for

OTHER_LINE = "17 3 * * * true # somebody else's\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CronMachine]:
    """Make the server, with a line in the user's crontab that is not ours."""
    with cron_machine(tmp_path / "machine") as machine:
        machine.run("crontab", "-", typed=OTHER_LINE)
        yield machine


def set_up(server: CronMachine, simulator: Simulator, store: str) -> None:
    """Set up by options, to import every minute."""
    words = ("--client-key", simulator.client_key, "--base-url", simulator.base_url, "--secret-store", store)
    more = ("--secret-stdin", "--auto-import-orders", "--interval-minutes", "1")
    done = server.kaufland("setup", "--no-input", *words, *more, typed=f"{simulator.secret_key}\n")
    assert done.returncode == 0, done.stderr


def orders(server: CronMachine) -> set[str]:
    """Return the ids of the orders in the store."""
    done = server.kaufland("orders", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {order["id_order"] for order in json.loads(done.stdout)["orders"]}


def imported(server: CronMachine, id_order: str) -> None:
    """Wait until the order is in the store, for two rounds of cron at most."""
    wait_for(f"{id_order} is imported", lambda: id_order in orders(server), 130)


def status(server: CronMachine, *words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code of `status` and its record."""
    done = server.kaufland("status", "--json", *words)
    return done.returncode, json.loads(done.stdout)


def texts(server: CronMachine) -> list[str]:
    """Return what the mails of cron say."""
    return [mail.get_content() for mail in server.mails()]


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_server_with_cron_imports_for_minutes_and_says_so_in_time(server: CronMachine) -> None:
    """Set up by options, put into cron, left alone: imports at the interval, one mail each for trouble and its end.

    `status --max-age` is 0 while it runs and 8 soon after cron has stopped; somebody else's line stays as it was.
    """
    server.start_cron()
    with Simulator(orders=[make_order("MFIRST1")]) as simulator:
        set_up(server, simulator, "file")
        installed = server.kaufland("schedule", "install", "--with", "cron", seconds=200)
        assert installed.returncode == 0, installed.stderr
        assert orders(server) == {"MFIRST1"}, "the proof is a real import"
        assert OTHER_LINE in server.run("crontab", "-l").stdout

        for number in range(3):
            id_order = f"MLATER{number}"
            simulator.marketplace.add_order(make_order(id_order))
            imported(server, id_order)
        assert status(server, "--max-age", "3m")[0] == 0
        assert texts(server) == [], "all went well"

        simulator.stop()
        wait_for("a mail tells of the trouble", lambda: bool(texts(server)), 130)
        time.sleep(125)  # two more runs, which fail in the same way
        (told,) = texts(server)
        assert re.search(r"cannot be reached|no connection|refused", told, re.IGNORECASE), told
        assert "kaufland test-connection" in told
        assert status(server)[1]["failures_in_a_row"] >= 2

        simulator.start()
        simulator.marketplace.add_order(make_order("MAFTER1"))
        imported(server, "MAFTER1")
        wait_for("a mail tells of it", lambda: len(texts(server)) == 2, 30)
        time.sleep(65)
        assert len(texts(server)) == 2
        assert status(server, "--max-age", "3m")[0] == 0
        server.stop_cron()
        time.sleep(125)
        code, record = status(server, "--max-age", "1m")
        assert (code, record["last_order_sync_verdict"]) == (8, "success")

        assert server.kaufland("schedule", "remove").returncode == 0
        assert server.run("crontab", "-l").stdout == OTHER_LINE


KEYRING = f"""
mkdir -p -m 700 /run/user/$(id -u {USER}); chown {USER} /run/user/$(id -u {USER})
"""
BUS = "dbus-daemon --session --fork --print-pid --address=unix:path=/run/user/$(id -u)/bus"
UNLOCK = "printf pw | gnome-keyring-daemon --unlock --components=secrets --daemonize"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_locked_keyring_is_reported_within_seconds(server: CronMachine) -> None:
    """From cron an unlocked keyring is found and used; a locked one makes a clear mail within seconds, never a hang."""
    if server.run("sh", "-c", "command -v dbus-daemon gnome-keyring-daemon").returncode:
        pytest.skip("a real keyring needs the Debian packages dbus and gnome-keyring")
    server.shell(KEYRING)
    log_in = {"XDG_RUNTIME_DIR": server.run("sh", "-c", "echo /run/user/$(id -u)").stdout.strip()}
    assert server.run("sh", "-c", f"{BUS}", environ=log_in).returncode == 0
    bus = {**log_in, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={log_in['XDG_RUNTIME_DIR']}/bus"}
    assert server.run("sh", "-c", UNLOCK, environ=bus).returncode == 0
    server.start_cron()
    with Simulator(orders=[make_order("MFIRST1")]) as simulator:
        set_up(server, simulator, "keyring")
        assert not server.shell(f"find {HOME} -name 'secret_key*'")
        installed = server.kaufland("schedule", "install", "--with", "cron", seconds=200)
        assert installed.returncode == 0, installed.stderr
        assert orders(server) == {"MFIRST1"}

        server.shell("pkill gnome-keyring-d")  # as long as Linux keeps names
        assert server.run("sh", "-c", "gnome-keyring-daemon --start --components=secrets", environ=bus).returncode == 0
        began = wait_for("a mail tells of the keyring", lambda: bool(texts(server)), 130)
        assert "locked" in texts(server)[0]
        assert "kaufland setup --secret-store file" in texts(server)[0]
        assert began < 90
        assert "import-orders" not in server.processes(), "nothing hangs"
        direct = time.monotonic()
        failed = server.kaufland("import-orders")
        assert (failed.returncode, time.monotonic() - direct < 15) == (3, True)
        assert server.processes().count("dbus-daemon") == 1, "no second bus was started"
