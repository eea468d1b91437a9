"""One order with everything known about it.

The order comes from `store.order_queries` as a `domain.Order`; its JSON record is made in `output/records/orders.py`.
What is drawn where: docs/decisions/0021.
"""

from typing import TYPE_CHECKING

from kaufland_cli.domain.addresses import field, lines_of
from kaufland_cli.domain.due import has_to_be_shipped
from kaufland_cli.domain.orders import Address, Change, Order, PickupLocation
from kaufland_cli.output.blocks import Block, Card, Fact, Title, blank, facts, heading, paragraph, table
from kaufland_cli.output.columns import BUYERS_ORDER_COLUMNS, ORDER_LINE_COLUMNS
from kaufland_cli.output.records.orders import order_record
from kaufland_cli.output.stream import Stream
from kaufland_cli.output.values import sales_order_in_short, status_style, status_words

if TYPE_CHECKING:
    from kaufland_cli.app.results import BuyersOrders
    from kaufland_cli.store.buyers import BuyersOrder

_NOT_KNOWN = "not known yet"
_AMOUNTS = frozenset({"price", "shipping_rate", "revenue_gross", "revenue_net"})


def order_card(order: Order, stream: Stream) -> list[Block]:
    """Return the lines of an order's card."""
    return [
        *_title(order, stream),
        *blank(),
        *facts(_people_and_places(order, stream)),
        *_deemed_supplier(order),
        *_lines(order, stream),
        *_departed(order, stream),
        *_actions(order, stream),
        *_history(order, stream),
        *_failed(order, stream),
    ]


def _title(order: Order, stream: Stream) -> list[Block]:
    status = order.summary.status
    words = stream.text(status_words(status)) if status else "status not known"
    parts = (
        (f"Order {stream.text(order.id_order)}", stream.order_style(order.id_order, "bold")),
        (words, status_style(status)),
        (stream.text(order.storefront) or "storefront not known", ""),
    )
    return [Title(parts, f" {stream.marks.dot} ")]


def _people_and_places(order: Order, stream: Stream) -> list[Fact | None]:
    summary = order.summary
    ship_to = _address(order.shipping_address, stream)
    bill_to = _address(order.billing_address, stream)
    received = [unit.received_at for unit in order.units]
    fulfilled = status_words(summary.fulfillment_type or "").removeprefix("fulfilled ")
    return [
        Fact("Created", stream.moment(summary.created_at)),
        Fact("Imported", stream.moment(summary.imported_at)),
        Fact("Ship by", _ship_by(order, stream)),
        Fact("Received", stream.moment(max(filter(None, received), default=None), unknown="")),
        Fact("Note", [stream.text(note) for note in dict.fromkeys(unit.note for unit in order.units if unit.note)]),
        Fact("Buyer", stream.text(summary.buyer_name) or _erased(order, stream) or _NOT_KNOWN),
        Fact("E-mail", stream.text(summary.buyer_email)),
        Fact("Ship to", ship_to or _NOT_KNOWN, "" if ship_to else "yellow"),
        Fact("Bill to", "the same" if bill_to and bill_to == ship_to else bill_to or _NOT_KNOWN),
        Fact("Pickup point", _pickup_point(order.pickup_location, stream)),
        Fact("Fulfilled", stream.text(fulfilled)),
        Fact("Invoice", _invoice(_has_invoice(order))),
        Fact(
            "Sales order",
            stream.text(sales_order_in_short(summary.sales_order_no, summary.sales_order_state)) or "none",
        ),
    ]


def _ship_by(order: Order, stream: Stream) -> str:
    """Return the first deadline of the units that the seller still has to ship; empty if there are none."""
    deadlines = [unit.ship_by for unit in order.units if has_to_be_shipped(unit) and unit.ship_by]
    return stream.moment(min(deadlines)) if deadlines else ""


def _erased(order: Order, stream: Stream) -> str:
    return f"erased {stream.moment(order.erased_at)}" if order.erased_at else ""


def _address(address: Address | None, stream: Stream) -> list[str]:
    """Return an address as on a parcel label."""
    phone = field(address, "phone")
    lines = [*lines_of(address), *([f"phone {phone}"] if phone else [])]
    return [stream.text(line) for line in lines]


def _has_invoice(order: Order) -> bool | None:
    """Return whether an invoice was uploaded, also one from here that no import has seen yet."""
    own = any(action.kind == "invoice" and action.state == "done" for action in order.actions)
    return True if own else order.summary.invoice_uploaded


def _pickup_point(location: PickupLocation | None, stream: Stream) -> list[str]:
    if location is None:
        return []
    place = f"{stream.text(location.provider)} {stream.text(location.number)}".strip()
    carrier, post_number = stream.text(location.carrier), stream.text(location.post_number)
    delivered = f"{place}, delivered by {carrier}" if carrier else place
    return [line for line in (delivered, post_number and f"DHL post number {post_number}") if line]


def _invoice(uploaded: object) -> str:
    return "? (not read yet)" if uploaded is None else "uploaded" if uploaded else "not uploaded"


def _deemed_supplier(order: Order) -> list[Block]:
    if not order.summary.is_marketplace_deemed_supplier:
        return []
    return [*blank(), *paragraph("Kaufland invoices the buyer; you must not.", indent=2, style="bold")]


def _lines(order: Order, stream: Stream) -> list[Block]:
    if not order.lines:
        return []
    unit_ids = [
        Fact(stream.text(line.ean) or f"Line {i}", ", ".join(map(stream.text, line.unit_ids)))
        for i, line in enumerate(order.lines, 1)
    ]
    return [
        *heading("Lines"),
        *table((line._asdict() for line in order.lines), ORDER_LINE_COLUMNS, stream, indent=2),
        *_totals(order, stream),
        *heading("Unit ids"),
        *facts(unit_ids),
    ]


def _totals(order: Order, stream: Stream) -> list[Block]:
    amounts = {name: stream.amount(amount, order.summary.currency) for name, amount in order.totals.items()}
    if not amounts:
        return []
    widest = max(map(len, amounts.values()))
    rows = [
        Fact(name.capitalize(), text.rjust(widest), "bold" if name == "total" else "") for name, text in amounts.items()
    ]
    return [*blank(), *facts(rows)]


def _departed(order: Order, stream: Stream) -> list[Block]:
    """Return the units that have left the order, and those that are already in another order's sales order."""
    gone = [
        Fact(
            f"unit {stream.text(unit.id_order_unit)}",
            f"{stream.text(unit.name)}: "
            + (
                f"moved to order {stream.text(unit.moved_to)} "
                if unit.moved_to
                else "no longer in Kaufland's order, seen "
            )
            + stream.moment(unit.since),
            "yellow",
        )
        for unit in order.departed_units
    ]
    billed = [
        Fact(
            f"unit {stream.text(unit.id_order_unit)}",
            f"in the sales order of order {stream.text(unit.id_order)}"
            + (f": {stream.text(unit.number)}" if unit.number else ""),
            "yellow",
        )
        for unit in order.in_other_sales_orders
    ]
    return [
        *([*heading("No longer in this order"), *facts(gone)] if gone else []),
        *([*heading("In another sales order"), *facts(billed)] if billed else []),
    ]


def _actions(order: Order, stream: Stream) -> list[Block]:
    if not order.actions:
        return []
    from kaufland_cli.domain.actions import in_words  # noqa: PLC0415 (most orders have none)

    rows = []
    for action in order.actions:
        unit = "" if action.id_order_unit is None else f"unit {stream.text(action.id_order_unit)}: "
        amount = action.details.get("amount")
        what = stream.text(in_words(action.details)) if amount is None else ""
        worth = "" if amount is None else stream.amount(amount, action.details.get("currency"))
        state = status_words(action.state)
        words = " ".join(part for part in (action.kind, what, worth) if part)
        rows.append(Fact(stream.moment(action.ended_at or action.planned_at), f"{unit}{words} ({state})"))
    return [*heading("Sent to Kaufland"), *facts(rows)]


def _history(order: Order, stream: Stream) -> list[Block]:
    rows = [Fact(stream.moment(change.at), _change(change, order.summary.currency, stream)) for change in order.history]
    return [*heading("History"), *facts(rows)] if rows else []


def _change(change: Change, currency: str | None, stream: Stream) -> str:
    """Return what was changed, with old and new value."""

    def value(held: object) -> str:
        if held is None:
            return "nothing"
        if change.field == "status":
            return stream.text(status_words(held))
        if change.field == "absent_since":
            return stream.moment(held)
        if change.field in _AMOUNTS and isinstance(held, int):
            return stream.amount(held, currency)
        return stream.text(held)

    unit = "" if change.id_order_unit is None else f"unit {stream.text(change.id_order_unit)}: "
    name = stream.text(status_words(change.field))
    return f"{unit}{name} {value(change.old)} {stream.marks.hint} {value(change.new)}"


def _failed(order: Order, stream: Stream) -> list[Block]:
    rows = [
        Fact(
            f"unit {stream.text(unit.id_order_unit)}",
            f"{stream.text(unit.reason)} (seen {stream.moment(unit.seen_at)}"
            + (f", {stream.text(unit.set_aside)})" if unit.set_aside else ")"),
            "" if unit.set_aside else "red",
        )
        for unit in order.failed
    ]
    return [*heading("Could not be read"), *facts(rows)] if rows else []


ORDER = Card("order", order_card, record=order_record)


def buyers_orders(found: "BuyersOrders", stream: Stream) -> list[Block]:
    """Return a buyer's orders, with what an erasure does to each."""
    rows = [
        {
            "id_order": order.id_order,
            "created_at": order.created_at,
            "status": order.status,
            **({"buyer_name": order.buyer_name, "ship_to_city": order.ship_to_city} if found.with_names else {}),
            "then": _then(order, stream, chosen=order.id_order in found.erase),
        }
        for order in found.orders
    ]
    if not rows:
        return []
    columns = [column for column in BUYERS_ORDER_COLUMNS if column.field in rows[0]]
    return [*paragraph("This buyer's orders:"), *table(rows, columns, stream, indent=2)]


def _then(order: "BuyersOrder", stream: Stream, *, chosen: bool) -> str:
    if chosen:
        return "will be erased"
    return f"erased {stream.day(order.erased_at)}" if order.erased_at else "stays"


BUYERS_ORDERS = Card("buyers_orders", buyers_orders)
