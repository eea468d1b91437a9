"""Several sellers on one server, imported by one entry of a real cron."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaufland_cli.simulator import Simulator, make_order
from support.cron_machine import CronMachine, cron_machine, wait_for

PATIENCE = 130
"""Seconds: two rounds of cron."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CronMachine]:
    """Make the server."""
    with cron_machine(tmp_path / "machine") as machine:
        yield machine


def set_up(server: CronMachine, profile: str, simulator: Simulator) -> None:
    """Set one seller up by options, to import every minute."""
    words = ("--client-key", simulator.client_key, "--base-url", simulator.base_url, "--secret-store", "file")
    more = ("--secret-stdin", "--auto-import-orders", "--interval-minutes", "1")
    done = server.kaufland(
        "--profile", profile, "setup", "--no-input", *words, *more, typed=f"{simulator.secret_key}\n"
    )
    assert done.returncode == 0, done.stderr


def orders(server: CronMachine, profile: str) -> set[str]:
    """Return the ids of the orders in the store of a seller."""
    done = server.kaufland("--profile", profile, "orders", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {order["id_order"] for order in json.loads(done.stdout)["orders"]}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_two_sellers_by_one_entry_of_cron(server: CronMachine) -> None:
    """Without a profile `default` the test run imports for both, and so do later runs; a failure names its profile.

    The other one is imported meanwhile, and not a word is said of it.
    """
    server.start_cron()
    with Simulator(orders=[make_order("MANNA1")]) as annas, Simulator(orders=[make_order("MBERT1")]) as berts:
        set_up(server, "anna", annas)
        set_up(server, "bert", berts)
        installed = server.kaufland("schedule", "install", "--all-profiles", "--with", "cron", seconds=200)
        assert installed.returncode == 0, installed.stderr
        assert (orders(server, "anna"), orders(server, "bert")) == ({"MANNA1"}, {"MBERT1"})
        for profile in ("anna", "bert"):
            status = server.kaufland("--profile", profile, "schedule", "status", "--json")
            assert json.loads(status.stdout)["in_sync"] is True, status.stdout
        assert "import-orders --scheduled --all-profiles" in server.run("crontab", "-l").stdout

        annas.marketplace.add_order(make_order("MANNA2"))
        berts.marketplace.add_order(make_order("MBERT2"))
        wait_for(
            "both go on", lambda: "MANNA2" in orders(server, "anna") and "MBERT2" in orders(server, "bert"), PATIENCE
        )
        assert server.mails() == []

        annas.stop()
        wait_for("a mail tells of anna", lambda: bool(server.mails()), PATIENCE)
        berts.marketplace.add_order(make_order("MBERT3"))
        wait_for("bert goes on", lambda: "MBERT3" in orders(server, "bert"), PATIENCE)
        (told,) = [mail.get_content() for mail in server.mails()]
        assert told.startswith("Profile anna:")
        assert "kaufland --profile anna test-connection" in told
        assert "bert" not in told
        assert server.kaufland("--profile", "bert", "status", "--max-age", "3m").returncode == 0
