"""The hardened unit of a real systemd can do all that an import does, for one seller or several."""

from pathlib import Path

import pytest

from kaufland_cli.simulator import Simulator, make_order
from support.mail_server import MailBox, MailServer
from support.old_store import old_store
from support.ping_server import PingServer
from support.private_machine import UID, USER, PrivateMachine, missing_for
from support.systemd_samples import good, until

MISSING = missing_for("systemctl", "systemd-creds")
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"no machine of its own for systemd: {MISSING}"),
    pytest.mark.long,
    pytest.mark.timeout(400),
]


def set_up(machine: PrivateMachine, simulator: Simulator, *more: str) -> None:
    """Set it up as the user."""
    keys = ("--client-key", simulator.client_key, "--base-url", simulator.base_url)
    schedule = ("--auto-import-orders", "--interval-minutes", "1", "--secret-store", "file", "--secret-stdin")
    good(machine.kaufland(*more, "setup", "--no-input", *keys, *schedule, given=simulator.secret_key))


@pytest.mark.parametrize("store", ["file", "command"])
def test_import_under_the_systemd_unit(machine: PrivateMachine, simulator: Simulator, store: str) -> None:
    """Sales orders and metrics in folders elsewhere, a copy of an old store, e-mail, ping, a command for the secret."""
    set_up(machine, simulator)
    box = MailBox()
    with MailServer(box) as mails, PingServer() as pings:
        values = {
            "sales_orders.target": "file",
            "sales_orders.folder": f"{machine.folder}/out/sales-orders",
            "sales_orders.shipping_number": "8400",
            "order_import.default_customer_no": "D00010",
            "order_import.create_sales_orders": "true",
            "monitoring.prometheus_file": f"{machine.folder}/metrics/kaufland.prom",
            "monitoring.smtp_host": "127.0.0.1",
            "monitoring.smtp_port": str(mails.port),
            "monitoring.smtp_security": "none",
            "monitoring.mail_to": "ops@example.com",
            "monitoring.ping_url": pings.url,
        }
        if store == "command":
            script = machine.home / "secret.sh"
            machine.run("sh", "-c", f"echo 'echo x >> $HOME/asked; cat $HOME/.config/kaufland/kept' > {script}")
            machine.run("sh", "-c", "mv $HOME/.config/kaufland/secret_key $HOME/.config/kaufland/kept")
            values |= {"secret.command": f'["/bin/sh", "{script}"]', "secret.store": "command"}
        for key, value in values.items():
            good(machine.kaufland("config", "set", key, value))
        path = Path(good(machine.kaufland("config", "path", "store")).out.strip())
        old_store(path)
        machine.run("chown", "-R", f"{UID}:{UID}", str(machine.home), user=False)

        good(machine.kaufland("schedule", "install", "--system", "--run-as", USER, user=False))
        assert list((path.parent / "backups").iterdir()), "the old store was copied before it was updated"
        assert "kaufland_" in (machine.folder / "metrics" / "kaufland.prom").read_text(encoding="utf-8")
        assert {sign.rsplit("/", 1)[1] for sign, _ in pings.watched.signs} == {"start", "s3cret-uuid"}
        assert (machine.home / "asked").exists() is (store == "command")

        simulator.marketplace.add_order(make_order("MFIRST1"))
        until("it is imported", lambda: machine.kaufland("orders", "show", "MFIRST1").code == 0)
        good(machine.kaufland("sales-orders", "push", "--confirm-first", "--yes"))
        simulator.marketplace.add_order(make_order("MSECOND"))
        until("it becomes a file", lambda: list((machine.folder / "out").rglob("MSECOND.json")))
        assert box.messages == []
        simulator.stop()
        until("an e-mail tells of the failure", lambda: box.messages)
        assert pings.watched.signs[-1][0].endswith("/fail")
        assert machine.run("find", str(machine.home), "-not", "-user", USER).out == ""


def test_two_sellers_by_one_unit(machine: PrivateMachine, simulator: Simulator) -> None:
    """The proof imports for both; when one server is gone the other seller's imports go on."""
    with Simulator(orders=[make_order("MSECOND1")]) as second:
        set_up(machine, simulator)
        set_up(machine, second, "--profile", "second")
        words = ("schedule", "install", "--all-profiles", "--system", "--run-as", USER)
        good(machine.kaufland(*words, user=False))
        assert good(machine.kaufland("status", "--json")).json()["orders"] > 10
        assert good(machine.kaufland("--profile", "second", "status", "--json")).json()["orders"] == 1
        simulator.stop()
        second.marketplace.add_order(make_order("MSECOND2"))
        until("the second goes on", lambda: "MSECOND2" in second_orders(machine))
        until("the first fails", lambda: machine.kaufland("status", "--json").json()["failures_in_a_row"])
        assert good(machine.kaufland("--profile", "second", "status", "--json")).json()["failures_in_a_row"] == 0
        assert good(machine.kaufland("schedule", "status", "--json")).json()["in_sync"] is True


def second_orders(machine: PrivateMachine) -> str:
    """Return the orders of the second seller, as text."""
    return good(machine.kaufland("--profile", "second", "orders", "list", "--json")).out
