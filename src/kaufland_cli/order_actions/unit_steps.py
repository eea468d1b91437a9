"""Cancelling, refunding and releasing units."""

from collections.abc import Sequence
from typing import Final

from kaufland_cli.domain.actions import CANCEL_REASONS, REFUND_REASONS, STATUSES_BEFORE, Intent, Kind
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.domain.numbers import amount as in_full
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.errors import WrongUsage
from kaufland_cli.order_actions.plan import InvalidRow, NamedUnits, Planner, body_of, statuses_of

EURO: Final = "EUR"
MAX_REFUND: Final = 2**31 - 1
"""The amount is a 32-bit integer (source: OpenAPI 2.27)."""


def cancel_reason(text: str) -> str:
    """Return Kaufland's reason that is meant. Raises `WrongUsage`."""
    return _reason(text, CANCEL_REASONS)


def refund_reason(text: str) -> str:
    """Return Kaufland's reason that is meant. Raises `WrongUsage`."""
    return _reason(text, REFUND_REASONS)


def plan_cancelling(planner: Planner, idents: Sequence[str], reason: str, source: str) -> None:
    """Plan that these units, or all units of these orders that can be, are cancelled."""
    _plan_each(planner, idents, "cancel", {"reason": reason}, body_of({"reason": reason}), source)


def plan_releasing(planner: Planner, idents: Sequence[str], source: str) -> None:
    """Plan that the open units of these orders are released, so that they have to be sent."""
    _plan_each(planner, idents, "release", {}, b"", source)


def plan_refund(
    planner: Planner, ident: str, amount: int, reason: str, source: str, *, again: bool, any_currency: bool
) -> None:
    """Plan one refund of `amount` minor units for one unit.

    Never more than the buyer paid less what was refunded before; the ledger is the only record of that. `again`: the
    same refund was made before and is wanted once more. `any_currency`: whether Kaufland takes minor units of another
    currency than the euro is unverified, and a person has checked it.
    """
    for target in planner.targets([(ident, ident)]):
        if len(target.units) != 1:
            ids = ", ".join(str(unit.id_order_unit) for unit in target.units)
            planner.fault(ident, f"A refund is for one unit; order {target.id_order} has: {ids}.")
            continue
        unit = target.units[0]
        before = planner.refunds(unit)
        same = [one for one in before if one.amount == amount and one.details.get("reason") == reason]
        if same and same[-1].state == "done" and not again:
            planner.already(ident, same[-1])
            continue
        if (fault := _refund_fault(planner, unit, amount, reason, any_currency=any_currency)) is not None:
            planner.fault(ident, fault.text, fault.fix)
            continue
        going_on = same[-1] if same and same[-1].state != "done" else None
        intent = Intent(
            kind="refund",
            id_order=unit.id_order,
            id_order_unit=unit.id_order_unit,
            once=going_on.once if going_on else f"refund:{unit.id_order_unit}:{planner.next_refund(unit)}",
            details={"amount": amount, "currency": unit.currency, "reason": reason},
            body=body_of({"amount": amount, "reason": reason}),
            source=source,
        )
        planner.add(ident, [(intent, unit)])


def _refund_fault(
    planner: Planner, unit: OrderUnit, amount: int, reason: str, *, any_currency: bool
) -> InvalidRow | None:
    ident = str(unit.id_order_unit)
    if unit.status not in STATUSES_BEFORE["refund"]:
        text = f"The unit is {unit.status}; only a unit that was sent can be refunded."
        waiting = unit.status in STATUSES_BEFORE["cancel"]
        return InvalidRow(ident, text, command("orders", "cancel", ident, "--reason", "REASON") if waiting else NO_HINT)
    if not 0 < amount <= MAX_REFUND:
        return InvalidRow(ident, "The amount has to be more than nothing.")
    if unit.currency != EURO and not any_currency:
        return InvalidRow(
            ident,
            f"The unit was paid in {unit.currency or 'an unknown currency'}. Kaufland's documentation says that the"
            " amount must be in euro cents, for other storefronts too; it is not verified what that means for them.",
            Hint("Refund it in the seller portal, or check it there and add --i-have-checked-the-currency"),
        )
    unfinished = [one for one in planner.refunds(unit) if one.state != "done"]
    if any((one.amount, one.details.get("reason")) != (amount, reason) for one in unfinished):
        show = command("actions", "show", str(unfinished[0].action_no))
        return InvalidRow(ident, "Another refund of this unit is unfinished.", show)
    paid = unit.price + (unit.shipping_rate or 0)
    left = paid - planner.refunded(unit) + sum(one.amount for one in unfinished)
    if amount > left:
        amounts = (in_full(one) for one in (paid, left, amount))
        text = "The buyer paid {}, and {} of it can still be refunded, not {}.".format(*amounts)
        return InvalidRow(ident, text)
    return None


def _plan_each(
    planner: Planner, idents: Sequence[str], kind: Kind, details: dict[str, str], body: bytes, source: str
) -> None:
    for target in planner.targets([(ident, ident) for ident in dict.fromkeys(idents)]):
        ready = [unit for unit in target.units if unit.status in STATUSES_BEFORE[kind]]
        ours = [unit for unit in target.units if unit not in ready and planner.stands(kind, [unit])]
        if not ready and not ours:
            planner.fault(target.place, _cannot(kind, target))
            continue
        planner.add(
            target.place,
            [
                (
                    Intent(
                        kind=kind,
                        id_order=unit.id_order,
                        id_order_unit=unit.id_order_unit,
                        once=f"{kind}:{unit.id_order_unit}",
                        details=details,
                        body=body,
                        source=source,
                    ),
                    unit,
                )
                for unit in (*ready, *ours)
            ],
        )


def _cannot(kind: Kind, target: NamedUnits) -> str:
    what = {"cancel": "can be cancelled", "release": "is open"}[kind]
    return f"No unit of {target.ident} {what}; now: {statuses_of(target.units)}."


def _reason(text: str, known: Sequence[str]) -> str:
    by_case = {one.casefold().replace("_", ""): one for one in known}
    if found := by_case.get(text.casefold().replace("_", "").replace("-", "").replace(" ", "")):
        return found
    near = nearest(text, known)
    raise WrongUsage(f"Kaufland knows no reason {text!r}.{did_you_mean(near)} Valid: {', '.join(known)}.")
