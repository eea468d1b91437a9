"""What a sales order was made from, and what has changed at Kaufland since then.

Snapshots are kept in the store. Changes are reported as conflicts and never corrected silently. See
docs/decisions/0013.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kaufland_cli.clock import Clock
from kaufland_cli.domain.actions import Action
from kaufland_cli.domain.addresses import in_one_line, same_place
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.order_snapshot import OrderSnapshot, UnitSnapshot
from kaufland_cli.domain.orders import DepartedUnit, Order, OrderUnit
from kaufland_cli.domain.sales_order import SalesOrder, decimal_text
from kaufland_cli.domain.statuses import CANCELLED, NEED_TO_BE_SENT, RETURNED, SOLD
from kaufland_cli.domain.text import meaningful, visible_code
from kaufland_cli.store.sales_order_row import Reason
from kaufland_cli.store.store import Store

CHANGED, LEFT, EMPTIED = "changed", "unit_left", "no_units_left"
"""Reason codes: the order changed after its document was created; a unit left it; it has no units left."""


def snapshot_of(order: Order, document: SalesOrder | None) -> OrderSnapshot:
    """Return the units of the order as they are now (prices in minor units), and the document made from them."""
    lines = (
        {} if document is None else {str(unit): no for no, line in enumerate(document.lines, 1) for unit in line.units}
    )
    return OrderSnapshot(_units(order, lines), _place(order), document)


def _units(order: Order, lines: Mapping[str, int | None]) -> dict[str, UnitSnapshot]:
    return {
        str(unit.id_order_unit): UnitSnapshot(
            status=unit.status,
            price=unit.price,
            shipping_rate=unit.shipping_rate,
            vat=unit.vat,
            id_offer=unit.id_offer,
            line=lines.get(str(unit.id_order_unit)),
        )
        for unit in order.units
    }


def snapshot_now(order: Order, snapshot: OrderSnapshot) -> OrderSnapshot:
    """Return the snapshot with each unit's latest status, as long as the unit still belongs in the document."""
    now = {str(unit.id_order_unit): unit for unit in order.units}
    units = {
        key: replace(kept, status=now[key].status) if key in now and now[key].status in SOLD else kept
        for key, kept in snapshot.units.items()
    }
    return replace(snapshot, units=units)


def resolved(order: Order, snapshot: OrderSnapshot) -> OrderSnapshot:
    """Return the snapshot with the units as they are now, each with its line in the document."""
    lines = {key: kept.line for key, kept in snapshot.units.items()}
    return replace(snapshot, units=_units(order, lines), ship_to=_place(order))


def changes(order: Order, snapshot: OrderSnapshot, number: str) -> list[Reason]:
    """Return the differences between the order now and the document made from it, line by line.

    A unit that left the order has its own reason code (`LEFT`), which is dropped if the unit comes back.
    """
    now = {str(unit.id_order_unit): unit for unit in order.units}
    departed = {str(unit.id_order_unit): unit for unit in order.departed_units}
    cancelled_here = {
        str(one.id_order_unit): one for one in order.actions if one.kind == "cancel" and one.state == "done"
    }
    gone: dict[tuple[str, int | None, str, str], int] = {}
    for key, kept in snapshot.units.items():
        if kept.status not in SOLD:
            continue
        code = CHANGED if key in now else LEFT
        what = (
            _what_happened(kept, now[key], cancelled_here.get(key)) if key in now else _destination(departed.get(key))
        )
        if what:
            place = (code, kept.line, kept.id_offer or "", what)
            gone[place] = gone.get(place, 0) + 1
    reasons = []
    for (code, line, sku, what), count in gone.items():
        before = sum(1 for kept in snapshot.units.values() if kept.line == line and kept.status in SOLD)
        where = f"Sales order {number}, line {line or '?'} ({visible_code(sku) or 'no SKU'})"
        reasons.append(Reason(code, f"{where}: quantity {before}, now {before - count}: {what}.", _fix(order.id_order)))
    reasons += _other_changes(now, snapshot, number, order)
    return reasons


def emptied(order: Order) -> Reason:
    """Return why an order cannot become a sales order: it lost all its units before one was created."""
    gone = [
        f"unit {unit.id_order_unit} now belongs to order {unit.moved_to}"
        if unit.moved_to
        else f"unit {unit.id_order_unit} is missing from the order at Kaufland"
        for unit in order.departed_units
    ]
    return Reason(
        EMPTIED,
        f"This order has no units left, and no sales order was created for it: {'; '.join(gone)}.",
        command("sales-orders", "resolve", order.id_order),
    )


def _destination(departed: DepartedUnit | None) -> str:
    """Return why a unit is no longer in its order, for the end of a sentence."""
    if departed is not None and departed.moved_to:
        return f"now in order {departed.moved_to}, where it must not be billed again"
    return "missing from the order at Kaufland"


def _what_happened(kept: UnitSnapshot, unit: OrderUnit, cancelled_here: Action | None) -> str:
    if unit.status in SOLD:
        return ""
    shipped = kept.status != NEED_TO_BE_SENT
    if unit.status == CANCELLED and cancelled_here is not None:
        then = (
            "write a credit memo" if shipped else "take it out of the sales order; once invoiced, write a credit memo"
        )
        return f"cancelled by you ({cancelled_here.details.get('reason')}): {then}"
    if unit.status == CANCELLED:
        return "cancelled after it was sent: credit memo needed" if shipped else "cancelled: do not ship"
    if unit.status in RETURNED:
        return "returned: credit memo needed"
    return f"new status {unit.status}: check it"


def _other_changes(
    now: Mapping[str, OrderUnit], snapshot: OrderSnapshot, number: str, order: Order
) -> Iterator[Reason]:
    for key, unit in now.items():
        kept = snapshot.units.get(key)
        if kept is None and unit.status != CANCELLED:
            text = f"Sales order {number} lacks a unit that is now in the order: {visible_code(unit.id_offer) or key}."
            yield Reason(CHANGED, text, _fix(order.id_order))
        elif kept is not None and unit.status in SOLD:
            for name, was, now_is in _figures(kept, unit):
                text = (
                    f"Sales order {number}, line {kept.line or '?'} ({visible_code(unit.id_offer) or 'no SKU'}): "
                    f"{name} {was}, now {now_is}."
                )
                yield Reason(CHANGED, text, _fix(order.id_order))
    before, today = snapshot.ship_to, _place(order)
    if (
        before
        and today
        and not same_place(before, today)
        and any(unit.status == NEED_TO_BE_SENT for unit in now.values())
    ):
        text = f"Sales order {number}: the shipping address has changed to: {today}."
        yield Reason(CHANGED, text, _fix(order.id_order))


def _figures(kept: UnitSnapshot, unit: OrderUnit) -> Iterator[tuple[str, str, str]]:
    """Yield each figure of a unit that has changed: its name, the old value, the new value.

    A figure that is now unknown has not changed: the document has what was known.
    """
    for name, was, now_is in (
        ("price", kept.price, unit.price),
        ("shipping", kept.shipping_rate, unit.shipping_rate),
    ):
        if now_is is not None and was != now_is:
            yield name, "unknown" if was is None else decimal_text(was), f"{decimal_text(now_is)} {unit.currency}"
    if unit.vat is not None and kept.vat != unit.vat:
        yield "VAT", "unknown" if kept.vat is None else f"{kept.vat:g} %", f"{unit.vat:g} %"


def _place(order: Order) -> str:
    """Return where the goods go, in one line: address and pickup point; empty if unknown."""
    point = order.pickup_location
    parts = [in_one_line(order.shipping_address)]
    if point is not None:
        parts += map(meaningful, (point.provider, point.number, point.post_number))
    return ", ".join(part for part in parts if part)


def _fix(id_order: str) -> Hint:
    return Hint("Correct it in the merchandise system, then: ", command("sales-orders", "resolve", id_order))


def look_for_changes(store: Store, clock: Clock) -> list[str]:
    """Compare changed orders with their sales orders; return the ids of the new conflicts."""
    found = _emptied(store, clock)
    for id_order in store.sales_orders.changed_since_created():
        with store.database.transaction():
            row, order = store.sales_orders.row(id_order), store.queries.order(id_order)
            if row is None or order is None or not row.number or row.snapshot is None:
                continue
            reasons = changes(order, row.snapshot, row.number)
            # A reported change stays until somebody resolves it, except for a unit that left and came back.
            ended = {LEFT, CHANGED} if reasons else {LEFT}
            kept = [reason for reason in row.reasons if reason.code not in ended]
            if reasons and reasons != [reason for reason in row.reasons if reason.code in ended]:
                found.append(id_order)
            if reasons or kept:
                store.sales_orders.mark_conflict(id_order, clock.now(), [*kept, *reasons])
            elif row.state == "conflict":
                store.sales_orders.end_conflict(id_order, clock.now())
            store.sales_orders.compared(id_order, snapshot_now(order, row.snapshot), order.summary.updated_at)
    return found


def _emptied(store: Store, clock: Clock) -> list[str]:
    """Mark orders that lost all units before a document was created as conflicts; release those with units again."""
    found = []
    for id_order in store.sales_orders.emptied():
        with store.database.transaction():
            row, order = store.sales_orders.row(id_order), store.queries.order(id_order)
            if row is not None and order is not None and not order.units:
                store.sales_orders.mark_conflict(id_order, clock.now(), [emptied(order), *row.reasons])
                found.append(id_order)
    for id_order in store.sales_orders.filled_again(EMPTIED):
        with store.database.transaction():
            row = store.sales_orders.row(id_order)
            if row is not None:
                before = [reason for reason in row.reasons if reason.code != EMPTIED]
                if row.held_by_hand:
                    store.sales_orders.hold(id_order, clock.now(), before, by_hand=True)
                else:
                    store.sales_orders.wait(id_order, clock.now(), before)
    return found
