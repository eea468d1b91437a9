"""Orders as the store gives them, for what is decided without a store."""

from collections.abc import Mapping
from dataclasses import fields as fields_of
from typing import Any

from kaufland_cli.domain.orders import (
    Address,
    BilledElsewhere,
    DepartedUnit,
    FailedUnit,
    Order,
    OrderSummary,
    OrderUnit,
    PickupLocation,
    Product,
)

ADDRESS = {
    "first_name": "Marlene",
    "last_name": "Kleinschmidt",
    "company_name": None,
    "street": "Lindenallee",
    "house_number": "12",
    "postcode": "04107",
    "additional_field": None,
    "city": "Leipzig",
    "phone": "+49 341 0000",
    "country": "DE",
}


def unit(number: int, **fields: Any) -> OrderUnit:
    """Return a unit of an order; `ean`, `eans` and `title` are of its product."""
    ean = fields.pop("ean", "4006381333931")
    eans = tuple(fields.pop("eans", [ean] if ean else []))
    title = fields.pop("title", "Wasserkocher Edelstahl 1,7 l")
    given: dict[str, Any] = {
        **dict.fromkeys(OrderUnit._fields),
        "id_order_unit": number,
        "id_order": "M1",
        "status": "need_to_be_sent",
        "id_offer": "KESSEL-17",
        "price": 2999,
        "shipping_rate": 0,
        "vat": 19.0,
        "currency": "EUR",
        "storefront": "de",
        "product": Product(None, title, eans, {}),
        "more": {},
    }
    return OrderUnit(**given | fields)


def card(*units: OrderUnit, **fields: Any) -> Order:
    """Return an order; one unit where none is given. Addresses, departed and failed units may be plain records."""
    given: dict[str, Any] = {
        "id_order": "M1",
        "status": "need_to_be_sent",
        "storefront": "de",
        "currency": "EUR",
        "created_at": "2026-11-20T23:30:00Z",
        "updated_at": "2026-11-20T23:30:00Z",
        "fulfillment_type": "fulfilled_by_merchant",
        "is_marketplace_deemed_supplier": False,
        "buyer_email": "mk-7f3a91@kunden.marktplatz.example",
        "billing_address": ADDRESS,
        "shipping_address": ADDRESS,
        "units": list(units) or [unit(1)],
        **fields,
    }
    return as_order(given)


def as_order(given: Mapping[str, Any]) -> Order:
    """Return the order of a plain record, as far as it goes."""
    names = {field.name for field in fields_of(OrderSummary)} - {"units", "lines"}
    summary = {name: value for name, value in given.items() if name in names}
    pickup = given.get("pickup_location")
    return Order(
        summary=OrderSummary(**{"id_order": "M1"} | summary),
        billing_address=address_of(given.get("billing_address")),
        shipping_address=address_of(given.get("shipping_address")),
        pickup_location=None if pickup is None else PickupLocation.of(pickup),
        erased_at=given.get("erased_at"),
        units=tuple(given.get("units", ())),
        departed_units=tuple(_made(DepartedUnit, one) for one in given.get("departed_units", ())),
        in_other_sales_orders=tuple(_made(BilledElsewhere, one) for one in given.get("in_other_sales_orders", ())),
        failed=tuple(_made(FailedUnit, one) for one in given.get("failed", ())),
        missing_details=frozenset(given.get("missing_details", ())),
    )


def _made(kind: Any, given: Any) -> Any:
    return kind(**{**dict.fromkeys(kind._fields), **given}) if isinstance(given, Mapping) else given


def address_of(fields: Mapping[str, Any] | None) -> Address | None:
    """Return the address with these fields, named as in JSON."""
    return None if fields is None else Address.of(fields)
