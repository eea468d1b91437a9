"""One order with all that is known of it."""

from typing import TYPE_CHECKING

from kaufland_cli.domain.addresses import field, lines_of
from kaufland_cli.output.blocks import Block, Card, Fact, Record, Title, blank, facts, heading, paragraph, table
from kaufland_cli.output.columns import ORDER_LINE_COLUMNS
from kaufland_cli.output.records.orders import read_address
from kaufland_cli.output.stream import Stream
from kaufland_cli.output.values import sales_order_in_short, status_style, status_words

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOT_KNOWN = "not known yet"
_AMOUNTS = frozenset({"price", "shipping_rate", "revenue_gross", "revenue_net"})


def order_card(order: Record, stream: Stream) -> list[Block]:
    """Return the lines of an order's card."""
    return [
        *_title(order, stream),
        *blank(),
        *facts(_people_and_places(order, stream)),
        *_deemed_supplier(order),
        *_lines(order, stream),
        *_departed(order, stream),
        *_history(order, stream),
        *_failed(order, stream),
    ]


def _title(order: Record, stream: Stream) -> list[Block]:
    status = order.get("status")
    words = stream.text(status_words(status)) if status else "status not known"
    parts = (
        (f"Order {stream.text(order.get('id_order'))}", "bold"),
        (words, status_style(status)),
        (stream.text(order.get("storefront")) or "storefront not known", ""),
    )
    return [Title(parts, f" {stream.marks.dot} ")]


def _people_and_places(order: Record, stream: Stream) -> list[Fact | None]:
    ship_to = _address(order.get("shipping_address"), stream)
    bill_to = _address(order.get("billing_address"), stream)
    fulfilled = status_words(order.get("fulfillment_type") or "").removeprefix("fulfilled ")
    return [
        Fact("Created", stream.moment(order.get("created_at"))),
        Fact("Imported", stream.moment(order.get("imported_at"))),
        Fact("Buyer", stream.text(order.get("buyer_name")) or _erased(order, stream) or _NOT_KNOWN),
        Fact("E-mail", stream.text(order.get("buyer_email"))),
        Fact("Ship to", ship_to or _NOT_KNOWN, "" if ship_to else "yellow"),
        Fact("Bill to", "the same" if bill_to and bill_to == ship_to else bill_to or _NOT_KNOWN),
        Fact("Pickup point", _pickup_point(order.get("pickup_location"), stream)),
        Fact("Fulfilled", stream.text(fulfilled)),
        Fact("Invoice", _invoice(order.get("invoice_uploaded"))),
        Fact("Sales order", stream.text(sales_order_in_short(order)) or "none"),
    ]


def _erased(order: Record, stream: Stream) -> str:
    erased_at = order.get("erased_at")
    return f"erased {stream.moment(erased_at)}" if erased_at else ""


def _address(record: Record | None, stream: Stream) -> list[str]:
    """Return an address the way it stands on a parcel."""
    address = read_address(record)
    phone = field(address, "phone")
    lines = [*lines_of(address), *([f"phone {phone}"] if phone else [])]
    return [stream.text(line) for line in lines]


def _pickup_point(location: Record | None, stream: Stream) -> list[str]:
    if not location:
        return []
    place = f"{stream.text(location.get('provider'))} {stream.text(location.get('pickup_location_id'))}".strip()
    carrier = stream.text(location.get("carrier"))
    post_number = stream.text(location.get("dhl_post_number"))
    delivered = f"{place}, delivered by {carrier}" if carrier else place
    return [line for line in (delivered, post_number and f"DHL post number {post_number}") if line]


def _invoice(uploaded: object) -> str:
    return "? (not read yet)" if uploaded is None else "uploaded" if uploaded else "not uploaded"


def _deemed_supplier(order: Record) -> list[Block]:
    if not order.get("is_marketplace_deemed_supplier"):
        return []
    return [*blank(), *paragraph("Kaufland invoices the buyer; you must not.", indent=2, style="bold")]


def _lines(order: Record, stream: Stream) -> list[Block]:
    lines: Sequence[Record] = order.get("lines") or []
    if not lines:
        return []
    unit_ids = [
        Fact(stream.text(line.get("ean")) or f"Line {i}", ", ".join(map(stream.text, line.get("unit_ids") or [])))
        for i, line in enumerate(lines, 1)
    ]
    return [
        *heading("Lines"),
        *table(lines, ORDER_LINE_COLUMNS, stream, indent=2),
        *_totals(order, stream),
        *heading("Unit ids"),
        *facts(unit_ids),
    ]


def _totals(order: Record, stream: Stream) -> list[Block]:
    totals = order.get("totals") or {}
    currency = order.get("currency")
    amounts = {name: stream.amount(totals.get(name), currency) for name in ("goods", "shipping", "total")}
    widest = max(map(len, amounts.values()))
    rows = [
        Fact(name.capitalize(), text.rjust(widest), "bold" if name == "total" else "") for name, text in amounts.items()
    ]
    return [*blank(), *facts(rows)] if totals else []


def _departed(order: Record, stream: Stream) -> list[Block]:
    """Return the units that have left the order, and those that another order's sales order has already."""
    departed: Sequence[Record] = order.get("departed_units") or []
    elsewhere: Sequence[Record] = order.get("in_other_sales_orders") or []
    gone = [
        Fact(
            f"unit {stream.text(unit.get('id_order_unit'))}",
            f"{stream.text(unit.get('title') or unit.get('id_offer'))}: "
            + (
                f"moved to order {stream.text(unit.get('moved_to'))} "
                if unit.get("moved_to")
                else "Kaufland's order does not have it any more, seen "
            )
            + stream.moment(unit.get("since")),
            "yellow",
        )
        for unit in departed
    ]
    billed = [
        Fact(
            f"unit {stream.text(unit.get('id_order_unit'))}",
            f"in the sales order of order {stream.text(unit.get('id_order'))}"
            + (f": {stream.text(unit.get('number'))}" if unit.get("number") else ""),
            "yellow",
        )
        for unit in elsewhere
    ]
    return [
        *([*heading("No longer in this order"), *facts(gone)] if gone else []),
        *([*heading("In another sales order"), *facts(billed)] if billed else []),
    ]


def _history(order: Record, stream: Stream) -> list[Block]:
    changes: Sequence[Record] = order.get("history") or []
    currency = order.get("currency")

    def value(change: Record, side: str) -> str:
        held = change.get(side)
        if held is None:
            return "nothing"
        if change.get("field") == "status":
            return stream.text(status_words(held))
        if change.get("field") == "absent_since":
            return stream.moment(held)
        if change.get("field") in _AMOUNTS and isinstance(held, int):
            return stream.amount(held, currency)
        return stream.text(held)

    rows = [
        Fact(
            stream.moment(change.get("at")),
            ("" if change.get("id_order_unit") is None else f"unit {stream.text(change['id_order_unit'])}: ")
            + f"{stream.text(status_words(change.get('field')))}"
            f" {value(change, 'old')} {stream.marks.hint} {value(change, 'new')}",
        )
        for change in changes
    ]
    return [*heading("History"), *facts(rows)] if rows else []


def _failed(order: Record, stream: Stream) -> list[Block]:
    failed: Sequence[Record] = order.get("failed") or []
    rows = [
        Fact(
            f"unit {stream.text(one.get('id_order_unit'))}",
            f"{stream.text(one.get('reason'))} (seen {stream.moment(one.get('seen_at'))}"
            + (f", {stream.text(one['set_aside'])})" if one.get("set_aside") else ")"),
            "" if one.get("set_aside") else "red",
        )
        for one in failed
    ]
    return [*heading("Could not be read"), *facts(rows)] if rows else []


ORDER = Card("order", order_card)
