"""The row of a unit: its columns, and how an answer becomes one."""

from collections.abc import Iterator, Mapping
from typing import Any

from kaufland_cli.domain.addresses import says_nowhere
from kaufland_cli.domain.known import changed_parts, known_kept
from kaufland_cli.domain.orders import Address, OrderUnit
from kaufland_cli.store.connection import MARKS
from kaufland_cli.store.intern_tables import InternTables

Row = tuple[Any, ...]

COLUMNS = (
    "id_order_unit",
    "id_order",
    "status",
    "storefront",
    "currency",
    "price",
    "shipping_rate",
    "revenue_gross",
    "revenue_net",
    "vat",
    "id_offer",
    "product_no",
    "cancel_reason",
    "created_at",
    "updated_at",
    "is_marketplace_deemed_supplier",
    "id_buyer",
    "buyer_email",
    "billing_address_no",
    "shipping_address_no",
    "extras_no",
    "absent_since",
    "request_seq",
)
ID_ORDER = COLUMNS.index("id_order")
STATUS = COLUMNS.index("status")
STOREFRONT = COLUMNS.index("storefront")
CURRENCY = COLUMNS.index("currency")
PRICE = COLUMNS.index("price")
ID_OFFER = COLUMNS.index("id_offer")
PRODUCT_NO = COLUMNS.index("product_no")
CREATED_AT = COLUMNS.index("created_at")
UPDATED_AT = COLUMNS.index("updated_at")
ID_BUYER = COLUMNS.index("id_buyer")
BUYER_EMAIL = COLUMNS.index("buyer_email")
BILLING = COLUMNS.index("billing_address_no")
SHIPPING = COLUMNS.index("shipping_address_no")
EXTRAS_NO = COLUMNS.index("extras_no")
ABSENT_SINCE = COLUMNS.index("absent_since")
REQUEST_SEQ = COLUMNS.index("request_seq")

# A change of any other is a row in the unit's history. The time of the update is that of the row; what stands in
# `extras_no` is compared by itself.
_WITHOUT_HISTORY = frozenset({"id_order_unit", "updated_at", "extras_no", "request_seq"})
HISTORY_PLACES = tuple((name, place) for place, name in enumerate(COLUMNS) if name not in _WITHOUT_HISTORY)

KNOWN_UNITS = (
    f"SELECT {', '.join(COLUMNS)} FROM order_units"  # noqa: S608 - our own names
    f" WHERE id_order_unit IN ({MARKS})"
)
UNITS_OF_ORDER = f"SELECT {', '.join(COLUMNS)} FROM order_units WHERE id_order = ? AND absent_since IS NULL"  # noqa: S608 - our own names
INSERT_UNIT = f"INSERT INTO order_units ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - our own names
UPDATE_UNIT = f"UPDATE order_units SET {', '.join(f'{name} = ?' for name in COLUMNS[1:])} WHERE id_order_unit = ?"  # noqa: S608 - our own names
NO_UNIT = ""
"""In the history, instead of a unit: what changed is the order's own."""
INSERT_HISTORY = (
    "INSERT INTO unit_history (id_order_unit, id_order, at, run_id, field, old, new) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def extras_changes(new: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the extra fields that have another value now: name, the one before and the one of now.

    The time of an update, which is kept there too where it is oddly written, changes with each of them.
    """
    return (change for change in changed_parts(new, known) if change[0] != "ts_updated_iso")


def unit_row(unit: OrderUnit, key: int | str, known: Row | None, contents: InternTables, request_seq: int) -> Row:
    """Return the row to store: the answer, with what is known kept where the answer is silent.

    Kaufland withholds some fields for a while, or drops them later; what is known is never replaced by what is unknown
    (`domain.known`), in no field of the unit, its product, its addresses and its buyer.
    """
    buyer, more = unit.buyer, unit.more
    id_buyer = email = None
    if buyer is not None:
        id_buyer, email = buyer.id_buyer, buyer.email
        if buyer.more:
            more = {**more, "buyer": buyer.more}
    billing, shipping, product = unit.billing_address, unit.shipping_address, unit.product
    known_billing, known_shipping, known_product, known_extras = (
        (None, None, None, None)
        if known is None
        else (known[BILLING], known[SHIPPING], known[PRODUCT_NO], known[EXTRAS_NO])
    )
    billing_no = _address_no(billing, known_billing, contents)
    same = known_billing == known_shipping and (
        shipping is billing or (shipping is not None and not shipping.more and shipping == billing)
    )
    shipping_no = billing_no if same else _address_no(shipping, known_shipping, contents)
    row = (
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
        unit.id_offer,
        None if product is None else contents.product_no(product, known_product),
        unit.cancel_reason,
        unit.created_at,
        unit.updated_at,
        unit.is_marketplace_deemed_supplier,
        id_buyer,
        email,
        billing_no,
        shipping_no,
        contents.extras_no(unit.fulfillment_type, more, known_extras),
        None,
        request_seq,
    )
    if known is None or row[:ABSENT_SINCE] == known[:ABSENT_SINCE]:
        return row
    pairs = zip(row[:ABSENT_SINCE], known, strict=False)
    return (*(new if new == old else known_kept(new, old) for new, old in pairs), *row[ABSENT_SINCE:])


def _address_no(address: Address | None, known_no: int | None, contents: InternTables) -> int | None:
    """Return the number of an address; that of the known one where Kaufland withholds it, None where none is known.

    So an order whose address is withheld is one whose address is missing: it is asked for again.
    """
    if address is None or says_nowhere(address.street, address.first_name, address.last_name, address.company_name):
        return known_no
    return contents.address_no(address, known_no)
