"""A simulated shop in its own process, so that it takes no time from the measured program."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.shop_orders import KINDS
from kaufland_cli.http.path_template import path_template
from kaufland_cli.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY, Simulator, Switches, faults


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
        """Return the `requests` since the last call: their number, by `endpoints`, and in the `busiest_second`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("traffic\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def open_shop(orders: int, kind: str = "usual", *, latency: float = 0.0, **switches: Any) -> Iterator[Shop]:
    """Open a shop with this many orders of a kind of `shop_orders`; each response takes `latency` extra seconds.

    `switches` are those of the simulator.
    """
    options = json.dumps({"orders": orders, "kind": kind, "latency": latency, "switches": switches})
    words = [sys.executable, "-m", "benchmarks.shop", options]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            yield Shop(told["base_url"], told["units"], process)
        finally:
            process.terminate()


def main() -> None:
    """Serve until standard input ends."""
    options = json.loads(sys.argv[1])
    orders = KINDS[options["kind"]](options["orders"], datetime.now(UTC))
    with Simulator(orders=orders, switches=Switches(**options["switches"])) as simulator:
        if options["latency"]:
            simulator.misbehave(faults.slow(options["latency"]), times=None)
        told = {"base_url": simulator.base_url, "units": len(simulator.marketplace.units)}
        print(json.dumps(told), flush=True)
        for _ in sys.stdin:
            asked = Counter(_endpoint(one.target) for one in simulator.requests)
            told = {"requests": asked.total(), "endpoints": asked, "busiest_second": simulator.busiest_second}
            print(json.dumps(told), flush=True)
            simulator.clear_requests()


def _endpoint(target: str) -> str:
    """Return the path of a request, and the filters that set lists apart."""
    path, _, query = target.partition("?")
    filters = [name for name in ("storefront", "ts_created_from_iso", "limit=1&") if name in f"{query}&"]
    return " ".join([path_template(path).removeprefix("v2/"), *(name.rstrip("&") for name in filters)])


if __name__ == "__main__":
    main()
