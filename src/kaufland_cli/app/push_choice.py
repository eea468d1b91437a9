"""Which orders to push: those named, those created since a date, or all that are waiting."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaufland_cli.app.known_orders import known_all
from kaufland_cli.app.pushing import Pushing, starts_of
from kaufland_cli.app.results import OlderOrders
from kaufland_cli.app.sales_order_target import switch_on
from kaufland_cli.app.typed_times import moment
from kaufland_cli.domain.bc_code import same_code
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.known import known_sum
from kaufland_cli.domain.numbers import counted_in
from kaufland_cli.errors import WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.store.sales_order_candidates import OlderOrder


@dataclass(frozen=True, slots=True)
class PushOptions:
    """What to push, as typed by a person."""

    orders: tuple[str, ...] = ()
    since: str | None = None
    confirm_first: bool = False
    confirm_currency: str = ""
    customer: str = ""
    without_absent: bool = False
    yes: bool = False
    accept_client_key: bool = False


def check(options: PushOptions) -> None:
    """Check that the options do not contradict each other. Raises `WrongUsage`."""
    if options.customer and len(options.orders) != 1:
        raise WrongUsage(
            "--customer works for one order only.",
            hint=command("sales-orders", "push", "ORDER", "--customer", "NUMBER"),
        )
    if options.confirm_currency and len(options.orders) != 1:
        raise WrongUsage(
            "--confirm-currency works for one order in that currency; check it before the others follow.",
            hint=command("sales-orders", "push", "ORDER", "--confirm-currency", options.confirm_currency),
        )
    if options.without_absent and len(options.orders) != 1:
        raise WrongUsage(
            "--without-absent works for one order that you have checked.",
            hint=command("sales-orders", "push", "ORDER", "--without-absent"),
        )
    if options.orders and options.since:
        raise WrongUsage("Give orders or --since, not both.", hint=command("sales-orders", "push", "--since", "30d"))
    if options.confirm_first and options.confirm_currency:
        raise WrongUsage(
            "--confirm-first confirms the currency of its order too, so --confirm-currency would change nothing.",
            hint=command("sales-orders", "push", *options.orders, "--confirm-first"),
        )
    if options.confirm_first and (options.since or len(options.orders) > 1):
        raise WrongUsage(
            "--confirm-first takes one order and no --since: you check that one first.",
            hint=command("sales-orders", "push", "--confirm-first"),
        )


def chosen_orders(opened: Pushing, options: PushOptions) -> list[str] | None:
    """Return the orders to push; None for all that are waiting."""
    from kaufland_cli.sales_orders.confirmations import first_confirmed

    store, now = opened.store, opened.context.clock.now()
    if options.orders:
        chosen = known_all(store, options.orders)
        _check_currency(opened, chosen, options.confirm_currency)
        for id_order in chosen:
            check_pushable(opened, id_order, options.customer)
        for id_order in chosen:
            let_wait(opened, id_order, options.customer)
        return chosen
    check_wanted(opened)
    store.sales_order_candidates.collect(starts_of(store, opened.rules, now), opened.rules.unwanted, now)
    if opened.rules.confirm_first and not first_confirmed(store, opened.target.name):
        raise WrongUsage(
            f"No sales order in {opened.target.name} has been confirmed yet. The others follow once you have confirmed "
            "the first.",
            hint=command("sales-orders", "push", "--confirm-first"),
        )
    if options.since is not None and not _older(opened, options):
        return []
    return None


def check_wanted(opened: Pushing) -> None:
    """Raise `WrongUsage` if nothing may be created, or sales orders are switched off."""
    if opened.rules.blocked_reason:
        raise WrongUsage(opened.rules.blocked_reason, hint=opened.rules.blocked_fix)
    if not opened.rules.wanted:
        raise WrongUsage(
            "Sales orders are switched off; only orders you name are pushed.",
            hint=Hint(switch_on(opened.context.settings), ", or: ", command("sales-orders", "push", "ORDER")),
        )


def check_pushable(opened: Pushing, id_order: str, customer: str) -> None:
    """Raise `WrongUsage` for an order that has a sales order, may have one, or cannot get one."""
    row = opened.store.sales_orders.row(id_order)
    if row is not None and row.number:
        raise WrongUsage(
            f"The order {id_order} already has a sales order: {row.number}.",
            hint=command("sales-orders", "show", id_order),
        )
    if row is not None and row.state == "sending" and customer:
        raise WrongUsage(
            f"The order {id_order} has already been sent, and it is not known yet whether it arrived. Its customer "
            "cannot be changed now.",
            hint=command("sales-orders", "push", id_order),
        )
    if row is None and not opened.store.sales_order_candidates.qualifies(id_order):
        from kaufland_cli.sales_orders.holds import why_not_due

        card = opened.store.queries.order(id_order)
        why = why_not_due(card) if card else "it is not in the store"
        raise WrongUsage(
            f"The order {id_order} cannot become a sales order now: {why}.", hint=command("orders", "show", id_order)
        )


def let_wait(opened: Pushing, id_order: str, customer: str) -> None:
    """Queue an order that was named, even if it was held, refused or is older than the start."""
    check_pushable(opened, id_order, customer)
    row = opened.store.sales_orders.row(id_order)
    if row is None or row.state != "sending":
        reasons = row.reasons if row else ()
        opened.store.sales_orders.wait(id_order, opened.context.clock.now(), reasons, customer_by_hand=customer)


def older_orders(opened: Pushing, since: str) -> "list[OlderOrder]":
    """Return the orders created since then without a sales order, of storefronts that create sales orders."""
    now = opened.context.clock.now()
    begin = moment(since, "--since", now, opened.context.settings.ui.timezone)
    if begin > now:
        raise WrongUsage(
            f"--since {since!r} lies in the future.", hint=command("sales-orders", "push", "--since", "30d")
        )
    found = opened.store.sales_order_candidates.older(begin)
    return [order for order in found if opened.rules.wants(order.storefront or "")]


def would_wait(opened: Pushing) -> list[str]:
    """Return the orders that the next import would queue, without writing anything."""
    rules = opened.rules
    starts = {code: start or opened.context.clock.now() for code, start in rules.wanted.items()}
    return opened.store.sales_order_candidates.ready(starts, rules.unwanted)


def _older(opened: Pushing, options: PushOptions) -> bool:
    """List the older orders with their sums and those already in the target; queue them if the answer is yes."""
    context, store = opened.context, opened.store
    orders = older_orders(opened, options.since or "")
    if not orders:
        context.output.note("No older orders are without a sales order.")
        return True
    totals: dict[str, list[int | None]] = {}
    for order in orders:
        totals.setdefault(order.currency or "?", []).append(order.total_amount)
    sums = {currency: known_sum(amounts) for currency, amounts in totals.items()}
    there = [order.id_order for order in orders if opened.target.find(order.id_order)]
    context.output.show_note(OlderOrders(opened.target.name, orders, sums, there))
    if not options.yes and not context.questions(context.again("--yes")).yes_no(
        f"Create sales orders for {counted_in(context.forms.numbers, len(orders), 'order')}?", default=False
    ):
        return False
    for order in orders:
        store.sales_orders.queue(order.id_order, context.clock.now())
    return True


def _check_currency(opened: Pushing, chosen: list[str], currency: str) -> None:
    order = opened.store.queries.order(chosen[0]) if currency else None
    if order is not None and not same_code(order.currency, currency):
        raise WrongUsage(
            f"The order {chosen[0]} is in {order.currency}, not in {currency}.",
            hint=command("sales-orders", "push", chosen[0], "--confirm-currency", order.currency),
        )
