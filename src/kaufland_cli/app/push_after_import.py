"""The push of sales orders after an import."""

from typing import TYPE_CHECKING, Any, NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.app.pushing import code_of, push_record, pushing, reasons_of, starts_of
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import ExitCode, KauflandError, PushRunning

if TYPE_CHECKING:
    from kaufland_cli.sales_orders.push import PushResult
    from kaufland_cli.store.store import Store


class AfterImport(NamedTuple):
    """What came of the push after an import."""

    exit_code: int
    record: dict[str, Any]
    """What to add to the record of the import."""
    stopped_by: KauflandError | None
    """What stopped it before all was tried."""


def push_after_import(context: Context, store: "Store") -> AfterImport:
    """Let orders wait that have become ready, tell of later changes, and push where that was confirmed by hand.

    Whatever goes wrong here, the import is done and stays so.
    """
    from kaufland_cli.sales_orders.snapshot import look_for_changes

    code, pushed, told, stopped_by = int(ExitCode.DONE), None, [], None
    for id_order in look_for_changes(store, context.clock):
        row = store.sales_orders.row(id_order)
        reasons = reasons_of(row.reasons if row else (), context.chosen)
        told.append({"id_order": id_order, "number": row.number if row else None, "reasons": reasons})
        code = ExitCode.PARTLY
        for reason in reasons if not context.as_json else ():
            context.output.warning(f"{reason['text']} {reason['fix']}")
    try:
        result = _push_waiting(context, store)
        if result is not None:
            code, pushed = code_of(result) or code, push_record(store, result, context.chosen, by_hand=False)
            if (stopped_by := result.stopped_by) is not None:
                _not_pushed(context, stopped_by)
    except PushRunning:
        pass  # it does this work
    except KauflandError as error:
        _not_pushed(context, error)
        code, stopped_by = error.exit_code, error
    return AfterImport(code, {"sales_orders": pushed, "sales_order_changes": told}, stopped_by)


def _push_waiting(context: Context, store: "Store") -> "PushResult | None":
    """Let orders wait that have become ready, and push what waits; None where there is nothing to push yet."""
    from kaufland_cli.app.sales_order_target import rules_of
    from kaufland_cli.sales_orders.confirmations import first_confirmed

    now, rules = context.clock.now(), rules_of(context.loaded)
    store.sales_order_candidates.collect(starts_of(store, rules, now), rules.unwanted, now)
    orders = store.sales_orders
    if not context.settings.creates_any_sales_orders or not (orders.waiting() or orders.to_look_at_again()):
        return None
    if not rules.confirm_first or store.sales_orders.any_confirmed():  # else the target need not even be opened
        with pushing(context, command("import-orders"), store=store) as opened:
            if not rules.confirm_first or first_confirmed(store, opened.target.name):
                return opened.push().run()
    if context.stderr.isatty() and not context.as_json:
        count = len(store.sales_orders.waiting())
        context.output.note(
            f"Waiting to become sales orders: {count}. They are created once you have confirmed the first one: "
            f"{context.typed(command('sales-orders', 'push', '--confirm-first'))}"
        )
    return None


def _not_pushed(context: Context, error: KauflandError) -> None:
    """Tell what stopped the push, and that the import is none the worse for it."""
    if not context.as_json:
        context.output.note("The import is done, but not all waiting sales orders were created:")
    context.output.error(error, as_json=context.as_json)
