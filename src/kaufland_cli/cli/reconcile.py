"""`kaufland reconcile`."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from kaufland_cli.app.connection import open_api
from kaufland_cli.app.import_orders import begin_of, check_storefront, storefront_of
from kaufland_cli.app.request_log import log_writer, prune_log
from kaufland_cli.app.secret import api_secrets
from kaufland_cli.app.stores import claim_store, closed_after, open_store
from kaufland_cli.cli.options import AcceptClientKey, AsCsv, AsJson, AsJsonLines, context_of
from kaufland_cli.domain.hint import command


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile")(reconcile)


def reconcile(
    call: typer.Context,
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="Compare what was ordered since then: 30d, 12h, 2026-11-01.")
    ] = "30d",
    storefront: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this storefront, for example at.", show_default=False)
    ] = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Store Kaufland's version of what differs; nothing is ever deleted."),
    ] = False,
    accept_client_key: AcceptClientKey = False,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """Compare the stored orders with Kaufland's.

    Asks for everything ordered since then once more and tells what is missing in the store, surplus in it, or
    different. Nothing is changed at Kaufland.

    Ends with 0 where nothing differs and with 8 where anything did, with --fix too. In a pipe or from cron it says
    nothing when nothing differs.

    Example: kaufland reconcile --since 7d --fix
    """
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.order_import.reconcile import ReconcileOptions
    from kaufland_cli.order_import.reconcile import reconcile as run
    from kaufland_cli.output import Format
    from kaufland_cli.output.cards.reconciliation import RECONCILIATION
    from kaufland_cli.output.moments import day_in_words
    from kaufland_cli.store.reconciliation import FOUND_FIELDS

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    options = ReconcileOptions(
        environment=context.settings.api.environment,
        since=begin_of(context, since),
        storefront=None if storefront is None else storefront_of(storefront),
        fix=fix,
    )
    context.show_warnings()
    zone = ZoneInfo(context.settings.ui.timezone)
    secrets = api_secrets(context)  # before anything is created
    holder = holder_now(context.pid, context.clock.now(), command("reconcile"))
    with run_lock(context.loaded.store_file, holder), open_store(context, writing=True) as store:
        claim_store(context, store, accept=accept_client_key)
        log = log_writer(context, store)
        try:
            with open_api(context, secrets, log) as api, context.output.progress() as listener:
                check_storefront(api, options.storefront)
                result = run(api, store, context.clock, options, log=log, listener=listener)
        finally:
            prune_log(context, store)
        days = store.reconciliation.sums(lambda created: day_in_words(created, zone))
        with closed_after(store.reconciliation.found()) as units:
            record = result.record() | {"days": days}
            if context.format is Format.AUTO:
                context.output.show(RECONCILIATION, record | {"units": units})
            else:
                schema = "kaufland.reconcile/1"
                context.output.listing("units", units, (), fields=FOUND_FIELDS, schema=schema, empty="", extra=record)
    raise typer.Exit(result.exit_code)
