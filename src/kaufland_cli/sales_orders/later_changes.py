"""Looks whether orders have changed at Kaufland since their sales orders were created."""

from kaufland_cli.clock import Clock
from kaufland_cli.sales_orders.sold import changes, still_sold
from kaufland_cli.store.store import Store


def look_for_changes(store: Store, clock: Clock) -> list[str]:
    """Compare the orders that changed with their sales orders; return those that have come into conflict by it."""
    found = []
    for id_order in store.sales_orders.changed_since_created():
        with store.database.transaction():
            row, order = store.sales_orders.row(id_order), store.queries.order(id_order)
            if row is None or order is None or not row.number:
                continue
            if reasons := changes(order, row.sold, row.number):
                kept = [reason for reason in row.reasons if reason.code != "changed"]
                if [reason for reason in row.reasons if reason.code == "changed"] != reasons:
                    found.append(id_order)
                store.sales_orders.clash(id_order, clock.now(), [*kept, *reasons])
            store.sales_orders.compared(id_order, still_sold(order, row.sold), order["updated_at"])
    return found
