"""The report for whoever helps holds what helps, and neither a secret nor anybody's personal data."""

import json
import re
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.app import schedule_state
from kaufland_cli.doctor.masking import Sweep
from kaufland_cli.http.path_template import path_template
from kaufland_cli.scheduling.backend import ScheduleSummary
from kaufland_cli.simulator import Simulator, example_address, faults, make_order
from support.clocks import HeldClock
from support.machine import Done, Machine

NAMES = {
    "secret": "Zq7vXw2LtB9kHd4mRf8sJp3nYc6gTa1eUz5bWq0iOx7yKv2lDh9jMr4tPs8fGn3c",
    "partner_secret": "Pq7vXw2LtB9kHd4mRf8sJp3nYc6gTa1eUz5bWq0iOx7yKv2lDh9jMr4tPs8fGn3p",
    "client": "c11e47ad0c11e47ad1c11e47ad2c11e4",
    "partner": "9a47fe4d09a47fe4d19a47fe4d29a47f",
    "bc_secret": "BcGeheim-77q",
    "mail_password": "MailGeheim-88q",
    "ping": "hc-canary-99q",
}
# Each word stands somewhere in settings, environment or store, and in no text of this program.
CANARIES = (
    *NAMES.values(),
    "adaquist",  # the user
    "Quellwitz",  # buyers
    "Zaunkoenigweg",
    "Hexenbrueck",
    "09871",
    "+49 170 4711815",
    "4711815",
    "quellwitz.buyer",
    "opsperson",
    "mailhostquist",
    "smtpuserquist",
    "Musterquist GmbH",
    "Musterquist",
    "tenantquist",
    "clientidquist",
    "customerquist",
    "folderquist",
    "agentquist",
    "commandquist",
    "reasonquist",
    "errorquist",
    "tablequist",
    "MQUIST1",
)


@pytest.fixture
def seller(tmp_path: Path) -> Iterator[tuple[Machine, Simulator]]:
    """Give a machine on which a canary sits in every place that can hold a text."""
    machine = Machine(tmp_path / "adaquist", clock=HeldClock())
    buyer = example_address(
        first_name="Edda",
        last_name="Quellwitz",
        street="Zaunkoenigweg",
        city="Hexenbrueck",
        postcode="09871",
        phone="+49 170 4711815",
    )
    order = make_order(
        "MQUIST1",
        [{}, {"price": "errorquist"}],
        shipping_address=buyer,
        billing_address=buyer,
        status="need_to_be_sent",
        buyer={"id_buyer": 1, "email": "quellwitz.buyer@example.com"},
    )
    with Simulator(
        client_key=NAMES["client"],
        secret_key=NAMES["secret"],
        partner_keys=(NAMES["partner"], NAMES["partner_secret"]),
        orders=[order],
        now=machine.clock.now,
    ) as simulator:
        machine.connect(simulator)
        machine.more |= {
            "KAUFLAND_SECRET_STORE": "command",
            "KAUFLAND_PARTNER_SECRET_KEY": NAMES["partner_secret"],
            "KAUFLAND_BUSINESS_CENTRAL_SECRET": NAMES["bc_secret"],
            "KAUFLAND_MAIL_PASSWORD": NAMES["mail_password"],
            "USER": "adaquist",
        }
        machine.write_config(_settings(machine.folder))
        machine.config.chmod(0o600)
        yield machine, simulator


def _settings(folder: Path) -> str:
    return f"""
[api]
partner_client_key = "{NAMES["partner"]}"
user_agent = "agentquist/1"
[order_import]
auto_import_orders = true
default_customer_no = "customerquist"
[secret]
command = ["commandquist", "show"]
[debug]
log_api_requests = true
log_personal_data = true
[monitoring]
mail_to = "opsperson@mailhostquist.example"
smtp_host = "mailhostquist.example"
smtp_user = "smtpuserquist"
ping_url = "https://hc.example/{NAMES["ping"]}"
prometheus_file = "{folder}/folderquist/kaufland.prom"
[sales_orders]
folder = "{folder}/folderquist"
customers = {{ AT = "customerquist2" }}
[business_central]
tenant = "tenantquist"
company = "Musterquist GmbH"
client_id = "clientidquist"
"""


def import_everything(machine: Machine, simulator: Simulator) -> None:
    """Import with failures that quote a buyer, and let a sales order wait with a reason."""
    assert machine.run("import-orders").code == 6
    machine.run("orders", "refresh", "MQUIST1")
    simulator.misbehave(faults.status(400, b'{"message": "errorquist: Edda Quellwitz is unknown"}'), times=None)
    assert machine.run("import-orders").code == 5
    simulator.behave()
    with closing(sqlite3.connect(machine.store, isolation_level=None)) as store:
        store.execute("CREATE TABLE tablequist (buyer TEXT)")
        store.execute("UPDATE runs SET message = 'errorquist: Edda Quellwitz, Zaunkoenigweg'")
        store.execute("UPDATE request_log SET error_message = 'errorquist Quellwitz quellwitz.buyer@example.com'")
        store.execute(
            "INSERT INTO sales_orders (id_order, state, reasons, updated_at) VALUES"
            ' (\'MQUIST1\', \'held\', \'[{"code": "x", "text": "reasonquist", "fix": "reasonquist"}]\', \'x\')'
        )


def report_of(machine: Machine, name: str = "report.json") -> tuple[bytes, Done]:
    """Write a report; return its bytes and what the command said."""
    file = machine.folder / name
    done = machine.run("doctor", "--report", str(file))
    return file.read_bytes(), done


def assert_harmless(content: bytes) -> None:
    """Insist that no canary is in there, in whatever case or escaped."""
    text = content.decode("utf-8")
    for form in (text, json.dumps(json.loads(text), ensure_ascii=False)):
        found = [word for word in CANARIES if word.casefold() in form.casefold()]
        assert found == []


def test_canaries_are_everywhere_but_in_the_report(
    seller: tuple[Machine, Simulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings, environment, store, log with bodies, failed runs, schedule: nothing of them that names somebody."""
    machine, simulator = seller
    import_everything(machine, simulator)
    line = f"/usr/bin/kaufland --config {machine.config} import-orders"
    differences = (f"adaquist's crontab has {line}, not ~/folderquist/x.",)
    summary = ScheduleSummary(installed=True, scheduler="cron", every_minutes=15, differences=differences)
    monkeypatch.setattr(schedule_state, "schedule_summary", lambda _context: summary)
    content, done = report_of(machine)
    assert done.code == 8, "a job would not find the secret key, which is in a variable here"
    assert_harmless(content)
    kept = b"".join(path.read_bytes() for path in machine.files())
    for word in ("Quellwitz", "reasonquist", "tablequist", "errorquist", "MQUIST1", "Zaunkoenigweg", "4711815"):
        assert word.encode() in kept, "the canary was planted"
    found = json.loads(content)
    assert found["schedule"]["differences"] == ["***'s crontab has <path> --config *** import-orders, not <path>"]


def test_canaries_in_what_is_wrong(seller: tuple[Machine, Simulator]) -> None:
    """Settings at fault that hold a secret in the wrong place, a damaged store, a missing secret: none is quoted."""
    machine, simulator = seller
    import_everything(machine, simulator)
    good = machine.config.read_text()
    machine.config.write_text(f'{NAMES["secret"]} = "x"\n[Musterquist]\nx = 1\n{good}')
    content, done = report_of(machine, "wrong-settings.json")
    assert done.code == 8
    assert_harmless(content)
    machine.config.write_text(f'this is not = = toml "{NAMES["secret"]}"')
    assert_harmless(report_of(machine, "no-toml.json")[0])
    machine.config.write_text(good)
    del machine.more["KAUFLAND_SECRET_KEY"]
    assert_harmless(report_of(machine, "no-secret.json")[0])
    machine.store.write_bytes(b"Edda Quellwitz " * 5000)
    content, _ = report_of(machine, "no-store.json")
    assert_harmless(content)
    assert json.loads(content)["store"] == {"error": "store_damaged"}


def test_report_has_what_helps(seller: tuple[Machine, Simulator]) -> None:
    """Checks, versions, settings by their kind, counts, sizes, runs and the log, readable as text."""
    machine, simulator = seller
    import_everything(machine, simulator)
    content, done = report_of(machine)
    found: dict[str, Any] = json.loads(content)
    assert set(found) == {"schema", "about", "at", "versions", "state", "checks", "settings", "schedule", "store"}
    assert {"kaufland", "python", "sqlite", "system", "httpx"} <= set(found["versions"])
    settings = found["settings"]
    assert settings["order_import.auto_import_orders"] == "true (file)"
    assert settings["secret.store"] == "command (environment)"
    assert settings["monitoring.mail_to"] == "set (file)"
    assert settings["sales_orders.customers"] == "1 entries (file)"
    assert settings["api.timeout_seconds"] == "30.0 (default)"
    assert found["store"]["rows"]["orders"] == 1
    assert found["store"]["sizes"]["file"] > 0
    assert [run["kind"] for run in found["store"]["runs"]] == ["import", "refresh", "import"]
    assert {entry["endpoint"] for entry in found["store"]["log"]} >= {"order-units", "orders/…"}
    assert {entry["status_code"] for entry in found["store"]["log"]} >= {200, 400}
    assert {check["name"] for check in found["checks"]} >= {"settings", "store", "last import"}
    assert max(len(line) for line in content.decode().splitlines()) < 600, "a person is to read it"
    assert "read it before you send it" in done.out
    if sys.platform != "win32":
        assert stat.S_IMODE((machine.folder / "report.json").stat().st_mode) == 0o600


def test_place_of_the_report(seller: tuple[Machine, Simulator], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name a dated one in the present folder; never over another file, and nothing is left half-written."""
    machine, _ = seller
    here = machine.folder / "here"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    done = machine.run("doctor", "--report", "--json")
    (file,) = here.iterdir()
    assert file.name == "kaufland-report-2026-11-24-093000.json"
    assert done.json()["report"] == str(file)
    before = file.read_bytes()
    again = machine.run("doctor", "--report")
    assert again.code == 2
    assert "already" in again.err
    assert file.read_bytes() == before
    nowhere = machine.run("doctor", "--report", str(file / "below.json"))
    assert nowhere.code != 0
    assert re.search(r"kaufland doctor --report FILE", nowhere.err)
    assert list(here.iterdir()) == [file]
    assert machine.run("doctor", "report.json").code == 2


def test_sweep_is_the_last_door() -> None:
    """What nobody thought of is taken out by its look or because it is known; other words stay."""
    sweep = Sweep(["ada", "/home/ada/My Shop/config.toml", "root", "a"])
    said = "ada at /home/ada/My Shop/config.toml wrote to ops@shop.example, see https://x.example/k?y and C:\\Users\\x"
    assert sweep.text(said) == "*** at *** wrote to <mail>, see <address> and <path>"
    assert sweep.text("an adapter and/or a road") == "an adapter and/or a road"
    assert sweep.clean({"ada": ["ada", 1, None, {"x": "root"}]}) == {"ada": ["***", 1, None, {"x": "***"}]}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/orders/M845EA5/?x=1", "orders/…"),
        ("/order-units", "order-units"),
        (
            "/v2.0/Musterquist/Production/api/v2.0/companies(11-22)/salesOrders",
            "v2.0/…/…/api/v2.0/companies(…)/salesOrders",
        ),
    ],
)
def test_endpoints_without_ids(path: str, shown: str) -> None:
    """Of a path the words of the API are left, every id and name is not."""
    assert path_template(path) == shown
