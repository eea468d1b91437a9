"""Units as Kaufland has them now, with few requests."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.errors import RequestRefused
from kaufland_cli.seller_api.endpoints import MAX_PAGE, SellerApi

SINGLY: Final = 5
"""Up to this many units are asked for one by one."""
UNITS_A_PAGE: Final = 5
"""A page of the list is worth its request if it has this many of the wanted units."""
NOT_FOUND: Final = 404


def fresh_units(api: SellerApi, wanted: Mapping[str, OrderUnit]) -> dict[str, OrderUnit]:
    """Return the wanted units by their id, without those that Kaufland no longer has or that cannot be read.

    Many are read from the list by creation, newest first, which also has all others of that time; what it does not
    show within a bounded number of pages is asked for singly. Raises a `KauflandError`.
    """
    found = _from_list(api, wanted) if len(wanted) > SINGLY else {}
    rest = iter([key for key in wanted if key not in found])

    def next_call() -> "partial[OrderUnit | None] | None":
        key = next(rest, None)
        return None if key is None else partial(_one, api, key)

    for units in api.executor.run(next_call):
        found |= {str(unit.id_order_unit): unit for unit in units if unit is not None}
    return found


def _from_list(api: SellerApi, wanted: Mapping[str, OrderUnit]) -> dict[str, OrderUnit]:
    created = [moment for unit in wanted.values() if (moment := read_moment(unit.created_at)) is not None]
    found: dict[str, OrderUnit] = {}
    if not created:
        return found
    for page_no in range(len(wanted) // UNITS_A_PAGE + 1):
        page = api.order_units(created_from=min(created), offset=page_no * MAX_PAGE)
        for unit in page.units:
            if isinstance(unit, OrderUnit) and str(unit.id_order_unit) in wanted:
                found[str(unit.id_order_unit)] = unit
        if len(found) == len(wanted) or len(page.units) < MAX_PAGE:
            break
    return found


def _one(api: SellerApi, key: str) -> OrderUnit | None:
    try:
        unit, _ = api.order_unit(key)
    except RequestRefused as refused:
        if refused.status_code == NOT_FOUND:
            return None
        raise
    return None if isinstance(unit, UnreadableUnit) else unit
