"""`kaufland sales-orders push --confirm-first`: one sales order that a person looks at before all others follow."""

from typing import TYPE_CHECKING

from kaufland_cli.app.known_orders import known_all
from kaufland_cli.app.push_choice import PushOptions, let_wait, older_orders, refuse_nowhere
from kaufland_cli.app.pushing import Pushing, show_result, starts_of
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kaufland_cli.app.person import Questions
    from kaufland_cli.domain.sales_order import SalesOrder
    from kaufland_cli.sales_orders.push import Push
    from kaufland_cli.sales_orders.rules import Rules


def confirm_first_order(opened: Pushing, options: PushOptions) -> int:
    """Create one, let a person look at it, and remember that it was found right."""
    from kaufland_cli.sales_orders.confirmations import first_confirmed

    context, store, now = opened.context, opened.store, opened.context.clock.now()
    ask = None if options.yes else context.questions(command("sales-orders", "push", "--confirm-first", "--yes"))
    if first_confirmed(store, opened.target.name) and not options.orders:
        context.output.note(f"The first sales order in {opened.target.name} has already been confirmed.")
        return ExitCode.DONE
    if not options.orders:
        refuse_nowhere(opened)
    store.sales_order_candidates.collect(starts_of(store, opened.rules, now), opened.rules.unwanted, now)
    named = known_all(store, options.orders)
    if there := _created_already(opened, named):
        return _look_at(opened, there, ask)
    for id_order in named:
        let_wait(opened, id_order, options.customer)
    id_order, document = _first_of(opened, named or store.sales_orders.waiting(), options)
    if not context.as_json:
        found = {"id_order": id_order, "document": document.record(), "reasons": []}
        context.output.show_result("sales_order_documents", {"documents": [found]})
    if ask is not None and not ask.yes_no(f"Create this sales order in {opened.target.name}?", default=False):
        context.output.note("Nothing was created.")
        return ExitCode.DONE
    result = opened.push(confirmed_currency=document.currency, without_absent=options.without_absent).run([id_order])
    code = show_result(opened, result, named=True)
    return code if code or not result.count("created", "found") else _look_at(opened, id_order, ask)


def _created_already(opened: Pushing, named: list[str]) -> str | None:
    """Return an order that has its sales order in this target and was not looked at yet: the one named, else any."""
    listed = opened.store.sales_order_lists.listed(["created"])
    there = [one["id_order"] for one in listed if one["target"] == opened.target.name]
    return next((one for one in there if not named or one in named), None)


def _first_of(opened: Pushing, candidates: list[str], options: PushOptions) -> "tuple[str, SalesOrder]":
    """Return the first order that nothing stands against, with its document. Raises `WrongUsage`."""
    push = opened.push(without_absent=options.without_absent)
    for id_order in candidates:
        found = push.preview(id_order, first=True)
        if found.document is not None and not found.reasons:
            return id_order, found.document
    raise _none(opened, candidates, push)


def _none(opened: Pushing, candidates: list[str], push: "Push") -> WrongUsage:
    """Say why there is no first one, and what to type."""
    lines = ["No waiting order can become the first sales order."]
    lines += [f"{one}: {reason.text}" for one in candidates[:3] for reason in push.preview(one, first=True).reasons]
    older = older_orders(opened, "3650d")
    hint = Hint(
        command("sales-orders", "list"), ", or name one: ", command("sales-orders", "push", "ORDER", "--confirm-first")
    )
    if older:
        lines.append(f"Orders from before sales orders were switched on: {len(older)}. Name one to push it.")
        hint = command("sales-orders", "push", older[-1]["id_order"], "--confirm-first")
    return WrongUsage("\n".join(lines), hint=hint)


def _look_at(opened: Pushing, id_order: str, ask: "Questions | None") -> int:
    """Let a person say whether what was created is right, and remember a yes."""
    from kaufland_cli.sales_orders.confirmations import confirm_first

    context, store = opened.context, opened.store
    record = store.sales_order_lists.record(id_order) or {}
    if ask is not None and not ask.yes_no(
        f"Look at {record.get('number')} there: customer, addresses, lines, VAT, total. Is it right?", default=False
    ):
        context.output.note(
            "It stays as it is, and nothing follows automatically. If it is wrong, delete it there, then: "
            f"{context.typed(command('sales-orders', 'unlink', id_order))}"
        )
        return ExitCode.PARTLY
    confirm_first(store, opened.target.name, str(record.get("currency") or ""), context.clock)
    context.output.success(_what_follows(opened.rules))
    if not opened.rules.wanted:
        switch = command("config", "set", "order_import.create_sales_orders", "true")
        context.output.note(f"To create one for each new order: {context.typed(switch)}")
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
