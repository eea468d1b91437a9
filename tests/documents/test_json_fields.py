"""docs/json.md names every field that the commands really write, and no other."""

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.main import run
from kaufland_cli.clock import SystemClock
from kaufland_cli.domain.hint import command
from kaufland_cli.order_import.lock import holder_now, run_lock
from kaufland_cli.simulator import Simulator, example_address, seller_month

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
# Fields whose content is Kaufland's or HTTP's own.
FOREIGN = {"pickup_location", "request_headers", "response_headers"}


def documented(section: str) -> set[str]:
    """Return the fields that a section of the page names."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found is not None, section
    cells = re.findall(r"^\| (`.*?`) \|", found[1], re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


@dataclass
class Shop:
    """A seller who imports from the simulator."""

    folder: Path
    simulator: Simulator

    @property
    def environ(self) -> dict[str, str]:
        """The environment of the commands."""
        return {
            "KAUFLAND_CONFIG": str(self.folder / "config.toml"),
            "KAUFLAND_DATA_DIR": str(self.folder / "data"),
            "KAUFLAND_API_BASE_URL": self.simulator.base_url,
            "KAUFLAND_API_CLIENT_KEY": self.simulator.client_key,
            "KAUFLAND_API_REQUESTS_PER_SECOND": "1000",
            "KAUFLAND_SECRET_KEY": self.simulator.secret_key,
            "KAUFLAND_DEBUG_LOG_API_REQUESTS": "true",
        }

    def run(self, *words: str, **more: str) -> tuple[str, str]:
        """Run a command; return what it wrote to standard output and standard error."""
        stdout, stderr = io.StringIO(), io.StringIO()
        context = CliContext(
            environ={**self.environ, **more},
            streams=Streams(io.StringIO(), stdout, stderr),
            clock=SystemClock(),
            process=Process(1, lambda: 0.0),
        )
        run(words, context)
        return stdout.getvalue(), stderr.getvalue()

    def read(self, *words: str, **more: str) -> Any:
        """Run a command with --json; return what it wrote, an error or else its result."""
        stdout, stderr = self.run(*words, "--json", **more)
        return json.loads(stdout or stderr)

    def store_file(self) -> Path:
        """Return where the store lies."""
        return Path(self.read("status")["store"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give a shop with a month of orders, changes, a unit that cannot be read, and a store of another environment."""
    now = SystemClock().now()
    with Simulator(orders=seller_month(now)) as simulator:
        shop = Shop(tmp_path_factory.mktemp("shop"), simulator)
        shop.run("import-orders", KAUFLAND_API_BASE_URL=simulator.base_url.replace("127.0.0.1", "localhost"))
        shop.run("import-orders")
        first, second = list(simulator.marketplace.units)[:2]
        changed = example_address(city="Anderswo")
        simulator.marketplace.change_unit(first, status="sent", shipping_address=changed)
        simulator.marketplace.change_unit(second, price="much")
        yield shop


def fields(records: Any) -> set[str]:
    """Return the fields of a record, or of all records of a list."""
    found = records if isinstance(records, list) else [records]
    assert found, "nothing to compare with"
    return {name for record in found for name in record} - {"schema"}


Look = Callable[[Shop], Mapping[str, Any]]


def _lists(shop: Shop) -> Mapping[str, Any]:
    picked = shop.read("orders", "pick")["lines"]
    return {
        "order": shop.read("orders", "list")["orders"],
        "due unit": shop.read("orders", "due")["units"],
        "pick line": picked,
        "packing line": [
            {name: value for name, value in line.items() if name not in picked[0]}
            for line in shop.read("orders", "pick", "--by-order")["lines"]
        ],
        "log entry": shop.read("log", "show")["entries"],
        "setting": shop.read("config", "list")["settings"],
    }


def _import(shop: Shop) -> Mapping[str, Any]:
    result = shop.read("import-orders", "--since", (SystemClock().now() - timedelta(days=90)).isoformat())
    fresh = shop.read("import-orders", KAUFLAND_DATA_DIR=str(shop.folder / "fresh"))
    return {
        "import": result,
        "storefront sum": fresh["storefronts"],
        "failed unit": [{**one, "seen_at": "", "set_aside": None} for one in result["failed"]],
    }


def _cards(shop: Shop) -> Mapping[str, Any]:
    shop.run("import-orders")
    listed = shop.read("orders", "list")["orders"]
    cards = [shop.read("orders", "show", order["id_order"]) for order in listed]
    whole = {name: value for name, value in cards[0].items() if name not in listed[0]}
    return {
        "order card": {**whole, "lines": [], "units": []},
        "line": [line for card in cards for line in card["lines"]],
        "unit": [unit for card in cards for unit in card["units"]],
        "address": [card["shipping_address"] for card in cards if card["shipping_address"]],
        "change": [change for card in cards for change in card["history"]],
        "failed unit": [one for card in cards for one in card["failed"]],
    }


def _reconcile(shop: Shop) -> Mapping[str, Any]:
    shop.run("import-orders")
    shop.simulator.marketplace.change_unit(list(shop.simulator.marketplace.units)[2], price=1)
    found = shop.read("reconcile")
    return {
        "reconcile": found,
        "day": found["days"],
        "difference": found["units"],
        "failed unit in a list": shop.read("orders", "list", "--failed")["units"],
        "reconciliation": shop.read("status")["last_reconciliation"],
    }


def _sales_orders(shop: Shop) -> Mapping[str, Any]:
    wanted = {
        "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D1",
        "KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER": "8400",
    }
    ready = [one["id_order"] for one in shop.read("orders", "list", "--status", "need_to_be_sent")["orders"]]
    shop.run("sales-orders", "push", ready[0], **wanted)
    pushed = shop.read("sales-orders", "push", *ready[1:], **wanted)
    return {"push": pushed, "sales order": shop.read("sales-orders", "list")["sales_orders"]}


def _actions(shop: Shop) -> Mapping[str, Any]:
    allowed = {"KAUFLAND_WRITES_ALLOW": "ship"}
    shop.run("import-orders")
    order = shop.read("orders", "due")["units"][-1]["id_order"]
    report = shop.read("orders", "ship", order, "--carrier", "DHL", "--tracking", "12345678", "--yes", **allowed)
    return {
        "action": [*shop.read("actions", "list")["actions"], shop.read("actions", "show", "1")],
        "actions report": report,
        "invoice": shop.read("invoices", "list")["invoices"],
    }


def _status(shop: Shop) -> Mapping[str, Any]:
    found = shop.read("status")
    return {"status": found, "schedule": found["schedule"], "other environment": found["environments"]}


def _schedule(shop: Shop) -> Mapping[str, Any]:
    words = ("schedule", "install", "--with", "cron", "--dry-run")
    planned = shop.read(*words, KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS="true")
    shown = shop.read("schedule", "status")
    listed = set(shop.read("status")["schedule"])
    installed = {"installed": planned["would_write"], "unchanged": False, "removed": [], "verification": None}
    left = {name: value for name, value in planned.items() if not name.startswith("would_")}
    return {
        "schedule status": {name: value for name, value in shown.items() if name not in listed},
        "schedule entry": {**left, **installed},
    }


def _doctor(shop: Shop) -> Mapping[str, Any]:
    found = shop.read("doctor")
    all_profiles = shop.read("import-orders", "--scheduled", "--all-profiles", KAUFLAND_API_REQUESTS_PER_SECOND="20")
    return {
        "doctor": found,
        "doctor check": found["checks"],
        "profile": shop.read("profiles", "list")["profiles"],
        "import of all profiles": [{**one, "result": None} for one in all_profiles["profiles"]],
    }


def _others(shop: Shop) -> Mapping[str, Any]:
    entry = shop.read("log", "show", "1")
    connection = shop.read("test-connection")
    listed = set(shop.read("log", "show")["entries"][0])
    return {
        "log entry card": {name: value for name, value in entry.items() if name not in listed},
        "connection": connection,
        "step": connection["steps"],
        "secret": shop.read("secret", "status"),
        "error": shop.read("status", KAUFLAND_API_TIMEOUT_SECONDS="long"),
    }


def _erasing(shop: Shop) -> Mapping[str, Any]:
    copied = shop.read("backup")
    newest = shop.read("orders", "list", "--limit", "1")["orders"][0]["id_order"]
    erased = shop.read("orders", "erase", newest, "--yes")
    return {"backup": copied, "erased orders": erased, "restore": shop.read("restore", copied["file"], "--yes")}


@pytest.mark.parametrize(
    "look",
    [_lists, _import, _cards, _reconcile, _sales_orders, _actions, _status, _doctor, _schedule, _others, _erasing],
    ids=lambda look: look.__name__,
)
def test_page_names_the_fields_that_are_written(shop: Shop, look: Look) -> None:
    """For each kind of record: the fields of the page are the fields that the real commands write."""
    for section, records in look(shop).items():
        assert fields(records) == documented(section), section


def test_records_with_fields_are_all_documented(shop: Shop) -> None:
    """Every field of every record, however deep, is named somewhere on the page."""
    named = set(re.findall(r"`(\w+)`", PAGE.read_text(encoding="utf-8")))
    for look in (
        _lists,
        _import,
        _cards,
        _reconcile,
        _sales_orders,
        _actions,
        _status,
        _doctor,
        _schedule,
        _others,
        _erasing,
    ):
        for section, records in look(shop).items():
            assert _deep(records) <= named, section


def test_running_import_is_described(shop: Shop) -> None:
    """While an import runs, `running` holds what the page says of it."""
    with run_lock(shop.store_file(), holder_now(1, SystemClock().now(), command("import-orders"))):
        assert set(shop.read("status")["running"]) == {"pid", "since", "command"}


def test_fault_in_the_settings_is_described(shop: Shop) -> None:
    """Each of `problems` holds what the page says of it."""
    (problem,) = shop.read("status", KAUFLAND_API_TIMEOUT_SECONDS="long")["problems"]
    assert set(problem) == {"place", "key", "problem", "allowed"}


def test_lists_say_the_same_in_every_form(shop: Shop) -> None:
    """`--jsonl` and `--csv` have the fields that `--json` has."""
    expected = list(shop.read("orders", "list", "--limit", "1")["orders"][0])
    line = json.loads(shop.run("orders", "list", "--limit", "1", "--jsonl")[0])
    head = shop.run("orders", "list", "--limit", "1", "--csv")[0].splitlines()[0]
    assert list(line) == ["schema", *expected]
    assert head.lstrip("\ufeff").split(",") == expected


def _deep(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*(_deep(one) for one in value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(_deep(inner) for name, inner in value.items() if name not in FOREIGN))
