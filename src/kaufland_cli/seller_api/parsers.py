"""Reads order units, whole orders and invoices from the JSON of the Seller API into `domain.orders`.

Readers are tolerant (docs/decisions/0009-tolerant-readers.md): what they do not know goes to `more` and is stored with
the rest. One order unit is one item; three equal items are three units (source: page=orders). Amounts are minor units.
"""

import json
import math
import re
from typing import Any

from kaufland_cli.domain.known import is_unknown
from kaufland_cli.domain.moments import moment_text
from kaufland_cli.domain.orders import (
    ADDRESS_FIELDS,
    MAX_INTEGER,
    Address,
    Buyer,
    DeliveryAddress,
    OrderDetails,
    OrderInvoice,
    OrderUnit,
    PickupLocation,
    Product,
    UnreadableUnit,
)
from kaufland_cli.domain.text import storable
from kaufland_cli.errors import ResponseUnreadable
from kaufland_cli.seller_api.json_reader import read_json

USUAL_AMOUNT = 10**9
_TEXTS = {str, type(None)}
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,4}|,[0-9]{1,2})?) ?%?", re.ASCII)
_KIND_PREFIX, _AT_HOME = "SHIPPING_ADDRESS_", "HOME"
MAX_PERCENT = 1e6
_YES_AND_NO = {True: True, False: False, "true": True, "false": False}
# A whole order has these fields once; in the list of units each unit has them.
_FROM_ORDER = (
    "buyer",
    "billing_address",
    "shipping_address",
    "fulfillment_type",
    "storefront",
    "is_marketplace_deemed_supplier",
    "id_order",
)


class UnreadableError(ValueError):
    """A required part of a unit is missing or of the wrong type; the message says which."""


def read_order_unit(raw: object) -> OrderUnit | UnreadableUnit:
    """Read one unit. Never raises: a unit that cannot be read becomes an `UnreadableUnit` with the reason."""
    try:
        return _order_unit(raw)
    except UnreadableError as error:
        fields = raw if isinstance(raw, dict) else {}
        id_order = fields.get("id_order")
        return UnreadableUnit(
            id_order_unit=read_id(fields.get("id_order_unit")),
            id_order=storable(id_order) if isinstance(id_order, str) and id_order else None,
            reason=str(error),
            raw=json.dumps(raw),
        )


def _order_unit(raw: object) -> OrderUnit:
    if not isinstance(raw, dict):
        raise UnreadableError(f"the unit is {_kind(raw)}, not an object")
    rest = dict(raw)
    id_order_unit = read_id(rest.pop("id_order_unit", None))
    if id_order_unit is None:
        raise UnreadableError("the unit has no id_order_unit")
    id_order = read_id(rest.pop("id_order", None))
    if id_order is None:
        raise UnreadableError("the unit has no id_order")
    status = rest.pop("status", None)
    if not isinstance(status, str) or not status:
        raise UnreadableError(f"the status is {_kind(status)}, not text")
    price = _amount(rest, "price")
    if price is None:
        raise UnreadableError("the price is missing")
    storefront = _text(rest, "storefront")
    raw_billing = rest.pop("billing_address", None)
    billing = read_address(raw_billing, "billing_address")
    return OrderUnit(
        id_order_unit=id_order_unit,
        id_order=str(id_order),
        status=storable(status),
        storefront=storefront.lower() if storefront else storefront,
        currency=_text(rest, "currency"),
        price=price,
        shipping_rate=_amount(rest, "shipping_rate"),
        revenue_gross=_amount(rest, "revenue_gross"),
        revenue_net=_amount(rest, "revenue_net"),
        vat=_percent(rest),
        id_offer=_text(rest, "id_offer"),
        cancel_reason=_text(rest, "cancel_reason"),
        created_at=_moment(rest, "ts_created_iso"),
        updated_at=_moment(rest, "ts_updated_iso"),
        fulfillment_type=_text(rest, "fulfillment_type"),
        is_marketplace_deemed_supplier=_yes_no(rest, "is_marketplace_deemed_supplier"),
        buyer=read_buyer(rest.pop("buyer", None)),
        billing_address=billing,
        shipping_address=_shipping_address(rest.pop("shipping_address", None), raw_billing, billing),
        product=read_product(rest.pop("product", None)),
        more=rest,
    )


def read_units_page(body: bytes) -> Any:
    """Read a page of the list of units: the response as `read_json` gives it, each of its rows read as a unit.

    Raises ValueError if the text is not JSON.
    """
    found = read_json(body)
    if isinstance(found, dict) and isinstance(found.get("data"), list):
        found["data"] = [read_order_unit(row) for row in found["data"]]
    return found


def read_order_details(id_order: str, raw: object) -> OrderDetails:
    """Read a whole order (`GET /orders/{id_order}`). Unreadable units are among its units, with the reason.

    Raises `ResponseUnreadable` if there is no list of units, which is not the same as an order without units.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("order_units"), list):
        raise ResponseUnreadable("Kaufland's response for an order is not an order.")
    shared = {name: raw[name] for name in _FROM_ORDER if name in raw}
    delivery = raw.get("delivery")
    pickup = delivery.get("pickup_location") if isinstance(delivery, dict) else None
    return OrderDetails(
        id_order=id_order,
        id_in_response=read_id(raw.get("id_order")),
        units=tuple(
            read_order_unit({**shared, **unit} if isinstance(unit, dict) else unit) for unit in raw["order_units"]
        ),
        pickup_location=PickupLocation.of(pickup) if isinstance(pickup, dict) else None,
    )


def read_order_count(raw: object) -> tuple[str, int] | None:
    """Read the number of units from a row of `GET /orders`, with the order's id; None if the row has no such number."""
    if not isinstance(raw, dict):
        return None
    id_order, count = read_id(raw.get("id_order")), whole_number(raw.get("order_units_count"))
    return None if id_order is None or count is None or count < 1 else (str(id_order), count)


def read_delivery_address(raw: object) -> DeliveryAddress | None:
    """Read one row of `GET /shipping-addresses`; None if it does not name an order and a unit, or has no type.

    Unverified: the endpoint is not in OpenAPI 2.27. Source: page=shipping-addresses, whose example has one row a unit,
    `{"id_order_unit": …, "id_order": …, "address_data": {"type": "SHIPPING_ADDRESS_HOME", "data": {…}}}`; a note about
    2.44 names the types without their beginning. Any type but `HOME`, such as `DPD_PUDO`, may be a pickup point.
    """
    if not isinstance(raw, dict):
        return None
    id_order, id_order_unit = read_id(raw.get("id_order")), read_id(raw.get("id_order_unit"))
    found = raw.get("address_data")
    kind = found.get("type") if isinstance(found, dict) else None
    if id_order is None or id_order_unit is None or not isinstance(found, dict) or not isinstance(kind, str):
        return None
    fields = found.get("data")
    address = read_address(fields, "data") if isinstance(fields, dict) else None
    return DeliveryAddress(str(id_order), id_order_unit, kind.upper().removeprefix(_KIND_PREFIX) == _AT_HOME, address)


def read_order_invoice(raw: object) -> OrderInvoice | None:
    """Read one row of `GET /order-invoices`; None if it names no order or has no id.

    The URL of the document holds a token, so it is not kept.
    """
    if not isinstance(raw, dict):
        return None
    id_invoice, id_order = read_id(raw.get("id_invoice")), read_id(raw.get("id_order"))
    if id_invoice is None or id_order is None:
        return None
    name = raw.get("original_name")
    return OrderInvoice(
        id_invoice=id_invoice,
        id_order=str(id_order),
        original_name=storable(name) if isinstance(name, str) else None,
        created_at=moment_text(raw.get("ts_created_iso")),
        is_marketplace_deemed_supplier=yes_or_no(raw.get("is_marketplace_deemed_supplier")),
    )


def read_address(raw: object, name: str) -> Address | None:
    """Read an address. An empty one counts as none: Kaufland withholds addresses at first. Raises UnreadableError."""
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise UnreadableError(f"the {name} is {_kind(raw)}, not an object")
    rest = dict(raw)
    texts: dict[str, str | None] = {}
    for field_name in ADDRESS_FIELDS:
        value = rest.pop(field_name, None)
        if value is not None and (type(value) is not str or not value.isascii()):
            if isinstance(value, dict | list):
                rest[field_name] = value  # not text: kept in `more`
                value = None
            else:
                value = storable(str(value))
        texts[field_name] = value
    if not any(texts.values()) and not any(rest.values()):
        return None
    return Address(**texts, more=rest)


def _shipping_address(raw: object, raw_billing: object, billing: Address | None) -> Address | None:
    """Read the shipping address. It mostly equals the billing address and is then not read twice."""
    if isinstance(raw, dict) and raw == raw_billing and set(map(type, raw.values())) <= _TEXTS:
        return billing
    return read_address(raw, "shipping_address")


def read_buyer(raw: object) -> Buyer | None:
    """Read a buyer; None if nothing is known. Raises UnreadableError."""
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise UnreadableError(f"the buyer is {_kind(raw)}, not an object")
    rest = dict(raw)
    buyer = Buyer(_loose_id(rest, "id_buyer"), _loose_text(rest, "email"), rest)
    return None if buyer.id_buyer is None and not buyer.email and not rest else buyer


def read_product(raw: object) -> Product | None:
    """Read a product. Raises UnreadableError."""
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise UnreadableError(f"the product is {_kind(raw)}, not an object")
    rest = dict(raw)
    given = rest.get("eans")
    listed = given if isinstance(given, list) else [] if given is None else [given]
    eans = tuple(storable(str(ean)) for ean in listed if isinstance(ean, str | int) and not isinstance(ean, bool))
    if len(eans) == len(listed):
        rest.pop("eans", None)
    if isinstance(rest.get("storefront"), str):
        rest["storefront"] = rest["storefront"].lower()  # Kaufland writes it in either case
    return Product(_loose_id(rest, "id_product"), _loose_text(rest, "title"), eans, rest)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "missing"}
    return names.get(type(value), "a number")


def read_id(value: object) -> int | str | None:
    """Return an id as Kaufland sent it; a number that the store cannot hold becomes text."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    if isinstance(value, int):
        return value if abs(value) <= MAX_INTEGER else str(value)
    if isinstance(value, str):
        return storable(value)
    return None


def _loose_id(rest: dict[str, Any], name: str) -> int | str | None:
    """Take an id; anything else stays in `rest`."""
    value = rest.get(name)
    found = read_id(value)
    if found is not None or value is None or value == "":
        rest.pop(name, None)
    return found


def _text(rest: dict[str, Any], name: str) -> str | None:
    """Take a text; a number or boolean becomes text. Raises `UnreadableError` for an object or list."""
    value = rest.pop(name, None)
    if value is None or type(value) is str:
        return value if value is None or value.isascii() else storable(value)
    if isinstance(value, dict | list):
        raise UnreadableError(f"the {name} is {_kind(value)}, not text")
    return storable(str(value))


def _loose_text(rest: dict[str, Any], name: str) -> str | None:
    """Take a text; a number or boolean becomes text, an object or list stays in `rest`."""
    value = rest.pop(name, None)
    if value is None or type(value) is str:
        return value if value is None or value.isascii() else storable(value)
    if isinstance(value, dict | list):
        rest[name] = value
        return None
    return storable(str(value))


def _amount(rest: dict[str, Any], name: str) -> int | None:
    """Take an amount in minor units."""
    value = rest.pop(name, None)
    if value is None or (type(value) is int and -USUAL_AMOUNT < value < USUAL_AMOUNT):
        return value
    amount = whole_number(value)
    if amount is None or abs(amount) > MAX_INTEGER // 1_000_000:
        raise UnreadableError(f"the {name} is {shown(value)}, not a whole number of minor units")
    return amount


def whole_number(value: object) -> int | None:
    """Return a whole number however it is written (`1999`, `1999.0`, `"1999"`); None for anything else.

    Text with a point, a comma or a leading zero is refused: nobody knows whether `"19.00"` or `"1.999"` means cents.
    """
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def shown(value: object) -> str:
    """Return a value as shortened JSON, for a message."""
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - fits in a line


def _percent(rest: dict[str, Any]) -> float | None:
    """Take a percentage, also as text (`"19"`, `"19,0 %"`); anything else that is not empty stays in `rest`."""
    value = rest.get("vat")
    found: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) <= MAX_PERCENT and math.isfinite(value):
            found = float(value) or 0.0  # -0.0 is 0.0
    elif isinstance(value, str) and (text := _PERCENT.fullmatch(value.strip())):
        found = float(text[1].replace(",", "."))
    if found is not None or is_unknown(value):
        rest.pop("vat", None)
    return found


def _yes_no(rest: dict[str, Any], name: str) -> bool | None:
    """Take a boolean; anything else that is not empty stays in `rest`."""
    value = rest.get(name)
    found = yes_or_no(value)
    if found is not None or is_unknown(value):
        rest.pop(name, None)
    return found


def yes_or_no(value: object) -> bool | None:
    """Return a boolean however it is written (`true`, `1`, `"true"`); None for anything else."""
    key = value.strip().lower() if isinstance(value, str) else value
    return _YES_AND_NO.get(key) if isinstance(key, bool | int | str) else None


def _moment(rest: dict[str, Any], name: str) -> str | None:
    """Take a time as UTC text. A time written in another form, or anything else not empty, also stays in `rest`."""
    value = rest.pop(name, None)
    text = moment_text(value)
    if text != value and not is_unknown(value):
        rest[name] = value
    return text
