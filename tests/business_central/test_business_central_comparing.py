"""What Business Central made of an order is compared with what was sent, and what is unknown equals nothing."""

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

import pytest

from kaufland_cli.business_central.reading import together
from kaufland_cli.domain.sales_order import SalesOrderLine
from kaufland_cli.domain.target_values import TargetDocument
from kaufland_cli.sales_orders.business_central_target import BusinessCentral
from kaufland_cli.sales_orders.found import conflicts
from support.business_central_books import Row
from support.business_central_fake import Asked, BusinessCentralFake
from support.sample_orders import BOOK, KETTLE, SHIPPING, sample_order

DEPOSIT = SalesOrderLine("item", "PFAND", "", 1, 25, 19.0)


def codes(found: TargetDocument, **changes: Any) -> list[str]:
    """Return the codes of what stands against a document of the sample order."""
    return [reason.code for reason in conflicts(sample_order(**changes), found)]


def after_creating(fake: BusinessCentralFake, change: Callable[[Row], None]) -> None:
    """Change each order right after it was created."""

    def meddle(asked: Asked) -> None:
        if asked.method == "POST":
            change(fake.books.orders[-1])

    fake.after = meddle


@pytest.mark.parametrize(
    "lines", [(KETTLE, SHIPPING), (KETTLE, BOOK, SHIPPING, SHIPPING), (SHIPPING, SHIPPING), (KETTLE, DEPOSIT)]
)
def test_totals_missing_from_the_header_are_no_difference(
    fake: BusinessCentralFake, target: BusinessCentral, lines: tuple[SalesOrderLine, ...]
) -> None:
    """Accounts behind the last item, items without invoice discount: the lines are added up, also when it is found."""
    fake.add_item("PFAND", allow_invoice_disc=False)
    order = sample_order(lines=lines)
    created = target.create(order)
    assert fake.orders[0]["totalAmountIncludingTax"] * 100 < order.total - 1
    assert (created.total, created.tax) == (order.total, order.tax)
    assert conflicts(order, created) == []
    assert target.find(order.external_no) == [created]
    assert conflicts(order, target.complete(order, created, fix=False)) == []


def test_invoice_is_added_up_from_its_lines_too(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Whatever its header says, posted or a draft; and its lines are compared like those of an order."""
    order = sample_order()
    fake.books.post(target.create(order).number)
    fake.books.invoices[0] |= {"totalAmountIncludingTax": 25.98, "totalTaxAmount": 4.15}
    (found,) = target.find(order.external_no)
    assert (found.kind, found.total, found.tax) == ("invoice", order.total, order.tax)
    assert conflicts(order, target.complete(order, found, fix=True)) == []
    fake.books.invoices[0]["salesInvoiceLines"][1] |= {"lineObjectNumber": "BUCH-2", "quantity": 3.0}
    assert target.complete(order, found, fix=True).differences == (
        "Line 2 is item 'BUCH-2' in Business Central, not item 'BUCH-1'.",
        "Line 2 has the quantity 3.0 in Business Central, not 1.",
    )
    fake.books.invoices[0]["salesInvoiceLines"].pop()
    (found,) = target.find(order.external_no)
    assert codes(target.complete(order, found, fix=True)) == ["total_differs", "document_differs"]


@pytest.mark.parametrize(
    ("storefront", "rates", "named"),
    [
        ("de", (7.0,), ["kaufland config set storefronts.de.shipping_numbers.7 NUMBER"]),
        ("at", (19.0, 5.5), ["kaufland config set storefronts.at.shipping_numbers.5.5 NUMBER"]),
        ("de", (19.0,), []),
        ("", (7.0,), []),
    ],
)
def test_shipping_at_another_rate_names_the_setting_for_it(
    fake: BusinessCentralFake, target: BusinessCentral, storefront: str, rates: tuple[float, ...], named: list[str]
) -> None:
    """One account has one rate of VAT: for each other rate of a basket shipping needs a number of its own."""
    fake.add_item("TEE-7", vat="reduced")
    tea = SalesOrderLine("item", "TEE-7", "", 1, 500, 19.0)
    order = sample_order(storefront=storefront, lines=(tea, *(replace(SHIPPING, vat=rate) for rate in rates)))
    reason = conflicts(order, target.create(order))[0]
    assert reason.code == "vat_differs"
    assert re.findall(r"kaufland config set \S+ NUMBER", str(reason.fix)) == named


def posted_in_parts(fake: BusinessCentralFake, number: str) -> list[dict[str, Any]]:
    """Post an order: the first unit of each line with one invoice, what is left with another."""
    fake.books.post(number)
    whole = fake.books.invoices.pop()
    for part, name in ((0, "PS-INV1"), (1, "PS-INV2")):
        lines = copy.deepcopy(whole["salesInvoiceLines"])
        for line in lines:
            quantity = line["quantity"]
            line["quantity"] = quantity - 1 if part else 1.0
            share = Decimal(str(line["quantity"])) / Decimal(str(quantity))
            for amount in ("amountIncludingTax", "totalTaxAmount"):
                line[amount] = float(Decimal(str(line[amount])) * share)
        kept = [line for line in lines if line["quantity"]]
        made = {**whole, "id": f"{whole['id'][:-1]}{part}", "number": name, "salesInvoiceLines": kept}
        fake.books.invoices.append(made)
    return fake.books.invoices


def test_invoices_of_parts_are_one_document(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """An order that was shipped and invoiced in two goes is compared with both together, whatever differs in either."""
    order = sample_order()
    first, second = posted_in_parts(fake, target.create(order).number)
    (found,) = target.find(order.external_no)
    assert (found.kind, found.number, found.total, found.tax) == ("invoice", "PS-INV1", order.total, order.tax)
    assert conflicts(order, target.complete(order, found, fix=True)) == []
    second["salesInvoiceLines"][0]["discountPercent"] = 5.0
    assert codes(target.complete(order, found, fix=True)) == ["document_differs"]
    second["salesInvoiceLines"][0] |= {"discountPercent": 0.0, "unitOfMeasureCode": "KARTON"}
    assert "document_differs" in codes(target.complete(order, found, fix=True))
    second["salesInvoiceLines"][0]["unitOfMeasureCode"] = first["salesInvoiceLines"][0]["unitOfMeasureCode"]
    second["customerNumber"] = "D00043"
    assert codes(target.complete(order, found, fix=True)) == ["document_differs"]


@pytest.mark.parametrize(
    ("name", "one", "other", "lines"),
    [
        ("lineObjectNumber", "GRÖßE-1", "GRÖSSE-1", 2),
        ("unitOfMeasureCode", "GROß", "GROSS", 2),
        ("lineObjectNumber", "\u0131-1", "I-1", 2),
        ("lineObjectNumber", "GRO\u0308ßE-1", "Größe-1 ", 1),
        ("unitOfMeasureCode", "stk", "STK", 1),
    ],
)
def test_parts_are_of_one_line_where_their_codes_are_the_same(name: str, one: str, other: str, lines: int) -> None:
    """As Business Central keeps codes: ß is no SS, and an umlaut is one however it is composed."""
    line = {"lineType": "Item", "lineObjectNumber": "KESSEL-17", "unitOfMeasureCode": "STK", "sequence": 10000}
    parts = [{"salesInvoiceLines": [{**line, "quantity": 1, name: code}]} for code in (one, other)]
    assert len(together(parts)["salesInvoiceLines"]) == lines


def test_part_that_is_not_invoiced_is_missed(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The order was closed with some of it never invoiced: that is for a person."""
    order = sample_order()
    posted_in_parts(fake, target.create(order).number).pop()
    (found,) = target.find(order.external_no)
    assert codes(target.complete(order, found, fix=True)) == ["total_differs", "document_differs", "document_differs"]


def test_invoices_of_two_orders_are_two_documents(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Only parts of the same order are put together; invoices that name no order are one each."""
    order = sample_order()
    first, second = posted_in_parts(fake, target.create(order).number)
    for other in ("S-ORD777777", ""):
        second["orderNumber"] = other
        assert [one.number for one in target.find(order.external_no)] == ["PS-INV1", "PS-INV2"]
    first["orderNumber"] = ""
    assert [one.number for one in target.find(order.external_no)][:2] == ["PS-INV1", "PS-INV2"]


def test_shipment_alone_comes_to_an_unknown_amount(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Its lines have no amounts, so nobody can say that it is right: a conflict."""
    order = sample_order()
    fake.books.ship(target.create(order).number)
    fake.books.orders.clear()
    (found,) = target.find(order.external_no)
    (reason,) = conflicts(order, target.complete(order, found, fix=True))
    assert reason.code == "total_unknown"
    assert "The total of shipment S-SHPT102001 could not be read" in reason.text
    assert "45.98 EUR" in reason.text


@pytest.mark.parametrize("amount", [24.995, None, "n/a", True, 1e300, "NaN"])
def test_amount_that_cannot_be_compared_is_not_equal(
    fake: BusinessCentralFake, target: BusinessCentral, amount: object
) -> None:
    """Half a cent, nothing, no number: never the same as what was sent, and the line is named."""
    after_creating(fake, lambda order: order["salesOrderLines"][0].update(amountIncludingTax=amount))
    created = target.create(sample_order())
    assert created.total is None
    assert codes(created) == ["total_unknown", "document_differs"]
    assert created.differences[0].startswith("Line 1 has the amount ")


@pytest.mark.parametrize("vat", [None, "n/a", True])
def test_vat_that_cannot_be_read_is_not_equal(fake: BusinessCentralFake, target: BusinessCentral, vat: object) -> None:
    """It stops the storefront like a wrong one."""
    after_creating(fake, lambda order: order["salesOrderLines"][1].update(taxPercent=vat))
    created = target.create(sample_order())
    (reason,) = conflicts(sample_order(), created)
    assert (reason.code, "line 2 (BUCH-1) has a VAT that could not be read, Kaufland 7 %" in reason.text) == (
        "vat_differs",
        True,
    )


@pytest.mark.parametrize(
    ("tax", "code"), [(4.17, []), (4.19, ["vat_differs"]), (0, ["vat_differs"]), (None, ["vat_differs"])]
)
def test_amount_of_vat_is_compared_up_to_what_rounding_may_do(
    fake: BusinessCentralFake, target: BusinessCentral, tax: float | None, code: list[str]
) -> None:
    """A cent a line may be rounding. More, with the right percent, is a discount on the base of the VAT."""
    after_creating(fake, lambda order: order["salesOrderLines"][0].update(totalTaxAmount=tax))
    assert codes(target.create(sample_order())) == code


def test_amounts_that_make_up_for_each_other_are_reported(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The total agrees, and two lines do not."""

    def swap(order: Row) -> None:
        first, second = order["salesOrderLines"][:2]
        first["amountIncludingTax"], second["amountIncludingTax"] = 25.0, 16.03

    after_creating(fake, swap)
    created = target.create(sample_order())
    assert created.total == sample_order().total
    assert [text[:22] for text in created.differences] == ["Line 1 has the amount ", "Line 2 has the amount "]


UNSENT: list[tuple[str, int | None, str, object]] = [
    ("an invoice discount", None, "discountAmount", 1.5),
    ("its part of it", 0, "invoiceDiscountAllocation", 1.5),
    ("a price list's discount", 1, "discountPercent", 10.0),
    ("an amount off", 2, "discountAmount", 0.01),
    ("another kind of line", 2, "lineType", "Item"),
    ("a charge", 2, "lineType", "Charge"),
    ("another number", 2, "lineObjectNumber", "8401"),
    ("a variant", 0, "itemVariantId", "7d9c1d4e-0000-0000-0000-000000000001"),
    ("another customer", None, "customerNumber", "D00011"),
]


@pytest.mark.parametrize(("what", "line", "name", "value"), UNSENT, ids=[one[0] for one in UNSENT])
def test_values_that_business_central_fills_in_are_compared(
    fake: BusinessCentralFake, target: BusinessCentral, what: str, line: int | None, name: str, value: object
) -> None:
    """What it takes off, and what it sells in place of what was sent."""

    def change(order: Row) -> None:
        (order if line is None else order["salesOrderLines"][line]).update({name: value})

    after_creating(fake, change)
    created = target.create(sample_order())
    assert len(created.differences) == 1, what
    assert "document_differs" in codes(created)


def test_variant_that_was_sent_is_compared(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The same one, however its id is written; without one it is another thing."""
    fake.add_variant("KESSEL-17", "ROT")
    order = sample_order(lines=(replace(KETTLE, variant="ROT"),))
    assert target.create(order).differences == ()
    after_creating(fake, lambda made: made["salesOrderLines"][0].update(itemVariantId=""))
    assert target.create(order).differences == ("Line 1 has another variant in Business Central, not ROT.",)


def test_variant_that_is_not_known_any_more_is_no_match(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Neither the one that was sent nor none."""
    fake.add_variant("KESSEL-17", "ROT")
    order = sample_order(lines=(replace(KETTLE, variant="ROT"),))
    found = target.create(order)
    fake.books.variants.clear()
    for variant in (fake.orders[0]["salesOrderLines"][0]["itemVariantId"], "", None):
        fake.books.orders[0]["salesOrderLines"][0]["itemVariantId"] = variant
        completed = fake.open(target._clock).complete(order, found, fix=False)
        assert completed.differences == ("Line 1 has another variant in Business Central, not ROT.",)


def test_line_that_somebody_added_counts(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Of whatever type: only comments are left out."""
    extra = {"lineType": "Charge", "lineObjectNumber": "MAUT", "sequence": 90000, "amountIncludingTax": 3.0}
    after_creating(fake, lambda order: order["salesOrderLines"].append(extra | {"totalTaxAmount": 0, "taxPercent": 0}))
    created = target.create(sample_order())
    assert codes(created) == ["total_differs", "document_differs"]
    assert created.differences == ("There are 4 lines in Business Central, not 3.",)


@pytest.mark.parametrize("fault", ["blocked", "heading"])
def test_account_taken_instead_of_the_one_sent_is_reported(
    fake: BusinessCentralFake, target: BusinessCentral, fault: str
) -> None:
    """Business Central searches for something like it; the number in the answer is compared."""
    fake.books.accounts.clear()
    fake.add_account("8400", blocked=fault == "blocked", account_type="Heading" if fault == "heading" else "Posting")
    fake.add_account("84001")
    assert target.create(sample_order()).differences == (
        "Line 3 is account '84001' in Business Central, not account '8400'.",
    )


@pytest.mark.parametrize("order", ["json", "page"])
def test_whichever_way_properties_are_taken_the_address_is_the_one_that_was_sent(
    fake: BusinessCentralFake, target: BusinessCentral, order: Literal["json", "page"]
) -> None:
    """A post code that brings a city, a country that clears the state, empty texts: all of it is set right."""
    fake.books.field_order = order
    fake.books.post_codes |= {"6020": "Innsbruck-Land", "10115": "Berlin-Mitte"}
    sample = sample_order()
    ship_to = replace(sample.ship_to, contact="", post_code="6020", city="Innsbruck", state="Tirol", country="AT")
    created = target.create(replace(sample, ship_to=ship_to))
    assert created.differences == ()
    (made,) = fake.orders
    names = ("shipToContact", "shipToPostCode", "shipToCity", "shipToState", "shipToCountry", "sellToCity")
    assert [made[name] for name in names] == ["", "6020", "Innsbruck", "Tirol", "AT", "Berlin"]
