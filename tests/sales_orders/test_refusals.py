"""What Business Central refuses is reported in its own words with what to do, and nothing is in doubt that is not."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaufland_cli.business_central.bc_errors import _FIXES, fault_of_response
from kaufland_cli.errors import TargetRefused
from kaufland_cli.http.sending import HttpResponse
from kaufland_cli.simulator.orders import example_address
from support.business_central_fake import BusinessCentralFake
from support.clocks import START
from support.push import Seller, seller

COMMAND = re.compile(r"kaufland [a-z-]+(?: [a-z-]+)?")
Situation = Callable[[BusinessCentralFake], None]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Seller]:
    """Give a seller."""
    with seller(tmp_path) as opened:
        yield opened


def no_rate(fake: BusinessCentralFake) -> None:
    """Keep the books in zloty, without a rate for the euro."""
    fake.books.local_currency = "PLN"
    fake.add_currency("EUR", rate_since=None)


def sales_blocked(fake: BusinessCentralFake) -> None:
    """Block the item for sale, which the API does not show."""
    fake.books.items[0]["salesBlocked"] = True


def privacy_blocked(fake: BusinessCentralFake) -> None:
    """Block the customers' data, which the API does not show."""
    for customer in fake.books.customers:
        customer["privacyBlocked"] = True


def no_direct_posting(fake: BusinessCentralFake) -> None:
    """Have an account that cannot be posted to, and none like it."""
    fake.books.accounts[0]["directPosting"] = False


def heading(fake: BusinessCentralFake) -> None:
    """Have a heading in place of an account, and none like it."""
    fake.books.accounts[0]["accountType"] = "Heading"


def no_country(fake: BusinessCentralFake) -> None:
    """Take the countries away; the customer's card has none."""
    fake.books.countries.clear()
    for customer in fake.books.customers:
        customer["country"] = ""


SITUATIONS: list[tuple[Situation, str, str]] = [
    (no_rate, "Currency Factor must have a value", "Enter an exchange rate for that day"),
    (sales_blocked, "Sales Blocked check box", "Clear Sales Blocked on the item's card"),
    (privacy_blocked, "blocked for privacy", "Clear Privacy Blocked on the customer's card"),
    (no_direct_posting, "Direct Posting must be equal to", "Allow Direct Posting on the account's card"),
    (heading, "Account Type must be equal to", "Name an account of the type Posting"),
    (no_country, "Country/Region", "Add the country code"),
]


@pytest.mark.parametrize(("situation", "words", "fix"), SITUATIONS)
def test_refusal_is_reported_with_what_to_do_and_one_way_to_try_again(
    shop: Seller, situation: Situation, words: str, fix: str
) -> None:
    """Business Central's own words, the place where it is fixed, and each command once, with the order's id."""
    situation(shop.fake)
    id_order = shop.arrive([{"shipping_rate": 490}])
    shop.collect()
    shop.push()
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
    assert row is not None
    (reason,) = row.reasons
    assert (row.state, reason.code) == ("error", "refused")
    assert words in reason.text
    assert str(reason.fix).startswith(fix)
    assert str(reason.fix).endswith(f"then: kaufland sales-orders retry {id_order}")
    commands = COMMAND.findall(str(reason.fix))
    assert sorted(set(commands)) == sorted(commands)
    assert shop.created() == []


def test_document_left_by_a_refusal_is_named(shop: Seller) -> None:
    """If the header stays when a line is refused, which is not known, it is reported and never taken for the order."""
    shop.fake.books.rolls_back = False
    sales_blocked(shop.fake)
    id_order = shop.arrive()
    shop.collect()
    shop.push()
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
        assert row is not None
        assert row.state == "error"
        assert "It left sales order S-ORD101001 behind, which is incomplete." in row.reasons[0].text
        assert str(row.reasons[0].fix).startswith("Delete S-ORD101001. Clear Sales Blocked on the item's card")
        store.sales_orders.wait(id_order, shop.shop.clock.now())
    shop.fake.books.items[0]["salesBlocked"] = False
    shop.push()
    assert (shop.states()[id_order], shop.created()) == ("conflict", [id_order])
    shop.fake.books.orders.clear()
    with shop.store() as store:
        store.sales_orders.unlink(id_order, shop.shop.clock.now(), row.reasons[0])
        store.sales_orders.wait(id_order, shop.shop.clock.now())
    shop.push()
    assert (shop.states()[id_order], shop.created()) == ("created", [id_order])


@pytest.mark.parametrize("words", [*(words for words, _ in _FIXES), "anything else"])
def test_no_hint_names_a_command_twice(words: str) -> None:
    """Whatever is refused, of a write as well as of a question."""
    body = json.dumps(
        {"error": {"code": "Application_DialogException", "message": f"Something with {words}."}}
    ).encode()
    for writing in (True, False):
        error = fault_of_response(HttpResponse("bc.example", 400, {}, body), writing=writing, now=START).error
        assert isinstance(error, TargetRefused) == writing
        commands = COMMAND.findall(str(error.hint))
        assert commands
        assert sorted(set(commands)) == sorted(commands)


def test_too_many_requests_mean_that_nothing_was_done(shop: Seller) -> None:
    """The order waits and is not in doubt, the message says so, and the next push sends it without a wait."""
    id_order = shop.arrive()
    shop.collect()
    shop.fake.fail("429", path="salesOrders", method="POST")
    result = shop.push()
    assert result is not None
    assert [one.outcome for one in result.pushed] == ["waiting"]
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
    assert row is not None
    assert (row.state, row.not_before) == ("pending", None)
    assert "Nothing was written." in row.reasons[0].text
    shop.push()
    assert (shop.states(), shop.created()) == ({id_order: "created"}, [id_order])


@pytest.mark.parametrize("address", ["ada", "a@b@example.com", "Ada <ada@example.com>", "ada@example"])
def test_malformed_mail_address_is_left_out(shop: Seller, address: str) -> None:
    """With a warning that has it in full; the order is created."""
    id_order = shop.arrive(buyer={"id_buyer": 7, "email": address})
    shop.collect()
    shop.push()
    assert shop.states() == {id_order: "created"}
    assert shop.fake.orders[0]["email"] == ""
    with shop.store() as store:
        record = store.sales_order_lists.one(id_order)
    assert record is not None
    assert f"left out; in full: {address}" in " ".join(record.warnings)


@pytest.mark.parametrize("phone", ["+49 341 0000 (Büro)", "0341/0000 App. 12", "Tel 0341-0000", "nur abends"])
def test_letters_in_a_phone_number_do_not_reach_business_central(shop: Seller, phone: str) -> None:
    """What can be dialled is sent; the order is created."""
    id_order = shop.arrive(shipping_address={**example_address(), "phone": phone})
    shop.collect()
    shop.push()
    assert shop.states() == {id_order: "created"}
    assert not any(char.isalpha() for char in shop.fake.orders[0]["phoneNumber"])
