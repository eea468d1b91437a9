"""Setup without questions, on a server without a keyring: it says what works there, and what will be held."""

import shlex

import keyring
import pytest
from keyring.backends import fail

from kaufland_cli.simulator import Simulator
from support.machine import SECRET, Machine


@pytest.fixture
def server(machine: Machine, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give a machine without a keyring and without settings."""
    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)
    machine.more["KAUFLAND_API_BASE_URL"] = simulator.base_url
    return machine


@pytest.mark.parametrize("more", [("--secret-stdin",), ()])
def test_without_a_keyring_the_command_that_works_is_named(
    more: tuple[str, ...], server: Machine, simulator: Simulator
) -> None:
    """Nothing is saved in another place unasked; the command to type has every option, works, and sets up the rest."""
    words = ("--client-key", simulator.client_key, "--no-auto-import-orders", "--interval-minutes", "20")
    done = server.run("setup", "--no-input", *words, *more, stdin=f"{SECRET}\n")
    assert (done.code, server.files()) == (3, [])
    assert "no keyring" in done.err
    assert "What works here: file (a file that only you may read" in " ".join(done.err.split())
    typed = " ".join(done.err.split()).rpartition("→ ")[2].removesuffix(" < secret.txt")
    again = shlex.split(typed)[1:]
    assert again == ["setup", "--no-input", *words, "--secret-store", "file", "--secret-stdin"]
    assert SECRET not in typed
    server.good(*again, stdin=f"{SECRET}\n")
    assert server.good("config", "get", "order_import.interval_minutes").out == "20\n"
    server.good("test-connection")


def test_secret_in_the_environment_needs_no_place(server: Machine, simulator: Simulator) -> None:
    """Where the variable holds the secret key, no keyring is missed."""
    server.more["KAUFLAND_SECRET_KEY"] = SECRET
    server.good("setup", "--no-input", "--client-key", simulator.client_key)
    assert server.good("config", "get", "secret.store").out == "env\n"


def test_keyring_that_was_chosen_is_not_talked_away(server: Machine, simulator: Simulator) -> None:
    """Whoever names the keyring hears what is wrong with it, in its own words."""
    words = ("--client-key", simulator.client_key, "--secret-store", "keyring", "--secret-stdin")
    done = server.run("setup", "--no-input", *words, stdin=f"{SECRET}\n")
    assert (done.code, "What works here" in done.err) == (3, False)


def test_two_fields_of_the_setup_page_are_explained(server: Machine, simulator: Simulator) -> None:
    """With sales orders and a customer alone setup says what is held and why, and names the commands that change it."""
    words = ("--client-key", simulator.client_key, "--secret-store", "file", "--secret-stdin")
    sales = ("--create-sales-orders", "--default-customer-no", "D7")
    said = server.good("setup", "--no-input", *words, *sales, stdin=f"{SECRET}\n").err
    assert "Held: orders of storefront at, cz, pl: no customer is set for them" in said
    assert "Held: all, until you have confirmed the first one" in said
    ways = (
        ("To use customer D7 for all countries: ", "config set sales_orders.default_country all"),
        ("To create them without confirming the first: ", "config set sales_orders.confirm_first false"),
    )
    for what, command in ways:
        assert f"{what}kaufland {command}\n" in said
        server.good(*command.split())
    again = server.good("setup", "--no-input").err
    assert "countries" not in again
    assert "confirm" not in again.replace("push ORDER --confirm-first", "")


def test_without_questions_means_none(server: Machine, simulator: Simulator) -> None:
    """At a terminal too `--no-input` asks nothing: the schedule is named, not offered."""
    server.more["KAUFLAND_SECRET_KEY"] = SECRET
    done = server.run("setup", "--no-input", "--client-key", simulator.client_key, "--auto-import-orders", typed="")
    assert done.code == 0, done
    assert "? " not in done.err
