"""A seller's account, a store, and a company in Business Central that sales orders are pushed into."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kaufland_cli.order_import.refresh import refresh_order
from kaufland_cli.sales_orders.confirmations import confirm_currency
from kaufland_cli.sales_orders.push import Push, PushResult
from kaufland_cli.sales_orders.rules import Rules
from kaufland_cli.sales_orders.snapshot import look_for_changes
from kaufland_cli.sales_orders.target import Target
from kaufland_cli.store.store import Store
from support.business_central_fake import BusinessCentralFake, business_central_fake
from support.imports import World, world
from support.mortal_store import Killed, dies_after
from support.sales_order_rules import rules


@dataclass
class Seller:
    """Who sells, and what the bookkeeping has of it."""

    shop: World
    fake: BusinessCentralFake
    rules: Rules
    target: Target
    switched_off: list[str] = field(default_factory=list)

    def collect(self) -> None:
        """Import, and let wait what has become ready."""
        self.shop.run()
        with self.shop.store() as store:
            look_for_changes(store, self.shop.clock)
            candidates = store.sales_order_candidates
            starts = candidates.record_switches(self.rules.wanted, self.switched_off, self.shop.clock.now())
            candidates.collect(starts, self.switched_off, self.shop.clock.now())

    def push(
        self,
        *ids: str,
        dies: int | None = None,
        target: Target | None = None,
        currency: str = "",
        without_absent: bool = False,
    ) -> PushResult | None:
        """Push what waits, or these orders; None where the process died."""
        with self.shop.store() as store, self.shop.api() as api:

            def fetch_again(id_order: str) -> None:
                refresh_order(api, store, self.shop.clock, id_order)

            push = self.new_push(store, fetch_again, target, confirmed_currency=currency, without_absent=without_absent)
            if dies is not None:
                dies_after(store, dies)
            try:
                return push.run(ids or None)
            except Killed:
                return None

    def new_push(
        self, store: Store, refetch: Callable[[str], None], target: Target | None = None, **options: Any
    ) -> Push:
        """Return a push into the target."""
        return Push(store, target or self.target, self.rules, self.shop.clock, refetch, **options)

    def arrive(self, units: Sequence[dict[str, Any]] = ({},), **fields: Any) -> str:
        """Let an order arrive; return its id."""
        (order,) = self.shop.add(1, units=units, **fields)
        return order.id_order

    def change(self, id_order: str, position: int, **fields: Any) -> None:
        """Change a unit of an order at Kaufland, a minute later."""
        self.shop.clock.advance(minutes=1)
        market = self.shop.simulator.marketplace
        market.change_unit(market.order(id_order).units[position]["id_order_unit"], **fields)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the store."""
        with self.shop.store() as store:
            yield store

    def states(self) -> dict[str, str]:
        """Return the state of each order that has one."""
        with self.shop.store() as store:
            return {row.id_order: row.state for row in store.sales_order_lists.listed()}

    def reasons(self, id_order: str) -> list[str]:
        """Return the codes of the reasons of an order."""
        with self.shop.store() as store:
            row = store.sales_orders.row(id_order)
            return [reason.code for reason in row.reasons] if row else []

    def numbers(self) -> dict[str, str | None]:
        """Return the number of each order's document."""
        with self.shop.store() as store:
            return {row.id_order: row.number for row in store.sales_order_lists.listed()}

    def opened_elsewhere(self, folder: Path) -> "Seller":
        """Return a second installation: the same account and the same company, a store of its own."""
        shop = World(folder, self.shop.simulator, self.shop.clock)
        other = Seller(shop, self.fake, self.rules, self.fake.open(shop.clock))
        _switch_on(other)
        return other

    def created(self) -> list[str]:
        """Return the external numbers of the documents in Business Central, in order."""
        return [str(order["externalDocumentNumber"]) for order in self.fake.orders]


@contextmanager
def seller(folder: Path, **changes: Any) -> Iterator[Seller]:
    """Open a shop with customers for four countries, an item for kettles and an account for shipping."""
    with world(folder) as shop, business_central_fake() as fake:
        for country, regime in (("DE", "de"), ("AT", "at"), ("CZ", "cz"), ("PL", "pl")):
            fake.add_customer(f"D-{country}", regime=regime)
        fake.add_item("KESSEL-17", gtin="4006381333931")
        opened = Seller(shop, fake, rules(**changes), fake.open(shop.clock))
        _switch_on(opened)
        yield opened


def _switch_on(seller: Seller) -> None:
    clock = seller.shop.clock
    with seller.shop.store() as store:
        confirm_currency(store, seller.target.name, "EUR", clock)
        # Orders that arrive at this very moment come after it was switched on.
        store.sales_order_candidates.record_switches(seller.rules.wanted, [], clock.now())
