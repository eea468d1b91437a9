"""The steps of `kaufland sales-orders push`, `retry` and `link`, and of the push after an import."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kaufland_cli.cli.options import moment
from kaufland_cli.cli.pushing import Pushing, push_record, pushing, reasons_of, starts_of
from kaufland_cli.cli.session import Session
from kaufland_cli.errors import ExitCode, KauflandError, NotFound, PushRunning, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.sales_orders.push import PushResult
    from kaufland_cli.store.store import Store

BY_HAND = "kaufland sales-orders push"


@dataclass(frozen=True, slots=True)
class PushWish:
    """What a person wants pushed."""

    orders: tuple[str, ...] = ()
    since: str | None = None
    confirm_first: bool = False
    confirm_currency: str = ""
    customer: str = ""
    yes: bool = False
    accept_client_key: bool = False


def push(session: Session, wish: PushWish) -> int:
    """Push as wished, show what it came to, and return the exit code."""
    from kaufland_cli.sales_orders.push import confirm_currency

    _check(wish)
    with pushing(session, BY_HAND, accept_client_key=wish.accept_client_key) as opened:
        if wish.confirm_first:
            return _confirm_first(opened, wish)
        chosen = _chosen(opened, wish)
        if chosen == []:
            session.output.note("Nothing was pushed.")
            return ExitCode.DONE
        with session.output.progress() as line:
            push = opened.push(
                confirmed_currency=wish.confirm_currency, on_progress=None if line is None else line.orders_pushed
            )
            result = push.run(chosen)
        if wish.confirm_currency and result.count("created", "found"):
            confirm_currency(opened.store, opened.target.name, wish.confirm_currency, session.clock)
        return _end(opened, result)


def retry(session: Session, orders: tuple[str, ...]) -> int:
    """Push again what was refused, or these orders."""
    from kaufland_cli.cli.sales_orders import known_all

    with pushing(session, "kaufland sales-orders retry") as opened:
        store, now = opened.store, session.clock.now()
        chosen = known_all(store, orders) or [one["id_order"] for one in store.sales_orders.listed(["error"])]
        for id_order in chosen:
            row = store.sales_orders.row(id_order)
            if row is None or row.state in {"created", "conflict"}:
                state = "has no sales order" if row is None else f"is {row.state}"
                raise WrongUsage(
                    f"The order {id_order} {state}; there is nothing to try again.",
                    hint=f"kaufland sales-orders push {id_order}" if row is None else "kaufland sales-orders list",
                )
            if row.state != "sending":
                store.sales_orders.wait(id_order, now, row.reasons)
        if not chosen:
            session.output.note("Nothing was refused: there is nothing to try again.")
            return ExitCode.DONE
        return _end(opened, opened.push().run(chosen))


def preview(session: Session, wish: PushWish) -> int:
    """Show the documents as they would be sent."""
    from kaufland_cli.cli.pushing import opened_target
    from kaufland_cli.cli.sales_orders import known_all
    from kaufland_cli.merchandise import rules_of

    _check(wish)
    rules = rules_of(session.loaded)
    with session.store() as store, opened_target(session, None) as target:
        opened = Pushing(session, store, target, rules, lambda _id_order: None)
        ids = known_all(store, wish.orders) or store.sales_orders.waiting() or _would_wait(opened)
        push = opened.push(confirmed_currency=wish.confirm_currency)
        documents = []
        for id_order in ids:
            found = push.preview(id_order, customer_by_hand=wish.customer)
            documents.append(
                {
                    "id_order": id_order,
                    "document": None if found.document is None else found.document.record(),
                    "reasons": reasons_of(found.reasons),
                }
            )
    if not documents:
        session.output.note("No order waits to become a sales order.")
    session.output.sales_order_documents(documents)
    return ExitCode.DONE


def link(session: Session, order: str, number: str, *, yes: bool) -> None:
    """Link an order to a document, after looking whether the target knows it under the order's number."""
    from kaufland_cli.cli.sales_orders import known
    from kaufland_cli.sales_orders.sold import sold_of

    if not number:
        raise WrongUsage("The number of the document is empty.", hint="kaufland sales-orders link ORDER NUMBER")
    with pushing(session, "kaufland sales-orders link") as opened:
        store = opened.store
        id_order = known(store, order)
        card = store.queries.order(id_order)
        if card is None:
            raise NotFound(f"The order {id_order} is not in the store.")
        found = next((one for one in opened.target.find(id_order) if one.number == number), None)
        if found is None and not yes:
            question = f"{opened.target.name} has no document {number} under this order's number. Link it all the same?"
            if not session.questions(f"kaufland sales-orders link {id_order} {number} --yes").yes_no(
                question, default=False
            ):
                session.output.note("Nothing was changed.")
                return
        store.sales_orders.created(
            id_order,
            session.clock.now(),
            target=opened.target.name,
            number=number,
            target_id=found.id if found else "",
            customer_no=found.customer_no if found else "",
            total=found.total if found else None,
            tax=found.tax if found else None,
            sold=sold_of(card, None),
            warnings=(),
            note=f"linked by hand to {number}",
        )
    session.output.success(f"{id_order} is linked to {number}.")


def push_after_import(session: Session, store: "Store") -> tuple[int, dict[str, Any] | None]:
    """Let orders wait that have become ready, tell of later changes, and push where that was confirmed by hand.

    Returns an exit code and the record of the push, None where none took place. Whatever goes wrong here, the import
    is done and stays so.
    """
    from kaufland_cli.sales_orders.push import look_for_changes

    changed = look_for_changes(store, session.clock)
    for id_order in changed:
        row = store.sales_orders.row(id_order)
        for reason in row.reasons if row else ():
            session.output.warning(f"{reason.text} {reason.mend}")
    code, record = int(ExitCode.DONE), None
    try:
        result = _push_waiting(session, store)
        if result is not None:
            code, record = _code(result), push_record(store, result, by_hand=False)
            if result.stopped_by is not None:
                session.output.error(result.stopped_by, as_json=False)
    except PushRunning:
        pass  # it does this work
    except KauflandError as error:
        session.output.error(error, as_json=False)
        code = error.exit_code
    return (code or ExitCode.PARTLY if changed else code), record


def _push_waiting(session: Session, store: "Store") -> "PushResult | None":
    """Let orders wait that have become ready, and push what waits; None where there is nothing to push yet."""
    from kaufland_cli.merchandise import rules_of
    from kaufland_cli.sales_orders.push import first_confirmed

    now, rules = session.clock.now(), rules_of(session.loaded)
    store.sales_order_candidates.collect(starts_of(store, rules, now), rules.unwanted, now)
    if not session.settings.creates_any_sales_orders or not store.sales_orders.waiting():
        return None
    if store.sales_orders.any_confirmed():  # else the target need not even be opened
        with pushing(session, "kaufland import-orders") as opened:
            if first_confirmed(store, opened.target.name):
                return opened.push().run()
    _tell_of_the_first(session, store)
    return None


def _tell_of_the_first(session: Session, store: "Store") -> None:
    if session.stderr.isatty() and not session.as_json:
        count = len(store.sales_orders.waiting())
        session.output.note(
            f"{count} orders wait to become sales orders. They begin to once you have looked at the first one: "
            f"{session.command('sales-orders push --confirm-first')}"
        )


def _check(wish: PushWish) -> None:
    if wish.customer and len(wish.orders) != 1:
        raise WrongUsage("--customer is for one order.", hint="kaufland sales-orders push ORDER --customer NUMBER")
    if wish.orders and wish.since:
        raise WrongUsage("Name orders or a time, not both.", hint="kaufland sales-orders push --since 30d")
    if wish.confirm_first and (wish.since or len(wish.orders) > 1):
        raise WrongUsage("The first one is one order.", hint="kaufland sales-orders push --confirm-first")


def _chosen(opened: Pushing, wish: PushWish) -> list[str] | None:
    """Return the orders to push; None stands for all that wait."""
    from kaufland_cli.cli.sales_orders import known_all
    from kaufland_cli.sales_orders.push import first_confirmed

    store, now = opened.store, opened.session.clock.now()
    if wish.orders:
        chosen = known_all(store, wish.orders)
        for id_order in chosen:
            _let_wait(opened, id_order, wish.customer)
        return chosen
    store.sales_order_candidates.collect(starts_of(store, opened.rules, now), opened.rules.unwanted, now)
    if not first_confirmed(store, opened.target.name):
        raise WrongUsage(
            f"No sales order in {opened.target.name} has been looked at yet; all of them follow once you have seen the "
            "first.",
            hint="kaufland sales-orders push --confirm-first",
        )
    if wish.since is not None:
        return _older(opened, wish)
    return None


def _let_wait(opened: Pushing, id_order: str, customer: str) -> None:
    """Let an order wait that a person has named, also one that was held, refused or is older than the start."""
    store, now = opened.store, opened.session.clock.now()
    row = store.sales_orders.row(id_order)
    if row is not None and row.state in {"created", "conflict"}:
        raise WrongUsage(
            f"The order {id_order} has a sales order already: {row.number or row.state}."
            if row.state == "created"
            else f"The order {id_order} is in conflict: {row.reasons[0].text if row.reasons else ''}",
            hint=f"kaufland sales-orders show {id_order}",
        )
    if row is None and not store.sales_order_candidates.qualifies(id_order):
        raise WrongUsage(
            f"The order {id_order} becomes no sales order: it has open pieces, none to be shipped, or Kaufland ships "
            "it.",
            hint=f"kaufland orders show {id_order}",
        )
    if row is None or row.state != "sending":
        store.sales_orders.wait(id_order, now, row.reasons if row else (), customer_by_hand=customer or None)


def _older(opened: Pushing, wish: PushWish) -> list[str]:
    """List the older orders with their sum and what of them is there already; push them once a person agrees."""
    session, store = opened.session, opened.store
    begin = moment(wish.since or "", "--since", session.clock.now(), session.settings.ui.timezone)
    orders = store.sales_order_candidates.older(begin, opened.rules.unwanted)
    if not orders:
        return []
    sums: dict[str, int] = {}
    for order in orders:
        sums[order["currency"] or "?"] = sums.get(order["currency"] or "?", 0) + (order["total_amount"] or 0)
    there = [order["id_order"] for order in orders if opened.target.find(order["id_order"])]
    session.output.older_orders(orders, sums, there, opened.target.name)
    if not wish.yes and not session.questions("kaufland sales-orders push --since … --yes").yes_no(
        f"Create sales orders of these {len(orders)} orders?", default=False
    ):
        return []
    for order in orders:
        store.sales_orders.wait(order["id_order"], session.clock.now())
    return [order["id_order"] for order in orders]


def _confirm_first(opened: Pushing, wish: PushWish) -> int:
    """Create one, let a person look at it, and remember that it was found right."""
    from kaufland_cli.cli.sales_orders import known_all
    from kaufland_cli.sales_orders.push import confirm_first, first_confirmed

    session, store, now = opened.session, opened.store, opened.session.clock.now()
    ask = None if wish.yes else session.questions("kaufland sales-orders push --confirm-first --yes")
    if first_confirmed(store, opened.target.name) and not wish.orders:
        session.output.note(f"The first sales order in {opened.target.name} was confirmed before.")
        return ExitCode.DONE
    store.sales_order_candidates.collect(starts_of(store, opened.rules, now), opened.rules.unwanted, now)
    for id_order in known_all(store, wish.orders):
        _let_wait(opened, id_order, wish.customer)
    candidates = known_all(store, wish.orders) or store.sales_orders.waiting()
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
    code = _end(opened, result)
    if code or not result.count("created", "found"):
        return code
    row = store.sales_orders.row(id_order)
    number = row.number if row else ""
    if ask is not None and not ask.yes_no(
        f"Look at {number} there: customer, addresses, lines, VAT, total. Is it right?", default=False
    ):
        session.output.note(
            "It stays as it is, and nothing follows by itself. If it is wrong, delete it there, then: "
            f"kaufland sales-orders unlink {id_order}"
        )
        return ExitCode.PARTLY
    confirm_first(store, opened.target.name, found.document.currency, session.clock)
    session.output.success("From now on each import creates the sales orders of new orders.")
    return ExitCode.DONE


def _would_wait(opened: Pushing) -> list[str]:
    """Return the orders that would wait after the next import, without writing anything."""
    rules = opened.rules
    starts = {code: start or opened.session.clock.now() for code, start in rules.wanted.items()}
    return opened.store.sales_order_candidates.ready(starts, rules.unwanted)


def _end(opened: Pushing, result: "PushResult") -> int:
    session = opened.session
    session.prune_log(opened.store)
    session.output.push_summary(push_record(opened.store, result, by_hand=True))
    if result.stopped_by is not None:
        raise result.stopped_by
    return _code(result)


def _code(result: "PushResult") -> int:
    if result.stopped_by is not None:
        return result.stopped_by.exit_code
    return ExitCode.PARTLY if result.needs_a_person else ExitCode.DONE
