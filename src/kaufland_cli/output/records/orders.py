"""JSON records of orders, with stable field names, made from domain objects."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from kaufland_cli.domain.orders import ADDRESS_FIELDS, Address, FailedUnit, Order, OrderSummary, OrderUnit
from kaufland_cli.output.records.interchange import fields_of

ORDER_FIELDS: Final = tuple(field.name for field in fields(OrderSummary))
UNIT_FIELDS: Final = (
    "id_order_unit",
    "id_order",
    "status",
    "ean",
    "title",
    "id_offer",
    "price",
    "shipping_rate",
    "vat",
    "currency",
    "storefront",
    "cancel_reason",
    "created_at",
    "updated_at",
    "eans",
    "ship_by",
    "received_at",
    "condition",
    "note",
    "revenue_gross",
    "revenue_net",
    "eco_fee",
    "packaging_fee",
    "discounts",
)
FAILED_UNIT_FIELDS: Final = (
    "id_order",
    "id_order_unit",
    "reason",
    "first_seen_at",
    "last_tried_at",
    "attempts",
    "unknown_since",
    "set_aside",
    "set_aside_at",
)

ADDRESSES: Final = tuple(f"{kind}_{name}" for kind in ("billing", "shipping") for name in ADDRESS_FIELDS)


def summary_record(order: OrderSummary) -> dict[str, Any]:
    """Return an order of a list."""
    return fields_of(order)


def order_record(order: Order) -> dict[str, Any]:
    """Return an order with everything known about it."""
    return {
        **summary_record(order.summary),
        "totals": order.totals,
        "billing_address": address_record(order.billing_address),
        "shipping_address": address_record(order.shipping_address),
        "pickup_location": None if order.pickup_location is None else order.pickup_location.fields,
        "erased_at": order.erased_at,
        "lines": [{**line._asdict(), "unit_ids": list(line.unit_ids)} for line in order.lines],
        "units": [unit_record(unit) for unit in order.units],
        "departed_units": [unit._asdict() for unit in order.departed_units],
        "in_other_sales_orders": [unit._asdict() for unit in order.in_other_sales_orders],
        "history": [change._asdict() for change in order.history],
        "failed": [failed_record(unit) for unit in order.failed],
        "actions": _actions(order),
    }


def _actions(order: Order) -> list[dict[str, Any]]:
    if not order.actions:
        return []
    from kaufland_cli.output.records.actions import action_record  # noqa: PLC0415 (most orders have none)

    return [action_record(action) for action in order.actions]


def unit_record(unit: OrderUnit) -> dict[str, Any]:
    """Return one unit of an order; `ean` is the first of `eans`."""
    product = {"ean": next(iter(unit.eans), None), "title": unit.title, "eans": list(unit.eans)}
    return {name: product[name] if name in product else getattr(unit, name) for name in UNIT_FIELDS}


def failed_record(unit: FailedUnit) -> dict[str, Any]:
    """Return a unit that could not be read, of one order or of the whole store."""
    names = ("id_order_unit", "id_order", "reason", "seen_at", "set_aside")
    return {name: getattr(unit, name) for name in names}


def listed_failed_unit_record(unit: FailedUnit) -> dict[str, Any]:
    """Return a unit that could not be read, with the attempts at it."""
    return {name: getattr(unit, name) for name in FAILED_UNIT_FIELDS}


def addresses_record(billing: Address | None, shipping: Address | None) -> dict[str, Any]:
    """Return both addresses in fields of their own, such as `shipping_city`, for lists."""
    return {
        f"{kind}_{name}": None if address is None else getattr(address, name)
        for kind, address in (("billing", billing), ("shipping", shipping))
        for name in ADDRESS_FIELDS
    }


def address_record(address: Address | None) -> Mapping[str, Any] | None:
    """Return an address, including fields that Kaufland may have added."""
    return None if address is None else address.fields
