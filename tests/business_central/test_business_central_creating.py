"""A sales order arrives in Business Central as it was sent, or what differs is fixed or said."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.business_central.documents import document, encoded
from kaufland_cli.domain.sales_order import SalesOrderLine, decimal_text
from kaufland_cli.domain.target_values import DocumentKind, LineTax, TargetDocument
from kaufland_cli.errors import TargetRefused
from kaufland_cli.sales_orders.business_central_target import BusinessCentral
from support.business_central_fake import Asked, BusinessCentralFake
from support.clocks import HeldClock
from support.sample_orders import BOOK, KETTLE, SHIPPING, sample_order

EXPECTED = [
    ("customerNumber", "D00010"),
    ("externalDocumentNumber", "MV7ABC1"),
    ("orderDate", "2026-11-23"),
    ("sellToAddressLine1", "Lindenweg 4"),
    ("sellToAddressLine2", "Hof"),
    ("sellToPostCode", "10115"),
    ("sellToCountry", "DE"),
    ("sellToCity", "Berlin"),
    ("sellToState", ""),
    ("shipToName", "Muster GmbH"),
    ("shipToContact", "Ben Beispiel"),
    ("shipToAddressLine1", "Packstation 145"),
    ("shipToAddressLine2", "1234567"),
    ("shipToPostCode", "01067"),
    ("shipToCountry", "DE"),
    ("shipToCity", "Dresden"),
    ("shipToState", ""),
    ("phoneNumber", "+49 30 1234"),
    ("email", ""),
    ("currencyCode", "EUR"),
    ("pricesIncludeTax", True),
]
EXPECTED_LINES = [
    [
        ("lineType", "Item"),
        ("lineObjectNumber", "KESSEL-17"),
        ("description", "Wasserkessel"),
        ("unitOfMeasureCode", "STK"),
        ("quantity", 2),
        ("unitPrice", Decimal("12.99")),
    ],
    [
        ("lineType", "Item"),
        ("lineObjectNumber", "BUCH-1"),
        ("unitOfMeasureCode", "STK"),
        ("quantity", 1),
        ("unitPrice", Decimal("15.05")),
    ],
    [
        ("lineType", "Account"),
        ("lineObjectNumber", "8400"),
        ("description", "Versand 19 %"),
        ("quantity", 1),
        ("unitPrice", Decimal("4.95")),
    ],
]


def another_city(fake: BusinessCentralFake) -> None:
    """Let the post code bring a city of its own, after the city that was sent."""
    fake.books.post_codes["01067"] = "Dresden-Altstadt"
    fake.books.field_order = "page"


@pytest.mark.parametrize(
    ("kind", "parts", "path"),
    [
        ("order", (), "salesOrders"),
        ("invoice", (), "salesInvoices"),
        ("invoice", ("p)/../customers(q",), "salesInvoices"),
    ],
)
@pytest.mark.parametrize("hostile", ["x)/../../customers(y", "x?$expand=z#", "../..", "x/y"])
def test_id_from_business_central_leads_to_no_other_address(
    fake: BusinessCentralFake,
    target: BusinessCentral,
    kind: DocumentKind,
    parts: tuple[str, ...],
    path: str,
    hostile: str,
) -> None:
    """It stands in brackets behind the name of its list, whatever is in it, and ends neither the path nor the query."""
    found = TargetDocument("1", hostile, kind, "D00010", parts=parts)
    target.complete(sample_order(), found, fix=False)
    asked = [one.url for one in fake.asked if "%" in one.url.partition("?")[0] or hostile in one.url]
    assert asked
    assert all(re.fullmatch(rf"/companies\([0-9a-f-]+\)/{path}\([\w%.-]+\)\?\$expand=\w+", one) for one in asked)


def test_document_is_sent_field_by_field_in_the_order_that_business_central_needs(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """The customer comes first, the lines last; empty fields are sent; nothing else is, no posting date above all."""
    target.create(sample_order())
    (asked,) = fake.asked_for("salesOrders", "POST")
    sent = json.loads(asked.body, parse_float=Decimal, object_pairs_hook=list)
    assert sent == [*EXPECTED, ("salesOrderLines", EXPECTED_LINES)]


def test_created_document_has_number_amounts_and_the_vat_of_each_line(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """Amounts come back to the cent, with the percent that Business Central chose."""
    created = target.create(sample_order())
    assert (created.number, created.kind, created.customer_no) == ("S-ORD101001", "order", "D00010")
    assert created.id == fake.orders[0]["id"]
    assert created.total == 2598 + 1505 + 495
    assert created.tax == 415 + 98 + 79
    assert created.lines == (
        LineTax("KESSEL-17", 2, 2598, 19.0, 415),
        LineTax("BUCH-1", 1, 1505, 7.0, 98),
        LineTax("8400", 1, 495, 19.0, 79),
    )
    assert (created.differences, created.fixed) == ((), ())


def test_customers_own_address_is_replaced_completely(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The customer's record brings an address, a phone and an e-mail with it, all of which are replaced."""
    fake.books.customers[0]["phoneNumber"] = "0800 1"
    target.create(sample_order())
    order = fake.orders[0]
    assert [order[name] for name, _ in EXPECTED] == [value for _, value in EXPECTED]
    assert fake.asked_for("salesOrders", "PATCH") == []


def test_codes_in_capitals_are_no_difference(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Business Central keeps post codes and country codes so, and without blanks around them."""
    ship_to = replace(sample_order().ship_to, post_code=" 1012 ab ", country="de")
    created = target.create(sample_order(ship_to=ship_to))
    assert fake.orders[0]["shipToPostCode"] == "1012 AB"
    assert (created.differences, created.fixed) == ((), ())


def test_another_customer_brings_another_vat(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The rate that is reported is that of Business Central, not the one that was expected."""
    fake.add_customer("D00043", regime="at")
    created = target.create(sample_order(customer_no="D00043"))
    assert [line.vat for line in created.lines] == [20.0, 10.0, 20.0]
    assert created.total == 4598


def test_foreign_currency_is_kept(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The code that was sent is the document's."""
    created = target.create(sample_order(currency="CZK"))
    assert fake.orders[0]["currencyCode"] == "CZK"
    assert created.differences == ()


def test_city_that_the_post_code_table_puts_in_is_set_right(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """One change with the version that was read, only of what differs."""
    another_city(fake)
    created = target.create(sample_order())
    (asked,) = fake.asked_for("salesOrders", "PATCH")
    assert json.loads(asked.body) == {"shipToCity": "Dresden"}
    assert asked.headers["if-match"].startswith('W/"')
    assert fake.orders[0]["shipToCity"] == "Dresden"
    assert created.differences == ()
    assert created.fixed == (
        "Business Central changed the ship to city to 'Dresden-Altstadt'; it was set back to 'Dresden'.",
    )


def test_city_that_cannot_be_set_right_is_reported(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """After one try the difference is a sentence."""
    another_city(fake)
    fake.books.stubborn = True
    created = target.create(sample_order())
    assert len(fake.asked_for("salesOrders", "PATCH")) == 1
    assert created.differences == ("The ship to city is 'Dresden-Altstadt' in Business Central, not 'Dresden'.",)
    assert created.fixed == ()


@pytest.mark.parametrize("kind", ["changed", "dialog", "500_before", "hang_up_before", "429"])
def test_change_that_fails_does_not_make_the_order_be_forgotten(
    fake: BusinessCentralFake, target: BusinessCentral, kind: str
) -> None:
    """The number comes back, the difference and why it is still there too; the change is sent once."""
    another_city(fake)
    fake.fail(kind, method="PATCH")
    created = target.create(sample_order())
    assert created.number == "S-ORD101001"
    assert created.differences[0].startswith("The ship to city is 'Dresden-Altstadt'")
    assert created.differences[1].startswith("What differs could not be fixed: ")
    assert len(fake.asked_for("salesOrders", "PATCH")) == 1


@pytest.mark.parametrize("kind", ["500_after", "hang_up_after"])
def test_change_that_was_made_without_an_answer_counts(
    fake: BusinessCentralFake, target: BusinessCentral, kind: str
) -> None:
    """What is read afterwards decides."""
    another_city(fake)
    fake.fail(kind, method="PATCH")
    created = target.create(sample_order())
    assert created.differences == ()
    assert len(created.fixed) == 1


def test_order_that_cannot_be_read_again_keeps_its_number(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """It exists, so no error: what could not be compared is a difference."""
    fake.fail("500_before", times=99, path="salesOrders(", method="GET")
    created = target.create(sample_order())
    assert created.number == "S-ORD101001"
    assert (created.total, created.seen) == (None, False)
    assert created.differences[0].startswith("It exists, but could not be read back and compared: ")


def test_fields_never_changed_later_are_reported(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Net prices, another currency, another quantity and a line that nobody sent are differences."""

    def meddle(asked: Asked) -> None:
        if asked.method == "POST":
            order = fake.books.orders[0]
            order |= {"pricesIncludeTax": False, "currencyCode": "PLN", "orderDate": "2026-11-24"}
            order["salesOrderLines"][0] |= {"quantity": 3.0, "unitPrice": 12.0}
            order["salesOrderLines"][1]["lineObjectNumber"] = "BUCH-2"

    fake.after = meddle
    assert target.create(sample_order()).differences == (
        "The order date is '2026-11-24' in Business Central, not '2026-11-23'.",
        "The currency code is 'PLN' in Business Central, not 'EUR'.",
        "Business Central took the gross prices for net prices: the document's prices do not include VAT.",
        "Line 1 has the quantity 3.0 in Business Central, not 2.",
        "Line 1 has the unit price 12.0 in Business Central, not 12.99.",
        "Line 2 is item 'BUCH-2' in Business Central, not item 'BUCH-1'.",
    )


def test_comment_that_an_extension_puts_in_is_no_line(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The lines that are reported are those that were sent, in their order; a missing one is a difference."""

    def meddle(asked: Asked) -> None:
        if asked.method == "POST":
            lines = fake.books.orders[0]["salesOrderLines"]
            lines.insert(0, {"lineType": "Comment", "sequence": 5000, "description": "Kaufland"})
            lines.reverse()

    fake.after = meddle
    created = target.create(sample_order())
    assert [line.number for line in created.lines] == ["KESSEL-17", "BUCH-1", "8400"]
    assert created.differences == ()


def test_variant_is_sent_by_its_id_which_is_asked_for_once(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The mapping names a code; the API takes an id."""
    variant = fake.add_variant("KESSEL-17", "ROT")
    line = SalesOrderLine("item", "KESSEL-17", "", 1, 1299, 19.0, variant="ROT")
    target.create(sample_order(lines=(line, line)))
    target.create(sample_order(external_no="MV7ABC2", lines=(line,)))
    assert fake.orders[0]["salesOrderLines"][0]["itemVariantId"] == variant
    assert len(fake.asked_for("itemVariants")) == 1


def test_order_with_an_unknown_variant_is_not_created(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Nothing is sent."""
    line = SalesOrderLine("item", "KESSEL-17", "", 1, 1299, 19.0, variant="GELB")
    with pytest.raises(TargetRefused, match="has no variant GELB"):
        target.create(sample_order(lines=(line,)))
    assert fake.asked_for("salesOrders", "POST") == []


def test_order_that_was_found_is_compared_and_fixed_like_a_new_one(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """A run that was killed between creating and comparing leaves nothing undone."""
    another_city(fake)
    fake.fail("hang_up_after", path="salesOrders", method="POST")
    order = sample_order()
    with pytest.raises(Exception, match="It is unclear whether it was written"):
        target.create(order)
    (found,) = target.find(order.external_no)
    completed = target.complete(order, found, fix=True)
    assert fake.orders[0]["shipToCity"] == "Dresden"
    assert len(completed.fixed) == 1
    assert completed.lines == found.lines


@given(st.integers(min_value=-(10**13), max_value=10**13))
def test_every_price_is_written_as_the_exact_decimal(minor: int) -> None:
    """No price is a cent off or gets digits that it does not have."""
    line = SalesOrderLine("item", "A", "", 1, minor, 19.0)
    body = encoded(document(sample_order(lines=(line,)), {}))
    price = json.loads(body, parse_float=Decimal)["salesOrderLines"][0]["unitPrice"]
    assert price == Decimal(decimal_text(minor))


def test_sample_is_what_the_expectations_were_written_for() -> None:
    """The basket has two rates of VAT and shipping."""
    assert sample_order().lines == (KETTLE, BOOK, SHIPPING)


UNIT_DIFFERS = "Line 1 has the unit of measure {} in Business Central, not 'STK'."


def test_two_kettles_stay_two_kettles(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """An item that is sold by the carton: the base unit is sent, for goods and for shipping that is an item."""
    fake.add_item("KARTON-1", sales_unit="KTN")
    fake.add_item("PORTO", sales_unit="KTN")
    lines = (replace(KETTLE, number="karton-1"), replace(SHIPPING, kind="item", number="PORTO"), SHIPPING)
    created = target.create(sample_order(lines=lines))
    assert [line["unitOfMeasureCode"] for line in fake.orders[0]["salesOrderLines"]] == ["STK", "STK", ""]
    (asked,) = fake.asked_for("salesOrders", "POST")
    assert ["unitOfMeasureCode" in line for line in json.loads(asked.body)["salesOrderLines"]] == [True, True, False]
    assert created.differences == ()


def test_unit_that_the_seller_names_is_booked(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """In place of the base unit, where the item has it; where not, the refusal says what to do."""
    fake.add_item("SET-1", units=["SET3"])
    created = target.create(sample_order(lines=(replace(KETTLE, number="SET-1", unit=" set3"),)))
    assert fake.orders[0]["salesOrderLines"][0]["unitOfMeasureCode"] == "SET3"
    assert created.differences == ()
    with pytest.raises(TargetRefused, match="Item Unit of Measure") as caught:
        target.create(sample_order(lines=(replace(KETTLE, unit="PAL"),)))
    assert "units of measure" in str(caught.value.hint)
    assert len(fake.orders) == 1


@pytest.mark.parametrize(
    ("answered", "differs"),
    [
        ("STK", False),
        ("stk", False),
        (" Stk ", False),
        ("KTN", True),
        ("", True),
        (None, True),
        ("ABSENT", True),
    ],
)
def test_different_unit_in_the_response_is_a_difference(
    fake: BusinessCentralFake, target: BusinessCentral, answered: str | None, *, differs: bool
) -> None:
    """Every amount agrees all the same; none at all, or null, is not the one that was sent."""

    def change(asked: Asked) -> None:
        if asked.method == "POST" and asked.path == "salesOrders":
            line = fake.books.orders[-1]["salesOrderLines"][0]
            line["unitOfMeasureCode"] = answered
            if answered == "ABSENT":
                del line["unitOfMeasureCode"]

    fake.after = change
    found = target.create(sample_order())
    told = UNIT_DIFFERS.format(repr("" if answered == "ABSENT" else answered or ""))
    assert found.differences == ((told,) if differs else ())
    assert found.total == 4598


def test_item_or_a_base_unit_that_is_not_there_is_reported_before_anything_is_created(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """Business Central would search for an item with a similar number or name."""
    fake.add_item("BARE", unit="")
    for number, words in (("KESSEL", "no item KESSEL"), ("BARE", "no base unit of measure")):
        with pytest.raises(TargetRefused, match=words) as caught:
            target.create(sample_order(lines=(replace(KETTLE, number=number),)))
        assert "kaufland sales-orders retry" in str(caught.value.hint)
    assert fake.asked_for("salesOrders", "POST") == []


def test_unit_that_cannot_be_compared_is_a_difference(
    fake: BusinessCentralFake, target: BusinessCentral, clock: HeldClock
) -> None:
    """The order was created, and its item has gone since: nobody can say that the unit is right."""
    created = target.create(sample_order())
    fake.books.items = [item for item in fake.books.items if item["number"] != "KESSEL-17"]
    found = fake.open(clock).complete(sample_order(), created, fix=False)
    assert found.seen
    assert [text for text in found.differences if "base unit" in text] == [
        "Line 1 has the unit of measure 'STK' in Business Central, and the base unit of item KESSEL-17 is unknown."
    ]
