"""Finds orders that changed at Kaufland after their sales orders were created, or that lost all their units.

Reads orders and snapshots from the store and marks conflicts there; nothing is changed in the target.
"""

from kaufland_cli.clock import Clock
from kaufland_cli.sales_orders.snapshot import CHANGED, EMPTIED, LEFT, changes, emptied, snapshot_now
from kaufland_cli.store.store import Store


def look_for_changes(store: Store, clock: Clock) -> list[str]:
    """Compare changed orders with their sales orders; return the ids of the new conflicts."""
    found = _emptied(store, clock)
    for id_order in store.sales_orders.changed_since_created():
        with store.database.transaction():
            row, order = store.sales_orders.row(id_order), store.queries.order(id_order)
            if row is None or order is None or not row.number or row.snapshot is None:
                continue
            reasons = changes(order, row.snapshot, row.number)
            # A reported change stays until somebody resolves it, except for a unit that left and came back.
            ended = {LEFT, CHANGED} if reasons else {LEFT}
            kept = [reason for reason in row.reasons if reason.code not in ended]
            if reasons and reasons != [reason for reason in row.reasons if reason.code in ended]:
                found.append(id_order)
            if reasons or kept:
                store.sales_orders.mark_conflict(id_order, clock.now(), [*kept, *reasons])
            elif row.state == "conflict":
                store.sales_orders.end_conflict(id_order, clock.now())
            store.sales_orders.compared(id_order, snapshot_now(order, row.snapshot), order.summary.updated_at)
    return found


def _emptied(store: Store, clock: Clock) -> list[str]:
    """Mark orders that lost all units before a document was created as conflicts; release those with units again."""
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
