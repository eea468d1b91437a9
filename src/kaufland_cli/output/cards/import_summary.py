"""The result of an import; for completeness see docs/decisions/0005."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kaufland_cli.domain.hint import command
from kaufland_cli.output.blocks import (
    Block,
    Card,
    Fact,
    Unattended,
    blank,
    facts,
    heading,
    hint,
    marked,
    paragraph,
    table,
)
from kaufland_cli.output.cards.status_card import failed_unit, newest_change
from kaufland_cli.output.columns import Column
from kaufland_cli.output.records.imports import import_record, profile_imports_record
from kaufland_cli.output.stream import Stream

if TYPE_CHECKING:
    from kaufland_cli.app.results import ImportReport
    from kaufland_cli.domain.orders import FailedUnit
    from kaufland_cli.order_import.result import ImportResult, StorefrontResult

_STOREFRONT_COLUMNS = (
    Column("", "storefront"),
    Column("", "orders", align="right"),
    Column("", "units", align="right"),
    Column("", "totals", align="right"),
)
_UNTOUCHED = "Nothing was changed at Kaufland."


def import_summary(report: "ImportReport", stream: Stream) -> list[Block]:
    """Return the lines shown at the end of an import."""
    result = report.result
    return [
        *_headline(result, stream),
        *facts(_figures(result, stream)),
        *_storefronts(result.storefronts, stream),
        *_failed(result.failed, stream),
        *_notes(result.notes, stream),
        *blank(),
        *_end(result, stream),
    ]


def _headline(result: "ImportResult", stream: Stream) -> list[Block]:
    if result.dry_run:
        return marked(stream.marks.skipped, "Dry run: nothing was stored.", style="bold yellow")
    match result.verdict:
        case "success":
            return marked(stream.marks.passed, "Import complete.", style="bold green")
        case "partial":
            return marked(stream.marks.warning, "Import done, but some orders failed.", style="bold yellow")
        case "incomplete":
            text = "Not everything could be fetched: run again. What was fetched is stored."
            return marked(stream.marks.warning, text, style="bold yellow")
    return marked(stream.marks.failed, "The import did not finish.", style="bold red")


def _figures(result: "ImportResult", stream: Stream) -> list[Fact | None]:
    counts = result.counts
    changed = stream.counted(counts.orders_changed, "order")
    if counts.orders_cancelled:
        changed += f", of those cancelled: {stream.number(counts.orders_cancelled)}"
    waiting = stream.counted(result.details_waiting, "order")
    effort = f"{stream.duration(result.seconds * 1000)}, {stream.counted(result.requests, 'request')}"
    message = "" if result.verdict == "success" else stream.text(result.message)
    return [
        Fact("Environment", stream.text(result.environment)),
        Fact("Reason", message, "yellow"),
        Fact("Complete", "yes" if result.complete else "no", "" if result.complete else "yellow"),
        Fact("Newest change", newest_change(result.watermark, stream)),
        Fact("New", f"{stream.counted(counts.orders_new, 'order')}, {stream.counted(counts.units_new, 'unit')}"),
        Fact("Changed", changed),
        Fact("Failed", stream.counted(counts.units_failed, "unit"), "red" if counts.units_failed else ""),
        Fact("Details", f"{waiting} waiting; the next import goes on") if result.details_waiting else None,
        Fact("Took", effort),
    ]


def _storefronts(storefronts: "Sequence[StorefrontResult]", stream: Stream) -> list[Block]:
    """Return a line a storefront: orders, units and the sum in each currency."""
    if not storefronts:
        return []
    rows = [
        {
            "storefront": stream.text(one.storefront) or "?",
            "orders": stream.counted(one.orders, "order"),
            "units": stream.counted(one.units, "unit"),
            "totals": " + ".join(stream.amount(total.amount, total.currency) for total in one.totals),
        }
        for one in storefronts
    ]
    return [*heading("By storefront"), *table(rows, _STOREFRONT_COLUMNS, stream, indent=2)]


def _failed(failed: "Sequence[FailedUnit]", stream: Stream) -> list[Block]:
    rows = [failed_unit(one, stream) for one in failed]
    return [*heading("Could not be read"), *facts(rows)] if rows else []


def _notes(notes: Sequence[str], stream: Stream) -> list[Block]:
    blocks = [block for note in notes for block in marked(stream.marks.warning, stream.text(note), style="yellow")]
    return [*blank(), *blocks] if blocks else []


def _end(result: "ImportResult", stream: Stream) -> list[Block]:
    lines = paragraph(_UNTOUCHED)
    if result.verdict == "incomplete":
        return lines + hint(command("import-orders"), stream, indent=0)
    orders = [stream.text(one.id_order) for one in result.failed if one.id_order]
    return lines + (hint(command("orders", "show", orders[0]), stream, indent=0) if orders else [])


def _unattended(report: "ImportReport") -> Unattended:
    return Unattended.NOTHING if report.result.verdict == "success" else Unattended.STDERR


IMPORT = Card("import", import_summary, _unattended, import_record)
PROFILE_IMPORTS = Card("import_all", record=profile_imports_record)
