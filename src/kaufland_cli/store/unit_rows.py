"""The row of a unit in the store: its key, its columns, and how a unit from Kaufland becomes one.

Units come from `page_writer`; rows go to the table `order_units` (docs/decisions/0008-sqlite-layout.md).
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from kaufland_cli.domain.addresses import names_no_place
from kaufland_cli.domain.known import changed_parts, known_kept
from kaufland_cli.domain.orders import Address, FailedUnit, OrderUnit, UnreadableUnit
from kaufland_cli.store.connection import MARKS
from kaufland_cli.store.intern_tables import InternTables
from kaufland_cli.store.sql_functions import time_as_number, time_as_text

_NUMBER_AS_TEXT = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_STOREFRONT = re.compile(r'"storefront": "[A-Z]+"')


class UnitRow(NamedTuple):
    """A row of `order_units`, its columns in order."""

    id_order_unit: int | str
    id_order: str
    status: str
    storefront: str | None
    currency: str | None
    price: int
    shipping_rate: int | None
    revenue_gross: int | None
    revenue_net: int | None
    vat: float | None
    product_no: int | None
    cancel_reason: str | None
    created_at: str | None
    updated_at: str | None
    is_marketplace_deemed_supplier: int | None
    id_buyer: int | str | None
    buyer_email: str | None
    billing_address_no: int | None
    shipping_address_no: int | None
    extras_no: int | None
    absent_since: str | None
    """UTC: since when the unit is missing from its whole order; None while it belongs to the order."""
    request_seq: int
    """The request whose response this is."""

    def same_content(self, other: "UnitRow") -> bool:
        """Return whether both are equal apart from the request they come from."""
        return self == other._replace(request_seq=self.request_seq)


_COLUMNS = UnitRow._fields
# Changes of these columns have no row in the history; the fields behind `extras_no` have rows of their own.
_WITHOUT_HISTORY = frozenset({"id_order_unit", "updated_at", "extras_no", "request_seq"})
HISTORY_FIELDS = tuple(name for name in _COLUMNS if name not in _WITHOUT_HISTORY)

_TIMES = ("created_at", "updated_at")
"""Stored as numbers (`time_as_number`)."""


def _stored(name: str, value: str) -> str:
    return time_as_number(value) if name in _TIMES else value


UNIT_COLUMNS = ", ".join(
    f"{time_as_text(f'unit.{name}')} AS {name}" if name in _TIMES else f"unit.{name}" for name in _COLUMNS
)
"""The columns of `order_units AS unit` that make a `UnitRow`."""
KNOWN_UNITS = f"SELECT {UNIT_COLUMNS} FROM order_units AS unit WHERE id_order_unit IN ({MARKS})"  # noqa: S608 - our own names
UNITS_OF_ORDER = f"SELECT {UNIT_COLUMNS} FROM order_units AS unit WHERE id_order = ? AND absent_since IS NULL"  # noqa: S608 - our own names
INSERT_UNIT = (
    f"INSERT INTO order_units ({', '.join(_COLUMNS)})"  # noqa: S608 - our own names
    f" VALUES ({', '.join(_stored(name, f'?{place}') for place, name in enumerate(_COLUMNS, start=1))})"
)
_CHANGES = ", ".join(f"{name} = {_stored(name, f':{name}')}" for name in _COLUMNS[1:])
UPDATE_UNIT = f"UPDATE order_units SET {_CHANGES} WHERE id_order_unit = :id_order_unit"  # noqa: S608 - our own names
_RENAMED = {"key": "unreadable_key", "seen_at": "last_seen_at"}
FAILED_UNIT_COLUMNS = ", ".join(f"{_RENAMED.get(name, name)} AS {name}" for name in FailedUnit._fields)
"""The columns of `unreadable_units` that make a `FailedUnit`, in its order."""
NO_UNIT = ""
"""Stands for the unit in the history if the order itself changed."""
INSERT_HISTORY = (
    "INSERT INTO unit_history (id_order_unit, id_order, at, run_id, field, old, new) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def unit_key(unit: OrderUnit | UnreadableUnit) -> int | str:
    """Return the id of a unit; if it has none, a hash of it that ignores the case of the storefront."""
    if isinstance(unit, OrderUnit):
        return unit.id_order_unit
    if unit.id_order_unit is not None:
        return unit.id_order_unit
    same = _STOREFRONT.sub(lambda found: found[0].lower(), unit.raw)
    return blake2b(same.encode(), digest_size=16).hexdigest()


def other_form(id_order_unit: int | str) -> int | str:
    """Return a number as text and numeric text as a number: Kaufland may send the same id in either form."""
    if isinstance(id_order_unit, int):
        return str(id_order_unit)
    return int(id_order_unit) if _NUMBER_AS_TEXT.fullmatch(id_order_unit) else id_order_unit


def extras_changes(new: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the extra fields whose value changed: name, old value, new value.

    Without an oddly written update time, which is kept there and changes with every update.
    """
    return (change for change in changed_parts(new, known) if change[0] != "ts_updated_iso")


def unit_row(
    unit: OrderUnit, key: int | str, known: UnitRow | None, interned: InternTables, request_seq: int
) -> UnitRow:
    """Return the row to store: what Kaufland sent, completed by what is known.

    Kaufland withholds some fields for a while and drops others later. A known value is never replaced by an unknown one
    (`domain.known`), in any field of the unit, its product, its addresses and its buyer.
    """
    buyer, more = unit.buyer, unit.more
    id_buyer = email = None
    if buyer is not None:
        id_buyer, email = buyer.id_buyer, buyer.email
        if buyer.more:
            more = {**more, "buyer": buyer.more}
    billing, shipping = unit.billing_address, unit.shipping_address
    known_billing, known_shipping, known_product, known_extras = (
        (None, None, None, None)
        if known is None
        else (known.billing_address_no, known.shipping_address_no, known.product_no, known.extras_no)
    )
    billing_no = _address_no(billing, known_billing, interned)
    same = known_billing == known_shipping and (
        shipping is billing or (shipping is not None and not shipping.more and shipping == billing)
    )
    shipping_no = billing_no if same else _address_no(shipping, known_shipping, interned)
    row = UnitRow(
        key,
        unit.id_order,
        unit.status,
        unit.storefront,
        unit.currency,
        unit.price,
        unit.shipping_rate,
        unit.revenue_gross,
        unit.revenue_net,
        unit.vat,
        interned.product_no(unit.product, unit.id_offer, known_product),
        unit.cancel_reason,
        unit.created_at,
        unit.updated_at,
        unit.is_marketplace_deemed_supplier,
        id_buyer,
        email,
        billing_no,
        shipping_no,
        interned.extras_no(unit.fulfillment_type, more, known_extras),
        None,
        request_seq,
    )
    if known is None or row.same_content(known):
        return row
    kept = UnitRow._make(new if new == old else known_kept(new, old) for new, old in zip(row, known, strict=True))
    return kept._replace(absent_since=None, request_seq=request_seq)


def _address_no(address: Address | None, known_no: int | None, interned: InternTables) -> int | None:
    """Return the number of an address; if Kaufland withholds it, that of the known one, or None.

    An order whose address is withheld thus has no address, and is fetched again.
    """
    if address is None or names_no_place(address.street, address.first_name, address.last_name, address.company_name):
        return known_no
    return interned.address_no(address, known_no)
