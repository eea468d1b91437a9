"""Writes a unit that was read back in the API's own form, so that it can be kept and read again."""

from typing import Any

from kaufland_cli.domain.orders import ADDRESS_FIELDS, Address, OrderUnit

_NAMES = {"created_at": "ts_created_iso", "updated_at": "ts_updated_iso"}
_OBJECTS = frozenset({"buyer", "billing_address", "shipping_address", "product", "more"})


def raw_unit(unit: OrderUnit) -> dict[str, Any]:
    """Return the fields of the unit as `read_order_unit` reads them."""
    plain = {_NAMES.get(name, name): getattr(unit, name) for name in OrderUnit._fields if name not in _OBJECTS}
    buyer, product = unit.buyer, unit.product
    return {
        **plain,
        **unit.more,
        "buyer": None if buyer is None else {"id_buyer": buyer.id_buyer, "email": buyer.email, **buyer.more},
        "billing_address": _address(unit.billing_address),
        "shipping_address": _address(unit.shipping_address),
        "product": None
        if product is None
        else {
            "id_product": product.id_product,
            "title": product.title,
            "eans": list(product.eans),
            **product.more,
        },
    }


def _address(address: Address | None) -> dict[str, Any] | None:
    if address is None:
        return None
    return {**{name: getattr(address, name) for name in ADDRESS_FIELDS}, **address.more}
