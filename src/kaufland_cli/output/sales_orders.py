"""Sales orders: one with all that is known of it, a document as it would be sent, and what a push came to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kaufland_cli.output.blocks import Fact, facts, heading, hint, marked, paragraph
from kaufland_cli.output.columns import Column
from kaufland_cli.output.screen import Screen
from kaufland_cli.output.table import table
from kaufland_cli.output.values import status_style

_LINE_COLUMNS = (
    Column("Type", "type", drop_order=2),
    Column("Number", "number"),
    Column("Variant", "variant", drop_order=1),
    Column("Description", "description", shrinks_to=10),
    Column("Quantity", "quantity", "count", narrow_title="Qty"),
    Column("Unit", "unit_of_measure"),
    Column("Unit price", "unit_price", align="right", narrow_title="Unit\nprice"),
    Column("Amount", "amount", align="right"),
    Column("VAT", "vat_percent", "percent"),
)

# What is told of each outcome of a push: with and without a number.
_OUTCOMES = {
    "created": "created",
    "found": "was there already",
    "held": "held",
    "error": "refused",
    "conflict": "conflict",
    "in_doubt": "in doubt: it is looked for again",
    "waiting": "waits: no answer came",
    "dropped": "needs none",
}


def sales_order_card(record: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return the lines of a sales order's card."""
    state = str(record.get("state"))
    title = f"Sales order of {screen.text(record.get('id_order'))} {screen.marks.dot} {state}"
    currency = record.get("currency")
    rows = [
        Fact("Number", screen.text(record.get("number")) or "none yet"),
        Fact("In", screen.text(record.get("target"))),
        Fact("Customer", screen.text(record.get("customer_no"))),
        Fact("Storefront", screen.text(record.get("storefront"))),
        Fact("Ordered", screen.moment(record.get("order_created_at"))),
        Fact("Created", screen.moment(record.get("created_at")) if record.get("created_at") else ""),
        _both("Total", record.get("total_amount"), record.get("target_total_amount"), currency, screen),
        _both("VAT", record.get("tax_amount"), record.get("target_tax_amount"), currency, screen),
    ]
    lines = [screen.paint(title, f"bold {status_style(state)}".strip()), "", *facts(rows, screen)]
    for reason in record.get("reasons") or []:
        lines += ["", *reason_lines(reason, screen)]
    lines += _warnings(record.get("warnings") or [], screen)
    if document := record.get("document"):
        lines += _document(document, screen)
    return lines + _events(record.get("events") or [], screen)


def document_lines(document: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return a document as it would be sent."""
    currency = screen.text(document.get("currency"))
    rows = [
        Fact("Customer", screen.text(document.get("customer_no"))),
        Fact("Order date", screen.text(document.get("order_date"))),
        Fact("Bill to", _address(document.get("bill_to") or {}, screen)),
        Fact("Ship to", _address(document.get("ship_to") or {}, screen)),
        Fact("Phone", screen.text(document.get("phone"))),
        Fact("E-mail", screen.text(document.get("email"))),
        Fact("Total", f"{screen.text(document.get('total'))} {currency}, VAT included", "bold"),
        Fact(
            "VAT", f"{screen.text(document.get('vat_amount'))} {currency}" if document.get("vat_amount") else "unknown"
        ),
    ]
    title = f"Sales order of {screen.text(document.get('external_document_no'))}, as it would be sent"
    head = [screen.paint(title, "bold"), "", *facts(rows, screen)]
    return [*head, *_document(document, screen), *_warnings(document.get("warnings") or [], screen)]


def push_summary(result: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return what a push came to: a line an order that needs a person or got a number, then the counts."""
    lines: list[str] = []
    orders: Sequence[Mapping[str, Any]] = result.get("orders") or []
    told = [one for one in orders if one.get("changed") or result.get("named")]
    for one in told:
        lines += _pushed(one, screen)
    counts = [
        (words, sum(1 for one in orders if one.get("outcome") in outcomes))
        for words, outcomes in (
            ("created", {"created"}),
            ("there already", {"found"}),
            ("held", {"held"}),
            ("refused", {"error"}),
            ("in conflict", {"conflict"}),
            ("in doubt", {"in_doubt", "waiting"}),
        )
    ]
    text = ", ".join(f"{screen.number(count)} {words}" for words, count in counts if count) or "nothing to do"
    if result.get("stopped"):
        text = f"stopped after {text}; the rest waits" if orders else "nothing was tried"
    doubtful = any(count for words, count in counts if words in {"refused", "in conflict", "in doubt"})
    mark, style = screen.marks.passed, "bold green"
    if result.get("needs_attention") or doubtful:
        mark, style = screen.marks.warning, "bold yellow"
    if result.get("stopped"):
        mark, style = screen.marks.failed, "bold red"
    lines += marked(mark, f"Sales orders in {screen.text(result.get('target'))}: {text}.", screen, style=style)
    if len(told) < len(orders):
        lines += hint("kaufland sales-orders list", screen)
    return lines


def reason_groups(reasons: Sequence[Mapping[str, Any]], screen: Screen) -> list[str]:
    """Return each reason with how many orders have it, what it means, and what fixes it, for the newest of them."""
    lines = []
    for one in reasons:
        name = f"{screen.text(one.get('reason'))}: {screen.counted(one.get('count'), 'order')}"
        lines += ["", screen.paint(name, "bold"), *paragraph(screen.text(one.get("text")), screen, indent=2)]
        lines += hint(screen.text(one.get("fix")), screen) if one.get("fix") else []
    return lines


def reason_lines(reason: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return why, and below it what fixes it."""
    lines = marked(screen.marks.warning, screen.text(reason.get("text")), screen, style="yellow")
    return lines + (hint(screen.text(reason.get("fix")), screen) if reason.get("fix") else [])


def _pushed(one: Mapping[str, Any], screen: Screen) -> list[str]:
    number = screen.text(one.get("number"))
    outcome = str(one.get("outcome"))
    text = f"{screen.text(one.get('id_order'))}: {_OUTCOMES.get(outcome, outcome)}" + (
        f" as {number}" if number else ""
    )
    good = outcome in {"created", "found", "dropped"}
    mark = screen.marks.passed if good else screen.marks.warning
    lines = marked(mark, text, screen, style="green" if good else "yellow")
    for reason in one.get("reasons") or []:
        lines += paragraph(screen.text(reason.get("text")), screen, indent=2)
        lines += hint(screen.text(reason.get("fix")), screen) if reason.get("fix") else []
    return lines


def _both(label: str, ours: object, theirs: object, currency: object, screen: Screen) -> Fact | None:
    if ours is None and theirs is None:
        return None
    mine = screen.amount(ours if isinstance(ours, int) else None, currency if isinstance(currency, str) else None)
    if not isinstance(theirs, int):
        return Fact(label, f"{mine} (Kaufland)")
    other = screen.amount(theirs, currency if isinstance(currency, str) else None)
    style = "" if ours is None or ours == theirs else "bold red"
    return Fact(label, f"{mine} (Kaufland), {other} (sales order)", style)


def _document(document: Mapping[str, Any], screen: Screen) -> list[str]:
    lines = document.get("lines") or []
    # A unit may be a set or a carton by the mapping file; nobody has to read an empty column.
    units = any(line.get("unit_of_measure") for line in lines)
    columns = [one for one in _LINE_COLUMNS if units or one.field != "unit_of_measure"]
    return [*heading("Lines", screen), *table(lines, columns, screen, indent=2)]


def _address(address: Mapping[str, Any], screen: Screen) -> list[str]:
    parts = [
        address.get("name"),
        address.get("contact") if address.get("contact") != address.get("name") else "",
        address.get("line_1"),
        address.get("line_2"),
        " ".join(str(part) for part in (address.get("country"), address.get("post_code"), address.get("city")) if part),
    ]
    return [screen.text(part) for part in parts if part]


def _warnings(warnings: Sequence[str], screen: Screen) -> list[str]:
    lines = [
        line for text in warnings for line in marked(screen.marks.warning, screen.text(text), screen, style="yellow")
    ]
    return ["", *lines] if lines else []


def _events(events: Sequence[Mapping[str, Any]], screen: Screen) -> list[str]:
    rows = list(_event_rows(events, screen))
    return [*heading("What happened", screen), *facts(rows, screen)] if rows else []


def _event_rows(events: Sequence[Mapping[str, Any]], screen: Screen) -> Iterator[Fact]:
    for event in events:
        text = f": {screen.text(' '.join(str(event.get('text')).split()))}" if event.get("text") else ""
        yield Fact(screen.moment(event.get("at")), f"{screen.text(event.get('state'))}{text}")
