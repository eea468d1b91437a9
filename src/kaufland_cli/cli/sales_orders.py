"""`kaufland sales-orders list / show / push / retry / hold / link / unlink / resolve / check`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaufland_cli.app.known_orders import known
from kaufland_cli.app.stores import claim_store, closed_after, open_store
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.options import AcceptClientKey, AsCsv, AsJson, AsJsonLines, Limit, OrderId, Yes, context_of, group
from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ExitCode, NotFound, WrongUsage
from kaufland_cli.output import PIPED_SALES_ORDER_COLUMNS, SALES_ORDER_COLUMNS, Format

if TYPE_CHECKING:
    from kaufland_cli.store.store import Store

app = group("Create sales orders in Business Central or as files.")

SHOWN_ON_A_TERMINAL = 50

OrderIds = Annotated[list[str] | None, typer.Argument(metavar="[ORDER]...", help="Order ids. Without any: all orders.")]


@app.command("list")
def list_sales_orders(
    call: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="pending, held, sending, created, error or conflict."),
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
    from kaufland_cli.store.sales_order_lists import FIELDS

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    states = [state_named(one) for one in state or []]
    on_terminal = context.format is Format.AUTO and context.stdout.isatty()
    if limit is None and on_terminal:
        limit = SHOWN_ON_A_TERMINAL
    empty = Hint("No matching sales orders. How they are created: ", command("sales-orders", "push", "--help"))
    with open_store(context) as store:
        counts = store.sales_order_lists.counts()
        reasons = store.sales_order_lists.reasons(states) if on_terminal else []
        with closed_after(store.sales_order_lists.listed(states, limit or None)) as rows:
            context.output.listing(
                "sales_orders",
                (_written_out(context, row) for row in rows),
                SALES_ORDER_COLUMNS if on_terminal else PIPED_SALES_ORDER_COLUMNS,
                fields=FIELDS,
                schema="kaufland.sales_orders/1",
                empty=context.typed(empty),
                extra={"counts": counts},
            )
    if reasons:
        from kaufland_cli.output.cards.sales_order_card import reason_groups

        context.output.step(reason_groups, {"reasons": [_written_out(context, one) for one in reasons]})
    total = sum(count for name, count in counts.items() if not states or name in states)
    if on_terminal and limit and total > limit:
        context.output.note(f"{limit} of {total} shown, newest orders first. To see all: --limit 0")


def _written_out(context: CliContext, record: dict[str, Any]) -> dict[str, Any]:
    """Return a record of the store with its fix as text."""
    return {**record, "fix": None if record["fix"] is None else context.typed(record["fix"])}


def state_named(text: str) -> str:
    """Return the state that is meant. Raises `WrongUsage`."""
    from kaufland_cli.domain.sales_order_states import STATES

    name = text.strip().lower()
    if name not in STATES:
        raise WrongUsage(
            f"There is no state {text!r}. Valid: {', '.join(STATES)}.", hint=command("sales-orders", "list", "--help")
        )
    return name


@app.command("show")
def show(call: typer.Context, order: OrderId, as_json: AsJson = False) -> None:
    """Show one sales order with amounts, lines and history.

    Example: kaufland sales-orders show M845EA5
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    with open_store(context) as store:
        _show(context, store, known(store, order))


def _show(context: CliContext, store: "Store", id_order: str) -> None:
    from kaufland_cli.app.pushing import reasons_of
    from kaufland_cli.output.cards.sales_order_card import SALES_ORDER

    record, row = store.sales_order_lists.record(id_order), store.sales_orders.row(id_order)
    events = store.sales_order_lists.events(id_order)
    if record is None or row is None:
        last = events[0]["text"] if events else "it is not waiting for one"
        raise NotFound(
            f"The order {id_order} has no sales order: {last}.",
            hint=command("sales-orders", "push", id_order, "--dry-run"),
        )
    document = row.snapshot.document if row.snapshot else None
    context.output.show(
        SALES_ORDER,
        {
            **_written_out(context, record),
            "reasons": reasons_of(row.reasons, context.chosen),
            "document": document and document.record(),
            "events": events,
        },
    )


@app.command("push")
def push(
    call: typer.Context,
    orders: OrderIds = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Also the older orders created since then: 30d or 2026-11-01."),
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

    No sales order is created twice: the program looks for it before it creates one, and again after every doubtful
    answer. Orders that you name are created whatever their age, and tried again if they were held or refused. No
    customer and no item is created; nothing is released or posted.

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


@app.command("retry")
def retry(call: typer.Context, orders: OrderIds = None, as_json: AsJson = False) -> None:
    """Try refused sales orders again.

    Without order ids, all that were refused. Orders that you name are tried even if they are held.

    Example: kaufland sales-orders retry
    """
    from kaufland_cli.app import push_steps

    context = context_of(call)
    context.choose_format(as_json=as_json)
    raise typer.Exit(push_steps.retry(context, tuple(orders or ())))


@app.command("hold")
def hold(
    call: typer.Context,
    orders: Annotated[list[str], typer.Argument(metavar="ORDER...", help="Order ids.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever looks at it later.")] = "",
) -> None:
    """Hold orders back until you retry them.

    Example: kaufland sales-orders hold M845EA5 --reason "the buyer wants another address"
    """
    from kaufland_cli.store.sales_order_row import Reason

    context = context_of(call)
    with _writing(context) as store:
        chosen = [known(store, order) for order in orders]
        for id_order in chosen:
            row = store.sales_orders.row(id_order)
            if row is not None and (row.number or row.state == "sending"):
                raise WrongUsage(
                    f"The sales order of {id_order} is {row.state}"
                    + (f" as {row.number}" if row.number else "")
                    + "; it can no longer be held back.",
                    hint=command("sales-orders", "show", id_order),
                )
        for id_order in chosen:
            text = f"Held manually{': ' + reason if reason else ''}."
            fix = command("sales-orders", "retry", id_order)
            store.sales_orders.hold(id_order, context.clock.now(), [Reason("by_hand", text, fix)], by_hand=True)
    context.output.success(f"Held: {', '.join(chosen)}.")


@app.command("link")
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


@app.command("unlink")
def unlink(call: typer.Context, order: OrderId) -> None:
    """Forget an order's document and hold the order.

    The document itself stays where it is. Once you have deleted it there, kaufland sales-orders retry ORDER creates a
    new one.

    Example: kaufland sales-orders unlink M845EA5
    """
    from kaufland_cli.store.sales_order_row import Reason

    context = context_of(call)
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
    context.output.success(f"{id_order} is no longer linked to {row.number}. {context.typed(fix)}")


@app.command("resolve")
def resolve(
    call: typer.Context, orders: Annotated[list[str], typer.Argument(metavar="ORDER...", help="Order ids.")]
) -> None:
    """Mark a conflict as resolved.

    From now on only later changes are reported.

    Example: kaufland sales-orders resolve M845EA5
    """
    from kaufland_cli.domain.order_snapshot import OrderSnapshot
    from kaufland_cli.sales_orders.snapshot import resolved

    context = context_of(call)
    with _writing(context) as store:
        chosen = [known(store, order) for order in orders]
        for id_order in chosen:
            row = store.sales_orders.row(id_order)
            if row is None or row.state != "conflict":
                raise WrongUsage(
                    f"The order {id_order} is not in conflict.",
                    hint=command("sales-orders", "list", "--state", "conflict"),
                )
            card = store.queries.order(id_order)
            if not row.number and card is not None and not card.units:
                store.sales_orders.drop(id_order, context.clock.now(), "no units left in it; resolved manually")
                continue
            if not row.number:
                raise WrongUsage(
                    f"The order {id_order} has no document yet: link the right one, or hold the order.",
                    hint=command("sales-orders", "link", id_order, "NUMBER"),
                )
            if card is not None:
                snapshot = resolved(card, row.snapshot or OrderSnapshot())
                store.sales_orders.resolve(id_order, context.clock.now(), snapshot)
    context.output.success(f"Resolved: {', '.join(chosen)}.")


@app.command("check")
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
    context.output.show(SALES_ORDER_CHECKS, {"checks": [one.record(context.chosen) for one in checks]})
    if any(one.state == "failed" for one in checks):
        raise typer.Exit(ExitCode.UNHEALTHY)


@contextmanager
def _writing(context: CliContext) -> Iterator["Store"]:
    """Open the store for writing while no push runs."""
    from kaufland_cli.app.pushing import push_lock

    with push_lock(context, command("sales-orders")), open_store(context, writing=True) as store:
        claim_store(context, store, accept=False)
        yield store
