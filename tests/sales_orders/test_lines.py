"""Lines: equal units together, each rate of VAT with its share of the shipping cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.domain.target_values import Item
from kaufland_cli.sales_orders.field_texts import Notes
from kaufland_cli.sales_orders.lines import Goods, goods_lines, shipping_amounts, shipping_lines
from support.orders import unit


def item_of(goods: Goods) -> Item:
    """Return an item named as the SKU."""
    return Item(goods.sku or goods.eans[0])


def test_equal_units_are_one_line_with_their_number() -> None:
    """Same SKU, price and VAT; another price or another rate is a line of its own."""
    order_units = [unit(1), unit(2), unit(3, price=2500), unit(4, vat=7.0), unit(5, id_offer="B", ean="4006381333900")]
    lines = goods_lines(order_units, item_of, Notes())
    assert [(line.number, line.quantity, line.unit_price, line.vat, line.units) for line in lines] == [
        ("KESSEL-17", 2, 2999, 19.0, (1, 2)),
        ("KESSEL-17", 1, 2500, 19.0, (3,)),
        ("KESSEL-17", 1, 2999, 7.0, (4,)),
        ("B", 1, 2999, 19.0, (5,)),
    ]


def test_long_title_is_shortened_visibly() -> None:
    """A description has 100 characters; what is cut shows that it was."""
    notes = Notes()
    (line,) = goods_lines([unit(1, title="Kessel " * 30)], item_of, notes)
    assert len(line.description) <= 100
    assert line.description.endswith("…")
    assert "Kessel " * 29 in notes.warnings[0]


def test_shipping_is_split_by_value_over_the_rates() -> None:
    """4.90 over goods of 100.00 at 19 % and 50.00 at 7 %: 3.27 and 1.63, whatever unit carried it."""
    order_units = [unit(1, price=10_000, shipping_rate=490), unit(2, price=5000, vat=7.0)]
    assert shipping_amounts(order_units) == {19.0: 327, 7.0: 163}
    lines = shipping_lines(order_units, lambda vat: f"84{vat:g}", "account")
    assert [(line.number, line.description, line.unit_price, line.vat, line.quantity) for line in lines] == [
        ("8419", "Shipping 19 %", 327, 19.0, 1),
        ("847", "Shipping 7 %", 163, 7.0, 1),
    ]


def test_without_shipping_cost_there_is_no_such_line() -> None:
    """Free shipping, also where Kaufland names no cost at all."""
    assert shipping_lines([unit(1), unit(2, shipping_rate=None)], lambda _: "8400", "account") == []


@pytest.mark.parametrize("prices", [(0, 0), (0,)])
def test_shipping_of_gifts_is_split_by_units(prices: tuple[int, ...]) -> None:
    """Where the goods cost nothing there is no value to split by."""
    order_units = [unit(n, price=price, shipping_rate=250, vat=19.0 if n else 7.0) for n, price in enumerate(prices)]
    assert sum(shipping_amounts(order_units).values()) == 250 * len(prices)


PIECES = st.lists(
    st.builds(
        lambda price, shipping, vat: unit(1, price=price, shipping_rate=shipping, vat=vat),
        st.integers(0, 100_000),
        st.one_of(st.none(), st.integers(0, 5000)),
        st.sampled_from([None, 0.0, 5.5, 7.0, 19.0, 20.0]),
    ),
    min_size=1,
    max_size=8,
)


@given(PIECES)
def test_no_cent_of_shipping_is_lost(order_units: list[OrderUnit]) -> None:
    """The shares add up to what the buyer paid, and none is negative."""
    shares = shipping_amounts(order_units)
    assert sum(shares.values()) == sum(order_unit.shipping_rate or 0 for order_unit in order_units)
    assert all(share > 0 for share in shares.values())
