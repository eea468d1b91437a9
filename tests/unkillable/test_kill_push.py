"""A real process that pushes sales orders, killed before and after each of its requests; and two at once."""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from kaufland_cli.sales_orders.push import STILL_POSSIBLE
from kaufland_cli.simulator import Simulator, make_order
from support.business_central_fake import CLIENT_SECRET, Asked, BusinessCentralFake, business_central_fake
from support.clocks import HeldClock
from support.machine import Machine

PATIENCE_SECONDS = 30
STEPS_ENOUGH = 60


class Office:
    """A seller whose commands run as processes on the real clock, and in this process when time has to pass."""

    def __init__(self, folder: Path, simulator: Simulator, fake: BusinessCentralFake) -> None:
        self.simulator = simulator
        self.fake = fake
        self.ahead = timedelta(0)
        self.machine = Machine(folder, clock=HeldClock(self.now()))
        self.machine.connect(simulator)
        fake.add_item("KESSEL-17")
        self.machine.more |= {
            f"KAUFLAND_BUSINESS_CENTRAL_{key.upper()}": value for key, value in fake.settings().items()
        }
        self.machine.more |= {
            "KAUFLAND_BUSINESS_CENTRAL_SECRET": CLIENT_SECRET,
            "KAUFLAND_SALES_ORDERS_TARGET": "business_central",
            "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
            "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D00010",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.orders: list[str] = []

    def now(self) -> datetime:
        """Return the time, which can be ahead of the real one."""
        return datetime.now(UTC) + self.ahead

    def arrive(self) -> str:
        """Let an order arrive that is imported, and waits."""
        self.orders.append(f"M{len(self.orders):06}")
        order = make_order(self.orders[-1], ts_created_iso=self.now() - timedelta(hours=1))
        self.simulator.marketplace.add_order(order)
        self.run("orders", "refresh", order.id_order)
        return order.id_order

    def run(self, *words: str) -> int:
        """Run a command in this process, at the time as it is now."""
        self.machine.clock.present = self.now()
        return self.machine.run(*words).code

    def finish(self) -> None:
        """Let so much time pass that no request can be answered any more, and push what is left."""
        self.ahead += STILL_POSSIBLE + timedelta(minutes=1)
        self.run("sales-orders", "push", self.orders[-1], "--confirm-currency", "EUR")
        self.ahead = timedelta(0)

    def count(self, id_order: str) -> int:
        """Return how many documents an order has."""
        return sum(1 for order in self.fake.orders if order["externalDocumentNumber"] == id_order)

    def check_sound(self) -> None:
        """See that SQLite finds nothing wrong in the store."""
        with closing(sqlite3.connect(self.machine.store)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give an office that has imported once."""
    ahead: list[Office] = []

    def now() -> datetime:
        return ahead[0].now() if ahead else datetime.now(UTC)

    with Simulator(now=now) as simulator, business_central_fake() as fake:
        ahead.append(Office(tmp_path, simulator, fake))
        assert ahead[0].run("import-orders") == 0
        yield ahead[0]


def kill_at(office: Office, step: int) -> str | None:
    """Kill a push before (odd steps) or after (even steps) its n-th request was worked on; None: it ended before."""
    id_order = office.arrive()
    seen: list[str] = []
    process = office.machine.start("sales-orders", "push", id_order, "--confirm-currency", "EUR")

    def strike(asked: Asked) -> None:
        seen.append(f"{asked.method} {asked.path.partition('(')[0]}")
        if len(seen) == step:
            os.kill(process.pid, signal.SIGKILL)
            time.sleep(0.02)  # the answer must not leave before the process is gone

    office.fake.before = office.fake.after = strike
    process.communicate(timeout=PATIENCE_SECONDS)
    office.fake.before = office.fake.after = None
    struck = len(seen) >= step
    assert process.returncode == (-signal.SIGKILL if struck else 0)
    office.check_sound()
    if struck:
        office.finish()
    assert office.count(id_order) == 1, seen
    return seen[step - 1] if struck else None


def test_killed_around_the_request_that_creates(office: Office) -> None:
    """Before it was worked on and after, before any answer: exactly one document, and its number is known."""
    found: dict[int, str] = {}
    id_order = office.arrive()
    seen: list[str] = []
    office.fake.before = office.fake.after = lambda asked: seen.append(f"{asked.method} {asked.path}")
    assert office.run("sales-orders", "push", id_order, "--confirm-currency", "EUR") == 0
    office.fake.before = office.fake.after = None
    creating = [number for number, what in enumerate(seen, 1) if what == "POST salesOrders"]
    assert len(creating) == 2
    for step in creating:
        what = kill_at(office, step)
        assert what is not None
        found[step] = what
    assert [found[step] for step in creating] == ["POST salesOrders", "POST salesOrders"]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_around_every_request(office: Office) -> None:
    """From the token to the last comparison."""
    struck = []
    for step in range(1, STEPS_ENOUGH):
        what = kill_at(office, step)
        if what is None:
            break
        struck.append(what)
    else:
        pytest.fail("the requests do not end")
    assert struck.count("POST salesOrders") == 2
    assert len(struck) > 10


def test_two_at_once_make_one_of_each(office: Office) -> None:
    """Two processes push the same orders at the same time: one of them does it, the other says so or finds it done."""
    assert office.run("sales-orders", "push", office.arrive(), "--confirm-currency", "EUR") == 0
    orders = [office.arrive() for _ in range(4)]
    words = ("sales-orders", "push", *orders)
    first, second = office.machine.start(*words), office.machine.start(*words)
    for process in (first, second):
        process.communicate(timeout=PATIENCE_SECONDS)
    assert 0 in {first.returncode, second.returncode}
    assert {first.returncode, second.returncode} <= {0, 2, 7}
    assert [office.count(id_order) for id_order in orders] == [1, 1, 1, 1]
