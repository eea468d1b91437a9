"""What every push of sales orders needs: its lock, the store, the target, and a way to fetch an order again.

Why an order is fetched again before it is sent: docs/decisions/0013-sales-orders-never-twice.md.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kaufland_cli.app.connection import open_api
from kaufland_cli.app.context import Context
from kaufland_cli.app.request_log import log_of_calls, log_writer, prune_log
from kaufland_cli.app.results import PushedOrder, PushReport
from kaufland_cli.app.secret import api_secrets, find_secret
from kaufland_cli.app.stores import claim_store, open_store
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import ExitCode, ImportRunning, PushRunning

if TYPE_CHECKING:
    from kaufland_cli.domain.target_values import TargetCheck
    from kaufland_cli.sales_orders.push import Push, PushResult
    from kaufland_cli.sales_orders.rules import Rules
    from kaufland_cli.sales_orders.target import Target
    from kaufland_cli.store.request_log import RequestLogWriter
    from kaufland_cli.store.store import Store

MAX_RUN_LOCK_TRIES = 120
"""While an import runs; each try waits about a second."""


@dataclass
class Pushing:
    """An open push: the target, the store and the rules."""

    context: Context
    store: "Store"
    target: "Target"
    rules: "Rules"
    fetch_again: Callable[[str], None]

    def push(
        self,
        *,
        confirmed_currency: str = "",
        without_absent: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> "Push":
        """Return a push."""
        from kaufland_cli.sales_orders.push import Push

        return Push(
            self.store,
            self.target,
            self.rules,
            self.context.clock,
            self.fetch_again,
            confirmed_currency=confirmed_currency,
            without_absent=without_absent,
            on_progress=on_progress or (lambda _done, _whole: None),
        )


@contextmanager
def pushing(
    context: Context, command: Hint, *, accept_client_key: bool = False, store: "Store | None" = None
) -> Iterator[Pushing]:
    """Take the push lock, and open the target and, if not passed in, the store.

    Raises `PushRunning` if another push is running.
    """
    from kaufland_cli.app.sales_order_target import rules_of

    rules = rules_of(context.loaded)
    with (
        push_lock(context, command),
        open_store(context, writing=True) if store is None else nullcontext(store) as opened,
    ):
        claim_store(context, opened, accept=accept_client_key)
        log = log_writer(context, opened)
        with opened_target(context, log) as target, _orders_fetched_again(context, opened, log, command) as fetch_again:
            yield Pushing(context, opened, target, rules, fetch_again)


@contextmanager
def opened_target(context: Context, log: "RequestLogWriter | None") -> Iterator["Target"]:
    """Open the target that the settings name."""
    from kaufland_cli.app.sales_order_target import open_target
    from kaufland_cli.secrets import SecretKind

    with open_target(
        context.loaded,
        lambda: find_secret(context, SecretKind.BUSINESS_CENTRAL).secret,
        clock=context.clock,
        random=context.process.random,
        log=log,
    ) as target:
        yield target


def checks_of_target(context: Context) -> "list[TargetCheck]":
    """Check everything that sales orders need, in the settings and in the target."""
    from kaufland_cli.app.sales_order_target import expectations, local_checks

    with open_store(context) as store:
        currencies, countries = store.sales_order_candidates.currencies_and_countries()
        expected = expectations(context.loaded, currencies, countries)
        checks = list(local_checks(context.loaded, store.sales_order_candidates.destinations()))
        with log_of_calls(context) as log, opened_target(context, log) as target:
            checks += target.check(expected)
    return checks


@contextmanager
def push_lock(context: Context, command: Hint) -> Iterator[None]:
    """Hold the push lock. It is not the run lock: imports never wait for another system."""
    from kaufland_cli.order_import.lock import holder_now, run_lock

    store = context.loaded.store_file
    try:
        with run_lock(
            store.with_name(f"{store.name}.sales-orders"), holder_now(context.process.pid, context.clock.now(), command)
        ):
            yield
    except ImportRunning as error:
        raise PushRunning(f"Another push of sales orders is running. {error.message}") from None


@contextmanager
def _orders_fetched_again(
    context: Context, store: "Store", log: "RequestLogWriter", command: Hint
) -> Iterator[Callable[[str], None]]:
    """Yield a function that fetches one order from Kaufland into the store; it connects when first called."""
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.order_import.refresh import refresh_order

    with ExitStack() as stack:
        opened: list[Any] = []

        def fetch_again(id_order: str) -> None:
            if not opened:
                opened.append(stack.enter_context(open_api(context, api_secrets(context), log)))
            tries = 0
            while True:
                try:
                    holder = holder_now(context.process.pid, context.clock.now(), command)
                    with run_lock(context.loaded.store_file, holder):
                        refresh_order(opened[0], store, context.clock, id_order, log)
                        return
                except ImportRunning:
                    tries += 1
                    if tries >= MAX_RUN_LOCK_TRIES:
                        raise

        yield fetch_again


def starts_of(store: "Store", rules: "Rules", now: datetime) -> dict[str, datetime]:
    """Return from when on orders of each storefront become sales orders automatically, and store it."""
    since = store.sales_order_candidates.record_switches(rules.wanted, rules.unwanted, now)
    return {code: max(start, rules.wanted.get(code) or start) for code, start in since.items()}


def report_of(store: "Store", result: "PushResult", *, by_hand: bool, named: bool = False) -> PushReport:
    """Return the result with where each order stands; `named`: orders were named, so the screen lists each."""
    orders = []
    for one in result.pushed:
        row = store.sales_orders.row(one.id_order)
        orders.append(PushedOrder(one, (row.number or None) if row else None, row.reasons if row else ()))
    return PushReport(result, orders, store.sales_order_lists.counts()["pending"], by_hand, named)


def show_result(opened: Pushing, result: "PushResult", *, named: bool = False) -> int:
    """Show the result of a manual push and return the exit code. Raises the error that stopped it."""
    prune_log(opened.context, opened.store)
    opened.context.output.show_result(report_of(opened.store, result, by_hand=True, named=named))
    if result.stopped_by is not None:
        raise result.stopped_by
    return code_of(result)


def code_of(result: "PushResult") -> int:
    """Return the exit code of a push."""
    if result.stopped_by is not None:
        return result.stopped_by.exit_code
    return ExitCode.PARTLY if result.needs_attention else ExitCode.DONE
