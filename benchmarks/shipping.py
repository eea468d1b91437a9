"""Marking many units as sent, compared with the time that the limit alone takes."""

import json
from pathlib import Path

from benchmarks.measure import environment, kaufland, run
from benchmarks.scene import PER_SECOND, UNBOUND, Sizes
from benchmarks.table import Line
from benchmarks.targets import MAX_SHIPPING_TIME
from kaufland_cli.simulator import Simulator, faults, make_order

LIMIT = 20
"""Requests a second, the default of the program."""


def shipping(folder: Path, sizes: Sizes) -> list[Line]:
    """Ship a file of orders at 100 ms per response, limited to 20 requests per second, and the same file again."""
    orders = [make_order(f"MS{number:06}") for number in range(sizes.shipped)]
    file = folder / "shipped.csv"
    file.write_text("".join(f"MS{number:06};{500_000_000_000 + number};DHL\n" for number in range(sizes.shipped)))
    with Simulator(orders=orders) as simulator:
        keys = {
            "KAUFLAND_API_BASE_URL": simulator.base_url,
            "KAUFLAND_API_CLIENT_KEY": simulator.client_key,
            "KAUFLAND_SECRET_KEY": simulator.secret_key,
            "KAUFLAND_WRITES_ALLOW": "ship",
        }
        run([*kaufland(), "import-orders"], environment(folder, **keys, **{PER_SECOND: UNBOUND}))
        simulator.misbehave(faults.slow(sizes.latency), times=None)
        simulator.clear_requests()
        words = [*kaufland(), "orders", "ship", "--from", str(file), "--yes", "--json"]
        first = run(words, environment(folder, **keys, **{PER_SECOND: str(LIMIT)}))
        requests, busiest = len(simulator.requests), simulator.busiest_second
        again = run(words, environment(folder, **keys, **{PER_SECOND: str(LIMIT)}))
        marked = len(simulator.marketplace.done)
    if (marked, json.loads(first.out)["done"]) != (sizes.shipped, sizes.shipped):
        raise SystemExit(f"{marked} of {sizes.shipped} units were marked as sent")
    own = sizes.shipped / LIMIT
    return [
        Line(
            f"{sizes.shipped:,} units marked as sent at {sizes.latency * 1000:.0f} ms an answer, limit {LIMIT}",
            f"at most {MAX_SHIPPING_TIME} times the time of the limit",
            f"{first.wall / own:.2f} times",
            first.wall / own <= MAX_SHIPPING_TIME,
            f"{first.wall:.1f} s against {own:.1f} s; {requests} requests, at most {busiest} in one second; the same"
            f" file again {again.wall:.1f} s",
        )
    ]
