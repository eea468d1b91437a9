"""With Log API Requests on, each request of each command is an entry of the log, also before there is a store."""

import pytest

from kaufland_cli.simulator import Simulator
from support.bookkeeper import Bookkeeper
from support.machine import Machine

LOGGED = {"KAUFLAND_DEBUG_LOG_API_REQUESTS": "true"}


def entries(machine: Machine) -> list[str]:
    """Return the endpoints of the log."""
    listed = machine.good("log", "show", "--json").json()["entries"]
    return sorted(one["endpoint"] for one in listed)


@pytest.mark.parametrize(
    "words",
    [
        ("test-connection",),
        ("doctor",),
        ("import-orders",),
        ("import-orders", "--dry-run"),
        ("reconcile", "--since", "7d"),
        ("setup", "--no-input"),
    ],
    ids=" ".join,
)
def test_first_command_is_logged(connected: Machine, simulator: Simulator, words: tuple[str, ...]) -> None:
    """Also where there is no store yet, as many entries are there as requests arrived."""
    connected.more |= LOGGED
    connected.run(*words)
    assert simulator.requests
    assert len(entries(connected)) == len(simulator.requests)


def test_without_the_setting_no_store_is_created(connected: Machine) -> None:
    """A test or a look alone leaves no store behind."""
    connected.good("test-connection")
    connected.good("import-orders", "--dry-run")
    connected.run("doctor")
    assert not list(connected.data.rglob("*.sqlite3"))


def test_calls_to_business_central_are_logged_in_a_dry_run(books: Bookkeeper) -> None:
    """A dry run of a push reads from Business Central, and the log shows it."""
    books.machine.good("import-orders")
    order = books.arrive()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    books.machine.more |= LOGGED
    before = len(books.fake.asked)
    books.machine.good("sales-orders", "push", order, "--dry-run")
    sent = len(books.fake.asked) - before
    assert sent
    assert len(entries(books.machine)) == sent
