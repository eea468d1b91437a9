"""A small world for tests of the import: a simulator, a store in a real file, and a clock that both look at."""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.clock import Clock
from kaufland_cli.http.rate_limit import RateLimit
from kaufland_cli.http.request_record import RequestLog
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.order_import import older_units
from kaufland_cli.order_import.plan import ImportOptions
from kaufland_cli.order_import.reconcile import ReconcileOptions, ReconcileResult, reconcile
from kaufland_cli.order_import.result import ImportResult
from kaufland_cli.order_import.run import import_orders
from kaufland_cli.secrets import SecretKey
from kaufland_cli.seller_api.client import SellerClient
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.seller_api.executor import Executor, NextCall, Result, Sequential
from kaufland_cli.seller_api.signer import Credentials, Signer
from kaufland_cli.simulator import SimulatedOrder, Simulator, make_order
from kaufland_cli.store.reconciliation import UnitDifference
from kaufland_cli.store.store import Store
from support.clocks import HeldClock

START = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
STATUSES = ("sent", "received", "cancelled", "returned", "need_to_be_sent", "open")
PACKSTATION = {
    "pickup_location_id": "146",
    "provider": "DHL",
    "carrier": "DHL",
    "services": "",
    "dhl_post_number": "987654321",
}


class AnyOrder:
    """Carries out what could be under way side by side in an order that chance decides, and hands it over in another.

    One thread does it all, so a course of events can be repeated. As with threads, a failure ends the asking, and
    what was under way is still handed over.
    """

    def __init__(self, chance: random.Random, width: int = 6) -> None:
        self._chance = chance
        self._width = width

    def run(self, next_call: NextCall[Result]) -> Iterator[Sequence[Result]]:
        """Yield the results."""
        under_way: list[Callable[[], Result]] = []
        answered: list[Result] = []
        failure: Exception | None = None
        while True:
            while failure is None and len(under_way) + len(answered) < self._width:
                call = next_call()
                if call is None:
                    break
                under_way.append(call)
            if under_way and (not answered or self._chance.random() < 0.6):
                call = under_way.pop(self._chance.randrange(len(under_way)))
                try:
                    answered.append(call())
                except Exception as error:  # noqa: BLE001 - raised at the end
                    failure = failure or error
            elif answered:
                self._chance.shuffle(answered)
                together = self._chance.randrange(1, len(answered) + 1)
                yield answered[:together]
                del answered[:together]
            elif failure is not None:
                raise failure
            else:
                return


@contextmanager
def open_api(
    simulator: Simulator, signs_by: Clock, clock: Clock, executor: Executor, log: RequestLog | None = None
) -> Iterator[SellerApi]:
    """Open a connection; waits cost no time. It is signed by a right clock, since a wrong one only gets refusals."""
    credentials = Credentials(simulator.client_key, SecretKey(simulator.secret_key))
    with SellerClient(
        url=simulator.base_url,
        signer=Signer(credentials, lambda: signs_by.now().timestamp()),
        user_agent="test",
        timeout_seconds=5.0,
        limit=RateLimit(1e9, clock),
        budget=RetryBudget(),
        clock=clock,
        random=lambda: 0.5,
        verify=False,
        use_proxy=False,
        log=log,
    ) as client:
        yield SellerApi(client, executor)


@dataclass
class World:
    """A seller's account at the simulator, and the store of one who imports from it."""

    folder: Path
    simulator: Simulator
    clock: HeldClock
    local: HeldClock | None = None
    """The importer's own clock where it differs from the server's."""
    initial_days: int = 30
    counter: int = field(default=0)
    executor: Executor = field(default_factory=Sequential)
    """In which order pages are asked for and come."""
    usual: dict[str, Any] = field(default_factory=dict)
    """What orders have, unless a test says otherwise."""

    @property
    def store_file(self) -> Path:
        """The store."""
        return self.folder / "store" / "simulator.sqlite3"

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the store."""
        with Store.open(self.store_file, self.clock.now()) as store:
            yield store

    @contextmanager
    def api(self) -> Iterator[SellerApi]:
        """Open a connection as the program does."""
        with open_api(self.simulator, self.clock, self.local or self.clock, self.executor) as api:
            yield api

    def run(
        self, *, since: datetime | None = None, storefront: str | None = None, accept_total: bool = False
    ) -> ImportResult:
        """Run one import."""
        options = ImportOptions("simulator", self.initial_days, 60, since, storefront, accept_total)
        with self.store() as store, self.api() as api:
            return import_orders(api, store, self.local or self.clock, options)

    def reconcile(
        self, days: int = 30, *, storefront: str | None = None, fix: bool = False
    ) -> tuple[ReconcileResult, list[UnitDifference]]:
        """Compare the last days; return the result and the single differences."""
        options = ReconcileOptions("simulator", self.clock.now() - timedelta(days=days), storefront, fix)
        with self.store() as store, self.api() as api:
            result = reconcile(api, store, self.local or self.clock, options)
            return result, list(store.reconciliation.found())

    def add(self, count: int = 1, **fields: Any) -> list[SimulatedOrder]:
        """Add orders, each placed now unless its fields say otherwise."""
        orders = []
        for _ in range(count):
            self.counter += 1
            order = make_order(f"M{self.counter:06}", **(self.usual | fields))
            self.simulator.marketplace.add_order(order)
            orders.append(order)
        return orders

    def stored(self) -> dict[Any, tuple[Any, ...]]:
        """Return what the store says of each unit."""
        with self.store() as store:
            rows = store.database.rows("SELECT id_order_unit, id_order, status, price FROM v_order_units")
            return {row[0]: tuple(row)[1:] for row in rows}

    def served(self) -> dict[Any, tuple[Any, ...]]:
        """Return what the server says of each unit."""
        units = self.simulator.marketplace.units
        return {key: (unit["id_order"], unit["status"], unit["price"]) for key, unit in units.items()}

    def state(self) -> Any:
        """Return where the import stands."""
        with self.store() as store:
            return store.sync.state()


def order_by_order(patch: pytest.MonkeyPatch) -> None:
    """Let older units be fetched with a request for each order, never from a list."""
    patch.setattr(older_units, "MIN_ORDERS", sys.maxsize)
    patch.setattr(older_units, "MIN_ORDERS_COUNTED", sys.maxsize)


def from_lists(patch: pytest.MonkeyPatch) -> None:
    """Let older units be read from the list of units, whatever it costs."""
    patch.setattr(older_units, "MIN_ORDERS", 1)
    patch.setattr(older_units, "MIN_ORDERS_COUNTED", 1)
    patch.setattr(older_units, "MAX_SHARE_OF_REQUESTS", 1000.0)


@contextmanager
def world(folder: Path, **options: Any) -> Iterator[World]:
    """Start an empty world."""
    clock = HeldClock(START)
    with Simulator(now=clock.now, **options) as simulator:
        yield World(folder, simulator, clock)


def fill(own: World, seed: int, orders: int = 40) -> None:
    """Let orders of the last 80 days be there; each changed until now, its units together or one by one."""
    chance = random.Random(seed)
    for _ in range(orders):
        age = chance.random() * timedelta(days=80)
        created = START - age
        together = chance.random() < 0.5
        lag = chance.random() * age
        units = [
            {
                "ts_created_iso": created,
                "ts_updated_iso": created + (lag if together else chance.random() * age),
                "status": chance.choice(STATUSES),
                "price": chance.randrange(100, 9000),
            }
            for _ in range(chance.randrange(1, 4))
        ]
        waits = any(unit["status"] == "need_to_be_sent" for unit in units)
        storefront = chance.choice(["de", "de", "at", "cz"])
        own.add(units=units, storefront=storefront, pickup_location=PACKSTATION if waits and len(units) == 2 else None)


def contents(own: World) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the store says of orders, units, lines and addresses, and what it counts."""
    queries = {
        "orders": "SELECT * FROM v_orders ORDER BY id_order",
        "units": "SELECT * FROM v_order_units ORDER BY id_order_unit",
        "lines": "SELECT * FROM v_order_lines ORDER BY id_order, status, id_offer, unit_price",
        "addresses": (
            "SELECT id_order, billing.street, shipping.street, shipping.city, pickup_location FROM orders"
            " LEFT JOIN addresses AS billing ON billing.address_no = billing_address_no"
            " LEFT JOIN addresses AS shipping ON shipping.address_no = shipping_address_no ORDER BY id_order"
        ),
        "counts": "SELECT orders, units FROM row_counts",
        "missing": "SELECT id_order, detail FROM details_wanted ORDER BY 1, 2",
        "unreadable": "SELECT id_order, id_order_unit, reason FROM unreadable_units ORDER BY 1, 2",
        "runs": "SELECT orders_new, units_new, units_seen, units_failed, verdict FROM runs ORDER BY run_id",
    }
    with own.store() as store:
        return {name: [tuple(row) for row in store.database.rows(query)] for name, query in queries.items()}


@contextmanager
def world_of_sent_orders(folder: Path, **options: Any) -> Iterator[World]:
    """Start an empty world whose orders have been sent, so that an import fetches pages and no single order."""
    with world(folder, **options) as own:
        own.usual["status"] = "sent"
        yield own
