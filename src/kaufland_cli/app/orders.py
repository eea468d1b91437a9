"""The use cases of `kaufland orders`: from the store, or for `refresh` from Kaufland, to `cli/orders.py`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from kaufland_cli.app.connection import open_api
from kaufland_cli.app.context import Context
from kaufland_cli.app.known_orders import require_order_id, state_named, status_named, storefront_named
from kaufland_cli.app.request_log import log_writer
from kaufland_cli.app.secret import api_secrets
from kaufland_cli.app.stores import claim_store, closed_after, open_store
from kaufland_cli.app.typed_times import moment
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import NotFound, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Callable

    from kaufland_cli.domain.due import DueUnit
    from kaufland_cli.domain.orders import Address, FailedUnit, Order, OrderSummary, OrderTotal, OrderUnit
    from kaufland_cli.store.order_queries import OrderFilter
    from kaufland_cli.store.store import Store

MAX_COUNTED: Final = 50_000
"""In a store with more orders, a list on a terminal does not say how many match if it does not show all of them."""


@dataclass(frozen=True, slots=True)
class OrderSearch:
    """Which orders to list, as typed by a person."""

    statuses: Sequence[str] = ()
    storefronts: Sequence[str] = ()
    since: str | None = None
    until: str | None = None
    imported_since: str | None = None
    new: bool = False
    """Only those that the latest import with new orders brought."""
    text: str | None = None
    without_sales_order: bool = False
    sales_order_states: Sequence[str] = ()


class OrderList(NamedTuple):
    """The orders found, to be read while the store is open."""

    orders: "Iterator[OrderSummary]"
    addresses: "Callable[[str], tuple[Address | None, Address | None]]"
    """Returns the billing and the shipping address of an order."""
    total: int | None
    """How many there are, regardless of the limit; None if they were not counted."""
    totals: "Sequence[OrderTotal]"
    """Their totals by currency, regardless of the limit; empty if they were not counted."""
    any_stored: bool
    new_since: str | None
    """When the import that brought the new ones began, if only those are listed."""


class UnitList(NamedTuple):
    """The units found, to be read while the store is open; the rest as in `OrderList`."""

    units: "Iterator[OrderUnit]"
    total: int | None
    any_stored: bool
    new_since: str | None


@contextmanager
def found_orders(
    context: Context, search: OrderSearch, limit: int | None, *, with_count: bool, with_totals: bool
) -> Iterator[OrderList]:
    """Yield the orders that match, newest first, at most `limit`. Raises `WrongUsage`.

    `with_count`: the number of all that match is needed. `with_totals`: so are number and totals, unless counting takes
    long; an interactive list is there at once in a store of any size.
    """
    with _chosen(context, search, limit) as (store, chosen, new_since):
        queries, stored = store.queries, store.queries.counts().orders
        total: int | None = None
        totals: Sequence[OrderTotal] = ()
        if with_totals and limit is not None:
            first = list(queries.orders(replace(chosen, limit=limit + 1)))
            if len(first) <= limit:
                total, totals = len(first), queries.totals_of([one.id_order for one in first])
            elif stored <= MAX_COUNTED:
                total, totals = queries.count(chosen), queries.totals(chosen)
            yield OrderList(iter(first[:limit]), queries.addresses, total, totals, bool(stored), new_since)
            return
        if with_count:
            total = queries.count(chosen)
        elif with_totals:
            totals = queries.totals(chosen)
        with closed_after(queries.orders(chosen)) as orders:
            yield OrderList(orders, queries.addresses, total, totals, bool(stored), new_since)


@contextmanager
def found_units(
    context: Context, search: OrderSearch, limit: int | None, *, with_count: bool, with_totals: bool
) -> Iterator[UnitList]:
    """Yield the units of the orders that match, newest order first, at most `limit`; the rest as in `found_orders`."""
    with _chosen(context, search, limit) as (store, chosen, new_since):
        queries, stored = store.queries, store.queries.counts().orders
        total: int | None = None
        if with_totals and limit is not None:
            first = list(queries.units(replace(chosen, limit=limit + 1)))
            if len(first) <= limit:
                total = len(first)
            elif stored <= MAX_COUNTED:
                total = queries.count_units(chosen)
            yield UnitList(iter(first[:limit]), total, bool(stored), new_since)
            return
        if with_count:
            total = queries.count_units(chosen)
        with closed_after(queries.units(chosen)) as units:
            yield UnitList(units, total, bool(stored), new_since)


@contextmanager
def _chosen(
    context: Context, search: OrderSearch, limit: int | None
) -> Iterator[tuple["Store", "OrderFilter", str | None]]:
    """Yield the open store, what was typed as its filter, and since when orders are new."""
    from kaufland_cli.store.order_queries import OrderFilter

    since, until = _period(context, search.since, search.until)
    imported_since, _ = _period(context, search.imported_since, None, "--imported-since")
    states = [state_named(one, "--sales-order-state", context.again) for one in search.sales_order_states]
    with open_store(context) as store:
        new_since = store.sync.brought_orders_at() if search.new else None
        in_settings = {*context.settings.storefronts, context.settings.api.default_storefront} - {""}
        chosen = OrderFilter(
            statuses=[status_named(one, store.queries.has_status, context.again) for one in search.statuses],
            storefronts=[
                storefront_named(one, store.queries, in_settings, context.again) for one in search.storefronts
            ],
            created_since=since,
            created_until=until,
            imported_since=max(filter(None, (imported_since, new_since)), default=None),
            search=search.text,
            without_sales_order=search.without_sales_order,
            sales_order_states=states,
            limit=limit,
        )
        yield store, chosen, new_since


def _period(
    context: Context, since: str | None, until: str | None, option: str = "--since"
) -> tuple[str | None, str | None]:
    """Return the first moment of a period and the first one after it, as the store writes them. Raises `WrongUsage`."""
    from kaufland_cli.domain.moments import as_text

    now, zone = context.clock.now(), context.settings.ui.timezone
    begin = None if since is None else moment(since, option, now, zone)
    end = None if until is None else moment(until, "--until", now, zone, end_of_day=True)
    if begin is not None and end is not None and begin >= end:
        raise WrongUsage(
            f"{option} {since!r} is not before --until {until!r}, so no order can match.",
            hint=Hint("Swap the two. What they take: ", command("help", "dates")),
        )
    return (None if begin is None else as_text(begin)), (None if end is None else as_text(end))


class DueList(NamedTuple):
    """The units that have to be shipped, the most urgent first."""

    units: "Sequence[DueUnit]"
    any_stored: bool


def due_units(context: Context, until: str | None) -> DueList:
    """Return the units to be shipped; with `until` only those due by then. Raises `WrongUsage`."""
    from kaufland_cli.domain.moments import as_text

    now, zone = context.clock.now(), context.settings.ui.timezone
    end = None if until is None else as_text(moment(until, "--until", now, zone, end_of_day=True, ahead=True))
    with open_store(context) as store:
        found = units_to_ship(store, now)
        if end is not None:
            found = [one for one in found if one.unit.ship_by is not None and one.unit.ship_by < end]
        return DueList(found, bool(store.queries.counts().orders))


def units_to_ship(store: "Store", now: datetime) -> "list[DueUnit]":
    """Return all units that the seller has to ship, the most urgent first."""
    from kaufland_cli.domain.due import due_unit, has_to_be_shipped, most_urgent_first
    from kaufland_cli.domain.statuses import NEED_TO_BE_SENT
    from kaufland_cli.store.order_queries import OrderFilter

    waiting = store.queries.units(OrderFilter(statuses=[NEED_TO_BE_SENT]))
    handled = store.queries.handled_units()
    units = [unit for unit in waiting if has_to_be_shipped(unit) and str(unit.id_order_unit) not in handled]
    points = store.queries.pickup_locations({unit.id_order for unit in units})
    return most_urgent_first(due_unit(unit, points.get(unit.id_order), now) for unit in units)


@contextmanager
def failed_units(context: Context, limit: int | None) -> Iterator[tuple[Iterator["FailedUnit"], int]]:
    """Yield the units that could not be read, those set aside included, and how many there are in all."""
    with open_store(context) as store:
        total = store.failed_units.count(with_set_aside=True)
        with closed_after(store.failed_units.listed(limit, with_set_aside=True)) as units:
            yield units, total


def stored_order(context: Context, order: str) -> "Order":
    """Return an order of the store. Raises `NotFound`."""
    with open_store(context) as store:
        found = store.queries.find_id(order)
        card = None if found is None else store.queries.order(found)
    if card is not None:
        return card
    require_order_id(order)
    raise NotFound(
        f"The order {order} is not in the store.",
        hint=Hint(
            command("orders", "list", "--search", order),
            ", or fetch it from Kaufland: ",
            command("orders", "refresh", order),
        ),
    )


def refresh(context: Context, order: str, *, accept_client_key: bool) -> "Order":
    """Fetch an order from Kaufland into the store and return it; nothing is changed at Kaufland."""
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.order_import.refresh import refresh_order

    require_order_id(order)
    secrets = api_secrets(context)  # before anything is created
    holder = holder_now(context.process.pid, context.clock.now(), command("orders", "refresh", order))
    with run_lock(context.loaded.store_file, holder), open_store(context, writing=True) as store:
        claim_store(context, store, accept=accept_client_key)
        log = log_writer(context, store)
        known = store.queries.find_id(order) or order.strip()
        with open_api(context, secrets, log) as api:
            refresh_order(api, store, context.clock, known, log)
    return stored_order(context, order)


def dismiss(context: Context, unit: str, *, yes: bool) -> None:
    """Set aside units that could not be read, after asking; `unit` is the id of an order or of one unit."""
    with open_store(context, writing=True, creating=False) as store:
        waiting = [one for one in store.failed_units.found(unit) if one.set_aside is None]
        if not waiting:
            require_order_id(unit)
            raise NotFound(f"No failed unit belongs to {unit}.", hint=command("orders", "list", "--failed"))
        units = counted(len(waiting), "unit")
        if not yes:
            for one in waiting:
                context.output.note(f"unit {one.id_order_unit or '?'}: {one.reason}")
            questions = context.questions(context.again("--yes"))
            if not questions.yes_no(f"Stop counting {units} of {unit} as failed?", default=False):
                context.output.note("Nothing was changed.")
                return
        store.failed_units.dismiss([one.key for one in waiting], context.clock.now())
    context.output.success(f"{units} of {unit} dismissed.")
