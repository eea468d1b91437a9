"""What a sales order was made of, and what has changed at Kaufland since: never fixed in silence, always told."""

from collections.abc import Iterator, Mapping
from typing import Any

from kaufland_cli.domain.addresses import in_one_line, same_place
from kaufland_cli.domain.orders import DepartedUnit, Order, OrderUnit
from kaufland_cli.domain.sales_order import SalesOrder, decimal_text
from kaufland_cli.domain.statuses import CANCELLED, NEED_TO_BE_SENT, RETURNED, SOLD
from kaufland_cli.domain.text import meaningful, visible_code
from kaufland_cli.errors import command
from kaufland_cli.store.sales_order_row import Reason

CHANGED, LEFT, EMPTIED = "changed", "unit_left", "no_units_left"
"""Codes of reasons: the order changed after its document was made; a unit has left it; no unit is left in it."""
OrderSnapshot = dict[str, Any]


def snapshot_of(order: Order, document: SalesOrder | None) -> OrderSnapshot:
    """Return the units of the order as they are now, and the document made of them."""
    lines = (
        {} if document is None else {str(unit): no for no, line in enumerate(document.lines, 1) for unit in line.units}
    )
    return {
        "units": {
            str(unit.id_order_unit): {
                "status": unit.status,
                "price": unit.price,
                "shipping_rate": unit.shipping_rate,
                "vat": unit.vat,
                "id_offer": unit.id_offer,
                "line": lines.get(str(unit.id_order_unit)),
            }
            for unit in order.units
        },
        "ship_to": _place(order),
        "document": None if document is None else document.record(),
    }


def snapshot_now(order: Order, snapshot: Mapping[str, Any]) -> OrderSnapshot:
    """Return the same with each unit's latest status, as long as it still belongs into the document."""
    now = {str(unit.id_order_unit): unit for unit in order.units}
    units = {
        key: {**kept, "status": now[key].status} if key in now and now[key].status in SOLD else kept
        for key, kept in snapshot["units"].items()
    }
    return {**snapshot, "units": units}


def resolved(order: Order, snapshot: Mapping[str, Any]) -> OrderSnapshot:
    """Return the units as they are now, each in the line of the document that it belongs to."""
    lines = {key: kept["line"] for key, kept in snapshot.get("units", {}).items()}
    units = {key: {**unit, "line": lines.get(key)} for key, unit in snapshot_of(order, None)["units"].items()}
    return {**snapshot, "units": units, "ship_to": _place(order)}


def changes(order: Order, snapshot: Mapping[str, Any], number: str) -> list[Reason]:
    """Return what differs between the order now and the document that was made of it, line by line.

    A unit that has left the order has a reason of its own code (`LEFT`): should it come back, that has ended.
    """
    now = {str(unit.id_order_unit): unit for unit in order.units}
    departed = {str(unit.id_order_unit): unit for unit in order.departed_units}
    gone: dict[tuple[str, int | None, str, str], int] = {}
    for key, kept in snapshot["units"].items():
        if kept["status"] not in SOLD:
            continue
        code = CHANGED if key in now else LEFT
        what = _what_became_of(kept, now[key]) if key in now else _where_it_went(departed.get(key))
        if what:
            place = (code, kept["line"], kept["id_offer"] or "", what)
            gone[place] = gone.get(place, 0) + 1
    reasons = []
    for (code, line, sku, what), count in gone.items():
        before = sum(1 for kept in snapshot["units"].values() if kept["line"] == line and kept["status"] in SOLD)
        where = f"Sales order {number}, line {line or '?'} ({visible_code(sku) or 'no SKU'})"
        reasons.append(Reason(code, f"{where}: quantity {before}, now {before - count}: {what}.", _fix(order.id_order)))
    reasons += _other_changes(now, snapshot, number, order)
    return reasons


def emptied(order: Order) -> Reason:
    """Return why no sales order can come of an order that has lost all its units before one was created."""
    gone = [
        f"unit {unit.id_order_unit} belongs to order {unit.moved_to} now"
        if unit.moved_to
        else f"Kaufland's order does not have unit {unit.id_order_unit} any more"
        for unit in order.departed_units
    ]
    return Reason(
        EMPTIED,
        f"No unit is left in this order, and no sales order was created for it: {'; '.join(gone)}.",
        command("sales-orders", "resolve", order.id_order),
    )


def _where_it_went(departed: DepartedUnit | None) -> str:
    """Say why a unit is not in its order any more, for the end of a sentence."""
    if departed is not None and departed.moved_to:
        return f"it belongs to order {departed.moved_to} now, which must not be billed for it again"
    return "Kaufland's order does not have it any more"


def _what_became_of(kept: Mapping[str, Any], unit: OrderUnit) -> str:
    if unit.status in SOLD:
        return ""
    shipped = kept["status"] != NEED_TO_BE_SENT
    if unit.status == CANCELLED:
        return "cancelled after it was sent: credit memo needed" if shipped else "cancelled: do not ship"
    if unit.status in RETURNED:
        return "returned: credit memo needed"
    return f"it has the status {unit.status} now: look at it"


def _other_changes(
    now: Mapping[str, OrderUnit], snapshot: Mapping[str, Any], number: str, order: Order
) -> Iterator[Reason]:
    for key, unit in now.items():
        kept = snapshot["units"].get(key)
        if kept is None and unit.status != CANCELLED:
            text = f"Sales order {number} lacks a unit that the order has now: {visible_code(unit.id_offer) or key}."
            yield Reason(CHANGED, text, _fix(order.id_order))
        elif kept is not None and unit.status in SOLD:
            for name, was, now_is in _figures(kept, unit):
                text = (
                    f"Sales order {number}, line {kept['line'] or '?'} ({visible_code(unit.id_offer) or 'no SKU'}): "
                    f"{name} {was}, now {now_is}."
                )
                yield Reason(CHANGED, text, _fix(order.id_order))
    before, today = snapshot.get("ship_to"), _place(order)
    if (
        before
        and today
        and not same_place(before, today)
        and any(unit.status == NEED_TO_BE_SENT for unit in now.values())
    ):
        text = f"Sales order {number}: it is to be shipped to another address now: {today}."
        yield Reason(CHANGED, text, _fix(order.id_order))


def _figures(kept: Mapping[str, Any], unit: OrderUnit) -> Iterator[tuple[str, str, str]]:
    """Yield each figure of a unit that is another one now: its name, as it was, as it is.

    One that is unknown now is none: the document has what was known.
    """
    for name, key in (("price", "price"), ("shipping", "shipping_rate")):
        was, now_is = kept[key], getattr(unit, key)
        if now_is is not None and was != now_is:
            yield name, "unknown" if was is None else decimal_text(was), f"{decimal_text(now_is)} {unit.currency}"
    was, now_is = kept["vat"], unit.vat
    if now_is is not None and was != now_is:
        yield "VAT", "unknown" if was is None else f"{was:g} %", f"{now_is:g} %"


def _place(order: Order) -> str:
    """Return where the goods go, in one line: address and pickup point; empty while that is not known."""
    point = order.pickup_location or {}
    parts = [in_one_line(order.shipping_address)]
    parts += [meaningful(point.get(name)) for name in ("provider", "pickup_location_id", "dhl_post_number")]
    return ", ".join(part for part in parts if part)


def _fix(id_order: str) -> str:
    return f"Set it right in the merchandise system, then: {command('sales-orders', 'resolve', id_order)}"
