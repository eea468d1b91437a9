"""The search index finds what looking at everything finds, whoever wrote the store, and forgets what is gone."""

import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import StoreUnusable
from kaufland_cli.simulator import example_address, example_product
from kaufland_cli.store import search_index
from kaufland_cli.store.database import open_database
from kaufland_cli.store.migrations.schema import MIGRATIONS
from kaufland_cli.store.order_queries import OrderFilter
from kaufland_cli.store.store import Store
from support.sampling import examples
from support.stores import NOW, column, keep, new_store, order_unit

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
        "billing_address": st.none()
        | st.builds(lambda name, firm: example_address(last_name=name, company_name=firm), words, st.none() | words),
        "shipping_address": st.none()
        | st.builds(lambda city, street: example_address(city=city, street=street), words, words),
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
    ids = [order.id_order for order in store.queries.orders(OrderFilter(search=search))]
    assert store.queries.count(OrderFilter(search=search)) == len(ids)
    return ids


def found_by_looking(store: Store, search: str) -> list[str]:
    """Return what is found without the index."""
    store.database.has_search_index = False
    try:
        return found(store, search)
    finally:
        store.database.has_search_index = True


@settings(max_examples=examples(30))
@given(
    st.lists(st.lists(orders, min_size=1, max_size=3), min_size=1, max_size=4), st.lists(words, max_size=4), st.data()
)
def test_index_finds_what_looking_finds(
    pages: list[list[dict[str, Any]]], searches: list[str], data: st.DataObject
) -> None:
    """For any texts, changed any number of times, and any search: the same orders, in the same order."""
    with TemporaryDirectory() as folder, new_store(Path(folder)) as store, pytest.MonkeyPatch.context() as patch:
        for name, values in (("ENOUGH_WAITING", [1, 2, 100]), ("FEW", [0, 2, 1_000]), ("MANY", [1, 4, 100_000])):
            patch.setattr(search_index, name, data.draw(st.sampled_from(values)))
        for request_seq, page in enumerate(pages, start=1):
            keep(store, *[order_unit(**unit) for unit in page], request_seq=request_seq)
        texts = column(
            store,
            "SELECT id_order FROM orders UNION SELECT buyer_name FROM orders UNION SELECT buyer_email FROM orders"
            " UNION SELECT ship_to_city FROM orders UNION SELECT title FROM products UNION SELECT ean FROM products"
            " UNION SELECT id_offer FROM products UNION SELECT street || ' ' || house_number FROM addresses"
            " UNION SELECT company_name FROM addresses UNION SELECT postcode || ' ' || city FROM addresses",
        )
        for text in [one for one in texts if one]:
            start = data.draw(st.integers(0, len(text) - 1))
            part = text[start : data.draw(st.integers(start + 1, len(text)))]
            searches = [*searches, text, part, part.swapcase(), text[start : start + 2]]
        for search in searches:
            assert found(store, search) == found_by_looking(store, search), search


def test_search_asks_the_index(store: Store) -> None:
    """Part of the order id, the buyer, the e-mail address, an EAN, an offer or a title does not look at each order."""
    keep(store, *[order_unit(number, f"M{number}") for number in range(30)], order_unit(99, "M2BBB"))
    looked_at: list[str] = []

    def contains(part: str, *texts: object) -> bool:
        looked_at.append(str(texts[0]))
        return part in str(texts).casefold()

    store.database._connection.create_function("contains", -1, contains)
    assert found(store, "m2bbb") == ["M2BBB"]
    assert set(looked_at) == {"M2BBB"}


def test_previous_texts_of_an_order_are_forgotten(store: Store) -> None:
    """A name that is gone from an order is gone from the index, to the last trigram."""
    keep(store, order_unit(1, billing_address=example_address(last_name="Zyxwvut")))
    keep(store, order_unit(1, billing_address=example_address(last_name="Abendroth")), request_seq=2)
    assert found(store, "zyxwvut") == []
    assert found(store, "abendroth") == ["M1"]
    sql = "SELECT count(*) FROM order_search WHERE order_search MATCH ?"
    assert store.database.value(sql, ('"zyx"',)) == 0
    keep(store, order_unit(1, "M2"), request_seq=3)
    assert [store.database.value(sql, (asked,)) for asked in ('"abe"', '"kle"')] == [0, 1]
    assert column(store, "SELECT order_no FROM search_waiting") == []


def test_older_store_gets_its_index(tmp_path: Path) -> None:
    """A store of the first version, with orders in it, is found by search and counted right after it was opened."""
    path = tmp_path / "store.sqlite3"
    open_database(path, NOW, MIGRATIONS[:1]).close()
    with open_database(path, NOW, MIGRATIONS[:1]) as old:
        old.execute("INSERT INTO addresses (address_no, content_hash, last_name) VALUES (1, x'00', 'Straßner')")
        old.execute("INSERT INTO orders (id_order, imported_at, billing_address_no, lines) VALUES ('M7', 'x', 1, 1)")
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
        assert store.queries.counts() == (1, 1, 0, 0, 1)
        assert store.request_log.size() == (1, 12)
        assert column(store, "SELECT fulfillment_type || more FROM v_order_units") == ['by_hand{"note":"x"}']
        assert column(store, "PRAGMA foreign_key_check") == []
        assert column(store, "PRAGMA integrity_check") == ["ok"]


def test_without_the_index_everything_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SQLite that has no such index writes and searches all the same; one that has it catches up later."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1, "M1AAA"))
    with monkeypatch.context() as patch:
        patch.setattr(search_index, "MIN_TRIGRAM_VERSION", (99,))
        with new_store(tmp_path) as store:
            assert not store.database.has_search_index
            keep(
                store,
                order_unit(2, "M2BBB"),
                order_unit(1, "M1AAA", billing_address=example_address(last_name="Neu")),
                request_seq=2,
            )
            assert (found(store, "2bb"), found(store, "neu")) == (["M2BBB"], ["M1AAA"])
    with new_store(tmp_path) as store:
        assert (found(store, "2bb"), found(store, "neu")) == (["M2BBB"], ["M1AAA"])
        keep(store, order_unit(3, "M3CCC"), request_seq=3)
        assert column(store, "SELECT order_no FROM search_waiting") == []
        assert (found(store, "2bb"), found(store, "neu")) == (["M2BBB"], ["M1AAA"])


NFD = partial(unicodedata.normalize, "NFD")
EVERYWHERE: dict[str, list[str]] = {
    "the recipient": ["Özgür Weiß", "özgür weiss", NFD("özgür"), "zgür W"],
    "the buyer": ["Ännchen", NFD("ÄNNCHEN von Tharau"), "tharau"],
    "the company": ["Nordkessel GmbH", "kessel g", "NORDKESSEL"],
    "the street": ["Große Gasse 7", NFD("große gasse"), "grosse  gasse 7", "gasse\u00a07"],
    "the addition": ["Hinterhof", "hof, tor 3"],
    "postcode and city": ["02826", "02826 Görlitz", NFD("Görlitz"), "6 g"],
    "the phone": ["3581 47"],
    "the SKU": ["KESSEL/17-ä", NFD("kessel/17-Ä"), "/17"],
    "the title": ["Käsereibe für", NFD("KÄSEREIBE FÜR"), "reibe  für"],
    "the EAN": ["4006381333931", "333931"],
    "the e-mail address": ["aennchen@example", "@example.com"],
    "the order": ["m845", "45ea5"],
    "two letters": ["öz", NFD("gö"), "17"],
}


def say_everything(store: Store, form: Callable[[str], str]) -> None:
    """Keep one order that says all of it, in this form, and one that says something else."""
    buyer = {"first_name": "Ännchen", "last_name": "von Tharau", "company_name": "Nordkessel GmbH"}
    recipient = {
        "first_name": "Özgür",
        "last_name": "Weiß",
        "street": "Große  Gasse",
        "house_number": "7",
        "additional_field": "Hinterhof, Tor 3",
        "postcode": "02826",
        "city": "Görlitz",
        "phone": "+49 3581 47",
    }
    told = {name: form(text) for name, text in recipient.items()}
    keep(
        store,
        order_unit(
            1,
            "M845EA5",
            id_offer=form("KESSEL/17-ä"),
            product=example_product(title=form("Käsereibe  für alle"), eans=["4006381333931"]),
            buyer={"id_buyer": 1, "email": "aennchen@example.com"},
            billing_address=example_address(**{name: form(text) for name, text in buyer.items()}),
            shipping_address=example_address(**told),
        ),
        order_unit(2, "M2", buyer=None, id_offer="Z", product=None, billing_address=None, shipping_address=None),
    )


@pytest.mark.parametrize("searches", EVERYWHERE.values(), ids=EVERYWHERE)
@pytest.mark.parametrize("form", [str, NFD, str.upper], ids=["composed", "decomposed", "capitals"])
def test_searched_texts_find_the_order(
    tmp_path: Path, form: Callable[[str], str], searches: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order id, names, addresses, phone, e-mail address, SKU, title and EAN, however written.

    Composed or not, with other blanks, with the index and without, and while the order waits for its entry.
    """
    for waiting in (100, 1):
        monkeypatch.setattr(search_index, "ENOUGH_WAITING", waiting)
        with new_store(tmp_path / str(waiting)) as store:
            say_everything(store, form)
            for search in searches:
                assert found(store, search) == found_by_looking(store, search) == ["M845EA5"], search
            assert found(store, f"{searches[0]}x") == found_by_looking(store, f"{searches[0]}x") == []


def test_index_of_an_earlier_form_is_replaced(tmp_path: Path) -> None:
    """A store whose index covered less is searched in full once it was opened; nothing is left of the old."""
    with new_store(tmp_path) as store:
        say_everything(store, str)
        path = store.database.path
    assert path is not None
    with closing(sqlite3.connect(path)) as plain:
        for index in ("order_search", "product_search"):
            plain.execute(f"DROP TABLE {index}")
        for index in ("order_texts", "sold_texts"):
            plain.execute(f"CREATE VIRTUAL TABLE {index} USING fts5 (text, content = '', tokenize = 'trigram')")
        plain.commit()
    with Store.open(path, NOW) as store:
        assert store.database.has_search_index
        assert column(store, "SELECT order_no FROM search_waiting") == []
        assert [found(store, text) for text in ("Große Gasse", "nordkessel", "käsereibe f")] == [["M845EA5"]] * 3
        assert column(store, "SELECT name FROM sqlite_master WHERE name LIKE '%_texts%'") == []


@pytest.mark.parametrize(("few", "many"), [(1_000, 4), (4, 100_000), (4, 4)])
def test_much_that_is_found_is_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch, few: int, many: int) -> None:
    """A text that stands nearly everywhere is checked order by order, with the same result."""
    keep(store, *[order_unit(number, f"M{number}00") for number in range(1, 9)])
    monkeypatch.setattr(search_index, "FEW", few)
    monkeypatch.setattr(search_index, "MANY", many)
    assert len(found(store, "marktplatz")) == 8
    assert len(found(store, "wasserkocher")) == 8
    assert len(found(store, "00")) == 8
    assert found(store, "m100") == ["M100"]


def test_list_of_a_frequent_text_stops_where_it_has_enough(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two letters that stand in each order are checked in no more orders than the list shows."""
    keep(store, *[order_unit(number, f"M{number}00") for number in range(1, 30)])
    monkeypatch.setattr(search_index, "FEW", 4)
    monkeypatch.setattr(search_index, "MANY", 4)
    looked_at: list[str] = []

    def contains(part: str, *texts: object) -> bool:
        looked_at.append(str(texts[0]))
        return part in str(texts).casefold()

    store.database._connection.create_function("contains", -1, contains)
    assert len(list(store.queries.orders(OrderFilter(search="00", limit=3)))) == 3
    assert len(looked_at) == 3


def test_two_letters_that_are_a_whole_offer_are_found(store: Store) -> None:
    """An entry that is too short for any trigram is found all the same."""
    keep(store, order_unit(1, "M1", id_offer="Z1", product=None), order_unit(2, "M2", id_offer="Z12", product=None))
    assert [found(store, "z1"), found_by_looking(store, "z1"), found(store, "z2")] == [["M2", "M1"]] * 2 + [[]]


def test_reading_leaves_the_store_as_it_is(tmp_path: Path) -> None:
    """Two letters need a temporary table; nothing else can be written before or after it."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(1, "M1"))
        path = store.database.path
    assert path is not None
    with Store.open_for_reading(path, NOW) as store:
        assert found(store, "wa") == ["M1"]
        with pytest.raises(StoreUnusable):
            store.database.execute("UPDATE orders SET status = 'x'")


def test_sqlite_here_has_the_index() -> None:
    """Else the tests above would prove nothing."""
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone()
