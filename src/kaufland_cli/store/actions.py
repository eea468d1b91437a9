"""The ledger of actions: what Kaufland was asked to do, before and after each request. See docs/decisions/0027.

`order_actions` decides; each change here is one committed transaction.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaufland_cli.domain.actions import STATES, UNFINISHED, Action, Intent, State
from kaufland_cli.domain.moments import as_text
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.sql_functions import listed

_COLUMNS = (
    "action_no, kind, id_order, id_order_unit, state, details, once, source, planned_at, sent_at, ended_at, attempts,"
    " status_code, text"
)
_UNFINISHED = listed(UNFINISHED)


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """An order and whether it has an invoice; amounts in minor units, times as UTC text."""

    id_order: str
    created_at: str | None
    status: str
    storefront: str | None
    buyer_name: str | None
    total_amount: int | None
    currency: str | None
    state: str
    """`missing`, `uploaded`, or `by_kaufland`: Kaufland bills it itself."""
    file_name: str | None


class Actions:
    """The actions of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- reading ---

    def one(self, action_no: int) -> Action | None:
        """Return one action; None if there is none with this number."""
        row = self._database.row(f"SELECT {_COLUMNS} FROM actions WHERE action_no = ?", (action_no,))  # noqa: S608 - our own names
        return None if row is None else _action(row)

    def listed(
        self, *, states: Sequence[str] = (), kinds: Sequence[str] = (), id_order: str | None = None, limit: int | None
    ) -> Iterator[Action]:
        """Yield the actions that match, the newest first; nothing named: all."""
        where, values = _where(states, kinds, id_order)
        end = "" if limit is None else f" LIMIT {int(limit)}"
        sql = f"SELECT {_COLUMNS} FROM actions{where} ORDER BY action_no DESC{end}"  # noqa: S608 - our own names
        yield from map(_action, self._database.rows(sql, values))

    def count(self, *, states: Sequence[str] = (), kinds: Sequence[str] = (), id_order: str | None = None) -> int:
        """Return how many actions match."""
        where, values = _where(states, kinds, id_order)
        return int(self._database.value(f"SELECT count(*) FROM actions{where}", values))  # noqa: S608 - our own names

    def counts(self) -> dict[State, int]:
        """Return the number of actions in each state, zeros included."""
        found = dict(self._database.tuples("SELECT state, count(*) FROM actions GROUP BY state"))
        return {state: found.get(state, 0) for state in STATES}

    def of_order(self, id_order: str) -> list[Action]:
        """Return the actions of an order, the newest first."""
        return list(self.listed(id_order=id_order, limit=None))

    def refunds_of(self, id_order_unit: int | str) -> list[Action]:
        """Return all refunds of a unit, the oldest first, whatever came of them."""
        sql = f"SELECT {_COLUMNS} FROM actions WHERE kind = 'refund' AND id_order_unit = ? ORDER BY action_no"  # noqa: S608 - our own names
        return [_action(row) for row in self._database.rows(sql, (id_order_unit,))]

    def by_once(self, onces: Iterable[str]) -> dict[str, Action]:
        """Return the actions that stand for these texts (`Intent.once`); refused ones stand for nothing."""
        sql = f"SELECT {_COLUMNS} FROM actions WHERE state <> 'refused' AND once IN ({MARKS})"  # noqa: S608 - marks only
        names = [name.strip() for name in _COLUMNS.split(",")]
        found = (_action(dict(zip(names, row, strict=True))) for row in self._database.tuples_for_keys(sql, onces))
        return {action.once: action for action in found}

    def unfinished(self) -> list[int]:
        """Return the numbers of all actions that were planned or are in doubt, the oldest first."""
        sql = f"SELECT action_no FROM actions WHERE state IN {_UNFINISHED} ORDER BY action_no"  # noqa: S608 - our own words
        return [int(number) for (number,) in self._database.tuples(sql)]

    def body(self, action_no: int) -> bytes | None:
        """Return the exact body to send; None once nothing is left to send."""
        found: bytes | None = self._database.value("SELECT body FROM actions WHERE action_no = ?", (action_no,))
        return found

    def refunded(self, id_order_unit: int | str) -> int:
        """Return how much the buyer of a unit was or may have been refunded by this program, in minor units."""
        sql = (
            "SELECT coalesce(sum(json_extract(details, '$.amount')), 0) FROM actions WHERE kind = 'refund'"
            " AND id_order_unit = ? AND (state <> 'refused' OR json_extract(details, '$.may_be_done'))"
        )
        return int(self._database.value(sql, (id_order_unit,)))

    def cancelled_since(self, since: str) -> dict[str, str]:
        """Return the units that this program cancelled since then (UTC text), each with its reason."""
        sql = (
            "SELECT id_order_unit, json_extract(details, '$.reason') FROM actions"
            " WHERE kind = 'cancel' AND state = 'done' AND ended_at >= ?"
        )
        return {str(unit): str(reason) for unit, reason in self._database.tuples(sql, (since,))}

    def ordered_since(self, since: str) -> list[tuple[str, str, str | None]]:
        """Return id, status and cancel reason of all units ordered since then (UTC text) that the seller ships."""
        sql = (
            "SELECT CAST(unit.id_order_unit AS TEXT), unit.status, unit.cancel_reason FROM orders"
            " JOIN order_units AS unit USING (id_order) LEFT JOIN extras USING (extras_no)"
            " WHERE orders.created_at >= ? AND unit.absent_since IS NULL"
            " AND extras.fulfillment_type IS NOT 'fulfilled_by_kaufland'"
        )
        return self._database.tuples(sql, (since,))

    def invoice_states(self, since: str | None) -> list[InvoiceState]:
        """Return the orders that are neither open nor cancelled, newest first, and whether they have an invoice."""
        sql = (
            "SELECT id_order, created_at, status, storefront, buyer_name, total_amount, currency,"
            " CASE WHEN is_marketplace_deemed_supplier OR fulfillment_type = 'fulfilled_by_kaufland' THEN 'by_kaufland'"
            " WHEN invoice_uploaded OR file_name IS NOT NULL THEN 'uploaded' ELSE 'missing' END, file_name"
            " FROM (SELECT v_orders.*, (SELECT json_extract(details, '$.file_name') FROM actions"
            "  WHERE actions.id_order = v_orders.id_order AND kind = 'invoice' AND state = 'done'"
            "  ORDER BY action_no DESC LIMIT 1) AS file_name FROM v_orders)"
            " WHERE status NOT IN ('open', 'cancelled', 'empty') AND created_at >= coalesce(?, '')"
            " ORDER BY created_at DESC, id_order DESC"
        )
        return [InvoiceState(*row) for row in self._database.tuples(sql, (since,))]

    def order_of_unit(self, id_order_unit: str) -> str | None:
        """Return the order of a stored unit; None if there is no such unit."""
        sql = (
            "SELECT id_order FROM order_units WHERE id_order_unit IN (?1, CAST(?1 AS INTEGER)) AND absent_since IS NULL"
        )
        found: str | None = self._database.value(sql, (id_order_unit,))
        return found

    def carriers(self, read_since: str) -> tuple[str, ...] | None:
        """Return Kaufland's carriers as they were read since then (UTC text); None if they were not."""
        found = self._database.value(
            "SELECT content FROM api_lists WHERE name = 'carriers' AND read_at >= ?", (read_since,)
        )
        return None if found is None else tuple(json.loads(found))

    # --- writing ---

    def remember_carriers(self, names: Sequence[str], now: datetime) -> None:
        """Keep Kaufland's carriers."""
        self._database.execute(
            "INSERT OR REPLACE INTO api_lists VALUES ('carriers', ?, ?)",
            (as_text(now), json.dumps(list(names), ensure_ascii=False)),
        )

    def plan(self, intents: Iterable[Intent], now: datetime) -> list[int]:
        """Record actions before anything is sent, all or none, and return their numbers.

        Where an action with the same `once` stands already, its number is returned and it stays as it is.
        """
        with self._database.transaction():
            return [self._planned(intent, now) for intent in intents]

    def _planned(self, intent: Intent, now: datetime) -> int:
        values = (
            intent.kind,
            intent.id_order,
            intent.id_order_unit,
            intent.once,
            json.dumps(dict(intent.details), ensure_ascii=False),
            intent.body,
            intent.source,
            as_text(now),
        )
        self._database.execute(
            "INSERT OR IGNORE INTO actions (kind, id_order, id_order_unit, state, once, details, body, source,"
            " planned_at) VALUES (?, ?, ?, 'planned', ?, ?, ?, ?, ?)",
            values,
        )
        sql = "SELECT action_no FROM actions WHERE once = ? AND state <> 'refused'"
        return int(self._database.value(sql, (intent.once,)))

    def replan(self, action_no: int, intent: Intent, now: datetime) -> None:
        """Replace what a planned action that was never sent is to send."""
        self._database.execute(
            "UPDATE actions SET details = ?, body = ?, source = ?, planned_at = ?"
            " WHERE action_no = ? AND state = 'planned' AND attempts = 0",
            (
                json.dumps(dict(intent.details), ensure_ascii=False),
                intent.body,
                intent.source,
                as_text(now),
                action_no,
            ),
        )

    def after_interruption(self) -> None:
        """Put in doubt what a process that is gone was sending; call it with the lock of actions."""
        self._database.execute(
            "UPDATE actions SET state = 'in_doubt', text = 'The program ended before Kaufland had answered.',"
            " details = json_set(details, '$.doubtful', json('true'))"
            " WHERE state = 'sending'"
        )

    def after_restore(self) -> None:
        """Put in doubt what was unfinished in a copy: since then it may have been carried out."""
        self._database.execute(
            "UPDATE actions SET state = 'in_doubt', status_code = NULL,"
            " details = json_set(details, '$.doubtful', json('true')),"
            " text = 'Unfinished in the restored copy; it may have been carried out since.'"
            " WHERE state IN ('planned', 'sending')"
        )

    def sending(self, action_no: int, now: datetime) -> None:
        """Record that the request goes out now."""
        self._database.execute(
            "UPDATE actions SET state = 'sending', sent_at = ?, attempts = attempts + 1, status_code = NULL"
            " WHERE action_no = ?",
            (as_text(now), action_no),
        )

    def not_sent(self, action_no: int, text: str | None) -> None:
        """Let it wait again, because Kaufland certainly did not carry it out; `text` says why."""
        self._database.execute("UPDATE actions SET state = 'planned', text = ? WHERE action_no = ?", (text, action_no))

    def in_doubt(self, action_no: int, status_code: int | None, text: str) -> None:
        """Record that it is not known whether Kaufland carried it out; `text` says why."""
        self._database.execute(
            "UPDATE actions SET state = 'in_doubt', status_code = ?, text = ?,"
            " details = json_set(details, '$.doubtful', json('true')) WHERE action_no = ?",
            (status_code, text, action_no),
        )

    def done(
        self,
        action_no: int,
        now: datetime,
        *,
        status_code: int | None,
        text: str | None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Record that Kaufland carried it out; `details` are added to those that were sent."""
        self._end(action_no, "done", now, status_code, text, details)

    def refused(
        self,
        action_no: int,
        now: datetime,
        *,
        status_code: int | None,
        text: str,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Record that Kaufland did not carry it out and will not, or that a person gave it up."""
        self._end(action_no, "refused", now, status_code, text, details)

    def _end(
        self,
        action_no: int,
        state: State,
        now: datetime,
        status_code: int | None,
        text: str | None,
        details: Mapping[str, Any] | None,
    ) -> None:
        self._database.execute(
            "UPDATE actions SET state = ?, ended_at = ?, status_code = coalesce(?, status_code), text = ?,"
            " body = iif(?1 = 'done' OR kind = 'invoice', NULL, body), details = json_patch(details, ?)"
            " WHERE action_no = ?",
            (state, as_text(now), status_code, text, json.dumps(dict(details or {}), ensure_ascii=False), action_no),
        )

    def again(self, action_no: int) -> bool:
        """Plan a refused action once more; return False if another one stands in its place."""
        with self._database.transaction():
            once = self._database.value("SELECT once FROM actions WHERE action_no = ?", (action_no,))
            if self._database.value("SELECT 1 FROM actions WHERE once = ? AND state <> 'refused'", (once,)):
                return False
            self._database.execute(
                "UPDATE actions SET state = 'planned', ended_at = NULL WHERE action_no = ? AND state = 'refused'"
                " AND body IS NOT NULL",
                (action_no,),
            )
            return self.one_state(action_no) == "planned"

    def one_state(self, action_no: int) -> str | None:
        """Return where an action stands; None if there is none with this number."""
        found: str | None = self._database.value("SELECT state FROM actions WHERE action_no = ?", (action_no,))
        return found

    def drop(self, action_no: int) -> None:
        """Delete an action that was planned and never sent."""
        self._database.execute(
            "DELETE FROM actions WHERE action_no = ? AND state = 'planned' AND attempts = 0", (action_no,)
        )


def _where(states: Sequence[str], kinds: Sequence[str], id_order: str | None) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    for column, wanted in (("state", states), ("kind", kinds), ("id_order", [] if id_order is None else [id_order])):
        if wanted:
            parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def _action(row: Any) -> Action:
    return Action(
        action_no=row["action_no"],
        kind=row["kind"],
        id_order=row["id_order"],
        id_order_unit=row["id_order_unit"],
        state=row["state"],
        details=json.loads(row["details"]),
        once=row["once"],
        source=row["source"],
        planned_at=row["planned_at"],
        sent_at=row["sent_at"],
        ended_at=row["ended_at"],
        attempts=row["attempts"],
        status_code=row["status_code"],
        text=row["text"],
    )
