"""Sales orders: one in full, a document as it would be sent, and the result of a push.

The records come from `store.sales_order_lists`, `domain.sales_order` and `app.pushing`.
"""

from collections.abc import Iterator, Sequence

from kaufland_cli.domain.hint import command
from kaufland_cli.output.blocks import (
    Block,
    Card,
    Fact,
    Record,
    Title,
    Unattended,
    blank,
    facts,
    heading,
    hint,
    marked,
    paragraph,
    table,
)
from kaufland_cli.output.columns import Column
from kaufland_cli.output.stream import Stream
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

# The words for each outcome of a push: with and without a number.
_OUTCOMES = {
    "created": "created",
    "found": "was there already",
    "held": "held",
    "error": "refused",
    "conflict": "conflict",
    "in_doubt": "in doubt: the next push looks for it",
    "waiting": "waiting: there was no response",
    "dropped": "not needed",
}


def sales_order_card(record: Record, stream: Stream) -> list[Block]:
    """Return the lines of a sales order's card."""
    state = str(record.get("state"))
    id_order = record.get("id_order")
    style = f"bold {status_style(state)}".strip()
    named = (f"Sales order of {stream.text(id_order)}", stream.order_style(id_order, style))
    currency = record.get("currency")
    rows = [
        Fact("Number", stream.text(record.get("number")) or "none yet"),
        Fact("In", stream.text(record.get("target"))),
        Fact("Customer", stream.text(record.get("customer_no"))),
        Fact("Storefront", stream.text(record.get("storefront"))),
        Fact("Ordered", stream.moment(record.get("order_created_at"))),
        Fact("Created", stream.moment(record.get("created_at")) if record.get("created_at") else ""),
        _both("Total", record.get("total_amount"), record.get("target_total_amount"), currency, stream),
        _both("VAT", record.get("tax_amount"), record.get("target_tax_amount"), currency, stream),
    ]
    lines = [Title((named, (state, style)), f" {stream.marks.dot} "), *blank(), *facts(rows)]
    for reason in record.get("reasons") or []:
        lines += [*blank(), *reason_lines(reason, stream)]
    lines += _warnings(record.get("warnings") or [], stream)
    if document := record.get("document"):
        lines += _document(document, stream)
    return lines + _events(record.get("events") or [], stream)


def document_lines(document: Record, stream: Stream) -> list[Block]:
    """Return the lines of a document as it would be sent."""
    currency = stream.text(document.get("currency"))
    rows = [
        Fact("Customer", stream.text(document.get("customer_no"))),
        Fact("Order date", stream.text(document.get("order_date"))),
        Fact("Bill to", _address(document.get("bill_to") or {}, stream)),
        Fact("Ship to", _address(document.get("ship_to") or {}, stream)),
        Fact("Phone", stream.text(document.get("phone"))),
        Fact("E-mail", stream.text(document.get("email"))),
        Fact("Total", f"{stream.text(document.get('total'))} {currency}, VAT included", "bold"),
        Fact(
            "VAT", f"{stream.text(document.get('vat_amount'))} {currency}" if document.get("vat_amount") else "unknown"
        ),
    ]
    title = f"Sales order of {stream.text(document.get('external_document_no'))}, as it would be sent"
    head = [*paragraph(title, style="bold"), *blank(), *facts(rows)]
    return [*head, *_document(document, stream), *_warnings(document.get("warnings") or [], stream)]


def push_summary(result: Record, stream: Stream) -> list[Block]:
    """Return the result of a push: a line for each order that changed or needs attention, then the counts."""
    lines: list[Block] = []
    orders: Sequence[Record] = result.get("orders") or []
    shown = [one for one in orders if one.get("changed") or result.get("named")]
    for one in shown:
        lines += _pushed(one, stream)
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
    text = ", ".join(f"{stream.number(count)} {words}" for words, count in counts if count) or "nothing to do"
    if result.get("stopped"):
        text = f"stopped after {text}; the rest waits" if orders else "nothing was tried"
    doubtful = any(count for words, count in counts if words in {"refused", "in conflict", "in doubt"})
    mark, style = stream.marks.passed, "bold green"
    if result.get("needs_attention") or doubtful:
        mark, style = stream.marks.warning, "bold yellow"
    if result.get("stopped"):
        mark, style = stream.marks.failed, "bold red"
    lines += marked(mark, f"Sales orders in {stream.text(result.get('target'))}: {text}.", style=style)
    if len(shown) < len(orders):
        lines += hint(command("sales-orders", "list"), stream)
    return lines


def reason_groups(record: Record, stream: Stream) -> list[Block]:
    """Return each reason with the number of orders, and its text and fix for the newest of them."""
    lines: list[Block] = []
    for one in record["reasons"]:
        name = f"{stream.text(one.get('reason'))}: {stream.counted(one.get('count'), 'order')}"
        lines += [*heading(name), *paragraph(stream.text(one.get("text")), indent=2)]
        lines += hint(stream.text(one.get("fix")), stream) if one.get("fix") else []
    return lines


def reason_lines(reason: Record, stream: Stream) -> list[Block]:
    """Return a reason, and below it its fix."""
    lines = marked(stream.marks.warning, stream.text(reason.get("text")), style="yellow")
    return lines + (hint(stream.text(reason.get("fix")), stream) if reason.get("fix") else [])


def _pushed(one: Record, stream: Stream) -> list[Block]:
    number = stream.text(one.get("number"))
    outcome = str(one.get("outcome"))
    text = f"{stream.text(one.get('id_order'))}: {_OUTCOMES.get(outcome, outcome)}" + (
        f" as {number}" if number else ""
    )
    good = outcome in {"created", "found", "dropped"}
    mark = stream.marks.passed if good else stream.marks.warning
    lines = marked(mark, text, style="green" if good else "yellow")
    for reason in one.get("reasons") or []:
        lines += paragraph(stream.text(reason.get("text")), indent=2)
        lines += hint(stream.text(reason.get("fix")), stream) if reason.get("fix") else []
    return lines


def _both(label: str, ours: object, theirs: object, currency: object, stream: Stream) -> Fact | None:
    if ours is None and theirs is None:
        return None
    mine = stream.amount(ours if isinstance(ours, int) else None, currency if isinstance(currency, str) else None)
    if not isinstance(theirs, int):
        return Fact(label, f"{mine} (Kaufland)")
    other = stream.amount(theirs, currency if isinstance(currency, str) else None)
    style = "" if ours is None or ours == theirs else "bold red"
    return Fact(label, f"{mine} (Kaufland), {other} (sales order)", style)


def _document(document: Record, stream: Stream) -> list[Block]:
    lines = document.get("lines") or []
    # The mapping file may name units such as a set or a carton; an empty column is left out.
    units = any(line.get("unit_of_measure") for line in lines)
    columns = [one for one in _LINE_COLUMNS if units or one.field != "unit_of_measure"]
    return [*heading("Lines"), *table(lines, columns, stream, indent=2)]


def _address(address: Record, stream: Stream) -> list[str]:
    parts = [
        address.get("name"),
        address.get("contact") if address.get("contact") != address.get("name") else "",
        address.get("line_1"),
        address.get("line_2"),
        " ".join(str(part) for part in (address.get("country"), address.get("post_code"), address.get("city")) if part),
    ]
    return [stream.text(part) for part in parts if part]


def _warnings(warnings: Sequence[str], stream: Stream) -> list[Block]:
    lines = [line for text in warnings for line in marked(stream.marks.warning, stream.text(text), style="yellow")]
    return [*blank(), *lines] if lines else []


def _events(events: Sequence[Record], stream: Stream) -> list[Block]:
    rows = list(_event_rows(events, stream))
    return [*heading("What happened"), *facts(rows)] if rows else []


def _event_rows(events: Sequence[Record], stream: Stream) -> Iterator[Fact]:
    for event in events:
        state = stream.text(event.get("state"))
        text = stream.text(" ".join(str(event.get("text") or "").split()))
        said = text if text.startswith(f"{state} ") else f"{state}: {text}" if text else state
        yield Fact(stream.moment(event.get("at")), said)


def older_orders(record: Record, stream: Stream) -> list[Block]:
    """Return which older orders would become sales orders: number, total, and which exist already."""
    target, there = stream.text(record["target"]), record["there"]
    blocks: list[Block] = []
    for order in record["orders"]:
        mark = f", in {target} already" if order["id_order"] in there else ""
        total = stream.amount(order["total_amount"], order["currency"])
        shop = stream.text(order["storefront"]) or "?"
        text = f"{stream.text(order['id_order'])}  {shop}  {stream.moment(order['created_at'])}  {total}{mark}"
        blocks += paragraph(text, wrap="between words")
    total = " + ".join(stream.amount(amount, currency) for currency, amount in record["sums"].items())
    text = f"{stream.counted(len(record['orders']), 'order')}, {total}; {len(there)} of them in {target} already."
    return blocks + paragraph(text, wrap="between words")


def _documents(record: Record, stream: Stream) -> list[Block]:
    """Return documents as they would be sent, and the reasons why they are not."""
    blocks: list[Block] = []
    for one in record["documents"]:
        if one.get("document"):
            blocks += document_lines(one["document"], stream)
        else:
            blocks += paragraph(f"Order {stream.text(one.get('id_order'))} becomes no sales order yet.")
        for reason in one.get("reasons") or []:
            blocks += reason_lines(reason, stream)
        blocks += blank()
    return blocks


def _push_unattended(result: Record) -> Unattended:
    """Report a push that followed an import only if something needs attention."""
    if result.get("by_hand"):
        return Unattended.STDOUT
    return Unattended.STDERR if result.get("needs_attention") else Unattended.NOTHING


OLDER_ORDERS = Card("older_orders", older_orders)
SALES_ORDER = Card("sales_order", sales_order_card)
SALES_ORDER_DOCUMENTS = Card("sales_order_documents", _documents)
PUSH = Card("push", push_summary, _push_unattended)
