"""The store as one thing: its parts over one database."""

from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from kaufland_cli.store.database import Database, open_database, open_database_for_reading
from kaufland_cli.store.failed_units import FailedUnits
from kaufland_cli.store.order_queries import OrderQueries
from kaufland_cli.store.orders import Orders
from kaufland_cli.store.reconciliation import Reconciliation
from kaufland_cli.store.request_log import RequestLogQueries
from kaufland_cli.store.run_book import RunBook
from kaufland_cli.store.search_index import prepare_search_index
from kaufland_cli.store.sync import Sync


class Store:
    """Orders, the import's memory and the API log of one profile and API host."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.run_book = RunBook(database)
        self.orders = Orders(database, self.run_book)
        self.queries = OrderQueries(database)
        self.sync = Sync(database)
        self.failed_units = FailedUnits(database)
        self.reconciliation = Reconciliation(database)
        self.request_log = RequestLogQueries(database)

    @classmethod
    def open(cls, path: Path, now: datetime) -> Self:
        """Open the store, creating it where it does not exist yet. Raises a `StoreUnusable`."""
        return cls._with_index(open_database(path, now))

    @classmethod
    def open_for_reading(cls, path: Path, now: datetime) -> Self:
        """Open the store; where there is none yet, an empty one that leaves no file behind."""
        return cls._with_index(open_database_for_reading(path, now))

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
