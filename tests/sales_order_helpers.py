"""Order cards as the store gives them, for what is decided without a store."""

from typing import Any

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


def unit(number: int, **fields: Any) -> dict[str, Any]:
    """Return a unit of an order card."""
    ean = fields.get("ean", "4006381333931")
    return {
        "eans": [ean] if ean else [],
        "id_order_unit": number,
        "id_order": "M1",
        "status": "need_to_be_sent",
        "ean": "4006381333931",
        "title": "Wasserkocher Edelstahl 1,7 l",
        "id_offer": "KESSEL-17",
        "price": 2999,
        "shipping_rate": 0,
        "vat": 19.0,
        "currency": "EUR",
        "storefront": "de",
        **fields,
    }


def card(*units: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an order card; one unit where none is given."""
    return {
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
        "pickup_location": None,
        "failed": [],
        "units": list(units) or [unit(1)],
        "departed_units": [],
        "in_other_sales_orders": [],
        **fields,
    }
