"""A withheld address never replaces a known one, and other blanks are no change of an address."""

import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.simulator import example_address
from kaufland_cli.store.database import open_database
from kaufland_cli.store.migrations.schema import MIGRATIONS
from kaufland_cli.store.store import Store
from support.stores import NOW, card, column, content, keep, new_store, order_unit

EMPTY = dict.fromkeys(example_address(), "")
WITHHELD: dict[str, Any] = {
    "only the country": {"country": "DE"},
    "city and country": {**EMPTY, "postcode": "10115", "city": "Berlin", "country": "DE"},
    "stars": example_address(first_name="***", last_name="***", street="***", house_number="*", city="B***n"),
    "dots": example_address(first_name=".", last_name=".", street=".", house_number="."),
    "nobody sees it": example_address(first_name="\u200b", last_name=" ", street="\u00ad", house_number=None),
}
HOME = example_address(first_name="Jörg", last_name="Müller", street="Am Weg", city="Görlitz")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("withheld", WITHHELD.values(), ids=WITHHELD)
def test_known_address_stays(store: Store, withheld: dict[str, Any]) -> None:
    """Both addresses, the summary and the history: as if nothing had been said."""
    keep(store, order_unit(1, billing_address=HOME, shipping_address=HOME))
    keep(store, order_unit(1, billing_address=withheld, shipping_address=withheld, price=3100), request_seq=2)
    found = card(store)
    assert found["billing_address"] == found["shipping_address"]
    assert (found["billing_address"]["street"], found["shipping_address"]["city"]) == ("Am Weg", "Görlitz")
    assert (found["buyer_name"], found["ship_to_city"]) == ("Jörg Müller", "Görlitz")
    assert [entry["field"] for entry in found["history"]] == ["price"]


@pytest.mark.parametrize("withheld", WITHHELD.values(), ids=WITHHELD)
def test_order_that_begins_withheld_is_asked_for_again(store: Store, withheld: dict[str, Any]) -> None:
    """It has no address and no name made of stars, waits for its details, and takes the address when it comes."""
    keep(store, order_unit(1, billing_address=withheld, shipping_address=withheld))
    found = card(store)
    assert (found["billing_address"], found["shipping_address"], found["buyer_name"]) == (None, None, None)
    store.details_wanted.want_missing_addresses(NOW, NOW)
    assert list(store.details_wanted.due(NOW + timedelta(minutes=1), 5)) == ["M1"]
    assert store.details_wanted.address_missing("M1")
    keep(store, order_unit(1, billing_address=HOME, shipping_address=HOME), request_seq=2)
    assert card(store)["shipping_address"]["street"] == "Am Weg"
    assert not store.details_wanted.address_missing("M1")


OTHERWISE_WRITTEN: dict[str, dict[str, Any]] = {
    "two blanks": {"street": "Am  Weg"},
    "a blank at the end": {"city": "Görlitz "},
    "another blank": {"street": "Am\u00a0Weg", "last_name": "Müller\t"},
    "decomposed": {name: unicodedata.normalize("NFD", str(HOME[name])) for name in ("first_name", "last_name", "city")},
    "zero width": {"postcode": f"{HOME['postcode']}\u200b"},
    "masked": {"street": "***", "phone": "***"},
    "a dot": {"company_name": ".", "additional_field": "-"},
}


@pytest.mark.parametrize("fields", OTHERWISE_WRITTEN.values(), ids=OTHERWISE_WRITTEN)
def test_address_written_otherwise_is_no_change(store: Store, fields: dict[str, Any]) -> None:
    """The unit is unchanged, no row is added anywhere, and no history is written."""
    keep(store, order_unit(1, billing_address=HOME, shipping_address=HOME))
    before = content(store)
    again = keep(
        store, order_unit(1, billing_address={**HOME, **fields}, shipping_address={**HOME, **fields}), request_seq=1
    )
    assert again.units[0].change == "unchanged"
    assert content(store) == before


@pytest.mark.parametrize("fields", [{"street": "Am Wege"}, {"house_number": "99"}, {"city": "GÖRLITZ"}])
def test_another_address_is_a_change(store: Store, fields: dict[str, Any]) -> None:
    """What a reader sees as another address replaces the old one, and the history shows both."""
    keep(store, order_unit(1, billing_address=HOME, shipping_address=HOME))
    keep(store, order_unit(1, billing_address=HOME, shipping_address={**HOME, **fields}), request_seq=2)
    found = card(store)
    assert found["shipping_address"] | fields == found["shipping_address"]
    (entry,) = found["history"]
    assert (entry["field"], "Am Weg" in entry["old"]) == ("shipping_address", True)
    assert str(next(iter(fields.values()))) in entry["new"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"first_name": ".", "last_name": "-", "company_name": "Nordkessel GmbH"}, "Nordkessel GmbH"),
        ({"first_name": "***", "last_name": "Müller"}, "Müller"),
        ({"first_name": " Jörg ", "last_name": "\u200bMüller"}, "Jörg Müller"),
        ({"first_name": None, "last_name": None, "company_name": "***"}, "Marlene Kleinschmidt"),
    ],
)
def test_buyers_name_is_one_that_says_something(store: Store, fields: dict[str, Any], name: str) -> None:
    """Of the billing address, else of the shipping address; no dots and no stars."""
    keep(store, order_unit(1, billing_address=example_address(**fields), shipping_address=example_address()))
    assert card(store)["buyer_name"] == name
    keep(store, order_unit(2, billing_address=example_address(**fields), shipping_address=example_address()))
    assert card(store)["buyer_name"] == name


def test_title_with_other_blanks_is_no_change(store: Store) -> None:
    """Nor is that of a product: the history shows what a reader sees."""
    keep(store, order_unit(1, product={"id_product": 7, "title": "Käse  Reibe", "eans": ["1"]}))
    title = unicodedata.normalize("NFD", "Käse Reibe")
    again = keep(store, order_unit(1, product={"id_product": 7, "title": title, "eans": ["1"]}))
    assert again.units[0].change == "unchanged"
    assert column(store, "SELECT count(*) FROM products") == [1]


def test_older_store_asks_again_for_what_is_withheld(tmp_path: Path) -> None:
    """Orders to be sent that kept an address of the country alone; those that were sent or erased stay as they are."""
    path = tmp_path / "data" / "store.sqlite3"
    with open_database(path, NOW, MIGRATIONS[:9]) as old:
        old.execute("INSERT INTO addresses (address_no, content_hash, country) VALUES (1, x'01', 'DE')")
        old.execute("INSERT INTO addresses (address_no, content_hash, street) VALUES (2, x'02', 'Weg')")
        sent = (("M1", "need_to_be_sent", 1), ("M2", "sent", 1), ("M3", "open", 2), ("M4", "open", 1))
        for key, (id_order, status, address_no) in enumerate(sent):
            old.execute("INSERT INTO orders (id_order, imported_at) VALUES (?, 'x')", (id_order,))
            old.execute(
                "INSERT INTO order_units (id_order_unit, id_order, status, price, shipping_address_no, asked_as)"
                " VALUES (?, ?, ?, 5, ?, 1)",
                (key, id_order, status, address_no),
            )
        old.execute("UPDATE kept_counts SET orders = 4, units = 4")
        old.execute("INSERT INTO erased_orders (id_order, at, why) VALUES ('M4', 'x', 'request')")
    with Store.open(path, NOW) as store:
        assert column(store, "SELECT shipping_address_no FROM order_units ORDER BY id_order") == [None, 1, 2, 1]
