"""What keeps an order from becoming a sales order: every reason at once, each with what fixes it."""

from typing import Any

import pytest

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.target_values import Item
from kaufland_cli.sales_orders.holds import qualifies
from kaufland_cli.sales_orders.prepare import Prepared, prepare
from support.orders import ADDRESS, card, unit
from support.sales_order_rules import AnyItem, rules

KETTLE = AnyItem(Item("K17"))


def prepared(order: Order, **fields: Any) -> Prepared:
    """Prepare an order with the usual rules, some of them changed."""
    return prepare(order, rules(**fields), KETTLE)


def codes(order: Order, **fields: Any) -> list[str]:
    """Return the reasons against an order."""
    found = prepared(order, **fields)
    assert all(reason.text for reason in found.reasons)
    assert (found.document is None) == bool(found.reasons)
    return [reason.code for reason in found.reasons]


def test_ordinary_order_is_held_by_nothing() -> None:
    """Customer, day in the company's time zone, lines."""
    document = prepared(card(unit(1, shipping_rate=490))).document
    assert document is not None
    assert (document.customer_no, document.order_date.isoformat(), document.currency) == ("D-DE", "2026-11-21", "EUR")
    assert [(line.kind, line.number, line.unit_price) for line in document.lines] == [
        ("item", "K17", 2999),
        ("account", "8400", 490),
    ]


COMPANY = {**ADDRESS, "company_name": "Nordkessel GmbH"}
GONE = {"id_order_unit": 2, "id_offer": "TEA", "since": "2026-11-20T12:00:00Z", "moved_to": None}
SLOVAK = {**ADDRESS, "country": "SK"}


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (card(is_marketplace_deemed_supplier=True), "deemed_supplier"),
        (card(is_marketplace_deemed_supplier=None), "deemed_supplier_unknown"),
        (card(fulfillment_type=None), "fulfillment_unknown"),
        (card(id_order="M" * 36), "order_id"),
        (card(failed=[{"reason": "price"}]), "unreadable"),
        (card(unit(1), unit(2, status="returned")), "returned"),
        (card(unit(1), unit(2, status="melted")), "unknown_status"),
        (card(unit(1), unit(2, currency="CZK")), "currency_unclear"),
        (card(unit(1, vat=None)), "vat_unknown"),
        (card(unit(1, shipping_rate=None)), "shipping_unknown"),
        (card(departed_units=[GONE]), "unit_absent"),
        (card(missing_details={Detail.PICKUP_POINT}), "details_missing"),
        (card(missing_details={Detail.OLDER_UNITS}), "details_missing"),
        (card(in_other_sales_orders=[{"id_order_unit": 1, "id_order": "M0", "number": "1001"}]), "billed_already"),
        (card(unit(1, vat=0.0)), "vat"),
        (card(billing_address=COMPANY), "company"),
        (card(shipping_address=SLOVAK), "no_customer"),
    ],
)
def test_each_reason(order: Order, code: str) -> None:
    """Alone, it holds the order and nothing else does."""
    assert codes(order) == [code]


@pytest.mark.parametrize(
    "order",
    [
        card(is_marketplace_deemed_supplier=None),
        card(fulfillment_type=None),
        card(failed=[{"reason": "price"}]),
        card(unit(1), unit(2, status="melted")),
        card(unit(1), unit(2, currency="CZK")),
        card(unit(1, shipping_rate=None)),
        card(shipping_address=None),
        card(missing_details={Detail.WHOLE_ORDER}),
        card(created_at=None),
    ],
)
def test_details_that_may_never_come_have_a_way_out(order: Order) -> None:
    """Reading it again may change nothing for ever: then the document is made by hand and named."""
    (reason,) = prepared(order).reasons
    assert f"kaufland sales-orders link {order.id_order} DOCUMENT_NUMBER" in str(reason.fix)


def test_all_reasons_are_named_at_once() -> None:
    """Nobody has to fix one to hear of the next."""
    order = card(
        unit(1, vat=None), billing_address=COMPANY, shipping_address=SLOVAK, is_marketplace_deemed_supplier=True
    )
    assert codes(order) == ["deemed_supplier", "vat_unknown", "company", "no_customer"]


def test_withheld_address_is_waited_for() -> None:
    """Kaufland withholds addresses at first."""
    assert "no_address" in codes(card(shipping_address=None, billing_address=None))


@pytest.mark.parametrize(
    "address",
    [
        {"country": "DE"},
        {**ADDRESS, "street": None, "first_name": "", "last_name": None},
        {**ADDRESS, "street": "***", "first_name": "***", "last_name": "***"},
        {**ADDRESS, "street": ".", "first_name": ".", "last_name": "."},
    ],
)
def test_address_that_says_nothing_is_withheld(address: dict[str, Any]) -> None:
    """It is waited for, like one that is not there."""
    assert codes(card(shipping_address=address)) == ["no_address"]


@pytest.mark.parametrize(
    "fields",
    [
        {"company_name": "."},
        {"company_name": "***"},
        {"company_name": "Marlene Kleinschmidt"},
        {"company_name": "KLEINSCHMIDT, Marlene"},
        {"company_name": "900145772", "street": "Packstation", "house_number": "145"},
        {"company_name": "DHL Packstation 145", "street": "Packstation", "house_number": "145"},
    ],
)
def test_text_that_is_no_company_holds_nothing(fields: dict[str, Any]) -> None:
    """A dot, stars, the buyer's own name, a post number; the invoice is addressed to the buyer."""
    document = prepared(card(billing_address={**ADDRESS, **fields})).document
    assert document is not None
    assert document.bill_to.name == "Marlene Kleinschmidt"


@pytest.mark.parametrize("company", ["Kleinschmidt", "Marlene Kleinschmidt e.K.", "4711"])
def test_company_holds(company: str) -> None:
    """Whatever is more, or less, than the buyer's own name."""
    assert codes(card(billing_address={**ADDRESS, "company_name": company})) == ["company"]


def test_post_number_as_company_of_an_order_to_a_station_is_none() -> None:
    """Where only the order names the station, it is left out of the invoice with a warning."""
    location = {"provider": "DHL", "pickup_location_id": "145", "carrier": "DHL", "dhl_post_number": "900145772"}
    billing = {**ADDRESS, "company_name": "900145772"}
    document = prepared(card(billing_address=billing, pickup_location=location)).document
    assert document is not None
    assert document.bill_to.name == "Marlene Kleinschmidt"
    assert any("900145772" in warning for warning in document.warnings)


def test_shipping_needs_a_number() -> None:
    """An order with shipping cost and no account for it is held; without shipping cost it is not."""
    none = {"shipping_number": lambda _storefront, _vat: ""}
    assert codes(card(unit(1, shipping_rate=100)), **none) == ["no_shipping_number"]
    assert codes(card(), **none) == []


@pytest.mark.parametrize(
    ("order", "fields"),
    [
        (card(billing_address=COMPANY), {"companies_allowed": True}),
        (card(unit(1, vat=0.0)), {"allow_zero_vat": lambda _storefront: True}),
        (card(unit(1, vat=None)), {"takes_targets_vat": lambda _storefront: True}),
        (card(departed_units=[{**GONE, "moved_to": "M2"}]), {}),
        (card(unit(1), unit(2, status="cancelled", vat=None, shipping_rate=None)), {}),
    ],
)
def test_order_allowed_by_the_settings_is_not_held(order: Order, fields: dict[str, Any]) -> None:
    """Companies and a VAT of 0 where the seller says so."""
    assert codes(order, **fields) == []


def test_customer_named_by_hand_counts_for_companies_and_countries() -> None:
    """Who names a customer has decided."""
    order = card(billing_address=COMPANY, shipping_address=SLOVAK)
    found = prepare(order, rules(), KETTLE, customer_by_hand="D77")
    assert found.document is not None
    assert found.document.customer_no == "D77"


def test_every_unmapped_unit_is_named_at_once() -> None:
    """SKU, EAN and what the target says of each."""
    nothing = AnyItem(None, "there is no such item")
    found = prepare(card(unit(1), unit(2, id_offer="TEA", ean=None), unit(3)), rules(), nothing)
    (reason,) = found.reasons
    assert reason.code == "unmapped_item"
    assert "SKU KESSEL-17, EAN 4006381333931: there is no such item and" in reason.text
    assert "SKU TEA, EAN none: there is no such item, and there is no EAN" in reason.text
    assert reason.text.count("KESSEL-17") == 1


def test_substitute_account_takes_units_without_an_item() -> None:
    """Only where one is named."""
    found = prepare(card(), rules(substitute_account="8999"), AnyItem(None, "no"))
    assert found.document is not None
    assert [(line.kind, line.number) for line in found.document.lines] == [("account", "8999")]


def test_cancelled_units_are_left_out() -> None:
    """Neither goods nor shipping of them."""
    document = prepared(card(unit(1), unit(2, status="cancelled", shipping_rate=900))).document
    assert document is not None
    assert document.total == 2999


@pytest.mark.parametrize(
    ("statuses", "due"),
    [
        (["need_to_be_sent"], True),
        (["sent", "cancelled"], True),
        (["received", "returned"], True),
        (["sent_and_autopaid"], True),
        (["open", "need_to_be_sent"], False),
        (["cancelled"], False),
        (["returned"], False),
    ],
)
def test_orders_that_become_sales_orders(statuses: list[str], due: bool) -> None:
    """Nothing open, and a unit to be shipped or shipped, also one marked as sent elsewhere."""
    assert qualifies(card(*[unit(n, status=status) for n, status in enumerate(statuses)])) is due
    assert not qualifies(card(fulfillment_type="fulfilled_by_kaufland"))
