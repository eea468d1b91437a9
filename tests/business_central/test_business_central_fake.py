"""The fake of Business Central does what Microsoft's source does, also where that surprises."""

from typing import Any, Literal

import pytest

from support.business_central_books import Refused, Row, totals_of
from support.business_central_fake import BusinessCentralFake

HEAD = {"customerNumber": "D00010", "externalDocumentNumber": "MV7ABC1", "pricesIncludeTax": True}


def item_line(number: str, **more: object) -> Row:
    """Return a line of one item for 10.00."""
    return {"lineType": "Item", "lineObjectNumber": number, **more, "quantity": 1, "unitPrice": 10}


def account_line(number: str = "8400", **more: object) -> Row:
    """Return a line of an account for 5."""
    return {"lineType": "Account", "lineObjectNumber": number, **more, "quantity": 1, "unitPrice": 5}


@pytest.mark.parametrize(
    ("unit", "sales_unit", "sent", "kept"),
    [
        ("STK", "", {}, "STK"),
        ("STK", "KARTON", {}, "KARTON"),
        ("STK", "KARTON", {"unitOfMeasureCode": "STK"}, "STK"),
        ("STK", "KARTON", {"unitOfMeasureCode": "set"}, "SET"),
    ],
)
def test_new_line_gets_the_sales_unit_unless_one_is_sent(
    fake: BusinessCentralFake, unit: str, sales_unit: str, sent: Row, kept: str
) -> None:
    """SalesLine.Table.al 4849: the item's sales unit where it has one, else its base unit."""
    fake.add_item("TASSE", unit=unit, sales_unit=sales_unit, units=["SET"])
    order = fake.books.create({**HEAD, "salesOrderLines": [item_line("TASSE", **sent)]})
    assert order["salesOrderLines"][0]["unitOfMeasureCode"] == kept


@pytest.mark.parametrize(
    "line", [item_line("KESSEL-17", unitOfMeasureCode="PALETTE"), account_line(unitOfMeasureCode="STK")]
)
def test_unit_that_does_not_belong_there_is_refused(fake: BusinessCentralFake, line: Row) -> None:
    """One that the item does not have, and any for an account."""
    with pytest.raises(Refused, match="Unit of Measure"):
        fake.books.create({**HEAD, "salesOrderLines": [line]})


ITEM, ACCOUNT, NO_DISCOUNT = item_line("KESSEL-17"), account_line(), item_line("PFAND")


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ([ITEM, ACCOUNT], 10.0),
        ([ITEM, ACCOUNT, ITEM], 25.0),
        ([ACCOUNT, ITEM], 15.0),
        ([ACCOUNT], 0.0),
        ([ITEM, NO_DISCOUNT], 10.0),
        ([NO_DISCOUNT, ITEM, ACCOUNT, ACCOUNT], 20.0),
    ],
)
def test_headers_totals_leave_out_lines_after_the_last_item_line(
    fake: BusinessCentralFake, lines: list[Row], total: float
) -> None:
    """GraphMgtSalesOrderBuffer 366: only a line that allows an invoice discount refreshes them; a read does not."""
    fake.add_item("PFAND", allow_invoice_disc=False)
    order = fake.books.create({**HEAD, "salesOrderLines": lines})
    fake.books.change(order, {"shipToCity": "Leipzig"})
    assert order["totalAmountIncludingTax"] == total
    assert totals_of(order["salesOrderLines"])["totalAmountIncludingTax"] == sum(line["unitPrice"] for line in lines)


def test_name_2_and_the_phone_of_the_customers_card_stay_in_the_ship_to_address(fake: BusinessCentralFake) -> None:
    """The API offers neither; the phone follows the order's only while everything else is the customer's own."""
    fake.add_customer("D2", phone="0800 1", name2="Abteilung Kaufland")
    elsewhere = fake.books.create({"customerNumber": "D2", "shipToContact": "Ada Beispiel", "phoneNumber": "030 5"})
    assert (elsewhere["phoneNumber"], elsewhere["shipToPhone"]) == ("030 5", "0800 1")
    assert elsewhere["shipToName2"] == "Abteilung Kaufland"
    unchanged = fake.books.create({"customerNumber": "D2", "phoneNumber": "030 5"})
    assert unchanged["shipToPhone"] == "030 5"
    one_address = fake.books.create({"customerNumber": "D2", "sellToCity": "Leipzig", "phoneNumber": "030 5"})
    assert (one_address["shipToCity"], one_address["shipToPhone"]) == ("Leipzig", "030 5")


@pytest.mark.parametrize("order", ["json", "page"])
def test_properties_are_taken_in_one_of_two_orders(fake: BusinessCentralFake, order: Literal["json", "page"]) -> None:
    """As they were sent, or as the page has them, where a post code comes after its city: which is not known."""
    fake.books.post_codes["01067"] = "Dresden-Altstadt"
    fake.books.field_order = order
    made = fake.books.create({**HEAD, "shipToPostCode": "01067", "shipToCity": "Dresden"})
    assert made["shipToCity"] == {"json": "Dresden", "page": "Dresden-Altstadt"}[order]


def test_equal_value_is_not_taken_again(fake: BusinessCentralFake) -> None:
    """TypeHelper 886: a post code that is there already brings no city, the customer's country no empty state."""
    fake.books.post_codes["99999"] = "Anderswo"
    made = fake.books.create({**HEAD, "shipToCity": "Leipzig", "shipToPostCode": "99999", "shipToCountry": "DE"})
    assert (made["shipToCity"], made["shipToState"]) == ("Leipzig", "Land")
    abroad = fake.books.create({**HEAD, "shipToState": "Tirol", "shipToCountry": "AT"})
    assert abroad["shipToState"] == ""
    fake.books.counties = frozenset({"AT"})
    assert fake.books.create({**HEAD, "shipToState": "Tirol", "shipToCountry": "AT"})["shipToState"] == "Tirol"


def test_empty_name_and_contact_are_not_taken_on_create(fake: BusinessCentralFake) -> None:
    """They are compared with the record that was there, which is empty; a change takes them. Other texts are taken."""
    made = fake.books.create({**HEAD, "shipToName": "", "shipToContact": "", "shipToAddressLine2": ""})
    assert (made["shipToName"], made["shipToContact"], made["shipToAddressLine2"]) == ("Kaufland DE", "Frau Sammel", "")
    fake.books.change(made, {"shipToName": "", "shipToContact": ""})
    assert (made["shipToName"], made["shipToContact"]) == ("", "")


@pytest.mark.parametrize("fault", [{"blocked": True}, {"direct_posting": False}, {"account_type": "Heading"}])
def test_account_that_cannot_be_used_is_replaced_by_one_that_is_like_it(
    fake: BusinessCentralFake, fault: dict[str, Any]
) -> None:
    """FindRecordManagement searches for the number as a mask, then as the beginning of a name, and takes what fits."""
    fake.add_account("48", **fault)
    with pytest.raises(Refused):
        fake.books.create({**HEAD, "salesOrderLines": [account_line("48")]})
    fake.add_account("7000", name="48 hours delivery")
    made = fake.books.create({**HEAD, "salesOrderLines": [account_line("48")]})
    assert made["salesOrderLines"][0]["lineObjectNumber"] == "7000"
    fake.add_account("4800")
    made = fake.books.create({**HEAD, "salesOrderLines": [account_line("48")]})
    assert made["salesOrderLines"][0]["lineObjectNumber"] == "4800"


@pytest.mark.parametrize("number", ["MISSING", "840"])
def test_number_that_is_not_there_is_refused(fake: BusinessCentralFake, number: str) -> None:
    """The page looks for it before anything else does."""
    for line in (item_line(number), account_line(number)):
        with pytest.raises(Refused, match="does not exist"):
            fake.books.create({**HEAD, "salesOrderLines": [line]})


def test_currency_without_a_rate_fails_with_the_first_line(fake: BusinessCentralFake) -> None:
    """The header only mentions it."""
    fake.add_currency("HUF", rate_since=None)
    fake.books.create({**HEAD, "currencyCode": "HUF"})
    with pytest.raises(Refused, match="Currency Factor must have a value"):
        fake.books.create({**HEAD, "currencyCode": "HUF", "salesOrderLines": [ITEM]})


@pytest.mark.parametrize(
    "head", [{"email": "ada"}, {"email": "a@b@c"}, {"email": "a b@c.de"}, {"phoneNumber": "030 12 app"}]
)
def test_malformed_mail_address_and_letters_in_a_phone_number_are_refused(
    fake: BusinessCentralFake, head: dict[str, str]
) -> None:
    """SalesHeader 2802 and 2822."""
    with pytest.raises(Refused):
        fake.books.create({**HEAD, **head})


def test_fields_hidden_by_the_api_refuse_too(fake: BusinessCentralFake) -> None:
    """An item whose sale is blocked, a customer whose data is blocked."""
    fake.add_item("GESPERRT", sales_blocked=True)
    with pytest.raises(Refused, match="Sales Blocked"):
        fake.books.create({**HEAD, "salesOrderLines": [item_line("GESPERRT")]})
    fake.add_customer("D3", privacy_blocked=True)
    with pytest.raises(Refused, match="blocked for privacy"):
        fake.books.create({"customerNumber": "D3"})
