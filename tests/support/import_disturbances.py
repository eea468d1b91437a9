"""What may happen while an import runs: orders arriving and changing on every request, faults, a second import."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kaufland_cli.errors import ImportRunning
from kaufland_cli.simulator import Answer, Request, faults
from support.import_shop import Shop

STATUSES = (
    "open",
    "need_to_be_sent",
    "sent",
    "sent_and_autopaid",
    "received",
    "returned",
    "returned_paid",
    "cancelled",
)
STOREFRONTS = ("de", "at", "cz", "pl")
SPOILT: tuple[tuple[str, Any], ...] = (
    ("price", "abc"),
    ("status", None),
    ("product", ["no", "object"]),
    ("id_offer", {"no": "text"}),
)


def _pagination(**told: Any) -> faults.Fault:
    """Answer truly, except for the total: another one, or none where it is None."""

    def edit(content: Any) -> Any:
        pagination = {**content.get("pagination", {}), **told}
        return content | {"pagination": {name: value for name, value in pagination.items() if value is not None}}

    return faults.edited(edit)


FAULTS: dict[str, Callable[[], faults.Fault]] = {
    "429": faults.too_many_requests,
    "429 with Retry-After": lambda: faults.too_many_requests(3),
    "429 for an hour": lambda: faults.too_many_requests(3600),
    "500": lambda: faults.status(500),
    "503": lambda: faults.status(503),
    "a web page": faults.html_page,
    "cut": faults.cut_body,
    "reset": faults.reset_connection,
    "null": faults.null_data,
    "401": lambda: faults.status(401, b'{"message": "no"}'),
    "403": lambda: faults.status(403, b'{"message": "no"}'),
    "total too large": lambda: _pagination(total=1_000),
    "total too small": lambda: _pagination(total=1),
    "total missing": lambda: _pagination(total=None),
    "clock 200 s ahead": lambda: faults.clock_skew(200),
    "clock 200 s behind": lambda: faults.clock_skew(-200),
}
UNTRUE_TOTALS = frozenset({"total too large", "total too small", "total missing"})


@dataclass
class Bustle:
    """The marketplace while it is read: on each request so much happens, by one course of chance.

    Each request may come from a thread of its own, so it takes a lock.
    """

    shop: Shop
    seed: int
    arriving: int
    """Orders on each request, at most."""
    changing: int
    """Units that change on each request, at most."""
    seconds: tuple[int, ...] = (0, 0, 1, 15)
    room: int = 40
    """Orders that arrive at most: pages of a few rows would never catch up with ever more."""
    dated_back: bool = False
    """Some arrive dated back by up to 50 minutes, within the overlap."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def __call__(self, _request: Request) -> None:
        """Let it happen."""
        chance, shop = self._chance, self.shop
        with self._lock:
            shop.clock.advance(seconds=chance.choice(self.seconds))
            for _ in range(min(self.room, chance.randint(0, self.arriving))):
                self.room -= 1
                back = chance.randint(1, 3000) if self.dated_back and chance.random() < 0.3 else 0
                arrive(
                    shop,
                    status=chance.choice(STATUSES),
                    storefront=chance.choice(STOREFRONTS),
                    units=chance.randint(1, 3),
                    back=timedelta(seconds=back),
                )
            keys = shop.keys()
            for key in chance.sample(keys, min(len(keys), chance.randint(0, self.changing))):
                change(shop, key, chance.choice(("status", "price", "address")), chance.randint(0, 10**6))


@dataclass
class SecondImport:
    """Another import that starts on some request of the first: it has to be refused and to change nothing."""

    shop: Shop
    on_request: int
    refused: bool | None = None
    _seen: int = 0

    def __call__(self, _request: Request) -> None:
        """Try it when its time has come; in a thread of the server, so that the lock is not one's own."""
        self._seen += 1
        if self._seen == self.on_request:
            try:
                self.shop.run_at_the_same_time()
                self.refused = False
            except ImportRunning:
                self.refused = True


def arrive(shop: Shop, *, status: str, storefront: str, units: int, back: timedelta) -> None:
    """Let an order arrive, dated back by so much: what it says of its update is older than its being there."""
    moment = shop.clock.now() - back
    rows = [{"price": 1000 + 100 * position, "shipping_rate": 490} for position in range(units)]
    order = shop.arrive(rows, status=status, storefront=storefront, ts_created_iso=moment, ts_updated_iso=moment)
    if back:
        shop.dated_back |= {(unit["id_order_unit"], unit["ts_updated_iso"]) for unit in order.units}


def change(shop: Shop, key: int, what: str, number: int) -> None:
    """Change a unit's status or price, or the address of its order, which all its units have in common."""
    if what == "status":
        shop.change(key, status=STATUSES[number % len(STATUSES)])
    elif what == "price":
        shop.change(key, price=number)
    else:
        market = shop.simulator.marketplace
        address = {"city": f"City {number}", "street": "Lindenallee"}
        market.change_order(market.unit(key)["id_order"], shipping_address=address)


def strike(shop: Shop, name: str, *, path: str, times: int, after: int) -> None:
    """Let a fault strike during the next run."""
    fault = FAULTS[name]()

    def only_where_it_fits(request: Request, proceed: faults.Proceed) -> Answer:
        # Lists only have a total; elsewhere the answer is left as it is.
        if name in UNTRUE_TOTALS and request.path != "/order-units":
            return proceed(request)
        return fault(request, proceed)

    shop.simulator.misbehave(only_where_it_fits, times=times, path=path, after=after)
