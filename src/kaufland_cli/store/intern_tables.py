"""Stores what many units share once, under a number: addresses, products and extra fields.

The latest numbers are cached by content, up to a limit. After a rollback, or when another program wrote to the store,
the cache is cleared. See docs/decisions/0008-sqlite-layout.md.
"""

import json
import marshal
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kaufland_cli.domain.addresses import latest
from kaufland_cli.domain.known import agree, is_unknown, known_kept, known_spelling_kept
from kaufland_cli.domain.orders import ADDRESS_FIELDS, Address, Product
from kaufland_cli.store.connection import Database
from kaufland_cli.store.sql_functions import content_hash

_MARSHAL_VERSION = 2
"""Equal values give equal bytes; later versions write a repeated object as a reference."""
MAX_CACHED = 2_000
"""Cached numbers per table."""

_write_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class InternTables:
    """The rows that units point to by number; inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._addresses = _InternTable(database, "addresses", "address_no", (*ADDRESS_FIELDS, "more"))
        self._products = _InternTable(
            database, "products", "product_no", ("id_product", "title", "ean", "eans", "more")
        )
        self._extras = _InternTable(database, "extras", "extras_no", ("fulfillment_type", "more"))
        self._sold = _NumberCache()
        self._valid_at: tuple[int, int] | None = None

    def begin(self) -> None:
        """Clear the cache if another program wrote or a transaction was undone; call it first in each transaction."""
        valid_at = (self._database.generation, int(self._database.value("PRAGMA data_version")))
        if valid_at != self._valid_at:
            for cache in (self._addresses.cache, self._products.cache, self._extras.cache, self._sold):
                cache.clear()
            self._valid_at = valid_at

    def address_no(self, address: Address, known_no: int | None = None) -> int:
        """Return the number of an address, adding it if it is new.

        A known address is completed by the new one (`domain.addresses.latest`).
        """
        texts, more = _address_texts(address), address.more
        fingerprint = _fingerprint(texts, more) if more else texts

        def values() -> tuple[Any, ...]:
            return (*texts, _write_json(more) if more else None)

        if known_no is None:
            return self._addresses.number(fingerprint, values)
        if self._addresses.find(fingerprint, values) == known_no:
            return known_no
        names = (*ADDRESS_FIELDS, "more")
        found = latest(
            dict(zip(names, (*texts, more), strict=True)),
            dict(zip(names, self._addresses.content(known_no), strict=True)),
        )
        texts, more = tuple(found[name] for name in ADDRESS_FIELDS), found["more"]
        return self._addresses.number(_fingerprint(texts, more) if more else texts, values)

    def product_no(self, product: Product, known_no: int | None = None) -> int | None:
        """Return the number of a product, adding it if it is new; None if nothing is known about it.

        If it is the known product with less detail, the known detail is kept.
        """
        if not (product.id_product or product.title or product.eans or any(product.more.values())):
            return None
        id_product, title, eans, more = product

        def values() -> tuple[Any, ...]:
            return (id_product, title, eans[0] if eans else None, json.dumps(eans), _write_json(more) if more else None)

        fingerprint = _fingerprint(id_product, title, eans, more)
        if known_no is None:
            return self._products.number(fingerprint, values)
        if self._products.find(fingerprint, values) == known_no:
            return known_no
        id_before, title_before, _, eans_before, more_before = self._products.content(known_no)
        if agree(id_product, id_before):
            id_product, title = known_kept(id_product, id_before), known_spelling_kept(title, title_before)
            if all(map(is_unknown, eans)):
                eans = tuple(json.loads(eans_before))
            more = known_spelling_kept(more, more_before)
        return self._products.number(_fingerprint(id_product, title, eans, more), values)

    def extras_no(self, fulfillment_type: str | None, more: Mapping[str, Any], known_no: int | None) -> int | None:
        """Return the number of a unit's extra fields, adding them if they are new; null fields are left out.

        Two endpoints return the same unit with different extra fields; neither removes those of the other.
        """

        def values() -> tuple[Any, ...]:
            kept = {name: value for name, value in more.items() if value is not None}
            return (fulfillment_type, _write_json(kept) if kept else None)

        fingerprint = _fingerprint(fulfillment_type, more)
        if known_no is None:
            return (
                self._extras.number(fingerprint, values)
                if fulfillment_type is not None or has_any_value(more)
                else None
            )
        if self._extras.find(fingerprint, values) == known_no:
            return known_no
        type_before, more_before = self._extras.content(known_no)
        fulfillment_type, more = known_kept(fulfillment_type, type_before), known_kept(more, more_before)
        return self._extras.number(_fingerprint(fulfillment_type, more), values)

    def extras(self, extras_no: int | None) -> tuple[str | None, Mapping[str, Any]]:
        """Return the extra fields with this number: the fulfillment type, and all others by name."""
        fulfillment_type, more = (None, {}) if extras_no is None else self._extras.content(extras_no)
        return fulfillment_type, more

    def note_offer(self, product_no: int | None, id_offer: str | None) -> int | None:
        """Record under which offer a product is sold; return the number of the pair if it is new."""
        if (product_no, id_offer) in self._sold:
            return None
        known = self._database.value(
            "SELECT sold_no FROM sold WHERE product_no IS ? AND id_offer IS ?", (product_no, id_offer)
        )
        self._sold[product_no, id_offer] = 0
        if known is not None:
            return None
        sql = "INSERT INTO sold (product_no, id_offer) VALUES (?, ?)"
        return int(self._database.execute(sql, (product_no, id_offer)).lastrowid or 0)


def _fingerprint(*values: Any) -> bytes:
    """Return bytes that are equal only for equal values, telling 1 from true; JSON or a hash would take far longer."""
    return marshal.dumps(values, _MARSHAL_VERSION)


def has_any_value(more: Mapping[str, Any]) -> bool:
    """Return whether any field has a value."""
    return any(value is not None for value in more.values())


class _NumberCache(dict[Any, int]):
    """Numbers by content; it is emptied when it is full."""

    def __setitem__(self, content: Any, number: int) -> None:
        if len(self) >= MAX_CACHED:
            self.clear()
        super().__setitem__(content, number)


class _InternTable:
    """One table: each distinct content once, with a number."""

    def __init__(self, database: Database, table: str, number: str, names: Sequence[str]) -> None:
        self._database = database
        self._find = f"SELECT {number} FROM {table} WHERE content_hash = ?"  # noqa: S608 - our own names
        marks = ", ".join("?" * (len(names) + 1))
        self._insert = f"INSERT INTO {table} (content_hash, {', '.join(names)}) VALUES ({marks})"  # noqa: S608 - our own names
        self._content = f"SELECT {', '.join(names)} FROM {table} WHERE {number} = ?"  # noqa: S608 - our own names
        self.cache = _NumberCache()

    def number(self, fingerprint: Any, values: Callable[[], Sequence[Any]]) -> int:
        """Return the number of the row with this content, adding it if it is new."""
        found = self.cache.get(fingerprint)
        if found is not None:
            return found
        content = values()
        hashed = content_hash(*content)
        row = self._database.row(self._find, (hashed,))
        number = int(row[0] if row else self._database.execute(self._insert, (hashed, *content)).lastrowid or 0)
        self.cache[fingerprint] = number
        return number

    def find(self, fingerprint: Any, values: Callable[[], Sequence[Any]]) -> int | None:
        """Return the number of the row with this content, if there is one."""
        found = self.cache.get(fingerprint)
        if found is None:
            found = self._database.value(self._find, (content_hash(*values()),))
            if found is not None:
                self.cache[fingerprint] = found = int(found)
        return found

    def content(self, number: int) -> tuple[Any, ...]:
        """Return the content with this number; its last column, JSON, comes as an object."""
        *texts, more = self._database.tuples(self._content, (number,))[0]
        return (*texts, json.loads(more) if more else {})


def _address_texts(address: Address) -> tuple[str | None, ...]:
    return (
        address.first_name,
        address.last_name,
        address.company_name,
        address.street,
        address.house_number,
        address.postcode,
        address.additional_field,
        address.city,
        address.phone,
        address.country,
    )
