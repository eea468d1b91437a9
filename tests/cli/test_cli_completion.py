"""Completion in a shell: what the Tab key offers, as bash asks for it."""

from collections.abc import Iterator

import pytest

from kaufland_cli.simulator import Simulator, seller_month
from support.clocks import HeldClock
from support.completion import completion
from support.machine import Machine
from support.sellers import Sellers


def offered(machine: Machine, *words: str) -> list[str]:
    """Return what is offered for the last word; nothing may be said next to it."""
    typed = " ".join(["kaufland", *words])
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(len(words))}
    return completion(machine, _KAUFLAND_COMPLETE="complete_bash", **asked).split()


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Give a machine with orders."""
    clock = HeldClock()
    with Simulator(orders=seller_month(clock.now()), now=clock.now) as simulator:
        machine = Machine(tmp_path_factory.mktemp("machine"), clock=clock)
        machine.connect(simulator)
        machine.have_imported(simulator)
        yield machine


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("orders", "show", "M4X"), {"M4XCAA2"}),
        (("sales-orders", "push", "M4X"), {"M4XCAA2"}),
        (("orders", "list", "--status", "need"), {"need_to_be_sent"}),
        (("orders", "list", "--storefront", "d"), {"de"}),
        (("import-orders", "--storefront", "d"), {"de"}),
        (("sales-orders", "list", "--state", "he"), {"held"}),
        (("config", "get", "order_import.inter"), {"order_import.interval_minutes"}),
        (("config", "set", "storefronts.at.en"), {"storefronts.at.enabled"}),
        (("setup", "--secret-store", "key"), {"keyring"}),
        (("help", "orders", "li"), {"list"}),
        (("help", "ex"), {"exit-codes"}),
        (("--color", "al"), {"always"}),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_values_are_completed(words: tuple[str, ...], expected: set[str], imported: Machine) -> None:
    """The Tab key offers what is stored or allowed and begins like the typed word."""
    assert set(offered(imported, *words)) == expected


def test_profiles_are_completed_and_their_orders(sellers: Sellers) -> None:
    """Profiles are offered anywhere, and the orders are those of the profile on the line."""
    machine = sellers.machine
    for name in ("default", "second"):
        machine.run("--profile", name, "import-orders")
    assert offered(machine, "--profile", "sec") == ["second"]
    assert offered(machine, "status", "--profile", "sec") == ["second"]
    assert offered(machine, "--profile", "second", "orders", "show", "M") == ["MSECOND"]
    assert offered(machine, "orders", "show", "--profile", "second", "M") == ["MSECOND"]


def test_completion_never_fails_and_creates_nothing(machine: Machine, simulator: Simulator) -> None:
    """Where nothing is set up, or the settings or the store are faulty, nothing is offered and nothing is said."""
    assert offered(machine, "orders", "show", "M") == []
    assert machine.files() == []
    machine.write_config("api = [[[")
    for words in (("orders", "show", "M"), ("orders", "list", "--storefront", "d"), ("config", "get", "storefronts.a")):
        assert offered(machine, *words) == []
    machine.config.unlink()
    machine.connect(simulator)
    machine.have_imported(simulator)
    machine.store.write_bytes(b"no store" * 1000)
    assert offered(machine, "orders", "show", "M") == []
