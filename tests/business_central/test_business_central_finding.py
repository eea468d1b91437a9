"""What is in Business Central already is found, under whichever customer and in whichever form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.business_central.filters import about
from kaufland_cli.domain.gtin import gtin14, gtins
from kaufland_cli.domain.target_values import Item, ItemLookup
from kaufland_cli.errors import TargetRefused
from kaufland_cli.sales_orders.business_central_target import BusinessCentral
from support.business_central_fake import Asked, BusinessCentralFake
from support.clocks import HeldClock
from support.sample_orders import sample_order


def ignore_the_filter(asked: Asked) -> None:
    """Make the server forget what it was asked for."""
    asked.query.pop("$filter", None)


def test_look_up_without_documents_finds_none(target: BusinessCentral) -> None:
    """No document, no hit."""
    target.create(sample_order(external_no="MV7ABC2"))
    assert target.find("MV7ABC1") == []


def test_order_is_found_under_any_customer_with_the_vat_of_its_lines(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """The look-up does not name the customer."""
    fake.add_customer("D00043", regime="at")
    created = target.create(sample_order(customer_no="D00043"))
    assert target.find("MV7ABC1") == [created]
    looked = [asked for asked in fake.asked_for("sales") if "$filter" in asked.query]
    assert [asked.path for asked in looked] == ["salesOrders", "salesInvoices", "salesShipments"]
    assert {asked.query["$filter"] for asked in looked} == {"externalDocumentNumber eq 'MV7ABC1'"}


def test_number_is_looked_for_as_business_central_keeps_it(target: BusinessCentral) -> None:
    """In capitals, without blanks around it."""
    target.create(sample_order(external_no="mv7abc1"))
    assert len(target.find(" mv7abc1 ")) == 1


@pytest.mark.parametrize("number", ["O'NEILL", "A' or number eq 'B", "100%&$top=0", "Ä/B"])
def test_any_number_is_looked_for_as_it_is(target: BusinessCentral, number: str) -> None:
    """Quotes and signs end neither the text nor the address."""
    target.create(sample_order(external_no="OTHER"))
    target.create(sample_order(external_no=number))
    assert [document.number for document in target.find(number)] == ["S-ORD101002"]


def test_posted_order_is_found_as_its_invoice(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Order gone, shipment and invoice there: one document, the invoice."""
    created = target.create(sample_order())
    fake.books.post(created.number)
    (found,) = target.find("MV7ABC1")
    assert (found.kind, found.number[:6], found.total, found.tax) == ("invoice", "PS-INV", 4598, created.tax)


def test_shipped_order_is_one_document(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Order and shipment are the same thing."""
    created = target.create(sample_order())
    fake.books.ship(created.number)
    assert [document.kind for document in target.find("MV7ABC1")] == ["order"]


def test_shipment_alone_is_found(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Somebody deleted the order after shipping: the goods left all the same."""
    created = target.create(sample_order())
    fake.books.ship(created.number)
    fake.books.orders.clear()
    (found,) = target.find("MV7ABC1")
    assert (found.kind, found.total) == ("shipment", None)


def test_two_documents_are_both_reported_orders_first(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """A double is not hidden."""
    first = target.create(sample_order())
    fake.books.post(first.number)
    target.create(sample_order())
    assert [document.kind for document in target.find("MV7ABC1")] == ["order", "invoice"]


def test_order_that_is_posted_between_two_look_ups_is_found(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """It is an order when orders are asked for, or an invoice when invoices are."""
    created = target.create(sample_order())
    fake.before = lambda asked: fake.books.post(created.number) if asked.path == "salesOrders" else None
    assert [document.kind for document in target.find("MV7ABC1")] == ["invoice"]


def test_filter_that_is_ignored_finds_nothing_wrong(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Rows of other numbers do not count, on whichever page they come."""
    for number in range(5):
        target.create(sample_order(external_no=f"M{number}"))
    fake.page_size = 2
    fake.before = ignore_the_filter
    assert [document.number for document in target.find("M4")] == ["S-ORD101005"]


def test_next_page_elsewhere_is_not_asked_for(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The token goes to nobody else."""
    client = target._company.client
    target.find("X")
    for number in range(3):
        target.create(sample_order(external_no=f"M{number}"))
    fake.page_size = 1
    fake.before = ignore_the_filter
    client._url = client._url.replace("127.0.0.1", "localhost")
    with pytest.raises(Exception, match="lead to another address"):
        target.find("M2")


ITEMS = [
    ("KESSEL-17", ItemLookup(Item("KESSEL-17"))),
    ("kessel-17", ItemLookup(Item("KESSEL-17"))),
    (" größe-1", ItemLookup(Item("GRÖßE-1"))),
    ("Gro\u0308ße-1", ItemLookup(Item("GRÖßE-1"))),
    ("OLD-1", ItemLookup(None, "the item OLD-1 is blocked")),
    ("UNKNOWN", ItemLookup(None, "there is no item UNKNOWN", known=False)),
    ("", ItemLookup(None, "there is no item ", known=False)),
    ("S" * 21, ItemLookup(None, f"there is no item {'S' * 21}", known=False)),
]


@pytest.mark.parametrize(("number", "expected"), ITEMS)
def test_item_is_the_one_of_that_number(
    fake: BusinessCentralFake, target: BusinessCentral, number: str, expected: ItemLookup
) -> None:
    """Compared as Business Central keeps numbers: ß stays ß, whatever capital others write; never a blocked one."""
    fake.add_item("OLD-1", blocked=True)
    fake.add_item("GRÖßE-1")
    fake.add_item("GRÖSSE-1")
    assert target.item(number) == expected


SIGNS = ["O'NEILL", "A*", "A|B", "A&B", "(A)", "A(2)", "*A", "?", "***", "A..B", "<A>", "@A", "%ME", "A=B", "=", "''"]


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("number", SIGNS)
def test_signs_with_a_meaning_in_filters_are_found_as_they_are(
    fake: BusinessCentralFake, target: BusinessCentral, number: str, *, masks: bool
) -> None:
    """Whether Business Central takes them literally or as a mask: the item of that number, and no other."""
    fake.masks = masks
    for other in ("A", "B", "AB", "A1", "ONEILL", "M", "E"):
        fake.add_item(other)
    known = f"there is no item {number}"
    assert target.item(number) == ItemLookup(None, known, known=False)
    fake.add_item(number)
    again = fake.open(HeldClock())
    assert again.item(number.lower()) == ItemLookup(Item(number))


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("number", SIGNS)
def test_signs_with_a_meaning_in_filters_find_documents_as_they_are(
    fake: BusinessCentralFake, target: BusinessCentral, number: str, *, masks: bool
) -> None:
    """An order under such a number is neither overlooked nor taken for another one."""
    fake.masks = masks
    for other in ("A", "B", "AB", "ONEILL"):
        target.create(sample_order(external_no=other))
    assert target.find(number) == []
    created = target.create(sample_order(external_no=number))
    assert [found.number for found in target.find(number)] == [created.number]


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("code", ["R*", "R|B", "(R)", "R&B", "'R'"])
def test_signs_with_a_meaning_in_filters_find_variants_as_they_are(
    fake: BusinessCentralFake, target: BusinessCentral, code: str, *, masks: bool
) -> None:
    """Never another variant, and never one of another item."""
    fake.masks = masks
    fake.add_item("A*")
    for item, other in (("A*", "R"), ("A*", "RB"), ("A*", "B"), ("AB", code)):
        fake.add_variant(item, other)
    with pytest.raises(TargetRefused, match="has no variant"):
        target._items.variant("A*", code)
    wanted = fake.add_variant("A*", code)
    assert target._items.variant("a*", code) == wanted


@given(st.text(min_size=1, max_size=20))
def test_no_filter_ever_holds_a_sign_that_may_mean_something_else(value: str) -> None:
    """Whatever comes from outside: what is asked for is a text of plain signs, or nothing."""
    condition = about("number", value)
    found = re.fullmatch(r"(?:number eq |(?:startswith|contains)\(number,)'([^*?|&()'<>=@%]*)'\)?", condition)
    assert condition == "" or (found is not None and ".." not in found[1])


EANS = ["4006381333931", "04006381333931", "194252013212", "0194252013212", "00194252013212", "96385074", "7"]


@pytest.mark.parametrize("typed", EANS)
def test_item_is_found_by_ean_however_either_side_writes_it(
    fake: BusinessCentralFake, target: BusinessCentral, typed: str
) -> None:
    """With or without zeros in front; another number is another item."""
    fake.books.items.clear()
    fake.add_item("FOUND", gtin=typed)
    for sold in EANS:
        found = target.item_by_gtin(gtins([sold]))
        assert (found.item == Item("FOUND")) is (gtin14(typed) == gtin14(sold)), sold
        assert found.known is (found.item is not None)
    assert len(fake.asked_for("items")) == len(set(gtins(EANS)))


def test_every_ean_of_a_product_is_tried_in_one_question(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The item may have any of them; two items that match are none."""
    fake.add_item("MIXER", gtin="5900000000000")
    assert target.item_by_gtin(gtins(["2000000000001", "2000000000002", "5900000000000"])).item == Item("MIXER")
    assert len(fake.asked_for("items")) == 1
    both = target.item_by_gtin(gtins(["5900000000000", "4006381333931"]))
    assert both == ItemLookup(None, "more than one item has its EAN: KESSEL-17, MIXER", ambiguous=True)
    many = [f"20000000001{number:02}" for number in range(25)]
    assert not target.item_by_gtin(gtins(many)).known
    assert target.item_by_gtin(gtins([*many, "5900000000000"])).item == Item("MIXER")


@pytest.mark.parametrize("ignored", [False, True])
def test_ean_of_a_blocked_item_or_of_two_items_is_nobodys(
    fake: BusinessCentralFake, target: BusinessCentral, *, ignored: bool
) -> None:
    """Never the first of several, never a blocked one, and never one that a lost filter brought along."""
    if ignored:
        fake.before = ignore_the_filter
    fake.add_item("TWIN-1", gtin="2000000000001")
    fake.add_item("TWIN-2", gtin="02000000000001")
    fake.add_item("OLD-1", gtin="2000000000002", blocked=True)
    assert target.item_by_gtin(["02000000000001"]).ambiguous
    assert target.item_by_gtin(["02000000000002"]) == ItemLookup(None, "the item OLD-1 is blocked")
    assert target.item_by_gtin(["02000000000003"]) == ItemLookup(None, "no item has its EAN", known=False)


def test_item_is_asked_for_once(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Two hundred kettles are one question, by number or by EAN."""
    for _ in range(3):
        target.item("KESSEL-17")
        target.item_by_gtin(["04006381333931"])
        target.item_by_gtin(["09783161484100"])
        target.item("BUCH-1")
    assert len(fake.asked_for("items")) == 3
