"""The real cron of Debian: its crontab takes what we enter, and its daemon runs it."""

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from kaufland_cli.simulator import Simulator
from support.machine import Done
from support.private_machine import CRON, PrivateMachine, missing_for, private_machine

MISSING = missing_for("cron", "crontab")
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no machine of its own for cron: {MISSING}")

OTHERS = "# Grüße an alle\nMAILTO=shop@example.com\n5 4 * * 0 /usr/bin/backup --date=\\%F\n"


@pytest.fixture
def machine() -> Iterator[PrivateMachine]:
    """Give a machine with a crontab and without a cron daemon."""
    with private_machine(CRON) as found:
        yield found


def set_up(machine: PrivateMachine, simulator: Simulator, interval: int) -> Done:
    """Set the program up as a seller on a server does."""
    keys = ("--client-key", simulator.client_key, "--base-url", simulator.base_url)
    schedule = ("--auto-import-orders", "--interval-minutes", str(interval))
    words = ("setup", "--no-input", *keys, *schedule, "--secret-store", "file", "--secret-stdin")
    done = machine.kaufland(*words, given=simulator.secret_key)
    assert done.code == 0, done
    return done


def test_crontab_takes_the_entry(machine: PrivateMachine, simulator: Simulator) -> None:
    """The real `crontab` accepts it, gives it back, and everybody else's lines come out as they went in."""
    machine.run("crontab", "-", given=OTHERS)
    told = set_up(machine, simulator, 15)
    assert "kaufland schedule install" in told.err
    done = machine.kaufland("schedule", "install", "--with", "cron", "--no-test-run")
    assert done.code == 0, done
    installed = machine.run("crontab", "-l").out
    assert installed.startswith(OTHERS)
    assert installed.endswith(machine.kaufland("schedule", "show").out)
    assert "--config" not in installed, "cron finds the usual places by itself"
    assert machine.kaufland("schedule", "status").code == 0
    assert machine.kaufland("schedule", "remove").code == 0
    assert machine.run("crontab", "-l").out == OTHERS


@pytest.mark.long
@pytest.mark.timeout(600)
def test_cron_imports_at_the_interval(machine: PrivateMachine, simulator: Simulator) -> None:
    """The daemon proves its run, imports every minute without a word, and no more once it is removed."""
    set_up(machine, simulator, 1)
    never = machine.kaufland("schedule", "install", "--with", "cron", "--json", seconds=200)
    assert never.code == 8, "no cron runs yet"
    assert "No cron daemon is running" in never.err
    assert machine.run("crontab", "-l").out.count("import-orders --scheduled") == 1
    with subprocess.Popen(machine.command("cron", "-f", user=False)) as daemon:
        try:
            simulator.clear_requests()
            done = machine.kaufland("schedule", "install", "--with", "cron", seconds=200)
            assert done.code == 0, done
            assert "verified by a test run" in done.err
            assert machine.run("crontab", "-l").out.count("import-orders --scheduled") == 1
            proved = simulator.marketplace.units
            time.sleep(125)
            runs = runs_of(machine)
            assert 3 <= len(runs) <= 4, runs
            assert {verdict for _, verdict in runs} == {"success"}
            status = machine.kaufland("status", "--json").json()
            assert status["units"] == len(proved)
            assert status["schedule"]["in_sync"] is True
            assert status["age_seconds"] < 70
            assert machine.run("sh", "-c", "cat /var/mail/* 2>/dev/null").out == "", "no mail for what went well"
            assert machine.kaufland("schedule", "remove").code == 0
            time.sleep(5)
            simulator.clear_requests()
            time.sleep(65)
            assert not simulator.requests
        finally:
            daemon.kill()


def runs_of(machine: PrivateMachine) -> list[tuple[str, str]]:
    """Return the imports that the store remembers: when each began, and how it ended."""
    path = machine.kaufland("config", "path", "store").out.strip()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute("SELECT started_at, verdict FROM runs").fetchall()
