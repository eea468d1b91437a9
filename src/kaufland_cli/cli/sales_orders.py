"""`kaufland sales-orders list / show / push / retry / hold / link / unlink / resolve / check`."""

from typing import Annotated

import typer

from kaufland_cli.app import sales_orders as use_cases
from kaufland_cli.app.results import TargetChecks
from kaufland_cli.cli import completion
from kaufland_cli.cli.options import AcceptClientKey, AsCsv, AsJson, AsJsonLines, Limit, OrderId, Yes, context_of, group
from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ExitCode
from kaufland_cli.output import PIPED_SALES_ORDER_COLUMNS, SALES_ORDER_COLUMNS

_group = group("Create sales orders in Business Central or files.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="sales-orders")


NamedOrders = Annotated[list[str], typer.Argument(metavar="ORDER", help="Order ids.", autocompletion=completion.orders)]
OrderIds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ORDER",
        help="Order ids. Without any: all orders.",
        autocompletion=completion.orders,
    ),
]


@_group.command("list")
def list_sales_orders(
    call: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help="pending, held, sending, created, error or conflict.",
            autocompletion=completion.sales_order_states,
        ),
    ] = None,
    limit: Limit = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """List the sales orders, their state and the reason.

    With the command or setting that fixes it. Orders without any are in: kaufland orders list --without-sales-order

    Example: kaufland sales-orders list --state held --state error
    """
    from kaufland_cli.output.cards.sales_order_card import shared_reasons
    from kaufland_cli.output.footers import rest_of_list
    from kaufland_cli.output.records.sales_orders import listed_sales_order_record
    from kaufland_cli.store.sales_order_lists import FIELDS

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    shown = context.row_limit(limit)
    empty = Hint("No matching sales orders. How they are created: ", command("sales-orders", "push", "--help"))
    with use_cases.listed_sales_orders(context, state or (), shown, with_reasons=context.draws_tables) as found:
        context.output.listing(
            "sales_orders",
            map(listed_sales_order_record, found.sales_orders),
            SALES_ORDER_COLUMNS if context.draws_tables else PIPED_SALES_ORDER_COLUMNS,
            fields=FIELDS,
            schema="kaufland.sales_orders/1",
            empty=empty,
            extra={"counts": found.counts},
            footer=lambda stream: [
                *shared_reasons(found.reasons, stream),
                *rest_of_list(shown, found.total, "shown, newest orders first", stream),
            ],
        )


@_group.command("show")
def show(call: typer.Context, order: OrderId, as_json: AsJson = False) -> None:
    """Show one sales order with amounts, lines and history.

    Example: kaufland sales-orders show M845EA5
    """
    from kaufland_cli.output.cards.sales_order_card import SALES_ORDER

    context = context_of(call)
    context.choose_format(as_json=as_json)
    context.output.show(SALES_ORDER, use_cases.sales_order_details(context, order))


@_group.command("push")
def push(
    call: typer.Context,
    orders: OrderIds = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Also older orders created since then: 30d, 1.11.2026."),
    ] = None,
    confirm_first: Annotated[
        bool,
        typer.Option("--confirm-first", help="Create one, look at it, and let all others follow by themselves."),
    ] = False,
    confirm_currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Orders in this currency may be created, for example CZK.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="NO", help="Use this customer instead of the one in the settings.")
    ] = None,
    without_absent: Annotated[
        bool,
        typer.Option("--without-absent", help="Bill this order without the units that Kaufland's order lacks now."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the exact documents; create and write nothing.")
    ] = False,
    yes: Yes = False,
    accept_client_key: AcceptClientKey = False,
    as_json: AsJson = False,
) -> None:
    """Create the sales orders that are waiting.

    No sales order is created twice: the program looks for it before it creates one, and again after every
    response in doubt. Orders that you name are created whatever their age, and tried again if they were held or
    refused. No customer and no item is created; nothing is released or posted.

    Example: kaufland sales-orders push --confirm-first

    Example: kaufland sales-orders push M845EA5 --dry-run
    """
    from kaufland_cli.app import push_steps
    from kaufland_cli.app.push_choice import PushOptions

    context = context_of(call)
    context.choose_format(as_json=as_json)
    options = PushOptions(
        orders=tuple(orders or ()),
        since=since,
        confirm_first=confirm_first,
        confirm_currency=bc_code(confirm_currency),
        customer=(customer or "").strip(),
        without_absent=without_absent,
        yes=yes,
        accept_client_key=accept_client_key,
    )
    raise typer.Exit(push_steps.preview(context, options) if dry_run else push_steps.push(context, options))


@_group.command("retry")
def retry(call: typer.Context, orders: OrderIds = None, as_json: AsJson = False) -> None:
    """Try refused sales orders again.

    Without order ids, all that were refused. Orders that you name are tried even if they are held.

    Example: kaufland sales-orders retry
    """
    from kaufland_cli.app import push_steps

    context = context_of(call)
    context.choose_format(as_json=as_json)
    raise typer.Exit(push_steps.retry(context, tuple(orders or ())))


@_group.command("hold")
def hold(
    call: typer.Context,
    orders: NamedOrders,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever looks at it later.")] = "",
) -> None:
    """Hold orders back until you retry them.

    Example: kaufland sales-orders hold M845EA5 --reason "the buyer wants another address"
    """
    use_cases.hold(context_of(call), orders, reason)


@_group.command("link")
def link(
    call: typer.Context,
    order: OrderId,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The document's number there.")],
    yes: Yes = False,
) -> None:
    """Link an order to a document that already exists.

    Nothing is created or changed there.

    Example: kaufland sales-orders link M845EA5 1017
    """
    from kaufland_cli.app import push_steps

    push_steps.link(context_of(call), order, number.strip(), yes=yes)


@_group.command("unlink")
def unlink(call: typer.Context, order: OrderId) -> None:
    """Forget an order's document and hold the order.

    The document itself stays where it is. Once you have deleted it there, kaufland sales-orders retry ORDER creates a
    new one.

    Example: kaufland sales-orders unlink M845EA5
    """
    use_cases.unlink(context_of(call), order)


@_group.command("resolve")
def resolve(
    call: typer.Context,
    orders: NamedOrders,
) -> None:
    """Mark a conflict as resolved.

    From now on only later changes are reported.

    Example: kaufland sales-orders resolve M845EA5
    """
    use_cases.resolve(context_of(call), orders)


@_group.command("check")
def check(call: typer.Context, as_json: AsJson = False) -> None:
    """Check that sales orders can be created.

    Access, company, customers, accounts, items, currencies and countries. Suggests a fix for each problem; nothing is
    created.

    Example: kaufland sales-orders check
    """
    from kaufland_cli.app.pushing import checks_of_target
    from kaufland_cli.output.cards.checks import SALES_ORDER_CHECKS

    context = context_of(call)
    context.choose_format(as_json=as_json)
    checks = checks_of_target(context)
    context.output.show(SALES_ORDER_CHECKS, TargetChecks(checks))
    if any(one.state == "failed" for one in checks):
        raise typer.Exit(ExitCode.UNHEALTHY)
