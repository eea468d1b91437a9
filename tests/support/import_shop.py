"""A seller's account and one who imports from it while everything happens that can: the model behind the properties."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kaufland_cli.app.context import CallOptions, Process, Streams
from kaufland_cli.app.stores import claim_store
from kaufland_cli.cli.context import CliContext
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.moments import read_moment
from kaufland_cli.errors import KauflandError
from kaufland_cli.order_import.lock import holder_now, run_lock
from kaufland_cli.order_import.plan import ImportOptions, preview_import
from kaufland_cli.order_import.reconcile import ReconcileOptions, ReconcileResult, reconcile
from kaufland_cli.order_import.result import ImportResult
from kaufland_cli.order_import.run import import_orders
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.seller_api.executor import Executor, Sequential
from kaufland_cli.simulator import SimulatedOrder, Simulator, make_order
from kaufland_cli.store.store import Store
from support.clocks import HeldClock, WrongClock
from support.imports import open_api
from support.mortal_store import Killed, dies_after

OVERLAP = timedelta(minutes=60)
INITIAL_DAYS = 30
OF_RUNS = frozenset({"runs", "reconciliations", "request_log", "sqlite_sequence", "sync_state", "row_counts"})
# An order with a unit that could not be read is asked for with each run; that it was tried is written down.
OF_TRIALS = frozenset({"details_read_at", "pickup_known_for", "attempts", "last_tried_at", "next_try_at", "last_error"})


@dataclass(frozen=True)
class Kept:
    """What a store holds at one moment, by its views."""

    units: list[tuple[Any, ...]] = field(default_factory=list)
    """Id, and then as in `Shop.served`."""
    orders: list[dict[str, Any]] = field(default_factory=list)
    priced: list[tuple[Any, ...]] = field(default_factory=list)
    """Order, status, price, shipping, currency and creation of each unit."""
    unreadable: frozenset[str] = frozenset()
    runs: list[dict[str, Any]] = field(default_factory=list)
    reconciliations: list[dict[str, Any]] = field(default_factory=list)
    start_at: datetime | None = None
    watermark: datetime | None = None


@dataclass
class Outcome:
    """How a run ended: with a result, with an error, or not at all (`killed`)."""

    result: ImportResult | None = None
    error: KauflandError | None = None
    killed: bool = False

    @property
    def complete(self) -> bool:
        """Whether the run claims that it read everything it asked for."""
        return self.result is not None and self.result.complete


@dataclass
class Shop:
    """One account at a simulator of its own, and the store that the program's settings give it."""

    simulator: Simulator
    clock: HeldClock
    own_clock: WrongClock
    context: CliContext
    counter: int = 0
    kept: Kept = field(default_factory=Kept)
    checked_from: datetime | None = None
    """Where the first complete import began: older updates are nobody's promise."""
    unreadable: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Units that cannot be read now, with the fields that would fix them."""
    executor: Executor = field(default_factory=Sequential)
    """In which order pages are asked for and come."""
    dated_back: set[tuple[int, str]] = field(default_factory=set)
    """Units that became visible after the time that they say they were updated at."""

    @property
    def store_file(self) -> Path:
        """The store."""
        return self.context.loaded.store_file

    # --- the seller's side ---

    def arrive(self, units: list[dict[str, Any]], **fields: Any) -> SimulatedOrder:
        """Let an order arrive."""
        self.counter += 1
        order = make_order(f"M{self.counter:06}", units, **fields)
        self.simulator.marketplace.add_order(order)
        return order

    def keys(self) -> list[int]:
        """Return the ids of all units that have one."""
        return list(self.simulator.marketplace.units)

    def change(self, key: int, **fields: Any) -> None:
        """Change a unit now; it is readable again."""
        self.simulator.marketplace.change_unit(key, **{**self.unreadable.pop(key, {}), **fields})

    def make_unreadable(self, key: int, field_name: str, value: Any) -> None:
        """Make a unit unreadable."""
        if key not in self.unreadable:
            self.unreadable[key] = {field_name: self.simulator.marketplace.unit(key)[field_name]}
            self.simulator.marketplace.change_unit(key, **{field_name: value})

    def served(self) -> dict[int, tuple[Any, ...]]:
        """Return what the server says of each unit: order, status, price, storefront, update."""
        return {
            key: (unit["id_order"], unit["status"], unit["price"], unit["storefront"].lower(), unit["ts_updated_iso"])
            for key, unit in self.simulator.marketplace.units.items()
        }

    # --- the importer's side ---

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the store."""
        with Store.open(self.store_file, self.own_clock.now()) as store:
            yield store

    @contextmanager
    def api(self) -> Iterator[SellerApi]:
        """Open a connection as the program does."""
        with open_api(self.simulator, self.clock, self.own_clock, self.executor) as api:
            yield api

    def run(self, *, since: datetime | None = None, storefront: str | None = None, dies: int | None = None) -> Outcome:
        """Run one import as the command does: under the lock, in the store of this account only.

        `dies` lets the process die after this many statements of SQL.
        """
        options = ImportOptions("simulator", INITIAL_DAYS, int(OVERLAP.total_seconds() / 60), since, storefront)
        outcome = Outcome()
        with run_lock(self.store_file, holder_now(1, self.own_clock.now(), command("import-orders"))):
            try:
                with self.store() as store, self.api() as api:
                    claim_store(self.context, store, accept=False)
                    if dies is not None:
                        dies_after(store, dies)
                    outcome.result = import_orders(api, store, self.own_clock, options)
            except KauflandError as error:
                outcome.error = error
            except Killed:
                outcome.killed = True
        self.look()
        return outcome

    @contextmanager
    def held_by_another(self) -> Iterator[None]:
        """Hold the run lock as another process would."""
        with run_lock(self.store_file, holder_now(4711, self.clock.now(), command("import-orders"))):
            yield

    def run_at_the_same_time(self) -> None:
        """Try to import while an import runs; raises `ImportRunning`, or else has done it."""
        with self.held_by_another(), self.store() as store, self.api() as api:
            import_orders(api, store, self.own_clock, ImportOptions("simulator", INITIAL_DAYS, 60))

    def preview(self) -> ImportResult:
        """Run a dry run."""
        options = ImportOptions("simulator", INITIAL_DAYS, int(OVERLAP.total_seconds() / 60))
        with self.store() as store, self.api() as api:
            return preview_import(api, store, self.own_clock, options)

    def look(self) -> None:
        """Read what the store holds now."""
        with self.store() as store:
            read = store.database.rows
            state = store.sync.state()
            self.kept = Kept(
                units=[
                    tuple(row)
                    for row in read(
                        "SELECT id_order_unit, id_order, status, price, storefront, updated_at FROM v_order_units"
                    )
                ],
                orders=[dict(row) for row in read("SELECT * FROM v_orders")],
                priced=[
                    tuple(row)
                    for row in read(
                        "SELECT id_order, status, price, shipping_rate, currency, created_at FROM v_order_units"
                    )
                ],
                unreadable=frozenset(row[0] for row in read("SELECT unreadable_key FROM unreadable_units")),
                runs=[dict(row) for row in read("SELECT * FROM runs ORDER BY run_id")],
                reconciliations=[dict(row) for row in read("SELECT * FROM reconciliations ORDER BY run_id")],
                start_at=state.start_at,
                watermark=state.watermark,
            )
        if self.checked_from is None and self.kept.watermark is not None:
            self.checked_from = read_moment(self.kept.runs[-1]["since"])

    def reconcile(self) -> ReconcileResult:
        """Compare everything that was created since the first import's start, and at most in the last 30 days."""
        since = self.clock.now() - timedelta(days=INITIAL_DAYS)
        options = ReconcileOptions("simulator", max(since, self.checked_from or since))
        with self.store() as store, self.api() as api:
            result = reconcile(api, store, self.own_clock, options)
        self.look()
        return result

    def written(self) -> dict[str, list[dict[str, Any]]]:
        """Return all rows of all tables, except what is about the runs themselves and their retries."""
        with self.store() as store:
            tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            names = [row[0] for row in store.database.rows(tables)]
            return {
                name: [
                    {column: row[column] for column in row.keys() if column not in OF_TRIALS}  # noqa: SIM118
                    for row in store.database.rows(f'SELECT * FROM "{name}"')  # noqa: S608
                ]
                for name in names
                if name not in OF_RUNS
            }


def open_session(folder: Path, simulator: Simulator, clock: WrongClock, profile: str | None = None) -> CliContext:
    """Return the program as it is called for this account: settings by environment, the store where they say."""
    return CliContext(
        environ={
            "HOME": str(folder),
            "KAUFLAND_CONFIG": str(folder / "config.toml"),
            "KAUFLAND_DATA_DIR": str(folder / "data"),
            "KAUFLAND_API_BASE_URL": simulator.base_url,
            "KAUFLAND_API_CLIENT_KEY": simulator.client_key,
            "KAUFLAND_SECRET_KEY": simulator.secret_key,
        },
        streams=Streams(io.StringIO(), io.StringIO(), io.StringIO()),
        clock=clock,
        process=Process(1, lambda: 0.5),
        options=CallOptions(profile=profile),
    )
