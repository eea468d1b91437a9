"""The simulator's orders, and a builder with sensible defaults for each field."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from kaufland_cli.simulator.times import iso, moment_of

Fields = dict[str, Any]

MISSING: Final = object()
"""As the value of a field: leave the field out."""

CURRENCIES = {"cz": "CZK", "pl": "PLN"}
VAT_RATES = {"de": 19, "at": 20, "cz": 21, "pl": 23, "sk": 23, "fr": 20, "it": 22, "es": 21, "nl": 21}
COMMISSION_PERCENT = 13


@dataclass(frozen=True, slots=True)
class SimulatedOrder:
    """One order: its units as GET /order-units returns them, and what only other endpoints return."""

    id_order: str
    units: tuple[Fields, ...]
    pickup_location: Fields | None = None
    invoices: tuple[Fields, ...] = ()
    """Fields of the uploaded invoices; missing ones are filled in."""

    def arrived(self, now: datetime) -> "SimulatedOrder":
        """Return the order as placed `now`: missing times are set, MISSING fields are removed."""
        units = tuple(without_missing(_with_times(unit, now)) for unit in self.units)
        return SimulatedOrder(self.id_order, units, self.pickup_location, self.invoices)


def make_order(
    id_order: str,
    units: Iterable[Mapping[str, Any]] = ({},),
    *,
    storefront: str = "de",
    pickup_location: Fields | None = None,
    invoices: Iterable[Mapping[str, Any]] = (),
    **fields: Any,
) -> SimulatedOrder:
    """Return an order of complete units; by default of one unit.

    `fields` apply to all units, each mapping in `units` to one. Values are used as they are, even ones that the API
    would never return; MISSING leaves a field out. Times may be datetimes; missing times are set when the order is
    placed.
    """
    rows = []
    for position, own in enumerate(units):
        chosen = {
            key: iso(value) if isinstance(value, datetime) else value for key, value in (fields | dict(own)).items()
        }
        rows.append(_unit(id_order, position, storefront, chosen))
    return SimulatedOrder(id_order, tuple(rows), pickup_location, tuple(dict(invoice) for invoice in invoices))


def unit_id(id_order: str, position: int) -> int:
    """Return the id that `make_order` gives to the unit at this position; larger than 32 bits, like real ones."""
    digest = hashlib.sha256(id_order.encode()).digest()
    return 314_000_000_000_000 + int.from_bytes(digest[:5], "big") * 100 + position


def without_missing(unit: Mapping[str, Any]) -> Fields:
    """Return the fields without those that are MISSING."""
    return {key: value for key, value in unit.items() if value is not MISSING}


def example_address(**fields: Any) -> Fields:
    """Return a complete address with these fields changed."""
    address = {
        "first_name": "Marlene",
        "last_name": "Kleinschmidt",
        "company_name": None,
        "street": "Lindenallee",
        "house_number": "12",
        "postcode": "04107",
        "additional_field": None,
        "city": "Leipzig",
        "phone": None,
        "country": "DE",
    }
    return address | fields


def example_product(**fields: Any) -> Fields:
    """Return a complete product with these fields changed."""
    number = fields.get("id_product", 362524873)
    product = {
        "id_product": number,
        "storefront": "de",
        "title": "Wasserkocher Edelstahl 1,7 l",
        "eans": ["4006381333931"],
        "id_category": 34401,
        "main_picture": f"https://media.marktplatz.example/product-images/{number}.jpg",
        "manufacturer": "Nordkessel",
        "url": f"https://www.marktplatz.example/product/{number}/",
        "age_rating": 0,
        "is_valid": True,
        "dangerous_goods_li_shipping": None,
        "danger_label_9A": None,
    }
    return product | fields


def _unit(id_order: str, position: int, storefront: str, chosen: Fields) -> Fields:
    """Return one unit with all fields of the API, except times that were not given."""
    vat = chosen.get("vat", VAT_RATES.get(storefront.lower(), 19))
    price, shipping_rate = chosen.get("price", 2999), chosen.get("shipping_rate", 0)
    gross = _earned(price, shipping_rate)
    unit = {
        "id_order_unit": unit_id(id_order, position),
        "id_order": id_order,
        "is_marketplace_deemed_supplier": False,
        "status": "need_to_be_sent",
        "price": price,
        "id_offer": "KESSEL-17",
        "revenue_gross": gross,
        "revenue_net": round(gross * 100 / (100 + vat)) if isinstance(vat, int | float) else gross,
        "note": None,
        "unit_condition": "new",
        "storefront": storefront,
        "currency": CURRENCIES.get(storefront.lower(), "EUR"),
        "delivery_time_min": 2,
        "delivery_time_max": 4,
        "order_received_timestamp_iso": None,
        "shipping_rate": shipping_rate,
        "cancel_reason": None,
        "fulfillment_type": "fulfilled_by_merchant",
        "buyer": {"id_buyer": 21631426, "email": "mk-7f3a91@kunden.marktplatz.example"},
        "billing_address": _EXAMPLE_ADDRESS,
        "shipping_address": _EXAMPLE_ADDRESS,
        "product": _EXAMPLE_PRODUCT if storefront == "de" else _EXAMPLE_PRODUCT | {"storefront": storefront},
        "vat": vat,
    }
    return unit | chosen


def _earned(price: object, shipping_rate: object) -> int:
    """Return what the seller is credited, in minor units: price and shipping less commission on both."""
    if not isinstance(price, int) or not isinstance(shipping_rate, int):
        return 0
    return (price + shipping_rate) * (100 - COMMISSION_PERCENT) // 100


def _with_times(unit: Fields, now: datetime) -> Fields:
    created = unit.get("ts_created_iso", iso(now))
    times = {"ts_created_iso": created, "ts_updated_iso": created}
    if "delivery_time_expires_iso" not in unit:
        times["delivery_time_expires_iso"] = ship_by(moment_of(created) or now)
    return times | unit


def ship_by(created: datetime) -> str:
    """Return the end of the third day in Berlin's time, like real shipping deadlines."""
    berlin = ZoneInfo("Europe/Berlin")
    day = (created.astimezone(berlin) + timedelta(days=3)).date()
    return iso(datetime.combine(day, time(23, 59, 59), berlin))


_EXAMPLE_ADDRESS = example_address()
_EXAMPLE_PRODUCT = example_product()
