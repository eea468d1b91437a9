"""A page to print: what to take from the shelf, and what goes into which parcel. Plain HTML, A4, no scripts."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Final

from kaufland_cli.domain.addresses import lines_of
from kaufland_cli.domain.due import Article, Due, DueUnit, articles, packing_lines
from kaufland_cli.domain.moments import as_text, day_in_words, moment_in_words, zone_named
from kaufland_cli.output.records.due import pickup_point

_STYLE: Final = """
@page { size: A4; margin: 15mm }
body { font: 10pt/1.35 sans-serif; color: #000; margin: 0 auto; max-width: 180mm }
h1 { font-size: 14pt; margin: 0 0 2mm } h2 { font-size: 11pt; margin: 0 0 1mm }
table { width: 100%; border-collapse: collapse; margin: 2mm 0 6mm }
th, td { text-align: left; vertical-align: top; padding: 1mm 1.5mm; border-bottom: .2mm solid #999 }
th { border-bottom: .4mm solid #000 } thead { display: table-header-group }
tr, section { break-inside: avoid }
.number { text-align: right; white-space: nowrap } .code { white-space: nowrap }
.box { width: 4mm } .box span { display: inline-block; width: 3mm; height: 3mm; border: .3mm solid #000 }
section { border: .3mm solid #000; padding: 3mm; margin: 0 .5mm 4mm } section table { margin-bottom: 0 }
#parcels { break-before: page }
"""


def picking_page(units: Sequence[DueUnit], now: datetime, timezone: str) -> str:
    """Return the page as HTML; everything that Kaufland or the seller wrote is escaped."""
    zone = zone_named(timezone)

    def day(text: str | None) -> str:
        return "" if text is None else day_in_words(text, zone)

    shelf = [
        [
            ("number", str(len(line.units))),
            *_article(line),
            ("number", str(line.orders)),
            ("code", day(line.units[0].unit.ship_by)),
        ]
        for line in articles(units)
    ]
    parcels = [
        _parcel(list(lines), day)
        for _, lines in groupby(packing_lines(units), lambda line: line.units[0].unit.id_order)
    ]
    written = escape(moment_in_words(as_text(now), zone))
    head = f"{len(units)} units in {len(parcels)} orders, as of {written}"
    titles = ("", "Qty", "SKU", "EAN", "Article", "Condition", "Orders", "Ship by")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>To be shipped</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>From the shelf</h1><p>{head}</p>\n{_table(titles, shelf)}\n"
        f'<div id="parcels"><h1>Parcels</h1>\n{"".join(parcels)}</div></body></html>\n'
    )


def _parcel(lines: Sequence[Article], day: Callable[[str | None], str]) -> str:
    first = lines[0].units[0]
    unit = first.unit
    where = [*lines_of(unit.shipping_address), pickup_point(first.pickup_location)]
    ship_by = f"ship by {day(unit.ship_by)}" if unit.ship_by else "no deadline known"
    late = ", overdue" if first.due is Due.OVERDUE else ""
    carrier = f" with {escape(first.carrier)}" if first.carrier else ""
    notes = [line.units[0].unit.note or "" for line in lines]
    titles = ("", "Qty", "SKU", "EAN", "Article", "Condition", *(["Note"] if any(notes) else []))
    rows = [
        [("number", str(len(line.units))), *_article(line), *([("", note)] if any(notes) else [])]
        for line, note in zip(lines, notes, strict=True)
    ]
    return (
        f"<section><h2>{escape(unit.id_order)} \u00b7 {escape(ship_by)}{late}{carrier}</h2>"
        f"<p>{'<br>'.join(escape(line) for line in where if line)}</p>"
        f"{_table(titles, rows)}</section>\n"
    )


def _article(line: Article) -> list[tuple[str, str]]:
    unit = line.units[0].unit
    ean = next(iter(unit.eans), "")
    return [("code", unit.id_offer or ""), ("code", ean), ("", unit.title or ""), ("", unit.condition or "")]


def _table(titles: Iterable[str], rows: Iterable[Sequence[tuple[str, str]]]) -> str:
    """Return a table with a box to tick in front of each row; cells are style and text."""
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(
        '<tr><td class="box"><span></span></td>'
        + "".join(f'<td class="{style}">{escape(text)}</td>' for style, text in row)
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
