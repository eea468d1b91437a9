"""`kaufland import-orders`."""

from dataclasses import replace
from typing import Annotated

import typer

from kaufland_cli.app.context import Context
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
    if accept_total and (scheduled or since or storefront or dry_run or all_profiles):
        raise WrongUsage(
            "--accept-total accepts what a whole import finds missing; it cannot be combined with other options that "
            "choose what to import.",
            hint=command("import-orders", "--accept-total"),
        )
    if all_profiles:
        from kaufland_cli.app.all_profiles import import_all_profiles

        if not scheduled or since or storefront or dry_run or accept_client_key:
            raise WrongUsage(
                "--all-profiles needs --scheduled and cannot be combined with options that choose what to import.",
                hint=command("import-orders", "--scheduled", "--all-profiles"),
            )
        raise typer.Exit(import_all_profiles(context))

    def attempt(on: Context) -> Imported:
        return run_import(on, options_of(on, since, storefront), accept_client_key=accept_client_key)

    if scheduled and not dry_run:
        from kaufland_cli.app.scheduled_import import scheduled_import

        raise typer.Exit(scheduled_import(context, attempt))
    context.show_warnings()
    if dry_run:
        raise typer.Exit(preview(context, options_of(context, since, storefront)))
    if accept_total:
        options = replace(options_of(context, None, None), accept_total=True)
        raise typer.Exit(run_import(context, options, accept_client_key=accept_client_key).exit_code)
    raise typer.Exit(attempt(context).exit_code)
