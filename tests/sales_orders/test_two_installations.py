"""Two installations that push the same account: neither can keep the other from creating, and both notice."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kaufland_cli.sales_orders.found import SEVERAL, FoundDocuments
from kaufland_cli.sales_orders.push import STILL_POSSIBLE
from kaufland_cli.store.sales_order_row import Reason
from support.business_central_fake import Asked
from support.push import Seller, seller


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Seller]:
    """Give a seller."""
    with seller(tmp_path / "one") as opened:
        yield opened


@pytest.fixture
def other(shop: Seller, tmp_path: Path) -> Seller:
    """Give the same seller's second installation."""
    return shop.opened_elsewhere(tmp_path / "two")


def while_it_creates(shop: Seller, other: Seller) -> None:
    """Let the other installation push when this one has looked and is about to create."""

    def before(asked: Asked) -> None:
        if asked.method == "POST" and asked.path == "salesOrders":
            shop.fake.before = None
            other.push()

    shop.fake.before = before


def told(shop: Seller, id_order: str) -> tuple[str, list[str]]:
    """Return the state of an order and why."""
    return shop.states()[id_order], shop.reasons(id_order)


def texts(shop: Seller, id_order: str) -> tuple[str, str]:
    """Return the last reason and how to fix it."""
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
    assert row is not None
    return row.reasons[-1].text, str(row.reasons[-1].fix)


def test_second_installation_sees_it_at_once_and_the_first_with_its_next_push(shop: Seller, other: Seller) -> None:
    """The conflict that several documents are, with all of them named, in both installations."""
    id_order = shop.arrive()
    shop.collect()
    other.collect()
    while_it_creates(shop, other)
    result = shop.push()
    assert shop.created() == [id_order, id_order]
    assert result is not None
    assert result.needs_attention
    assert told(shop, id_order) == ("conflict", [SEVERAL])
    assert told(other, id_order) == ("created", [])
    result = other.push()
    assert result is not None
    assert result.needs_attention
    assert told(other, id_order) == ("conflict", [SEVERAL])
    for one in (shop, other):
        text, fix = texts(one, id_order)
        assert "S-ORD101001 for customer D-DE" in text
        assert "S-ORD101002 for customer D-DE" in text
        assert "Only one may." in text
        assert f"kaufland sales-orders resolve {id_order}" in fix


def test_at_the_very_same_moment(shop: Seller, other: Seller) -> None:
    """Both requests really run at once; after the next push of each, both have reported it."""
    id_order = shop.arrive()
    shop.collect()
    other.collect()
    both = threading.Barrier(2)

    def before(asked: Asked) -> None:
        if asked.method == "POST" and asked.path == "salesOrders":
            both.wait(20)

    shop.fake.before = before
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.push(), (shop, other)))
    shop.fake.before = None
    assert shop.created() == [id_order, id_order]
    for one in (shop, other):
        one.push()
        assert told(one, id_order) == ("conflict", [SEVERAL])


@pytest.mark.parametrize("path", ["salesOrders", "salesInvoices", "salesShipments"])
def test_look_that_fails_is_made_up_for(shop: Seller, other: Seller, path: str) -> None:
    """The order is created and its number known; the next push looks, and says so."""
    id_order = shop.arrive()
    shop.collect()
    other.collect()
    while_it_creates(other, shop)

    def after(asked: Asked) -> None:
        if "$expand" in asked.query and asked.path.startswith("salesOrders("):  # it was compared
            shop.fake.after = None
            shop.fake.fail("500_before", times=5, path=path, method="GET")

    shop.fake.after = after
    other.push()
    assert told(shop, id_order) == ("created", [])
    shop.fake._failures.clear()
    shop.push()
    assert told(shop, id_order) == ("conflict", [SEVERAL])


def test_order_is_checked_for_duplicates_exactly_once_more(shop: Seller) -> None:
    """Right after creating and with the next push: three questions each; after that none."""
    shop.arrive()
    shop.collect()
    shop.push()
    asked = len(shop.fake.asked)
    shop.push()
    assert [one.path for one in shop.fake.asked[asked:]] == ["salesOrders", "salesInvoices", "salesShipments"]
    asked = len(shop.fake.asked)
    shop.push()
    assert shop.fake.asked[asked:] == []


def test_order_posted_meanwhile_is_still_one(shop: Seller) -> None:
    """Shipped, or shipped and invoiced: a later form of the same document is no second one."""
    shipped, posted = shop.arrive(), shop.arrive()
    shop.collect()
    shop.push()
    numbers = shop.numbers()
    shop.fake.books.ship(str(numbers[shipped]))
    shop.fake.books.post(str(numbers[posted]))
    shop.push()
    assert shop.states() == {shipped: "created", posted: "created"}


def test_another_conflict_stays_in_front(shop: Seller, other: Seller) -> None:
    """The VAT that came out wrong still stops the storefront."""
    shop.fake.add_item("TEE-7", vat="standard")
    id_order = shop.arrive([{"id_offer": "TEE-7", "vat": 7}])
    shop.collect()
    other.collect()
    while_it_creates(shop, other)
    shop.push()
    assert told(shop, id_order) == ("conflict", ["vat_differs", SEVERAL])
    with shop.store() as store:
        assert store.sales_orders.stopped_storefronts() == {"de": id_order}


@pytest.mark.parametrize("kept", [0, 1])
def test_way_out_leads_out(shop: Seller, other: Seller, kept: int) -> None:
    """Whichever document is left: its own is resolved, the other one is found after unlinking."""
    id_order = shop.arrive()
    shop.collect()
    other.collect()
    while_it_creates(shop, other)
    shop.push()
    orders = shop.fake.books.orders
    own = next(one["number"] for one in orders if one["number"] == shop.numbers()[id_order])
    orders[:] = [one for one in orders if (one["number"] == own) == (kept == 0)]
    now = shop.shop.clock.now()
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
        assert row is not None
        assert row.snapshot is not None
        if kept == 0:
            store.sales_orders.resolve(id_order, now, row.snapshot)
        else:
            store.sales_orders.unlink(id_order, now, row.reasons[0])
            store.sales_orders.wait(id_order, now)
    shop.push()
    shop.shop.clock.advance(seconds=STILL_POSSIBLE.total_seconds())
    shop.push()
    assert told(shop, id_order) == ("created", [])
    assert [shop.numbers()[id_order]] == [one["number"] for one in orders]


def test_linked_document_is_not_questioned(shop: Seller) -> None:
    """Somebody chose one of two: that is not reported again."""
    id_order = shop.arrive()
    shop.collect()
    shop.push()
    with shop.store() as store:
        now, row = shop.shop.clock.now(), store.sales_orders.row(id_order)
        assert row is not None
        store.sales_orders.duplicate_checked(id_order)
        store.sales_orders.unlink(id_order, now, Reason("unlinked", "Unlinked."))
        shop.fake.books.create({"customerNumber": "D-DE", "externalDocumentNumber": id_order})
        order = store.queries.order(id_order)
        assert order is not None
        (first, _) = shop.target.find(id_order)
        FoundDocuments(store, shop.target, shop.rules, shop.shop.clock).link(order, first, first.number)
    shop.push()
    assert told(shop, id_order) == ("created", [])


def test_next_push_looks_even_where_nothing_waits(shop: Seller) -> None:
    """An import that brings no order has that to do."""
    shop.arrive()
    shop.collect()
    shop.push()
    with shop.store() as store:
        assert store.sales_orders.waiting() == []
        assert len(store.sales_orders.due_for_duplicate_check()) == 1
        assert store.sales_orders.due_for_duplicate_check("elsewhere") == []
