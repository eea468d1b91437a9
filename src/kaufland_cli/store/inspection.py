"""Inspects a store of any version and in any state, for the doctor, backups and restore.

Nothing is written, created or updated.
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
from kaufland_cli.store.connection import Database, connect
from kaufland_cli.store.database import empty_database, open_database_untouched
from kaufland_cli.store.erasure import Erasure
from kaufland_cli.store.migrations.schema import MIGRATIONS
from kaufland_cli.store.recognition import checked_version
from kaufland_cli.store.record import read_record, require_same_store, require_store_exists
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
"""The columns of a run for a report: without its message, which may quote text from outside."""


@dataclass(frozen=True, slots=True)
class StoreSizes:
    """Sizes of a store in bytes."""

    file: int
    write_ahead_log: int
    unused: int
    """Free space inside the file, left by deleted rows."""
    raw: int
    """Raw JSON of unreadable units."""


@dataclass(frozen=True, slots=True)
class StoreContents:
    """What a store or a copy of one holds."""

    orders: int
    last_import: str | None
    """When the last import ended, UTC; None without one."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check of the store found, and how far it came."""

    faults: list[str]
    next_step: str = ""
    """Where the next check continues; empty if this one reached the end."""
    gave_up: bool = False
    """Whether a step was skipped because it alone takes longer than the time limit."""


class Inspection:
    """An open store under inspection."""

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self._path = path
        self.version = checked_version(database.tuples, path)

    @property
    def store(self) -> Store:
        """The store, for reading; only if its version is the newest."""
        return Store(self._database)

    def require_store_in_use(self) -> None:
        """Raise `StoreGone` if this is not the store on record: it has no tables, or another id."""
        record = read_record(self._path)
        if not self.version:
            require_store_exists(self._path, record, holds_nothing=True)
        elif record is not None and self.version == NEWEST_VERSION:
            require_same_store(self._path, record, self.store.sync.store_id())

    @property
    def _is_small(self) -> bool:
        file, _ = file_sizes(self._path)
        return file <= soundness.MAX_THOROUGH_BYTES

    def take_write_lock(self) -> None:
        """Check that the store can be written, without changing it. Raises a `StoreUnusable`."""
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute(
            f"PRAGMA user_version = {self.version}"
        )  # the lock is also given where writing is refused
        self._database.execute("ROLLBACK")

    def sizes(self) -> StoreSizes:
        """Return the sizes of the files and their parts."""
        page = int(self._database.value("PRAGMA page_size"))
        unused = int(self._database.value("PRAGMA freelist_count")) * page
        raw = self._database.value("SELECT sum(length(CAST(raw AS BLOB))) FROM unreadable_units") if self.version else 0
        return StoreSizes(*file_sizes(self._path), unused, int(raw or 0))

    def damages(self, too_late: Callable[[], bool], *, thorough: bool = False) -> list[str] | None:
        """Return damage to the file and its tables; None if time ran out.

        `thorough`: compare indexes with their tables in a large store too.
        """
        ask, thorough = self._database.tuples, thorough or self._is_small
        return self._bounded(lambda: soundness.damages(ask, thorough=thorough) or soundness.wrong_tables(ask), too_late)

    def broken_links(self, too_late: Callable[[], bool]) -> dict[str, int] | None:
        """Return how many rows of each table refer to missing rows; None if time ran out."""
        return self._bounded(lambda: soundness.broken_links(self._database.tuples), too_late)

    def wrong_counts(self, too_late: Callable[[], bool]) -> list[str] | None:
        """Return counts that do not match the tables; None if time ran out."""
        ask = self._database.tuples
        return self._bounded(lambda: soundness.wrong_counts(ask) + soundness.wrong_states(ask), too_late)

    def faults(self) -> list[str]:
        """Return everything that is wrong with the store, without a time limit."""
        return soundness.faults_of(self._database.tuples, thorough=self._is_small)

    def check(self, next_step: str, too_late: Callable[[], bool]) -> CheckResult:
        """Check the store until `too_late`: all of it, or step by step starting at `next_step`."""
        ask = self._database.tuples
        if not next_step:
            found = self._bounded(self.faults, too_late)
            return CheckResult([], soundness.steps(ask)[0]) if found is None else CheckResult(found)
        steps = soundness.steps(ask)
        begin = steps.index(next_step) if next_step in steps else 0
        for place, step in enumerate(steps[begin:], begin):
            found = self._bounded(partial(soundness.faults_in, ask, step, thorough=self._is_small), too_late)
            if found is None and place > begin:
                return CheckResult([], step)
            if found is None:  # it had the whole time limit; skip it, so that the next check gets further
                return CheckResult([], (*steps, "")[place + 1], gave_up=True)
            if found:
                return CheckResult(found)
        return CheckResult([])

    def erased_on_request(self) -> list[str]:
        """Return the orders whose buyers asked for erasure."""
        known = self._database.value("SELECT 1 FROM sqlite_master WHERE name = 'erased_orders'")
        return Erasure(self._database).requested() if known else []

    def row_counts(self) -> dict[str, int]:
        """Return the number of rows in each table of this program."""
        present = {str(name) for (name,) in self._database.tuples("SELECT name FROM sqlite_master WHERE type='table'")}
        return {
            name: int(self._database.value(f'SELECT count(*) FROM "{name}"'))  # noqa: S608 - our own tables
            for name in sorted(_own_tables() & present)
        }

    def contents(self) -> "StoreContents":
        """Return how many orders there are and when the last import ended."""
        orders = int(self._database.value("SELECT count(*) FROM orders"))
        ended = self._database.value("SELECT max(finished_at) FROM runs")
        return StoreContents(orders, None if ended is None else str(ended))

    def last_runs(self, limit: int) -> list[dict[str, Any]]:
        """Return the latest runs without their messages."""
        rows = self._database.rows("SELECT * FROM runs ORDER BY run_id DESC LIMIT ?", (limit,))
        return [{name: row[name] for name in RUN_FIELDS} for row in rows]

    def _bounded(self, check: Callable[[], Found], too_late: Callable[[], bool]) -> Found | None:
        try:
            with self._database.interrupted_when(too_late):
                return check()
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
    """Return the sizes of the store's file and of its write-ahead log, in bytes."""
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size, log.stat().st_size if log.exists() else 0


def sqlite_version() -> str:
    """Return the version of the SQLite in use."""
    return sqlite3.sqlite_version


def searches_by_index() -> bool:
    """Return whether this SQLite has the index for fast searches (FTS5 with trigrams)."""
    with Database(connect(":memory:"), None) as database:
        return is_supported(database)


def _own_tables() -> set[str]:
    with empty_database() as database:
        names = {str(name) for (name,) in database.tuples("SELECT name FROM sqlite_master WHERE type='table'")}
    return {name for name in names if not name.startswith("sqlite_")}
