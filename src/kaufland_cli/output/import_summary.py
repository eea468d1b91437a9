"""What an import came to, in the seller's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from kaufland_cli.errors import command
from kaufland_cli.output.blocks import Fact, facts, heading, hint, marked, paragraph
from kaufland_cli.output.cells import padded, width_of
from kaufland_cli.output.moments import duration
from kaufland_cli.output.screen import Screen

_UNTOUCHED = "Nothing was changed at Kaufland."


def succeeded(result: Mapping[str, Any]) -> bool:
    """Say whether there is nothing in this import that a person has to know of."""
    return result.get("verdict") == "success"


def import_summary(result: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return the lines at the end of an import."""
    return [
        *_headline(result, screen),
        *facts(_figures(result, screen), screen),
        *_storefronts(result.get("storefronts") or [], screen),
        *_failed(result.get("failed") or [], screen),
        *_notes(result.get("notes") or [], screen),
        "",
        *_end(result, screen),
    ]


def _headline(result: Mapping[str, Any], screen: Screen) -> list[str]:
    if result.get("dry_run"):
        return marked(screen.marks.skipped, "Tried only: nothing was stored.", screen, style="bold yellow")
    match result.get("verdict"):
        case "success":
            return marked(screen.marks.passed, "Import complete.", screen, style="bold green")
        case "partial":
            return marked(screen.marks.warning, "Import done, but some orders failed.", screen, style="bold yellow")
        case "incomplete":
            text = "Not everything could be read: run again. What was read is stored."
            return marked(screen.marks.warning, text, screen, style="bold yellow")
    return marked(screen.marks.failed, "The import did not finish.", screen, style="bold red")


def _figures(result: Mapping[str, Any], screen: Screen) -> list[Fact | None]:
    cancelled = result.get("orders_cancelled")
    changed = screen.counted(result.get("orders_changed"), "order")
    failed = result.get("units_failed")
    waiting = result.get("details_waiting")
    message = "" if succeeded(result) else screen.text(result.get("message"))
    return [
        Fact("Environment", screen.text(result.get("environment"))),
        Fact("Reason", message, "yellow"),
        Fact("Complete", "yes" if result.get("complete") else "no", "" if result.get("complete") else "yellow"),
        Fact("Checked up to", screen.moment(result.get("watermark"), unknown="not set yet")),
        Fact(
            "New",
            f"{screen.counted(result.get('orders_new'), 'order')}, {screen.counted(result.get('units_new'), 'unit')}",
        ),
        Fact("Changed", f"{changed}, of those cancelled: {screen.number(cancelled)}" if cancelled else changed),
        Fact("Failed", screen.counted(failed, "unit"), "red" if failed else ""),
        Fact("Details", f"{screen.counted(waiting, 'order')} waiting; the next import goes on") if waiting else None,
        Fact("Took", _effort(result, screen)),
    ]


def _effort(result: Mapping[str, Any], screen: Screen) -> str:
    seconds = result.get("seconds")
    requests = f"{screen.counted(result.get('requests'), 'request')}"
    return f"{duration(seconds * 1000)}, {requests}" if isinstance(seconds, int | float) else requests


def _storefronts(storefronts: Sequence[Mapping[str, Any]], screen: Screen) -> list[str]:
    """Return a line a storefront: orders, units and the sum in each currency."""
    if not storefronts:
        return []
    rows = [
        (
            screen.text(one.get("storefront")) or "?",
            screen.counted(one.get("orders"), "order"),
            screen.counted(one.get("units"), "unit"),
            " + ".join(screen.amount(total.get("amount"), total.get("currency")) for total in one.get("totals") or []),
        )
        for one in storefronts
    ]
    widths = [max(width_of(row[i]) for row in rows) for i in range(4)]
    lines = heading("By storefront", screen)
    for row in rows:
        cells = [padded(text, width, right=i > 0) for i, (text, width) in enumerate(zip(row, widths, strict=True))]
        line = "  ".join(cells).rstrip()
        narrow = screen.width is not None and width_of(line) + 2 > screen.width
        lines += paragraph(" ".join(line.split()) if narrow else line, screen, indent=2)
    return lines


def _failed(failed: Sequence[Mapping[str, Any]], screen: Screen) -> list[str]:
    rows = [
        Fact(
            f"order {screen.text(one.get('id_order')) or '?'}",
            f"unit {screen.text(one.get('id_order_unit')) or '?'}: {screen.text(one.get('reason'))}",
            "red",
        )
        for one in failed
    ]
    return [*heading("Could not be read", screen), *facts(rows, screen)] if rows else []


def _notes(notes: Sequence[object], screen: Screen) -> list[str]:
    lines = [line for note in notes for line in marked(screen.marks.warning, screen.text(note), screen, style="yellow")]
    return ["", *lines] if lines else []


def _end(result: Mapping[str, Any], screen: Screen) -> list[str]:
    lines = paragraph(_UNTOUCHED, screen)
    if result.get("verdict") == "incomplete":
        return lines + hint("kaufland import-orders", screen, indent=0)
    orders = [screen.text(one.get("id_order")) for one in result.get("failed") or [] if one.get("id_order")]
    return lines + (hint(command("orders", "show", orders[0]), screen, indent=0) if orders else [])
