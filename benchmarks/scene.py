"""What the parts of the benchmark share: sizes, and imports of a whole shop."""

import json
from dataclasses import dataclass

from benchmarks.measure import Run, kaufland, run
from benchmarks.shop import Shop

PER_SECOND = "KAUFLAND_API_REQUESTS_PER_SECOND"
UNBOUND = "100000"
SHARE_TOO_OLD = 0.01


@dataclass(frozen=True)
class Sizes:
    """Sizes and repetitions."""

    orders: int = 30_000
    busy_orders: int = 12_000
    """Orders of the shops whose whole first import is measured."""
    small_units: int = 20_000
    large_units: int = 500_000
    list_units: int = 1_000
    shipped: int = 500
    """Units that are marked as sent."""
    copies: tuple[int, ...] = (1, 10, 50)
    """How many times the units of a small shop the stores of the everyday commands hold."""
    times: int = 9
    walks: int = 3
    warm_up: int = 1
    """Warm-up rounds of starts, which do not count."""
    latency: float = 0.1
    """Extra seconds per response in the first part."""


def import_all(environ: dict[str, str], shop: Shop) -> Run:
    """Import the whole shop; exit if anything is missing."""
    done = run([*kaufland(), "import-orders", "--json"], environ)
    require_all(json.loads(done.out)["units_seen"], shop)
    return done


def require_all(units: float, shop: Shop) -> None:
    """Exit if units are missing. A few of the oldest may leave the 30-day window during the measurement."""
    if units < shop.units * (1 - SHARE_TOO_OLD):
        raise SystemExit(f"only {units:,} of {shop.units:,} units were read")
