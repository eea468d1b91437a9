"""Reads a full page of order units several times faster than `parsers.py`, with the same result.

Each unit is decoded into typed fields; a unit that does not fit them exactly is read by `parsers.py`, which says what
any unit means. Parts that come again with other units (addresses, products, fields without a column) are read once.
See docs/decisions/0025-quick-pages.md.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Raw

from kaufland_cli.domain.moments import is_moment_text
from kaufland_cli.domain.orders import ADDRESS_FIELDS, MAX_INTEGER, Address, OrderUnit, UnreadableUnit
from kaufland_cli.seller_api.json_reader import MAX_DIGITS, MAX_NESTING, read_json
from kaufland_cli.seller_api.parsers import (
    MAX_PERCENT,
    USUAL_AMOUNT,
    read_address,
    read_buyer,
    read_order_unit,
    read_product,
    read_units_page,
)

_Part = TypeVar("_Part")
_Text = Annotated[str, Meta(min_length=1)]
_Id = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)] | _Text
_Amount = Annotated[int, Meta(gt=-USUAL_AMOUNT, lt=USUAL_AMOUNT)]
_Percent = Annotated[float, Meta(ge=0, le=MAX_PERCENT)]
_NULL, _MISSING = Raw(b"null"), Raw(b"")


# Kaufland's names of the fields that have a place in `OrderUnit`; these are unpacked in this order.
_NAMED: dict[str, tuple[Any, ...]] = {
    "id_order_unit": (_Id,),
    "id_order": (_Text,),
    "status": (_Text,),
    "price": (_Amount,),
    "storefront": (str | None, None),
    "currency": (str | None, None),
    "shipping_rate": (_Amount | None, None),
    "revenue_gross": (_Amount | None, None),
    "revenue_net": (_Amount | None, None),
    "vat": (_Percent | None, None),
    "id_offer": (str | None, None),
    "cancel_reason": (str | None, None),
    "ts_created_iso": (str | None, None),
    "ts_updated_iso": (str | None, None),
    "fulfillment_type": (str | None, None),
    "is_marketplace_deemed_supplier": (bool | None, None),
    "buyer": (Raw, _NULL),
    "billing_address": (Raw, _NULL),
    "shipping_address": (Raw, _NULL),
    "product": (Raw, _NULL),
}
# source: OpenAPI 2.27, OrderUnit
_OTHERS = (
    "note",
    "unit_condition",
    "delivery_time_min",
    "delivery_time_max",
    "delivery_time_expires_iso",
    "order_received_timestamp_iso",
    "eco_fee",
    "packaging_fee",
)
MAX_OTHERS = 40
"""Further fields of a unit that are read quickly; units with more go to `parsers.py`."""
MAX_REMEMBERED = 500
"""Different parts of one kind."""
_FEW = MAX_NESTING // 2
"""So few brackets cannot nest too deeply, wherever they stand in a unit."""
_STRIDE = 50
_LONG_NUMBER = re.compile(rb"[0-9]{%d}" % (MAX_DIGITS // _STRIDE))

_frame = msgspec.json.Decoder(dict[str, Raw]).decode
_rows = msgspec.json.Decoder(list[Raw]).decode
_address = msgspec.json.Decoder(
    msgspec.defstruct(
        "_Address", [(name, str | None, None) for name in ADDRESS_FIELDS], forbid_unknown_fields=True, gc=False
    )
).decode


class UnitPages:
    """Reads pages of units for any number of threads; it learns which fields units have."""

    def __init__(self) -> None:
        self._layout = _Layout(_OTHERS)
        self._buyers = _Remembered(lambda text: read_buyer(_part(text)))
        self._addresses = _Remembered(_read_address)
        self._products = _Remembered(lambda text: read_product(_part(text)))

    def read(self, body: bytes) -> Any:
        """Return the response as `read_json` does, its units read. Raises ValueError if the text is not JSON."""
        try:
            frame = _frame(body)
            rows = _rows(frame["data"])
            body.decode()  # what is passed over unread has to be UTF-8 as well
        except (ValueError, KeyError, RecursionError):
            return read_units_page(body)
        pagination = _part(bytes(frame.get("pagination", _NULL)))
        return {"data": [self._unit(row) for row in rows], "pagination": pagination}

    def _unit(self, row: Raw) -> OrderUnit | UnreadableUnit:
        layout = self._layout
        try:
            (
                id_order_unit,
                id_order,
                status,
                price,
                storefront,
                currency,
                shipping_rate,
                revenue_gross,
                revenue_net,
                vat,
                id_offer,
                cancel_reason,
                created,
                updated,
                fulfillment_type,
                is_marketplace_deemed_supplier,
                buyer,
                billing,
                shipping,
                product,
                *others,
            ) = msgspec.structs.astuple(layout.decode(row))
            if (created is None or is_moment_text(created)) and (updated is None or is_moment_text(updated)):
                return OrderUnit(
                    id_order_unit,
                    id_order,
                    status,
                    storefront.lower() if storefront else storefront,
                    currency,
                    price,
                    shipping_rate,
                    revenue_gross,
                    revenue_net,
                    None if vat is None else vat or 0.0,  # -0.0 is 0.0
                    id_offer,
                    cancel_reason,
                    created,
                    updated,
                    fulfillment_type,
                    is_marketplace_deemed_supplier,
                    self._buyers.read(buyer),
                    self._addresses.read(billing),
                    self._addresses.read(shipping),
                    self._products.read(product),
                    layout.read_others(others),
                )
        except (ValueError, RecursionError):  # it does not fit
            pass
        found = _in_unit(bytes(row))
        self._learn(layout, found)
        return read_order_unit(found)

    def _learn(self, layout: "_Layout", found: object) -> None:
        """Give fields that are new a place in the layout, so that the next unit with them is read quickly."""
        new = set(found) - _NAMED.keys() - set(layout.names) if isinstance(found, dict) else set()
        if (
            new
            and len(layout.names) + len(new) <= MAX_OTHERS
            and all(name.isascii() and name.isidentifier() for name in new)
        ):
            self._layout = _Layout((*layout.names, *sorted(new)))


class _Layout:
    """How units are decoded: the fields without a place in `OrderUnit` have their names from the outside."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        others = {f"other_{number}": name for number, name in enumerate(names)}
        fields = [*((name, *kind) for name, kind in _NAMED.items()), *((field, Raw, _MISSING) for field in others)]
        unit = msgspec.defstruct("_Unit", fields, rename=others, forbid_unknown_fields=True, gc=False)
        self.decode: Callable[[Raw], Any] = msgspec.json.Decoder(unit).decode
        self._written = [json.dumps(name).encode() for name in names]
        self._known: dict[bytes, dict[str, Any]] = {}

    def read_others(self, values: Sequence[Raw]) -> dict[str, Any]:
        """Return the fields without a place in `OrderUnit`."""
        key = b"\0".join(values)
        found = self._known.get(key)
        if found is None:
            given = [
                b"%b:%b" % (name, bytes(value))
                for name, value in zip(self._written, values, strict=True)
                if bytes(value)
            ]
            found = _in_unit(b"{%b}" % b",".join(given))
            _remember(self._known, key, found)
        return found


class _Remembered(Generic[_Part]):
    """Reads one kind of part of a unit, and remembers each by its bytes."""

    def __init__(self, read: Callable[[bytes], _Part | None]) -> None:
        self._read = read
        self._known: dict[bytes, _Part | None] = {}

    def read(self, part: Raw) -> _Part | None:
        """Return the part as `parsers.py` reads it. Raises UnreadableError."""
        key = bytes(part)
        found = self._known.get(key)
        if found is None and key != b"null":
            found = self._read(key)
            _remember(self._known, key, found)
        return found


def _read_address(text: bytes) -> Address | None:
    try:
        texts: tuple[str | None, ...] = msgspec.structs.astuple(_address(text))
    except ValueError:
        return read_address(_part(text), "address")  # an error names it by its place: the whole unit is then read again
    return Address._make((*texts, {})) if any(texts) else None


def _part(text: bytes) -> Any:
    """Return what `read_json` gives for a field of a unit."""
    return _in_unit(b'{"":%b}' % text)[""]


def _in_unit(text: bytes) -> Any:
    """Return what `read_json` gives for an object (or whatever it is) in the list of a page."""
    if text.count(b"{") + text.count(b"[") <= _FEW and not _LONG_NUMBER.search(text[::_STRIDE]):
        try:
            return msgspec.json.decode(text)
        except ValueError:
            pass
    return read_json(b'{"data":[%b]}' % text)["data"][0]


def _remember(known: dict[bytes, _Part], key: bytes, part: _Part) -> None:
    if len(known) >= MAX_REMEMBERED:
        known.clear()
    known[key] = part
