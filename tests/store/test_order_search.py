"""The search index finds what looking at everything finds, whoever wrote the store, and forgets what is gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.simulator import example_address, example_product
from kaufland_cli.store import search_index
from kaufland_cli.store.database import open_database
from kaufland_cli.store.order_queries import OrderFilter
from kaufland_cli.store.schema import MIGRATIONS
from kaufland_cli.store.store import Store
from store_helpers import NOW, column, keep, new_store, piece

SHARED = "abcßüÜẞİ\N{LATIN SMALL LETTER LONG S}\N{GREEK SMALL LETTER SIGMA}ς-@1 ."
words = st.text(SHARED, min_size=1, max_size=8) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5
)
orders = st.fixed_dictionaries(
    {
        "id_order_unit": st.integers(1, 6),
        "id_order": st.sampled_from(["M1ABC", "M2ABD", "ß3"]),
        "id_offer": st.none() | words,
        "product": st.none()
        | st.builds(lambda title, ean: example_product(title=title, eans=[ean, title]), words, words),
        "buyer": st.none() | st.builds(lambda email: {"id_buyer": 1, "email": email}, words),
        "billing_address": st.none() | st.builds(lambda name: example_address(last_name=name), words),
        "shipping_address": st.none() | st.builds(lambda city: example_address(city=city), words),
    }
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take orders into the index at once, so that a few suffice to see it at work."""
    monkeypatch.setattr(search_index, "ENOUGH_WAITING", 1)


def found(store: Store, search: str) -> list[str]:
    """Return what a search finds, after seeing that the count agrees."""
    ids = [order["id_order"] for order in store.queries.orders(OrderFilter(search=search))]
    assert store.queries.count(OrderFilter(search=search)) == len(ids)
    return ids


def found_by_looking(store: Store, search: str) -> list[str]:
    """Return what is found without the index."""
    store.database.has_search_index = False
    try:
        return found(store, search)
    finally:
        store.database.has_search_index = True


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(orders, min_size=1, max_size=3), min_size=1, max_size=4), st.lists(words, max_size=4), st.data()
)
def test_the_index_finds_what_looking_finds(
    pages: list[list[dict[str, Any]]], searches: list[str], data: st.DataObject
) -> None:
    """For any texts, changed any number of times, and any search: the same orders, in the same order."""
    with TemporaryDirectory() as folder, new_store(Path(folder)) as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_index, "ENOUGH_WAITING", data.draw(st.sampled_from([1, 2, 100])))
        for asked_as, page in enumerate(pages, start=1):
            keep(store, *[piece(**unit) for unit in page], asked_as=asked_as)
        texts = column(
            store,
            "SELECT id_order FROM orders UNION SELECT buyer_name FROM orders UNION SELECT buyer_email FROM orders"
            " UNION SELECT ship_to_city FROM orders UNION SELECT title FROM products UNION SELECT ean FROM products"
            " UNION SELECT id_offer FROM order_units",
        )
        for text in [one for one in texts if one]:
            start = data.draw(st.integers(0, len(text) - 1))
            part = text[start : data.draw(st.integers(start + 1, len(text)))]
            searches = [*searches, text, part, part.swapcase()]
        for search in searches:
            assert found(store, search) == found_by_looking(store, search), search


def test_a_search_asks_the_index(store: Store) -> None:
    """Part of the order id, the buyer, the e-mail address, an EAN, an offer or a title does not look at each order."""
    keep(store, *[piece(number, f"M{number}") for number in range(30)], piece(99, "M2BBB"))
    looked_at: list[str] = []

    def contains(part: str, *texts: object) -> bool:
        looked_at.append(str(texts[0]))
        return part in str(texts).casefold()

    store.database._connection.create_function("contains", -1, contains)
    assert found(store, "m2bbb") == ["M2BBB"]
    assert set(looked_at) == {"M2BBB"}


def test_what_an_order_said_before_is_forgotten(store: Store) -> None:
    """A name that is gone from an order is gone from the index, to the last trigram."""
    keep(store, piece(1, billing_address=example_address(last_name="Zyxwvut")))
    keep(store, piece(1, billing_address=example_address(last_name="Abendroth")), asked_as=2)
    assert found(store, "zyxwvut") == []
    assert found(store, "abendroth") == ["M1"]
    sql = "SELECT count(*) FROM order_texts WHERE order_texts MATCH ?"
    assert store.database.value(sql, ('"zyx"',)) == 0
    keep(store, piece(1, "M2"), asked_as=3)
    assert [store.database.value(sql, (asked,)) for asked in ('"abe"', '"kle"')] == [0, 1]
    assert column(store, "SELECT order_no FROM search_waiting") == []


def test_an_older_store_gets_its_index(tmp_path: Path) -> None:
    """A store of the first version, with orders in it, is found by search and counted right after it was opened."""
    path = tmp_path / "store.sqlite3"
    open_database(path, NOW, MIGRATIONS[:1]).close()
    with open_database(path, NOW, MIGRATIONS[:1]) as old:
        old.execute(
            "INSERT INTO orders (id_order, imported_at, buyer_name, lines) VALUES ('M7', 'x', 'Özlem Straßner', 1)"
        )
        old.execute("INSERT INTO products VALUES (1, x'00', 7, 'Teekanne', '4012', '[\"4012\", \"4013\"]', NULL)")
        old.execute(
            "INSERT INTO order_units (id_order_unit, id_order, status, price, product_no, fulfillment_type, more,"
            " asked_as) VALUES (1, 'M7', 'sent', 5, 1, 'by_hand', '{\"note\":\"x\"}', 3)"
        )
        old.execute(
            "INSERT INTO details_wanted (id_order, reason, wanted_at, next_try_at) VALUES ('M7', 'r', 'x', 'x')"
        )
        old.execute(
            "INSERT INTO request_log (at, attempt, method, endpoint, url, bytes) VALUES ('x', 1, 'GET', '/', '/', 12)"
        )
    with Store.open(path, NOW) as store:
        assert store.database.has_search_index
        assert [found(store, text) for text in ("STRASSNER", "4013", "teek", "7")] == [["M7"]] * 4
        assert store.queries.counts() == {
            "orders": 1,
            "units": 1,
            "units_failed": 0,
            "units_put_aside": 0,
            "details_waiting": 1,
        }
        assert store.request_log.size() == (1, 12)
        assert column(store, "SELECT fulfillment_type || more FROM v_order_units") == ['by_hand{"note":"x"}']
        assert column(store, "PRAGMA foreign_key_check") == []
        assert column(store, "PRAGMA integrity_check") == ["ok"]


def test_without_the_index_everything_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SQLite that has no such index writes and searches all the same; one that has it catches up later."""
    with new_store(tmp_path) as store:
        keep(store, piece(1, "M1AAA"))
    with monkeypatch.context() as patch:
        patch.setattr(search_index, "OLDEST_WITH_TRIGRAMS", (99,))
        with new_store(tmp_path) as store:
            assert not store.database.has_search_index
            keep(
                store,
                piece(2, "M2BBB"),
                piece(1, "M1AAA", billing_address=example_address(last_name="Neu")),
                asked_as=2,
            )
            assert (found(store, "2bb"), found(store, "neu")) == (["M2BBB"], ["M1AAA"])
    with new_store(tmp_path) as store:
        assert (found(store, "2bb"), found(store, "neu")) == (["M2BBB"], ["M1AAA"])
        keep(store, piece(3, "M3CCC"), asked_as=3)
        assert column(store, "SELECT order_no FROM search_waiting") == []
        assert (found(store, "2bb"), found(store, "neu")) == (["M2BBB"], ["M1AAA"])


def test_much_that_is_found_is_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that stands nearly everywhere is searched without the index, with the same result."""
    keep(store, *[piece(number, f"M{number}00") for number in range(1, 9)])
    monkeypatch.setattr(search_index, "MANY", 4)
    assert len(found(store, "marktplatz")) == 8
    assert len(found(store, "wasserkocher")) == 8
    assert found(store, "m100") == ["M100"]


def test_sqlite_here_has_the_index() -> None:
    """Else the tests above would prove nothing."""
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone()
