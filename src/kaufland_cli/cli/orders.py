"""`kaufland orders list / show / refresh / dismiss / erase`."""

from dataclasses import replace
from typing import Annotated

import typer

from kaufland_cli.app.connection import open_api
from kaufland_cli.app.known_orders import insist_on_an_id
from kaufland_cli.app.request_log import log_writer
from kaufland_cli.app.secret import api_secrets
from kaufland_cli.app.stores import claim_store, closed_after, open_store
from kaufland_cli.app.typed_times import moment
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.options import AcceptClientKey, AsCsv, AsJson, AsJsonLines, Limit, OrderId, Yes, context_of, group
from kaufland_cli.cli.order_statuses import KNOWN, status_named
from kaufland_cli.cli.orders_erase import erase
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import NotFound, WrongUsage
from kaufland_cli.output import FAILED_UNIT_COLUMNS, ORDER_COLUMNS, Format

app = group("Look at the imported orders.")
app.command("erase")(erase)

# A terminal shows so many unless told otherwise; pipes and files always get all.
SHOWN_ON_A_TERMINAL = 50


@app.command("list")
def list_orders(
    call: typer.Context,
    status: Annotated[
        list[str] | None,
        typer.Option(metavar="STATUS", help=f"Orders with this status or a unit in it: {', '.join(KNOWN)}."),
    ] = None,
    storefront: Annotated[list[str] | None, typer.Option(metavar="CODE", help="For example at.")] = None,
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="Created since then: 30d, 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Created before then.")] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Find part of id, name, address, SKU, title, EAN.")
    ] = None,
    without_sales_order: Annotated[
        bool, typer.Option("--without-sales-order", help="Only orders that have no sales order yet.")
    ] = False,
    sales_order_state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE", help="State of the sales order: none, pending, held, created, conflict or error."
        ),
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="The units that could not be read, with the reason, instead of orders.")
    ] = False,
    limit: Limit = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """List the orders, newest first.

    Example: kaufland orders list --status need_to_be_sent --since 7d
    """
    from kaufland_cli.cli.sales_orders import state_named
    from kaufland_cli.domain.moments import as_text
    from kaufland_cli.output.records.orders import ORDER_FIELDS, summary_record
    from kaufland_cli.store.order_queries import OrderFilter

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    now, zone = context.clock.now(), context.settings.ui.timezone
    on_terminal = context.format is Format.AUTO and context.stdout.isatty()
    if failed:
        if any((status, storefront, since, until, search, without_sales_order, sales_order_state)):
            raise WrongUsage(
                "--failed lists units that could not be read; it cannot be filtered by what is in an order.",
                hint=command("orders", "list", "--failed"),
            )
        _list_failed(context, limit, on_terminal=on_terminal)
        return
    if limit is None and on_terminal:
        limit = SHOWN_ON_A_TERMINAL
    chosen = OrderFilter(
        storefronts=[one.strip().lower() for one in storefront or []],
        created_since=as_text(moment(since, "--since", now, zone)) if since is not None else None,
        created_until=as_text(moment(until, "--until", now, zone)) if until is not None else None,
        search=search,
        without_sales_order=without_sales_order,
        sales_order_states=[state_named(one) for one in sales_order_state or []],
        limit=limit or None,
    )
    with open_store(context) as store:
        chosen = replace(chosen, statuses=[status_named(one, store.queries.has_status) for one in status or []])
        total = store.queries.count(chosen)
        empty = _nothing(context, any_stored=bool(store.queries.counts()["orders"]))
        with closed_after(store.queries.orders(chosen)) as orders:
            context.output.listing(
                "orders",
                map(summary_record, orders),
                ORDER_COLUMNS,
                fields=ORDER_FIELDS,
                schema="kaufland.orders/1",
                empty=empty,
                extra={"total": total},
            )
    if on_terminal and chosen.limit is not None and total > chosen.limit:
        context.output.note(f"{chosen.limit} of {total} orders shown, newest first. To see all: --limit 0")


def _list_failed(context: CliContext, limit: int | None, *, on_terminal: bool) -> None:
    """List the units that could not be read; every import tries them again unless they are set aside."""
    from kaufland_cli.store.failed_units import FAILED_FIELDS

    if limit is None and on_terminal:
        limit = SHOWN_ON_A_TERMINAL
    with open_store(context) as store:
        total = store.failed_units.count(with_set_aside=True)
        with closed_after(store.failed_units.listed(limit or None, with_set_aside=True)) as units:
            context.output.listing(
                "units",
                units,
                FAILED_UNIT_COLUMNS,
                fields=FAILED_FIELDS,
                schema="kaufland.failed_units/1",
                empty="Every unit could be read.",
                extra={"total": total},
            )
    if on_terminal and limit and total > limit:
        context.output.note(f"{limit} of {total} units shown, newest first. To see all: --limit 0")


@app.command("show")
def show_order(call: typer.Context, order: OrderId, as_json: AsJson = False) -> None:
    """Show one order.

    Buyer, addresses, pickup point, amounts, lines and history.

    Example: kaufland orders show M845EA5
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    _show(context, order)


@app.command("refresh")
def refresh(
    call: typer.Context, order: OrderId, accept_client_key: AcceptClientKey = False, as_json: AsJson = False
) -> None:
    """Fetch one order from Kaufland again and show it.

    Nothing is changed at Kaufland.

    Example: kaufland orders refresh M845EA5
    """
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.order_import.refresh import refresh_order

    context = context_of(call)
    context.choose_format(as_json=as_json)
    insist_on_an_id(order)
    secrets = api_secrets(context)  # before anything is created
    holder = holder_now(context.pid, context.clock.now(), command("orders", "refresh", order))
    with run_lock(context.loaded.store_file, holder), open_store(context, writing=True) as store:
        claim_store(context, store, accept=accept_client_key)
        log = log_writer(context, store)
        known = store.queries.find_id(order) or order.strip()
        with open_api(context, secrets, log) as api:
            refresh_order(api, store, context.clock, known, log)
    _show(context, order)


@app.command("dismiss")
def dismiss(
    call: typer.Context,
    unit: Annotated[
        str, typer.Argument(metavar="ID", help="The order, or the one unit, as orders list --failed shows it.")
    ],
    yes: Yes = False,
) -> None:
    """Stop counting units that could not be read.

    Asks first. They make no import partial and are not tried again, but stay in kaufland orders list --failed. If
    Kaufland changes such a unit, it counts again.

    Example: kaufland orders dismiss M845EA5 --yes
    """
    context = context_of(call)
    with open_store(context, writing=True, creating=False) as store:
        waiting = [one for one in store.failed_units.found(unit) if one["set_aside"] is None]
        if not waiting:
            insist_on_an_id(unit)
            raise NotFound(f"No failed unit belongs to {unit}.", hint=command("orders", "list", "--failed"))
        units = counted(len(waiting), "unit")
        if not yes:
            for one in waiting:
                context.output.note(f"unit {one['id_order_unit'] or '?'}: {one['reason']}")
            asked = context.questions(command("orders", "dismiss", unit, "--yes"))
            if not asked.yes_no(f"Stop counting {units} of {unit} as failed?", default=False):
                context.output.note("Nothing was changed.")
                return
        store.failed_units.dismiss([one["unreadable_key"] for one in waiting], context.clock.now())
    context.output.success(f"{units} of {unit} dismissed.")


def _show(context: CliContext, order: str) -> None:
    from kaufland_cli.output.cards.order_card import ORDER

    with open_store(context) as store:
        found = store.queries.find_id(order)
        card = None if found is None else store.queries.order(found)
    if card is None:
        insist_on_an_id(order)
        raise NotFound(
            f"The order {order} is not in the store.",
            hint=Hint(
                command("orders", "list", "--search", order),
                ", or fetch it from Kaufland: ",
                command("orders", "refresh", order),
            ),
        )
    context.output.show(ORDER, card)


def _nothing(context: CliContext, *, any_stored: bool) -> str:
    if any_stored:
        return f"No matching orders. All orders: {context.typed(command('orders', 'list'))}"
    environment = context.settings.api.environment
    return f"No orders imported yet ({environment}). Next: {context.typed(context.next_import)}"
