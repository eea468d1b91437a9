"""The use case of `kaufland orders erase`: which orders are meant, the question, and the erasure.

What is erased and what stays: docs/decisions/0017-erasing-buyers.md.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.app.known_orders import require_order_id
from kaufland_cli.app.stores import open_store
from kaufland_cli.domain.hint import MORE, Hint, command
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import NotFound, StoreReadOnly, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.store.buyers import Buyers, BuyersOrder
    from kaufland_cli.store.mentions import Mentions
    from kaufland_cli.store.store import Store
    from kaufland_cli.upkeep.erase_orders import Erased

_MAX_LISTED: Final = 5
"""Buyers, and orders of each, that an error lists."""


class _Meant(NamedTuple):
    """The orders of one buyer."""

    erase: list[str]
    keep: list[str]
    """Other orders of this buyer, which were not asked for."""


def erase_buyer(context: Context, who: str, *, yes: bool) -> "Erased | None":
    """Erase a buyer's data everywhere on this machine, after asking; None if the answer is no.

    `who` is an order id, which means this order, or a buyer's e-mail address or name, which means all orders of that
    buyer. What could not be erased is in `problems` of the result. Raises `NotFound`, or `WrongUsage` if the name is
    that of several buyers.
    """
    from kaufland_cli.app.pushing import push_lock
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.sales_orders.file_target import FileTarget
    from kaufland_cli.upkeep.erase_orders import erase_orders

    with open_store(context) as store:
        meant = _meant(store, who)
        one = meant.erase[0] if len(meant.erase) == 1 else ""
        questions = None if yes else context.questions(command("orders", "erase", one or who, "--yes"))
        if not context.as_json:
            _show_orders(context, store, meant)
    whose = f"of the buyer of order {one}" if one else f"of this buyer in all {len(meant.erase)} orders"
    if questions is not None and not questions.yes_no(f"Erase the data {whose}? This cannot be undone.", default=False):
        context.output.note("Nothing was erased.")
        return None
    typed = command("orders", "erase", one or MORE)  # kept in the lock, so without a name
    files = FileTarget(context.loaded.sales_orders_folder, context.clock)
    with (
        run_lock(context.loaded.store_file, holder_now(context.process.pid, context.clock.now(), typed)),
        push_lock(context, typed),
        open_store(context, writing=True) as store,
    ):
        erase_notes = partial(_erase_notes, context)
        return erase_orders(store, meant.erase, context.clock.now(), files.erase_buyer, erase_notes)


def _meant(store: "Store", who: str) -> _Meant:
    """Return the orders that are meant. Raises `NotFound`, or `WrongUsage` if several buyers could be."""
    buyers = store.buyers
    if (found := store.queries.find_id(who)) is not None:
        return _Meant([found], buyers.orders_of_same_buyer(found))
    require_order_id(who)
    if ids := buyers.with_email(who):
        return _Meant(_with_all_of_the_same(buyers, ids), [])
    bought, received = buyers.named(who)
    persons: list[list[str]] = []
    for id_order in bought:
        if not any(id_order in person for person in persons):
            persons.append(_with_all_of_the_same(buyers, [id_order]))
    strangers = [id_order for id_order in received if not any(id_order in person for person in persons)]
    if not persons and not strangers:
        raise NotFound(
            f"{who} is not in the store: no order has this id, and no buyer this name or e-mail address.",
            hint=command("orders", "list", "--search", who),
        )
    if len(persons) != 1 or strangers:
        raise _several(buyers, who, persons, strangers)
    return _Meant(persons[0], [])


def _with_all_of_the_same(buyers: "Buyers", id_orders: Iterable[str]) -> list[str]:
    """Return these orders and all others of their buyer, also those known under another number or address since."""
    found: list[str] = []
    waiting = [*id_orders]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.append(one)
            waiting += buyers.orders_of_same_buyer(one)
    return sorted(found)


def _several(buyers: "Buyers", who: str, persons: list[list[str]], strangers: list[str]) -> WrongUsage:
    """Return the error that lists everybody who may be meant, and how to choose one."""
    lines: list[str] = []
    example = ""
    for person in persons[:_MAX_LISTED]:
        orders = buyers.orders(person)
        emails = list(dict.fromkeys(email for order in orders for email in order.emails))
        example = example or (emails or [orders[0].id_order])[0]
        lines.append(f"  {emails[0] if emails else 'without an e-mail address'}: {_in_short(orders)}")
    if len(persons) > _MAX_LISTED:
        lines.append(f"  and {len(persons) - _MAX_LISTED} more")
    if strangers:
        lines.append(f"  only as recipient of somebody else's order: {_in_short(buyers.orders(strangers))}")
        example = example or strangers[0]
    first = (
        f"{who} is the name of {counted(len(persons), 'buyer')}" if persons else f"No buyer has the name {who} itself"
    )
    return WrongUsage(
        "\n".join((f"{first}, so nothing was erased:", *lines)),
        hint=Hint("Choose by e-mail address or order id, for example: ", command("orders", "erase", example)),
    )


def _in_short(orders: "list[BuyersOrder]") -> str:
    named = [f"{one.id_order} ({(one.created_at or '?')[:10]})" for one in orders[:_MAX_LISTED]]
    more = len(orders) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _show_orders(context: Context, store: "Store", meant: _Meant) -> None:
    """Show the buyer's orders, and which of them lose the buyer's data; who it is only to a person at a terminal.

    A job's log would keep the name after the erasure.
    """
    from kaufland_cli.app.results import BuyersOrders

    orders = store.buyers.orders([*meant.erase, *meant.keep])
    context.output.show_note(BuyersOrders(orders, meant.erase, with_names=context.has_terminal))


def _erase_notes(context: Context, mentions: "Mentions") -> None:
    """Remove the buyer from what scheduled imports remember, and from the result of a schedule's test run."""
    from kaufland_cli.monitoring.memory_file import forget_texts
    from kaufland_cli.scheduling.verification import withdraw_answer

    folder = context.loaded.locations.store_folder
    problem = forget_texts(folder, mentions.in_message, context.options.chosen)
    with suppress(OSError):
        withdraw_answer(folder, mentions.in_message)
    if problem:
        raise StoreReadOnly(
            f"The memory of scheduled imports may still mention the buyer: {problem}.",
            hint=Hint("Check the owner and permissions of that folder, then run the same command again."),
        )
