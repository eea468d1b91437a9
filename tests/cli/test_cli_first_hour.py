"""The first hour: set up, test the connection, import, look at the orders, with the answers equal to the server's."""

import json
import sqlite3
import stat
import sys
import threading
import time
from pathlib import Path

from kaufland_cli.simulator import Answer, Request, Simulator, example_address, faults, make_order
from support.machine import SECRET, Machine, units_held

ORDER_FIELDS: dict[str, type | tuple[type, ...]] = {
    "id_order": str,
    "status": str,
    "storefront": str,
    "buyer_name": (str, type(None)),
    "ship_to_city": (str, type(None)),
    "total_amount": int,
    "currency": str,
    "lines": int,
    "units": int,
    "sales_order_no": (str, type(None)),
    "invoice_uploaded": (bool, type(None)),
    "created_at": str,
    "imported_at": str,
    "fulfillment_type": str,
    "is_marketplace_deemed_supplier": bool,
}
IMPORT_FIELDS = {
    *("schema", "run_id", "verdict", "environment", "since", "watermark", "orders_new", "orders_changed"),
    *("units_seen", "units_new", "units_changed", "units_unchanged", "units_failed", "requests", "seconds", "message"),
}


def set_up(machine: Machine, simulator: Simulator, *more: str) -> None:
    """Set up without questions, the secret key in a file."""
    words = ("--client-key", simulator.client_key, "--base-url", simulator.base_url, "--secret-store", "file")
    machine.good("setup", "--no-input", *words, "--secret-stdin", *more, stdin=f"{simulator.secret_key}\n")


def units_stored(store: Path) -> dict[int, tuple[str, str]]:
    """Return what the store holds, as a person with sqlite3 sees it."""
    connection = sqlite3.connect(store)
    try:
        return {
            unit: (order, status)
            for unit, order, status in connection.execute("SELECT id_order_unit, id_order, status FROM v_order_units")
        }
    finally:
        connection.close()


def test_setup_without_questions_keeps_settings_and_secret(machine: Machine, simulator: Simulator) -> None:
    """Setup with options alone writes the settings, keeps the secret apart, and everything works from then on."""
    set_up(machine, simulator, "--auto-import-orders", "--interval-minutes", "20", "--default-storefront", "at")
    text = machine.config.read_text(encoding="utf-8")
    assert 'client_key = "' in text
    assert "interval_minutes = 20" in text
    assert SECRET not in text
    if sys.platform != "win32":
        assert {stat.S_IMODE(path.stat().st_mode) for path in machine.files()} == {0o600}
    assert machine.good("test-connection", "--json").json()["success"] is True
    assert machine.good("config", "get", "api.default_storefront").out == "at\n"


def test_connection_test_distinguishes_what_is_wrong(connected: Machine, simulator: Simulator) -> None:
    """Success is 0, a wrong secret 4, nobody there 5, broken settings 3; the failing step is named each time."""
    connected.good("test-connection")
    connected.more["KAUFLAND_SECRET_KEY"] = "0" * 64
    assert _failed_step(connected) == (4, "credentials")
    connected.more["KAUFLAND_SECRET_KEY"] = simulator.secret_key
    simulator.stop()
    assert _failed_step(connected) == (5, "connection")
    connected.more["KAUFLAND_API_BASE_URL"] = "ftp://somewhere"
    assert _failed_step(connected) == (3, "settings")
    connected.more |= {"KAUFLAND_API_BASE_URL": simulator.base_url, "KAUFLAND_SECRET_KEY": ""}
    assert _failed_step(connected) == (3, "secret key")


def _failed_step(machine: Machine) -> tuple[int, str]:
    done = machine.run("test-connection", "--json")
    (failed,) = [step for step in done.json()["steps"] if step["state"] == "failed"]
    assert failed["message"]
    assert failed["hint"]
    assert machine.run("test-connection").code == done.code
    return done.code, failed["step"]


def test_connection_test_leaves_no_store(connected: Machine) -> None:
    """A test of the connection changes nothing on either side."""
    connected.good("test-connection")
    assert connected.files() == []


def test_damaged_store_does_not_fail_the_connection_test(connected: Machine, simulator: Simulator) -> None:
    """The store is no step of the connection test, which goes on; that the store is damaged ends it with exit 9."""
    connected.have_imported(simulator)
    connected.store.write_bytes(b"no database" * 1000)
    done = connected.run("test-connection")
    assert done.code == 9
    assert "✓ The connection works." in done.out
    assert "damaged" in done.err


def test_imports_equal_the_server(connected: Machine, simulator: Simulator) -> None:
    """Each import makes the store equal to the server, to the unit and status; the third writes nothing."""
    first = connected.good("import-orders", "--json").json()
    assert set(first) >= IMPORT_FIELDS
    held = units_held(simulator)
    assert units_stored(connected.store) == held
    assert (first["verdict"], first["units_new"]) == ("success", len(held))

    connected.clock.advance(minutes=20)  # one withheld address has appeared by then
    some = sorted(held)
    simulator.marketplace.change_unit(some[3], status="cancelled", cancel_reason="BuyerCancelled")
    simulator.marketplace.change_unit(some[9], status="returned")
    stamp = connected.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    simulator.marketplace.add_order(make_order("MNEWONE", [{}, {}], ts_created_iso=stamp, ts_updated_iso=stamp))
    second = connected.good("import-orders", "--json").json()
    assert units_stored(connected.store) == units_held(simulator)
    assert (second["orders_new"], second["units_new"], second["units_changed"]) == (1, 2, 3)

    connected.clock.advance(minutes=1)
    third = connected.good("import-orders", "--json").json()
    assert (third["units_new"], third["units_changed"]) == (0, 0)
    assert third["units_seen"] == third["units_unchanged"]
    assert units_stored(connected.store) == units_held(simulator)


def test_order_list_has_the_fields_of_the_design(connected: Machine, simulator: Simulator) -> None:
    """`orders list --json` has every promised field, in its type, newest first; amounts are minor units."""
    connected.have_imported(simulator)
    found = connected.good("orders", "list", "--json").json()
    assert found["schema"] == "kaufland.orders/1"
    assert len(found["orders"]) == found["total"] == 40
    for order in found["orders"]:
        for name, kind in ORDER_FIELDS.items():
            assert isinstance(order[name], kind), (name, order[name])
    created = [order["created_at"] for order in found["orders"]]
    assert created == sorted(created, reverse=True)
    assert {order["invoice_uploaded"] for order in found["orders"]} == {
        True,
        False,
        None,
    }  # the oldest was not read: unknown, not no
    lines = connected.good("orders", "list", "--jsonl").out.splitlines()
    assert [json.loads(line)["id_order"] for line in lines] == [order["id_order"] for order in found["orders"]]


def test_order_card_and_the_log_show_everything(connected: Machine, simulator: Simulator) -> None:
    """An order shows its units and ids; the log shows the calls that read it, with bodies only where wished."""
    connected.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    connected.have_imported(simulator)
    order = connected.good("orders", "list", "--json", "--status", "need_to_be_sent").json()["orders"][0]
    card = connected.good("orders", "show", order["id_order"].lower(), "--json").json()
    assert card["schema"] == "kaufland.order/1"
    assert {unit["id_order_unit"] for unit in card["units"]} == {
        unit for unit, (name, _) in units_held(simulator).items() if name == order["id_order"]
    }
    entries = connected.good("log", "show", "--json", "--order", order["id_order"]).json()["entries"]
    assert {"entry_no", "at", "method", "endpoint", "status_code", "success", "duration_ms", "error_message"} <= set(
        entries[0]
    )
    whole = connected.good("log", "show", str(entries[0]["entry_no"]), "--json").json()
    assert whole["response_body"]
    assert "Mohnkorn" not in connected.good("log", "show", "--jsonl").out


def test_order_is_read_again(connected: Machine, simulator: Simulator) -> None:
    """`orders refresh` brings the change that no import has seen yet; an order that Kaufland lacks is not found."""
    connected.have_imported(simulator)
    unit, (order, _) = next(iter(units_held(simulator).items()))
    simulator.marketplace.change_order(order, shipping_address=example_address(city="Weimar"))
    simulator.marketplace.change_unit(unit, status="sent")
    card = connected.good("orders", "refresh", order, "--json").json()
    assert card["ship_to_city"] == "Weimar"
    missing = connected.run("orders", "refresh", "MNOSUCH", "--json")
    assert (missing.code, missing.error()["error"]) == (2, "not_found")
    assert connected.run("orders", "show", "MNOSUCH").code == 2


def test_only_one_import_runs_at_a_time(real: Machine, real_simulator: Simulator) -> None:
    """A second import started while one runs ends at once with 7 and says who runs since when."""
    go_on = threading.Event()

    def held(request: Request, proceed: faults.Proceed) -> Answer:
        go_on.wait(60)
        return proceed(request)

    real_simulator.misbehave(held, path="/order-units")
    with real.start("import-orders") as first:
        for _ in range(200):
            if any("/order-units" in asked.target for asked in real_simulator.requests):
                break
            time.sleep(0.05)
        second = real.process("import-orders", "--json")
        assert second.code == 7
        assert str(first.pid) in second.error()["message"]
        assert "since 20" in second.error()["message"]
        quiet = real.process("import-orders", "--scheduled", environ=real.environ | _AUTO)
        assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
        assert real.process("status", "--json").json()["running"]["pid"] == first.pid
        go_on.set()
        assert first.wait(60) == 0
    assert units_stored(real.store) == units_held(real_simulator)


_AUTO = {"KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true"}


def test_store_answers_other_programs(connected: Machine, simulator: Simulator) -> None:
    """The store opened with sqlite3 answers `select * from v_orders`, a row an order."""
    connected.have_imported(simulator)
    path = connected.good("config", "path", "store").out.strip()
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("select * from v_orders").fetchall()
    finally:
        connection.close()
    assert len(rows) == len({order for order, _ in units_held(simulator).values()})
