"""The orders of the benchmark's shops, by kind. The same kind and number of orders give the same shop."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from kaufland_cli.simulator import SimulatedOrder, generated_orders
from kaufland_cli.simulator.invented import ean
from kaufland_cli.simulator.times import iso, moment_of

SEED = 1
UNITS_AN_ORDER = (1, 1, 1, 2, 3, 3, 4)
TO_BE_SHIPPED = timedelta(hours=14)
PICKED_UP = 80
"""One of so many orders to be shipped goes to a pickup point."""
PICKUP_POINT = {
    "pickup_location_id": "146",
    "provider": "DHL",
    "carrier": "DHL",
    "services": "",
    "dhl_post_number": "987654321",
}
LONGEST_LAG = timedelta(days=30)
UNITS_APART = 0.3
"""Share of the orders whose units change one by one."""


def usual(count: int, now: datetime) -> Iterator[SimulatedOrder]:
    """Yield orders of some hundreds of buyers and offers."""
    return generated_orders(count, SEED, now)


def own_buyers(count: int, now: datetime) -> Iterator[SimulatedOrder]:
    """Yield orders that each have a buyer, a name and an address of their own."""
    for number, order in enumerate(usual(count, now)):
        first = order.units[0]
        address = {
            **first["shipping_address"],
            "first_name": f"Vorname{number % 977}",
            "last_name": f"Nachname{number}",
            "street": f"Musterweg {number % 4999}",
            "house_number": str(number % 211),
        }
        buyer = {"id_buyer": 30_000_000 + number, "email": f"mk-{number:06x}@kunden.marktplatz.example"}
        own = {"buyer": buyer, "billing_address": address, "shipping_address": address}
        yield SimulatedOrder(order.id_order, tuple(unit | own for unit in order.units))


def own_products(count: int, now: datetime) -> Iterator[SimulatedOrder]:
    """Yield orders of 2.1 units each, almost every unit with a product of its own, a few to be shipped.

    Some of those are picked up by their buyers.
    """
    chance = random.Random(SEED)
    number = waiting = 0
    for order in own_buyers(count, now):
        first, units = order.units[0], []
        created = moment_of(first["ts_created_iso"]) or now
        waits = now - created < TO_BE_SHIPPED
        status = "need_to_be_sent" if waits else {"need_to_be_sent": "sent"}.get(first["status"], first["status"])
        for place in range(chance.choice(UNITS_AN_ORDER)):
            number += 1
            product = {**first["product"], "id_product": 500_000_000 + number, "eans": [ean(300_000_000_000 + number)]}
            product["title"] = f"{first['product']['title']}, Ausführung {number}"
            own = {"id_order_unit": first["id_order_unit"] + place, "id_offer": f"SKU-{number}", "product": product}
            units.append({**first, **own, "status": status})
        waiting += waits
        picked_up = waits and waiting % PICKED_UP == 0
        yield SimulatedOrder(order.id_order, tuple(units), PICKUP_POINT if picked_up else None)


def changing(count: int, now: datetime) -> Iterator[SimulatedOrder]:
    """Yield orders of the last 60 days that change for up to 30 days after they were placed, some unit by unit.

    So half of what a first import of 30 days reads belongs to older orders, some of whose units it does not read.
    """
    chance = random.Random(SEED)
    for order in own_products(count, now):
        created = now - 2 * (now - (moment_of(order.units[0]["ts_created_iso"]) or now))
        apart = chance.random() < UNITS_APART
        lag = _lag(chance, now - created)
        times = [lag if not apart else _lag(chance, now - created) for _ in order.units]
        yield SimulatedOrder(
            order.id_order,
            tuple({**unit, **_times(created, created + lag)} for unit, lag in zip(order.units, times, strict=True)),
            order.pickup_location,
        )


def _lag(chance: random.Random, age: timedelta) -> timedelta:
    return chance.random() * min(age, LONGEST_LAG)


def _times(created: datetime, updated: datetime) -> dict[str, Any]:
    return {"ts_created_iso": iso(created), "ts_updated_iso": iso(updated)}


KINDS: dict[str, Callable[[int, datetime], Iterator[SimulatedOrder]]] = {
    "usual": usual,
    "own buyers": own_buyers,
    "own products": own_products,
    "changing": changing,
}
