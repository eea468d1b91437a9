"""What a terminal shows below a list: totals, and how many rows are shown."""

from collections.abc import Mapping, Sequence

from kaufland_cli.domain.orders import OrderTotal
from kaufland_cli.output.blocks import Block, Paragraph, blank, paragraph
from kaufland_cli.output.stream import Stream
from kaufland_cli.output.values import DUE_WORDS


def order_totals(totals: Sequence[OrderTotal], stream: Stream) -> list[Block]:
    """Return the number of orders and units, and their total in each currency; nothing if they were not counted."""
    if not totals:
        return []
    orders, units = (
        stream.counted(sum(counts), word)
        for counts, word in (([one.orders for one in totals], "order"), ([one.units for one in totals], "unit"))
    )
    amounts = [stream.amount(one.amount, one.currency) for one in totals if one.orders > one.unknown]
    unknown = sum(one.unknown for one in totals)
    missing = [f"{stream.counted(unknown, 'total')} unknown"] if unknown else []
    return [*blank(), Paragraph(f" {stream.marks.dot} ".join([f"{orders}, {units}", *amounts, *missing]), "bold")]


def due_totals(totals: Mapping[str, Mapping[str, int]], stream: Stream) -> list[Block]:
    """Return how many units and orders are overdue, due today and so on; nothing if there are none."""
    if not totals:
        return []
    parts = []
    for due, many in totals.items():
        units, orders = stream.counted(many["units"], "unit"), stream.counted(many["orders"], "order")
        parts.append(f"{DUE_WORDS.get(due, due)}: {units} of {orders}")
    return [*blank(), Paragraph(f" {stream.marks.dot} ".join(parts), "bold")]


def new_since(began_at: str | None, stream: Stream) -> list[Block]:
    """Return which import brought the orders, for a list of only the new ones."""
    if began_at is None:
        return []
    return paragraph(f"New with the import of {stream.moment(began_at)}.", style="dim")


def rest_of_list(limit: int | None, total: int | None, which: str, stream: Stream) -> list[Block]:
    """Return how many of `total` rows are shown if not all are; `which` says what they are and which come first.

    `total` is None if there are more, and nobody counted them.
    """
    if limit is None or (total is not None and total <= limit):
        return []
    whole = "many" if total is None else stream.number(total)
    text = f"{stream.number(limit)} of {whole} {which}. To see all: --limit 0"
    return paragraph(text, style="dim")
