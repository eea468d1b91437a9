"""Compares Kaufland's list of units with the store, unit by unit, and collects the differences.

Units seen and differences found are in temporary tables of the store's connection. SQLite moves them to disk when they
grow, so a million units need no more memory than a hundred. Nothing here changes an order.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from kaufland_cli.domain.known import is_unknown
from kaufland_cli.domain.moments import as_text, moment_text
from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.unit_rows import KNOWN_UNITS, UnitRow, other_form, unit_key

MISSING, SURPLUS, DIFFERING = "missing", "surplus", "differing"
# The fields compared. A value that Kaufland leaves out is not a difference: the store keeps the known one.
COMPARED = ("id_order", "status", "price", "shipping_rate", "currency")


class FieldDifference(NamedTuple):
    """A value in the store and at Kaufland."""

    stored: Any
    kaufland: Any


@dataclass(frozen=True, slots=True)
class UnitDifference:
    """A unit that the store and Kaufland do not have alike; times are UTC text."""

    difference: str
    """`missing` in the store, `surplus` in it, or `differing`."""
    id_order: str | None
    id_order_unit: int | str | None
    storefront: str | None
    created_at: str | None
    updated_at: str | None
    fields: Mapping[str, FieldDifference]
    """What differs; empty if the unit is missing or surplus."""
    reason: str | None
    """Why Kaufland's version cannot be read; None if it can."""
    since_last_import: bool
    """Whether it changed since the last import, which the next one would have seen."""
    fixed: bool
    """Whether the store holds Kaufland's version now."""


@dataclass(slots=True)
class DayDifferences:
    """The differences among the units created on one day in one storefront."""

    day: str | None
    storefront: str | None
    missing: int = 0
    surplus: int = 0
    differing: int = 0
    fixed: int = 0


@dataclass(frozen=True, slots=True)
class DifferenceCounts:
    """What a comparison came to, in units."""

    units_compared: int
    missing: int
    surplus: int
    differing: int
    since_last_import: int
    fixed: int

    @property
    def different(self) -> int:
        """How many differ in any way."""
        return self.missing + self.surplus + self.differing


FOUND_FIELDS = tuple(field.name for field in fields(UnitDifference))

_TABLES = (
    ("CREATE TEMP TABLE IF NOT EXISTS reconcile_seen (key TEXT PRIMARY KEY, pass_no INTEGER NOT NULL) WITHOUT ROWID"),
    (
        "CREATE TEMP TABLE IF NOT EXISTS reconcile_found ("
        " key TEXT PRIMARY KEY, difference TEXT NOT NULL, id_order TEXT, id_order_unit, storefront TEXT,"
        " created_at TEXT, updated_at TEXT, fields TEXT NOT NULL, reason TEXT,"
        " since_last_import INTEGER NOT NULL, fixed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID"
    ),
)
_NAMES = ("reconcile_seen", "reconcile_found")
Unit = OrderUnit | UnreadableUnit


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of comparing one page."""

    differing: list[Unit]
    """Units that are missing from the store or differ from it."""
    contradicted: set[str]
    """Orders with a unit that differs but has the stored update time, so we cannot know which version is newer."""
    rows_new: int
    """Rows seen for the first time in this pass."""


class ReconcileTables:
    """One comparison at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self) -> None:
        """Start a comparison and clear the results of the previous one."""
        for table in _TABLES:
            self._database.execute(table)
        for name in _NAMES:
            self._database.execute(f"DELETE FROM temp.{name}")  # noqa: S608 - our own names

    def compare(self, units: Sequence[Unit], pass_no: int, newer_than: datetime | None) -> Compared:
        """Compare one page, inside the caller's transaction, and record what is missing or differs.

        `newer_than`: units updated since then count as changed since the last import; None if none do.
        """
        keyed = _keyed(units)
        seen: dict[str, int] = dict(self._database.tuples_for_keys(_FIND_SEEN, (key for key, _ in keyed)))
        known = self._known(units)
        kept = self._kept_unreadable([key for key, unit in keyed if isinstance(unit, UnreadableUnit)])
        rows_new, differing, contradicted = 0, [], set()
        for key, unit in keyed:
            if seen.get(key) != pass_no:
                rows_new += 1
                seen[key] = pass_no
            row = None
            if unit.id_order_unit is not None:
                row = known.get(unit.id_order_unit) or known.get(other_form(unit.id_order_unit))
            fields = _differences(unit, row, kept)
            if fields is not None:
                self._note(key, unit, row, fields, newer_than)
                differing.append(unit)
                if row is not None and isinstance(unit, OrderUnit) and unit.updated_at == row.updated_at:
                    contradicted |= {unit.id_order, row.id_order}
        self._database.execute_many(
            "INSERT OR REPLACE INTO temp.reconcile_seen VALUES (?, ?)", [(key, pass_no) for key, _ in keyed]
        )
        return Compared(differing, contradicted, rows_new)

    def rows_read(self, since_pass: int) -> int:
        """Return how many distinct rows were seen in this pass or a later one."""
        sql = "SELECT count(*) FROM temp.reconcile_seen WHERE pass_no >= ?"
        return int(self._database.value(sql, (since_pass,)))

    def find_surplus(self, since: datetime, storefront: str | None) -> None:
        """Record the stored units created after that moment that Kaufland did not list.

        Without units created in that very second: Kaufland does not say whether it belongs to the window. Without units
        fulfilled by Kaufland, which its list leaves out unless requested. Without units known to have left their order.
        """
        self._database.execute(
            "INSERT OR IGNORE INTO temp.reconcile_found"
            " (key, difference, id_order, id_order_unit, storefront, created_at, updated_at, fields,"
            "  since_last_import)"
            " SELECT CAST(id_order_unit AS TEXT), ?, id_order, id_order_unit, storefront, created_at, updated_at,"
            "  '{}', 0 FROM v_order_units WHERE created_at > ? AND (? IS NULL OR storefront = ?)"
            "  AND fulfillment_type IS NOT 'fulfilled_by_kaufland' AND absent_since IS NULL"
            "  AND CAST(id_order_unit AS TEXT) NOT IN (SELECT key FROM temp.reconcile_seen)",
            (SURPLUS, as_text(since), storefront, storefront),
        )

    def surplus_orders(self, after: str, limit: int) -> list[str]:
        """Return up to `limit` orders with surplus units, sorted by id, starting after `after`."""
        rows = self._database.tuples(
            "SELECT DISTINCT id_order FROM temp.reconcile_found WHERE difference = ? AND id_order > ?"
            " ORDER BY id_order LIMIT ?",
            (SURPLUS, after, limit),
        )
        return [str(row[0]) for row in rows]

    def mark_fixed(self, units: Sequence[Unit], absent: Sequence[int | str] = ()) -> None:
        """Record that the store now has Kaufland's version of these units; inside the caller's transaction.

        `absent`: ids of units that the store now knows to have left their order.
        """
        keys = [*(key for key, _ in _keyed(units)), *map(str, absent)]
        self._database.execute_many("UPDATE temp.reconcile_found SET fixed = 1 WHERE key = ?", [(key,) for key in keys])

    def found(self, limit: int | None = None, *, before: str | None = None) -> Iterator[UnitDifference]:
        """Yield the differences, newest first; `before`: only those last updated before that moment."""
        sql = (
            f"SELECT {', '.join(FOUND_FIELDS)} FROM temp.reconcile_found"  # noqa: S608 - our own names
            " WHERE ? IS NULL OR updated_at IS NULL OR updated_at < ? ORDER BY created_at DESC, key LIMIT ?"
        )
        for row in self._database.rows(sql, (before, before, -1 if limit is None else limit)):
            different = {name: FieldDifference(**values) for name, values in json.loads(row["fields"]).items()}
            flags = {name: bool(row[name]) for name in ("since_last_import", "fixed")}
            yield UnitDifference(**dict(row) | {"fields": different} | flags)

    def sums(self, day_of: Callable[[str], str]) -> list[DayDifferences]:
        """Return the number of differences of each kind by day of creation (see `day_of`) and storefront, newest first.

        `day_of` turns a UTC time into the day in the seller's time zone.
        """
        days: dict[tuple[str, str], DayDifferences] = {}
        for created, storefront, difference, fixed, number in self._database.tuples(
            # Time zones differ by whole quarters of an hour, so minutes are precise enough.
            "SELECT substr(created_at, 1, 16), storefront, difference, fixed, count(*) FROM temp.reconcile_found"
            " GROUP BY 1, 2, 3, 4"
        ):
            day = None if created is None else day_of(f"{created}:00Z")
            entry = days.setdefault((day or "", storefront or ""), DayDifferences(day, storefront))
            setattr(entry, difference, getattr(entry, difference) + number)
            entry.fixed += number if fixed else 0
        return [days[key] for key in sorted(days, reverse=True)]

    def counts(self, before: str | None = None) -> DifferenceCounts:
        """Return the number of units compared, and of missing, surplus, differing, recently changed and fixed ones."""
        row = self._database.row(
            "SELECT count(*) FILTER (WHERE difference = 'missing') AS missing,"
            " count(*) FILTER (WHERE difference = 'surplus') AS surplus,"
            " count(*) FILTER (WHERE difference = 'differing') AS differing,"
            " count(*) FILTER (WHERE since_last_import) AS since_last_import,"
            " count(*) FILTER (WHERE fixed) AS fixed"
            " FROM temp.reconcile_found WHERE ? IS NULL OR updated_at IS NULL OR updated_at < ?",
            (before, before),
        )
        compared = int(self._database.value("SELECT count(*) FROM temp.reconcile_seen"))
        return DifferenceCounts(compared, **dict(row or {}))

    # --- one page ---

    def _known(self, units: Sequence[Unit]) -> dict[int | str, UnitRow]:
        wanted: list[int | str] = []
        for unit in units:
            if unit.id_order_unit is not None:
                wanted += (unit.id_order_unit, other_form(unit.id_order_unit))
        rows = map(UnitRow._make, self._database.tuples_for_keys(KNOWN_UNITS, wanted))
        return {row.id_order_unit: row for row in rows}

    def _kept_unreadable(self, keys: Sequence[str]) -> set[str]:
        sql = "SELECT 1 FROM unreadable_units WHERE unreadable_key = ?"
        return {key for key in keys if self._database.value(sql, (key.partition("#")[0],))}

    def _note(
        self,
        key: str,
        unit: Unit,
        row: UnitRow | None,
        fields: Mapping[str, Any],
        newer_than: datetime | None,
    ) -> None:
        """Record a difference; if it is already recorded, update only Kaufland's side."""
        storefront, created, updated = _storefront_and_times(unit)
        recent = newer_than is not None and updated is not None and updated >= as_text(newer_than)
        self._database.execute(
            "INSERT INTO temp.reconcile_found"
            " (key, difference, id_order, id_order_unit, storefront, created_at, updated_at, fields, reason,"
            "  since_last_import) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at, reason = excluded.reason",
            (
                key,
                MISSING if row is None or isinstance(unit, UnreadableUnit) else DIFFERING,
                unit.id_order,
                unit.id_order_unit,
                storefront,
                created,
                updated,
                json.dumps(fields),
                unit.reason if isinstance(unit, UnreadableUnit) else None,
                recent,
            ),
        )


def _differences(unit: Unit, row: UnitRow | None, kept: set[str]) -> dict[str, Any] | None:
    """Return the fields that differ; empty if the unit is missing, None if the store has the same."""
    if isinstance(unit, UnreadableUnit):
        return None if str(unit_key(unit)) in kept else {}
    if row is None:
        return {}
    found: dict[str, Any] = {}
    for name in COMPARED:
        value, stored = getattr(unit, name), getattr(row, name)
        if value != stored and not is_unknown(value):
            found[name] = {"stored": stored, "kaufland": value}
    if row.absent_since is not None:  # the list has it, the whole order did not
        found["absent_since"] = {"stored": row.absent_since, "kaufland": None}
    return found or None


def _storefront_and_times(unit: Unit) -> tuple[str | None, str | None, str | None]:
    """Return storefront, creation and last update; for an unreadable unit, those that can be read."""
    if isinstance(unit, OrderUnit):
        return unit.storefront, unit.created_at, unit.updated_at
    raw = json.loads(unit.raw)
    fields = raw if isinstance(raw, dict) else {}
    storefront = fields.get("storefront")
    return (
        storefront.lower() if isinstance(storefront, str) else None,
        moment_text(fields.get("ts_created_iso")),
        moment_text(fields.get("ts_updated_iso")),
    )


def _keyed(units: Sequence[Unit]) -> list[tuple[str, Unit]]:
    """Return the units with their keys; identical units without an id each get a key of their own."""
    times: dict[str, int] = {}
    found = []
    for unit in units:
        key = str(unit_key(unit))
        if unit.id_order_unit is None:
            times[key] = times.get(key, 0) + 1
            if times[key] > 1:
                key = f"{key}#{times[key]}"
        found.append((key, unit))
    return found


_FIND_SEEN = (
    "SELECT key, pass_no FROM temp.reconcile_seen"  # noqa: S608 - marks only
    f" WHERE key IN ({MARKS})"
)
