"""Looks at a store as it lies there, whatever its version and state.

Nothing is written, created or brought up to date.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from kaufland_cli.errors import StoreUnusable
from kaufland_cli.store import soundness
from kaufland_cli.store.connection import Database
from kaufland_cli.store.database import empty_database, open_database_untouched
from kaufland_cli.store.erasure import Erasure
from kaufland_cli.store.migrations.schema import MIGRATIONS
from kaufland_cli.store.recognition import checked_version
from kaufland_cli.store.record import insist_on_identity, insist_on_presence, read_record
from kaufland_cli.store.search_index import is_supported
from kaufland_cli.store.store import Store

Found = TypeVar("Found")
NEWEST_VERSION = MIGRATIONS[-1].number
RUN_FIELDS = (
    "run_id",
    "kind",
    "started_at",
    "finished_at",
    "verdict",
    "since",
    "orders_new",
    "orders_changed",
    "orders_cancelled",
    "units_seen",
    "units_new",
    "units_changed",
    "units_unchanged",
    "units_failed",
    "requests",
    "seconds",
)
"""What is known of a run, without its message, which may quote what came from outside."""


@dataclass(frozen=True, slots=True)
class StoreSizes:
    """How large a store is; bytes."""

    file: int
    write_ahead_log: int
    unused: int
    """Inside the file, left by what was deleted."""
    raw: int
    """What Kaufland sent of units that cannot be read."""


@dataclass(frozen=True, slots=True)
class Look:
    """How far a look through a store came, and what it found."""

    faults: list[str]
    next_step: str = ""
    """Where the next one goes on; empty where this one came to the end."""
    gave_up: bool = False
    """Whether a step was left out because it takes longer than a whole look may."""


class Inspection:
    """An open store under inspection."""

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self._path = path
        self.version = checked_version(database.tuples, path)

    @property
    def store(self) -> Store:
        """The store, for reading; only where its version is the newest."""
        return Store(self._database)

    def insist_on_the_one_in_use(self) -> None:
        """Raise `StoreGone` where this is not the store that is remembered: one without tables, or another one."""
        record = read_record(self._path)
        if not self.version:
            insist_on_presence(self._path, record, holds_nothing=True)
        elif record is not None and self.version == NEWEST_VERSION:
            insist_on_identity(self._path, record, self.store.sync.store_id())

    @property
    def _is_small(self) -> bool:
        return file_sizes(self._path)[0] <= soundness.MAX_THOROUGH_BYTES

    def take_write_lock(self) -> None:
        """Make sure that the store can be written, and leave it as it is. Raises a `StoreUnusable`."""
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute(
            f"PRAGMA user_version = {self.version}"
        )  # the lock is also given where writing is refused
        self._database.execute("ROLLBACK")

    def sizes(self) -> StoreSizes:
        """Return how large it is."""
        page = int(self._database.value("PRAGMA page_size"))
        unused = int(self._database.value("PRAGMA freelist_count")) * page
        raw = self._database.value("SELECT sum(length(CAST(raw AS BLOB))) FROM unreadable_units") if self.version else 0
        return StoreSizes(*file_sizes(self._path), unused, int(raw or 0))

    def damages(self, too_late: Callable[[], bool]) -> list[str] | None:
        """Return what is wrong with the file and its tables; None where it was too late to finish."""
        ask = self._database.tuples
        return self._bounded(
            lambda: soundness.damages(ask, thorough=self._is_small) or soundness.wrong_tables(ask), too_late
        )

    def broken_links(self, too_late: Callable[[], bool]) -> dict[str, int] | None:
        """Return the tables with rows that name a row which is not there, and how many; None where it was too late."""
        return self._bounded(lambda: soundness.broken_links(self._database.tuples), too_late)

    def wrong_counts(self, too_late: Callable[[], bool]) -> list[str] | None:
        """Return what does not add up in the tables; None where it was too late to finish."""
        return self._bounded(lambda: soundness.wrong_counts(self._database.tuples), too_late)

    def faults(self) -> list[str]:
        """Return everything that is wrong with it, however long that takes to find out."""
        return soundness.faults_of(self._database.tuples, thorough=self._is_small)

    def look(self, next_step: str, too_late: Callable[[], bool]) -> Look:
        """Look for what is wrong with it until it is too late: at everything, or step by step from this one on."""
        ask = self._database.tuples
        if not next_step:
            found = self._bounded(self.faults, too_late)
            return Look([], soundness.steps(ask)[0]) if found is None else Look(found)
        steps = soundness.steps(ask)
        begin = steps.index(next_step) if next_step in steps else 0
        for place, step in enumerate(steps[begin:], begin):
            found = self._bounded(partial(soundness.faults_in, ask, step, thorough=self._is_small), too_late)
            if found is None and place > begin:
                return Look([], step)
            if found is None:  # it had all the time there is: the next look must come further
                return Look([], (*steps, "")[place + 1], gave_up=True)
            if found:
                return Look(found)
        return Look([])

    def erased_on_request(self) -> list[str]:
        """Return the orders whose buyers asked to be erased."""
        known = self._database.value("SELECT 1 FROM sqlite_master WHERE name = 'erased_orders'")
        return Erasure(self._database).requested() if known else []

    def row_counts(self) -> dict[str, int]:
        """Return how many rows each of this program's tables has; tables that somebody added are left out."""
        present = {str(name) for (name,) in self._database.tuples("SELECT name FROM sqlite_master WHERE type='table'")}
        return {
            name: int(self._database.value(f'SELECT count(*) FROM "{name}"'))  # noqa: S608 - our own tables
            for name in sorted(_own_tables() & present)
        }

    def last_runs(self, limit: int) -> list[dict[str, Any]]:
        """Return the latest runs, without what they said."""
        rows = self._database.rows("SELECT * FROM runs ORDER BY run_id DESC LIMIT ?", (limit,))
        return [{name: row[name] for name in RUN_FIELDS} for row in rows]

    def _bounded(self, look: Callable[[], Found], too_late: Callable[[], bool]) -> Found | None:
        try:
            with self._database.given_up_when(too_late):
                return look()
        except StoreUnusable:
            if too_late():
                return None
            raise


@contextmanager
def inspection(path: Path) -> Iterator[Inspection]:
    """Open an existing store for inspection. Raises a `StoreUnusable`."""
    with open_database_untouched(path) as database:
        yield Inspection(database, path)


def file_sizes(path: Path) -> tuple[int, int]:
    """Return the bytes of the store's file and of its write-ahead log."""
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size, log.stat().st_size if log.exists() else 0


def sqlite_version() -> str:
    """Return the version of the SQLite in use."""
    return sqlite3.sqlite_version


def searches_by_index() -> bool:
    """Tell whether this SQLite knows the index that makes a search fast (FTS5 with trigrams)."""
    with empty_database() as database:
        return is_supported(database)


def _own_tables() -> set[str]:
    with empty_database() as database:
        names = {str(name) for (name,) in database.tuples("SELECT name FROM sqlite_master WHERE type='table'")}
    return {name for name in names if not name.startswith("sqlite_")}
