"""What the parts of the benchmark share: how large the scenes are, and imports of a whole shop."""

import json
from dataclasses import dataclass

from benchmarks.measure import Run, kaufland, run
from benchmarks.shop import Shop

PER_SECOND = "KAUFLAND_API_REQUESTS_PER_SECOND"
UNBOUND = "100000"
SHARE_TOO_OLD = 0.01


@dataclass(frozen=True)
class Sizes:
    """How large the scenes are."""

    orders: int = 30_000
    small_units: int = 20_000
    large_units: int = 500_000
    list_units: int = 1_000
    times: int = 9
    walks: int = 3
    warm_up: int = 1
    """Rounds of starts that do not count."""
    latency: float = 0.1
    """Seconds an answer takes longer in the first part."""


def import_all(environ: dict[str, str], shop: Shop) -> Run:
    """Run the command, which has to read the whole shop."""
    done = run([*kaufland(), "import-orders", "--json"], environ)
    insist_on_all(json.loads(done.out)["units_seen"], shop)
    return done


def insist_on_all(units: float, shop: Shop) -> None:
    """End where rows are missing: that would be fast for nothing. A few oldest leave the 30 days while one measures."""
    if units < shop.units * (1 - SHARE_TOO_OLD):
        raise SystemExit(f"only {units:,} of {shop.units:,} units were read")
