"""Runs `kaufland` as a process of its own that stops for ever at one numbered step, to be killed there.

The steps are counted from outside: SQLite, httpx, the kernel lock and the file system are wrapped here, and nothing in
the program knows of it. There are two series. `writing` holds what the main thread does to the disk: each statement
that writes, each BEGIN and COMMIT, each file made, renamed or removed, each lock taken. A row inside a transaction is
one step, since nothing happens between the end of one and the beginning of the next. `http` holds the attempts,
whatever thread makes them. At its step the process says so through a pipe and stops, all its threads with it.
"""

import fcntl
import json
import os
import resource
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import filelock
import httpx

from kaufland_cli.domain.moments import as_text
from kaufland_cli.order_import import lock as lock_module
from kaufland_cli.store import connection as store_connection
from kaufland_cli.store import database as database_module
from kaufland_cli.store.connection import Database
from kaufland_cli.store.migrations.schema import MIGRATIONS, Migration
from kaufland_cli.store.orders import Orders

Series = Literal["writing", "http"]
PLAN = "KAUFLAND_TEST_KILL_PLAN"
READING = ("SELECT", "EXPLAIN", "VALUES")

# One more than there are, so that there is always one to be killed in: it makes, fills and changes tables.
ONE_MORE = Migration(
    MIGRATIONS[-1].number + 1,
    (
        "CREATE TABLE kept_orders (id_order TEXT PRIMARY KEY, remark TEXT)",
        "INSERT INTO kept_orders SELECT id_order, hex(zeroblob(200)) FROM orders",
        "ALTER TABLE orders ADD COLUMN remark TEXT",
        "UPDATE orders SET remark = status",
        "CREATE INDEX orders_by_remark ON orders (remark)",
    ),
)


@dataclass
class Plan:
    """What the parent wants of a process: the step to stop at by its number, or by the names that lead to it."""

    pipe: int = -1
    """Where to report the step; without a number, the names of all steps, at the end."""
    series: Series = "writing"
    number: int = 0
    names: Sequence[str] = ()
    """Stop at the last of these, once the others came before it in this order."""
    broken: str = ""
    """Which protection of the program to take away."""
    one_more_migration: bool = False
    largest_file: int | None = None
    """RLIMIT_FSIZE, in bytes."""
    busy_seconds: float | None = None
    killed_by_the_limit: bool = False
    """Let the kernel kill the process in the middle of the write that goes beyond the limit."""

    def environ(self) -> dict[str, str]:
        """Return the variable that hands the plan over."""
        return {PLAN: json.dumps(asdict(self))}


@dataclass
class Steps:
    """Counts the steps of both series and stops at the one of the plan."""

    plan: Plan
    names: dict[str, list[str]] = field(default_factory=lambda: {"writing": [], "http": []})

    def write(self, name: str) -> None:
        """Count a step of the one thread that writes."""
        if threading.current_thread() is threading.main_thread():
            self.step("writing", name)

    def step(self, series: Series, name: str) -> None:
        """Count a step; at the one of the plan, say so and stop."""
        if sys.platform == "win32":
            raise NotImplementedError
        names = self.names[series]
        names.append(name)
        number = len(names) - (self.plan.broken == "late handshake")
        if series == self.plan.series and (number == self.plan.number or self._last_of_names(name)):
            self.tell(f"{series} {len(names)} {name}")
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(0.01)  # the stop may reach another thread first

    def _last_of_names(self, name: str) -> bool:
        """Tell whether this step is the last that the plan waits for."""
        if name not in self.plan.names[:1]:
            return False
        self.plan.names = self.plan.names[1:]
        return not self.plan.names

    def tell(self, line: str) -> None:
        """Write a line to the parent."""
        os.write(self.plan.pipe, line.encode() + b"\n")


STEPS = Steps(Plan())


class Cursor(sqlite3.Cursor):
    """A cursor whose writes are steps."""

    def execute(self, sql: str, values: Any = (), /) -> "Cursor":
        """Run one statement."""
        with _statement(self.connection, sql):
            return super().execute(sql, values)

    def executemany(self, sql: str, rows: Any, /) -> "Cursor":
        """Run one statement for each row of values."""
        with _statement(self.connection, sql):
            return super().executemany(sql, rows)


class Connection(sqlite3.Connection):
    """A connection whose writes are steps."""

    def cursor(self, factory: Any = None) -> Any:
        """Return a cursor that counts."""
        return super().cursor(factory or Cursor)

    def execute(self, sql: str, values: Any = (), /) -> Any:
        """Run one statement."""
        return self.cursor().execute(sql, values)

    def executemany(self, sql: str, rows: Any, /) -> Any:
        """Run one statement for each row of values."""
        return self.cursor().executemany(sql, rows)


@contextmanager
def _statement(connection: sqlite3.Connection, sql: str) -> Iterator[None]:
    words = sql.split()
    kind = words[0].upper()
    if kind in READING or (kind == "PRAGMA" and "=" not in sql):
        yield
        return
    name = " ".join(words[:3])
    STEPS.write(f"before {name}")
    inside = connection.in_transaction
    yield
    if not (inside and connection.in_transaction):
        STEPS.write(f"after {name}")


def _wrap(owner: Any, name: str, around: Callable[..., str | None], count: Callable[[str], None]) -> None:
    """Make a step before and after each call for which `around` gives a name."""
    original = getattr(owner, name)

    def stepping(*values: Any, **named: Any) -> Any:
        step = around(*values, **named)
        if step is None:
            return original(*values, **named)
        count(f"before {step}")
        found = original(*values, **named)
        count(f"after {step}")
        return found

    setattr(owner, name, stepping)


def count_steps(plan: Plan) -> None:
    """Wrap what touches the disk and the network."""
    STEPS.plan = plan
    folder = os.environ["KAUFLAND_DATA_DIR"]
    connect = sqlite3.connect
    sqlite3.connect = lambda *values, **named: connect(*values, **(named | {"factory": Connection}))

    def ours(path: Any, what: str) -> str | None:
        if not isinstance(path, str | Path) or not str(path).startswith(folder):
            return None
        return f"{what} {'temporary' if Path(path).name.startswith('.') else Path(path).suffix}"

    def opened(path: Any, flags: int, *_: Any, **__: Any) -> str | None:
        return ours(path, "opening") if flags & os.O_CREAT else None

    for module, name, around in (
        (os, "open", opened),
        (os, "mkdir", lambda path, *_, **__: ours(path, "folder")),
        (os, "replace", lambda path, _: ours(path, "renaming")),
        (os, "unlink", lambda path, **_: ours(path, "removing")),
        (os, "fsync", lambda _: "fsync"),
        (fcntl, "flock", lambda _, flags: f"lock {flags}"),
    ):
        _wrap(module, name, around, STEPS.write)
    _wrap(
        httpx.Client, "send", lambda _, request, **__: f"GET {request.url.path}", lambda name: STEPS.step("http", name)
    )


# --- protections taken away: the tests must notice each of them ---


def _no_transactions() -> None:
    @contextmanager
    def none(self: Database) -> Iterator[None]:
        self.execute("PRAGMA foreign_keys = OFF")  # they only fit together at the end of a page
        yield

    Database.transaction = none  # type: ignore[method-assign]
    Database.savepoint = none  # type: ignore[method-assign]  # outside a transaction it is one


def _watermark_before_the_pages() -> None:
    store_units = Orders.store_units

    def early(self: Orders, *values: Any, **named: Any) -> Any:
        self._database.execute("UPDATE sync_state SET watermark = ?", (as_text(datetime.now(UTC)),))
        return store_units(self, *values, **named)

    Orders.store_units = early  # type: ignore[method-assign]


class ExistingFile:
    """A lock that is held as long as a file exists."""

    def __init__(self, path: Path, **_: Any) -> None:
        self._file = path.with_name(path.name + ".held")

    def acquire(self, **_: Any) -> None:
        """Make the file."""
        try:
            self._file.touch(exist_ok=False)
        except FileExistsError:
            raise filelock.Timeout(str(self._file)) from None

    def release(self) -> None:
        """Take it away."""
        self._file.unlink()


def _lock_that_goes_stale() -> None:
    vars(lock_module)["FileLock"] = ExistingFile


BROKEN: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "late handshake": lambda: None,
    "silent": lambda: time.sleep(600),
    "no transactions": _no_transactions,
    "watermark before the pages": _watermark_before_the_pages,
    "lock that goes stale": _lock_that_goes_stale,
}


def main() -> None:
    """Run the command line of this process by the plan in its environment."""
    if sys.platform == "win32":
        raise NotImplementedError
    plan = Plan(**json.loads(os.environ.pop(PLAN)))
    if plan.one_more_migration:
        database_module.open_database.__defaults__ = ((*MIGRATIONS, ONE_MORE),)
    if plan.busy_seconds is not None:
        store_connection.BUSY_SECONDS = plan.busy_seconds
    BROKEN[plan.broken]()
    if plan.pipe >= 0:
        count_steps(plan)
    from kaufland_cli.cli.main import main as run  # noqa: PLC0415 - after everything is wrapped

    if plan.killed_by_the_limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    if plan.largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (plan.largest_file, plan.largest_file))
    try:
        run()
    finally:
        if plan.pipe >= 0 and not plan.number and not plan.names:
            STEPS.tell(json.dumps(STEPS.names))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
