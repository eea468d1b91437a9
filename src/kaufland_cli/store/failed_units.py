"""Units that could not be read: stored raw by the page writer, retried by each import, listed for the user.

Methods that write run inside the caller's transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.orders import FailedUnit, OrderUnit, UnreadableUnit
from kaufland_cli.store.connection import Database
from kaufland_cli.store.run_tally import FAILED_IN_THIS_RUN
from kaufland_cli.store.unit_rows import FAILED_UNIT_COLUMNS

_RAW = "SELECT unreadable_key AS key, id_order_unit, id_order, raw, first_seen_at FROM unreadable_units"
SetAsideReason = Literal["gone", "dismissed"]


@dataclass(frozen=True, slots=True)
class RawUnit:
    """A unit that could not be read, as raw JSON; imports try to read it again."""

    key: str
    """Its id, or a hash of its JSON if it has none."""
    id_order_unit: int | str | None
    id_order: str | None
    raw: str
    """The unit as JSON text."""
    first_seen_at: str
    """UTC."""


class FailedUnits:
    """The unreadable units; the run's tally knows which of them this run has seen.

    Units set aside stay listed but are no longer retried or counted: Kaufland has not known their order for long
    (`gone`), or a person said so (`dismissed`).
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, *, with_set_aside: bool = False) -> int:
        """Return how many there are, those set aside only if asked for."""
        return int(
            self._database.value(
                "SELECT count(*) FROM unreadable_units WHERE set_aside IS NULL OR ?", (with_set_aside,)
            )
        )

    def listed(self, limit: int | None = None, *, with_set_aside: bool = False) -> Iterator[FailedUnit]:
        """Yield up to `limit` of them, newest first; units set aside come last."""
        for row in self._database.tuples(
            f"SELECT {FAILED_UNIT_COLUMNS} FROM unreadable_units WHERE set_aside IS NULL OR ?"  # noqa: S608 - our own names
            " ORDER BY set_aside IS NOT NULL, first_seen_at DESC, unreadable_key LIMIT ?",
            (with_set_aside, -1 if limit is None else limit),
        ):
            yield FailedUnit(*row)

    def found(self, text: str) -> list[FailedUnit]:
        """Return the unit with this id, or all units of the order with this id, set aside or not.

        Tries the id as typed, then without surrounding blanks, then in capitals.
        """
        sql = (
            f"SELECT {FAILED_UNIT_COLUMNS} FROM unreadable_units"  # noqa: S608 - our own names
            " WHERE id_order = ?1 OR CAST(id_order_unit AS TEXT) = ?1 ORDER BY unreadable_key"
        )
        for meant in (text, text.strip(), text.strip().upper()):
            if found := [FailedUnit(*row) for row in self._database.tuples(sql, (meant,))]:
                return found
        return []

    def waiting(self, limit: int) -> list[RawUnit]:
        """Return those that this run has not seen, longest waiting first."""
        rows = self._database.rows(
            f"{_RAW} WHERE set_aside IS NULL AND NOT EXISTS {FAILED_IN_THIS_RUN}"
            " ORDER BY coalesce(last_tried_at, first_seen_at), unreadable_key LIMIT ?",
            (limit,),
        )
        return [RawUnit(**dict(row)) for row in rows]

    def set_aside_units(self, limit: int) -> list[RawUnit]:
        """Return those set aside, newest first."""
        rows = self._database.rows(
            f"{_RAW} WHERE set_aside IS NOT NULL ORDER BY set_aside_at DESC, unreadable_key LIMIT ?",
            (limit,),
        )
        return [RawUnit(**dict(row)) for row in rows]

    def without_id(self, after: str, limit: int) -> list[RawUnit]:
        """Return those without any id that this run has not seen, sorted by key, starting after `after`."""
        rows = self._database.rows(
            f"{_RAW} WHERE id_order_unit IS NULL AND id_order IS NULL AND unreadable_key > ?"
            f" AND NOT EXISTS {FAILED_IN_THIS_RUN} ORDER BY unreadable_key LIMIT ?",
            (after, limit),
        )
        return [RawUnit(**dict(row)) for row in rows]

    def tried(self, keys: Iterable[str], at: datetime) -> None:
        """Count one more attempt for each."""
        self._database.execute_many(
            "UPDATE unreadable_units SET attempts = attempts + 1, last_tried_at = ? WHERE unreadable_key = ?",
            [(as_text(at), key) for key in keys],
        )

    def known(self, unit: RawUnit) -> None:
        """Record that Kaufland knows this unit, and so the others of its order."""
        self._database.execute(
            "UPDATE unreadable_units SET unknown_since = NULL WHERE unreadable_key = ? OR id_order = ?",
            (unit.key, unit.id_order),
        )

    def unknown(self, unit: RawUnit, at: datetime, gone_after: timedelta) -> list[FailedUnit]:
        """Record that Kaufland does not know this unit, nor the others of its order.

        Set aside and return those that it has not known for `gone_after`.
        """
        now, which = as_text(at), (unit.key, unit.id_order)
        self._database.execute(
            "UPDATE unreadable_units SET unknown_since = min(coalesce(unknown_since, ?), ?)"
            " WHERE unreadable_key = ? OR id_order = ?",
            (now, now, *which),
        )
        gone = (
            " FROM unreadable_units WHERE (unreadable_key = ? OR id_order = ?)"
            " AND set_aside IS NULL AND unknown_since <= ?"
        )
        values = (*which, as_text(at - gone_after))
        found = [FailedUnit(*row) for row in self._database.tuples(f"SELECT {FAILED_UNIT_COLUMNS}{gone}", values)]
        self._set_aside("gone", [one.key for one in found], at)
        return found

    def dismiss(self, keys: Iterable[str], at: datetime) -> None:
        """Set these aside because a person said so."""
        with self._database.transaction():
            self._set_aside("dismissed", keys, at)

    def _set_aside(self, how: SetAsideReason, keys: Iterable[str], at: datetime) -> None:
        self._database.execute_many(
            "UPDATE unreadable_units SET set_aside = ?, set_aside_at = ?"
            " WHERE unreadable_key = ? AND set_aside IS NULL",
            [(how, as_text(at), key) for key in keys],
        )

    def count_attempts_of_known(self, begun: datetime, at: datetime) -> None:
        """Count an attempt for each known unit that this run has seen again; those set aside as gone come back."""
        self._database.execute(
            "UPDATE unreadable_units SET unknown_since = NULL, set_aside = nullif(set_aside, 'gone'),"  # noqa: S608 - our own names
            " set_aside_at = iif(set_aside = 'gone', NULL, set_aside_at)"
            f" WHERE (unknown_since IS NOT NULL OR set_aside = 'gone') AND EXISTS {FAILED_IN_THIS_RUN}"
        )
        self._database.execute(
            "UPDATE unreadable_units SET attempts = attempts + 1, last_tried_at = ?"  # noqa: S608 - our own names
            f" WHERE first_seen_at < ? AND EXISTS {FAILED_IN_THIS_RUN}",
            (as_text(at), as_text(begun)),
        )

    def drop(self, key: str) -> None:
        """Forget one."""
        self._database.execute("DELETE FROM unreadable_units WHERE unreadable_key = ?", (key,))

    def replaced_by(self, id_order: str, units: Sequence[OrderUnit | UnreadableUnit]) -> None:
        """Forget an order's unreadable units without an id, if all units it has now have one."""
        if all(unit.id_order_unit is not None for unit in units):
            self._database.execute(
                "DELETE FROM unreadable_units WHERE id_order = ? AND id_order_unit IS NULL", (id_order,)
            )
