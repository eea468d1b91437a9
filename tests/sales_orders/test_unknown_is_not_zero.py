"""Unknown is not 0: no rate, no shipping cost and no total is made up, compared or shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.domain.target_values import Item
from kaufland_cli.sales_orders.lines import shipping_lines
from kaufland_cli.sales_orders.prepare import prepare
from kaufland_cli.sales_orders.snapshot import changes, snapshot_of
from support.orders import card, unit
from support.push import Seller, seller
from support.sales_order_rules import AnyItem, rules


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Seller]:
    """Give a seller who takes the rates of Business Central where Kaufland names none."""
    with seller(tmp_path, takes_targets_vat=lambda storefront: storefront == "de") as opened:
        yield opened


def document_of(order: Order) -> SalesOrder:
    """Return the sales order of a card, where the target's rates are taken."""
    found = prepare(order, rules(takes_targets_vat=lambda _storefront: True), AnyItem(Item("K17"))).document
    assert found is not None
    return found


def test_targets_rate_is_taken_and_not_compared(shop: Seller) -> None:
    """A unit without a rate becomes a line; what Business Central makes of it is no conflict and stops nothing."""
    first, second = shop.arrive([{"vat": None, "shipping_rate": 490}]), shop.arrive()
    shop.collect()
    shop.push()
    assert shop.states() == {first: "created", second: "created"}
    assert shop.reasons(first) == []


def test_units_next_to_one_without_a_rate_are_compared(shop: Seller) -> None:
    """Only what is unknown is not."""
    first = shop.arrive([{"vat": None}, {"vat": 7}])
    shop.collect()
    shop.push()
    assert shop.reasons(first) == ["vat_differs"]
    with shop.store() as store:
        row = store.sales_orders.row(first)
        assert row is not None
        assert "Kaufland 0 %" not in row.reasons[0].text
        assert "Kaufland 7 %" in row.reasons[0].text


def test_another_storefront_is_still_held(shop: Seller) -> None:
    """The setting is one of each storefront."""
    first = shop.arrive([{"vat": None}], storefront="at")
    shop.collect()
    shop.push()
    assert "vat_unknown" in shop.reasons(first)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({"shipping_rate": 490}, {"shipping_rate": None}, ""),
        ({"vat": 19.0}, {"vat": None}, ""),
        ({"vat": None}, {"vat": None}, ""),
        ({"vat": None}, {"vat": 19.0}, "VAT unknown, now 19 %"),
        ({"vat": None}, {"vat": 0.0}, "VAT unknown, now 0 %"),
        ({"vat": 19.0}, {"vat": 0.0}, "VAT 19 %, now 0 %"),
        ({"shipping_rate": 490}, {"shipping_rate": 0}, "shipping 4.90, now 0.00 EUR"),
    ],
)
def test_value_that_becomes_unknown_is_no_change(before: dict[str, Any], now: dict[str, Any], told: str) -> None:
    """Known and then unknown is reported by nobody; unknown and then known is, and 0 is a value as any other."""
    snapshot = snapshot_of(card(unit(1, **before)), document_of(card(unit(1, **before))))
    texts = [reason.text for reason in changes(card(unit(1, **now)), snapshot, "1001")]
    assert texts == ([f"Sales order 1001, line 1 (KESSEL-17): {told}."] if told else [])


def test_sold_units_keep_what_is_unknown() -> None:
    """What the document was made of says what was not known then."""
    order = card(unit(1, status="cancelled", shipping_rate=None, vat=None), unit(2))
    kept = snapshot_of(order, None).units["1"]
    assert (kept.shipping_rate, kept.vat) == (None, None)


def test_lines_without_a_rate_are_not_called_zero_percent() -> None:
    """Shipping that belongs to units of unknown rate stands last and names no rate."""
    lines = shipping_lines(
        [unit(1, shipping_rate=100, vat=None), unit(2, shipping_rate=100, vat=0.0), unit(3, shipping_rate=100)],
        lambda _: "8400",
        "account",
    )
    assert [(line.vat, line.description) for line in lines] == [
        (19.0, "Shipping 19 %"),
        (0.0, "Shipping 0 %"),
        (None, "Shipping"),
    ]


def test_tax_of_a_document_with_an_unknown_rate_is_unknown() -> None:
    """So nothing is compared with a sum that lacks a part."""
    document = document_of(card(unit(1, vat=None), unit(2)))
    assert document.tax is None
    assert document.record()["vat_amount"] is None
    assert [line["vat_percent"] for line in document.record()["lines"]] == [None, 19.0]
