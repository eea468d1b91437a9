"""`kaufland sales-orders push --confirm-first`: one sales order that a person looks at before all others follow."""

from typing import TYPE_CHECKING

from kaufland_cli.cli.push_choice import PushWish, let_wait
from kaufland_cli.cli.pushing import Pushing, end, starts_of
from kaufland_cli.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.output.questions import Questions


def confirm_first_order(opened: Pushing, wish: PushWish) -> int:
    """Create one, let a person look at it, and remember that it was found right."""
    from kaufland_cli.cli.sales_orders import known_all
    from kaufland_cli.sales_orders.push import first_confirmed

    session, store, now = opened.session, opened.store, opened.session.clock.now()
    ask = None if wish.yes else session.questions("kaufland sales-orders push --confirm-first --yes")
    if first_confirmed(store, opened.target.name) and not wish.orders:
        session.output.note(f"The first sales order in {opened.target.name} was confirmed before.")
        return ExitCode.DONE
    store.sales_order_candidates.collect(starts_of(store, opened.rules, now), opened.rules.unwanted, now)
    named = known_all(store, wish.orders)
    if named and (row := store.sales_orders.row(named[0])) is not None and row.state == "created":
        if row.target != opened.target.name:
            raise WrongUsage(
                f"The sales order of {named[0]} is in {row.target}.", hint="kaufland sales-orders push --confirm-first"
            )
        return _look_at(opened, named[0], ask)
    for id_order in named:
        let_wait(opened, id_order, wish.customer)
    candidates = named or store.sales_orders.waiting()
    push = opened.push()
    for id_order in candidates:
        found = push.preview(id_order, first=True)
        if found.document is not None and not found.reasons:
            break
    else:
        why = [f"{id_order}: {reason.text}" for id_order in candidates[:3] for reason in push.preview(id_order).reasons]
        raise WrongUsage(
            "\n".join(["No order waits that could become the first sales order.", *why]),
            hint="kaufland sales-orders list, or name one: kaufland sales-orders push ORDER --confirm-first",
        )
    if not session.as_json:
        session.output.sales_order_documents(
            [{"id_order": id_order, "document": found.document.record(), "reasons": []}]
        )
    if ask is not None and not ask.yes_no(f"Create this sales order in {opened.target.name}?", default=False):
        session.output.note("Nothing was created.")
        return ExitCode.DONE
    result = opened.push(confirmed_currency=found.document.currency).run([id_order])
    code = end(opened, result)
    if code or not result.count("created", "found"):
        return code
    return _look_at(opened, id_order, ask)


def _look_at(opened: Pushing, id_order: str, ask: "Questions | None") -> int:
    """Let a person say whether what was created is right, and remember a yes."""
    from kaufland_cli.sales_orders.push import confirm_first

    session, store = opened.session, opened.store
    record = store.sales_orders.record(id_order) or {}
    if ask is not None and not ask.yes_no(
        f"Look at {record.get('number')} there: customer, addresses, lines, VAT, total. Is it right?", default=False
    ):
        session.output.note(
            "It stays as it is, and nothing follows by itself. If it is wrong, delete it there, then: "
            f"kaufland sales-orders unlink {id_order}"
        )
        return ExitCode.PARTLY
    confirm_first(store, opened.target.name, str(record.get("currency") or ""), session.clock)
    session.output.success("From now on each import creates the sales orders of new orders.")
    return ExitCode.DONE
