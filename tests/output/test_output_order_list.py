"""The order list as a seller sees it, in a real terminal and in a pipe."""

import sys
from collections.abc import Sequence

import pytest

from kaufland_cli.domain.orders import OrderTotal
from kaufland_cli.output import ORDER_COLUMNS, Column
from kaufland_cli.output.footers import order_totals, rest_of_list
from support.output_samples import Heard, in_a_terminal, order, orders

needs_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")

SHOW = """
import os, sys
from kaufland_cli.output import ORDER_COLUMNS, Output
from support.output_samples import orders
output = Output(stdout=sys.stdout, stderr=sys.stderr, environ=os.environ, locale="de_DE")
output.listing("orders", orders(), ORDER_COLUMNS, fields=(), schema="kaufland.orders/1", empty="No orders.")
"""

# ruff: noqa: E501 (screens are as wide as they are)
AT_80 = """\
                                                                       Sales
Order   Status     Shop Created    Buyer                     Total Qty order
────────────────────────────────────────────────────────────────────────────────
MB2QG01 open       de   2026-11-24 Anna Beispiel      1.299,00 EUR   1
MB2QG02 to be sent cz   2026-11-24 Grzegorz Brzęczy… 12.990,00 CZK   3
MB2QG03 part canc. pl   2026-11-24 王小明與他的朋友…    499,99 PLN  12 SO-104711
MB2QG04 autopaid   de   2026-11-24 Anna Beispiel      1.299,00 EUR   1
MB2QG05 frozen     de   2026-11-24                           ? EUR   1"""

AT_120 = """\
                                                                                        Sales           In-
Order   Status         Shop Created          Buyer        City                Total Qty order     Lines voice Imported
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
MB2QG01 open           de   2026-11-24 02:49 Anna Beispi… Köln         1.299,00 EUR   1               1 ?     2026-11-24
MB2QG02 to be sent     cz   2026-11-24 02:49 Grzegorz Br… Chrząszczy… 12.990,00 CZK   3               2 ?     2026-11-24
MB2QG03 part cancelled pl   2026-11-24 02:49 王小明與他…  臺北市信義…    499,99 PLN  12 SO-104711     4 yes   2026-11-24
MB2QG04 autopaid       de   2026-11-24 02:49 Anna Beispi… Köln         1.299,00 EUR   1               1 no    2026-11-24
MB2QG05 frozen         de   2026-11-24 02:49                                  ? EUR   1               1 ?     2026-11-24"""

AT_240 = (
    "Order    Status               Storefront  Created           Buyer                                               "
    "City                         Total  Units  Sales order  Lines  Invoice  Imported"
)


@needs_a_terminal
@pytest.mark.parametrize(("width", "screen"), [(80, AT_80), (120, AT_120)])
def test_list_fits_the_terminal(width: int, screen: str) -> None:
    """The list fits 80 and 120 columns; names give way, and the city before the buyer; order id and total never do."""
    assert in_a_terminal(SHOW, width=width) == screen.split("\n")


@needs_a_terminal
def test_list_takes_the_room_there_is() -> None:
    """A wide terminal shows every column in full words, on one line of heads."""
    lines = in_a_terminal(SHOW, width=240)
    assert lines[0] == AT_240
    assert "need to be sent" in lines[3]
    assert "Konstantynopolitański  Chrząszczyżewoszyce" in lines[3]


@needs_a_terminal
def test_columns_are_honoured() -> None:
    """COLUMNS says how wide the list may be, whatever the terminal says."""
    assert in_a_terminal(SHOW, width=120, environ={"COLUMNS": "80"}) == AT_80.split("\n")


def test_buyer_stays_longer_than_the_sales_order() -> None:
    """At 50 columns there is room for one of the two: who bought it."""
    heard = Heard(width=50)
    heard.output.listing("orders", orders(), ORDER_COLUMNS, fields=(), schema="s", empty="")
    assert "Buyer" in heard.out
    assert "SO-104711" not in heard.out


def test_empty_column_is_left_out_on_a_terminal_only() -> None:
    """Without sales orders, invoices or cities a terminal has no such columns; a pipe keeps them for programs."""
    rows = [order(ship_to_city=None), order(ship_to_city="", buyer_name=None)]
    heads = {}
    for terminal in (True, False):
        heard = Heard(terminal=terminal, width=200)
        heard.output.listing("orders", rows, ORDER_COLUMNS, fields=(), schema="s", empty="")
        heads[terminal] = heard.out.splitlines()[0]
    for name in ("City", "Sales order", "Invoice"):
        assert name not in heads[True]
        assert name in heads[False]
    assert "Buyer" in heads[True], "one row has a buyer"


def below_the_list(totals: Sequence[OrderTotal], total: int | None) -> list[str]:
    """Return the lines below a list of 50 orders on a terminal."""
    heard = Heard(width=80)
    heard.output.listing(
        "orders",
        [order()],
        ORDER_COLUMNS,
        fields=(),
        schema="s",
        empty="",
        footer=lambda stream: [*order_totals(totals, stream), *rest_of_list(50, total, "orders shown", stream)],
    )
    return heard.out.splitlines()[3:]


def test_below_the_list_stand_its_sums() -> None:
    """Orders, units and the sum of each currency, in the seller's form; what is unknown is not added up as zero."""
    totals = [OrderTotal("EUR", 2411, 3000, 12345678, 0), OrderTotal("CZK", 1, 1, 0, 1), OrderTotal(None, 1, 2, 0, 1)]
    assert below_the_list(totals, 2413) == [
        "",
        "2.413 orders, 3.003 units · 123.456,78 EUR · 2 totals unknown",
        "50 of 2.413 orders shown. To see all: --limit 0",
    ]


def test_below_a_list_that_was_not_counted_stands_that_there_are_more() -> None:
    """A shop of a million units waits for no number that it did not ask for."""
    assert below_the_list((), None) == ["50 of many orders shown. To see all: --limit 0"]


def test_longest_names_give_way_first() -> None:
    """The widest column is cut first, down to the next widest; then both give way alike."""
    columns = [Column("A", "a", shrinks_to=2), Column("B", "b", shrinks_to=2), Column("C", "c")]
    record = {"a": "a" * 60, "b": "b" * 20, "c": "c" * 10}
    rules = {}
    for width in (80, 60, 40):
        heard = Heard(width=width)
        heard.output.listing("things", [record], columns, fields=(), schema="s", empty="")
        rules[width] = [len(cell) for cell in heard.out.splitlines()[2].split()]
    assert rules == {80: [46, 20, 10], 60: [26, 20, 10], 40: [14, 14, 10]}


def test_pipe_gets_full_values() -> None:
    """Piped, nothing is cut: raw statuses, moments in UTC, an amount and its currency as two columns, no ESC byte."""
    heard = Heard(terminal=False, width=40)
    heard.output.listing("orders", orders(), ORDER_COLUMNS, fields=(), schema="kaufland.orders/1", empty="No orders.")
    lines = [line.split("\t") for line in heard.out.splitlines()]
    assert lines[0] == [
        "Order",
        "Status",
        "Storefront",
        "Created",
        "Buyer",
        "City",
        "Total",
        "Currency",
        "Units",
        "Sales order",
        "Lines",
        "Invoice",
        "Imported",
    ]
    assert lines[2] == [
        "MB2QG02",
        "need_to_be_sent",
        "cz",
        "2026-11-24T01:49:00Z",
        "Grzegorz Brzęczyszczykiewicz-Konstantynopolitański",
        "Chrząszczyżewoszyce",
        "12990.00",
        "CZK",
        "3",
        "",
        "2",
        "?",
        "2026-11-24T02:04:00Z",
    ]
    assert {len(line) for line in lines} == {13}
    assert heard.err == ""


def test_narrow_terminal_shows_a_block_for_each_order() -> None:
    """Where not even the narrowest table fits, each order stands in lines of its own and nothing is cut."""
    heard = Heard(width=26)
    heard.output.listing(
        "orders",
        [order(sales_order_no="SO-104711"), order()],
        ORDER_COLUMNS,
        fields=(),
        schema="kaufland.orders/1",
        empty="",
    )
    first, second = heard.out.split("\n\n")
    assert first.splitlines()[:2] == ["Order        MB2QG01", "Status       open"]
    assert "Total        1.299,00 EUR" in first
    assert "Sales order" not in second


def test_empty_list_says_so_on_a_terminal_only() -> None:
    """Nothing to show: a terminal reads why, a pipe gets the heads alone."""
    terminal, pipe = Heard(), Heard(terminal=False)
    for heard in (terminal, pipe):
        heard.output.listing("orders", [], ORDER_COLUMNS, fields=(), schema="kaufland.orders/1", empty="No orders yet.")
    assert (terminal.out, terminal.err) == ("", "No orders yet.\n")
    assert pipe.out.startswith("Order\tStatus\t")
    assert (pipe.out.count("\n"), pipe.err) == (1, "")


@pytest.mark.slow
def test_long_list_is_one_table() -> None:
    """However many rows there are, heads stand above once and the columns are straight to the last row."""
    heard = Heard(width=100)
    rows = [order(buyer_name="Anna" * (i % 3)) for i in range(450)]
    heard.output.listing("orders", rows, ORDER_COLUMNS, fields=(), schema="s", empty="")
    _, rule, *lines = heard.out.splitlines()
    assert set(rule) == {"─"}
    assert len(lines) == len(rows)
    assert len({line.index("1.299,00 EUR") for line in lines}) == 1
