"""Marking units as sent, and adding parcels to units that were sent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from kaufland_cli.domain.actions import STATUSES_BEFORE, WITHOUT_TRACKING, Intent
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.domain.statuses import OF_KAUFLAND, OPEN, RETURNED, SENT
from kaufland_cli.order_actions.carriers import carrier_fault
from kaufland_cli.order_actions.plan import NamedUnits, Planner, body_of, statuses_of
from kaufland_cli.order_actions.tracking import implausible


@dataclass(frozen=True, slots=True)
class Shipment:
    """An order or a unit that was shipped."""

    place: str
    """`line 7` of a file, or the order or unit as typed."""
    ident: str
    carrier: str
    tracking_numbers: tuple[str, ...]
    source: str
    """The command, or the file with the line."""
    order: str = ""
    """The order that a unit has to be of; empty if any."""


def joined(shipments: Iterable[Shipment]) -> list[Shipment]:
    """Return the shipments with those of the same order or unit and carrier as one, with all their numbers."""
    found: dict[tuple[str, str, str], list[Shipment]] = defaultdict(list)
    for one in shipments:
        found[one.ident.strip().casefold(), one.carrier, one.order.casefold()].append(one)
    whole: list[Shipment] = []
    for parts in found.values():
        first = parts[0]
        numbers = tuple(dict.fromkeys(number for part in parts for number in part.tracking_numbers))
        whole.append(Shipment(first.place, first.ident, first.carrier, numbers, first.source, first.order))
    return whole


def plan_shipments(
    planner: Planner, shipments: Sequence[Shipment], carriers: Sequence[str] | None, *, further: bool
) -> None:
    """Plan that the units of these shipments are marked as sent, or with `further` given further parcels.

    `carriers` are all that Kaufland knows; None if it does not say.
    """
    by_place = {one.place: one for one in shipments}
    valid = [one for one in shipments if not _faults(planner, one, carriers, further=further)]
    for target in planner.targets([(one.place, one.ident) for one in valid]):
        shipment = by_place[target.place]
        if shipment.order and shipment.order.casefold() != target.id_order.casefold():
            planner.fault(target.place, f"Unit {target.ident} is of order {target.id_order}, not of {shipment.order}.")
        elif further:
            _plan_parcels(planner, target, shipment)
        else:
            _plan_sending(planner, target, shipment)


def _faults(planner: Planner, one: Shipment, carriers: Sequence[str] | None, *, further: bool) -> bool:
    found = [carrier_fault(one.carrier, carriers)]
    found += [implausible(one.carrier, number) for number in one.tracking_numbers]
    if one.ident.casefold() in {number.casefold() for number in one.tracking_numbers}:
        found.append(f"{one.ident} is the order or unit itself, not a tracking number.")
    if not one.tracking_numbers and (further or one.carrier not in WITHOUT_TRACKING):
        found.append(f"{one.carrier or 'This carrier'} needs a tracking number; only Other and Other Hauler do not.")
    for text in filter(None, found):
        planner.fault(one.place, text)
    return any(found)


def _plan_sending(planner: Planner, target: NamedUnits, shipment: Shipment) -> None:
    own = [unit for unit in target.units if unit.fulfillment_type != OF_KAUFLAND]
    waiting = [unit for unit in own if unit.status in STATUSES_BEFORE["ship"]]
    sent = [unit for unit in own if unit.status in SENT | RETURNED]
    if not waiting and not planner.stands("ship", sent):
        text = f"No unit of {target.ident} has to be sent; now: {statuses_of(own)}."
        planner.fault(target.place, text, _instead(target, own, shipment))
        return
    numbers = ",".join(shipment.tracking_numbers)
    details = {"carrier": shipment.carrier, "tracking_numbers": numbers}
    # Units that others marked as sent stay as they are; those of ours count as done. Of an order with units that still
    # have to be sent, those that went in another parcel are not meant.
    ours = [unit for unit in sent if planner.stands("ship", [unit])]
    if target.whole_order and waiting:
        ours = [unit for unit in ours if not planner.stands_otherwise(unit, details)]
    wanted = waiting + ours
    body = body_of({"tracking_numbers": numbers, "carrier_code": shipment.carrier})
    planner.add(
        target.place,
        [
            (
                Intent(
                    kind="ship",
                    id_order=unit.id_order,
                    id_order_unit=unit.id_order_unit,
                    once=f"ship:{unit.id_order_unit}",
                    details=details,
                    body=body,
                    source=shipment.source,
                ),
                unit,
            )
            for unit in wanted
        ],
    )


def _plan_parcels(planner: Planner, target: NamedUnits, shipment: Shipment) -> None:
    sent = [unit for unit in target.units if unit.status in STATUSES_BEFORE["parcel"]]
    if not sent:
        planner.fault(
            target.place,
            f"No unit of {target.ident} was marked as sent yet; now: {statuses_of(target.units)}.",
            command("orders", "ship", target.ident, "--carrier", shipment.carrier, "--tracking", "NUMBER"),
        )
        return
    planner.add(
        target.place,
        [(_parcel(unit, shipment, number), unit) for unit in sent for number in shipment.tracking_numbers],
    )


def _parcel(unit: OrderUnit, shipment: Shipment, number: str) -> Intent:
    parcel = {"tracking_number": number, "carrier_code": shipment.carrier}
    # An erased order keeps no tracking number, so the ledger tells parcels apart by a hash.
    mark = sha256(f"{shipment.carrier}\n{number}".encode()).hexdigest()[:20]
    return Intent(
        kind="parcel",
        id_order=unit.id_order,
        id_order_unit=unit.id_order_unit,
        once=f"parcel:{unit.id_order_unit}:{mark}",
        details={"carrier": shipment.carrier, "tracking_numbers": number},
        body=body_of({"id_order_unit": unit.id_order_unit, "shipment_information": parcel}),
        source=shipment.source,
    )


def _instead(target: NamedUnits, own: Sequence[OrderUnit], shipment: Shipment) -> Hint:
    statuses = {unit.status for unit in own}
    if statuses & SENT:
        words = ("--carrier", shipment.carrier, "--tracking", ",".join(shipment.tracking_numbers))
        return Hint("To add a parcel: ", command("orders", "ship", target.ident, *words, "--further-parcels"))
    if OPEN in statuses:
        return Hint("To release it: ", command("orders", "release", target.id_order))
    return command("orders", "refresh", target.id_order)
