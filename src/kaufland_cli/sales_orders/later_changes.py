"""Looks whether orders have changed at Kaufland since their sales orders were created, or lost all their units."""

from kaufland_cli.clock import Clock
from kaufland_cli.sales_orders.snapshot import CHANGED, EMPTIED, LEFT, changes, emptied, snapshot_now
from kaufland_cli.store.store import Store


def look_for_changes(store: Store, clock: Clock) -> list[str]:
    """Compare the orders that changed with their sales orders; return those that have come into conflict by it."""
    found = _emptied(store, clock)
    for id_order in store.sales_orders.changed_since_created():
        with store.database.transaction():
            row, order = store.sales_orders.row(id_order), store.queries.order(id_order)
            if row is None or order is None or not row.number:
                continue
            reasons = changes(order, row.snapshot, row.number)
            # What was told stays until a person has seen to it; but a unit that has come back has not left.
            ended = {LEFT, CHANGED} if reasons else {LEFT}
            kept = [reason for reason in row.reasons if reason.code not in ended]
            if reasons and reasons != [reason for reason in row.reasons if reason.code in ended]:
                found.append(id_order)
            if reasons or kept:
                store.sales_orders.mark_conflict(id_order, clock.now(), [*kept, *reasons])
            elif row.state == "conflict":
                store.sales_orders.unclash(id_order, clock.now())
            store.sales_orders.compared(id_order, snapshot_now(order, row.snapshot), order.summary.updated_at)
    return found


def _emptied(store: Store, clock: Clock) -> list[str]:
    """Bring the orders into conflict that lost all their units before a document was made, and back those refilled."""
    found = []
    for id_order in store.sales_orders.emptied():
        with store.database.transaction():
            row, order = store.sales_orders.row(id_order), store.queries.order(id_order)
            if row is not None and order is not None and not order.units:
                store.sales_orders.mark_conflict(id_order, clock.now(), [emptied(order), *row.reasons])
                found.append(id_order)
    for id_order in store.sales_orders.filled_again(EMPTIED):
        with store.database.transaction():
            row = store.sales_orders.row(id_order)
            if row is not None:
                before = [reason for reason in row.reasons if reason.code != EMPTIED]
                if row.held_by_hand:
                    store.sales_orders.hold(id_order, clock.now(), before, by_hand=True)
                else:
                    store.sales_orders.wait(id_order, clock.now(), before)
    return found
