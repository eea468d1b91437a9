"""`kaufland invoices list / upload`."""

from pathlib import Path
from typing import Annotated

import typer

from kaufland_cli.app import invoices as use_cases
from kaufland_cli.app.first_steps import next_import
from kaufland_cli.app.writing import WriteOptions
from kaufland_cli.cli import completion
from kaufland_cli.cli.options import AcceptClientKey, AsCsv, AsJson, AsJsonLines, Limit, Yes, context_of, group
from kaufland_cli.cli.order_actions import DryRun, SkipInvalid
from kaufland_cli.domain.hint import Hint
from kaufland_cli.output import INVOICE_COLUMNS

_group = group("See which orders lack an invoice; upload it.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="invoices")


@_group.command("list")
def list_invoices(
    call: typer.Context,
    missing: Annotated[bool, typer.Option("--missing", help="Only orders that need one and have none.")] = False,
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="Ordered since then: 30d, 1.11.2026.")] = None,
    limit: Limit = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """List the orders and whether they have an invoice.

    As known since the last import, and what was uploaded from here since. Orders that Kaufland bills itself need none
    from you.

    Example: kaufland invoices list --missing
    """
    from kaufland_cli.output.footers import rest_of_list
    from kaufland_cli.output.records.actions import INVOICE_FIELDS, invoice_record

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    shown = context.row_limit(limit)
    found = use_cases.invoice_states(context, missing=missing, since=since)
    context.output.listing(
        "invoices",
        map(invoice_record, found[:shown]),
        INVOICE_COLUMNS,
        fields=INVOICE_FIELDS,
        schema="kaufland.invoices/1",
        empty=Hint("No order lacks an invoice.") if missing else Hint("No orders yet: ", next_import(context)),
        footer=lambda stream: rest_of_list(shown, len(found), "shown, newest orders first", stream),
    )


@_group.command("upload")
def upload(
    call: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="PDF files, or folders of them.")],
    order: Annotated[
        str | None, typer.Option(metavar="ORDER", help="The order of one file.", autocompletion=completion.orders)
    ] = None,
    match: Annotated[
        str, typer.Option(metavar="PATTERN", help='Where the id is in names: "*{id_order}*.pdf" by default.')
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Also for orders that have an invoice: add another one.")
    ] = False,
    skip_invalid: SkipInvalid = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    accept_client_key: AcceptClientKey = False,
    as_json: AsJson = False,
) -> None:
    """Upload invoices, each file once.

    Every file is checked before the first is uploaded: a whole PDF, for a known order that has no invoice yet. Off
    until you allow it: kaufland config set writes.allow invoice

    Example: kaufland invoices upload invoices/ --dry-run

    Example: kaufland invoices upload invoice-1017.pdf --order M845EA5
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    request = use_cases.UploadRequest(files, order, match, replace)
    options = WriteOptions(dry_run, yes, skip_invalid, accept_client_key)
    raise typer.Exit(use_cases.upload(context, request, options))
