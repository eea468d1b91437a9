"""`kaufland import-orders`: from Kaufland into the store under the run lock, then cleaning up and sales orders.

How an import is proved complete: docs/decisions/0005-completeness.md; why the lock is the system's:
docs/decisions/0003-run-lock.md.
"""

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from kaufland_cli.app.connection import open_api
from kaufland_cli.app.context import Context
from kaufland_cli.app.pushing import code_of, pushing, report_of, starts_of
from kaufland_cli.app.request_log import log_of_calls, log_writer
from kaufland_cli.app.results import ImportReport, PushReport, SalesOrderChange
from kaufland_cli.app.secret import api_secrets
from kaufland_cli.app.stores import claim_store, open_store
from kaufland_cli.app.typed_times import moment
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.errors import (
    CredentialsRefused,
    ExitCode,
    KauflandError,
    KauflandUnavailable,
    PushRunning,
    RequestRefused,
    StorefrontUnknown,
    StoreUnusable,
    WrongUsage,
)

if TYPE_CHECKING:
    from kaufland_cli.order_import.plan import ImportOptions
    from kaufland_cli.order_import.result import ImportResult
    from kaufland_cli.sales_orders.push import PushResult
    from kaufland_cli.seller_api.endpoints import SellerApi
    from kaufland_cli.store.store import Store


class Imported(NamedTuple):
    """The result of an import that ran to its end."""

    exit_code: int
    result: "ImportResult"
    stopped_by: KauflandError | None
    """The error that stopped the push of sales orders after it."""


def options_of(context: Context, since: str | None, storefront: str | None) -> "ImportOptions":
    """Return the options of an import from the settings and the command line. Raises `WrongUsage`."""
    from kaufland_cli.order_import.plan import ImportOptions

    settings = context.settings
    return ImportOptions(
        environment=settings.api.environment,
        initial_days=settings.order_import.initial_days,
        overlap_minutes=settings.order_import.overlap_minutes,
        since=None if since is None else begin_of(context, since),
        storefront=None if storefront is None else storefront_of(storefront),
        chosen=context.options.chosen,
    )


def begin_of(context: Context, since: str) -> datetime:
    """Return the lower bound of an import. Raises `WrongUsage` for the future: the next imports would start there."""
    now = context.clock.now()
    found = moment(since, "--since", now, context.settings.ui.timezone)
    if found > now:
        raise WrongUsage(f"--since {since!r} lies in the future.", hint=Hint("Example: --since 30d"))
    return found


def storefront_of(code: str) -> str:
    """Return the code as Kaufland writes it. Raises `WrongUsage`."""
    found = code.strip().lower()
    if not (found.isascii() and found.isalpha()):
        raise WrongUsage(f"--storefront {code!r} is not a valid storefront.", hint=Hint("Example: --storefront at"))
    return found


def run_import(context: Context, options: "ImportOptions", *, accept_client_key: bool = False) -> Imported:
    """Run one import under the run lock and show the result."""
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.order_import.result import recorded_run
    from kaufland_cli.order_import.run import import_orders as run

    secrets = api_secrets(context)  # before anything is created
    holder = holder_now(context.process.pid, context.clock.now(), command("import-orders"))
    with ExitStack() as stack:
        stack.enter_context(run_lock(context.loaded.store_file, holder))
        store = stack.enter_context(open_store(context, writing=True))
        claim_store(context, store, accept=accept_client_key)
        log = log_writer(context, store)
        before = recorded_run(store, options.environment).run_id
        try:
            with open_api(context, secrets, log) as api, context.output.progress() as listener:
                check_storefront(context, api, options.storefront)
                result = run(api, store, context.clock, options, log=log, listener=listener)
        except (KauflandUnavailable, RequestRefused, CredentialsRefused, StoreUnusable):
            left = recorded_run(store, options.environment)
            # The error itself follows. A person sees what was stored, if anything was; a program always does.
            if context.as_json or (
                context.streams.stdout.isatty() and left.run_id != before and left.counts.units_seen
            ):
                context.output.show_result(ImportReport(left))
            raise
        finally:
            _upkeep(context, store)
        report = ImportReport(result)
        sales_orders = context.settings.creates_any_sales_orders or store.queries.any_sales_order()
        if not context.as_json:
            context.output.show_result(report)
    # The run lock is released first, so that the next import does not wait for another system.
    after = after_import(context) if sales_orders else AfterImport(ExitCode.DONE, None, [], None)
    if context.as_json:
        context.output.show_result(replace(report, sales_orders=after.pushed, sales_order_changes=after.changes))
    return Imported(result.exit_code or after.exit_code, result, after.stopped_by)


def after_import(context: Context) -> "AfterImport":
    """Push sales orders after an import and show the result."""
    with open_store(context, writing=True) as store:
        after = push_after_import(context, store)
    if after.pushed is not None and not context.as_json:
        context.output.show_result(after.pushed)
    return after


def check_storefront(context: Context, api: "SellerApi", storefront: str | None) -> None:
    """Raise `StorefrontUnknown` if the account does not have this storefront; pass if Kaufland does not list them."""
    from kaufland_cli.http.retry import RetryBudget

    if storefront is None:
        return
    try:
        found = api.storefronts(RetryBudget(attempts=1))
    except KauflandError:
        return  # the import itself says what is wrong
    if found is not None and storefront not in found:
        has, near = ", ".join(found) or "none", nearest(storefront, found)
        raise StorefrontUnknown(
            f"The storefront {storefront!r} is not set up for this seller account; it has {has}.{did_you_mean(near)}",
            hint=context.again("--storefront", near) if near else None,
        )


def preview(context: Context, options: "ImportOptions") -> int:
    """Show what an import would read; nothing is stored. Return the exit code."""
    from kaufland_cli.order_import.plan import preview_import

    with (
        open_store(context) as store,
        log_of_calls(context) as log,
        open_api(context, api_secrets(context), log) as api,
    ):
        check_storefront(context, api, options.storefront)
        result = preview_import(api, store, context.clock, options)
    if context.as_json:
        context.output.show_result(ImportReport(result))
    else:
        begin = context.forms.moment(result.since)
        context.output.line(f"{options.environment}: from {begin} on. {result.message}")
    return ExitCode.DONE


def _upkeep(context: Context, store: "Store") -> None:
    """Delete what the settings no longer allow: old log entries, raw data, and buyers' data past their time."""
    from kaufland_cli.upkeep.after_import import Limits, upkeep

    debug, privacy = context.settings.debug, context.settings.privacy
    limits = Limits(
        log_retention_days=debug.log_retention_days,
        log_max_megabytes=debug.log_max_megabytes,
        raw_retention_days=privacy.raw_retention_days,
        raw_max_megabytes=privacy.raw_max_megabytes,
        delete_after_days=privacy.delete_after_days,
    )
    for problem in upkeep(store, limits, context.clock.now()):
        if not context.as_json:
            context.output.warning(f"Cleaning up after the import failed: {problem}")


class AfterImport(NamedTuple):
    """The result of the push after an import."""

    exit_code: int
    pushed: PushReport | None
    """None if nothing was pushed."""
    changes: list[SalesOrderChange]
    stopped_by: KauflandError | None
    """The error that stopped it before every order was tried."""


def push_after_import(context: Context, store: "Store") -> AfterImport:
    """Queue orders that are ready, report later changes, and push if the first sales order was confirmed.

    Whatever goes wrong here, the import itself is complete.
    """
    from kaufland_cli.sales_orders.snapshot import look_for_changes

    code, pushed, stopped_by = int(ExitCode.DONE), None, None
    changes: list[SalesOrderChange] = []
    for id_order in look_for_changes(store, context.clock):
        row = store.sales_orders.row(id_order)
        changes.append(SalesOrderChange(id_order, row.number if row else None, row.reasons if row else ()))
        code = ExitCode.PARTLY
        for reason in changes[-1].reasons if not context.as_json else ():
            context.output.warning(Hint(f"{reason.text} ", reason.fix))
    try:
        result = _push_waiting(context, store)
        if result is not None:
            code, pushed = code_of(result) or code, report_of(store, result, by_hand=False)
            if (stopped_by := result.stopped_by) is not None:
                _not_pushed(context, stopped_by)
    except PushRunning:
        pass  # the other push does this work
    except KauflandError as error:
        _not_pushed(context, error)
        code, stopped_by = error.exit_code, error
    return AfterImport(code, pushed, changes, stopped_by)


def _push_waiting(context: Context, store: "Store") -> "PushResult | None":
    """Queue orders that are ready and push the queue; None if there is nothing to push yet."""
    from kaufland_cli.app.sales_order_target import rules_of
    from kaufland_cli.sales_orders.confirmations import first_confirmed

    now, rules = context.clock.now(), rules_of(context.loaded)
    store.sales_order_candidates.collect(starts_of(store, rules, now), rules.unwanted, now)
    orders = store.sales_orders
    if not context.settings.creates_any_sales_orders or not (orders.waiting() or orders.due_for_duplicate_check()):
        return None
    if not rules.confirm_first or store.sales_orders.any_confirmed():  # otherwise the target is not even opened
        with pushing(context, command("import-orders"), store=store) as opened:
            if not rules.confirm_first or first_confirmed(store, opened.target.name):
                return opened.push().run()
    if context.streams.stderr.isatty() and not context.as_json:
        count = len(store.sales_orders.waiting())
        context.output.note(
            Hint(
                f"Waiting to become sales orders: {count}. They are created once you have confirmed the first one: ",
                command("sales-orders", "push", "--confirm-first"),
            )
        )
    return None


def _not_pushed(context: Context, error: KauflandError) -> None:
    """Show what stopped the push, and that the import itself is done."""
    if not context.as_json:
        context.output.note("The import is done, but not all waiting sales orders were created:")
    context.output.error(error, as_json=context.as_json)
