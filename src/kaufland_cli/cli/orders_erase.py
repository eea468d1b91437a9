"""`kaufland orders erase`."""

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from kaufland_cli.app.known_orders import insist_on_an_id
from kaufland_cli.app.stores import open_store
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.options import AsJson, OrderId, Yes, context_of
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import NotFound, StoreReadOnly

if TYPE_CHECKING:
    from kaufland_cli.store.mentions import Mentions
    from kaufland_cli.upkeep.erase_order import Erased


def erase(call: typer.Context, order: OrderId, yes: Yes = False, as_json: AsJson = False) -> None:
    """Erase the personal data of an order's buyer.

    Use it when a buyer asks for it. Name, addresses, e-mail and phone are removed from the order, its history, raw
    data, the API log and written files; units and amounts stay. Later imports leave them blank. Copies elsewhere are
    listed, not touched.

    Example: kaufland orders erase M845EA5
    """
    from kaufland_cli.app.pushing import push_lock
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.sales_orders.file_target import FileTarget
    from kaufland_cli.upkeep.erase_order import erase_order

    context = context_of(call)
    context.choose_format(as_json=as_json)
    with open_store(context) as store:
        found = store.queries.find_id(order)
    if found is None:
        insist_on_an_id(order)
        raise NotFound(f"The order {order} is not in the store, so nothing is known about its buyer.")
    question = f"Erase the data of the buyer of order {found}? This cannot be undone."
    asked = command("orders", "erase", found)
    if not yes and not context.questions(command("orders", "erase", found, "--yes")).yes_no(question, default=False):
        context.output.note("Nothing was erased.")
        return
    holder = holder_now(context.pid, context.clock.now(), asked)
    files = FileTarget(context.loaded.sales_orders_folder, context.clock)
    with (
        run_lock(context.loaded.store_file, holder),
        push_lock(context, asked),
        open_store(context, writing=True) as store,
    ):
        erased = erase_order(store, found, context.clock.now(), files.erase_buyer, partial(_erase_notes, context))
    if as_json:
        context.output.document(_record(erased), schema="kaufland.erased_order/1")
    else:
        _tell(context, erased)
    for problem in erased.problems:
        raise problem


def _erase_notes(context: CliContext, mentions: "Mentions") -> None:
    """Take the buyer out of what scheduled imports remember, and of what a schedule's test run has said."""
    from kaufland_cli.monitoring.memory_file import forget_texts
    from kaufland_cli.scheduling.verification import withdraw_answer

    folder = context.loaded.locations.store_folder
    problem = forget_texts(folder, mentions.in_message)
    with suppress(OSError):
        withdraw_answer(folder, mentions.in_message)
    if problem:
        raise StoreReadOnly(
            f"The memory of scheduled imports may still mention the buyer: {problem}.",
            hint=Hint("Check the owner and permissions of that folder, then run the same command again."),
        )


def _record(erased: "Erased") -> dict[str, Any]:
    return {
        "id_order": erased.id_order,
        "erased_at": erased.at,
        "log_entries": erased.log_entries,
        "files": [str(path) for path in erased.files],
        "backups": [str(path) for path in erased.backups],
        "other_orders": erased.other_orders,
        "sales_order_elsewhere": erased.elsewhere or None,
        "complete": not erased.problems,
    }


def _tell(context: CliContext, erased: "Erased") -> None:
    output = context.output
    already = " had already been erased; it was searched for and erased again" if erased.before else " is erased"
    output.success(f"The buyer's data of order {erased.id_order}{already}; later imports leave it blank.")
    for path in erased.files:
        output.note(f"So it is in the sales order's file, {path}; a copy that another program took is not.")
    if erased.elsewhere:
        output.note(f"Sales order {erased.elsewhere} in the merchandise system is untouched: erase it there.")
    if erased.backups:
        output.warning("Older copies of the store may still contain the data. Delete those you no longer need:")
        for path in erased.backups:
            output.to_copy(str(path))
    output.note("This program does not know about copies you made elsewhere (backups, exports).")
    if erased.other_orders:
        output.warning("The same buyer has other orders, whose data is still there:")
        for id_order in erased.other_orders:
            output.to_copy(context.typed(command("orders", "erase", id_order)))
