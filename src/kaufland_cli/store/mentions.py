"""Whether a text mentions certain buyers: error messages, results of runs, recorded bodies.

A name or address can appear in any form: in JSON, in a URL, cut off in the middle. So words are compared instead of
whole texts, regardless of case and Unicode form. Erasing a harmless text is better than keeping a buyer's name. See
docs/decisions/0017.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from kaufland_cli.http.personal_data import texts_about_people
from kaufland_cli.store.connection import Database

MIN_WORD_LENGTH: Final = 4
MANY_IDS: Final = 50
MIN_CUT_LENGTH: Final = 3
"""Of a word at the end of a text that was cut off."""
_WORDS: Final = re.compile(r"[^\W_]+")
_NAMES: Final = re.compile(r"[\w-]+")
_ESCAPES: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_CUT: Final = re.compile(r"([^\W_]+)(?:…|\.\.\.)")
_ADDRESS: Final = "first_name, last_name, company_name, street, house_number, postcode, additional_field, phone"


@dataclass(frozen=True, slots=True)
class Mentions:
    """What to look for in texts about some buyers."""

    ids: frozenset[str]
    """Ids of their orders and units, and the numbers of their sales orders."""
    names: frozenset[str]
    """Words from names, streets and e-mail addresses."""
    places: frozenset[str]
    """Words from names of towns, which many people share."""

    def by_id(self, text: str | None) -> bool:
        """Return whether a text contains one of the ids."""
        if not text:
            return False
        if len(self.ids) > MANY_IDS:  # one lookup per word instead of one search per id
            return not self.ids.isdisjoint(_NAMES.findall(text))
        return any(one in text for one in self.ids)

    def in_body(self, text: str | None) -> bool:
        """Return whether a recorded body mentions one of the buyers or orders."""
        return self.by_id(text) or self._has(text, self.names)

    def in_message(self, text: str | None) -> bool:
        """Return whether a sentence may mention one of the buyers or orders, by town too."""
        return self.by_id(text) or self._has(text, self.names | self.places)

    @staticmethod
    def _has(text: str | None, words: frozenset[str]) -> bool:
        if not text or not words:
            return False
        plain = _plain(_ESCAPES.sub(lambda found: chr(int(found[1], 16)), unquote(text)))
        if not words.isdisjoint(_WORDS.findall(plain)):
            return True
        cut = [one for one in _CUT.findall(plain) if len(one) >= MIN_CUT_LENGTH]
        return any(word.startswith(one) for one in cut for word in words)


def mentions_of(database: Database, id_orders: list[str], *, with_names: bool) -> Mentions:
    """Return what to look for in texts about these orders; call it before their buyers are erased."""
    ids = set(id_orders)
    names, places = set[str](), set[str]()
    for id_order in id_orders:
        ids |= {
            str(row[0]) for row in _of(database, "SELECT id_order_unit FROM order_units WHERE id_order = ?", id_order)
        }
        document = _of(database, "SELECT number, target_id FROM sales_orders WHERE id_order = ?", id_order)
        ids |= {str(one) for row in document for one in row if one}
        if with_names:
            for text in _texts(database, id_order):
                names |= _words(text)
            for text in _free_texts(database, id_order):
                names |= {max(_words(text), key=len)} if _words(text) else set()
            places |= {word for (city,) in _of(database, _CITIES, id_order) if city for word in _words(str(city))}
    return Mentions(frozenset(ids), frozenset(names), frozenset(places))


_ADDRESSES_OF = (
    "(SELECT billing_address_no FROM order_units WHERE id_order = ?1"
    " UNION SELECT shipping_address_no FROM order_units WHERE id_order = ?1"
    " UNION SELECT old FROM unit_history WHERE id_order = ?1 AND field LIKE '%address_no'"
    " UNION SELECT new FROM unit_history WHERE id_order = ?1 AND field LIKE '%address_no')"
)
_EXTRAS_OF = (
    "(SELECT extras_no FROM order_units WHERE id_order = ?1"
    " UNION SELECT old FROM unit_history WHERE id_order = ?1 AND field = 'extras_no'"
    " UNION SELECT new FROM unit_history WHERE id_order = ?1 AND field = 'extras_no')"
)
_UNITS_OF = "(SELECT id_order_unit FROM order_units WHERE id_order = ?1)"
_CITIES = f"SELECT city FROM addresses WHERE address_no IN {_ADDRESSES_OF}"  # noqa: S608 - our own names


def _of(database: Database, sql: str, id_order: str) -> list[tuple[Any, ...]]:
    return database.tuples(sql, (id_order,))


def _texts(database: Database, id_order: str) -> Iterator[str]:
    """Yield texts that name the buyer of an order: every word of them counts."""
    for sql in (
        f"SELECT {_ADDRESS} FROM addresses WHERE address_no IN {_ADDRESSES_OF}",  # noqa: S608 - our own names
        "SELECT id_buyer, buyer_email FROM order_units WHERE id_order = ?1",
        "SELECT old, new FROM unit_history WHERE id_order = ?1 AND field IN ('id_buyer', 'buyer_email')",
    ):
        for row in _of(database, sql, id_order):
            yield from (str(text).partition("@")[0] for text in row if text)


def _free_texts(database: Database, id_order: str) -> Iterator[str]:
    """Yield other texts about the buyer: only the longest word of each counts."""
    for sql in (
        f"SELECT more FROM addresses WHERE address_no IN {_ADDRESSES_OF}",  # noqa: S608 - our own names
        f"SELECT more FROM extras WHERE extras_no IN {_EXTRAS_OF}",  # noqa: S608 - our own names
        "SELECT pickup_location FROM orders WHERE id_order = ?1",
        "SELECT old FROM unit_history WHERE id_order = ?1 AND field = 'pickup_location'",
        "SELECT new FROM unit_history WHERE id_order = ?1 AND field = 'pickup_location'",
        f"SELECT raw FROM unreadable_units WHERE id_order = ?1 OR id_order_unit IN {_UNITS_OF}",  # noqa: S608 - our own names
    ):
        for (text,) in _of(database, sql, id_order):
            if text:
                yield from _leaves(text)
    for (name,) in _of(database, "SELECT original_name FROM order_invoices WHERE id_order = ?1", id_order):
        if name:
            yield str(name)


def _leaves(text: str) -> Iterable[str]:
    try:
        return [one for one in texts_about_people(json.loads(text)) if "://" not in one]
    except (ValueError, RecursionError):
        return [text]


def _words(text: str) -> set[str]:
    return {word for word in _WORDS.findall(_plain(text)) if len(word) >= MIN_WORD_LENGTH}


def _plain(text: str) -> str:
    """Return a text of any length in lower case and in Unicode form NFC."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
