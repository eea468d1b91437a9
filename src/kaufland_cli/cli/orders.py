"""`kaufland orders list / due / pick / show / refresh / dismiss / erase`; `order_actions.py` adds what writes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaufland_cli.app import orders as use_cases
from kaufland_cli.app.erase import erase_buyer
from kaufland_cli.app.first_steps import next_import
from kaufland_cli.app.known_orders import KNOWN_STATUSES
from kaufland_cli.app.orders import OrderSearch, due_units, failed_units, found_orders, found_units, stored_order
from kaufland_cli.cli import completion
from kaufland_cli.cli.context import LIST_OPTIONS, CliContext
from kaufland_cli.cli.options import AcceptClientKey, AsCsv, AsJson, AsJsonLines, Limit, OrderId, Yes, context_of, group
from kaufland_cli.cli.order_actions import add_to_orders
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import WrongUsage
from kaufland_cli.output import (
    DUE_COLUMNS,
    FAILED_UNIT_COLUMNS,
    ORDER_COLUMNS,
    PACK_COLUMNS,
    PICK_COLUMNS,
    UNIT_COLUMNS,
    Column,
)

if TYPE_CHECKING:
    from kaufland_cli.domain.orders import Order
    from kaufland_cli.upkeep.erase_orders import Erased

_group = group("Look at the imported orders; ship and cancel.")


def add_to(app: typer.Typer) -> None:
    add_to_orders(_group)
    app.add_typer(_group, name="orders")


@_group.command("list")
def list_orders(
    call: typer.Context,
    status: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATUS",
            help=f"Orders with this status or a unit in it: {', '.join(KNOWN_STATUSES)}.",
            autocompletion=completion.statuses,
        ),
    ] = None,
    storefront: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="For example at.", autocompletion=completion.storefronts),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Created since then: yesterday, 30d, 28.11.2026.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Created until then; a day is included.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Only what the last import with new orders brought.")] = False,
    imported_since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="First imported since then: today, 12h, 28.11.2026.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Find part of id, name, address, SKU, title, EAN.")
    ] = None,
    without_sales_order: Annotated[
        bool, typer.Option("--without-sales-order", help="Only orders that have no sales order yet.")
    ] = False,
    sales_order_state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help="State of the sales order: none, pending, held, created, conflict or error.",
            autocompletion=completion.sales_order_states,
        ),
    ] = None,
    units: Annotated[
        bool,
        typer.Option("--units", is_eager=True, help="List units: one row for each unit bought."),  # before --columns
    ] = False,
    addresses: Annotated[
        bool, typer.Option("--addresses", help="With billing and shipping addresses, in a file or pipe.")
    ] = False,
    failed: Annotated[
        bool,
        typer.Option(
            "--failed", is_eager=True, help="The units that could not be read, with the reason, instead of orders."
        ),
    ] = False,
    limit: Limit = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """List the orders, newest first.

    Example: kaufland orders list --status need_to_be_sent --since 7d
    """
    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    if failed:
        context.take_only("--failed lists the units that could not be read", "--failed", *LIST_OPTIONS)
        _list_failed(context, context.row_limit(limit))
        return
    if addresses and context.columns:
        raise WrongUsage(
            "--columns names every field to list, so --addresses would change nothing.",
            hint=context.again(without=["--addresses"]),
        )
    if addresses and context.draws_tables:
        raise WrongUsage(
            "A table has no room for addresses: write them to a file, or look at one order.",
            hint=Hint(
                command("orders", "list", "--addresses", "--xlsx", "orders.xlsx"),
                "; one order: ",
                command("orders", "show", "ORDER"),
            ),
        )
    wanted = OrderSearch(
        statuses=status or (),
        storefronts=storefront or (),
        since=since,
        until=until,
        imported_since=imported_since,
        new=new,
        text=search,
        without_sales_order=without_sales_order,
        sales_order_states=sales_order_state or (),
    )
    (_list_units if units else _list_orders)(context, wanted, context.row_limit(limit), addresses=addresses)


def _list_orders(context: CliContext, wanted: OrderSearch, limit: int | None, *, addresses: bool) -> None:
    from kaufland_cli.output.footers import new_since, order_totals, rest_of_list
    from kaufland_cli.output.records.orders import ADDRESSES, ORDER_FIELDS, addresses_record, summary_record

    more = ADDRESSES if addresses or not set(ADDRESSES).isdisjoint(context.columns) else ()
    with found_orders(
        context, wanted, limit, with_count=context.writes_total, with_totals=context.draws_tables
    ) as found:
        context.output.listing(
            "orders",
            (
                summary_record(order) | (addresses_record(*found.addresses(order.id_order)) if more else {})
                for order in found.orders
            ),
            [*ORDER_COLUMNS, *(Column(name, name) for name in more)],
            fields=(*ORDER_FIELDS, *more),
            schema="kaufland.orders/1",
            empty=lambda: _nothing(context, any_stored=found.any_stored),
            extra={"total": found.total},
            footer=lambda stream: [
                *order_totals(found.totals, stream),
                *new_since(found.new_since, stream),
                *rest_of_list(limit, found.total, "orders shown, newest first", stream),
            ],
        )


def _list_units(context: CliContext, wanted: OrderSearch, limit: int | None, *, addresses: bool) -> None:
    from kaufland_cli.output.footers import new_since, rest_of_list
    from kaufland_cli.output.records.orders import ADDRESSES, UNIT_FIELDS, addresses_record, unit_record

    more = ADDRESSES if addresses or not set(ADDRESSES).isdisjoint(context.columns) else ()
    with found_units(
        context, wanted, limit, with_count=context.writes_total, with_totals=context.draws_tables
    ) as found:
        context.output.listing(
            "units",
            (
                unit_record(unit) | (addresses_record(unit.billing_address, unit.shipping_address) if more else {})
                for unit in found.units
            ),
            [*UNIT_COLUMNS, *(Column(name, name) for name in more)],
            fields=(*UNIT_FIELDS, *more),
            schema="kaufland.units/1",
            empty=lambda: _nothing(context, any_stored=found.any_stored),
            extra={"total": found.total},
            footer=lambda stream: [
                *new_since(found.new_since, stream),
                *rest_of_list(limit, found.total, "units shown, newest orders first", stream),
            ],
        )


def _list_failed(context: CliContext, limit: int | None) -> None:
    from kaufland_cli.output.footers import rest_of_list
    from kaufland_cli.output.records.orders import FAILED_UNIT_FIELDS, listed_failed_unit_record

    with failed_units(context, limit) as (units, total):
        context.output.listing(
            "units",
            map(listed_failed_unit_record, units),
            FAILED_UNIT_COLUMNS,
            fields=FAILED_UNIT_FIELDS,
            schema="kaufland.failed_units/1",
            empty="Every unit could be read.",
            extra={"total": total},
            footer=lambda stream: rest_of_list(limit, total, "units shown, newest first", stream),
        )


DueUntil = Annotated[
    str | None, typer.Option(metavar="WHEN", help="Only what is due by then: today, tomorrow, 3d, 5.12.2026.")
]


@_group.command("due")
def due(
    call: typer.Context,
    until: DueUntil = None,
    limit: Limit = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """List what has to be shipped, by deadline.

    The most urgent first: overdue, today, tomorrow, later. Kaufland's deadlines are ends of days in Berlin.

    Example: kaufland orders due --until tomorrow
    """
    from kaufland_cli.output.footers import due_totals, rest_of_list
    from kaufland_cli.output.records.due import DUE_FIELDS, due_record, due_totals_record

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    found, rows = due_units(context, until), context.row_limit(limit)
    totals = due_totals_record(found.units)
    context.output.listing(
        "units",
        map(due_record, found.units[:rows]),
        DUE_COLUMNS,
        fields=DUE_FIELDS,
        schema="kaufland.due/1",
        empty=lambda: _nothing_due(context, until, any_stored=found.any_stored),
        extra={"total": len(found.units), "totals": totals},
        footer=lambda stream: [
            *due_totals(totals, stream),
            *rest_of_list(rows, len(found.units), "units shown, the most urgent first", stream),
        ],
    )


@_group.command("pick")
def pick(
    call: typer.Context,
    until: DueUntil = None,
    by_order: Annotated[
        bool, typer.Option("--by-order", is_eager=True, help="A packing list: one order after the other.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write both lists as a page to print.")
    ] = None,
    limit: Limit = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """List what to take from the shelf, by article.

    All units that have to be shipped; with --by-order what goes into which parcel. --html writes both for the printer.

    Example: kaufland orders pick --until tomorrow --html picking.html
    """
    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    if html is not None:
        context.take_only("--html writes both lists to a file", "--html", "--until")
        _write_picking_page(context, until, html)
        return
    _list_to_pick(context, until, context.row_limit(limit), by_order=by_order)


def _list_to_pick(context: CliContext, until: str | None, rows: int | None, *, by_order: bool) -> None:
    from kaufland_cli.domain.due import articles, packing_lines
    from kaufland_cli.output.footers import rest_of_list
    from kaufland_cli.output.records.due import PACK_FIELDS, PICK_FIELDS, pack_record, pick_record

    found = due_units(context, until)
    lines = packing_lines(found.units) if by_order else articles(found.units)
    context.output.listing(
        "lines",
        map(pack_record if by_order else pick_record, lines[:rows]),
        PACK_COLUMNS if by_order else PICK_COLUMNS,
        fields=PACK_FIELDS if by_order else PICK_FIELDS,
        schema="kaufland.packing_list/1" if by_order else "kaufland.pick_list/1",
        empty=lambda: _nothing_due(context, until, any_stored=found.any_stored),
        extra={"total": len(lines), "units": len(found.units)},
        footer=lambda stream: rest_of_list(rows, len(lines), "lines shown", stream),
    )


def _write_picking_page(context: CliContext, until: str | None, path: Path) -> None:
    from kaufland_cli.files import fault_of, write_private_file
    from kaufland_cli.output.records.picking_page import picking_page

    found = due_units(context, until)
    page = picking_page(found.units, context.clock.now(), context.settings.ui.timezone)
    try:
        write_private_file(path, page.encode(), follow_link=True)
    except OSError as error:
        raise WrongUsage(
            f"{path} {fault_of(error, 'could not be written')}.", hint=Hint("Write another file: --html FILE")
        ) from None
    context.output.success(f"Written: {path} ({counted(len(found.units), 'unit')} to ship)")
    context.output.note("It contains buyers' addresses: delete it when the parcels are packed.")


def _nothing_due(context: CliContext, until: str | None, *, any_stored: bool) -> Hint:
    if not any_stored:
        return _nothing(context, any_stored=False)
    if until is None:
        return Hint("Nothing has to be shipped.")
    return Hint("Nothing is due by then. Everything to be shipped: ", command("orders", "due"))


@_group.command("show")
def show_order(call: typer.Context, order: OrderId, as_json: AsJson = False) -> None:
    """Show one order.

    Buyer, addresses, pickup point, amounts, lines and history.

    Example: kaufland orders show M845EA5
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    _show(context, stored_order(context, order))


@_group.command("refresh")
def refresh(
    call: typer.Context, order: OrderId, accept_client_key: AcceptClientKey = False, as_json: AsJson = False
) -> None:
    """Fetch one order from Kaufland again and show it.

    Nothing is changed at Kaufland.

    Example: kaufland orders refresh M845EA5
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    _show(context, use_cases.refresh(context, order, accept_client_key=accept_client_key))


@_group.command("dismiss")
def dismiss(
    call: typer.Context,
    unit: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="The order, or the one unit, as orders list --failed shows it.",
            autocompletion=completion.orders,
        ),
    ],
    yes: Yes = False,
) -> None:
    """Stop counting units that could not be read.

    Asks first. They make no import partial and are not tried again, but stay in kaufland orders list --failed. If
    Kaufland changes such a unit, it counts again.

    Example: kaufland orders dismiss M845EA5 --yes
    """
    use_cases.dismiss(context_of(call), unit, yes=yes)


@_group.command("erase")
def erase(
    call: typer.Context,
    who: Annotated[
        str,
        typer.Argument(
            metavar="WHO", help="An order id, or the buyer's e-mail or name.", autocompletion=completion.orders
        ),
    ],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Erase a buyer's personal data.

    Use it when a buyer asks for erasure. An order id means this one order, an e-mail address or a name all orders of
    that buyer. It lists the buyer's orders first and asks. A name that several buyers have is refused, with the ways to
    choose one.

    Name, addresses, e-mail and phone are removed from the orders, their history, raw data, the API log and written
    files; units and amounts stay. Later imports leave them blank. Copies elsewhere are listed, not touched.

    Example: kaufland orders erase M845EA5

    All orders of a buyer: kaufland orders erase "Erika Muster"
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    erased = erase_buyer(context, who, yes=yes)
    if erased is None:
        return
    if as_json:
        from kaufland_cli.output.records.upkeep import erased_record

        context.output.document(erased_record(erased), schema="kaufland.erased_orders/1")
    else:
        _show_erased(context, erased)
    for problem in erased.problems:
        raise problem


def _show(context: CliContext, order: "Order") -> None:
    from kaufland_cli.output.cards.order_card import ORDER

    context.output.show(ORDER, order)


def _nothing(context: CliContext, *, any_stored: bool) -> Hint:
    if any_stored:
        return Hint("No matching orders. All orders: ", command("orders", "list"))
    environment = context.settings.api.environment
    return Hint(f"No orders imported yet ({environment}). Next: ", next_import(context))


def _show_erased(context: CliContext, erased: "Erased") -> None:
    output = context.output
    already = " had already been erased; it was searched for and erased again" if erased.before else " is erased"
    which = erased.id_orders[0] if len(erased.id_orders) == 1 else ""
    where = f"of order {which}" if which else f"in {len(erased.id_orders)} orders"
    output.success(f"The buyer's data {where}{already}; later imports leave it blank.")
    for path in erased.files:
        output.note(f"Also erased in the sales order's file: {path}. A copy that another program took is not erased.")
    if erased.elsewhere:
        many = f"{counted(len(erased.elsewhere), 'sales order')} in the ERP system: {', '.join(erased.elsewhere)}"
        output.note(f"Not touched: {many}. Erase the data there.")
    if erased.backups:
        output.warning("Older copies of the store may still contain the data. Delete those you no longer need:")
        for path in erased.backups:
            output.to_copy(str(path))
    output.note("This program does not know about copies you made elsewhere (backups, exports).")
    if erased.other_orders:
        output.warning("The same buyer has other orders, whose data is still there:")
        for id_order in erased.other_orders:
            output.to_copy(command("orders", "erase", id_order))
