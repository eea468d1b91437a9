"""Sales orders: one in full, a document as it would be sent, and the result of a push."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from kaufland_cli.domain.hint import command
from kaufland_cli.domain.sales_order import DocumentAddress, SalesOrder, decimal_text
from kaufland_cli.output.blocks import (
    Block,
    Card,
    Fact,
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
from kaufland_cli.output.records.sales_orders import previews_record, push_record, sales_order_record
from kaufland_cli.output.stream import Stream
from kaufland_cli.output.values import status_style

if TYPE_CHECKING:
    from kaufland_cli.app.results import (
        DocumentPreviews,
        OlderOrders,
        PushedOrder,
        PushReport,
        SalesOrderDetails,
    )
    from kaufland_cli.store.sales_order_lists import SalesOrderEvent, SharedReason
    from kaufland_cli.store.sales_order_row import Reason

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

# What a push did with an order, in words; the number of the sales order follows.
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


def sales_order_card(details: "SalesOrderDetails", stream: Stream) -> list[Block]:
    """Return the lines of a sales order's card."""
    order = details.listed
    style = f"bold {status_style(order.state)}".strip()
    named = (f"Sales order of {stream.text(order.id_order)}", stream.order_style(order.id_order, style))
    rows = [
        Fact("Number", stream.text(order.number) or "none yet"),
        Fact("In", stream.text(order.target)),
        Fact("Customer", stream.text(order.customer_no)),
        Fact("Storefront", stream.text(order.storefront)),
        Fact("Ordered", stream.moment(order.order_created_at)),
        Fact("Created", stream.moment(order.created_at, unknown="")),
        _both("Total", order.total_amount, order.target_total_amount, order.currency, stream),
        _both("VAT", order.tax_amount, order.target_tax_amount, order.currency, stream),
    ]
    lines = [Title((named, (order.state, style)), f" {stream.marks.dot} "), *blank(), *facts(rows)]
    for reason in details.reasons:
        lines += [*blank(), *reason_lines(reason, stream)]
    lines += _warnings(order.warnings, stream)
    if details.document is not None:
        lines += _document(details.document, stream)
    return lines + _events(details.events, stream)


def document_lines(document: SalesOrder, stream: Stream) -> list[Block]:
    """Return the lines of a document as it would be sent."""
    currency = stream.text(document.currency)
    tax = document.tax
    rows = [
        Fact("Customer", stream.text(document.customer_no)),
        Fact("Order date", document.order_date.isoformat()),
        Fact("Bill to", _address(document.bill_to, stream)),
        Fact("Ship to", _address(document.ship_to, stream)),
        Fact("Phone", stream.text(document.phone)),
        Fact("E-mail", stream.text(document.email)),
        Fact("Total", f"{decimal_text(document.total)} {currency}, VAT included", "bold"),
        Fact("VAT", "unknown" if tax is None else f"{decimal_text(tax)} {currency}"),
    ]
    title = f"Sales order of {stream.text(document.external_no)}, as it would be sent"
    head = [*paragraph(title, style="bold"), *blank(), *facts(rows)]
    return [*head, *_document(document, stream), *_warnings(document.warnings, stream)]


def push_summary(report: "PushReport", stream: Stream) -> list[Block]:
    """Return the result of a push: a line for each order that changed or needs attention, then the counts."""
    lines: list[Block] = []
    result, orders = report.result, report.orders
    shown = [one for one in orders if one.pushed.changed or report.named]
    for one in shown:
        lines += _pushed(one, stream)
    counts = [
        ("created", result.count("created")),
        ("there already", result.count("found")),
        ("held", result.count("held")),
        ("refused", result.count("error")),
        ("in conflict", result.count("conflict")),
        ("in doubt", result.count("in_doubt", "waiting")),
    ]
    text = ", ".join(f"{stream.number(count)} {words}" for words, count in counts if count) or "nothing to do"
    if result.stopped_by is not None:
        text = f"stopped after {text}; the rest waits" if orders else "nothing was tried"
    doubtful = any(count for words, count in counts if words in {"refused", "in conflict", "in doubt"})
    mark, style = stream.marks.passed, "bold green"
    if result.needs_attention or doubtful:
        mark, style = stream.marks.warning, "bold yellow"
    if result.stopped_by is not None:
        mark, style = stream.marks.failed, "bold red"
    lines += marked(mark, f"Sales orders in {stream.text(result.target)}: {text}.", style=style)
    if len(shown) < len(orders):
        lines += hint(command("sales-orders", "list"), stream)
    return lines


def shared_reasons(reasons: "Sequence[SharedReason]", stream: Stream) -> list[Block]:
    """Return each reason with how many orders have it, what it means, and what fixes it, for the newest of them."""
    lines: list[Block] = []
    for one in reasons:
        name = f"{stream.text(one.reason)}: {stream.counted(one.count, 'order')}"
        lines += [*heading(name), *paragraph(stream.text(one.text), indent=2)]
        lines += [] if one.fix is None else hint(one.fix, stream)
    return lines


def reason_lines(reason: "Reason", stream: Stream) -> list[Block]:
    """Return a reason, and below it its fix."""
    return marked(stream.marks.warning, stream.text(reason.text), style="yellow") + hint(reason.fix, stream)


def _pushed(one: "PushedOrder", stream: Stream) -> list[Block]:
    outcome = one.pushed.outcome
    number = f" as {stream.text(one.number)}" if one.number else ""
    text = f"{stream.text(one.pushed.id_order)}: {_OUTCOMES.get(outcome, outcome)}{number}"
    good = outcome in {"created", "found", "dropped"}
    mark = stream.marks.passed if good else stream.marks.warning
    lines = marked(mark, text, style="green" if good else "yellow")
    for reason in one.reasons:
        lines += paragraph(stream.text(reason.text), indent=2) + hint(reason.fix, stream)
    return lines


def _both(label: str, ours: int | None, theirs: int | None, currency: str | None, stream: Stream) -> Fact | None:
    if ours is None and theirs is None:
        return None
    mine = stream.amount(ours, currency)
    if theirs is None:
        return Fact(label, f"{mine} (Kaufland)")
    style = "" if ours is None or ours == theirs else "bold red"
    return Fact(label, f"{mine} (Kaufland), {stream.amount(theirs, currency)} (sales order)", style)


def _document(document: SalesOrder, stream: Stream) -> list[Block]:
    # The mapping file may name units such as a set or a carton; an empty column is left out.
    units = any(line.unit for line in document.lines)
    columns = [one for one in _LINE_COLUMNS if units or one.field != "unit_of_measure"]
    return [*heading("Lines"), *table((line.record() for line in document.lines), columns, stream, indent=2)]


def _address(address: DocumentAddress, stream: Stream) -> list[str]:
    parts = [
        address.name,
        address.contact if address.contact != address.name else "",
        address.line_1,
        address.line_2,
        " ".join(part for part in (address.country, address.post_code, address.city) if part),
    ]
    return [stream.text(part) for part in parts if part]


def _warnings(warnings: Iterable[str], stream: Stream) -> list[Block]:
    lines = [line for text in warnings for line in marked(stream.marks.warning, stream.text(text), style="yellow")]
    return [*blank(), *lines] if lines else []


def _events(events: "Iterable[SalesOrderEvent]", stream: Stream) -> list[Block]:
    rows = list(_event_rows(events, stream))
    return [*heading("What happened"), *facts(rows)] if rows else []


def _event_rows(events: "Iterable[SalesOrderEvent]", stream: Stream) -> Iterator[Fact]:
    for event in events:
        state = stream.text(event.state)
        text = stream.text(" ".join((event.text or "").split()))
        said = text if text.startswith(f"{state} ") else f"{state}: {text}" if text else state
        yield Fact(stream.moment(event.at), said)


def older_orders(found: "OlderOrders", stream: Stream) -> list[Block]:
    """Return which older orders would become sales orders: number, total, and which exist already."""
    target = stream.text(found.target)
    blocks: list[Block] = []
    for order in found.orders:
        mark = f", in {target} already" if order.id_order in found.there else ""
        total = stream.amount(order.total_amount, order.currency)
        shop = stream.text(order.storefront) or "?"
        text = f"{stream.text(order.id_order)}  {shop}  {stream.moment(order.created_at)}  {total}{mark}"
        blocks += paragraph(text)
    total = " + ".join(stream.amount(amount, currency) for currency, amount in found.sums.items())
    text = f"{stream.counted(len(found.orders), 'order')}, {total}; {len(found.there)} of them in {target} already."
    return blocks + paragraph(text)


def _documents(previews: "DocumentPreviews", stream: Stream) -> list[Block]:
    """Return documents as they would be sent, and the reasons why they are not."""
    blocks: list[Block] = []
    for one in previews.documents:
        if one.document is not None:
            blocks += document_lines(one.document, stream)
        else:
            blocks += paragraph(f"Order {stream.text(one.id_order)} becomes no sales order yet.")
        for reason in one.reasons:
            blocks += reason_lines(reason, stream)
        blocks += blank()
    return blocks


def _push_unattended(report: "PushReport") -> Unattended:
    """Report a push that followed an import only if something needs attention."""
    if report.by_hand:
        return Unattended.STDOUT
    return Unattended.STDERR if report.result.needs_attention else Unattended.NOTHING


OLDER_ORDERS = Card("older_orders", older_orders)
SALES_ORDER = Card("sales_order", sales_order_card, record=sales_order_record)
SALES_ORDER_DOCUMENTS = Card("sales_order_documents", _documents, record=previews_record)
PUSH = Card("push", push_summary, _push_unattended, push_record)
