"""`kaufland sales-orders push`, `retry` and `link`: from the store's orders to documents in the target.

With `--confirm-first`, somebody checks one sales order before all others follow
(docs/decisions/0013-sales-orders-never-twice.md).
"""

from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.app.known_orders import known_all, known_order
from kaufland_cli.app.push_choice import (
    PushOptions,
    check,
    check_wanted,
    chosen_orders,
    let_wait,
    older_orders,
    would_wait,
)
from kaufland_cli.app.pushing import Pushing, pushing, show_result, starts_of
from kaufland_cli.app.request_log import log_of_calls
from kaufland_cli.app.results import DocumentPreview, DocumentPreviews
from kaufland_cli.app.sales_order_target import switch_on
from kaufland_cli.app.stores import open_store
from kaufland_cli.domain.bc_code import same_code
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kaufland_cli.app.person import Questions
    from kaufland_cli.domain.sales_order import SalesOrder
    from kaufland_cli.sales_orders.push import Push
    from kaufland_cli.sales_orders.rules import Rules


def push(context: Context, options: PushOptions) -> int:
    """Push what the options say, show the result, and return the exit code."""
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
    """Push these orders again; without any, all that were refused. Return the exit code."""
    with pushing(context, command("sales-orders", "retry")) as opened:
        store = opened.store
        chosen = known_all(store, orders) or [one.id_order for one in store.sales_order_lists.listed(["error"])]
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
    """Show the documents as they would be sent, and return the exit code."""
    from kaufland_cli.app.pushing import opened_target
    from kaufland_cli.app.sales_order_target import rules_of

    check(options)
    rules = rules_of(context.loaded)
    with open_store(context) as store, log_of_calls(context) as log, opened_target(context, log) as target:
        opened = Pushing(context, store, target, rules, lambda _id_order: None)
        if options.orders:
            ids = known_all(store, options.orders)
        elif options.since:
            ids = [order.id_order for order in older_orders(opened, options.since)]
        else:
            ids = store.sales_orders.waiting() or would_wait(opened)
        push = opened.push(confirmed_currency=options.confirm_currency, without_absent=options.without_absent)
        documents = []
        for id_order in ids:
            found = push.preview(id_order, customer_by_hand=options.customer, first=options.confirm_first)
            request = None if found.document is None else target.rendered(found.document)
            documents.append(DocumentPreview(id_order, found.document, found.reasons, request))
    if not documents:
        context.output.note("No orders are waiting to become sales orders.")
    context.output.show_result(DocumentPreviews(documents))
    return ExitCode.DONE


def link(context: Context, order: str, number: str, *, yes: bool) -> None:
    """Link an order to a document; ask first if the target has no such document for this order."""
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
        if other := store.sales_orders.order_linked_to(opened.target.name, number, id_order):
            raise WrongUsage(
                f"{number} is already the sales order of {other}.", hint=command("sales-orders", "show", other)
            )
        found = next((one for one in opened.target.find(id_order) if same_code(one.number, number)), None)
        if found is None and not yes:
            question = f"{opened.target.name} has no document {number} under this order's id. Link it anyway?"
            if not context.questions(context.again("--yes")).yes_no(question, default=False):
                context.output.note("Nothing was changed.")
                return
        documents = FoundDocuments(store, opened.target, opened.rules, context.clock)
        documents.link(card, found, number)
        row = store.sales_orders.row(id_order)
    context.output.success(f"{id_order} is linked to {number}.")
    for reason in row.reasons if row else ():
        context.output.warning(Hint(f"{reason.text} ", reason.fix))


def confirm_first_order(opened: Pushing, options: PushOptions) -> int:
    """Create one sales order, ask whether it is right, and remember a yes. Return the exit code."""
    from kaufland_cli.sales_orders.confirmations import first_confirmed

    context, store, now = opened.context, opened.store, opened.context.clock.now()
    ask = None if options.yes else context.questions(context.again("--yes"))
    if first_confirmed(store, opened.target.name) and not options.orders:
        context.output.note(f"The first sales order in {opened.target.name} has already been confirmed.")
        return ExitCode.DONE
    if not options.orders:
        check_wanted(opened)
    store.sales_order_candidates.collect(starts_of(store, opened.rules, now), opened.rules.unwanted, now)
    named = known_all(store, options.orders)
    if there := _created_already(opened, named):
        return _look_at(opened, there, ask)
    for id_order in named:
        let_wait(opened, id_order, options.customer)
    id_order, document = _first_of(opened, named or store.sales_orders.waiting(), options)
    if not context.as_json:
        context.output.show_result(DocumentPreviews([DocumentPreview(id_order, document)]))
    if ask is not None and not ask.yes_no(f"Create this sales order in {opened.target.name}?", default=False):
        context.output.note("Nothing was created.")
        return ExitCode.DONE
    result = opened.push(confirmed_currency=document.currency, without_absent=options.without_absent).run([id_order])
    code = show_result(opened, result, named=True)
    return code if code or not result.count("created", "found") else _look_at(opened, id_order, ask)


def _created_already(opened: Pushing, named: list[str]) -> str | None:
    """Return an order that already has a sales order in this target: the one named, otherwise any."""
    listed = opened.store.sales_order_lists.listed(["created"])
    there = [one.id_order for one in listed if one.target == opened.target.name]
    return next((one for one in there if not named or one in named), None)


def _first_of(opened: Pushing, candidates: list[str], options: PushOptions) -> "tuple[str, SalesOrder]":
    """Return the first order with nothing to hold it back, and its document. Raises `WrongUsage`."""
    push = opened.push(without_absent=options.without_absent)
    for id_order in candidates:
        found = push.preview(id_order, first=True)
        if found.document is not None and not found.reasons:
            return id_order, found.document
    raise _none(opened, candidates, push)


def _none(opened: Pushing, candidates: list[str], push: "Push") -> WrongUsage:
    """Return the error that says why no order qualifies, and what to type."""
    lines = ["No waiting order can become the first sales order."]
    lines += [f"{one}: {reason.text}" for one in candidates[:3] for reason in push.preview(one, first=True).reasons]
    older = older_orders(opened, "3650d")
    hint = Hint(
        command("sales-orders", "list"), ", or name one: ", command("sales-orders", "push", "ORDER", "--confirm-first")
    )
    if older:
        lines.append(f"Orders from before sales orders were switched on: {len(older)}. Name one to push it.")
        hint = command("sales-orders", "push", older[-1].id_order, "--confirm-first")
    return WrongUsage("\n".join(lines), hint=hint)


def _look_at(opened: Pushing, id_order: str, ask: "Questions | None") -> int:
    """Ask whether the sales order is right, and remember a yes."""
    from kaufland_cli.sales_orders.confirmations import confirm_first

    context, store = opened.context, opened.store
    created = store.sales_order_lists.one(id_order)
    number, currency = (None, None) if created is None else (created.number, created.currency)
    if ask is not None and not ask.yes_no(
        f"Look at {number} there: customer, addresses, lines, VAT, total. Is it right?", default=False
    ):
        context.output.note(
            Hint(
                "It stays as it is, and nothing follows automatically. If it is wrong, delete it there, then: ",
                command("sales-orders", "unlink", id_order),
            )
        )
        return ExitCode.PARTLY
    confirm_first(store, opened.target.name, currency or "", context.clock)
    context.output.success(_what_follows(opened.rules))
    if not opened.rules.wanted:
        context.output.note(Hint("To create one for each new order: ", switch_on(context.settings)))
    return ExitCode.DONE


def _what_follows(rules: "Rules") -> str:
    """Return what imports do about sales orders from now on."""
    if not rules.wanted:
        return "Confirmed. Imports create no sales orders, because creating them is off; you can push orders by name."
    if "" not in rules.wanted:
        return f"From now on each import creates the sales orders of new orders from {_listed(rules.wanted)}."
    unwanted = [code for code in rules.unwanted if code]
    but = f", except those from {_listed(unwanted)}" if unwanted else ""
    return f"From now on each import creates the sales orders of new orders{but}."


def _listed(codes: "Iterable[str]") -> str:
    return f"storefront {', '.join(sorted(codes))}"
