"""The use cases of `kaufland sales-orders` that need no ERP system: list, show, hold, unlink and resolve.

They read and change the state in the store; `push_steps.py` talks to the target. See
docs/decisions/0013-sales-orders-never-twice.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.app.known_orders import known, state_named
from kaufland_cli.app.pushing import push_lock
from kaufland_cli.app.results import SalesOrderDetails
from kaufland_cli.app.stores import claim_store, closed_after, open_store
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import NotFound, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.store.sales_order_lists import ListedSalesOrder, SharedReason
    from kaufland_cli.store.store import Store


class SalesOrderList(NamedTuple):
    """Sales orders, to be read while the store is open."""

    sales_orders: "Iterator[ListedSalesOrder]"
    counts: dict[str, int]
    """How many there are in each state."""
    total: int
    """How many there are in the requested states, regardless of the limit."""
    reasons: "Sequence[SharedReason]"
    """The reasons that hold them up, each once, with the number of orders."""


@contextmanager
def listed_sales_orders(
    context: Context, states: Sequence[str], limit: int | None, *, with_reasons: bool
) -> Iterator[SalesOrderList]:
    """Yield the sales orders in these states (none: all), newest orders first. Raises `WrongUsage`."""
    wanted = [state_named(one, "--state", context.again) for one in states]
    with open_store(context) as store:
        lists = store.sales_order_lists
        counts = lists.counts()
        total = sum(count for name, count in counts.items() if not wanted or name in wanted)
        reasons = lists.reasons(wanted) if with_reasons else ()
        with closed_after(lists.listed(wanted, limit)) as found:
            yield SalesOrderList(found, counts, total, reasons)


def sales_order_details(context: Context, order: str) -> SalesOrderDetails:
    """Return an order's sales order with its document and events. Raises `NotFound`."""
    with open_store(context) as store:
        id_order = known(store, order)
        listed, row = store.sales_order_lists.one(id_order), store.sales_orders.row(id_order)
        events = store.sales_order_lists.events(id_order)
    if listed is None or row is None:
        last = events[0].text if events else "it is not waiting for one"
        raise NotFound(
            f"The order {id_order} has no sales order: {last}.",
            hint=command("sales-orders", "push", id_order, "--dry-run"),
        )
    return SalesOrderDetails(listed, row.reasons, row.snapshot.document if row.snapshot else None, events)


def hold(context: Context, orders: Iterable[str], reason: str) -> None:
    """Hold orders back until they are retried. Raises `WrongUsage` if one is being sent or has a document."""
    from kaufland_cli.store.sales_order_row import Reason

    with _writing(context) as store:
        chosen = [known(store, order) for order in orders]
        for id_order in chosen:
            row = store.sales_orders.row(id_order)
            if row is not None and (row.number or row.state == "sending"):
                state = f"{row.state} as {row.number}" if row.number else row.state
                raise WrongUsage(
                    f"The sales order of {id_order} is {state}; it can no longer be held back.",
                    hint=command("sales-orders", "show", id_order),
                )
        for id_order in chosen:
            text = f"Held manually{': ' + reason if reason else ''}."
            fix = command("sales-orders", "retry", id_order)
            store.sales_orders.hold(id_order, context.clock.now(), [Reason("by_hand", text, fix)], by_hand=True)
    context.output.success(f"Held: {', '.join(chosen)}.")


def unlink(context: Context, order: str) -> None:
    """Forget an order's document and hold the order; the document stays where it is. Raises `WrongUsage`."""
    from kaufland_cli.store.sales_order_row import Reason

    with _writing(context) as store:
        id_order = known(store, order)
        row = store.sales_orders.row(id_order)
        if row is None or not row.number:
            raise WrongUsage(
                f"The order {id_order} is not linked to a document.", hint=command("sales-orders", "show", id_order)
            )
        text = f"Unlinked manually from {row.number}. That document was not changed."
        fix = Hint("Delete it there if it is wrong, then: ", command("sales-orders", "retry", id_order))
        store.sales_orders.unlink(id_order, context.clock.now(), Reason("unlinked", text, fix))
    context.output.success(Hint(f"{id_order} is no longer linked to {row.number}. ", fix))


def resolve(context: Context, orders: Iterable[str]) -> None:
    """Take the present state of orders in conflict as agreed: only later changes are reported. Raises `WrongUsage`."""
    with _writing(context) as store:
        chosen = [known(store, order) for order in orders]
        for id_order in chosen:
            _resolve(context, store, id_order)
    context.output.success(f"Resolved: {', '.join(chosen)}.")


def _resolve(context: Context, store: "Store", id_order: str) -> None:
    from kaufland_cli.domain.order_snapshot import OrderSnapshot
    from kaufland_cli.sales_orders.snapshot import resolved

    row = store.sales_orders.row(id_order)
    if row is None or row.state != "conflict":
        raise WrongUsage(
            f"The order {id_order} is not in conflict.", hint=command("sales-orders", "list", "--state", "conflict")
        )
    card = store.queries.order(id_order)
    if not row.number and card is not None and not card.units:
        store.sales_orders.drop(id_order, context.clock.now(), "no units left in it; resolved manually")
        return
    if not row.number:
        raise WrongUsage(
            f"The order {id_order} has no document yet: link the right one, or hold the order.",
            hint=command("sales-orders", "link", id_order, "NUMBER"),
        )
    if card is not None:
        snapshot = resolved(card, row.snapshot or OrderSnapshot())
        store.sales_orders.resolve(id_order, context.clock.now(), snapshot)


@contextmanager
def _writing(context: Context) -> Iterator["Store"]:
    """Open the store for writing while no push runs."""
    with push_lock(context, command("sales-orders")), open_store(context, writing=True) as store:
        claim_store(context, store, accept=False)
        yield store
