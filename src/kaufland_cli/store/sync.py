"""What the import remembers between runs: where it stands, and its runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from kaufland_cli.clock import CLOCKS_MAY_DIFFER
from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.store.connection import Database

IMPORT = "import"
NARROWED_IMPORT = "narrowed import"
REFRESH = "refresh"
RECONCILE = "reconcile"

MAX_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SyncState:
    """Where the import stands; all UTC."""

    start_at: datetime | None
    """Where the first import begins, until one is complete."""
    watermark: datetime | None
    """Everything updated up to here is stored."""
    invoices_from: datetime | None
    invoices_read_at: datetime | None
    invoices_read_widely_at: datetime | None
    retry_after: datetime | None
    """Until when Kaufland asked us to back off, after the latest run."""
    retry_after_heard_at: datetime | None
    each_storefront: bool = False
    """Whether a request for all storefronts once returned fewer units than one request for each."""
    reconciled_at: datetime | None = None
    """When an import last compared the last days with Kaufland, by the server's clock."""

    def times_ahead(self, now: datetime) -> list[str]:
        """Return the names of the times that are in the future: a clock was wrong then or is wrong now."""
        latest = now + CLOCKS_MAY_DIFFER
        times = {
            "watermark": self.watermark,
            "start_at": self.start_at,
            "reconciled_at": self.reconciled_at,
            "invoices_read_at": self.invoices_read_at,
            "invoices_read_widely_at": self.invoices_read_widely_at,
            "retry_after": self.retry_after_heard_at,
        }
        return [name for name, moment in times.items() if moment is not None and moment > latest]

    def waiting_until(self, now: datetime) -> datetime | None:
        """Return until when Kaufland asked us to back off, or None. A clock that was set back ends the wait."""
        heard, until = self.retry_after_heard_at, self.retry_after
        if heard is None or until is None or not heard <= now < until:
            return None
        return min(until, heard + MAX_WAIT)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was recorded; times are UTC text. What is not known until it ends is None before."""

    run_id: int
    kind: str
    started_at: str
    finished_at: str | None
    verdict: str | None
    since: str | None
    """Where its window began."""
    message: str | None
    orders_new: int | None
    orders_changed: int | None
    orders_cancelled: int | None
    units_seen: int | None
    units_new: int | None
    units_changed: int | None
    units_unchanged: int | None
    units_failed: int | None
    requests: int | None
    seconds: float | None

    @property
    def status(self) -> Literal["green", "red"]:
        """Green if everything was read."""
        return "green" if self.verdict == "success" else "red"

    @property
    def is_complete(self) -> bool:
        """Whether everything was fetched, even if some units could not be read."""
        return self.verdict in {"success", "partial"}


_RUN = ", ".join(field.name for field in fields(Run))


class Sync:
    """The import's memory in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def state(self) -> SyncState:
        """Return where the import stands."""
        row = self._database.row("SELECT * FROM sync_state")
        found: Mapping[str, Any] = dict(row) if row is not None else {}
        return SyncState(
            **{
                name: read_moment(found.get(name))
                for name in (
                    "start_at",
                    "watermark",
                    "invoices_from",
                    "invoices_read_at",
                    "invoices_read_widely_at",
                    "retry_after",
                    "retry_after_heard_at",
                    "reconciled_at",
                )
            },
            each_storefront=bool(found.get("each_storefront")),
        )

    def wait_until(self, retry_after: datetime, now: datetime) -> None:
        """Record until when Kaufland asked us to back off, at most a day: a longer time may be a mistake."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE sync_state SET retry_after = ?, retry_after_heard_at = ?",
                (as_text(min(retry_after, now + MAX_WAIT)), as_text(now)),
            )

    def walk_each_storefront(self) -> None:
        """Record that each storefront needs a request of its own."""
        with self._database.transaction():
            self._database.execute("UPDATE sync_state SET each_storefront = 1")

    def set_start(self, start_at: datetime) -> None:
        """Record where the first import begins; valid until an import is complete."""
        with self._database.transaction():
            self._database.execute("UPDATE sync_state SET start_at = ?", (as_text(start_at),))

    def restart_from(self, start_at: datetime) -> None:
        """Forget the watermark, which was wrong: the next complete import begins there, as a first one does."""
        with self._database.transaction():
            self._database.execute("UPDATE sync_state SET watermark = NULL, start_at = ?", (as_text(start_at),))

    def forget_times_ahead(self, now: datetime) -> None:
        """Forget waits and comparisons dated in the future: a wrong clock wrote them."""
        latest = as_text(now + CLOCKS_MAY_DIFFER)
        with self._database.transaction():
            self._database.execute(
                "UPDATE sync_state SET retry_after = NULL, retry_after_heard_at = NULL WHERE retry_after_heard_at > ?",
                (latest,),
            )
            self._database.execute("UPDATE sync_state SET reconciled_at = NULL WHERE reconciled_at > ?", (latest,))

    def client_key(self) -> str | None:
        """Return the client key whose orders this store holds; None while it is new."""
        found = self._database.value("SELECT client_key FROM sync_state")
        return None if found is None else str(found)

    def store_id(self) -> str:
        """Return the identity of the store; a copy of it has the same."""
        return str(self._database.value("SELECT store_id FROM sync_state"))

    def set_client_key(self, client_key: str) -> None:
        """Record the client key whose orders this store holds."""
        with self._database.transaction():
            self._database.execute("UPDATE sync_state SET client_key = ?", (client_key,))

    # --- runs ---

    def start_run(self, kind: str, at: datetime, since: datetime | None) -> int:
        """Record that a run begins, and return its id; runs that never finished become `interrupted`."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE runs SET finished_at = ?, verdict = 'error', message = 'interrupted' WHERE finished_at IS NULL",
                (as_text(at),),
            )
            found = self._database.execute(
                "INSERT INTO runs (kind, started_at, since, last_order_no)"
                " VALUES (?, ?, ?, (SELECT coalesce(max(order_no), 0) FROM orders))",
                (kind, as_text(at), None if since is None else as_text(since)),
            )
            return int(found.lastrowid or 0)

    def finish_run(self, run_id: int, at: datetime, results: Mapping[str, Any], watermark: datetime | None) -> None:
        """Record verdict, counts and watermark in one step; the watermark never moves back.

        With a watermark the walk was complete, so the start date has served its purpose.
        """
        columns = ", ".join(f"{name} = ?" for name in results)
        with self._database.transaction():
            self._database.execute(
                f"UPDATE runs SET finished_at = ?, {columns} WHERE run_id = ?",  # noqa: S608 - names of our own columns
                (as_text(at), *results.values(), run_id),
            )
            if watermark is not None:
                self._database.execute(
                    "UPDATE sync_state SET watermark = max(coalesce(watermark, ''), ?), start_at = NULL,"
                    " retry_after = NULL, retry_after_heard_at = NULL",
                    (as_text(watermark),),
                )

    def last_run(self, *, finished: bool = True, kinds: tuple[str, ...] = (IMPORT,)) -> Run | None:
        """Return the latest run of these kinds."""
        marks = ", ".join("?" * len(kinds))
        done = "AND finished_at IS NOT NULL" if finished else ""
        row = self._database.row(
            f"SELECT {_RUN} FROM runs WHERE kind IN ({marks}) {done} ORDER BY run_id DESC LIMIT 1",  # noqa: S608 - our own names
            kinds,
        )
        return None if row is None else Run(**dict(row))

    def last_complete_run(self) -> Run | None:
        """Return the latest import that read everything, even if some units failed."""
        row = self._database.row(
            f"SELECT {_RUN} FROM runs WHERE kind = ? AND verdict IN ('success', 'partial') AND finished_at IS NOT NULL"  # noqa: S608 - our own names
            " ORDER BY run_id DESC LIMIT 1",
            (IMPORT,),
        )
        return None if row is None else Run(**dict(row))

    def brought_orders_at(self) -> str | None:
        """Return when the latest import began that stored an order for the first time; None before the first order."""
        found = self._database.value(
            "SELECT coalesce(max(started_at), imported_at) FROM"
            " (SELECT imported_at FROM orders ORDER BY order_no DESC LIMIT 1)"
            " LEFT JOIN runs ON kind IN (?, ?) AND started_at <= imported_at",
            (IMPORT, NARROWED_IMPORT),
        )
        return None if found is None else str(found)

    def read_from_before(self, moment: datetime) -> datetime | None:
        """Return the start of the window of the latest complete import that reached back to `moment` or further."""
        return read_moment(
            self._database.value(
                "SELECT since FROM runs WHERE kind = ? AND verdict IN ('success', 'partial') AND since <= ?"
                " ORDER BY run_id DESC LIMIT 1",
                (IMPORT, as_text(moment)),
            )
        )

    def first_run_at(self) -> datetime | None:
        """Return when the first recorded run began, by this computer's clock at the time."""
        return read_moment(self._database.value("SELECT min(started_at) FROM runs"))

    def latest_time_of_runs(self) -> datetime | None:
        """Return the latest time at which a run began or ended, by this computer's clock at the time."""
        return read_moment(self._database.value("SELECT max(max(started_at, coalesce(finished_at, ''))) FROM runs"))

    def is_new_word(self, kind: str, word: str, at: datetime) -> bool:
        """Record a status or storefront; return whether it is new. Inside the caller's transaction."""
        found = self._database.execute("INSERT OR IGNORE INTO new_words VALUES (?, ?, ?)", (kind, word, as_text(at)))
        return bool(found.rowcount)

    # --- invoices ---

    def invoices_read(self, *, read_from: datetime, at: datetime, widely: bool) -> None:
        """Record since when invoices are known and when they were read; inside the caller's transaction."""
        self._database.execute(
            "UPDATE sync_state SET invoices_from = min(coalesce(invoices_from, ?), ?), invoices_read_at = ?,"
            " invoices_read_widely_at = iif(?, ?, invoices_read_widely_at)",
            (as_text(read_from), as_text(read_from), as_text(at), widely, as_text(at)),
        )


def shown_time(moment: datetime | None) -> str | None:
    """Return a moment as JSON output writes it."""
    return None if moment is None else as_text(moment)


class StorefrontSum(NamedTuple):
    """What was imported from one storefront in one currency."""

    storefront: str | None
    currency: str | None
    orders: int
    units: int
    amount: int | None
    """Minor units; None if that of one order is not known."""


def storefront_sums(database: Database, last_order_no: int) -> Iterator[StorefrontSum]:
    """Yield the orders stored after the one with this number, by storefront and currency."""
    for row in database.tuples(
        "SELECT storefront, currency, count(*) AS orders, sum(units) AS units,"
        " iif(count(total_amount) = count(*), sum(total_amount), NULL) AS amount"
        " FROM orders WHERE order_no > ? GROUP BY storefront, currency ORDER BY storefront, currency",
        (last_order_no,),
    ):
        yield StorefrontSum(*row)
