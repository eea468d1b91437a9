"""`kaufland reconcile`."""

from typing import Annotated

import typer

from kaufland_cli.app.reconcile import reconciled
from kaufland_cli.cli.options import AcceptClientKey, AsCsv, AsJson, AsJsonLines, context_of
from kaufland_cli.output import Format


def add_to(app: typer.Typer) -> None:
    app.command("reconcile")(reconcile)


def reconcile(
    call: typer.Context,
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="Compare orders created since then: 30d, 28.11.2026.")
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

    Fetches everything ordered since then again and shows what is missing in the store, surplus in it, or different.
    Nothing is changed at Kaufland.

    Exit code 0 if nothing differs, 8 if anything did, with --fix too. In a pipe or from cron there is no output if
    nothing differs.

    Example: kaufland reconcile --since 7d --fix
    """
    from kaufland_cli.output.cards.reconciliation import RECONCILIATION
    from kaufland_cli.output.records.reconciliation import difference_record, reconcile_record
    from kaufland_cli.store.reconciliation import FOUND_FIELDS

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    with reconciled(context, since, storefront, fix=fix, accept_client_key=accept_client_key) as found:
        if context.format is Format.AUTO and not context.columns:
            context.output.show(RECONCILIATION, found)
        else:
            context.output.listing(
                "units",
                map(difference_record, found.units),
                (),
                fields=FOUND_FIELDS,
                schema="kaufland.reconcile/1",
                empty="",
                extra=reconcile_record(found),
            )
    raise typer.Exit(found.result.exit_code)
