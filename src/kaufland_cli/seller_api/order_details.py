"""Reads one whole order (`GET /orders/{id_order}`), with its pickup point."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.errors import AnswerUnreadable
from kaufland_cli.seller_api.order_units import read_id, read_order_unit

# What stands once at the order here stands at each unit in the list of units.
_FROM_ORDER = (
    "buyer",
    "billing_address",
    "shipping_address",
    "fulfillment_type",
    "storefront",
    "is_marketplace_deemed_supplier",
    "id_order",
)


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """An order with all its units; the pickup point is None where the goods go to the shipping address."""

    id_order: str
    """The one asked for."""
    told_id: int | str | None
    """The one that the answer names, if it does."""
    units: tuple[OrderUnit | UnreadableUnit, ...]
    pickup_location: Mapping[str, Any] | None


def read_order_details(id_order: str, raw: object) -> OrderDetails:
    """Read an order; units that cannot be read are among its units, with the reason.

    Raises `AnswerUnreadable` where there is no list of units: that is not an order without any.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("order_units"), list):
        raise AnswerUnreadable("Kaufland's answer for an order is not an order.")
    shared = {name: raw[name] for name in _FROM_ORDER if name in raw}
    units = tuple(
        read_order_unit({**shared, **unit} if isinstance(unit, dict) else unit) for unit in raw["order_units"]
    )
    delivery = raw.get("delivery")
    pickup = delivery.get("pickup_location") if isinstance(delivery, dict) else None
    return OrderDetails(
        id_order=id_order,
        told_id=read_id(raw.get("id_order")),
        units=units,
        pickup_location=pickup if isinstance(pickup, dict) else None,
    )
