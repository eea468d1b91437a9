"""secret.store = systemd on a real systemd: made by root, opened by the unit, and by nobody else."""

import pytest

from kaufland_cli.clock import SystemClock
from kaufland_cli.simulator import Simulator, make_order
from support.business_central_fake import CLIENT_SECRET, business_central_fake
from support.machine import Done
from support.mail_server import MailBox, MailServer
from support.private_machine import USER, PrivateMachine, missing_for
from support.systemd_samples import good, until

MISSING = missing_for("systemctl", "systemd-creds")
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"no machine of its own for systemd: {MISSING}"),
    pytest.mark.long,
    pytest.mark.timeout(400),
]
PARTNER = ("9a47fe4d" * 4, "7a57e4d1" * 8)


def set_up(machine: PrivateMachine, simulator: Simulator, *where: str) -> None:
    """Set it up as root, with the secret key as an encrypted credential."""
    keys = ("--client-key", simulator.client_key, "--base-url", simulator.base_url)
    schedule = ("--auto-import-orders", "--interval-minutes", "1")
    words = (*where, "setup", "--no-input", *keys, *schedule, "--secret-store", "systemd", "--secret-stdin")
    told = good(machine.kaufland(*words, given=simulator.secret_key, user=False))
    assert "schedule install --with systemd --system" in told.err


@pytest.mark.parametrize("place", ["home", "elsewhere"])
def test_key_of_root(machine: PrivateMachine, simulator: Simulator, place: str) -> None:
    """Root's settings, in the usual place or where --config points: verified, used by later imports, up to date."""
    where = () if place == "home" else ("--config", f"{machine.folder}/etc/kaufland/config.toml")
    set_up(machine, simulator, *where)
    plain = machine.run("grep", "-rl", simulator.secret_key, "/root", str(machine.folder), user=False)
    assert plain.out == "", "the secret key is nowhere in the clear"
    done = good(machine.kaufland(*where, "schedule", "install", "--system", user=False))
    assert "verified by a test run" in done.err
    shown = machine.kaufland(*where, "schedule", "show", user=False).out
    assert "LoadCredentialEncrypted=kaufland-secret-key:" in shown
    simulator.clear_requests()
    until("the timer imports", lambda: simulator.requests)
    assert good(machine.kaufland(*where, "schedule", "status", "--json", user=False)).json()["in_sync"] is True
    good(machine.kaufland(*where, "doctor", user=False))
    status = machine.kaufland(*where, "status", "--json", user=False).json()
    assert (status["last_order_sync_verdict"], status["failures_in_a_row"]) == ("success", 0)


def test_secrets_of_root_for_a_user(machine: PrivateMachine) -> None:
    """The unit of another user is given every secret that root has made; the user reads all that it has stored.

    The partner's key signs, Business Central's creates a sales order, and the password takes the e-mail of a failure.
    """
    box = MailBox(user="shop", password="passw0rd", plain_sign_in=True)
    now = SystemClock().now
    with (
        Simulator(now=now, partner_keys=PARTNER) as simulator,
        business_central_fake() as fake,
        MailServer(box) as mails,
    ):
        fake.add_item("KESSEL-17", gtin="4006381333931")

        def root(*words: str, given: str = "") -> Done:
            """Do as root what the user may not: with sudo, and the user's home."""
            return good(machine.kaufland(*words, user=False, given=given, more={"HOME": str(machine.home)}))

        keys = ("--client-key", simulator.client_key, "--base-url", simulator.base_url, "--secret-store", "systemd")
        schedule = ("--auto-import-orders", "--interval-minutes", "1")
        root("setup", "--no-input", *keys, *schedule, "--secret-stdin", given=simulator.secret_key)
        values = {f"business_central.{key}": value for key, value in fake.settings().items()}
        values |= {
            "api.partner_client_key": PARTNER[0],
            "monitoring.smtp_host": "127.0.0.1",
            "monitoring.smtp_port": str(mails.port),
            "monitoring.smtp_security": "none",
            "monitoring.smtp_user": box.user,
            "monitoring.mail_to": "ops@example.com",
            "sales_orders.target": "business_central",
            "sales_orders.shipping_number": "8400",
            "order_import.default_customer_no": "D00010",
            "order_import.create_sales_orders": "true",
        }
        for key, value in values.items():
            root("config", "set", key, value)
        for kind, secret in (("partner", PARTNER[1]), ("business-central", CLIENT_SECRET), ("mail", box.password)):
            root("secret", "set", f"--{kind}", "--secret-stdin", given=secret)

        root("schedule", "install", "--system", "--run-as", USER)
        assert machine.kaufland("schedule", "show").out.count("LoadCredentialEncrypted=") == 4
        mine = machine.run("find", str(machine.home), "-not", "-user", USER)
        assert mine.out == "", "all of it belongs to the user"
        assert good(machine.kaufland("schedule", "status", "--json")).json()["in_sync"] is True
        simulator.marketplace.add_order(make_order("MFIRST1"))
        until("it is imported", lambda: good(machine.kaufland("status", "--json")).json()["orders"] == 1)
        root("sales-orders", "push", "--confirm-first", "--yes")
        simulator.marketplace.add_order(make_order("MSECOND"))
        until("the unit creates a sales order", lambda: len(fake.orders) == 2)
        checks = {one["name"]: one for one in machine.kaufland("doctor", "--json").json()["checks"]}
        assert checks["secret key"]["state"] == "skipped", checks["secret key"]
        assert checks["secret key of jobs"]["state"] == "ok", checks["secret key of jobs"]
        assert {one["name"] for one in checks.values() if one["state"] == "failed"} <= {"sales order target"}
        simulator.stop()
        until("an e-mail tells of the failure", lambda: box.messages)
        assert machine.run("find", str(machine.home), "-not", "-user", USER).out == ""
