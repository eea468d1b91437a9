"""Pushing into Business Central: each order once, with its number, and nothing that nobody asked for."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.simulator import example_address, faults
from kaufland_cli.store import sales_order_candidates
from support.push import Seller, seller


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Seller]:
    """Give a seller whose sales orders were switched on just now."""
    with seller(tmp_path) as opened:
        yield opened


def test_order_becomes_one_sales_order_and_stays_one(shop: Seller) -> None:
    """The number is stored; pushing again creates nothing, and asks nothing after one more look."""
    id_order = shop.arrive()
    shop.collect()
    assert shop.states() == {id_order: "pending"}
    result = shop.push()
    assert result is not None
    assert result.count("created") == 1
    assert (shop.states(), shop.created()) == ({id_order: "created"}, [id_order])
    assert shop.numbers() == {id_order: shop.fake.orders[0]["number"]}
    shop.push()
    asked = len(shop.fake.asked)
    shop.collect()
    again = shop.push()
    assert again is not None
    assert (again.pushed, len(shop.fake.asked)) == ([], asked)


def test_amounts_of_both_sides_are_kept(shop: Seller) -> None:
    """Total and VAT as sent and as answered."""
    id_order = shop.arrive([{"price": 2999, "shipping_rate": 490}, {"price": 2999}])
    shop.collect()
    shop.push()
    with shop.store() as store:
        record = store.sales_order_lists.one(id_order)
    assert record is not None
    assert (record.total_amount, record.target_total_amount) == (6488, 6488)
    assert (record.tax_amount, record.target_tax_amount) == (1036, 1036)


def test_switching_on_creates_nothing_old(tmp_path: Path) -> None:
    """Orders created before that moment stay without, however often they change."""
    with seller(tmp_path) as shop:
        before = shop.shop.clock.now() - timedelta(hours=1)
        old = shop.arrive([{}, {}], ts_created_iso=before)
        shop.collect()
        shop.change(old, 0, status="sent")
        new = shop.arrive()
        shop.collect()
        shop.push()
        assert shop.created() == [new]
        assert shop.states() == {new: "created"}


def test_switching_off_and_on_starts_again(shop: Seller) -> None:
    """What came while it was off is old when it is on again, for one storefront too."""
    shop.switched_off = ["at"]
    address = shop.shop.simulator.marketplace.order(shop.arrive()).units[0]["shipping_address"] | {"country": "AT"}
    skipped = shop.arrive(storefront="at", shipping_address=address)
    shop.collect()
    shop.shop.clock.advance(hours=1)
    shop.switched_off = []
    shop.rules = type(shop.rules)(
        **{name: getattr(shop.rules, name) for name in shop.rules.__slots__} | {"wanted": {"": None, "at": None}}
    )
    shop.collect()
    shop.shop.clock.advance(hours=1)
    later = shop.arrive(storefront="at", shipping_address=address)
    shop.collect()
    assert skipped not in shop.states()
    assert later in shop.states()


def test_open_orders_wait_until_they_are_decided(shop: Seller) -> None:
    """An order with an open unit is none yet; once it is to be sent it is."""
    id_order = shop.arrive([{"status": "open"}, {}])
    shop.collect()
    assert shop.states() == {}
    shop.change(id_order, 0, status="need_to_be_sent")
    shop.collect()
    shop.push()
    assert shop.created() == [id_order]


def test_order_is_read_again_before_it_is_created(shop: Seller) -> None:
    """What was cancelled since the import is not in the document, and a cancelled order gets none."""
    part, whole = shop.arrive([{}, {}]), shop.arrive()
    shop.collect()
    shop.change(part, 1, status="cancelled")
    shop.change(whole, 0, status="cancelled")
    result = shop.push()
    assert result is not None
    assert result.count("dropped") == 1
    (document,) = shop.fake.orders
    assert document["externalDocumentNumber"] == part
    assert [line["quantity"] for line in document["salesOrderLines"]] == [1]
    assert whole not in shop.states()


def test_held_orders_go_on_by_themselves_once_the_reason_is_gone(shop: Seller) -> None:
    """A new item in Business Central is enough; the reason stays to be read until then."""
    id_order = shop.arrive([{"id_offer": "NEU-1", "product": {"eans": [], "title": "Neu"}}])
    shop.collect()
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("held", ["unmapped_item"])
    assert not shop.fake.orders
    shop.fake.add_item("NEU-1")
    shop.target = shop.fake.open(shop.shop.clock)
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("created", [])


def test_new_currency_waits_for_a_person(shop: Seller) -> None:
    """The first order in CZK is held; confirmed, it and the others go."""
    czech: dict[str, Any] = {"storefront": "cz", "shipping_address": _address("CZ"), "billing_address": _address("CZ")}
    first, second = shop.arrive(**czech), shop.arrive(**czech)
    shop.collect()
    shop.push()
    assert shop.reasons(first) == ["currency"]
    shop.push(first, currency="CZK")
    assert shop.states()[first] == "created"
    assert shop.states()[second] == "held"


def test_another_vat_is_a_conflict_and_stops_the_storefront(shop: Seller) -> None:
    """Totals add up although the VAT is wrong, so the rate of each line is compared; other storefronts go on."""
    shop.fake.add_item("TEE-7", vat="standard")
    wrong = shop.arrive([{"id_offer": "TEE-7", "vat": 7}])
    shop.collect()
    shop.push()
    assert (shop.states()[wrong], shop.reasons(wrong)) == ("conflict", ["vat_differs"])
    assert shop.numbers()[wrong]
    stopped = shop.arrive()
    elsewhere = shop.arrive(storefront="at", shipping_address=_address("AT"), billing_address=_address("AT"))
    shop.collect()
    shop.push()
    assert shop.reasons(stopped) == ["storefront_stopped"]
    assert shop.states()[elsewhere] == "created"
    with shop.store() as store:
        row = store.sales_orders.row(wrong)
        assert row is not None
        assert row.snapshot is not None
        store.sales_orders.resolve(wrong, shop.shop.clock.now(), row.snapshot)
    shop.push()
    assert shop.states()[stopped] == "created"


def test_refused_order_waits_for_a_person(shop: Seller) -> None:
    """Its own words are kept, the others go on, and nothing is tried again by itself."""
    first, second = shop.arrive(), shop.arrive()
    shop.collect()
    shop.fake.fail("dialog", path="salesOrders", method="POST")
    result = shop.push()
    assert result is not None
    assert (shop.states()[first], shop.states()[second]) == ("error", "created")
    with shop.store() as store:
        record = store.sales_order_lists.one(first)
    assert record is not None
    assert "Salesperson code must have a value" in (record.text or "")
    assert f"kaufland sales-orders retry {first}" in str(record.fix)
    shop.push()
    assert shop.created() == [second]


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (faults.edited(lambda told: {"data": {**told["data"], "id_order": "M424242"}}), "held", "refused_by_kaufland"),
        (faults.edited(lambda told: {"data": {**told["data"], "order_units": None}}), "pending", "unavailable"),
        (faults.status(500), "pending", "unavailable"),
        (faults.not_json(), "pending", "unavailable"),
    ],
)
def test_order_that_kaufland_answers_wrongly_holds_up_no_other(
    shop: Seller, answer: faults.Fault, state: str, reason: str
) -> None:
    """The oldest comes first in every push: if it stopped them, none after it would ever be created."""
    first, second, third = shop.arrive(), shop.arrive(), shop.arrive()
    shop.collect()
    shop.shop.simulator.misbehave(answer, path=f"/orders/{first}", times=None)
    result = shop.push()
    assert result is not None
    assert result.stopped_by is None
    assert (shop.states()[first], shop.reasons(first)) == (state, [reason])
    assert shop.created() == [second, third]


def test_kaufland_out_of_reach_stops_the_push(shop: Seller) -> None:
    """It is not asked for each of a hundred orders; they all wait."""
    orders = [shop.arrive() for _ in range(4)]
    shop.collect()
    shop.shop.simulator.misbehave(faults.status(500), path="/orders/*", times=None)
    result = shop.push()
    assert result is not None
    assert result.stopped_by is not None
    assert set(shop.states().values()) == {"pending"}
    assert [shop.reasons(one) for one in orders] == [["unavailable"], ["unavailable"], [], []]


def test_out_of_reach_nothing_is_lost(shop: Seller) -> None:
    """The orders wait, with the reason, and the next push goes on."""
    first, second = shop.arrive(), shop.arrive()
    shop.collect()
    shop.fake.fail("503", times=50, path="salesOrders")
    result = shop.push()
    assert result is not None
    assert result.stopped_by is not None
    assert result.stopped_by.exit_code == 5
    assert shop.states() == {first: "pending", second: "pending"}
    assert shop.reasons(first) == ["unavailable"]
    shop.fake._failures.clear()
    shop.push()
    assert shop.created() == [first, second]


def test_document_of_another_customer_is_a_conflict_with_a_way_out(shop: Seller) -> None:
    """Somebody typed it by hand for another customer: nothing is created, and linking is offered."""
    id_order = shop.arrive()
    shop.collect()
    shop.fake.books.create({"customerNumber": "D-AT", "externalDocumentNumber": id_order})
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("conflict", ["other_customer"])
    assert len(shop.fake.orders) == 1
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
    assert row is not None
    assert f"kaufland sales-orders link {id_order} S-ORD101001" in str(row.reasons[0].fix)


@pytest.mark.parametrize("where", ["order", "posted", "shipped"])
def test_document_that_is_there_is_taken_over(shop: Seller, where: str) -> None:
    """As an order, a posted invoice or a shipment: the store was lost, say, or a person was faster."""
    id_order = shop.arrive()
    shop.collect()
    order = shop.fake.books.create({"customerNumber": "D-DE", "externalDocumentNumber": id_order})
    if where == "posted":
        shop.fake.books.post(order["number"])
    elif where == "shipped":
        shop.fake.books.ship(order["number"])
    created = shop.fake.books.created
    result = shop.push()
    assert result is not None
    assert shop.numbers()[id_order]
    assert shop.fake.books.created == created


def _address(country: str) -> dict[str, str | None]:
    address = {"first_name": "Eva", "last_name": "Horáková", "company_name": None, "street": "Dlouhá"}
    rest = {"house_number": "7", "postcode": "11000", "additional_field": None, "city": "Praha", "phone": None}
    return {**address, **rest, "country": country}


def test_codes_to_check_are_named_once(shop: Seller) -> None:
    """A country or currency that Kaufland writes in several ways is one code of Business Central."""
    for country, currency in (("at", "EUR"), ("AT", "eur"), (" at ", "EUR ")):
        shop.arrive([{"currency": currency}], shipping_address=example_address(country=country))
    shop.collect()
    with shop.store() as store:
        currencies, countries = store.sales_order_candidates.currencies_and_countries()
        destinations = store.sales_order_candidates.destinations()
    assert (currencies, sorted(countries)) == (["EUR"], ["AT", "DE"])
    assert destinations == [("de", "AT")]


def test_checks_look_at_the_newest_orders(shop: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large store, the codes to check are those of the newest orders; what nobody orders any more is not asked."""
    monkeypatch.setattr(sales_order_candidates, "CHECKED_ORDERS", 2)
    for age, (country, currency) in enumerate((("AT", "EUR"), ("CZ", "CZK"), ("PL", "PLN"))):
        address = example_address(country=country)
        shop.arrive(
            [{"currency": currency}],
            shipping_address=address,
            billing_address=address,
            ts_created_iso=shop.shop.clock.now() - timedelta(days=age),
        )
    shop.collect()
    with shop.store() as store:
        currencies, countries = store.sales_order_candidates.currencies_and_countries()
        destinations = store.sales_order_candidates.destinations()
    assert (currencies, countries) == (["CZK", "EUR"], ["AT", "CZ"])
    assert destinations == [("de", "AT"), ("de", "CZ")]
