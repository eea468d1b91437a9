"""The store as one thing: its parts over one database."""

from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kaufland_cli.errors import StoreFull, StoreReadOnly
from kaufland_cli.store.connection import Database
from kaufland_cli.store.database import (
    open_database,
    open_database_aside,
    open_database_for_reading,
    open_database_read_only,
)
from kaufland_cli.store.order_queries import OrderQueries
from kaufland_cli.store.past_reconciliations import PastReconciliations
from kaufland_cli.store.record import known_damage
from kaufland_cli.store.request_log import RequestLogQueries
from kaufland_cli.store.search_index import prepare_search_index
from kaufland_cli.store.sync import Sync

if TYPE_CHECKING:
    from kaufland_cli.store.accepted_totals import AcceptedTotals
    from kaufland_cli.store.actions import Actions
    from kaufland_cli.store.buyers import Buyers
    from kaufland_cli.store.details_wanted import DetailsWanted
    from kaufland_cli.store.erasure import Erasure
    from kaufland_cli.store.failed_units import FailedUnits
    from kaufland_cli.store.growth import Growth
    from kaufland_cli.store.orders import Orders
    from kaufland_cli.store.pickup_points import PickupPoints
    from kaufland_cli.store.reconciliation import ReconcileTables
    from kaufland_cli.store.run_tally import RunTally
    from kaufland_cli.store.sales_order_candidates import SalesOrderCandidates
    from kaufland_cli.store.sales_order_lists import SalesOrderLists
    from kaufland_cli.store.sales_orders import SalesOrders


class Store:
    """Orders, import state and API log of one profile and API host.

    What only writing needs is loaded when it is used: lists start faster without it.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.queries = OrderQueries(database)
        self.sync = Sync(database)
        self.past_reconciliations = PastReconciliations(database)
        self.request_log = RequestLogQueries(database)

    @cached_property
    def orders(self) -> "Orders":
        """The orders, for writing."""
        from kaufland_cli.store.orders import Orders

        return Orders(self.database, self.run_tally)

    @cached_property
    def run_tally(self) -> "RunTally":
        """What a run has seen."""
        from kaufland_cli.store.run_tally import RunTally

        return RunTally(self.database)

    @cached_property
    def details_wanted(self) -> "DetailsWanted":
        """What is still missing of stored orders."""
        from kaufland_cli.store.details_wanted import DetailsWanted

        return DetailsWanted(self.database)

    @cached_property
    def pickup_points(self) -> "PickupPoints":
        """What the list of addresses says about pickup points."""
        from kaufland_cli.store.pickup_points import PickupPoints

        return PickupPoints(self.database)

    @cached_property
    def failed_units(self) -> "FailedUnits":
        """The units that could not be read."""
        from kaufland_cli.store.failed_units import FailedUnits

        return FailedUnits(self.database)

    @cached_property
    def erasure(self) -> "Erasure":
        """What takes buyers' data out."""
        from kaufland_cli.store.erasure import Erasure

        return Erasure(self.database)

    @cached_property
    def buyers(self) -> "Buyers":
        """Who the buyers are."""
        from kaufland_cli.store.buyers import Buyers

        return Buyers(self.database)

    @cached_property
    def growth(self) -> "Growth":
        """What keeps the store small over the years."""
        from kaufland_cli.store.growth import Growth

        return Growth(self.database)

    @cached_property
    def accepted_totals(self) -> "AcceptedTotals":
        """The gap that the seller has accepted."""
        from kaufland_cli.store.accepted_totals import AcceptedTotals

        return AcceptedTotals(self.database)

    @cached_property
    def reconciliation(self) -> "ReconcileTables":
        """The result of a comparison with Kaufland."""
        from kaufland_cli.store.reconciliation import ReconcileTables

        return ReconcileTables(self.database)

    @cached_property
    def actions(self) -> "Actions":
        """What Kaufland was asked to do."""
        from kaufland_cli.store.actions import Actions

        return Actions(self.database)

    @cached_property
    def sales_orders(self) -> "SalesOrders":
        """The sales orders."""
        from kaufland_cli.store.sales_orders import SalesOrders

        return SalesOrders(self.database)

    @cached_property
    def sales_order_candidates(self) -> "SalesOrderCandidates":
        """The orders that may become sales orders."""
        from kaufland_cli.store.sales_order_candidates import SalesOrderCandidates

        return SalesOrderCandidates(self.database, self.sales_orders)

    @cached_property
    def sales_order_lists(self) -> "SalesOrderLists":
        """The sales orders, for reading."""
        from kaufland_cli.store.sales_order_lists import SalesOrderLists

        return SalesOrderLists(self.database)

    @classmethod
    def open(cls, path: Path, now: datetime) -> Self:
        """Open the store for writing; create it if there never was one. Raises a `StoreUnusable`."""
        return cls._with_index(open_database(path, now))

    @classmethod
    def open_aside(cls, path: Path, now: datetime) -> Self:
        """Open a copy that is to become the store, or make an empty one. Raises a `StoreUnusable`."""
        return cls._with_index(open_database_aside(path, now))

    @classmethod
    def open_for_reading(cls, path: Path, now: datetime) -> Self:
        """Open the store; if there is none yet, an empty one that leaves no file behind.

        A damaged store is opened as it is, and so is one on a full disk or in a folder that cannot be written.
        Raises a `StoreUnusable`.
        """
        try:
            database = open_database_for_reading(path, now)
            store = cls._with_index(database) if known_damage(path) is None else cls(database)
        except (StoreReadOnly, StoreFull):
            found = open_database_read_only(path, now)
            if found is None:
                raise
            database, store = found, cls(found)
        database.refuse_writing()
        return store

    @classmethod
    def _with_index(cls, database: Database) -> Self:
        try:
            prepare_search_index(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()
