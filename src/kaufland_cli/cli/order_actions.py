"""`kaufland orders ship / cancel / refund / release`: what is written to Kaufland."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from kaufland_cli.app.shipment_files import ShipRequest
from kaufland_cli.app.writing import WriteOptions
from kaufland_cli.cli import completion
from kaufland_cli.cli.options import AcceptClientKey, AsJson, Yes, context_of
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import WrongUsage

DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything and show what would be sent; send nothing.")]
SkipInvalid = Annotated[bool, typer.Option("--skip-invalid", help="Leave out rows that are not valid, do the others.")]
Targets = Annotated[
    list[str] | None,
    typer.Argument(metavar="ORDER|UNIT", help="Order ids or unit ids.", autocompletion=completion.orders),
]
NamedTargets = Annotated[
    list[str],
    typer.Argument(metavar="ORDER|UNIT", help="Order ids or unit ids.", autocompletion=completion.orders),
]


def add_to_orders(group: typer.Typer) -> None:
    """Add the commands to `kaufland orders`."""
    for name, function in (("ship", ship), ("cancel", cancel), ("refund", refund), ("release", release)):
        group.command(name)(function)


def ship(
    call: typer.Context,
    targets: Targets = None,
    carrier: Annotated[str, typer.Option(metavar="NAME", help="Exactly as Kaufland names it, for example DHL.")] = "",
    tracking: Annotated[str, typer.Option(metavar="N[,N]", help="One or more tracking numbers.")] = "",
    further_parcels: Annotated[
        bool, typer.Option("--further-parcels", help="Add parcels to units that were marked as sent before.")
    ] = False,
    file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A CSV or XLSX file with what was shipped.")
    ] = None,
    watch: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Each file in it once, then moved to done/ or failed/ with a report."),
    ] = None,
    columns: Annotated[
        str,
        typer.Option(
            "--file-columns",
            metavar="NAME=COLUMN,NAME=COLUMN",
            help="Which column has what: order, unit, tracking, carrier.",
        ),
    ] = "",
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="The export of a carrier: dhl, dpd or gls (unverified).")
    ] = "",
    skip_invalid: SkipInvalid = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    accept_client_key: AcceptClientKey = False,
    as_json: AsJson = False,
) -> None:
    """Mark units as sent, with tracking numbers.

    Kaufland releases no revenue before that. Of an order, all units that have to be sent are marked. Everything is
    checked before the first is; each is marked once, and running the same again does nothing. Off until you allow it:
    kaufland config set writes.allow ship

    Example: kaufland orders ship M845EA5 --carrier DHL --tracking 00340434161094042557

    A file has an order or unit, tracking numbers and perhaps a carrier in each line; what came of each line is written
    next to it.

    Example: kaufland orders ship --from shipped.csv --carrier DHL --dry-run
    """
    from kaufland_cli.app.order_actions import ship as use_case

    context = context_of(call)
    context.choose_format(as_json=as_json)
    request = ShipRequest(
        idents=tuple(targets or ()),
        carrier=carrier,
        tracking=tracking,
        file=file,
        watch=watch,
        columns=_columns(columns),
        preset=preset.strip().lower(),
        further_parcels=further_parcels,
    )
    options = WriteOptions(dry_run, yes, skip_invalid, accept_client_key)
    raise typer.Exit(use_case(context, request, options))


def cancel(
    call: typer.Context,
    targets: NamedTargets,
    reason: Annotated[str, typer.Option(metavar="REASON", help="For example NoInventory or BuyerCancelled.")],
    dry_run: DryRun = False,
    yes: Yes = False,
    accept_client_key: AcceptClientKey = False,
    as_json: AsJson = False,
) -> None:
    """Cancel units at Kaufland.

    The buyer is refunded automatically. Shows this month's rate of cancellations that you caused, before and after:
    from 1 % Kaufland charges 5 % of the cancelled value, from 3 % it charges 10 %.

    Example: kaufland orders cancel M845EA5 --reason NoInventory --dry-run
    """
    from kaufland_cli.app.order_actions import cancel as use_case

    context = context_of(call)
    context.choose_format(as_json=as_json)
    options = WriteOptions(dry_run, yes, accept_client_key=accept_client_key)
    raise typer.Exit(use_case(context, targets, reason, options))


def refund(
    call: typer.Context,
    target: Annotated[str, typer.Argument(metavar="UNIT", help="A unit id, or the id of an order of one unit.")],
    amount: Annotated[str, typer.Option(metavar="AMOUNT", help="In the currency's own unit, for example 5.00.")],
    reason: Annotated[str, typer.Option(metavar="REASON", help="For example defect or delivery_delay.")],
    again: Annotated[
        bool, typer.Option("--again", help="The same amount was refunded for the same reason before; do it once more.")
    ] = False,
    any_currency: Annotated[
        bool,
        typer.Option(
            "--i-have-checked-the-currency", help="The unit was not paid in euros, and you know what Kaufland does."
        ),
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    accept_client_key: AcceptClientKey = False,
    as_json: AsJson = False,
) -> None:
    """Refund a part of what the buyer paid for a unit.

    Never more than was paid less what was refunded from here before: Kaufland keeps no list of refunds, so this
    program's own is the only one.

    Example: kaufland orders refund 314567898654242 --amount 5.00 --reason defect
    """
    from kaufland_cli.app.order_actions import refund as use_case

    context = context_of(call)
    context.choose_format(as_json=as_json)
    options = WriteOptions(dry_run, yes, accept_client_key=accept_client_key)
    code = use_case(context, target, _cents(amount), reason, options, again=again, any_currency=any_currency)
    raise typer.Exit(code)


def release(
    call: typer.Context,
    targets: NamedTargets,
    dry_run: DryRun = False,
    yes: Yes = False,
    accept_client_key: AcceptClientKey = False,
    as_json: AsJson = False,
) -> None:
    """Release open units, so that they have to be sent.

    Example: kaufland orders release M845EA5
    """
    from kaufland_cli.app.order_actions import release as use_case

    context = context_of(call)
    context.choose_format(as_json=as_json)
    options = WriteOptions(dry_run, yes, accept_client_key=accept_client_key)
    raise typer.Exit(use_case(context, targets, options))


def _columns(text: str) -> dict[str, str]:
    """Read `order=Sendungsreferenz,tracking=Sendungsnummer`. Raises `WrongUsage`."""
    found: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, sign, column = (one.strip() for one in part.partition("="))
        if not sign or not column or name not in {"order", "unit", "tracking", "carrier"}:
            raise WrongUsage(
                f"{part!r} does not say which column holds what.",
                hint=command("orders", "ship", "--from", "FILE", "--file-columns", "order=Reference,tracking=Number"),
            )
        found[name] = column
    return found


def _cents(text: str) -> int:
    """Return an amount such as `5.00` or `5,00` in minor units. Raises `WrongUsage`."""
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        amount = Decimal(-1)
    cents = amount * 100
    if not amount.is_finite() or cents <= 0 or cents != cents.to_integral_value():
        raise WrongUsage(
            f"{text!r} is not an amount such as 5.00.",
            hint=command("orders", "refund", "UNIT", "--amount", "5.00", "--reason", "defect"),
        )
    return int(cents)
