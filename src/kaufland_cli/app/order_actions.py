"""The use cases that change orders at Kaufland: ship, cancel, refund, release."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.app.shipment_files import ShipRequest, ship_file, watch_folder
from kaufland_cli.app.writing import WriteOptions, carry_out, writing
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.domain.actions import Kind
    from kaufland_cli.order_actions.plan import ActionPlan
    from kaufland_cli.order_actions.shipments import Shipment


def ship(context: Context, request: ShipRequest, options: WriteOptions) -> int:
    """Mark units as sent, or add parcels, and return the exit code."""
    from kaufland_cli.order_actions.shipments import plan_shipments

    _check_request(context, request)
    if request.watch is not None:
        return watch_folder(context, request.watch, request, options)
    if request.file is not None:
        return ship_file(context, request.file, request, options)
    shipments = _shipments(context, request)
    kind: Kind = "parcel" if request.further_parcels else "ship"
    with writing(context, kind, options) as opened:
        planner = opened.planner(kind)
        plan_shipments(planner, shipments, opened.carriers(), further=request.further_parcels)
        _, code = carry_out(opened, planner.plan)
        return code


def _check_request(context: Context, request: ShipRequest) -> None:
    """Raise `WrongUsage` unless exactly one of the ways to say what was shipped is used."""
    ways = [bool(request.idents), request.file is not None, request.watch is not None]
    if sum(ways) != 1:
        raise WrongUsage(
            "Name the orders or units that were shipped, or a file that does, or a folder of such files: one of them.",
            hint=command("orders", "ship", "ORDER", "--carrier", "DHL", "--tracking", "NUMBER"),
        )
    if not request.idents and request.tracking:
        raise WrongUsage("The tracking numbers are in the file.", hint=context.again(without=["--tracking"]))
    if request.idents and (request.columns or request.preset):
        raise WrongUsage(
            "--file-columns and --preset describe a file.",
            hint=command("orders", "ship", "--from", "FILE", "--preset", "dhl"),
        )


def _shipments(context: Context, request: ShipRequest) -> "list[Shipment]":
    from kaufland_cli.order_actions.shipments import Shipment, joined

    numbers = tuple(dict.fromkeys(part for text in request.tracking.split(",") if (part := text.strip())))
    source = str(context.again())
    return joined(Shipment(ident, ident, request.carrier.strip(), numbers, source) for ident in request.idents)


def cancel(context: Context, idents: Sequence[str], reason: str, options: WriteOptions) -> int:
    """Cancel units and return the exit code."""
    from kaufland_cli.order_actions.cancellation_rate import cancellation_rate
    from kaufland_cli.order_actions.unit_steps import cancel_reason, plan_cancelling

    known = cancel_reason(reason)
    with writing(context, "cancel", options) as opened:
        planner = opened.planner("cancel")
        plan_cancelling(planner, idents, known, str(context.again()))

        def rate(plan: "ActionPlan") -> list[str]:
            units = [str(one.intent.id_order_unit) for one in plan.planned]
            found = cancellation_rate(opened.store.actions, units, known, context.clock.now())
            return [found.sentence(context.forms.numbers)]

        _, code = carry_out(opened, planner.plan, notes=rate)
        return code


def refund(
    context: Context,
    ident: str,
    amount: int,
    reason: str,
    options: WriteOptions,
    *,
    again: bool,
    any_currency: bool,
) -> int:
    """Refund a part of what the buyer paid for one unit (minor units) and return the exit code."""
    from kaufland_cli.order_actions.unit_steps import plan_refund, refund_reason

    known = refund_reason(reason)
    with writing(context, "refund", options) as opened:
        planner = opened.planner("refund")
        source = str(context.again())
        plan_refund(planner, ident, amount, known, source, again=again, any_currency=any_currency)
        _, code = carry_out(opened, planner.plan)
        return code


def release(context: Context, idents: Sequence[str], options: WriteOptions) -> int:
    """Release the open units of orders, so that they have to be sent, and return the exit code."""
    from kaufland_cli.order_actions.unit_steps import plan_releasing

    with writing(context, "release", options) as opened:
        planner = opened.planner("release")
        plan_releasing(planner, idents, str(context.again()))
        _, code = carry_out(opened, planner.plan)
        return code
