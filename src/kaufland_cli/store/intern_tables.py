"""Stores what many units share once, under a number: addresses, products with their offers, and extra fields.

What the units of a response point to is looked up with one query per table, and what is new is written together. The
latest numbers are cached by content, up to a limit. After a rollback, or when another program wrote to the store, the
cache is cleared. See docs/decisions/0008-sqlite-layout.md.
"""

import json
import marshal
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kaufland_cli.domain.addresses import latest
from kaufland_cli.domain.known import agree, is_unknown, known_kept, known_spelling_kept
from kaufland_cli.domain.orders import ADDRESS_FIELDS, Address, OrderUnit, Product, UnreadableUnit
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.sql_functions import content_hash

_MARSHAL_VERSION = 2
"""Equal values give equal bytes; later versions write a repeated object as a reference."""
MAX_CACHED = 2_000
"""Cached numbers per table."""
Content = tuple[Any, ...]
"""What is stored once; the fields without a column come last, as a mapping."""
_Row = tuple[Any, ...]
"""The hash of a content, and its columns as they are written."""

_write_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class InternTables:
    """The rows that units point to by number; inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._addresses = _InternTable(database, "addresses", "address_no", (*ADDRESS_FIELDS, "more"), _address_columns)
        self._products = _InternTable(
            database,
            "products",
            "product_no",
            ("id_offer", "id_product", "title", "ean", "eans", "product_extras_no"),
            self._product_columns,
        )
        self._product_extras = _InternTable(
            database, "product_extras", "product_extras_no", ("more",), lambda extras: (_write_json(*extras),)
        )
        self._extras = _InternTable(database, "extras", "extras_no", ("fulfillment_type", "more"), _extras_columns)
        # By the id of a content, which keeps its id as long as it stands here: the same one comes with many units.
        self._fingerprints: dict[Any, tuple[Any, Any]] = {}
        self._valid_at: tuple[int, int] | None = None

    def begin(self, units: Iterable[OrderUnit | UnreadableUnit] = ()) -> None:
        """Prepare for the units of one response; call it first in each transaction.

        Clears the cache if another program wrote or a transaction was undone.
        """
        valid_at = (self._database.generation, int(self._database.value("PRAGMA data_version")))
        for table in (self._addresses, self._product_extras, self._products, self._extras):
            table.begin(cache_is_valid=valid_at == self._valid_at)
        self._valid_at = valid_at
        self._fingerprints.clear()
        addresses: list[tuple[Any, Content]] = []
        products: list[tuple[Any, Content]] = []
        extras: list[tuple[Any, Content]] = []
        seen = self._fingerprints
        for unit in units:
            if isinstance(unit, OrderUnit):
                for address in (unit.billing_address, unit.shipping_address):
                    if address is not None and id(address) not in seen:
                        fingerprint = _address_fingerprint(address)
                        seen[id(address)] = address, fingerprint
                        addresses.append((fingerprint, address))
                product, id_offer, more = known_product(unit.product), unit.id_offer, unit.more
                offered = id(product), id_offer
                if (product is not None or id_offer is not None) and offered not in seen:
                    content = (id_offer, *(product or _NO_PRODUCT))
                    fingerprint = _fingerprint(*content)
                    seen[offered] = product, fingerprint
                    products.append((fingerprint, content))
                kind = unit.fulfillment_type, id(more)
                if kind not in seen:
                    fingerprint = _fingerprint(unit.fulfillment_type, more)
                    seen[kind] = more, fingerprint
                    extras.append((fingerprint, (unit.fulfillment_type, more)))
        self._addresses.look_up(addresses)
        self._product_extras.look_up(
            (_fingerprint(more), (more,))
            for fingerprint, (*_, more) in products
            if more and fingerprint not in self._products
        )
        self._products.look_up(products)
        self._extras.look_up(extras)

    def write(self) -> None:
        """Write what is new, before the units that point to it."""
        self._fingerprints.clear()
        for table in (self._addresses, self._product_extras, self._products, self._extras):
            table.write()

    def address_no(self, address: Address, known_no: int | None = None) -> int:
        """Return the number of an address, adding it if it is new.

        A known address is completed by the new one (`domain.addresses.latest`).
        """
        seen = self._fingerprints.get(id(address))
        fingerprint = _address_fingerprint(address) if seen is None else seen[1]
        if known_no is None:
            return self._addresses.number(fingerprint, address)
        if self._addresses.find(fingerprint, address) == known_no:
            return known_no
        *texts, more_before = self._addresses.columns(known_no)
        known = Address._make((*texts, _read_json(more_before)))
        found = Address(**latest(address._asdict(), known._asdict()))
        return self._addresses.number(_address_fingerprint(found), found)

    def product_no(self, product: Product | None, id_offer: str | None, known_no: int | None = None) -> int | None:
        """Return the number of a product sold under an offer, adding it if it is new; None if neither is known.

        If it is the known product with less detail, the known detail is kept.
        """
        product = known_product(product)
        if product is None and id_offer is None:
            return None
        content = (id_offer, *(product or _NO_PRODUCT))
        seen = self._fingerprints.get((id(product), id_offer))
        fingerprint = _fingerprint(*content) if seen is None else seen[1]
        if known_no is None:
            return self._products.number(fingerprint, content)
        if self._products.find(fingerprint, content) == known_no:
            return known_no
        id_product, title, eans, more = product or _NO_PRODUCT
        offer_before, id_before, title_before, ean_before, eans_before, extras_before = self._products.columns(known_no)
        more_before = {} if extras_before is None else _read_json(*self._product_extras.columns(extras_before))
        if agree(id_product, id_before):
            id_product, title = known_kept(id_product, id_before), known_spelling_kept(title, title_before)
            if all(map(is_unknown, eans)):
                eans = all_eans(ean_before, eans_before)
            more = known_spelling_kept(more, more_before)
        found = (known_kept(id_offer, offer_before), id_product, title, eans, more)
        return self._products.number(_fingerprint(*found), found)

    def extras_no(self, fulfillment_type: str | None, more: Mapping[str, Any], known_no: int | None) -> int | None:
        """Return the number of a unit's extra fields, adding them if they are new; null fields are left out.

        Two endpoints return the same unit with different extra fields; neither removes those of the other.
        """
        seen = self._fingerprints.get((fulfillment_type, id(more)))
        fingerprint = _fingerprint(fulfillment_type, more) if seen is None else seen[1]
        if known_no is None:
            if fulfillment_type is None and not has_any_value(more):
                return None
            return self._extras.number(fingerprint, (fulfillment_type, more))
        if self._extras.find(fingerprint, (fulfillment_type, more)) == known_no:
            return known_no
        type_before, more_before = self.extras(known_no)
        found = known_kept(fulfillment_type, type_before), known_kept(more, more_before)
        return self._extras.number(_fingerprint(*found), found)

    def extras(self, extras_no: int | None) -> tuple[str | None, Mapping[str, Any]]:
        """Return the extra fields with this number: the fulfillment type, and all others by name."""
        if extras_no is None:
            return None, {}
        fulfillment_type, more = self._extras.columns(extras_no)
        return fulfillment_type, _read_json(more)

    def _product_columns(self, product: Content) -> tuple[Any, ...]:
        id_offer, id_product, title, eans, more = product
        extras_no = self._product_extras.number(_fingerprint(more), (more,)) if more else None
        several = json.dumps(eans) if len(eans) > 1 else None
        return (id_offer, id_product, title, eans[0] if eans else None, several, extras_no)


_NO_PRODUCT = Product(None, None, (), {})


def known_product(product: Product | None) -> Product | None:
    """Return the product, or None if nothing is known about it."""
    if product and (product.id_product or product.title or product.eans or any(product.more.values())):
        return product
    return None


def all_eans(ean: str | None, several: str | None) -> tuple[str, ...]:
    """Return a product's EANs from its columns: the first, and all of them as JSON if there are several."""
    if several is not None:
        return tuple(json.loads(several))
    return () if ean is None else (ean,)


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

    def __init__(
        self,
        database: Database,
        table: str,
        number: str,
        names: Sequence[str],
        columns: Callable[[Content], tuple[Any, ...]],
    ) -> None:
        """`columns` returns a content as it is written, with JSON as text."""
        self._database = database
        self._columns = columns
        self._find = f"SELECT content_hash, {number} FROM {table} WHERE content_hash IN ({MARKS})"  # noqa: S608 - our own names
        self._last = f"SELECT max({number}) FROM {table}"  # noqa: S608 - our own names
        marks = ", ".join("?" * (len(names) + 2))
        self._insert = f"INSERT INTO {table} ({number}, content_hash, {', '.join(names)}) VALUES ({marks})"  # noqa: S608 - our own names
        self._content = f"SELECT {', '.join(names)} FROM {table} WHERE {number} = ?"  # noqa: S608 - our own names
        self._numbers = _NumberCache()
        self._absent: dict[Any, _Row] = {}
        self._new: dict[bytes, tuple[int, _Row]] = {}

    def begin(self, *, cache_is_valid: bool) -> None:
        """Forget what an earlier response left unwritten, and the cache if it is no longer valid."""
        if not cache_is_valid:
            self._numbers.clear()
        self._absent.clear()
        self._new.clear()

    def __contains__(self, fingerprint: Any) -> bool:
        """Whether the number of this content is cached."""
        return fingerprint in self._numbers

    def look_up(self, contents: Iterable[tuple[Any, Content]]) -> None:
        """Look up these contents by their fingerprints, all with one query."""
        rows: dict[Any, _Row] = {}
        for fingerprint, content in contents:
            if fingerprint not in self._numbers and fingerprint not in rows:
                rows[fingerprint] = self._row(content)
        if rows:
            stored = dict(self._database.tuples_for_keys(self._find, {row[0] for row in rows.values()}))
            for fingerprint, row in rows.items():
                if row[0] in stored:
                    self._numbers[fingerprint] = stored[row[0]]
                else:
                    self._absent[fingerprint] = row

    def find(self, fingerprint: Any, content: Content) -> int | None:
        """Return the number of this content, if it has one."""
        found = self._numbers.get(fingerprint)
        if found is None:
            found = self._number_of(self._absent.get(fingerprint) or self._row(content), fingerprint in self._absent)
            if found is not None:
                self._numbers[fingerprint] = found
        return found

    def number(self, fingerprint: Any, content: Content) -> int:
        """Return the number of this content; if it is new, it gets one and waits to be written."""
        found = self._numbers.get(fingerprint)
        if found is None:
            row = self._absent.get(fingerprint) or self._row(content)
            found = self._number_of(row, fingerprint in self._absent) or self._add(row)
            self._numbers[fingerprint] = found
        return found

    def columns(self, number: int) -> tuple[Any, ...]:
        """Return the columns of the row with this number."""
        waiting = next((row[1:] for given, row in self._new.values() if given == number), None)
        return waiting or self._database.tuples(self._content, (number,))[0]

    def write(self) -> None:
        """Write the new contents."""
        if self._new:
            self._database.execute_many(self._insert, [(number, *row) for number, row in self._new.values()])
            self._new.clear()

    def _row(self, content: Content) -> _Row:
        columns = self._columns(content)
        return (content_hash(*columns), *columns)

    def _number_of(self, row: _Row, known_absent: bool) -> int | None:
        """Return the number of a row, written or not; what `look_up` did not find is not looked for again."""
        if row[0] in self._new:
            return self._new[row[0]][0]
        if known_absent:
            return None
        return next((int(number) for _, number in self._database.tuples_for_keys(self._find, [row[0]])), None)

    def _add(self, row: _Row) -> int:
        last = next(reversed(self._new.values()))[0] if self._new else self._database.value(self._last) or 0
        number = int(last) + 1
        self._new[row[0]] = number, row
        return number


def _read_json(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def _address_fingerprint(address: Address) -> Any:
    texts = address[:-1]
    return _fingerprint(texts, address.more) if address.more else texts


def _address_columns(address: Content) -> tuple[Any, ...]:
    *texts, more = address
    return (*texts, _write_json(more) if more else None)


def _extras_columns(extras: Content) -> tuple[Any, ...]:
    fulfillment_type, more = extras
    kept = {name: value for name, value in more.items() if value is not None}
    return (fulfillment_type, _write_json(kept) if kept else None)
