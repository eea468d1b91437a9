"""Situations in which a sales order is held, refused, in doubt or in conflict, one or more for each code of a reason.

Each brings an order into it as it comes about, by commands and by what marketplace and Business Central do, and knows
what a person does outside of this program before typing what the reason says.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kaufland_cli.business_central.bc_errors import _FIX, _FIXES
from kaufland_cli.simulator import example_address, faults, make_order
from support.bookkeeper import Bookkeeper, begin
from support.business_central_books import Row

Outside = Callable[[Bookkeeper, str], Any]
"""What a person does outside of the program; the number of a document made by hand, where it is that."""


@dataclass(frozen=True)
class Situation:
    """An order that has a reason of this code."""

    code: str
    arrange: Callable[[Bookkeeper], str]
    """Returns the order."""
    outside: Mapping[str, Outside] = field(default_factory=dict)
    """By a word of the alternative in the hint that it belongs to."""
    about: str = ""
    """What sets it apart from others of the code."""
    only_shown: bool = False
    """Whether nothing but `push --dry-run` shows it."""
    whole: bool = False
    """Whether the hint is one way, and not several."""
    error: str = ""
    """The error of `business_central` behind it, as `bc_errors` makes its message."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What is filled in for placeholders."""

    def __str__(self) -> str:
        """Name it."""
        return f"{self.code} {self.about}".strip()


SITUATIONS: list[Situation] = []


def situation(code: str, **named: Any) -> Callable[[Callable[[Bookkeeper], str]], Callable[[Bookkeeper], str]]:
    """Take the function as the arrangement of a situation."""

    def taken(arrange: Callable[[Bookkeeper], str]) -> Callable[[Bookkeeper], str]:
        SITUATIONS.append(Situation(code, arrange, **named))
        return arrange

    return taken


# --- what marketplace, bookkeeper and Business Central do -------------------------------------------------------------


def imported(books: Bookkeeper) -> None:
    """Import what is new, and push."""
    books.machine.clock.advance(minutes=1)
    books.machine.run("import-orders")


def arrived(books: Bookkeeper, *units: dict[str, Any], id_order: str = "", **fields: Any) -> str:
    """Let an order arrive, be imported and pushed."""
    books.machine.clock.advance(minutes=1)
    id_order = books.arrive(*units, id_order=id_order, **fields)
    imported(books)
    return id_order


@contextmanager
def switched_off(books: Bookkeeper) -> Iterator[None]:
    """Let imports push nothing; orders go by name."""
    variable = "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS"
    books.machine.more[variable] = "false"
    yield
    books.machine.more[variable] = "true"


def by_name(books: Bookkeeper, *units: dict[str, Any], **fields: Any) -> str:
    """Let an order arrive and be imported; nothing pushes it."""
    with switched_off(books):
        return arrived(books, *units, **fields)


def pushed(books: Bookkeeper, id_order: str) -> str:
    """Push an order by name."""
    books.machine.run("sales-orders", "push", id_order)
    return id_order


def typed(books: Bookkeeper, id_order: str, customer: str = "D00010", price: str = "29.99") -> Row:
    """Let somebody type a document for one kettle."""
    line = {"lineType": "Item", "lineObjectNumber": "KESSEL-17", "quantity": 1, "unitPrice": Decimal(price)}
    head = {"customerNumber": customer, "externalDocumentNumber": id_order, "pricesIncludeTax": True}
    return books.fake.books.create({**head, "salesOrderLines": [line]})


def by_hand(books: Bookkeeper, id_order: str) -> str:
    """Create the document by hand."""
    return str(typed(books, id_order)["number"])


def nothing(_books: Bookkeeper, _id_order: str) -> None:
    """Find that there is nothing to do."""


def begins_the_others(_books: Bookkeeper, _id_order: str) -> None:
    """Stand where a part of the hint is no way by itself, but the beginning of the others."""


def works_again(books: Bookkeeper, _id_order: str) -> None:
    """Wait until the others answer again."""
    books.fake.forget_failures()
    books.simulator.behave()


def told(**fields: Any) -> Outside:
    """Let Kaufland tell more of the order."""
    return lambda books, id_order: books.simulator.marketplace.change_order(id_order, **fields)


def changed(position: int, **fields: Any) -> Outside:
    """Let Kaufland change a unit."""

    def change(books: Bookkeeper, id_order: str) -> None:
        market = books.simulator.marketplace
        market.change_unit(market.order(id_order).units[position]["id_order_unit"], **fields)

    return change


def deleted(position: int) -> Outside:
    """Delete one of the documents of the order."""

    def delete(books: Bookkeeper, id_order: str) -> None:
        own = [one for one in books.fake.books.orders if one["externalDocumentNumber"] == id_order]
        books.fake.books.orders.remove(own[position])

    return delete


def moved(books: Bookkeeper, id_order: str, to: str = "M777777", count: int = 1) -> None:
    """Let units belong to another order from now on."""
    market = books.simulator.marketplace
    for unit in market.order(id_order).units[:count]:
        books.machine.clock.advance(minutes=1)
        market.move_unit(unit["id_order_unit"], to)
    imported(books)


def mapped(text: str) -> Outside:
    """Write the mapping file."""

    def write(books: Bookkeeper, _id_order: str) -> None:
        file = books.machine.folder / "items.csv"
        file.write_text(text, encoding="utf-8")
        books.machine.more["KAUFLAND_SALES_ORDERS_ITEM_MAPPING_FILE"] = str(file)

    return write


def later(books: Bookkeeper, _id_order: str) -> None:
    """Wait until the first request cannot come to anything any more."""
    books.fake.forget_failures()
    books.machine.clock.advance(minutes=31)


def anew(**fields: Any) -> dict[str, Outside]:
    """Return what is done where an order is fetched again, or its document made by hand."""
    return {"refresh": told(**fields), "link": by_hand}


# --- held -------------------------------------------------------------------------------------------------------------


@situation("vat", about="storefront de")
def zero_vat(books: Bookkeeper) -> str:
    """Let an offer have 0 %."""
    begin(books)
    return arrived(books, vat=0)


@situation("vat", about="storefront at")
def zero_vat_elsewhere(books: Bookkeeper) -> str:
    """Let an offer of another storefront have 0 %."""
    begin(books)
    return arrived(books, vat=0, storefront="at")


@situation("vat_unknown", outside={"refresh": told(vat=19), "use_target": nothing})
def unknown_vat(books: Bookkeeper) -> str:
    """Let Kaufland name no VAT."""
    begin(books)
    return arrived(books, vat=None)


@situation("no_customer", about="Slovakia")
def no_customer(books: Bookkeeper) -> str:
    """Let goods go to a country without a customer."""
    begin(books)
    return arrived(books, shipping_address=example_address(country="SK"))


@situation("no_customer", about="USA")
def no_country(books: Bookkeeper) -> str:
    """Let goods go to what is no country."""
    begin(books)
    return arrived(books, shipping_address=example_address(country="USA"))


@situation("company")
def company(books: Bookkeeper) -> str:
    """Let a company buy."""
    begin(books)
    return arrived(books, billing_address=example_address(company_name="Nordkessel GmbH"))


@situation("erased", outside={"link": by_hand})
def erased(books: Bookkeeper) -> str:
    """Erase the buyer of an order that is held."""
    begin(books)
    id_order = arrived(books, vat=0)
    books.machine.good("orders", "erase", id_order, "--yes")
    return pushed(books, id_order)


@situation("environment")
def playground(books: Bookkeeper) -> str:
    """Let orders of the playground wait for a company that has no sandbox."""
    begin(books)
    id_order = by_name(books)
    del books.machine.more["KAUFLAND_SALES_ORDERS_TARGET"]
    books.machine.good("config", "set", "sales_orders.target", "business_central")
    books.machine.more["KAUFLAND_BUSINESS_CENTRAL_BASE_URL"] = "https://bc.firma.example:7048/BC/api/v2.0"
    return pushed(books, id_order)


@situation("deemed_supplier", outside={"link": by_hand})
def deemed(books: Bookkeeper) -> str:
    """Let Kaufland be the supplier."""
    begin(books)
    return arrived(books, is_marketplace_deemed_supplier=True)


@situation("deemed_supplier_unknown", outside=anew(is_marketplace_deemed_supplier=False))
def deemed_unknown(books: Bookkeeper) -> str:
    """Let Kaufland not say who the supplier is."""
    begin(books)
    return arrived(books, is_marketplace_deemed_supplier=None)


def without_fulfillment(answer: Any) -> Any:
    """Return units, a page of them or those of an order, without who ships them."""
    data = answer.get("data")
    if isinstance(data, dict) and "order_units" in data:
        return {**answer, "data": {**data, "order_units": without_fulfillment({"data": data["order_units"]})["data"]}}
    if isinstance(data, list):
        return {**answer, "data": [{**one, "fulfillment_type": None} for one in data]}
    return answer


@situation("fulfillment_unknown", outside={"refresh": works_again, "link": by_hand})
def fulfillment_unknown(books: Bookkeeper) -> str:
    """Let Kaufland not say who ships."""
    begin(books)
    books.simulator.misbehave(faults.edited(without_fulfillment), times=None)
    return arrived(books)


@situation("order_id", about="too long", outside={"link": lambda books, _: by_hand(books, "M36")})
def long_id(books: Bookkeeper) -> str:
    """Let an id be longer than Business Central takes."""
    begin(books)
    return arrived(books, id_order="M" * 36)


@situation("order_id", about="with a blank", outside={"link": lambda books, _: by_hand(books, "MBLANK")})
def blank_id(books: Bookkeeper) -> str:
    """Let an id end in a blank."""
    begin(books)
    return arrived(books, id_order="MBLANK ")


@situation("unreadable", outside={"--failed": changed(1, price=1000), "link": by_hand})
def unreadable(books: Bookkeeper) -> str:
    """Let one of two units be unreadable."""
    begin(books)
    return arrived(books, {}, {"price": "abc"})


@situation("returned", outside={"link": by_hand})
def returned(books: Bookkeeper) -> str:
    """Let a unit come back before the sales order was created."""
    begin(books)
    id_order = arrived(books, vat=0)
    changed(0, status="returned")(books, id_order)
    imported(books)
    return pushed(books, id_order)


@situation("unknown_status", outside={"refresh": changed(1, status="need_to_be_sent"), "link": by_hand})
def unknown_status(books: Bookkeeper) -> str:
    """Let a unit have a status that nobody knows."""
    begin(books)
    return arrived(books, {}, {"status": "beamed"})


def comes_back(books: Bookkeeper, id_order: str) -> None:
    """Let the unit that had gone come back."""
    unit = make_order(id_order, ({}, {"price": 1000})).arrived(books.machine.clock.now()).units[1]
    books.simulator.marketplace.add_unit(unit)


@situation("details_missing", outside={"refresh": works_again, "link": by_hand})
def details_missing(books: Bookkeeper) -> str:
    """Let Kaufland list an order, but not answer for it alone, so that nobody knows its pickup point."""
    begin(books)
    books.simulator.misbehave(faults.status(500), times=None, path="/orders/*")
    return arrived(books)


@situation("unit_absent", outside={"--without-absent": nothing, "orders refresh": comes_back})
def unit_absent(books: Bookkeeper) -> str:
    """Let a unit disappear before the sales order was created."""
    begin(books)
    id_order = by_name(books, {}, {"price": 1000})
    market = books.simulator.marketplace
    market.remove_unit(market.order(id_order).units[1]["id_order_unit"])
    return pushed(books, id_order)


@situation("billed_already", outside={"resolve": nothing})
def billed_already(books: Bookkeeper) -> str:
    """Let a unit move to another order after its sales order was created."""
    begin(books)
    moved(books, arrived(books, {}, {}))
    return "M777777"


@situation("shipping_unknown", outside={"refresh": told(shipping_rate=0), "link": by_hand})
def shipping_unknown(books: Bookkeeper) -> str:
    """Let Kaufland not say what shipping costs."""
    begin(books)
    return arrived(books, shipping_rate=None)


@situation("currency_unclear", outside={"refresh": changed(1, currency="EUR"), "link": by_hand})
def currency_unclear(books: Bookkeeper) -> str:
    """Let the units have two currencies."""
    begin(books)
    return arrived(books, {}, {"currency": "CZK"})


@situation(
    "no_address",
    outside={
        "refresh": lambda books, id_order: books.simulator.marketplace.reveal_address(id_order, touch=True),
        "link": by_hand,
    },
)
def no_address(books: Bookkeeper) -> str:
    """Let Kaufland withhold the address."""
    begin(books)
    books.machine.clock.advance(minutes=1)
    id_order = books.arrive()
    books.simulator.marketplace.withhold_address(id_order)
    imported(books)
    return id_order


@situation(
    "address",
    outside=anew(
        shipping_address=example_address(street="Packstation 145", house_number="", additional_field="900145772")
    ),
)
def packstation(books: Bookkeeper) -> str:
    """Let the post number of a Packstation be missing."""
    begin(books)
    return arrived(books, shipping_address=example_address(street="Packstation 145", house_number=""))


@situation("no_shipping_number", settings={"NUMBER": "8400"})
def no_shipping_number(books: Bookkeeper) -> str:
    """Let shipping cost something that no account is named for."""
    begin(books)
    del books.machine.more["KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER"]
    return arrived(books, shipping_rate=490)


@situation(
    "unmapped_item",
    outside={
        "Add it": mapped("sku,ean,item\nNEU-1,,KESSEL-17\n"),
        "create the item": lambda books, _: books.fake.add_item("NEU-1"),
    },
)
def unmapped_item(books: Bookkeeper) -> str:
    """Let something be sold that nobody knows."""
    begin(books)
    return arrived(books, id_offer="NEU-1", product={"eans": [], "title": "Neu"})


@situation(
    "ean_not_allowed", outside={"Add the SKU": mapped("sku,ean,item\nKESSEL-17-3ER,,KESSEL-17\n"), "always": nothing}
)
def ean_not_allowed(books: Bookkeeper) -> str:
    """Let a set be sold under the EAN of one."""
    begin(books)
    return arrived(books, id_offer="KESSEL-17-3ER")


@situation(
    "several_items",
    outside={
        "Add the SKU": mapped("sku,ean,item\nKESSEL-17-ALT,,KESSEL-17\n"),
        "each EAN": mapped("sku,ean,item\n,4006381333931,KESSEL-17\n"),
    },
)
def several_items(books: Bookkeeper) -> str:
    """Let two items have the EAN of what is sold."""
    begin(books)
    books.machine.good("config", "set", "sales_orders.match_by_ean", "when_sku_unknown")
    books.fake.add_item("KESSEL-18", gtin="4006381333931")
    return arrived(books, id_offer="KESSEL-17-ALT")


@situation("switched_off")
def storefront_off(books: Bookkeeper) -> str:
    """Switch a storefront off while an order of it waits."""
    begin(books)
    books.fake.fail("503", times=50, path="salesOrders")
    id_order = arrived(books)
    works_again(books, id_order)
    books.machine.good("config", "set", "storefronts.de.create_sales_orders", "false")
    books.machine.run("sales-orders", "push")
    return id_order


@situation("storefront_stopped", outside={"show": lambda books, _: books.machine.good("sales-orders", "resolve", "M2")})
def storefront_stopped(books: Bookkeeper) -> str:
    """Let an order follow one whose VAT came out wrong."""
    begin(books)
    books.fake.add_item("TEE-7")
    arrived(books, id_order="M2", id_offer="TEE-7", vat=7)
    return arrived(books)


@situation("currency", about="another one")
def currency(books: Bookkeeper) -> str:
    """Let the first order in Czech crowns arrive."""
    begin(books)
    return arrived(books, currency="CZK")


@situation("currency", about="the first of all")
def first_currency(books: Bookkeeper) -> str:
    """Push an order by name before any was confirmed."""
    books.machine.good("import-orders")
    return pushed(books, arrived(books))


@situation(
    "unknown_at_kaufland",
    outside={
        "retry": lambda books, id_order: books.simulator.marketplace.add_order(make_order(id_order)),
        "link": by_hand,
    },
)
def unknown_at_kaufland(books: Bookkeeper) -> str:
    """Let an order vanish right before it is pushed."""
    begin(books)
    id_order = by_name(books)
    market = books.simulator.marketplace
    market.remove_unit(market.order(id_order).units[0]["id_order_unit"])
    return pushed(books, id_order)


@situation("refused_by_kaufland", outside={"retry": works_again, "link": by_hand})
def refused_by_kaufland(books: Bookkeeper) -> str:
    """Let Kaufland refuse to tell an order."""
    begin(books)
    id_order = by_name(books)
    books.simulator.misbehave(faults.status(400), times=None, path=f"/orders/{id_order}")
    return pushed(books, id_order)


@situation("by_hand")
def held_by_hand(books: Bookkeeper) -> str:
    """Hold an order."""
    begin(books)
    id_order = by_name(books)
    books.machine.good("sales-orders", "hold", id_order)
    return id_order


@situation("unlinked", outside={"retry": deleted(0)})
def unlinked(books: Bookkeeper) -> str:
    """Unlink an order from its document."""
    id_order = begin(books)
    books.machine.good("sales-orders", "unlink", id_order)
    return id_order


@situation("created", only_shown=True)
def created(books: Bookkeeper) -> str:
    """Have a sales order."""
    return begin(books)


@situation("not_due", only_shown=True)
def not_due(books: Bookkeeper) -> str:
    """Have an order of which nothing is to be sold."""
    begin(books)
    return arrived(books, status="cancelled")


# --- in conflict ------------------------------------------------------------------------------------------------------


@situation("vat_differs", about="goods")
def vat_differs(books: Bookkeeper) -> str:
    """Let an item have another VAT than at Kaufland."""
    begin(books)
    books.fake.add_item("TEE-7")
    return arrived(books, id_offer="TEE-7", vat=7)


@situation("vat_differs", about="shipping", settings={"NUMBER": "8400"})
def shipping_vat_differs(books: Bookkeeper) -> str:
    """Let shipping have another VAT than at Kaufland."""
    begin(books)
    books.fake.add_item("TEE-7", vat="reduced")
    return arrived(books, id_offer="TEE-7", vat=7, shipping_rate=490)


def found(books: Bookkeeper, **line: Any) -> str:
    """Find a document that somebody typed, with these values in its line."""
    begin(books)
    document = typed(books, "MTYPED")
    document["salesOrderLines"][0] |= line
    return arrived(books, id_order="MTYPED")


@situation("total_differs")
def total_differs(books: Bookkeeper) -> str:
    """Find a document that comes to something else."""
    return found(books, unitPrice=7.0, amountIncludingTax=7.0)


@situation("total_unknown")
def total_unknown(books: Bookkeeper) -> str:
    """Find a document that does not say what it comes to."""
    return found(books, amountIncludingTax=None)


@situation("document_differs")
def document_differs(books: Bookkeeper) -> str:
    """Find a document with the customer's address."""
    return found(books)


@situation("other_customer", outside={"retry": deleted(0)})
def other_customer(books: Bookkeeper) -> str:
    """Find a document of another customer."""
    begin(books)
    books.fake.add_customer("D00043")
    typed(books, "MTYPED", "D00043")
    return arrived(books, id_order="MTYPED")


@situation("several_documents", about="typed", outside={"retry": deleted(1)})
def several_documents(books: Bookkeeper) -> str:
    """Find two documents."""
    begin(books)
    typed(books, "MTYPED")
    typed(books, "MTYPED")
    return arrived(books, id_order="MTYPED")


@situation(
    "several_documents",
    about="of two installations",
    outside={"Delete": begins_the_others, "resolve": deleted(1), "unlink": deleted(0)},
)
def created_twice(books: Bookkeeper) -> str:
    """Let another installation create the same one."""
    begin(books)
    id_order = arrived(books)
    typed(books, id_order)
    books.machine.run("sales-orders", "push")
    return id_order


@situation("not_compared", about="linked while it is held")
def linked_while_held(books: Bookkeeper) -> str:
    """Link an order that cannot become a sales order."""
    begin(books)
    id_order = arrived(books, vat=0)
    books.machine.good("sales-orders", "link", id_order, by_hand(books, id_order))
    return id_order


@situation("not_compared", about="linked and unread")
def linked_unread(books: Bookkeeper) -> str:
    """Link a document that cannot be read."""
    begin(books)
    id_order = by_name(books)
    number = by_hand(books, id_order)
    books.fake.fail("503", times=50, path="salesOrders(", method="GET")
    books.machine.good("sales-orders", "link", id_order, number)
    return id_order


@situation("not_compared", about="created and unread", outside={"push": works_again})
def created_unread(books: Bookkeeper) -> str:
    """Create one that cannot be read again."""
    begin(books)
    books.fake.fail("500_before", times=50, path="salesOrders(")
    return arrived(books)


@situation("other_target")
def other_target(books: Bookkeeper) -> str:
    """Choose another target while an order is in doubt."""
    begin(books)
    books.fake.fail("hang_up_before", path="salesOrders", method="POST")
    id_order = arrived(books)
    books.machine.more["KAUFLAND_SALES_ORDERS_TARGET"] = "file"
    return pushed(books, id_order)


@situation("changed")
def cancelled_later(books: Bookkeeper) -> str:
    """Cancel a unit after the sales order was created."""
    begin(books)
    id_order = arrived(books, {}, {})
    changed(0, status="cancelled")(books, id_order)
    imported(books)
    return id_order


@situation("unit_left")
def unit_left(books: Bookkeeper) -> str:
    """Let a unit move after the sales order was created."""
    begin(books)
    id_order = arrived(books, {}, {})
    moved(books, id_order)
    return id_order


@situation("no_units_left")
def no_units_left(books: Bookkeeper) -> str:
    """Let all units move before a sales order was created."""
    begin(books)
    id_order = arrived(books, vat=0)
    moved(books, id_order)
    return id_order


# --- refused, in doubt, away ------------------------------------------------------------------------------------------


@situation("no_answer", outside={"retry": works_again})
def no_answer(books: Bookkeeper) -> str:
    """Let no attempt be answered."""
    begin(books)
    books.fake.fail("500_before", times=100, path="salesOrders", method="POST")
    id_order = arrived(books)
    for _ in range(5):
        books.machine.clock.advance(minutes=31)
        books.machine.run("sales-orders", "push")
    return id_order


def failing(kind: str, *, path: str = "salesInvoices", method: str = "GET", message: str = "", times: int = 50) -> Any:
    """Return an arrangement: the order arrives, and requests fail."""

    def arrange(books: Bookkeeper) -> str:
        begin(books)
        books.fake.fail(kind, times=times, path=path, method=method, message=message)
        return arrived(books)

    return arrange


AWAY: tuple[tuple[str, str, Callable[[Bookkeeper], str]], ...] = (
    ("429", "Business Central is getting too many requests …", failing("429")),
    ("503", "Business Central failed to answer ….", failing("503")),
    ("a page", "… answered, but not as Business Central does (HTTP …).", failing("page")),
    ("401", "Business Central refused the credentials ….", failing("401")),
    ("403", "Business Central does not allow this ….", failing("403")),
    ("no company", "Business Central has no such company ….", failing("no_company")),
    ("404", "Business Central has nothing at this address ….", failing("404")),
    ("a refused question", "Business Central did not accept the request ….", failing("dialog")),
    ("cut off", "message", failing("hang_up_before")),
)
SITUATIONS += [
    Situation("unavailable", arrange, {"": works_again}, about, whole=True, error=error)
    for about, error, arrange in AWAY
]
SITUATIONS += [
    Situation(
        "in_doubt",
        failing("hang_up_before", path="salesOrders", method="POST"),
        {"": later},
        "cut off",
        whole=True,
        error="… It is unclear whether it was written.",
    ),
    Situation(
        "in_doubt",
        failing("500_before", path="salesOrders", method="POST"),
        {"": later},
        "the server failed",
        whole=True,
        error="Business Central failed while it was asked to write ….",
    ),
]
SITUATIONS += [
    Situation(
        "refused",
        failing("dialog", path="salesOrders", method="POST", message=f"The {words or 'thing'} is wrong."),
        {"": works_again},
        words or "whatever",
        whole=True,
        error="Business Central did not accept the sales order ….",
    )
    for words, _ in (*_FIXES, ("", _FIX))
]
