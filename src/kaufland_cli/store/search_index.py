"""Finds orders by part of a text without scanning all of them: a trigram index over the texts of orders and offers.

It searches the order's id, the e-mail address, both addresses (name, company, street, additional line, postcode, city,
phone), and the offer (SKU), title and EANs of what was sold, all in the form of `domain.text.search_form`. It does not
search the pickup point, the buyer's number or extra fields; README, help and docs promise no more than this.

The index only narrows the search down: each hit is checked against the tables, so a stale entry does no harm. If SQLite
has no such index (FTS5 with trigrams) or the text is one letter, order by order is checked, with the same result.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from kaufland_cli.domain.text import search_form
from kaufland_cli.store.connection import Database
from kaufland_cli.store.sql_functions import search_text

MIN_TRIGRAM_VERSION = (3, 34, 0)
MIN_INDEXED_LENGTH = 3
MAX_TRIGRAMS = 32
"""More trigrams do not narrow the search down much further."""
ENOUGH_WAITING = 640
"""Orders are indexed once this many wait; until then a search scans the waiting ones."""
MAX_CATCH_UP = 2_000
FEW = 1_000
"""Orders or units; if the index finds fewer, all of them are looked up."""
MANY = 100_000
"""Orders; if the index finds as many, keeping their numbers would take longer than going through the orders."""
_LAST = chr(0x10FFFF)

_INDEXES = ("order_search", "product_search")
_FORMER_INDEXES = ("order_texts", "sold_texts", "sold_search")
"""Indexes of earlier forms."""
# Contentless: the texts are in the tables. They come in search form, so the tokenizer need not fold case.
_CREATE = (
    "CREATE VIRTUAL TABLE {} USING fts5"
    " (text, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1')"
)


def _texts_of(addresses: str) -> str:
    """Return the searched columns of an address; parts that belong together, such as street and number, are joined."""

    def joined(*names: str) -> str:
        return " || ' ' || ".join(f"coalesce({addresses}.{name}, '')" for name in names)

    single = [f"{addresses}.{name}" for name in ("company_name", "additional_field", "phone")]
    pairs = (("first_name", "last_name"), ("street", "house_number"), ("postcode", "city"))
    return ", ".join([*(joined(*pair) for pair in pairs), *single])


_ORDER_TEXTS = (
    f"SELECT order_no, id_order, buyer_email, {_texts_of('billing')}, {_texts_of('shipping')} FROM orders"  # noqa: S608 - our own names
    " LEFT JOIN addresses AS billing ON billing.address_no = billing_address_no"
    " LEFT JOIN addresses AS shipping"
    " ON shipping.address_no = shipping_address_no AND shipping_address_no IS NOT billing_address_no"
)
_PRODUCT_TEXTS = (
    "SELECT product_no, id_offer, title,"
    " coalesce((SELECT group_concat(value, char(10)) FROM json_each(eans)), ean) AS eans FROM products"
)
# Products come with rising numbers and never change, so one number tells which of them have no entry yet.
_PRODUCTS_WAITING = "SELECT (SELECT coalesce(max(product_no), 0) FROM products) - products_searched FROM sync_state"
_WAITING_PRODUCTS = "product_no > (SELECT products_searched FROM sync_state)"
_PRODUCTS_DONE = "UPDATE sync_state SET products_searched = (SELECT coalesce(max(product_no), 0) FROM products)"

Texts = tuple[Any, ...]
"""A row number and its texts."""


def is_supported(database: Database) -> bool:
    """Return whether this SQLite can build and read the index."""
    newest = sqlite3.sqlite_version_info >= MIN_TRIGRAM_VERSION
    return newest and bool(database.value("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"))


class SearchIndex:
    """Writes the index, inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_orders(self, order_nos: Iterable[int]) -> None:
        """Add orders without an entry; they wait until there are enough to index together."""
        self._database.execute_many("INSERT OR IGNORE INTO search_waiting VALUES (?)", [(one,) for one in order_nos])

    def remove_orders(self, order_nos: Iterable[int]) -> None:
        """Remove orders and all their texts; call it before they or their addresses change."""
        for order_no in sorted(order_nos):  # FTS5 writes a segment of its own for each number below the one before
            waiting = self._database.execute("DELETE FROM search_waiting WHERE order_no = ?", (order_no,)).rowcount
            if not waiting and self._database.has_search_index:
                self._database.execute_many(
                    "INSERT INTO order_search (order_search, rowid, text) VALUES ('delete', ?, ?)",
                    _entries(self._database.tuples(f"{_ORDER_TEXTS} WHERE order_no = ?", (order_no,))),
                )

    def optimize(self) -> None:
        """Erase removed entries, which FTS5 only marks as deleted until its segments are merged."""
        if self._database.has_search_index:
            self._database.execute("INSERT INTO order_search (order_search) VALUES ('optimize')")

    def catch_up(self) -> None:
        """Index the waiting orders and products once there are enough: together they cost half as much."""
        if not self._database.has_search_index:
            return
        if self._database.value(_PRODUCTS_WAITING) >= ENOUGH_WAITING:
            self._add("product_search", self._database.tuples(f"{_PRODUCT_TEXTS} WHERE {_WAITING_PRODUCTS}"))
            self._database.execute(_PRODUCTS_DONE)
        if self._database.value("SELECT count(*) FROM search_waiting") < ENOUGH_WAITING:
            return
        some = "(SELECT order_no FROM search_waiting ORDER BY order_no LIMIT ?)"
        limit = (MAX_CATCH_UP,)
        self._add("order_search", self._database.tuples(f"{_ORDER_TEXTS} WHERE order_no IN {some}", limit))
        self._database.execute(f"DELETE FROM search_waiting WHERE order_no IN {some}", limit)  # noqa: S608 - our own names

    def _add(self, index: str, entries: Iterable[Texts]) -> None:
        self._database.execute_many(
            f"INSERT INTO {index} (rowid, text) VALUES (?, ?)",  # noqa: S608 - our own names
            _entries(entries),
        )


def _entries(found: Iterable[Texts]) -> list[tuple[int, str]]:
    return [(number, search_text(*texts)) for number, *texts in found]


def prepare_search_index(database: Database) -> None:
    """Build the index if it is missing and this SQLite supports it, and note whether it can be used."""
    if not is_supported(database):
        return
    present = {str(name) for (name,) in database.tuples("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not present.issuperset(_INDEXES) or present.intersection(_FORMER_INDEXES):
        with database.transaction():
            for index in _FORMER_INDEXES:
                database.execute(f"DROP TABLE IF EXISTS {index}")
            _fill(database, "order_search", _ORDER_TEXTS, "DELETE FROM search_waiting")
            _fill(database, "product_search", _PRODUCT_TEXTS, _PRODUCTS_DONE)
    database.has_search_index = True


def _fill(database: Database, index: str, texts: str, done: str) -> None:
    """Make an index that is missing, with entries for all there is."""
    if database.value("SELECT 1 FROM sqlite_master WHERE name = ?", (index,)) is None:
        database.execute(_CREATE.format(index))
        database.execute_many(
            f"INSERT INTO {index} (rowid, text) VALUES (?, ?)",  # noqa: S608 - our own names
            ((number, search_text(*found)) for number, *found in database.rows(texts)),
        )
        database.execute(done)


def trigram_query(folded: str) -> str | None:
    """Return the FTS5 query for a text in search form, or None if it is too short for the index.

    Of an e-mail address only the part before the at sign is used, because many share the domain.
    """
    local, sign, _ = folded.partition("@")
    wanted = local + sign if len(local + sign) >= MIN_INDEXED_LENGTH else folded
    if len(wanted) < MIN_INDEXED_LENGTH:
        return None
    parts = dict.fromkeys(wanted[place : place + 3] for place in range(len(wanted) - 2))
    return " AND ".join(map(_quoted, list(parts)[:MAX_TRIGRAMS]))


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def search_condition(database: Database, search: str) -> tuple[str, list[Any]]:
    """Return the SQL condition on the table of orders that finds a text, and its values.

    What the index finds in a few orders is looked up. What it finds in many is checked order by order, so that a list
    is done as soon as it has enough.
    """
    folded = search_form(search)
    if not folded:  # nothing visible was typed
        return "0", []
    asked = [_index_query(database, index, folded) for index in _INDEXES] if database.has_search_index else [None, None]
    of_orders, of_products = asked
    if of_orders is None or of_products is None:
        return f"({_CHECKED} OR {_CHECKED_UNITS})", [folded] * 4
    # A text of two letters that is all that an entry has is in no trigram.
    short_orders, short_products = (_SHORT_ORDERS, _SHORT_PRODUCTS) if len(folded) < MIN_INDEXED_LENGTH else ("", "")
    entries, units = f"{_ENTRIES}{short_orders}", _LOOKED_UP_UNITS.format(short_products)
    orders = _finds(database, "order_search", of_orders, MANY)
    few_units = _finds_few_units(database, of_products)
    if orders < FEW and few_units:
        looked_up = f"SELECT id_order FROM orders WHERE order_no IN ({entries}) AND {_CHECKED}"  # noqa: S608 - our own names
        return f"id_order IN ({looked_up} UNION ALL {units})", [of_orders, *[folded] * 2, of_products, *[folded] * 2]
    condition, values = _CHECKED, [folded] * 2
    if orders < MANY:
        condition, values = f"(+order_no IN ({entries}) AND {_CHECKED})", [of_orders, *values]
    if few_units:
        return f"({condition} OR id_order IN ({units}))", [*values, of_products, *[folded] * 2]
    return f"({condition} OR {_CHECKED_UNITS})", [*values, *[folded] * 2]


def _index_query(database: Database, index: str, folded: str) -> str | None:
    """Return the FTS5 query for a text in search form; None if the index cannot answer it.

    Two letters are part of trigrams: those that begin with them, and at the end of a text the one that ends with them.
    """
    if len(folded) != MIN_INDEXED_LENGTH - 1:
        return trigram_query(folded)
    with database.temporary_tables():
        database.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{index}_terms USING fts5vocab(main, {index}, row)")
    sql = f"SELECT term FROM temp.{index}_terms WHERE term >= ? AND term < ?"  # noqa: S608 - our own names
    terms = [str(term) for (term,) in database.tuples(sql, (folded, folded + _LAST))]
    terms += [letter + folded for letter in _first_letters(database, index)]
    return " OR ".join(map(_quoted, terms)) or None


def _first_letters(database: Database, index: str) -> Iterator[str]:
    """Yield each letter that a trigram of the index begins with, by leaping from one to the next."""
    sql, term = f"SELECT term FROM temp.{index}_terms WHERE term > ? LIMIT 1", ""  # noqa: S608 - our own names
    while (found := database.value(sql, (term,))) is not None:
        yield str(found)[0]
        term = str(found)[0] + _LAST


def _finds(database: Database, index: str, asked: str, most: int) -> int:
    """Return how many entries the index finds, at most `most`."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {index} WHERE {index} MATCH ? LIMIT ?)"  # noqa: S608 - our own names
    return int(database.value(sql, (asked, most)))


def _finds_few_units(database: Database, asked: str) -> bool:
    """Return whether the products that the index finds were sold so seldom that their units can be looked up."""
    products = _finds(database, "product_search", asked, MANY)
    if not products:
        return True
    row = database.row("SELECT units, (SELECT max(product_no) FROM products) AS products FROM row_counts")
    return row is None or products * int(row["units"]) < FEW * int(row["products"])


_ENTRIES = "SELECT rowid FROM order_search WHERE order_search MATCH ? UNION SELECT order_no FROM search_waiting"
_CHECKED = (
    "(contains(?, id_order, buyer_email) OR EXISTS (SELECT 1 FROM addresses"  # noqa: S608 - our own names
    f" WHERE address_no IN (billing_address_no, shipping_address_no) AND contains(?, {_texts_of('addresses')})))"
)
_CHECKED_PRODUCT = (
    "(contains(?, products.id_offer, title, ean) OR EXISTS (SELECT 1 FROM json_each(eans) WHERE contains(?, value)))"
)
_CHECKED_UNITS = (
    "EXISTS (SELECT 1 FROM order_units AS unit JOIN products USING (product_no)"  # noqa: S608 - our own names
    f" WHERE unit.id_order = orders.id_order AND {_CHECKED_PRODUCT})"
)
_SHORT_ORDERS = " UNION SELECT order_no FROM orders WHERE length(id_order) < 5"
_SHORT_PRODUCTS = (
    " UNION SELECT product_no FROM products WHERE coalesce(length(title), 0) + coalesce(length(id_offer), 0) < 10"
)
_LOOKED_UP_UNITS = (
    "SELECT unit.id_order FROM products CROSS JOIN order_units AS unit USING (product_no)"  # noqa: S608 - our own names
    " WHERE product_no IN (SELECT rowid FROM product_search WHERE product_search MATCH ?{}"
    f" UNION SELECT product_no FROM products WHERE {_WAITING_PRODUCTS}) AND {_CHECKED_PRODUCT}"
)
