"""Writes where each order's sales order stands, and what a person has confirmed.

`sales_orders.push` decides; the two-stage write that keeps an order from being sent twice is in docs/decisions/0013.
Each order has one row for its state, and its last two hundred steps as events.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.domain.order_snapshot import OrderSnapshot, read_snapshot
from kaufland_cli.domain.sales_order_states import NEXT_TO_PUSH, WITH_DOCUMENT, WITHOUT_DOCUMENT, State
from kaufland_cli.store.connection import Database
from kaufland_cli.store.sales_order_row import Reason, SalesOrderRow, read_reason
from kaufland_cli.store.sql_functions import listed

KEPT_EVENTS = 200


class SalesOrders:
    """The sales orders of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- which ---

    def waiting(self) -> list[str]:
        """Return the orders to push, oldest first: pending, held by a rule, or left in doubt."""
        sql = (
            "SELECT id_order FROM sales_orders JOIN orders USING (id_order)"  # noqa: S608 - our own words
            f" WHERE state IN {listed(NEXT_TO_PUSH)} AND NOT held_by_hand ORDER BY orders.created_at, id_order"
        )
        return [row[0] for row in self._database.tuples(sql)]

    def due_for_duplicate_check(self, target: str | None = None) -> list[str]:
        """Return the orders that may have a second sales order, created elsewhere at the same moment.

        `target`: only those of one target.
        """
        sql = (
            f"SELECT id_order FROM sales_orders WHERE +state IN {listed(WITH_DOCUMENT)} AND look_again"  # noqa: S608 - our own words
            " AND target = coalesce(?, target) ORDER BY created_at, id_order"
        )
        return [row[0] for row in self._database.tuples(sql, (target,))]

    def changed_since_created(self) -> list[str]:
        """Return the orders that have changed since they were last compared with their sales order.

        Any change of a unit clears `compared_at`. The plus sign keeps SQLite from reading all that have a document.
        """
        sql = (
            "SELECT id_order FROM sales_orders WHERE compared_at IS NULL"  # noqa: S608 - our own words
            f" AND +state IN {listed(WITH_DOCUMENT)} AND number IS NOT NULL AND snapshot IS NOT NULL ORDER BY id_order"
        )
        return [row[0] for row in self._database.tuples(sql)]

    def emptied(self) -> list[str]:
        """Return the orders that have no units left and no sales order yet."""
        sql = (
            "SELECT id_order FROM sales_orders JOIN orders USING (id_order)"  # noqa: S608 - our own words
            f" WHERE state IN {listed(WITHOUT_DOCUMENT)} AND orders.status = 'empty' ORDER BY id_order"
        )
        return [row[0] for row in self._database.tuples(sql)]

    def filled_again(self, code: str) -> list[str]:
        """Return the orders in conflict for this reason code that have no document, and have units again."""
        sql = (
            "SELECT id_order FROM sales_orders JOIN orders USING (id_order)"
            " WHERE state = 'conflict' AND reason = ? AND number IS NULL AND orders.status <> 'empty' ORDER BY id_order"
        )
        return [row[0] for row in self._database.tuples(sql, (code,))]

    def stopped_storefronts(self) -> dict[str, str]:
        """Return the storefronts whose VAT came out wrong in the target, each with the first such order."""
        sql = (
            "SELECT coalesce(orders.storefront, ''), id_order FROM sales_orders JOIN orders USING (id_order)"
            " WHERE state = 'conflict' AND reason = 'vat_differs' ORDER BY id_order DESC"
        )
        return dict(self._database.tuples(sql))

    # --- one order ---

    def row(self, id_order: str) -> SalesOrderRow | None:
        """Return where the order's sales order stands; None if it has none and is not waiting for one."""
        sql = (
            "SELECT sales_orders.*, coalesce(orders.storefront, '') AS storefront"
            " FROM sales_orders LEFT JOIN orders USING (id_order) WHERE id_order = ?"
        )
        row = self._database.row(sql, (id_order,))
        if row is None:
            return None
        return SalesOrderRow(
            id_order=row["id_order"],
            state=row["state"],
            storefront=row["storefront"],
            reasons=tuple(map(read_reason, json.loads(row["reasons"]))),
            target=row["target"] or "",
            number=row["number"] or "",
            target_id=row["target_id"] or "",
            customer_by_hand=row["customer_by_hand"] or "",
            held_by_hand=bool(row["held_by_hand"]),
            snapshot=read_snapshot(json.loads(row["snapshot"])) if row["snapshot"] else None,
            not_before=read_moment(row["not_before"]),
            asked=row["asked_at"] is not None,
            attempts=row["attempts"],
        )

    def wait(
        self, id_order: str, now: datetime, reasons: Sequence[Reason] = (), *, customer_by_hand: str | None = None
    ) -> None:
        """Make the order wait to be sent; the reasons say why it has not been yet."""
        more: dict[str, Any] = {} if customer_by_hand is None else {"customer_by_hand": customer_by_hand or None}
        self._put(
            id_order,
            now,
            state="pending",
            reasons=reasons,
            held_by_hand=0,
            not_before=None,
            asked_at=None,
            attempts=0,
            **more,
        )

    def queue(self, id_order: str, now: datetime) -> None:
        """Make an order wait to be sent, unless it already has a state."""
        with self._database.transaction():
            if self.row(id_order) is None:
                self._put(id_order, now, state="pending")

    def hold(self, id_order: str, now: datetime, reasons: Sequence[Reason], *, by_hand: bool = False) -> None:
        """Hold the order, because of a rule or `by_hand` because a person said so."""
        self._put(id_order, now, state="held", reasons=reasons, held_by_hand=int(by_hand), not_before=None)

    def sending(
        self,
        id_order: str,
        now: datetime,
        *,
        target: str,
        customer_no: str,
        currency: str,
        total: int,
        tax: int | None,
        snapshot: OrderSnapshot,
        warnings: Sequence[str],
    ) -> None:
        """Record that it is being sent, before it is: after a crash the next push first looks for the document.

        The order may have changed since `snapshot` was taken, so it is due for comparing with it.
        """
        self._put(
            id_order,
            now,
            state="sending",
            target=target,
            customer_no=customer_no,
            currency=currency,
            total_amount=total,
            tax_amount=tax,
            snapshot=_written(snapshot),
            warnings=json.dumps(list(warnings), ensure_ascii=False),
            compared_at=None,
        )

    def about_to_send(self, id_order: str, now: datetime, not_before: datetime) -> None:
        """Record that the request goes out now, and until when the target may still carry it out."""
        self._database.execute(
            "UPDATE sales_orders SET asked_at = ?, not_before = ?, attempts = attempts + 1 WHERE id_order = ?",
            (as_text(now), as_text(not_before), id_order),
        )

    def in_doubt(self, id_order: str, now: datetime, reason: Reason) -> None:
        """Leave it in `sending`, with the reason why it is unknown whether it was created."""
        self._put(id_order, now, state="sending", reasons=[reason])

    def created(
        self,
        id_order: str,
        now: datetime,
        *,
        target: str,
        number: str,
        target_id: str,
        customer_no: str,
        total: int | None,
        tax: int | None,
        snapshot: OrderSnapshot,
        warnings: Sequence[str],
        conflicts: Sequence[Reason] = (),
        note: str = "",
        look_again: bool = False,
    ) -> None:
        """Record the document's number and amounts (minor units); `conflicts` are the differences, if any.

        The next check for changes compares the order with `snapshot`. With `look_again` the next push checks whether
        another installation created a second one at the same moment.
        """
        self._put(
            id_order,
            now,
            state="conflict" if conflicts else "created",
            reasons=conflicts,
            note=note,
            target=target,
            number=number,
            target_id=target_id,
            customer_no=customer_no or None,
            target_total_amount=total,
            target_tax_amount=tax,
            snapshot=_written(snapshot),
            warnings=json.dumps(list(warnings), ensure_ascii=False),
            created_at=as_text(now),
            held_by_hand=0,
            not_before=None,
            compared_at=None,
            look_again=int(look_again),
        )

    def fail(self, id_order: str, now: datetime, reason: Reason) -> None:
        """Record that the target does not accept it; a person has to act."""
        self._put(id_order, now, state="error", reasons=[reason], not_before=None)

    def mark_conflict(self, id_order: str, now: datetime, reasons: Sequence[Reason]) -> None:
        """Record a conflict that a person has to look at."""
        self._put(id_order, now, state="conflict", reasons=reasons, not_before=None)

    def duplicate_checked(self, id_order: str) -> None:
        """Record that the check for a second document is done."""
        self._database.execute("UPDATE sales_orders SET look_again = 0 WHERE id_order = ?", (id_order,))

    def compared(self, id_order: str, snapshot: OrderSnapshot, updated_at: str | None) -> None:
        """Record that the order, in its version of `updated_at` (UTC), was compared with its sales order."""
        self._database.execute(
            "UPDATE sales_orders SET compared_at = ?, snapshot = ? WHERE id_order = ?",
            (updated_at or "", _written(snapshot), id_order),
        )

    def drop(self, id_order: str, now: datetime, text: str) -> None:
        """Forget the state of an order that needs no sales order, or none yet; `text` says why."""
        with self._database.transaction():
            self._database.execute("DELETE FROM sales_orders WHERE id_order = ?", (id_order,))
            self._event(id_order, now, "none", text)

    def end_conflict(self, id_order: str, now: datetime) -> None:
        """Record that a conflict is over because the order matches its document again."""
        self._put(id_order, now, state="created", note="no conflict any more: the order is as it was")

    def resolve(self, id_order: str, now: datetime, snapshot: OrderSnapshot) -> None:
        """Record that a person resolved the conflict; later changes are compared with the order as it is now."""
        self._put(
            id_order,
            now,
            state="created",
            note="resolved by hand",
            snapshot=_written(snapshot),
            compared_at=None,
        )

    def unlink(self, id_order: str, now: datetime, reason: Reason) -> None:
        """Forget the document's number and hold the order; the document in the target is not touched."""
        self._put(
            id_order,
            now,
            state="held",
            reasons=[reason],
            held_by_hand=1,
            number=None,
            target_id=None,
            not_before=None,
            asked_at=None,
            attempts=0,
        )

    def order_linked_to(self, target: str, number: str, id_order: str) -> str | None:
        """Return another order that is linked to this document number in this target, or None."""
        sql = "SELECT id_order FROM sales_orders WHERE target = ? AND bc_code(number) = ? AND id_order <> ?"
        found: str | None = self._database.value(sql, (target, bc_code(number), id_order))
        return found

    # --- confirmations ---

    def confirm(self, target: str, what: str, now: datetime) -> None:
        """Record that a person confirmed something for this target: `first`, or a currency as `currency CZK`."""
        self._database.execute(
            "INSERT INTO sales_order_confirmations (target, what, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (target, what, as_text(now)),
        )

    def any_confirmed(self) -> bool:
        """Return whether a person has confirmed anything, for any target."""
        return self._database.value("SELECT 1 FROM sales_order_confirmations") is not None

    def confirmed(self, target: str, what: str) -> bool:
        """Return whether a person confirmed this for this target."""
        sql = "SELECT 1 FROM sales_order_confirmations WHERE target = ? AND what = ?"
        return self._database.value(sql, (target, what)) is not None

    # --- how ---

    def _event(self, id_order: str, now: datetime, state: State, text: str) -> None:
        self._database.execute(
            "INSERT INTO sales_order_events (id_order, at, state, text) VALUES (?, ?, ?, ?)",
            (id_order, as_text(now), state, text or None),
        )
        self._database.execute(  # an order may fail every quarter of an hour, for years
            "DELETE FROM sales_order_events WHERE id_order = ? AND event_no <= (SELECT event_no FROM sales_order_events"
            " WHERE id_order = ? ORDER BY event_no DESC LIMIT 1 OFFSET ?)",
            (id_order, id_order, KEPT_EVENTS),
        )

    def _put(
        self,
        id_order: str,
        now: datetime,
        *,
        state: State,
        reasons: Iterable[Reason] = (),
        note: str = "",
        **columns: Any,
    ) -> None:
        """Write the row and, if state or reasons changed, an event, in one transaction."""
        kept = list(reasons)
        reasons_given = bool(kept)
        if state == "sending" and not kept:
            kept = list(row.reasons) if (row := self.row(id_order)) else []  # shown until it succeeds
        first = kept[0] if kept else Reason("", "")
        columns |= {
            "state": state,
            "reason": first.code or None,
            "reasons": json.dumps([one.record() for one in kept], ensure_ascii=False),
            "updated_at": as_text(now),
        }
        text = note or (
            "" if state in {"pending", "sending"} and not reasons_given else "\n".join(r.text for r in kept)
        )
        names = list(columns)
        with self._database.transaction():
            before = self._database.row("SELECT state, reasons FROM sales_orders WHERE id_order = ?", (id_order,))
            known = None if before is None else [read_reason(one) for one in json.loads(before["reasons"])]
            if before is not None and (before["state"], known) == (state, kept):
                del columns["updated_at"]
                names.remove("updated_at")
            else:
                self._event(id_order, now, state, text)
            if before is None:
                self._database.execute(
                    f"INSERT INTO sales_orders (id_order, {', '.join(names)})"  # noqa: S608 - our own names
                    f" VALUES (?{', ?' * len(names)})",
                    (id_order, *columns.values()),
                )
            else:
                self._database.execute(
                    f"UPDATE sales_orders SET {', '.join(f'{name} = ?' for name in names)} WHERE id_order = ?",  # noqa: S608 - our own names
                    (*columns.values(), id_order),
                )


def _written(snapshot: OrderSnapshot) -> str:
    return json.dumps(snapshot.record(), ensure_ascii=False)
