"""Documents that are there already, and what happens around them: compared, never altered, never taken blindly."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.domain.target_values import Expectations, ItemLookup, TargetCheck, TargetDocument
from kaufland_cli.sales_orders.found import FoundDocuments
from kaufland_cli.sales_orders.prepare import prepare
from kaufland_cli.sales_orders.push import MAX_ATTEMPTS, STILL_POSSIBLE
from kaufland_cli.sales_orders.rules import Rules
from kaufland_cli.sales_orders.snapshot import look_for_changes
from kaufland_cli.sales_orders.target import Target
from kaufland_cli.simulator import example_address
from support.mortal_store import Killed
from support.push import Seller, seller


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Seller]:
    """Give a seller."""
    with seller(tmp_path) as opened:
        yield opened


class Watched:
    """A target that does something before or after it is asked to create or to find."""

    def __init__(self, target: Target, **hooks: Callable[[], None]) -> None:
        self._target = target
        self._hooks = hooks

    @property
    def name(self) -> str:
        """Where it is."""
        return self._target.name

    def _hook(self, name: str) -> None:
        self._hooks.get(name, lambda: None)()

    @property
    def may_finish_after_disconnect(self) -> bool:
        """Whether a request goes on without its sender."""
        return self._target.may_finish_after_disconnect

    def check(self, expected: Expectations) -> Sequence[TargetCheck]:
        """Check."""
        return self._target.check(expected)

    def find(self, external_no: str) -> Sequence[TargetDocument]:
        """Find."""
        found = self._target.find(external_no)
        self._hook("after_find")
        return found

    def item(self, number: str) -> ItemLookup:
        """Look up."""
        return self._target.item(number)

    def item_by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Look up."""
        return self._target.item_by_gtin(gtins)

    def create(self, order: SalesOrder) -> TargetDocument:
        """Create."""
        self._hook("before_create")
        created = self._target.create(order)
        self._hook("after_create")
        return created

    def complete(self, order: SalesOrder, found: TargetDocument, *, fix: bool) -> TargetDocument:
        """Complete."""
        return self._target.complete(order, found, fix=fix)

    def rendered(self, order: SalesOrder) -> Mapping[str, Any]:
        """Render."""
        return self._target.rendered(order)


def die() -> None:
    """Kill the process."""
    raise Killed


def changed_texts(shop: Seller, id_order: str) -> str:
    """Look for later changes and return what is reported of an order."""
    shop.shop.run()
    with shop.store() as store:
        look_for_changes(store, shop.shop.clock)
        row = store.sales_orders.row(id_order)
    return " ".join(reason.text for reason in row.reasons) if row else ""


@pytest.mark.parametrize("held_for", ["another customer", "a company", "a country without a customer"])
def test_linking_says_for_whom_it_is_too(shop: Seller, held_for: str) -> None:
    """A document that somebody typed rightly, for a customer of his choice, differs in nothing else."""
    shop.fake.add_customer("D-OWN")
    shop.fake.add_country("SK")
    fields: dict[str, Any] = {}
    if held_for == "a company":
        fields["billing_address"] = {**example_address(), "company_name": "Nordkessel GmbH"}
    if held_for == "a country without a customer":
        fields["shipping_address"] = {**example_address(), "country": "SK"}
    first = shop.arrive(**fields)
    shop.collect()
    card, number = typed_by_hand(shop, first, "D-OWN")
    with shop.store() as store:
        (document,) = shop.target.find(first)
        state = FoundDocuments(store, shop.target, shop.rules, shop.shop.clock).link(card, document, number)
    assert (state, shop.reasons(first)) == ("created", [])
    shop.fake.books.orders[-1]["salesOrderLines"][0]["quantity"] = 2.0
    with shop.store() as store:
        state = FoundDocuments(store, shop.target, shop.rules, shop.shop.clock).link(card, document, number)
    assert (state, shop.reasons(first)) == ("conflict", ["document_differs"])


def linked(shop: Seller, id_order: str, number: str = "") -> str:
    """Link an order to the document with its number in the target, or to one that the target does not have."""
    with shop.store() as store:
        card = store.queries.order(id_order)
        assert card is not None
        document = None if number else shop.target.find(id_order)[0]
        documents = FoundDocuments(store, shop.target, shop.rules, shop.shop.clock)
        return documents.link(card, document, document.number if document else number)


def typed_for(shop: Seller, id_order: str, price: str) -> None:
    """Let somebody type a document for one kettle at a price."""
    line = {"lineType": "Item", "lineObjectNumber": "KESSEL-17", "quantity": 1, "unitPrice": Decimal(price)}
    head = {"customerNumber": "D-DE", "externalDocumentNumber": id_order, "pricesIncludeTax": True}
    shop.fake.books.create({**head, "salesOrderLines": [line]})


@pytest.mark.parametrize(
    ("why", "price", "expected"),
    [
        ("it cannot be read", "7.00", ["total_differs", "not_compared"]),
        ("it cannot be read", "29.99", ["not_compared"]),
        ("the order is held", "7.00", ["not_compared", "total_differs"]),
        ("the order is held", "29.99", ["not_compared"]),
        ("it is not there", "29.99", ["not_compared"]),
    ],
)
def test_linked_document_that_cannot_be_compared_is_a_conflict(
    shop: Seller, why: str, price: str, expected: list[str]
) -> None:
    """Unknown is never equal: it says what was not compared and why, and has ended once a person has compared it."""
    id_order = shop.arrive([{"vat": 0} if why == "the order is held" else {}])
    shop.collect()
    typed_for(shop, id_order, price)
    if why == "it cannot be read":
        shop.fake.fail("503", times=50, path="salesOrders(", method="GET")
    assert linked(shop, id_order, "S-OTHER" if why == "it is not there" else "") == "conflict"
    assert shop.reasons(id_order) == expected
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
        assert row is not None
        assert row.snapshot is not None
        assert row.number
        texts = [reason.text for reason in row.reasons if reason.code == "not_compared"]
        because = {"the order is held": "0 % VAT", "it cannot be read": "could not be read back"}
        assert because.get(why, "has no such document under the order's number") in texts[0]
        assert all("sales-orders resolve" in str(reason.fix) for reason in row.reasons)
        store.sales_orders.resolve(id_order, shop.shop.clock.now(), row.snapshot)
    assert shop.states()[id_order] == "created"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("nothing", ("created", [])),
        ("customer", ("conflict", ["other_customer"])),
        ("total", ("conflict", ["total_differs"])),
        ("its lines cannot be read", ("conflict", ["total_unknown"])),
    ],
)
def test_document_of_an_erased_order_is_compared(shop: Seller, changed: str, expected: tuple[str, list[str]]) -> None:
    """Sent, and the buyer erased before the answer: the customer and what it comes to are those that were sent."""
    id_order = shop.arrive()
    shop.collect()
    shop.push(target=Watched(shop.target, after_create=die))
    (document,) = shop.fake.books.orders
    shop.fake.add_customer("D-OTHER")
    if changed == "customer":
        document["customerNumber"] = "D-OTHER"
    if changed == "total":
        document["salesOrderLines"][0]["amountIncludingTax"] = 7.0
    if changed == "its lines cannot be read":
        document["salesOrderLines"][0]["amountIncludingTax"] = None
    with shop.store() as store:
        card, row = store.queries.order(id_order), store.sales_orders.row(id_order)
        assert card is not None
        documents = FoundDocuments(store, shop.target, shop.rules, shop.shop.clock)
        state = documents.adopt_existing(replace(card, erased_at="2026-11-24"), shop.target.find(id_order), row)
    assert (state, shop.reasons(id_order)) == expected


def test_document_of_an_erased_order_that_was_never_sent_is_not_compared(shop: Seller) -> None:
    """Nothing says for whom it would have been; that is said, and another total too."""
    id_order = shop.arrive()
    shop.collect()
    typed_for(shop, id_order, "7.00")
    with shop.store() as store:
        card = store.queries.order(id_order)
        assert card is not None
        documents = FoundDocuments(store, shop.target, shop.rules, shop.shop.clock)
        state = documents.adopt_existing(replace(card, erased_at="2026-11-24"), shop.target.find(id_order), None)
    assert (state, shop.reasons(id_order)) == ("conflict", ["not_compared", "total_differs"])


def typed_by_hand(shop: Seller, id_order: str, customer: str) -> tuple[Order, str]:
    """Let somebody type the order's document rightly, for a customer; return the order's card and its number."""
    with shop.store() as store:
        card = store.queries.order(id_order)
        assert card is not None
        wanted = prepare(card, shop.rules, shop.target, customer_by_hand=customer).document
    assert wanted is not None
    return card, shop.target.create(wanted).number


def test_cancellation_while_it_is_being_created_is_reported(shop: Seller) -> None:
    """Another process imports it between the last look and the answer: the document has too much, and that is said."""
    id_order = shop.arrive([{}, {}])
    shop.collect()

    def meanwhile() -> None:
        shop.change(id_order, 1, status="cancelled")
        shop.shop.run()

    shop.push(target=Watched(shop.target, before_create=meanwhile))
    assert shop.fake.orders[0]["salesOrderLines"][0]["quantity"] == 2
    assert "quantity 2, now 1: cancelled: do not ship" in changed_texts(shop, id_order)


def test_cancellation_after_a_kill_is_reported(shop: Seller) -> None:
    """Created, killed, cancelled at Kaufland: the document is found, and that it is not to be shipped is said."""
    id_order = shop.arrive()
    shop.collect()
    assert shop.push(target=Watched(shop.target, after_create=die)) is None
    shop.change(id_order, 0, status="cancelled")
    shop.shop.run()
    shop.push()
    assert shop.numbers()[id_order]
    assert "do not ship" in changed_texts(shop, id_order)


def test_found_document_is_compared_with_what_was_sent(shop: Seller) -> None:
    """The VAT came out wrong and the item is blocked meanwhile: it is a conflict all the same."""
    shop.fake.add_item("TEE-7", vat="standard")
    id_order = shop.arrive([{"id_offer": "TEE-7", "vat": 7}])
    shop.collect()
    assert shop.push(target=Watched(shop.target, after_create=die)) is None
    for item in shop.fake.books.items:
        item["blocked"] = True
    shop.target = shop.fake.open(shop.shop.clock)
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("conflict", ["vat_differs"])


def test_document_that_cannot_be_compared_is_not_taken(shop: Seller) -> None:
    """Nothing was ever sent, and the order cannot become one now: a person decides."""
    id_order = shop.arrive([{"id_offer": "NEU-1", "product": {"eans": [], "title": "Neu"}}])
    shop.collect()
    shop.fake.books.create({"customerNumber": "D-DE", "externalDocumentNumber": id_order})
    shop.push()
    assert shop.reasons(id_order) == ["unmapped_item"]
    assert len(shop.fake.orders) == 1


def test_several_documents_with_one_number_are_a_conflict(shop: Seller) -> None:
    """All of them are named."""
    id_order = shop.arrive()
    shop.collect()
    for customer in ("D-DE", "D-AT"):
        shop.fake.books.create({"customerNumber": customer, "externalDocumentNumber": id_order})
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("conflict", ["several_documents"])
    with shop.store() as store:
        record = store.sales_order_lists.one(id_order)
    assert record is not None
    assert "S-ORD101001 for customer D-DE" in (record.text or "")
    assert "S-ORD101002 for customer D-AT" in (record.text or "")


def test_document_typed_by_hand_is_never_altered(shop: Seller) -> None:
    """Another address in it is reported, not fixed."""
    id_order = shop.arrive()
    shop.collect()
    shop.fake.books.create(
        {"customerNumber": "D-DE", "externalDocumentNumber": id_order, "shipToAddressLine1": "Neue Gasse 99"}
    )
    before = shop.fake.orders
    shop.push()
    assert shop.fake.orders == before
    assert shop.states()[id_order] == "conflict"


def test_slow_look_does_not_use_up_the_protection(shop: Seller) -> None:
    """However long looking took, after the request went out nothing is sent again until it cannot arrive any more."""
    id_order = shop.arrive()
    shop.collect()

    def slow() -> None:
        shop.shop.clock.advance(seconds=STILL_POSSIBLE.total_seconds() + 60)

    assert shop.push(target=Watched(shop.target, after_find=slow, before_create=die)) is None
    shop.push()
    assert shop.created() == []
    shop.shop.clock.advance(seconds=STILL_POSSIBLE.total_seconds() + 1)
    shop.push()
    assert shop.created() == [id_order]


def test_repeated_silence_is_left_to_a_person(shop: Seller) -> None:
    """From the second time on it is news; in the end it waits for a person."""
    id_order = shop.arrive()
    shop.collect()
    shop.fake.fail("500_before", times=100, path="salesOrders", method="POST")
    needed = []
    for _ in range(MAX_ATTEMPTS + 1):
        result = shop.push()
        assert result is not None
        needed.append(result.needs_attention)
        shop.shop.clock.advance(seconds=STILL_POSSIBLE.total_seconds() + 1)
    assert needed == [False, *[True] * MAX_ATTEMPTS]
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("error", ["no_answer"])
    assert shop.push() is not None


def test_storefront_that_was_switched_off_gets_nothing_by_itself(shop: Seller) -> None:
    """What waited for it waits on; named by a person it goes."""
    id_order = shop.arrive()
    shop.collect()
    shop.rules = with_rules(shop.rules, wanted={}, unwanted=("de",))
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("held", ["switched_off"])
    shop.push(id_order)
    assert shop.states()[id_order] == "created"


def test_order_returned_before_is_held_not_forgotten(shop: Seller) -> None:
    """A person has to book what was shipped and came back."""
    id_order = shop.arrive()
    shop.collect()
    shop.change(id_order, 0, status="returned")
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("held", ["returned"])


def test_vat_of_zero_is_compared(shop: Seller) -> None:
    """Where zero is allowed, 19 % in the document is a conflict."""
    shop.rules = with_rules(shop.rules, allow_zero_vat=lambda _storefront: True)
    id_order = shop.arrive([{"vat": 0}])
    shop.collect()
    shop.push()
    assert shop.reasons(id_order) == ["vat_differs"]


@pytest.mark.parametrize("path", ["items", "salesInvoices"])
def test_refused_order_stops_no_other(shop: Seller, path: str) -> None:
    """Whatever the target answers to a look-up for it; that is reported, and tried again."""
    first, second = shop.arrive(), shop.arrive()
    shop.collect()
    shop.fake.fail("dialog", path=path)
    result = shop.push()
    assert result is not None
    assert result.needs_attention
    assert (shop.states()[first], shop.states()[second]) == ("pending", "created")


def test_order_whose_look_up_fails_stops_no_other(shop: Seller) -> None:
    """It waits, and that is reported."""
    first, second = shop.arrive(), shop.arrive()
    shop.collect()
    shop.fake.fail("503", times=5, path="salesInvoices")
    result = shop.push()
    assert result is not None
    assert (shop.states()[first], shop.states()[second]) == ("pending", "created")
    assert result.needs_attention
    assert result.stopped_by is None


def test_another_target_meanwhile_is_a_conflict(shop: Seller) -> None:
    """What may have arrived in the old one is not created in the new one as well."""
    id_order = shop.arrive()
    shop.collect()
    shop.fake.fail("hang_up_before", path="salesOrders", method="POST")
    shop.push()
    shop.target = shop.fake.open(shop.shop.clock, company="My Company")
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("conflict", ["other_target"])


def test_document_that_could_not_be_read_again_is_compared_later(shop: Seller) -> None:
    """Created, but the look at it failed: the next push finds it and sees the wrong VAT."""
    shop.fake.add_item("TEE-7", vat="standard")
    id_order = shop.arrive([{"id_offer": "TEE-7", "vat": 7}])
    shop.collect()
    shop.fake.fail("500_before", times=20, path="salesOrders(")
    shop.push()
    assert shop.states()[id_order] == "sending"
    shop.fake._failures.clear()
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("conflict", ["vat_differs"])
    assert shop.created() == [id_order]


def with_rules(found: Rules, **changes: Any) -> Rules:
    """Return the rules with changes."""
    return replace(found, **changes)
