"""What is in Business Central already is found, under whichever customer and in whichever form."""

import pytest

from business_central.sample_orders import sample_order
from business_central_fake import Asked, BusinessCentralFake
from kaufland_cli.business_central.target import BusinessCentral
from kaufland_cli.sales_orders.target import Item, ItemLookup


def ignore_the_filter(asked: Asked) -> None:
    """Make the server forget what it was asked for."""
    asked.query.pop("$filter", None)


def test_nothing_is_found_where_nothing_is(target: BusinessCentral) -> None:
    """No document, no hit."""
    target.create(sample_order(external_no="MV7ABC2"))
    assert target.find("MV7ABC1") == []


def test_an_order_is_found_under_any_customer_with_the_vat_of_its_lines(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """The look-up does not name the customer."""
    fake.add_customer("D00043", regime="at")
    created = target.create(sample_order(customer_no="D00043"))
    assert target.find("MV7ABC1") == [created]
    looked = [asked for asked in fake.asked_for("sales") if "$filter" in asked.query]
    assert [asked.path for asked in looked] == ["salesOrders", "salesInvoices", "salesShipments"]
    assert {asked.query["$filter"] for asked in looked} == {"externalDocumentNumber eq 'MV7ABC1'"}


def test_the_number_is_looked_for_as_business_central_keeps_it(target: BusinessCentral) -> None:
    """In capitals, without blanks around it."""
    target.create(sample_order(external_no="mv7abc1"))
    assert len(target.find(" mv7abc1 ")) == 1


@pytest.mark.parametrize("number", ["O'NEILL", "A' or number eq 'B", "100%&$top=0", "Ä/B"])
def test_any_number_is_looked_for_as_it_is(target: BusinessCentral, number: str) -> None:
    """Quotes and signs end neither the text nor the address."""
    target.create(sample_order(external_no="OTHER"))
    target.create(sample_order(external_no=number))
    assert [document.number for document in target.find(number)] == ["S-ORD101002"]


def test_a_posted_order_is_found_as_its_invoice(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Order gone, shipment and invoice there: one document, the invoice."""
    created = target.create(sample_order())
    fake.books.post(created.number)
    (found,) = target.find("MV7ABC1")
    assert (found.kind, found.number[:6], found.total, found.tax) == ("invoice", "PS-INV", 4598, created.tax)


def test_a_shipped_order_is_one_document(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Order and shipment are the same thing."""
    created = target.create(sample_order())
    fake.books.ship(created.number)
    assert [document.kind for document in target.find("MV7ABC1")] == ["order"]


def test_a_shipment_alone_is_found(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Somebody deleted the order after shipping: the goods left all the same."""
    created = target.create(sample_order())
    fake.books.ship(created.number)
    fake.books.orders.clear()
    (found,) = target.find("MV7ABC1")
    assert (found.kind, found.total) == ("shipment", None)


def test_two_documents_are_both_told_orders_first(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """A double is not hidden."""
    first = target.create(sample_order())
    fake.books.post(first.number)
    target.create(sample_order())
    assert [document.kind for document in target.find("MV7ABC1")] == ["order", "invoice"]


def test_an_order_that_is_posted_between_two_look_ups_is_found(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """It is an order when orders are asked for, or an invoice when invoices are."""
    created = target.create(sample_order())
    fake.before = lambda asked: fake.books.post(created.number) if asked.path == "salesOrders" else None
    assert [document.kind for document in target.find("MV7ABC1")] == ["invoice"]


def test_a_filter_that_is_ignored_finds_nothing_wrong(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Rows of other numbers do not count, on whichever page they come."""
    for number in range(5):
        target.create(sample_order(external_no=f"M{number}"))
    fake.page_size = 2
    fake.before = ignore_the_filter
    assert [document.number for document in target.find("M4")] == ["S-ORD101005"]


def test_a_next_page_elsewhere_is_not_asked_for(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The token goes to nobody else."""
    client = target._company.client
    target.find("X")
    for number in range(3):
        target.create(sample_order(external_no=f"M{number}"))
    fake.page_size = 1
    fake.before = ignore_the_filter
    client._url = client._url.replace("127.0.0.1", "localhost")
    with pytest.raises(Exception, match="lead elsewhere"):
        target.find("M2")


ITEMS = [
    ("KESSEL-17", "", ItemLookup(Item("KESSEL-17"))),
    ("kessel-17", "", ItemLookup(Item("KESSEL-17"))),
    ("KESSEL-17", "9783161484100", ItemLookup(Item("KESSEL-17"))),
    ("UNKNOWN", "4006381333931", ItemLookup(Item("KESSEL-17"))),
    ("", "4006381333931", ItemLookup(Item("KESSEL-17"))),
    ("OLD-1", "4006381333931", ItemLookup(None, "the item OLD-1 is blocked")),
    ("UNKNOWN", "2000000000001", ItemLookup(None, "there is no item UNKNOWN and 2 items have the EAN 2000000000001")),
    ("UNKNOWN", "7", ItemLookup(None, "there is no item UNKNOWN and no item has the EAN 7")),
    ("UNKNOWN", "", ItemLookup(None, "there is no item UNKNOWN")),
    ("", "", ItemLookup(None, "the piece has neither a SKU nor an EAN")),
    ("O'NEILL", "", ItemLookup(Item("O'NEILL"))),
    ("S" * 21, "", ItemLookup(None, f"there is no item {'S' * 21}")),
]


@pytest.mark.parametrize(("sku", "ean", "expected"), ITEMS)
def test_an_item_is_the_one_of_that_number_else_the_only_one_with_that_ean(
    fake: BusinessCentralFake, target: BusinessCentral, sku: str, ean: str, expected: ItemLookup
) -> None:
    """Never the first of several, never a blocked one."""
    fake.add_item("TWIN-1", gtin="2000000000001")
    fake.add_item("TWIN-2", gtin="2000000000001")
    fake.add_item("OLD-1", blocked=True)
    fake.add_item("O'NEILL")
    assert target.item(sku, ean) == expected


def test_an_item_is_asked_for_once(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Two hundred kettles are one question."""
    for _ in range(3):
        target.item("KESSEL-17", "")
    assert len(fake.asked_for("items")) == 1
