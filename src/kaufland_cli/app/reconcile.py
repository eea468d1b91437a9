"""`kaufland reconcile`: compares the orders in the store with Kaufland's, and with `fix` stores Kaufland's version.

How completeness is proved: docs/decisions/0005-completeness.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from kaufland_cli.app.connection import open_api
from kaufland_cli.app.context import Context, show_settings_warnings
from kaufland_cli.app.import_orders import begin_of, check_storefront, storefront_of
from kaufland_cli.app.request_log import log_writer, prune_log
from kaufland_cli.app.results import ReconcileReport
from kaufland_cli.app.secret import api_secrets
from kaufland_cli.app.stores import claim_store, closed_after, open_store
from kaufland_cli.domain.hint import command


@contextmanager
def reconciled(
    context: Context, since: str, storefront: str | None, *, fix: bool, accept_client_key: bool
) -> Iterator[ReconcileReport]:
    """Compare everything ordered since then, unit by unit, under the run lock. Raises `WrongUsage`."""
    from kaufland_cli.domain.moments import day_in_words
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.order_import.reconcile import ReconcileOptions, reconcile

    options = ReconcileOptions(
        environment=context.settings.api.environment,
        since=begin_of(context, since),
        storefront=None if storefront is None else storefront_of(storefront),
        fix=fix,
        chosen=context.options.chosen,
    )
    show_settings_warnings(context)
    zone = ZoneInfo(context.settings.ui.timezone)
    secrets = api_secrets(context)  # before anything is created
    holder = holder_now(context.process.pid, context.clock.now(), command("reconcile"))
    with run_lock(context.loaded.store_file, holder), open_store(context, writing=True) as store:
        claim_store(context, store, accept=accept_client_key)
        log = log_writer(context, store)
        try:
            with open_api(context, secrets, log) as api, context.output.progress() as listener:
                check_storefront(context, api, options.storefront)
                result = reconcile(api, store, context.clock, options, log=log, listener=listener)
        finally:
            prune_log(context, store)
        days = store.reconciliation.sums(lambda created: day_in_words(created, zone))
        with closed_after(store.reconciliation.found()) as units:
            yield ReconcileReport(result, days, units)
