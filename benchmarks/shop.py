"""A simulated shop in its own process, so that it takes no time from the measured program."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kaufland_cli.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY, Order, Simulator, faults, generated_orders

SEED = 1


@dataclass(frozen=True)
class Shop:
    """A running shop."""

    base_url: str
    units: int
    process: "subprocess.Popen[str]"

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment for the program to use this shop."""
        return {
            "KAUFLAND_API_BASE_URL": self.base_url,
            "KAUFLAND_API_CLIENT_KEY": DEMO_CLIENT_KEY,
            "KAUFLAND_SECRET_KEY": DEMO_SECRET_KEY,
            "KAUFLAND_SECRET_STORE": "env",
        }

    def traffic(self) -> dict[str, Any]:
        """Return the number of `requests` since the last call, and of those in the `busiest_second`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("traffic\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def open_shop(orders: int, *, latency: float = 0.0, own_buyers: bool = False) -> Iterator[Shop]:
    """Open a shop with this many generated orders; each response takes `latency` extra seconds."""
    words = [sys.executable, "-m", "benchmarks.shop", str(orders), str(latency), str(int(own_buyers))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            yield Shop(told["base_url"], told["units"], process)
        finally:
            process.terminate()


def with_own_buyers(orders: Iterator[Order]) -> Iterator[Order]:
    """Give each order its own buyer, name and address; the generated orders share a few hundred."""
    for number, order in enumerate(orders):
        first = order.units[0]
        address = {
            **first["shipping_address"],
            "first_name": f"Vorname{number % 977}",
            "last_name": f"Nachname{number}",
            "street": f"Musterweg {number % 4999}",
            "house_number": str(number % 211),
        }
        buyer = {"id_buyer": 30_000_000 + number, "email": f"mk-{number:06x}@kunden.marktplatz.example"}
        own = {"buyer": buyer, "billing_address": address, "shipping_address": address}
        yield Order(order.id_order, tuple(unit | own for unit in order.units))


def main() -> None:
    """Serve until standard input ends."""
    count, latency, own_buyers = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "1"
    orders = generated_orders(count, SEED, datetime.now(UTC))
    with Simulator(orders=with_own_buyers(orders) if own_buyers else orders) as simulator:
        if latency:
            simulator.misbehave(faults.slow(latency), times=None)
        told = {"base_url": simulator.base_url, "units": len(simulator.marketplace.units)}
        print(json.dumps(told), flush=True)
        for _ in sys.stdin:
            print(
                json.dumps({"requests": len(simulator.requests), "busiest_second": simulator.busiest_second}),
                flush=True,
            )
            simulator.clear_requests()


if __name__ == "__main__":
    main()
