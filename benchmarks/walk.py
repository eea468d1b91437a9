"""Only the walk of an import: from its first request to its last stored page, without fetching details afterwards.

    python walk.py STORE          settings and keys as for `kaufland`, in the environment

It prints the seconds, those of the processor, and the units.
"""

import json
import os
import random
import sys
import time
from contextlib import suppress
from pathlib import Path

from kaufland_cli.__main__ import collect_rarely
from kaufland_cli.app.connection import seller_api
from kaufland_cli.clock import SystemClock
from kaufland_cli.order_import.listener import NoListener
from kaufland_cli.order_import.plan import ImportOptions
from kaufland_cli.order_import.run import import_orders
from kaufland_cli.secrets import SecretKey
from kaufland_cli.settings import load_settings
from kaufland_cli.store.store import Store


class WalkOver(Exception):
    """Raised at the end of the walk, to stop the import there."""


class Stopwatch(NoListener):
    """Records when the last page was stored."""

    def __init__(self) -> None:
        self.last = 0.0

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Record the time."""
        del rows_seen, total
        self.last = time.perf_counter()

    def details_started(self, total: int) -> None:
        """Stop: the walk is over."""
        del total
        raise WalkOver


def main() -> None:
    """Run an import up to the end of its walk."""
    collect_rarely()
    settings = load_settings(os.environ).settings
    secret = SecretKey(os.environ["KAUFLAND_SECRET_KEY"])
    clock, watch = SystemClock(), Stopwatch()
    with (
        Store.open(Path(sys.argv[1]), clock.now()) as store,
        seller_api(settings, secret, None, clock=clock, random=random.random) as api,
    ):
        began, cpu = time.perf_counter(), time.process_time()
        with suppress(WalkOver):
            import_orders(api, store, clock, ImportOptions("benchmark", 30, 60), listener=watch)
        cpu = time.process_time() - cpu
        units = store.queries.counts().units
    print(json.dumps({"seconds": watch.last - began, "cpu": cpu, "units": units}))


if __name__ == "__main__":
    main()
