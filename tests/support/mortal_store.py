"""A store whose process dies at a chosen statement, without killing the test."""

import sqlite3
from typing import Any, cast

from kaufland_cli.store.store import Store


class Killed(BaseException):
    """The process is dead from here on; nothing in the program catches this to go on."""


class MortalConnection:
    """A connection to SQLite that writes nothing any more once its time has come, however often it is asked to."""

    def __init__(self, connection: sqlite3.Connection, statements: int) -> None:
        self._connection = connection
        self._left = statements

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        """Run a statement while alive; what is open at death is undone, as it is when the file is opened again."""
        if sql != "ROLLBACK":
            self._live()
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows: Any) -> sqlite3.Cursor:
        """Run a statement for many rows while alive."""
        self._live()
        return self._connection.executemany(sql, rows)

    def _live(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Killed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def dies_after(store: Store, statements: int) -> None:
    """Let the process that works with this open store die after this many statements."""
    database = store.database
    database._connection = cast("sqlite3.Connection", MortalConnection(database._connection, statements))
