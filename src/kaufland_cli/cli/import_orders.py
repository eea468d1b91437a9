"""`kaufland import-orders`."""

from dataclasses import replace
from typing import Annotated

import typer

from kaufland_cli.app.context import Context, show_settings_warnings
from kaufland_cli.app.import_orders import Imported, options_of, preview, run_import
from kaufland_cli.cli import completion
from kaufland_cli.cli.options import AcceptClientKey, AsJson, context_of
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import (
    WrongUsage,
)


def add_to(app: typer.Typer) -> None:
    app.command("import-orders")(import_orders)


def import_orders(
    call: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Read what changed since then: 12h, 28.11.2026."),
    ] = None,
    storefront: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Only this storefront, for example at.",
            show_default=False,
            autocompletion=completion.storefronts,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be read; store nothing.")] = False,
    scheduled: Annotated[
        bool,
        typer.Option("--scheduled", help="For cron: do nothing unless auto import is on and the interval has passed."),
    ] = False,
    all_profiles: Annotated[
        bool,
        typer.Option("--all-profiles", help="With --scheduled: for every seller account that is set up here."),
    ] = False,
    accept_client_key: AcceptClientKey = False,
    accept_total: Annotated[
        bool,
        typer.Option("--accept-total", help="Go on without units Kaufland never delivers."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import new and changed orders.

    Each page is stored as it arrives, the next import finishes one that was stopped, and nothing is stored twice.
    Nothing is changed at Kaufland. A run with --since or --storefront reads less; the next one reads the rest.

    In a pipe or from cron there is no output if all went well.

    Example: kaufland import-orders

    For cron: */15 * * * * kaufland import-orders --scheduled
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    if accept_total:
        context.take_only(
            "--accept-total accepts what a whole import finds missing",
            "--accept-total",
            "--accept-client-key",
            "--json",
        )
    if all_profiles:
        from kaufland_cli.app.all_profiles import import_all_profiles

        context.take_only("--all-profiles imports what is due", "--all-profiles", "--scheduled", "--json")
        if not scheduled:
            raise WrongUsage(
                "--all-profiles is for a scheduler, so it needs --scheduled.",
                hint=command("import-orders", "--scheduled", "--all-profiles"),
            )
        raise typer.Exit(import_all_profiles(context))
    if scheduled and dry_run:
        raise WrongUsage(
            "--dry-run shows what an import would read now, due or not, so --scheduled would change nothing.",
            hint=context.again(without=["--scheduled"]),
        )

    def attempt(on: Context) -> Imported:
        return run_import(on, options_of(on, since, storefront), accept_client_key=accept_client_key)

    if scheduled:
        from kaufland_cli.app.scheduled_import import scheduled_import

        raise typer.Exit(scheduled_import(context, attempt))
    show_settings_warnings(context)
    if dry_run:
        raise typer.Exit(preview(context, options_of(context, since, storefront)))
    if accept_total:
        options = replace(options_of(context, None, None), accept_total=True)
        raise typer.Exit(run_import(context, options, accept_client_key=accept_client_key).exit_code)
    raise typer.Exit(attempt(context).exit_code)
