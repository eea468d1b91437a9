"""One connection to a store file: statements and transactions. SQLite's errors are raised as `StoreUnusable`."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from kaufland_cli.errors import StoreBusy, StoreUnusable
from kaufland_cli.store.disk_room import SCARCE_BYTES, disk_free
from kaufland_cli.store.sql_functions import add_functions
from kaufland_cli.store.sqlite_errors import understandable_errors

_BUSY_STILL_SECONDS: Final = 0.5
"""Wait after a first wait failed, so that the waits of the following steps do not add up."""
BUSY_SECONDS = 10.0
"""How long to wait for another program that has locked the store."""


STEPS_BETWEEN_CHECKS = 100_000
"""Steps of SQLite's virtual machine between two checks of the time limit."""


MAX_WRITE_AHEAD_BYTES = 16 * 1024 * 1024
"""The write-ahead log may grow beyond this during a long read; it is cut back afterwards."""


SHORT_LOG_PAGES = 100
"""Where the disk has little room, the write-ahead log is copied into the store after this many pages (400 KB)."""


_READ_ONLY = "PRAGMA query_only = ON"


KEYS_PER_QUERY = 200


MARKS = ", ".join("?" * KEYS_PER_QUERY)
"""For queries about many keys: `… IN ({MARKS})`, always the same length so that SQLite reuses the statement."""


class Database:
    """A connection to one store file; every SQLite error is raised as a `StoreUnusable`."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection = connection
        self.path = path
        self._second: Database | None = None
        self._second_guard = threading.Lock()
        self._closed = False
        self._read_only = False
        self.held = False
        """Whether the last attempt to write found the store locked for longer than `BUSY_SECONDS`."""
        self.generation = 0
        """Goes up whenever caches of the store become invalid, mostly by a rollback."""
        self.has_search_index = False
        """Whether there is a search index that this SQLite can read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self._roll_back()  # at once: a thread that holds the guard may wait for the lock of that transaction
        with self._second_guard:  # SQLite crashes if one thread closes a connection that another one uses
            self._closed = True
            if self._second is not None:
                self._second.close()
        self._connection.close()

    def in_memory(self) -> "Database":
        """Return a copy of the whole store in memory."""
        copy = Database(connect(":memory:"), None)
        self._connection.backup(copy._connection)
        return copy

    @contextmanager
    def second_connection(self) -> Iterator["Database"]:
        """Yield a second connection to the same file, for rows that are independent of this transaction.

        They survive if this process dies; if the power fails, the last ones may be lost. One thread at a time may use
        it. Raises `StoreUnusable` after `close`.
        """
        with self._second_guard:
            if self._closed:
                raise StoreUnusable(f"{self.path} is closed already.")
            if self._second is None and self.path is not None:
                with understandable_errors(self.path):
                    self._second = Database(connect(str(self.path)), self.path)
                    self._second.execute("PRAGMA synchronous = NORMAL")
                    self._second.bound_log()
                    if self._read_only:
                        self._second.execute(_READ_ONLY)
            yield self._second or self

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write everything inside or nothing. Takes the write lock at once, so a reader cannot make it fail half-way.

        Nested, it is part of the outer transaction. On a read-only connection it is a read of one snapshot.
        """
        if self._connection.in_transaction:
            yield
            return
        try:  # around BEGIN too: Ctrl-C may come right behind it
            self._begin()
            yield
            with understandable_errors(self.path):
                self._connection.execute("COMMIT")
        except BaseException:
            self.generation += 1
            self._roll_back()
            raise

    def _begin(self) -> None:
        try:
            with understandable_errors(self.path):
                self._connection.execute("BEGIN" if self._read_only else "BEGIN IMMEDIATE")
        except StoreBusy:
            self._note_held(True)
            raise
        self._note_held(False)

    def _note_held(self, held: bool) -> None:
        if held != self.held:
            self.held = held
            seconds = min(BUSY_SECONDS, _BUSY_STILL_SECONDS) if held else BUSY_SECONDS
            self._connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # what went wrong before is what counts
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Roll back what was written inside, and only that, if it raises; call it inside a transaction."""
        self.execute("SAVEPOINT part")
        try:
            yield
        except Exception:
            if self._connection.in_transaction:  # SQLite itself ends the whole of it where the disk is full
                self.execute("ROLLBACK TO part")
                self.execute("RELEASE part")
            self.forget()
            raise
        self.execute("RELEASE part")

    @contextmanager
    def without_foreign_keys(self) -> Iterator[None]:
        """Delete rows without the foreign key check, which would scan all other tables for each of them.

        The caller guarantees that nothing refers to the rows. Not inside a transaction.
        """
        self.execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            self.execute("PRAGMA foreign_keys = ON")

    @property
    def room(self) -> int:
        """The free bytes on the disk of the store; plenty for one in memory."""
        return SCARCE_BYTES if self.path is None else disk_free(self.path.parent)

    def bound_log(self) -> None:
        """Limit the write-ahead log, and keep it short if the disk has little room now."""
        self.execute(f"PRAGMA journal_size_limit = {MAX_WRITE_AHEAD_BYTES}")
        if self.room < SCARCE_BYTES:
            self.execute(f"PRAGMA wal_autocheckpoint = {SHORT_LOG_PAGES}")

    def forget(self) -> None:
        """Invalidate everything cached about the store: rows may be gone."""
        self.generation += 1

    @contextmanager
    def temporary_tables(self) -> Iterator[None]:
        """Let a read-only connection create a temporary table; nothing in the file changes."""
        if self._read_only:
            self.execute("PRAGMA query_only = OFF")
        try:
            yield
        finally:
            if self._read_only:
                self.execute(_READ_ONLY)

    def refuse_writing(self) -> None:
        """Make this connection and the second one read-only.

        A command that only reads can then never change a damaged store.
        """
        if self.path is not None:
            self.execute(_READ_ONLY)
            self._read_only = True

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        with understandable_errors(self.path):
            return self._run(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> None:
        """Run one statement for each row of values."""
        with understandable_errors(self.path):
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[sqlite3.Row]:
        """Yield the rows of a query one by one."""
        with understandable_errors(self.path):
            yield from self._run(sql, values)

    def tuples(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query as plain tuples, which cost less where there are many."""
        with understandable_errors(self.path):
            cursor = self._connection.cursor()
            cursor.row_factory = None
            return cursor.execute(sql, values).fetchall()

    def tuples_for_keys(self, sql: str, keys: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query with `MARKS` in it, for any number of keys."""
        waiting = list(keys)
        for place in range(0, len(waiting), KEYS_PER_QUERY):
            part = waiting[place : place + KEYS_PER_QUERY]
            yield from self.tuples(sql, part + [None] * (KEYS_PER_QUERY - len(part)))

    def execute_for_keys(self, sql: str, keys: Iterable[Any]) -> None:
        """Run a statement with `MARKS` in it for any number of keys."""
        waiting = list(keys)
        for place in range(0, len(waiting), KEYS_PER_QUERY):
            part = waiting[place : place + KEYS_PER_QUERY]
            self.execute(sql, part + [None] * (KEYS_PER_QUERY - len(part)))

    def row(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        with understandable_errors(self.path):
            found: sqlite3.Row | None = self._run(sql, values).fetchone()
            return found

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        found = self.row(sql, values)
        return None if found is None else found[0]

    @contextmanager
    def interrupted_when(self, too_late: Callable[[], bool]) -> Iterator[None]:
        """Interrupt statements inside as soon as `too_late` returns true. Raises `StoreUnusable` then."""
        self._connection.set_progress_handler(too_late, STEPS_BETWEEN_CHECKS)
        try:
            yield
        finally:
            self._connection.set_progress_handler(None, 0)

    def _run(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except UnicodeEncodeError:  # half of a surrogate pair: SQLite holds no such text, nor finds any
            storable = [_storable(value) if isinstance(value, str) else value for value in values]
            return self._connection.execute(sql, storable)


def connect(target: str, *, uri: bool = False) -> sqlite3.Connection:
    """Return a connection that begins no transaction by itself. Raises sqlite3.Error."""
    connection = sqlite3.connect(target, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=uri)
    connection.row_factory = sqlite3.Row
    add_functions(connection)
    return connection


def _storable(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
