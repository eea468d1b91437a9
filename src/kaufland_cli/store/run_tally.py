"""The tally of one run: what happened to each unit, counted once however often it was seen.

It lives in temporary tables of the store's connection, not in the store file. SQLite moves them to disk when they grow,
so a run over a million units needs no more memory than one over a hundred. They take part in transactions, so a
rollback restores the tally too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kaufland_cli.store.connection import MARKS, Database

UnitChange = Literal["new", "changed", "unchanged", "failed"]
# A unit counts as the highest it reached; one that could not be read last counts as failed.
WEIGHTS: dict[UnitChange, int] = {"unchanged": 0, "changed": 1, "new": 2}
FAILED = 3

_TABLES = (
    (
        "CREATE TEMP TABLE IF NOT EXISTS tally_rows ("
        " key TEXT NOT NULL, nth INTEGER NOT NULL,"
        " pass_no INTEGER NOT NULL, request_seq INTEGER NOT NULL, failed_seq INTEGER NOT NULL, change INTEGER,"
        " PRIMARY KEY (key, nth)) WITHOUT ROWID"
    ),
    "CREATE TEMP TABLE IF NOT EXISTS tally_passes (pass_no INTEGER PRIMARY KEY, rows INTEGER NOT NULL)",
    (
        "CREATE TEMP TABLE IF NOT EXISTS tally_orders ("
        " id_order TEXT PRIMARY KEY, changed INTEGER NOT NULL, cancelled INTEGER NOT NULL)"
        " WITHOUT ROWID"
    ),
)
_NAMES = ("tally_rows", "tally_passes", "tally_orders")
FAILED_IN_THIS_RUN = f"(SELECT 1 FROM temp.tally_rows WHERE key = unreadable_key AND nth = 1 AND change = {FAILED})"  # noqa: S608 - our own number
"""SQL condition for a row of `unreadable_units`: this run could not read the unit when it last saw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """What became of the orders and units of a run; seen = new + changed + unchanged."""

    orders_new: int = 0
    orders_changed: int = 0
    orders_cancelled: int = 0
    units_seen: int = 0
    units_new: int = 0
    units_changed: int = 0
    units_unchanged: int = 0
    units_failed: int = 0


@dataclass(slots=True)
class Entry:
    """What the tally knows of one unit."""

    pass_no: int = 0
    """The last pass over the list that returned it; 0 if none did."""
    request_seq: int = 0
    """The request whose response is stored."""
    failed_seq: int = 0
    """The latest request whose response could not be read."""
    change: int | None = None


class RunTally:
    """Counts what happened to the units and orders of a run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ready_generation: int | None = None
        self.last_order_no = 0
        """The highest order number when the run began; orders that the run adds have higher ones."""
        self._begun = False

    def begin(self) -> None:
        """Start a new run with empty counts."""
        self._prepare()
        for name in _NAMES:
            self._database.execute(f"DELETE FROM temp.{name}")  # noqa: S608 - our own names
        self.last_order_no = self._newest_order_no()

    def entries(self, keys: Iterable[str]) -> dict[str, Entry]:
        """Return the entries of these units by key, without those that this run has not seen."""
        self._prepare()
        return {key: Entry(*rest) for key, *rest in self._database.tuples_for_keys(_FIND_ENTRIES, keys)}

    def note(self, entries: Mapping[str, Entry], orders: Sequence[tuple[str, bool, bool]]) -> None:
        """Record one response, inside the caller's transaction; `orders` has id, changed, cancelled."""
        self._database.execute_many(
            "INSERT OR REPLACE INTO temp.tally_rows VALUES (?, 1, ?, ?, ?, ?)",
            [(key, entry.pass_no, entry.request_seq, entry.failed_seq, entry.change) for key, entry in entries.items()],
        )
        if orders:
            self._database.execute_many(
                "INSERT INTO temp.tally_orders VALUES (?, ?, ?) ON CONFLICT (id_order) DO UPDATE SET"
                " changed = max(changed, excluded.changed), cancelled = max(cancelled, excluded.cancelled)",
                orders,
            )

    def note_rows(self, keys: Iterable[str], pass_no: int) -> int:
        """Count rows of a page that are not stored, inside the caller's transaction; return how many are new in it."""
        entries = self.entries(set(keys))
        for key in set(keys) - entries.keys():
            entries[key] = Entry()
        before = [entry.pass_no for entry in entries.values() if entry.pass_no != pass_no]
        for entry in entries.values():
            entry.pass_no = pass_no
        self.note_pass(pass_no, before)
        self.note(entries, [])
        return len(before)

    def note_repeated(self, key: str, nth: int, pass_no: int) -> int:
        """Record the nth of identical rows on one page; return the pass that saw it before, or 0."""
        before = self._database.value("SELECT pass_no FROM temp.tally_rows WHERE key = ? AND nth = ?", (key, nth))
        self._database.execute(
            "INSERT OR REPLACE INTO temp.tally_rows VALUES (?, ?, ?, 0, 0, NULL)", (key, nth, pass_no)
        )
        return int(before or 0)

    def note_pass(self, pass_no: int, before: Sequence[int]) -> None:
        """Count rows for this pass; `before` has the pass that last saw each of them, or 0."""
        for old in set(before) - {0}:
            sql = "UPDATE temp.tally_passes SET rows = rows - ? WHERE pass_no = ?"
            self._database.execute(sql, (before.count(old), old))
        self._database.execute(
            "INSERT INTO temp.tally_passes VALUES (?, ?)"
            " ON CONFLICT (pass_no) DO UPDATE SET rows = rows + excluded.rows",
            (pass_no, len(before)),
        )

    def rows_read(self, since_pass: int) -> int:
        """Return how many distinct rows were seen in this pass or a later one."""
        self._prepare()
        sql = "SELECT coalesce(sum(rows), 0) FROM temp.tally_passes WHERE pass_no >= ?"
        return int(self._database.value(sql, (since_pass,)))

    def counts(self) -> RunCounts:
        """Return the counts under their JSON names; seen = new + changed + unchanged."""
        self._prepare()
        rows = self._database.tuples(
            "SELECT change, count(*) FROM temp.tally_rows WHERE change IS NOT NULL GROUP BY change"
        )
        units = dict(rows)
        orders_new = int(self._database.value("SELECT count(*) FROM orders WHERE order_no > ?", (self.last_order_no,)))
        changed, cancelled = self._database.tuples(  # CROSS: looks up those of this run, instead of reading all orders
            "SELECT coalesce(sum(changed), 0), coalesce(sum(cancelled), 0) FROM temp.tally_orders"
            " CROSS JOIN orders USING (id_order) WHERE order_no <= ?",
            (self.last_order_no,),
        )[0]
        seen = {name: units.get(weight, 0) for name, weight in WEIGHTS.items()}
        return RunCounts(
            orders_new=orders_new,
            orders_changed=changed,
            orders_cancelled=cancelled,
            units_seen=sum(seen.values()),
            units_new=seen["new"],
            units_changed=seen["changed"],
            units_unchanged=seen["unchanged"],
            units_failed=units.get(FAILED, 0),
        )

    def _newest_order_no(self) -> int:
        return int(self._database.value("SELECT max(order_no) FROM orders") or 0)

    def _prepare(self) -> None:
        """Create the tables if needed: a rollback drops those that its transaction created."""
        if not self._begun:
            self.last_order_no = self._newest_order_no()
            self._begun = True
        if self._ready_generation != self._database.generation:
            for table in _TABLES:
                self._database.execute(table)
            self._ready_generation = self._database.generation


_FIND_ENTRIES = (
    "SELECT key, pass_no, request_seq, failed_seq, change FROM temp.tally_rows"  # noqa: S608 - marks only
    f" WHERE nth = 1 AND key IN ({MARKS})"
)
