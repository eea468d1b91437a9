"""The whole first import of a busy seller's shop: its requests by endpoint, and its rate as a share of the limit."""

import json
import shutil
from pathlib import Path

from benchmarks.measure import environment, kaufland, run
from benchmarks.scene import PER_SECOND, Sizes
from benchmarks.shop import open_shop
from benchmarks.table import Line
from benchmarks.targets import MAX_REQUESTS_A_PAGE, MAX_TIME, MIN_SHARE_OF_LIMIT
from benchmarks.walks import plain_run

ROWS_A_PAGE = 99
"""Each page begins with the last row of the page before it."""
LIMIT = 100


def first_imports(folder: Path, sizes: Sizes) -> list[Line]:
    """Import a shop whose orders stay as they were placed, and one whose orders change for weeks."""
    return [line for kind, most in MAX_REQUESTS_A_PAGE.items() for line in _first_import(folder, kind, most, sizes)]


def _first_import(folder: Path, kind: str, most: float, sizes: Sizes) -> list[Line]:
    with open_shop(sizes.busy_orders, kind, latency=sizes.latency, shipping_addresses="on") as shop:
        plain = plain_run(folder, shop)
        shop.traffic()
        environ = environment(folder / "first", **shop.environ, **{PER_SECOND: str(LIMIT)})
        done = run([*kaufland(), "import-orders", "--json"], environ)
        shutil.rmtree(folder / "first")
        traffic = shop.traffic()
    waiting = json.loads(done.out)["details_waiting"]
    requests, pages = traffic["requests"], shop.units / ROWS_A_PAGE
    share = requests / LIMIT / done.wall
    # The plain script's processor time for the same units, times what the import may take, shows what this machine can.
    possible = min(1.0, requests / LIMIT / (plain.cpu * MAX_TIME))
    by_endpoint = ", ".join(f"{endpoint} {count}" for endpoint, count in sorted(traffic["endpoints"].items()))
    return [
        Line(
            f"requests of a first import, {kind}, {shop.units:,} units",
            f"at most {most} times its pages",
            f"{requests}: {requests / pages:.2f} times",
            requests <= most * pages,
            f"{by_endpoint}; {waiting} orders wait for details",
        ),
        Line(
            f"first import, {kind}, {sizes.latency * 1000:.0f} ms a response, limit {LIMIT}",
            f"at least {MIN_SHARE_OF_LIMIT} of the limit's rate, where the processor allows it",
            f"{share:.2f}",
            share >= MIN_SHARE_OF_LIMIT,
            f"{done.wall:.1f} s, processor time {done.cpu:.1f} s against {plain.cpu:.1f} s of the plain script; at"
            f" {MAX_TIME} times the plain script this processor allows {possible:.2f}",
        ),
    ]
