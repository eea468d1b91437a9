"""Whatever a record holds and however wide the terminal is."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from kaufland_cli.domain.numbers import amount, number_form
from kaufland_cli.output import (
    LOG_COLUMNS,
    ORDER_COLUMNS,
    ORDER_LINE_COLUMNS,
    SETTING_COLUMNS,
    Column,
)
from kaufland_cli.output.blocks import Fact, facts
from kaufland_cli.output.records.plain import plain_lines
from kaufland_cli.output.screens.drawing import console_for, drawn, wrapped
from kaufland_cli.output.stream import Stream
from support.output_samples import Heard, Terminal, order

WIDTHS = st.integers(min_value=40, max_value=200)
STATUSES = st.sampled_from(["open", "need_to_be_sent", "partially_cancelled", "sent_and_autopaid", "frozen"])
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)

ORDERS = st.builds(
    order,
    id_order=st.from_regex(r"[A-Z0-9]{7,14}", fullmatch=True),
    status=STATUSES,
    buyer_name=st.none() | st.text(),
    ship_to_city=st.none() | st.text(),
    total_amount=st.none() | st.integers(min_value=-(10**9), max_value=10**9),
    currency=st.sampled_from(["EUR", "CZK", "PLN"]),
    units=st.integers(min_value=0, max_value=999),
    sales_order_no=st.none() | st.from_regex(r"SO-[0-9]{6}", fullmatch=True),
    created_at=st.none() | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
)


def shown(columns: tuple[Column, ...], records: list[dict[str, Any]], width: int) -> list[str]:
    """Return the lines of a list at that width."""
    heard = Heard(width=width)
    heard.output.listing("orders", records, columns, fields=(), schema="s", empty="")
    return heard.out.splitlines()


def fits(line: str, width: int) -> bool:
    """Return whether a line fits, or ends in a single word that is too long to fit next to its label."""
    last = line.rpartition(" ")[2]
    return cell_len(line) <= width or (cell_len(last) == len(last) and cell_len(line) - len(last) <= width)


@given(st.lists(ORDERS, min_size=1, max_size=4), WIDTHS)
@settings(max_examples=60)
def test_any_order_fits(records: list[dict[str, Any]], width: int) -> None:
    """No line is longer than the terminal is wide, and from 80 columns up order ids and totals are whole."""
    lines = shown(ORDER_COLUMNS, records, width)
    assert max(map(cell_len, lines)) <= width
    if width >= 80:
        for record in records:
            total = f"{amount(record['total_amount'], number_form('de'))} {record['currency']}"
            assert any(
                line.split(" ")[0] == record["id_order"] and total in line and (record["sales_order_no"] or "") in line
                for line in lines
            ), lines


@pytest.mark.slow
@given(
    st.sampled_from([ORDER_COLUMNS, ORDER_LINE_COLUMNS, LOG_COLUMNS, SETTING_COLUMNS]),
    st.data(),
    WIDTHS,
)
@settings(max_examples=200)
def test_anything_at_all_fits(columns: tuple[Column, ...], data: st.DataObject, width: int) -> None:
    """Whatever stands in whatever field, a list is shown, and within the terminal."""
    record = st.fixed_dictionaries({column.field: ANYTHING for column in columns} | {"currency": ANYTHING})
    lines = shown(columns, data.draw(st.lists(record, min_size=1, max_size=3)), width)
    assert [line for line in lines if not fits(line, width)] == []


@given(st.text(alphabet=st.sampled_from("ab 王ł"), max_size=60), st.integers(min_value=2, max_value=30))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    """A wrapped text has all of its characters, in lines that fit, but for a word that is longer."""
    lines = [line.plain for line in wrapped(text, width, console_for(Stream(Terminal(), {})))]
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert [line for line in lines if not fits(line, width)] == []


@given(st.text(alphabet=st.sampled_from("aé王한ł😀e\u0301Ｂ"), max_size=30))  # noqa: RUF001 (a wide letter)
def test_pipe_measures_as_a_terminal_does(text: str) -> None:
    """Columns stand straight in a file too, with Chinese names, emoji and combining accents."""
    fact = Fact(text, "value")
    (line,) = plain_lines(facts([fact]))
    (drawn_line,) = drawn(facts([fact]), Stream(Terminal(), {"NO_COLOR": "1", "COLUMNS": "200"}))
    assert line == drawn_line
