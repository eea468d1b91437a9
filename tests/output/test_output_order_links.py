"""Order ids that link to the seller portal, in a real terminal and in a pipe."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.output import ORDER_COLUMNS
from kaufland_cli.output.cards.order_card import ORDER
from kaufland_cli.output.stream import Stream
from support.output_samples import Heard, Terminal, order, order_details, order_summary, terminal_bytes

needs_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")

PAGE = "https://portal.example/orders/{id_order}?tab=units"
LINK = re.compile(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\((?:(?!\x1b\]8).)*)\x1b\]8;;\x1b\\", re.DOTALL)

SHOW = f"""
import os, sys
from kaufland_cli.output import ORDER_COLUMNS, Output
from support.output_samples import orders
output = Output(stdout=sys.stdout, stderr=sys.stderr, environ=os.environ, order_url={PAGE!r})
output.listing("orders", orders(), ORDER_COLUMNS, fields=(), schema="kaufland.orders/1", empty="No orders.")
"""


@needs_a_terminal
def test_order_ids_link_to_the_portal() -> None:
    """On a terminal each order id, and nothing else, links to the page of its order."""
    links = LINK.findall(terminal_bytes("-c", SHOW).decode())
    assert [(url, text) for url, text in links] == [
        (PAGE.replace("{id_order}", f"MB2QG0{number}"), f"MB2QG0{number}") for number in range(1, 6)
    ]


@needs_a_terminal
@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_links_need_a_terminal_with_colours(environ: dict[str, str]) -> None:
    """A terminal that gets no colours gets no links either."""
    assert "\x1b" not in terminal_bytes("-c", SHOW, environ=environ).decode()


@pytest.mark.parametrize("color", ["auto", "always"])
def test_pipe_holds_no_links(color: str) -> None:
    """No link reaches a pipe, not even one that asks for colours."""
    heard = Heard(terminal=False, color=color, order_url=PAGE)  # type: ignore[arg-type]
    heard.output.listing("orders", [order()], ORDER_COLUMNS, fields=(), schema="s", empty="")
    heard.output.show(ORDER, order_details())
    assert "\x1b]" not in heard.out
    assert "portal.example" not in heard.out


def test_order_card_links_its_title() -> None:
    """The card of an order links the title, and has no link where no page is set."""
    heard = Heard(color="always", order_url=PAGE)
    heard.output.show(ORDER, order_details())
    assert [text for _, text in LINK.findall(heard.out)] == ["\x1b[1mOrder MB2QG02\x1b[0m"]
    plain = Heard(color="always")
    plain.output.show(ORDER, order_details())
    assert "\x1b]8" not in plain.out


@given(st.text(st.characters()))
def test_no_order_id_can_end_its_link(id_order: str) -> None:
    """Whatever an order id holds, the address stays one printable word below the page's own."""
    style = Stream(Terminal(), {}, color="always", order_url=PAGE).order_style(id_order)
    word, address = style.split(" ")
    assert word == "link"
    assert re.fullmatch(r"https://portal\.example/orders/[A-Za-z0-9_.~%-]*\?tab=units", address)


def test_id_with_escape_sequences_is_shown_and_linked_harmlessly() -> None:
    """An escape sequence in an id reaches neither the text nor the address."""
    heard = Heard(color="always", order_url=PAGE)
    heard.output.show(ORDER, order_details(summary=order_summary(id_order="M1\x1b\\\x1b]0;owned\x07")))
    ((address, text),) = LINK.findall(heard.out)
    assert "M1%1B%5C%1B%5D0%3Bowned%07" in address
    assert "Order M1\\]0;owned" in text
    assert "\x07" not in heard.out
