"""Tens of thousands of orders, for stores as big as a busy seller's."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from kaufland_cli.simulator.invented import InventedBuyer, Offer, offer, person
from kaufland_cli.simulator.orders import COMMISSION_PERCENT, CURRENCIES, VAT_RATES, Fields, SimulatedOrder, ship_by
from kaufland_cli.simulator.times import iso

STOREFRONTS = ("de", "de", "de", "de", "at", "cz", "pl")
UNITS_AN_ORDER = (1, 1, 1, 1, 2, 2, 3)
SPAN = timedelta(days=30)
UNTIL_SENT, UNTIL_RETURNED = timedelta(days=2), timedelta(days=10)
CANCELLED, RETURNED = 0.04, 0.05  # shares of all orders, and of those old enough
PEOPLE, OFFERS = 400, 240  # shared by all orders, which keeps a big store small in memory
ORDERS_A_SEED = 10_000_000
FIRST_UNIT = 500_000_000_000_000  # beyond 32 bits, as real ones; apart from those of make_order
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def generated_orders(count: int, seed: int, now: datetime) -> Iterator[SimulatedOrder]:
    """Yield `count` orders of the 30 days before `now`, oldest first, with about 1.6 units each.

    The same seed gives the same orders; different seeds (0 to 199) never share an id of an order or unit.
    """
    chance = random.Random(seed)
    people = {code: [person(chance, code) for _ in range(PEOPLE)] for code in dict.fromkeys(STOREFRONTS)}
    offers = {code: [offer(position, code) for position in range(OFFERS)] for code in people}
    for position in range(count):
        created = now - SPAN + SPAN * position / count
        updated = created + chance.random() ** 3 * (now - created)
        storefront = chance.choice(STOREFRONTS)
        who, what = chance.choice(people[storefront]), chance.choice(offers[storefront])
        count_of_units = chance.choice(UNITS_AN_ORDER)
        shared = _shared(storefront, who, created, updated) | _status_fields(chance, now - created)
        units = tuple(_unit(seed * ORDERS_A_SEED + position, place, shared, what) for place in range(count_of_units))
        yield SimulatedOrder(units[0]["id_order"], units)


def _shared(storefront: str, who: InventedBuyer, created: datetime, updated: datetime) -> Fields:
    """Return the fields that all units of an order share."""
    return {
        "ts_created_iso": iso(created),
        "ts_updated_iso": iso(updated),
        "storefront": storefront,
        "currency": CURRENCIES.get(storefront, "EUR"),
        "delivery_time_expires_iso": ship_by(created),
        "buyer": who.buyer,
        "billing_address": who.address,
        "shipping_address": who.address,
        "vat": VAT_RATES[storefront],
    }


def _status_fields(chance: random.Random, age: timedelta) -> dict[str, Any]:
    """Return the status fields of an order of this age."""
    if chance.random() < CANCELLED:
        return {"status": "cancelled", "cancel_reason": "BuyerCancelled"}
    if age < UNTIL_SENT:
        return {"status": "need_to_be_sent", "cancel_reason": None}
    if age > UNTIL_RETURNED and chance.random() < RETURNED:
        return {"status": "returned", "cancel_reason": None}
    return {"status": chance.choice(("sent", "received", "sent_and_autopaid")), "cancel_reason": None}


def _unit(number: int, place: int, shared: Fields, what: Offer) -> Fields:
    gross = what.price * (100 - COMMISSION_PERCENT) // 100
    return {
        "id_order_unit": FIRST_UNIT + number * 16 + place,
        "id_order": f"M{_base36(number)}",
        "is_marketplace_deemed_supplier": False,
        "price": what.price,
        "id_offer": what.id_offer,
        "revenue_gross": gross,
        "revenue_net": gross * 100 // (100 + shared["vat"]),
        "note": None,
        "unit_condition": "new",
        "delivery_time_min": 2,
        "delivery_time_max": 4,
        "order_received_timestamp_iso": None,
        "shipping_rate": 0,
        "fulfillment_type": "fulfilled_by_merchant",
        "product": what.product,
    } | shared


def _base36(number: int) -> str:
    """Return six base-36 digits, mixed so that consecutive numbers do not look alike."""
    mixed = number * 1_234_567_891 % 36**6
    text = ""
    for _ in range(6):
        mixed, digit = divmod(mixed, 36)
        text = DIGITS[digit] + text
    return text
