"""Asks for the addresses of a hundred orders at once, to learn which of them go to no pickup point.

Those need not be fetched one by one (`details`). `GET /shipping-addresses` is not in OpenAPI 2.27, and what it means is
not verified (docs/decisions/0024). So only one answer counts: each unit to ship of an order goes to an address at home,
which is the stored one. Any other order is fetched one by one, and every order where Kaufland has no such list.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from kaufland_cli import __version__
from kaufland_cli.clock import Clock
from kaufland_cli.domain.addresses import same_spot
from kaufland_cli.domain.orders import Address, DeliveryAddress
from kaufland_cli.errors import (
    CredentialsRefused,
    KauflandError,
    KauflandFailing,
    KauflandUnavailable,
    RequestRefused,
    ResponseUnreadable,
    RightsMissing,
    TimedOut,
)
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.order_import.listener import Listener
from kaufland_cli.seller_api.endpoints import MAX_ORDERS_AT_ONCE, SellerApi
from kaufland_cli.store.pickup_points import REFUSED_FOR
from kaufland_cli.store.store import Store

_logger = logging.getLogger(__name__)
MIN_ORDERS = 2
"""One order is fetched whole: that always settles it."""
MAX_ORDERS_A_RUN = 10_000
ATTEMPTS = 2
"""Single requests do what this list cannot, so it is not worth a long wait."""
FAILED_FOR = timedelta(hours=1)
"""How long a list that failed is left alone, so that single requests get their turn."""
_REFUSED = (RequestRefused, RightsMissing)
_MAY_BE_THE_LIST_ALONE = (*_REFUSED, KauflandFailing, ResponseUnreadable, TimedOut)


class _Asked(NamedTuple):
    """The orders of one request, and the addresses in its response or why there are none."""

    id_orders: Sequence[str]
    found: Sequence[DeliveryAddress] = ()
    problem: KauflandError | None = None


def read_pickup_points(api: SellerApi, store: Store, clock: Clock, listener: Listener) -> KauflandError | None:
    """Settle the orders that go to no pickup point; return what would stop single requests too, or None."""
    now = clock.now()
    due = store.pickup_points.due(now, MAX_ORDERS_A_RUN)
    if len(due) < MIN_ORDERS or not store.pickup_points.may_ask(now, __version__):
        return None
    listener.details_started(len(due))
    starts = iter(range(0, len(due), MAX_ORDERS_AT_ONCE))
    budget = RetryBudget(ATTEMPTS)
    problem: KauflandError | None = None
    settled = 0

    def next_call() -> Callable[[], _Asked] | None:
        start = None if problem is not None else next(starts, None)
        return None if start is None else partial(_ask, api, due[start : start + MAX_ORDERS_AT_ONCE], budget)

    for responses in api.executor.run(next_call):
        for asked in responses:
            problem = problem or asked.problem
            with store.database.transaction():
                at_home = _orders_at_home(store.pickup_points.units_to_ship(asked.id_orders), asked.found)
                store.pickup_points.has_none(at_home)
            settled += len(at_home)
            for _ in at_home:
                listener.detail_done()
    _logger.debug("%d of %d orders go to their address, by the list of addresses", settled, len(due))
    if problem is None:
        return None
    refused = isinstance(problem, _REFUSED)
    _logger.debug("the list of addresses was %s: %s", "refused" if refused else "not given", problem.message)
    with store.database.transaction():
        store.pickup_points.do_not_ask(__version__, now + (REFUSED_FOR if refused else FAILED_FOR))
    return None if isinstance(problem, _MAY_BE_THE_LIST_ALONE) else problem


def _ask(api: SellerApi, id_orders: Sequence[str], budget: RetryBudget) -> _Asked:
    try:
        found = api.delivery_addresses(id_orders, budget)
    except (KauflandUnavailable, CredentialsRefused, RequestRefused) as problem:
        return _Asked(id_orders, problem=problem)
    if not {address.id_order for address in found} & set(id_orders):
        return _Asked(id_orders, problem=ResponseUnreadable("Kaufland's list of addresses has none of these orders."))
    return _Asked(id_orders, found)


def _orders_at_home(to_ship: Mapping[str, Mapping[str, Address | None]], found: Sequence[DeliveryAddress]) -> list[str]:
    """Return the orders of which every row in the response, and every unit to ship, goes to the stored address.

    An address that changed since the list of units was read may have become a pickup point, or have been one.
    """
    elsewhere = {delivery.id_order for delivery in found if not delivery.at_home}
    addresses = {(delivery.id_order, str(delivery.id_order_unit)): delivery.address for delivery in found}

    def goes_there(id_order: str, id_order_unit: str, stored: Address | None) -> bool:
        address = addresses.get((id_order, id_order_unit))
        return address is not None and stored is not None and same_spot(address, stored)

    return [
        id_order
        for id_order, units in to_ship.items()
        if id_order not in elsewhere
        and all(goes_there(id_order, id_order_unit, stored) for id_order_unit, stored in units.items())
    ]
