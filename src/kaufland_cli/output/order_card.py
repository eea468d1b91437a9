"""One order with all that is known of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from kaufland_cli.domain.addresses import field, lines_of
from kaufland_cli.output.blocks import Fact, facts, heading, paragraph
from kaufland_cli.output.cells import width_of
from kaufland_cli.output.columns import ORDER_LINE_COLUMNS
from kaufland_cli.output.screen import Screen
from kaufland_cli.output.table import table
from kaufland_cli.output.values import sales_order_in_short, status_style, status_words

_NOT_KNOWN = "not known yet"
_AMOUNTS = frozenset({"price", "shipping_rate", "revenue_gross", "revenue_net"})


def order_card(order: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return the lines of an order's card."""
    return [
        *_title(order, screen),
        "",
        *facts(_people_and_places(order, screen), screen),
        *_deemed_supplier(order, screen),
        *_lines(order, screen),
        *_departed(order, screen),
        *_history(order, screen),
        *_failed(order, screen),
    ]


def _title(order: Mapping[str, Any], screen: Screen) -> list[str]:
    status = order.get("status")
    words = screen.text(status_words(status)) if status else "status not known"
    parts = [
        (f"Order {screen.text(order.get('id_order'))}", "bold"),
        (words, status_style(status)),
        (screen.text(order.get("storefront")) or "storefront not known", ""),
    ]
    between = f" {screen.marks.dot} "
    if screen.width is not None and width_of(between.join(text for text, _ in parts)) > screen.width:
        return [line for text, style in parts for line in paragraph(text, screen, style=style)]
    return [between.join(screen.paint(text, style) for text, style in parts)]


def _people_and_places(order: Mapping[str, Any], screen: Screen) -> list[Fact | None]:
    ship_to = _address(order.get("shipping_address"), screen)
    bill_to = _address(order.get("billing_address"), screen)
    fulfilled = status_words(order.get("fulfillment_type") or "").removeprefix("fulfilled ")
    return [
        Fact("Created", screen.moment(order.get("created_at"))),
        Fact("Imported", screen.moment(order.get("imported_at"))),
        Fact("Buyer", screen.text(order.get("buyer_name")) or _erased(order, screen) or _NOT_KNOWN),
        Fact("E-mail", screen.text(order.get("buyer_email"))),
        Fact("Ship to", ship_to or _NOT_KNOWN, "" if ship_to else "yellow"),
        Fact("Bill to", "the same" if bill_to and bill_to == ship_to else bill_to or _NOT_KNOWN),
        Fact("Pickup point", _pickup_point(order.get("pickup_location"), screen)),
        Fact("Fulfilled", screen.text(fulfilled)),
        Fact("Invoice", _invoice(order.get("invoice_uploaded"))),
        Fact("Sales order", screen.text(sales_order_in_short(order)) or "none"),
    ]


def _erased(order: Mapping[str, Any], screen: Screen) -> str:
    erased_at = order.get("erased_at")
    return f"erased {screen.moment(erased_at)}" if erased_at else ""


def _address(address: Mapping[str, Any] | None, screen: Screen) -> list[str]:
    """Return an address the way it stands on a parcel."""
    phone = field(address, "phone")
    lines = [*lines_of(address), *([f"phone {phone}"] if phone else [])]
    return [screen.text(line) for line in lines]


def _pickup_point(location: Mapping[str, Any] | None, screen: Screen) -> list[str]:
    if not location:
        return []
    place = f"{screen.text(location.get('provider'))} {screen.text(location.get('pickup_location_id'))}".strip()
    carrier = screen.text(location.get("carrier"))
    post_number = screen.text(location.get("dhl_post_number"))
    delivered = f"{place}, delivered by {carrier}" if carrier else place
    return [line for line in (delivered, post_number and f"DHL post number {post_number}") if line]


def _invoice(uploaded: object) -> str:
    return "? (not read yet)" if uploaded is None else "uploaded" if uploaded else "not uploaded"


def _deemed_supplier(order: Mapping[str, Any], screen: Screen) -> list[str]:
    if not order.get("is_marketplace_deemed_supplier"):
        return []
    return ["", *paragraph("Kaufland invoices the buyer; you must not.", screen, indent=2, style="bold")]


def _lines(order: Mapping[str, Any], screen: Screen) -> list[str]:
    lines: Sequence[Mapping[str, Any]] = order.get("lines") or []
    if not lines:
        return []
    unit_ids = [
        Fact(screen.text(line.get("ean")) or f"Line {i}", ", ".join(map(screen.text, line.get("unit_ids") or [])))
        for i, line in enumerate(lines, 1)
    ]
    return [
        *heading("Lines", screen),
        *table(lines, ORDER_LINE_COLUMNS, screen, indent=2),
        *_totals(order, screen),
        *heading("Unit ids", screen),
        *facts(unit_ids, screen),
    ]


def _totals(order: Mapping[str, Any], screen: Screen) -> list[str]:
    totals = order.get("totals") or {}
    currency = order.get("currency")
    amounts = {name: screen.amount(totals.get(name), currency) for name in ("goods", "shipping", "total")}
    widest = max(map(len, amounts.values()))
    rows = [
        Fact(name.capitalize(), text.rjust(widest), "bold" if name == "total" else "") for name, text in amounts.items()
    ]
    return ["", *facts(rows, screen)] if totals else []


def _departed(order: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return the units that have left the order, and those that another order's sales order has already."""
    departed: Sequence[Mapping[str, Any]] = order.get("departed_units") or []
    elsewhere: Sequence[Mapping[str, Any]] = order.get("in_other_sales_orders") or []
    gone = [
        Fact(
            f"unit {screen.text(unit.get('id_order_unit'))}",
            f"{screen.text(unit.get('title') or unit.get('id_offer'))}: "
            + (
                f"moved to order {screen.text(unit.get('moved_to'))} "
                if unit.get("moved_to")
                else "Kaufland's order does not have it any more, seen "
            )
            + screen.moment(unit.get("since")),
            "yellow",
        )
        for unit in departed
    ]
    billed = [
        Fact(
            f"unit {screen.text(unit.get('id_order_unit'))}",
            f"in the sales order of order {screen.text(unit.get('id_order'))}"
            + (f": {screen.text(unit.get('number'))}" if unit.get("number") else ""),
            "yellow",
        )
        for unit in elsewhere
    ]
    return [
        *([*heading("No longer in this order", screen), *facts(gone, screen)] if gone else []),
        *([*heading("In another sales order", screen), *facts(billed, screen)] if billed else []),
    ]


def _history(order: Mapping[str, Any], screen: Screen) -> list[str]:
    changes: Sequence[Mapping[str, Any]] = order.get("history") or []
    currency = order.get("currency")

    def value(change: Mapping[str, Any], side: str) -> str:
        held = change.get(side)
        if held is None:
            return "nothing"
        if change.get("field") == "status":
            return screen.text(status_words(held))
        if change.get("field") == "absent_since":
            return screen.moment(held)
        if change.get("field") in _AMOUNTS and isinstance(held, int):
            return screen.amount(held, currency)
        return screen.text(held)

    rows = [
        Fact(
            screen.moment(change.get("at")),
            ("" if change.get("id_order_unit") is None else f"unit {screen.text(change['id_order_unit'])}: ")
            + f"{screen.text(status_words(change.get('field')))}"
            f" {value(change, 'old')} {screen.marks.hint} {value(change, 'new')}",
        )
        for change in changes
    ]
    return [*heading("History", screen), *facts(rows, screen)] if rows else []


def _failed(order: Mapping[str, Any], screen: Screen) -> list[str]:
    failed: Sequence[Mapping[str, Any]] = order.get("failed") or []
    rows = [
        Fact(
            f"unit {screen.text(one.get('id_order_unit'))}",
            f"{screen.text(one.get('reason'))} (seen {screen.moment(one.get('seen_at'))}"
            + (f", {screen.text(one['set_aside'])})" if one.get("set_aside") else ")"),
            "" if one.get("set_aside") else "red",
        )
        for one in failed
    ]
    return [*heading("Could not be read", screen), *facts(rows, screen)] if rows else []
