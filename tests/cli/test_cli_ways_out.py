"""The way out that an error names leads out: typed in that very situation, it does not end in the same error."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.simulator import Simulator, faults, make_order
from support.hint_commands import commands_in, filled, refusal, twice
from support.machine import Done, Machine

Arrange = Callable[[Machine, Simulator], Any]
# The system's scheduler is that of whoever runs the tests.
NOT_RUN = {"schedule"}


def nothing(machine: Machine, _simulator: Simulator) -> None:
    """Leave everything unset."""
    for name in [one for one in machine.more if one.startswith("KAUFLAND_API_") or "SECRET" in one]:
        del machine.more[name]


def connected(_machine: Machine, _simulator: Simulator) -> None:
    """Leave it set up, with nothing imported."""


def imported(machine: Machine, _simulator: Simulator) -> None:
    """Import."""
    machine.have_imported(_simulator)


def no_secret(machine: Machine, _simulator: Simulator) -> None:
    """Take the secret key away."""
    del machine.more["KAUFLAND_SECRET_KEY"]


def wrong_setting(machine: Machine, _simulator: Simulator) -> None:
    """Write a value that is not allowed."""
    machine.write_config('[order_import]\ninterval_minutes = "often"\n')


def unknown_setting(machine: Machine, _simulator: Simulator) -> None:
    """Write an unknown key."""
    machine.write_config("[order_import]\nintervall = 5\n")


def wrong_address(machine: Machine, simulator: Simulator) -> None:
    """Let the base URL lead elsewhere."""
    machine.more["KAUFLAND_API_BASE_URL"] = simulator.base_url + "/elsewhere"


def failing(machine: Machine, simulator: Simulator) -> None:
    """Let Kaufland fail for a while."""
    machine.have_imported(simulator)
    simulator.misbehave(faults.status(503), times=8)


def sales_orders(machine: Machine, simulator: Simulator) -> None:
    """Let sales orders be created in a folder, and one order wait."""
    machine.more |= {
        "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D00010",
        "KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER": "8400",
    }
    machine.have_imported(simulator)
    machine.clock.advance(minutes=1)
    simulator.marketplace.add_order(make_order("MWAITS"))
    machine.clock.advance(minutes=1)
    machine.good("import-orders")


SITUATIONS: list[tuple[Arrange, tuple[str, ...]]] = [
    (nothing, ("import-orders",)),
    (nothing, ("orders", "refresh", "M1")),
    (nothing, ("reconcile", "--since", "1d")),
    (nothing, ("backup",)),
    (nothing, ("sales-orders", "push")),
    (nothing, ("orders", "show", "M1")),
    (nothing, ("secret", "set")),
    (connected, ("backup",)),
    (connected, ("orders", "show", "M1;x")),
    (connected, ("orders", "show", "--", "-x")),
    (connected, ("orders", "refresh", "M1")),
    (connected, ("orders", "refresh", " ")),
    (connected, ("orders", "erase", "it's")),
    (connected, ("orders", "dismiss", "M1", "--yes")),
    (connected, ("orders", "list", "--limit", "many")),
    (connected, ("log", "show", "999")),
    (connected, ("restore", "nowhere.sqlite3", "--yes")),
    (connected, ("doctor", "a b.json")),
    (connected, ("config", "set", "sales_orders.customers.USA", "D1")),
    (connected, ("config", "set", "storefronts..allow_zero_vat", "true")),
    (connected, ("config", "set", "order_import.interval_minutes", "often")),
    (connected, ("config", "get", "api.nothing")),
    (connected, ("sales-orders", "push")),
    (connected, ("sales-orders", "show", "M1")),
    (connected, ("sales-orders", "list", "--state", "lost")),
    (connected, ("sales-orders", "push", "--customer", "D1")),
    (connected, ("sales-orders", "push", "M1", "M2", "--confirm-currency", "EUR")),
    (connected, ("monitoring", "test")),
    (connected, ("orders", "list", "--json", "--csv")),
    (no_secret, ("import-orders",)),
    (no_secret, ("test-connection",)),
    (wrong_setting, ("import-orders",)),
    (unknown_setting, ("status",)),
    (wrong_address, ("test-connection",)),
    (wrong_address, ("import-orders",)),
    (failing, ("import-orders",)),
    (failing, ("orders", "refresh", "MABCDEF")),
    (sales_orders, ("sales-orders", "push")),
    (sales_orders, ("sales-orders", "push", "--since", "30d")),
    (sales_orders, ("sales-orders", "push", "--since", "2099-01-01")),
    (sales_orders, ("sales-orders", "show", "M404")),
    (sales_orders, ("sales-orders", "retry", "M404")),
    (sales_orders, ("sales-orders", "unlink", "MWAITS")),
    (sales_orders, ("sales-orders", "resolve", "MWAITS")),
    (sales_orders, ("sales-orders", "link", "MWAITS", " ")),
    (sales_orders, ("sales-orders", "push", "MWAITS", "--confirm-currency", "CZK")),
]


def error_of(done: Done) -> dict[str, Any]:
    """Return the error of a command that was asked for JSON, or that was not."""
    last = (done.err.strip().splitlines() or ["{}"])[-1]
    try:
        found = json.loads(last)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def hints_of(machine: Machine, words: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """Run a command and return its error with the hint; that of a connection test stands in its steps."""
    plain = words.index("--") if "--" in words else len(words)
    done = machine.run(*words[:plain], "--json", *words[plain:])
    error = error_of(done)
    if not error and done.out:
        steps = json.loads(done.out).get("steps", [])
        error = {"message": done.out, "hint": " ".join(step["hint"] for step in steps)}
    return error, str(error.get("hint") or "")


@pytest.mark.parametrize(
    ("arrange", "words"), SITUATIONS, ids=lambda part: part.__name__ if callable(part) else " ".join(part)
)
def test_way_out_leads_out(
    arrange: Arrange, words: tuple[str, ...], machine: Machine, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command that the hint names is accepted, named once, and ends in another way than the first one did."""
    machine.folder.mkdir(exist_ok=True)
    monkeypatch.chdir(machine.folder)
    machine.connect(simulator)
    arrange(machine, simulator)
    error, hint = hints_of(machine, words)
    assert error, "it went well"
    assert hint, "no hint"
    assert twice(hint) == []
    own = f"--config {machine.config} "
    for command in commands_in(hint.replace(own, "")):
        assert refusal(command) == "", hint
        if command[0] in NOT_RUN:
            continue
        if hint.startswith("Try again"):
            simulator.behave()
        after = error_of(machine.run(*filled(command)))
        assert (after.get("error"), after.get("message")) != (error.get("error"), error["message"]), hint


def test_orders_before_the_setup_lead_to_the_setup(machine: Machine, simulator: Simulator) -> None:
    """What says that there is nothing yet names what comes next: the setup first, then an import."""
    for words in (("backup",), ("status",)):
        before = machine.run(*words, typed="").err
        assert "kaufland setup" in before, words
        assert "import-orders" not in before
    machine.connect(simulator)
    for words in (("backup",), ("status",)):
        assert "import-orders" in machine.run(*words, typed="").err, words


def test_another_client_key_is_accepted_by_the_command_named(machine: Machine, simulator: Simulator) -> None:
    """The hint's own command imports on."""
    machine.connect(simulator)
    machine.have_imported(simulator)
    with Simulator(client_key="d" * 32, now=machine.clock.now) as other:
        machine.more |= {"KAUFLAND_API_CLIENT_KEY": other.client_key, "KAUFLAND_SECRET_KEY": other.secret_key}
        error, hint = hints_of(machine, ("import-orders",))
    assert error["error"] == "client_key_changed"
    first = commands_in(hint)[0]
    assert first[-2:] == ["import-orders", "--accept-client-key"]
    assert error_of(machine.run(*first, "--json")).get("error") != "client_key_changed"


def test_ways_out_are_for_the_settings_of_the_call(machine: Machine, simulator: Simulator, tmp_path: Path) -> None:
    """Typed as they stand, they mean the same settings, in a folder whose name has blanks too."""
    machine.connect(simulator)
    config = tmp_path / "my settings" / "a b.toml"
    config.parent.mkdir()
    config.write_text("", encoding="utf-8")
    done = machine.run("--config", str(config), "orders", "show", "M1;x", "--json")
    (listed, refreshed) = commands_in(error_of(done)["hint"])
    assert listed == ["--config", str(config), "orders", "list", "--search", "M1;x"]
    assert refreshed == ["--config", str(config), "orders", "refresh", "M1;x"]
