"""The steps of `kaufland sales-orders push`, `retry` and `link`."""

from kaufland_cli.app.context import Context
from kaufland_cli.app.known_orders import known_all, known_order
from kaufland_cli.app.push_choice import PushOptions, check, chosen_orders, older_orders, would_wait
from kaufland_cli.app.pushing import Pushing, pushing, reasons_of, show_result
from kaufland_cli.app.stores import open_store
from kaufland_cli.domain.bc_code import same_code
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import ExitCode, WrongUsage


def push(context: Context, options: PushOptions) -> int:
    """Push as wished, show what it came to, and return the exit code."""
    from kaufland_cli.app.push_first import confirm_first_order
    from kaufland_cli.sales_orders.confirmations import confirm_currency
    from kaufland_cli.sales_orders.push import PushResult

    check(options)
    with pushing(context, command("sales-orders", "push"), accept_client_key=options.accept_client_key) as opened:
        if options.confirm_first:
            return confirm_first_order(opened, options)
        chosen = chosen_orders(opened, options)
        if chosen == []:
            return show_result(opened, PushResult(opened.target.name))
        with context.output.progress() as line:
            tell = None if line is None else line.orders_pushed
            result = opened.push(
                confirmed_currency=options.confirm_currency, without_absent=options.without_absent, on_progress=tell
            ).run(chosen)
        if options.confirm_currency and result.count("created", "found"):
            confirm_currency(opened.store, opened.target.name, options.confirm_currency, context.clock)
        return show_result(opened, result, named=bool(options.orders))


def retry(context: Context, orders: tuple[str, ...]) -> int:
    """Push again what was refused, or these orders."""
    with pushing(context, command("sales-orders", "retry")) as opened:
        store = opened.store
        chosen = known_all(store, orders) or [one["id_order"] for one in store.sales_order_lists.listed(["error"])]
        rows = {id_order: store.sales_orders.row(id_order) for id_order in chosen}
        for id_order, row in rows.items():
            if row is None or row.number:
                state = "has no sales order" if row is None else f"has a sales order: {row.number}"
                hint = command("sales-orders", "push" if row is None else "show", id_order)
                raise WrongUsage(f"The order {id_order} {state}; there is nothing to retry.", hint=hint)
        for id_order, row in rows.items():
            if row is not None and row.state != "sending":
                store.sales_orders.wait(id_order, context.clock.now(), row.reasons)
        return show_result(opened, opened.push().run(chosen), named=True)


def preview(context: Context, options: PushOptions) -> int:
    """Show the documents as they would be sent."""
    from kaufland_cli.app.pushing import opened_target
    from kaufland_cli.app.sales_order_target import rules_of

    check(options)
    rules = rules_of(context.loaded)
    with open_store(context) as store, opened_target(context, None) as target:
        opened = Pushing(context, store, target, rules, lambda _id_order: None)
        if options.orders:
            ids = known_all(store, options.orders)
        elif options.since:
            ids = [order["id_order"] for order in older_orders(opened, options.since)]
        else:
            ids = store.sales_orders.waiting() or would_wait(opened)
        push = opened.push(confirmed_currency=options.confirm_currency, without_absent=options.without_absent)
        documents = []
        for id_order in ids:
            found = push.preview(id_order, customer_by_hand=options.customer, first=options.confirm_first)
            document = found.document
            documents.append(
                {
                    "id_order": id_order,
                    "document": None if document is None else document.record(),
                    "request": None if document is None else dict(target.rendered(document)),
                    "reasons": reasons_of(found.reasons, context.chosen),
                }
            )
    if not documents:
        context.output.note("No orders are waiting to become sales orders.")
    context.output.show_result("sales_order_documents", {"documents": documents})
    return ExitCode.DONE


def link(context: Context, order: str, number: str, *, yes: bool) -> None:
    """Link an order to a document, after looking whether the target knows it under the order's number."""
    from kaufland_cli.sales_orders.found import FoundDocuments

    if not number:
        raise WrongUsage("The document number is empty.", hint=command("sales-orders", "link", "ORDER", "NUMBER"))
    with pushing(context, command("sales-orders", "link", "ORDER", "NUMBER")) as opened:
        store = opened.store
        card = known_order(store, order)
        id_order = card.id_order
        row = store.sales_orders.row(id_order)
        if row is not None and row.number:
            raise WrongUsage(
                f"The order {id_order} is already linked to {row.number}.",
                hint=command("sales-orders", "unlink", id_order),
            )
        if other := store.sales_orders.other_with(opened.target.name, number, id_order):
            raise WrongUsage(
                f"{number} is already the sales order of {other}.", hint=command("sales-orders", "show", other)
            )
        found = next((one for one in opened.target.find(id_order) if same_code(one.number, number)), None)
        if found is None and not yes:
            question = f"{opened.target.name} has no document {number} under this order's id. Link it anyway?"
            if not context.questions(command("sales-orders", "link", id_order, number, "--yes")).yes_no(
                question, default=False
            ):
                context.output.note("Nothing was changed.")
                return
        documents = FoundDocuments(store, opened.target, opened.rules, context.clock)
        documents.link(card, found, number)
        row = store.sales_orders.row(id_order)
    context.output.success(f"{id_order} is linked to {number}.")
    for reason in row.reasons if row else ():
        context.output.warning(f"{reason.text} {context.typed(reason.fix)}")
