"""The result of an import. The record comes from `order_import.result`; for completeness see docs/decisions/0005."""

from collections.abc import Sequence

from kaufland_cli.domain.hint import command
from kaufland_cli.output.blocks import (
    Block,
    Card,
    Fact,
    Record,
    Unattended,
    blank,
    facts,
    heading,
    hint,
    marked,
    paragraph,
    table,
)
from kaufland_cli.output.cards.status_card import newest_change
from kaufland_cli.output.columns import Column
from kaufland_cli.output.stream import Stream

_STOREFRONT_COLUMNS = (
    Column("", "storefront"),
    Column("", "orders", align="right"),
    Column("", "units", align="right"),
    Column("", "totals", align="right"),
)
_UNTOUCHED = "Nothing was changed at Kaufland."


def succeeded(result: Record) -> bool:
    """Return whether nothing in this import needs attention."""
    return result.get("verdict") == "success"


def import_summary(result: Record, stream: Stream) -> list[Block]:
    """Return the lines shown at the end of an import."""
    return [
        *_headline(result, stream),
        *facts(_figures(result, stream)),
        *_storefronts(result.get("storefronts") or [], stream),
        *_failed(result.get("failed") or [], stream),
        *_notes(result.get("notes") or [], stream),
        *blank(),
        *_end(result, stream),
    ]


def _headline(result: Record, stream: Stream) -> list[Block]:
    if result.get("dry_run"):
        return marked(stream.marks.skipped, "Dry run: nothing was stored.", style="bold yellow")
    match result.get("verdict"):
        case "success":
            return marked(stream.marks.passed, "Import complete.", style="bold green")
        case "partial":
            return marked(stream.marks.warning, "Import done, but some orders failed.", style="bold yellow")
        case "incomplete":
            text = "Not everything could be fetched: run again. What was fetched is stored."
            return marked(stream.marks.warning, text, style="bold yellow")
    return marked(stream.marks.failed, "The import did not finish.", style="bold red")


def _figures(result: Record, stream: Stream) -> list[Fact | None]:
    cancelled = result.get("orders_cancelled")
    changed = stream.counted(result.get("orders_changed"), "order")
    failed = result.get("units_failed")
    waiting = result.get("details_waiting")
    message = "" if succeeded(result) else stream.text(result.get("message"))
    return [
        Fact("Environment", stream.text(result.get("environment"))),
        Fact("Reason", message, "yellow"),
        Fact("Complete", "yes" if result.get("complete") else "no", "" if result.get("complete") else "yellow"),
        Fact("Newest change", newest_change(result.get("watermark"), stream)),
        Fact(
            "New",
            f"{stream.counted(result.get('orders_new'), 'order')}, {stream.counted(result.get('units_new'), 'unit')}",
        ),
        Fact("Changed", f"{changed}, of those cancelled: {stream.number(cancelled)}" if cancelled else changed),
        Fact("Failed", stream.counted(failed, "unit"), "red" if failed else ""),
        Fact("Details", f"{stream.counted(waiting, 'order')} waiting; the next import goes on") if waiting else None,
        Fact("Took", _effort(result, stream)),
    ]


def _effort(result: Record, stream: Stream) -> str:
    seconds = result.get("seconds")
    requests = f"{stream.counted(result.get('requests'), 'request')}"
    return f"{stream.duration(seconds * 1000)}, {requests}" if isinstance(seconds, int | float) else requests


def _storefronts(storefronts: Sequence[Record], stream: Stream) -> list[Block]:
    """Return one line per storefront: orders, units and the total in each currency."""
    if not storefronts:
        return []
    rows = [
        {
            "storefront": stream.text(one.get("storefront")) or "?",
            "orders": stream.counted(one.get("orders"), "order"),
            "units": stream.counted(one.get("units"), "unit"),
            "totals": " + ".join(
                stream.amount(total.get("amount"), total.get("currency")) for total in one.get("totals") or []
            ),
        }
        for one in storefronts
    ]
    return [*heading("By storefront"), *table(rows, _STOREFRONT_COLUMNS, stream, indent=2)]


def _failed(failed: Sequence[Record], stream: Stream) -> list[Block]:
    rows = [
        Fact(
            f"order {stream.text(one.get('id_order')) or '?'}",
            f"unit {stream.text(one.get('id_order_unit')) or '?'}: {stream.text(one.get('reason'))}",
            "red",
        )
        for one in failed
    ]
    return [*heading("Could not be read"), *facts(rows)] if rows else []


def _notes(notes: Sequence[object], stream: Stream) -> list[Block]:
    blocks = [block for note in notes for block in marked(stream.marks.warning, stream.text(note), style="yellow")]
    return [*blank(), *blocks] if blocks else []


def _end(result: Record, stream: Stream) -> list[Block]:
    lines = paragraph(_UNTOUCHED)
    if result.get("verdict") == "incomplete":
        return lines + hint(command("import-orders"), stream, indent=0)
    orders = [stream.text(one.get("id_order")) for one in result.get("failed") or [] if one.get("id_order")]
    return lines + (hint(command("orders", "show", orders[0]), stream, indent=0) if orders else [])


def _unattended(result: Record) -> Unattended:
    return Unattended.NOTHING if succeeded(result) else Unattended.STDERR


IMPORT = Card("import", import_summary, _unattended)
