"""`kaufland sales-orders …` as a bookkeeper types it, against a Business Central that remembers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaufland_cli.simulator import example_address
from support.bookkeeper import Bookkeeper, begin
from support.business_central_fake import CLIENT_SECRET

BEFORE = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def test_nothing_is_created_before_the_first_one_was_confirmed(books: Bookkeeper) -> None:
    """Imports let orders wait; `push` names the command that begins."""
    books.machine.good("import-orders")
    books.machine.clock.advance(minutes=1)
    id_order = books.arrive()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    assert books.state(id_order) == "pending"
    done = books.machine.run("sales-orders", "push")
    assert done.code == 2
    assert "kaufland sales-orders push --confirm-first" in done.err
    assert not books.fake.orders


def test_imports_create_after_the_first_confirmation(books: Bookkeeper) -> None:
    """A scheduled import is silent and creates; `orders list` shows the number."""
    begin(books)
    id_order = books.arrive()
    books.machine.clock.advance(minutes=1)
    done = books.machine.good("import-orders")
    assert (done.out, done.err) == ("", "")
    (row,) = [one for one in books.read("orders", "list")["orders"] if one["id_order"] == id_order]
    assert row["sales_order_no"] == books.fake.orders[1]["number"]
    assert books.machine.good("orders", "list", "--without-sales-order", "--jsonl").out == ""


def test_older_orders_go_only_after_a_list_with_count_and_sum(books: Bookkeeper) -> None:
    """What was there before is named with its sum; without an answer nothing is created."""
    old = [books.arrive(ts_created_iso=BEFORE), books.arrive(ts_created_iso=BEFORE + timedelta(hours=1))]
    begin(books)
    assert [books.state(one) for one in old] == ["none", "none"]
    done = books.machine.run("sales-orders", "push", "--since", "30d")
    assert done.code == 2
    assert "2 orders, 59.98 EUR; 0 of them in" in done.err
    assert "--yes" in done.err
    assert len(books.fake.orders) == 1
    books.machine.good("sales-orders", "push", "--since", "30d", "--yes")
    assert [books.state(one) for one in old] == ["created", "created"]


def test_older_orders_of_a_storefront_without_sales_orders_are_left_alone(books: Bookkeeper) -> None:
    """`--since` asks for time, not for what is switched off."""
    books.arrive(ts_created_iso=BEFORE)
    begin(books)
    books.machine.write_config("[storefronts.de]\ncreate_sales_orders = false\n")
    books.machine.good("sales-orders", "push", "--since", "30d", "--yes")
    assert len(books.fake.orders) == 1


def test_broken_mapping_file_fails_no_import(books: Bookkeeper) -> None:
    """The import is done and reported; the fault comes after it."""
    begin(books)
    books.machine.more["KAUFLAND_SALES_ORDERS_ITEM_MAPPING_FILE"] = "nowhere.csv"
    id_order = books.arrive()
    books.machine.clock.advance(minutes=1)
    done = books.machine.run("import-orders", "--json")
    assert done.code == 3
    assert json.loads(done.out)["verdict"] == "success"
    assert "nowhere.csv" in json.loads(done.err)["message"]
    assert id_order in {one["id_order"] for one in books.read("orders", "list")["orders"]}


def test_push_that_fails_after_a_scheduled_import_is_reported_once(books: Bookkeeper) -> None:
    """The message says that the import itself is done; it is silent for an hour, and its end is reported."""
    begin(books)
    books.machine.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    books.machine.more["KAUFLAND_SALES_ORDERS_ITEM_MAPPING_FILE"] = "nowhere.csv"
    id_order = books.arrive()
    books.machine.clock.advance(minutes=15)
    done = books.machine.run("import-orders", "--scheduled")
    assert (done.code, "nowhere.csv" in done.err, "The import itself is done" in done.err) == (3, True, True)
    books.machine.clock.advance(minutes=15)
    again = books.machine.run("import-orders", "--scheduled")
    assert (again.code, again.err) == (3, "")
    books.machine.more.pop("KAUFLAND_SALES_ORDERS_ITEM_MAPPING_FILE")
    books.machine.clock.advance(minutes=15)
    assert "work again" in books.machine.good("import-orders", "--scheduled").err
    assert books.state(id_order) == "created"


def test_dry_run_shows_the_exact_document_and_writes_nothing(books: Bookkeeper) -> None:
    """The same lines, addresses and amounts as are sent afterwards."""
    begin(books)
    id_order = books.arrive({"shipping_rate": 490}, {})
    books.machine.more["KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS"] = "false"
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    asked = len(books.fake.asked_for("salesOrders", "POST"))
    (one,) = books.read("sales-orders", "push", id_order, "--dry-run")["documents"]
    assert (one["reasons"], one["document"]["total"], one["document"]["customer_no"]) == ([], "64.88", "D00010")
    assert [line["quantity"] for line in one["document"]["lines"]] == [2, 1]
    assert len(books.fake.asked_for("salesOrders", "POST")) == asked
    assert books.state(id_order) == "none"


def test_hold_retry_link_unlink_resolve(books: Bookkeeper) -> None:
    """What a bookkeeper does by hand; each command says what it did, and wrong ones say what to type."""
    first = begin(books)
    number = books.fake.orders[0]["number"]
    assert books.machine.run("sales-orders", "hold", first).code == 2
    books.machine.good("sales-orders", "unlink", first)
    assert books.state(first) == "held"
    books.machine.good("sales-orders", "link", first, number)
    assert books.state(first) == "created"
    assert books.machine.run("sales-orders", "link", first, "NONE-1").code == 2
    assert books.machine.run("sales-orders", "resolve", first).code == 2
    id_order = books.arrive()
    books.machine.more["KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS"] = "false"
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    books.machine.good("sales-orders", "hold", id_order, "--reason", "the buyer wants another address")
    assert "the buyer wants another address" in books.machine.good("sales-orders", "show", id_order).out
    books.machine.good("sales-orders", "retry", id_order)
    assert books.state(id_order) == "created"


def test_conflict_without_a_document_has_ways_out(books: Bookkeeper) -> None:
    """The wrong document is deleted there: `retry` creates the right one; until then `hold` holds."""
    begin(books)
    id_order = books.arrive()
    books.fake.add_customer("D-AT", regime="at")
    books.fake.books.create({"customerNumber": "D-AT", "externalDocumentNumber": id_order})
    books.machine.clock.advance(minutes=1)
    assert books.machine.run("import-orders").code == 6
    assert books.state(id_order) == "conflict"
    books.machine.good("sales-orders", "hold", id_order)
    books.fake.books.orders.pop()
    books.machine.good("sales-orders", "retry", id_order)
    assert books.state(id_order) == "created"


def test_order_goes_without_a_unit_that_stays_away(books: Bookkeeper) -> None:
    """What the reason says to type shows the document, and then creates it; a customer can be named too."""
    begin(books)
    market = books.simulator.marketplace
    books.machine.more["KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS"] = "false"
    id_order = books.arrive({}, {"price": 1000})
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    market.remove_unit(market.order(id_order).units[1]["id_order_unit"])
    assert books.machine.run("sales-orders", "push", id_order).code == 6
    (reason,) = books.read("sales-orders", "show", id_order)["reasons"]
    assert reason["code"] == "unit_absent"
    words = reason["fix"].partition("without it: kaufland ")[2].split()
    (shown,) = books.read(*words, "--dry-run")["documents"]
    assert (shown["reasons"], len(shown["document"]["lines"])) == ([], 1)
    assert books.state(id_order) == "held"
    books.fake.add_customer("D00043")
    books.machine.good(*words, "--customer", "D00043")
    assert books.state(id_order) == "created"
    assert books.fake.orders[-1]["customerNumber"] == "D00043"


@pytest.mark.parametrize("unit", ["SET3", ""])
def test_unit_of_measure_is_shown_before_it_is_booked(books: Bookkeeper, unit: str) -> None:
    """Where the mapping file names one; else it is the item's base unit, and no column is empty."""
    mapping = books.machine.folder / "items.csv"
    mapping.write_text(f"sku,item,unit\nKESSEL-17,KESSEL-17,{unit}\n", encoding="utf-8")
    books.machine.more["KAUFLAND_SALES_ORDERS_ITEM_MAPPING_FILE"] = str(mapping)
    books.machine.good("import-orders")
    id_order = books.arrive()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    shown = books.machine.good("sales-orders", "push", id_order, "--dry-run").out
    assert ("  Unit  " in shown, "SET3" in shown) == (bool(unit), bool(unit))


def test_currency_is_confirmed_by_one_order_in_it(books: Bookkeeper) -> None:
    """Not by another order, and not for all at once."""
    begin(books)
    czech = [books.arrive(currency="CZK") for _ in range(2)]
    books.machine.clock.advance(minutes=1)
    books.machine.run("import-orders")
    assert books.machine.run("sales-orders", "push", "--confirm-currency", "CZK").code == 2
    assert books.machine.run("sales-orders", "push", czech[0], "--confirm-currency", "PLN").code == 2
    assert [books.state(one) for one in czech] == ["held", "held"]
    books.machine.good("sales-orders", "push", czech[0], "--confirm-currency", "CZK")
    assert [books.state(one) for one in czech] == ["created", "held"]


def test_codes_may_be_typed_in_any_case(books: Bookkeeper) -> None:
    """Customer in the settings, currency, and the number of a document: as Business Central keeps them."""
    books.machine.more["KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO"] = " d00010"
    first = begin(books)
    (document,) = books.fake.orders
    found, other, czech = books.arrive(), books.arrive(), books.arrive(currency="CZK")
    books.fake.books.create({"customerNumber": "D00010", "externalDocumentNumber": found})
    books.machine.clock.advance(minutes=1)
    books.machine.run("import-orders")
    assert books.read("sales-orders", "show", found)["reasons"][0]["code"] != "other_customer"
    books.machine.good("sales-orders", "push", czech, "--confirm-currency", " czk ")
    assert books.state(czech) == "created"
    books.machine.good("sales-orders", "unlink", other)
    taken = books.machine.run("sales-orders", "link", other, document["number"].lower(), "--yes")
    assert taken.code == 2
    assert f"is already the sales order of {first}" in taken.err
    books.machine.good("sales-orders", "unlink", first)
    books.machine.good("sales-orders", "link", first, document["number"].lower())
    assert books.read("sales-orders", "show", first)["number"] == document["number"]


def test_hint_about_an_unknown_sku_works(books: Bookkeeper) -> None:
    """Held by its EAN; the command in the reason, typed as it stands, lets the next push create it."""
    begin(books)
    held = books.arrive({"id_offer": "KESSEL-17-3ER"})
    books.machine.clock.advance(minutes=1)
    books.machine.run("import-orders")
    (reason,) = books.read("sales-orders", "show", held)["reasons"]
    assert (books.state(held), reason["code"]) == ("held", "ean_not_allowed")
    books.machine.good(*reason["fix"].partition(": kaufland ")[2].split())
    books.machine.good("sales-orders", "push")
    assert books.state(held) == "created"


def test_link_takes_nothing_that_is_taken(books: Bookkeeper) -> None:
    """Neither another document for an order that has one, nor the document of another order."""
    first = begin(books)
    number = books.fake.orders[0]["number"]
    second = books.arrive()
    books.machine.more["KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS"] = "false"
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    for words in ((first, "OTHER-1"), (second, number)):
        assert books.machine.run("sales-orders", "link", *words, "--yes").code == 2
    assert books.machine.run("sales-orders", "push", first).code == 2


def test_nothing_to_push_is_json_too(books: Bookkeeper) -> None:
    """A program gets its object whatever there was to do."""
    begin(books)
    for words in (("push", "--since", "1d"), ("push",), ("retry",)):
        assert books.read("sales-orders", *words)["orders"] == []


def test_later_cancellation_is_reported_once_and_the_document_stays(books: Bookkeeper) -> None:
    """The import says number, line, quantities and what it means, exits 6 once, and `resolve` ends it."""
    begin(books)
    id_order = books.arrive({}, {})
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    market = books.simulator.marketplace
    market.change_unit(market.order(id_order).units[0]["id_order_unit"], status="cancelled")
    before = books.fake.orders
    books.machine.clock.advance(minutes=1)
    done = books.machine.run("import-orders")
    assert done.code == 6
    number = before[1]["number"]
    assert f"Sales order {number}, line 1 (KESSEL-17): quantity 2, now 1: cancelled: do not ship." in done.err
    assert books.fake.orders == before
    assert books.machine.run("import-orders").code == 0
    books.machine.clock.advance(minutes=1)
    market.change_unit(market.order(id_order).units[1]["id_order_unit"], status="sent")
    assert books.machine.run("import-orders").code == 0, "the same was told again"
    assert books.state(id_order) == "conflict"
    books.machine.good("sales-orders", "resolve", id_order)
    assert books.state(id_order) == "created"


def test_unreachable_target_fails_no_import(books: Bookkeeper) -> None:
    """The orders are stored; the exit code and one message tell, and the next import creates."""
    begin(books)
    id_order = books.arrive()
    books.fake.fail("503", times=100)
    books.machine.clock.advance(minutes=1)
    done = books.machine.run("import-orders")
    assert done.code == 5
    assert "Business Central" in done.err
    assert id_order in {one["id_order"] for one in books.read("orders", "list")["orders"]}
    books.fake._failures.clear()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    assert books.state(id_order) == "created"


def test_secret_and_tokens_are_never_written(books: Bookkeeper) -> None:
    """Neither into the log nor anywhere into the folder; the calls themselves are logged."""
    books.machine.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    begin(books)
    methods = {(one["method"], one["endpoint"].rpartition("/")[2]) for one in books.read("log", "show")["entries"]}
    assert ("POST", "salesOrders") in methods
    tokens = [CLIENT_SECRET, *books.fake.tokens]
    for path in books.machine.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(token.encode() in content for token in tokens), path


def test_check_names_each_fault_with_its_fix(books: Bookkeeper) -> None:
    """All is looked at; a customer and an account that are missing do not hide one another."""
    assert books.machine.run("sales-orders", "check").code == 0
    books.machine.more["KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO"] = "D404"
    books.machine.more["KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER"] = "9999"
    done = books.machine.run("sales-orders", "check")
    assert done.code == 8
    assert "D404" in done.out
    assert "9999" in done.out


def test_check_sees_what_the_settings_leave_out(books: Bookkeeper) -> None:
    """A storefront whose goods go where no customer is named, and a customer for two kinds of VAT."""
    vienna = example_address(country="AT")
    books.arrive(storefront="at", shipping_address=vienna, billing_address=vienna)
    books.arrive()
    books.machine.good("import-orders")
    (held,) = [one for one in books.read("sales-orders", "check")["checks"] if "goods to AT" in one["what"]]
    assert (held["state"], held["hint"]) == ("warning", "kaufland config set sales_orders.customers.AT NUMBER")
    books.machine.more["KAUFLAND_SALES_ORDERS_CUSTOMERS"] = "AT=D00010"
    (both,) = [one for one in books.read("sales-orders", "check")["checks"] if "AT, DE" in one["message"]]
    assert both["state"] == "warning"


def test_first_one_can_be_looked_at_later(books: Bookkeeper) -> None:
    """Created and not confirmed yet: the same command asks again, about that one."""
    books.machine.good("import-orders")
    books.machine.clock.advance(minutes=1)
    first = books.arrive()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    done = books.machine.run("sales-orders", "push", "--confirm-first", typed="y\nn\n")
    assert (done.code, books.state(first)) == (6, "created")
    assert books.machine.run("sales-orders", "push").code == 2
    assert books.machine.run("sales-orders", "push", "--confirm-first", typed="y\n").code == 0
    assert len(books.fake.orders) == 1
    books.machine.good("sales-orders", "push")


def test_seller_with_only_older_orders_learns_how_to_begin(books: Bookkeeper) -> None:
    """The command names one of them."""
    old = books.arrive(ts_created_iso=BEFORE)
    books.machine.good("import-orders")
    done = books.machine.run("sales-orders", "push", "--confirm-first", "--yes")
    assert done.code == 2
    assert "switched on: 1. Name one" in done.err
    assert f"kaufland sales-orders push {old} --confirm-first" in done.err
    books.machine.good("sales-orders", "push", old, "--confirm-first", "--yes")
    assert books.state(old) == "created"


def test_since_goes_on_with_what_was_interrupted(books: Bookkeeper) -> None:
    """What waits already is pushed too, and a time to come is refused."""
    old = [books.arrive(ts_created_iso=BEFORE) for _ in range(2)]
    begin(books)
    books.fake.fail("503", times=100)
    assert books.machine.run("sales-orders", "push", "--since", "30d", "--yes").code == 5
    books.fake._failures.clear()
    books.machine.run("sales-orders", "push", "--since", "30d", "--yes")
    assert [books.state(one) for one in old] == ["created", "created"]
    assert books.machine.run("sales-orders", "push", "--since", "2030-01-01").code == 2


def test_switched_off_says_so(books: Bookkeeper) -> None:
    """Instead of going round in circles."""
    begin(books)
    books.machine.more["KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS"] = "false"
    done = books.machine.run("sales-orders", "push")
    assert done.code == 2
    assert "kaufland config set order_import.create_sales_orders true" in done.err


@pytest.mark.parametrize(
    "address",
    ["https://api.businesscentral.dynamics.com/v2.0", "https://bc.firma.example:7048/BC/api/v2.0"],
    ids=["online", "on-premises"],
)
def test_playground_creates_nothing_in_the_real_company(books: Bookkeeper, address: str) -> None:
    """Without a sandbox environment invented orders are held, whatever is asked; one's own address names no sandbox."""
    if "firma" in address:
        books.machine.more["KAUFLAND_BUSINESS_CENTRAL_PLAYGROUND_ENVIRONMENT"] = "Sandbox"
    books.machine.good("import-orders")
    books.machine.clock.advance(minutes=1)
    id_order = books.arrive()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    books.machine.more["KAUFLAND_BUSINESS_CENTRAL_BASE_URL"] = address
    done = books.machine.run("sales-orders", "push", id_order, "--confirm-currency", "EUR")
    assert done.code == 6
    assert "must not get into the real company" in " ".join(done.out.split())
    assert not books.fake.orders


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("push", "--customer", "D1"), "for one order"),
        (("push", "--without-absent"), "for one order"),
        (("push", "--confirm-currency", "CZK"), "for one order"),
        (("push", "M1", "--since", "30d"), "not both"),
        (("push", "NOWHERE"), "not in the store"),
        (("list", "--state", "lost"), "no state"),
        (("show", "NOWHERE"), "not in the store"),
        (("retry", "NOWHERE"), "not in the store"),
        (("unlink", "NOWHERE"), "not in the store"),
    ],
)
def test_wrong_usage_says_what_to_type(books: Bookkeeper, words: tuple[str, ...], text: str) -> None:
    """Exit code 2, what is wrong, and the next command."""
    done = books.machine.run("sales-orders", *words)
    assert done.code == 2
    assert text in done.err
    assert "kaufland" in done.err


def test_without_business_central_each_is_a_document_in_a_folder(books: Bookkeeper, tmp_path: Path) -> None:
    """The embedded default: JSON and lines as CSV, once; invented orders never share a folder with real ones."""
    books.machine.more |= {
        "KAUFLAND_SALES_ORDERS_TARGET": "file",
        "KAUFLAND_SALES_ORDERS_FOLDER": str(tmp_path / "out"),
    }
    books.machine.good("import-orders")
    books.machine.clock.advance(minutes=1)
    first = books.arrive({"shipping_rate": 490})
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    books.machine.good("sales-orders", "push", "--confirm-first", "--yes")
    second = books.arrive()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    written = sorted(path.relative_to(tmp_path / "out").parts[-1] for path in (tmp_path / "out").rglob("*.json"))
    assert written == [f"{first}.json", f"{second}.json"]
    (path,) = (tmp_path / "out").rglob(f"{first}.json")
    assert path.parent != tmp_path / "out"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["external_document_no"], document["total"]) == (first, "34.89")
    assert not books.fake.orders


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "From now on each import creates the sales orders of new orders."),
        ({"KAUFLAND_STOREFRONTS_AT_ENABLED": "false"}, "of new orders, except those from storefront at."),
        (
            {
                "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "false",
                "KAUFLAND_STOREFRONTS_DE_CREATE_SALES_ORDERS": "true",
            },
            "of new orders from storefront de.",
        ),
        ({"KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "false"}, "Imports create no sales orders"),
    ],
)
def test_confirmation_says_what_follows(books: Bookkeeper, variables: dict[str, str], said: str) -> None:
    """What imports create after the first confirmation is said as the settings have it, also where that is nothing."""
    books.machine.more |= variables
    order = books.arrive()
    books.machine.good("import-orders")
    done = books.machine.good("sales-orders", "push", order, "--confirm-first", "--yes")
    assert said in done.err + done.out
