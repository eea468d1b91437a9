"""Stores the units of one response: each once, with its changes in the history, and without losing known values.

Units come from `order_import` through `store.orders`; rows go to the tables of docs/decisions/0008-sqlite-layout.md.
Rows are compared with the stored ones in memory and written together at the end, because imports spend most of their
time on pages of a hundred units.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.domain.statuses import CANCELLED
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.intern_tables import InternTables
from kaufland_cli.store.order_summaries import NewOrderCache, Summaries
from kaufland_cli.store.run_tally import FAILED, WEIGHTS, Entry, RunTally, UnitChange
from kaufland_cli.store.search_index import SearchIndex
from kaufland_cli.store.unit_rows import (
    HISTORY_FIELDS,
    INSERT_HISTORY,
    INSERT_UNIT,
    KNOWN_UNITS,
    UNITS_OF_ORDER,
    UPDATE_UNIT,
    UnitRow,
    extras_changes,
    other_form,
    unit_key,
    unit_row,
)

SEQ_STRIDE = 2**24
"""Numbers requests across runs: run number times this, plus the number of the request in its run."""
_ERASED = f"SELECT id_order FROM erased_orders WHERE id_order IN ({MARKS})"  # noqa: S608 - marks only
_COPY_ERASED_MARK = (
    "INSERT OR IGNORE INTO erased_orders (id_order, at, why) SELECT ?, at, why FROM erased_orders WHERE id_order = ?"
)
_COMPARE_AGAIN = f"UPDATE sales_orders SET compared_at = NULL WHERE id_order IN ({MARKS})"  # noqa: S608 - marks only


class StoredUnit(NamedTuple):
    """What became of one unit of a response."""

    key: int | str
    """The unit's id; for a unit without one, a hash of it."""
    id_order: str | None
    change: UnitChange
    status: str | None = None
    status_before: str | None = None
    created_at: str | None = None
    reason: str | None = None
    """Why it could not be read."""


@dataclass(slots=True)
class StoredPage:
    """What became of the units of one response."""

    units: list[StoredUnit] = field(default_factory=list)
    orders_new: set[str] = field(default_factory=set)
    orders_changed: set[str] = field(default_factory=set)
    orders_cancelled: set[str] = field(default_factory=set)
    """Known orders that are now cancelled as a whole."""
    absent: list[int | str] = field(default_factory=list)
    """Ids of units that are missing from the whole order since this response."""
    contradicted: set[str] = field(default_factory=set)
    """Orders with a unit that came in two versions with the same update time, so we cannot know which is newer."""
    rows_new: int = 0
    """Rows seen for the first time in this pass over the list."""

    def add(self, other: "StoredPage") -> None:
        """Add further units of the same response."""
        self.units += other.units
        self.orders_new |= other.orders_new
        self.orders_changed |= other.orders_changed - self.orders_new
        self.orders_cancelled |= other.orders_cancelled
        self.absent += other.absent
        self.contradicted |= other.contradicted
        self.rows_new += other.rows_new


class PageWriter:
    """Writes the units of one response, inside the caller's transaction."""

    def __init__(
        self,
        database: Database,
        interned: InternTables,
        search: SearchIndex,
        tally: RunTally,
        *,
        request_seq: int,
        run_id: int,
        at: str,
        pass_no: int,
    ) -> None:
        """`pass_no`: the pass over the list that the response belongs to; 0 if it is not from the list."""
        self._database = database
        self._interned = interned
        self._search = search
        self._tally = tally
        self._request_seq = request_seq
        self._run_id = run_id
        self._at = at
        self._pass_no = pass_no
        self._page = StoredPage()
        self._new_orders = NewOrderCache()
        self._gained: set[str] = set()
        self._lost: set[str] = set()
        self._known: dict[int | str, UnitRow] = {}
        self._entries: dict[str, Entry] = {}
        self._unreadable: set[str] = set()
        self._inserted: dict[int | str, UnitRow] = {}
        self._updated: dict[int | str, UnitRow] = {}
        self._history: list[tuple[Any, ...]] = []
        self._failed: dict[str, UnreadableUnit | None] = {}

    def store(self, units: Sequence[OrderUnit | UnreadableUnit], whole_order: str | None = None) -> StoredPage:
        """Store all units with history, order summaries, search index and tally, or nothing.

        `whole_order`: id of the order whose units the response claims to list in full; no units then means that the
        order has none left.
        """
        if not units and whole_order is None:
            return self._page
        with self._database.savepoint():
            self._interned.begin(units)
            self._look_up(units)
            for unit in self._without_erased_buyers(units):
                stored = self._keep_unreadable(unit) if isinstance(unit, UnreadableUnit) else self._keep(unit)
                self._page.units.append(stored)
            if whole_order is not None:
                self._note_absent(whole_order, units)
            self._interned.write()
            if self._inserted:
                self._database.execute_many(INSERT_UNIT, list(self._inserted.values()))
            if self._updated:
                self._database.execute_many(UPDATE_UNIT, [row._asdict() for row in self._updated.values()])
            if self._history:
                self._database.execute_many(INSERT_HISTORY, self._history)
            self._write_unreadable()
            self._write_orders()
            self._write_tally()
        return self._page

    def _look_up(self, units: Sequence[OrderUnit | UnreadableUnit]) -> None:
        """Load the stored rows of these units, also if an id was a number before and is text now."""
        wanted: list[int | str] = []
        keys: list[str] = []
        for unit in units:
            given = unit.id_order_unit
            if given is not None:
                wanted.append(given)
                wanted.append(other_form(given))
            keys.append(str(unit_key(unit)))
        found = map(UnitRow._make, self._database.tuples_for_keys(KNOWN_UNITS, wanted))
        self._known = {row.id_order_unit: row for row in found}
        self._entries = self._tally.entries(keys)
        if self._database.value("SELECT EXISTS (SELECT 1 FROM unreadable_units)"):
            self._unreadable = {
                key
                for key in keys
                if self._database.value("SELECT 1 FROM unreadable_units WHERE unreadable_key = ?", (key,))
            }

    def _without_erased_buyers(
        self, units: Sequence[OrderUnit | UnreadableUnit]
    ) -> Sequence[OrderUnit | UnreadableUnit]:
        """Remove the data of buyers who were erased, so that it never comes back."""
        if not self._database.value("SELECT EXISTS (SELECT 1 FROM erased_orders)"):
            return units
        orders = [self._orders_of(unit) for unit in units]
        wanted = {id_order for named in orders for id_order in named}
        erased = {row[0] for row in self._database.tuples_for_keys(_ERASED, wanted)}
        for named in orders:  # a unit that moved to another order takes the erasure mark with it
            if erased.intersection(named):
                self._database.execute_many(_COPY_ERASED_MARK, [(one, named[-1]) for one in named if one not in erased])
        return [
            without_buyer(unit) if erased.intersection(named) else unit
            for unit, named in zip(units, orders, strict=True)
        ]

    def _orders_of(self, unit: OrderUnit | UnreadableUnit) -> list[str]:
        """Return the order that the unit names, and the one it belongs to in the store."""
        known = None
        if unit.id_order_unit is not None:
            known = self._known.get(unit.id_order_unit) or self._known.get(other_form(unit.id_order_unit))
        return [one for one in (unit.id_order, None if known is None else known.id_order) if one is not None]

    def _entry(self, key: str) -> Entry:
        found = self._entries.get(key)
        if found is None:
            found = self._entries[key] = Entry()
        return found

    # --- one unit ---

    def _keep(self, unit: OrderUnit) -> StoredUnit:
        given = unit.id_order_unit
        known = self._known.get(given) or self._known.get(other_form(given))
        key = given if known is None else known.id_order_unit
        text = str(given)
        entry = self._entry(text)
        before = None if known is None else known.status
        change: UnitChange = "unchanged"
        row = unit_row(unit, key, known, self._interned, self._request_seq)
        differs = known is None or not row.same_content(known)
        if differs and known and entry.request_seq and unit.updated_at == known.updated_at:
            self._page.contradicted |= {row.id_order, known.id_order}
        if known is None or self._wins(unit, known, entry):
            self._forget_unreadable(text, entry)
            entry.request_seq = self._request_seq
            if differs:
                change = "new" if known is None else "changed"
                self._put(key, row, known)
                if known is None:
                    self._new_orders.note(unit, row)
        if entry.change != FAILED:
            weight = WEIGHTS[change]
            entry.change = weight if entry.change is None else max(entry.change, weight)
        return StoredUnit(key, unit.id_order, change, unit.status, before, unit.created_at)

    def _wins(self, unit: OrderUnit, known: UnitRow, entry: Entry) -> bool:
        """Return whether the response replaces the stored unit.

        Within a run the later update time wins, otherwise the later request.
        """
        standing = max(known.request_seq, entry.request_seq)
        if known.absent_since is None and standing // SEQ_STRIDE == self._request_seq // SEQ_STRIDE:
            ours, theirs = unit.updated_at, known.updated_at
            if ours is not None and theirs is not None and ours != theirs:
                return ours > theirs
        return self._request_seq >= standing

    def _put(self, key: int | str, row: UnitRow, known: UnitRow | None) -> None:
        """Queue a row to be written in place of the known one, with its history."""
        id_order = row.id_order
        if known is None:
            self._inserted[key] = row
        else:
            (self._inserted if key in self._inserted else self._updated)[key] = row
            self._new_orders.invalidate(id_order)
            self._new_orders.invalidate(known.id_order)
            self._history.extend(
                (key, id_order, self._at, self._run_id, name, old, new)
                for name in HISTORY_FIELDS
                if (old := getattr(known, name)) != (new := getattr(row, name))
            )
            if row.extras_no != known.extras_no:
                self._note_extras(key, row, known)
            if id_order != known.id_order:
                self._lost.add(known.id_order)
        self._gained.add(id_order)
        self._known[key] = row

    def _note_extras(self, key: int | str, row: UnitRow, known: UnitRow) -> None:
        """Record a change of the fulfillment type or of an extra field in the history.

        A field that was not there before is not a change: the list and the whole order have different fields.
        """
        (old, more_before), (new, more) = (self._interned.extras(one.extras_no) for one in (known, row))
        about = (key, row.id_order, self._at, self._run_id)
        if old != new:
            self._history.append((*about, "fulfillment_type", old, new))
        if next(extras_changes(more, more_before), None) is not None:
            self._history.append((*about, "extras_no", known.extras_no, row.extras_no))

    def _note_absent(self, id_order: str, units: Sequence[OrderUnit | UnreadableUnit]) -> None:
        """Mark units of the order that are missing from the response as absent, unless a later response had them.

        A unit without an id could be any of them; then none is marked.
        """
        if any(unit.id_order_unit is None for unit in units):
            return
        named = {str(unit.id_order_unit) for unit in units}
        lacking = {
            str(row.id_order_unit): row
            for row in map(UnitRow._make, self._database.tuples(UNITS_OF_ORDER, (id_order,)))
            if str(row.id_order_unit) not in named
        }
        entries = self._tally.entries(lacking)
        for text, known in lacking.items():
            entry = self._entries[text] = entries.get(text) or Entry()
            if max(known.request_seq, entry.request_seq) > self._request_seq:
                continue
            entry.request_seq = self._request_seq
            if entry.change != FAILED:
                entry.change = max(entry.change or 0, WEIGHTS["changed"])
            row = known._replace(absent_since=self._at, request_seq=self._request_seq)
            self._put(known.id_order_unit, row, known)
            self._page.absent.append(known.id_order_unit)

    def _keep_unreadable(self, unit: UnreadableUnit) -> StoredUnit:
        key = unit_key(unit)
        text = str(key)
        entry = self._entry(text)
        known = None
        if unit.id_order_unit is not None:
            known = self._known.get(key) or self._known.get(other_form(key))
        standing = entry.request_seq if known is None else max(entry.request_seq, known.request_seq)
        if standing > self._request_seq:
            if entry.change is None:
                entry.change = WEIGHTS["unchanged"]
            return StoredUnit(key, unit.id_order, "unchanged")
        entry.change = FAILED
        if entry.failed_seq <= self._request_seq:
            entry.failed_seq = self._request_seq
            self._failed.pop(text, None)
            self._failed[text] = unit
        return StoredUnit(key, unit.id_order, "failed", reason=unit.reason)

    def _forget_unreadable(self, text: str, entry: Entry) -> None:
        """Forget that the unit was unreadable, unless a later request says so."""
        if entry.failed_seq > self._request_seq:
            return
        if entry.change == FAILED:
            entry.change = None
        if text in self._unreadable or text in self._failed or entry.failed_seq:
            self._failed[text] = None

    # --- writing ---

    def _write_orders(self) -> None:
        """Update order summaries, row counts and the search index from the units."""
        if self._gained:
            self._sum_up()
        if self._inserted or self._page.orders_new:
            self._database.execute(
                "UPDATE row_counts SET orders = orders + ?, units = units + ?",
                (len(self._page.orders_new), len(self._inserted)),
            )
        self._search.catch_up()

    def _sum_up(self) -> None:
        """Update the orders' summaries, and mark their sales orders to be compared again."""
        self._database.execute_for_keys(_COMPARE_AGAIN, self._gained | self._lost)
        summed = Summaries(self._database, self._search).write(
            self._gained | self._lost, self._new_orders, self._at, self._tally.last_order_no
        )
        for id_order, (before, now) in summed.items():
            if before is None:
                self._page.orders_new.add(id_order)
            elif id_order in self._gained:
                self._page.orders_changed.add(id_order)
            if now == CANCELLED and before not in {None, CANCELLED}:
                self._page.orders_cancelled.add(id_order)

    def _write_unreadable(self) -> None:
        """Write the unreadable units. One from a whole order has fewer fields and never replaces one from the list."""
        from_list = self._pass_no > 0
        for key, unit in self._failed.items():
            if unit is None:
                self._database.execute("DELETE FROM unreadable_units WHERE unreadable_key = ?", (key,))
                continue
            # Without an id we cannot know whether both are the same unit, so the one from the list stands for both.
            same = (
                "SELECT 1 FROM unreadable_units WHERE (unreadable_key = ? AND reason = ? AND (raw = ? OR NOT ?))"
                " OR (? IS NULL AND NOT ? AND id_order = ? AND id_order_unit IS NULL) LIMIT 1"
            )
            values = (key, unit.reason, unit.raw, from_list, unit.id_order_unit, from_list, unit.id_order)
            if self._database.value(same, values) is None:
                self._database.execute(
                    "INSERT INTO unreadable_units"
                    " (unreadable_key, id_order_unit, id_order, reason, raw, first_seen_at, last_seen_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (unreadable_key) DO UPDATE SET"
                    " id_order = excluded.id_order, reason = excluded.reason, raw = excluded.raw,"
                    " last_seen_at = excluded.last_seen_at, unknown_since = NULL,"
                    " set_aside_at = iif(raw = excluded.raw, set_aside_at, NULL),"
                    " set_aside = iif(raw = excluded.raw, set_aside, NULL)",
                    (key, unit.id_order_unit, unit.id_order, unit.reason, unit.raw, self._at, self._at),
                )

    def _write_tally(self) -> None:
        pass_no = self._pass_no
        if pass_no:
            before: list[int] = []
            times: dict[str, int] = {}
            for unit in self._page.units:
                # Rows without an id may be identical; each of them on a page counts.
                text = str(unit.key)
                if unit.change == "failed":
                    times[text] = times.get(text, 0) + 1
                    if times[text] > 1:
                        before.append(self._tally.note_repeated(text, times[text], pass_no))
                        continue
                before.append(self._entries[text].pass_no)
                self._entries[text].pass_no = pass_no
            before = [one for one in before if one != pass_no]
            self._page.rows_new = len(before)
            self._tally.note_pass(pass_no, before)
        self._tally.note(
            self._entries,
            [
                (id_order, id_order in self._page.orders_changed, id_order in self._page.orders_cancelled)
                for id_order in self._page.orders_changed | self._page.orders_cancelled
            ],
        )


def without_buyer(unit: OrderUnit | UnreadableUnit) -> OrderUnit | UnreadableUnit:
    """Return the unit without anything that could identify its buyer."""
    if isinstance(unit, UnreadableUnit):
        return unit._replace(raw="null")
    return unit._replace(buyer=None, billing_address=None, shipping_address=None, more={})
