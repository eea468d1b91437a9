"""A month of one small seller, with everything that makes orders hard to process."""

import random
from datetime import datetime, timedelta
from typing import Any

from kaufland_cli.simulator.invented import offer, person
from kaufland_cli.simulator.orders import Fields, SimulatedOrder, example_address, make_order
from kaufland_cli.simulator.times import iso

UNKNOWN_STATUS = "in_clarification"
ROUTINE_ORDERS = 8
ROUTINE_STATUSES = ("sent", "received", "sent_and_autopaid")
FORMULA = '=HYPERLINK("https://example.invalid";"Rechnung")'
LONG_NAME = "Maximiliane Theodora Philippine von und zu Hohenwaldeck-Birkenstein-Rautenfels"
PACKSTATION = {
    "pickup_location_id": "145",
    "provider": "DHL",
    "carrier": "DHL",
    "services": "",
    "dhl_post_number": "900145772",
}
PACKETA = {
    "pickup_location_id": "26041",
    "provider": "Packeta",
    "carrier": "Packeta",
    "services": "",
    "dhl_post_number": None,
}


def seller_month(now: datetime, seed: int = 1) -> list[SimulatedOrder]:
    """Return about 40 orders of the month before `now`, always the same for a seed; the people are invented."""
    month = _Month(now, seed)
    month.fresh_ones()
    month.several_units()
    month.every_status()
    month.other_storefronts()
    month.pickup_points()
    month.gaps_in_the_data()
    month.names_that_break_things()
    month.special_cases()
    month.routine()
    return month.orders


class _Month:
    """Collects the orders; each method adds one kind of difficulty."""

    def __init__(self, now: datetime, seed: int) -> None:
        self.orders: list[SimulatedOrder] = []
        self._now = now
        self._chance = random.Random(seed)
        self._ids: set[str] = set()

    def fresh_ones(self) -> None:
        self._place(0.003, {}, status="open")  # four minutes old: addresses are still withheld
        self._place(0.15, {}, status="open")
        self._place(0.3, {}, {})

    def several_units(self) -> None:
        self._place(1.1, *[_unit(0)] * 3)
        self._place(1.4, *[_unit(2, shipping_rate=395)] * 2, _unit(4, shipping_rate=0))
        self._place(2.2, *[_unit(9, shipping_rate=2990)] * 2, _unit(8), _unit(8), storefront="at")
        self._place(
            3.1,
            _unit(1, status="sent"),
            _unit(1, status="cancelled", cancel_reason="NoInventory"),
            _unit(3, status="sent", shipping_rate=495),
            changed=2.0,
        )
        self._place(4.6, _unit(6), _unit(6), status="cancelled", cancel_reason="BuyerCancelled", changed=4.5)

    def every_status(self) -> None:
        self._place(5.2, {}, status="sent", changed=4.1)
        self._place(9.3, {}, status="received", changed=5.0, order_received_timestamp_iso=self._ago(5.0))
        self._place(26.0, {}, status="sent_and_autopaid", changed=4.0, shipping_rate=495)
        self._place(14.0, {}, status="returned", changed=1.5)
        self._place(21.0, {}, status="returned_paid", changed=6.0)
        self._place(8.0, {}, status="cancelled", cancel_reason=None, changed=7.9)
        self._place(7.0, {}, status=UNKNOWN_STATUS, changed=0.8)

    def other_storefronts(self) -> None:
        self._place(0.9, _unit(0), _unit(0), storefront="cz", shipping_rate=8900)
        self._place(6.4, _unit(7), storefront="cz", status="sent", changed=5.1)
        self._place(1.8, _unit(5), _unit(10), storefront="pl", shipping_rate=1599)
        self._place(12.0, _unit(11), storefront="pl", status="received", changed=8.0)
        self._place(2.9, _unit(3), storefront="at", status="sent", changed=1.9)

    def pickup_points(self) -> None:
        station = example_address(
            first_name="Käthe",
            last_name="Mohnkorn",
            street="Packstation",
            house_number="145",
            postcode="20095",
            city="Hamburg",
            additional_field="900145772",
        )
        self._place(0.6, {}, shipping_address=station, pickup_location=PACKSTATION)
        self._place(1.2, _unit(2), storefront="cz", pickup_location=PACKETA)

    def gaps_in_the_data(self) -> None:
        self._place(10.0, _unit(1, product=None), status="sent", changed=9.0)
        self._place(11.0, _unit(4), status="sent", changed=10.0, buyer=None)
        self._place(
            12.5, _unit(6, product=offer(6).product | {"eans": []}), _unit(7, id_offer=None), _unit(8, id_offer="")
        )
        self._place(13.0, _unit(5, vat=None), status="sent", changed=12.0)

    def names_that_break_things(self) -> None:
        self._place(
            2.4,
            {},
            billing_address=example_address(first_name=FORMULA),
            shipping_address=example_address(first_name=FORMULA),
        )
        self._place(
            3.3, {}, shipping_address=example_address(last_name=LONG_NAME, city="Hellschen-Heringsand-Unterschaar")
        )
        company = example_address(
            company_name="Café Öhrchen & Söhne GmbH", additional_field="Hinterhof, Tor 3", phone="+49 30 23125 118"
        )
        self._place(4.2, *[_unit(3)] * 2, billing_address=company, status="sent", changed=3.0)

    def special_cases(self) -> None:
        self._place(
            5.5,
            _unit(9),
            is_marketplace_deemed_supplier=True,
            status="sent",
            changed=4.4,
            invoices=[self._invoice(4.4)],
        )
        self._place(40.0, _unit(0), _unit(5), status="returned", changed=0.4)  # old, and changed today
        self._place(15.0, _unit(8, price=0, shipping_rate=0), note="Ersatzlieferung", status="sent", changed=14.0)

    def routine(self) -> None:
        for position in range(ROUTINE_ORDERS):
            days = 2.5 + 3.2 * position
            status = ROUTINE_STATUSES[position % len(ROUTINE_STATUSES)]
            invoices = [self._invoice(days - 0.5)] if position % 2 else []
            self._place(days, _unit(position), status=status, changed=days * 0.6, invoices=invoices)

    def _place(
        self, days_ago: float, *units: Fields, changed: float | None = None, storefront: str = "de", **fields: Any
    ) -> None:
        """Add an order created `days_ago`; `changed` is how many days ago it changed last."""
        who = person(self._chance, storefront)
        shared = {
            "ts_created_iso": self._ago(days_ago),
            "ts_updated_iso": self._ago(days_ago if changed is None else changed),
            "buyer": who.buyer,
            "billing_address": who.address,
            "shipping_address": who.address,
        }
        complete = [self._sold(unit, storefront) for unit in units]
        self.orders.append(make_order(self._id(), complete, storefront=storefront, **(shared | fields)))

    def _sold(self, unit: Fields, storefront: str) -> Fields:
        what = offer(unit.get("offer", self._chance.randrange(12)), storefront)
        sold = {"price": what.price, "id_offer": what.id_offer, "product": what.product}
        return sold | {key: value for key, value in unit.items() if key != "offer"}

    def _ago(self, days: float) -> str:
        return iso(self._now - timedelta(days=days))

    def _invoice(self, days_ago: float) -> Fields:
        return {"ts_created_iso": self._ago(days_ago)}

    def _id(self) -> str:
        while True:
            id_order = "M" + "".join(self._chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=6))
            if id_order not in self._ids:
                self._ids.add(id_order)
                return id_order


def _unit(position: int, **fields: Any) -> Fields:
    """Return one unit of the offer with this number."""
    return {"offer": position, **fields}
