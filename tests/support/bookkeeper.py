"""A bookkeeper's machine: the command line between the marketplace and a Business Central that remembers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kaufland_cli.simulator import Simulator, make_order
from support.business_central_fake import CLIENT_SECRET, BusinessCentralFake, business_central_fake
from support.clocks import HeldClock
from support.machine import Machine


class Bookkeeper:
    """A seller's machine, the marketplace and Business Central."""

    def __init__(self, machine: Machine, simulator: Simulator, fake: BusinessCentralFake) -> None:
        self.machine = machine
        self.simulator = simulator
        self.fake = fake
        self.counter = 0

    def arrive(self, *units: dict[str, Any], id_order: str = "", **fields: Any) -> str:
        """Let an order arrive."""
        self.counter += 1
        order = make_order(id_order or f"M{self.counter:06}", units or ({},), **fields)
        self.simulator.marketplace.add_order(order)
        return order.id_order

    def read(self, *words: str) -> Any:
        """Run a command with --json and return what it wrote."""
        done = self.machine.run(*words, "--json")
        return json.loads(done.out or done.err)

    def state(self, id_order: str) -> str:
        """Return the state of an order's sales order."""
        found = {one["id_order"]: one["state"] for one in self.read("sales-orders", "list")["sales_orders"]}
        return str(found.get(id_order, "none"))


@contextmanager
def opened_books(folder: Path) -> Iterator[Bookkeeper]:
    """Give a machine whose settings name the fake, with sales orders switched on."""
    clock = HeldClock()
    with Simulator(now=clock.now) as simulator, business_central_fake() as fake:
        machine = Machine(folder, clock=clock)
        machine.connect(simulator)
        fake.add_item("KESSEL-17", gtin="4006381333931")
        machine.more |= {f"KAUFLAND_BUSINESS_CENTRAL_{key.upper()}": value for key, value in fake.settings().items()}
        machine.more |= {
            "KAUFLAND_BUSINESS_CENTRAL_SECRET": CLIENT_SECRET,
            "KAUFLAND_SALES_ORDERS_TARGET": "business_central",
            "KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER": "8400",
            "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
            "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D00010",
        }
        yield Bookkeeper(machine, simulator, fake)


def begin(books: Bookkeeper) -> str:
    """Import for the first time and confirm the first sales order; return its order."""
    books.machine.have_imported(books.simulator)
    books.machine.clock.advance(minutes=1)
    first = books.arrive()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    books.machine.good("sales-orders", "push", "--confirm-first", "--yes")
    assert books.state(first) == "created"
    return first
